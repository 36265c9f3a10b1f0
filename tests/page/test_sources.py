"""The sources of the page: types fit, also those of the API, and the linter finds nothing. Says so if the page's tools
are not installed."""
import sys

import page_harness
from page_harness import WEB, run_node

MODULES = WEB / "node_modules"


def main() -> int:
    page_harness.end_unless(page_harness.NODE.exists(),
                            "The sources of the page were NOT CHECKED: run `tools/install_dependencies page`")
    return (run_node(WEB / "tools/api_types.mjs")
            or run_node(MODULES / "typescript/bin/tsc", "--noEmit")
            or run_node(MODULES / "oxlint/bin/oxlint", "-c", "oxlintrc.json", "--deny-warnings", "src", "tools",
                        "tests", "tests_first_day", "tests_provider"))


if __name__ == "__main__":
    sys.exit(main())
