"""FOCUS files of each view meet the rules of FOCUS 1.2, but for exceptions that are explained: `test_rules.py PROGRAM
ENVIRONMENT`."""
import json
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "e2e"), str(HERE)]

# pylint: disable=wrong-import-position
import environments  # noqa: E402
import harness  # noqa: E402
from exceptions import EXCEPTIONS  # noqa: E402
from harness import WorldTest  # noqa: E402

MONTH = "2026-10"
# All have shares; of the second, unused commitments without list cost.
CUSTOMERS = {"list": "cust-00001", "cost": "cust-00003", "both": "cust-00001"}

rules = Path()  # the environment with the validator


class Rules(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        sample = self.world.sample(seed=7, rows=700, months=f"{MONTH}..{MONTH}", customers=6, no_focus=True)
        self.world.init(sample)
        self.world.run("rules", "apply", sample / "rules.yaml")
        self.world.run("sync")

    def write(self, view: str) -> Path:
        """The file of a customer with that view, or of the partner."""
        out = self.world.folder / f"{view}.parquet"
        whose = ["--allow-unknown"]
        if view != "partner":
            self.world.run("customer", "edit", CUSTOMERS[view], "--sees", view, "--no-split")
            whose = ["--customer", CUSTOMERS[view]]
        self.world.run("dataset", "focus", "--month", MONTH, *whose, "--out", out)
        return out

    def failures(self, files: list[Path]) -> dict[str, dict]:
        done = subprocess.run([rules / "bin/python", "-B", HERE / "run_rules.py", *files], capture_output=True,
                              encoding="utf-8", timeout=600, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return json.loads(done.stdout.splitlines()[-1])

    def test_each_file_meets_the_rules(self) -> None:
        files = {view: self.write(view) for view in EXCEPTIONS}
        failed = self.failures(list(files.values()))
        for view, file in files.items():
            with self.subTest(view=view):
                unexplained = {rule: told for rule, told in failed[str(file)].items() if rule not in EXCEPTIONS[view]}
                self.assertEqual(unexplained, {})


if __name__ == "__main__":
    found = environments.installed("focus", Path(harness.main(1)[0]).resolve())
    if found is None:
        print("The rules of FOCUS were NOT RUN: the validator needs Python 3.12 or 3.13, and none was found")
        sys.exit(0)
    rules = found
    print("The rules of FOCUS are run by the validator in", rules)
    unittest.main()
