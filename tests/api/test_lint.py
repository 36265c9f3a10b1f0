"""The description of the API follows the rules of OpenAPI and those of redocly.yaml: `test_lint.py`. Says so if the
linter is not installed."""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE.parent / "azure"), str(ROOT / "tools")]

# pylint: disable=wrong-import-position
import bundle_openapi  # noqa: E402
from storage import find_node  # noqa: E402

LINTER = HERE / "node_modules/@redocly/cli/bin/cli.js"
# Nothing is sent, and nobody asks whether there is a newer one.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}

node = ""


def vague_objects(part, place: str) -> Iterator[str]:
    """Where a schema of an object names neither fields nor what all of them are."""
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    if isinstance(part, dict) and part.get("type") == "object":
        if not part.get("properties") and not isinstance(part.get("additionalProperties"), dict):
            yield place
    for name, value in inner:
        yield from vague_objects(value, f"{place}/{name}")


class Lint(unittest.TestCase):
    def lint(self, change=lambda description: None) -> subprocess.CompletedProcess:
        description = bundle_openapi.bundled()
        change(description)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "openapi.json"
            file.write_text(bundle_openapi.as_text(description, indent=1), encoding="utf-8")
            return subprocess.run(
                [node, LINTER, "lint", "--config", HERE / "redocly.yaml", "--format", "stylish", file],
                env={**os.environ, **QUIET}, capture_output=True, encoding="utf-8", timeout=120, check=False)

    def test_the_description_breaks_no_rule(self) -> None:
        done = self.lint()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_objects_say_what_is_in_them(self) -> None:
        """Only the description itself has fields that it does not describe."""
        description = bundle_openapi.bundled()
        self.assertEqual(list(vague_objects(description, "#")),
                         ["#/paths//api/v1/openapi.json/get/responses/200/content/application/json/schema"])

    def test_what_breaks_one_is_found(self) -> None:
        def remove_summary(description: dict) -> None:
            del description["paths"]["/api/v1/months"]["get"]["summary"]

        done = self.lint(remove_summary)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("operation-summary", done.stdout + done.stderr)


if __name__ == "__main__":
    node = find_node() or ""
    if not node or not LINTER.is_file():
        print("The description of the API was NOT LINTED: run `tools/install_dependencies api`")
        sys.exit(0)
    unittest.main()
