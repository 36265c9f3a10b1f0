"""The units and components of the page, by Vitest. Says so if the page's tools are not installed."""
import sys

import page_harness
from page_harness import WEB, run_node


def main() -> int:
    page_harness.end_unless(page_harness.NODE.exists(),
                            "The units of the page were NOT TESTED: run `tools/install_dependencies page`")
    return run_node(WEB / "tools/api_types.mjs") or run_node(WEB / "node_modules/vitest/vitest.mjs", "run", LANG="C")


if __name__ == "__main__":
    sys.exit(main())
