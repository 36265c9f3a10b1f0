"""Pages that are made from other files are as their tool makes them now."""
import sys
from pathlib import Path
from typing import Iterator

from tree import Finding, Tree

sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "tools"))
import api_reference  # noqa: E402  pylint: disable=wrong-import-position

DESCRIPTION = Path("docs/api/openapi.yaml")
PAGE = api_reference.PAGE


def check(tree: Tree) -> Iterator[Finding]:
    if not tree.exists(DESCRIPTION):
        return
    made = api_reference.current_page(tree.root)
    if not tree.exists(PAGE) or tree.text(PAGE) != made:
        yield Finding(PAGE, 1, "is not what docs/api says now: run tools/api_reference.py")
