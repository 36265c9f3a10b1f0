"""Nothing lies about unused: sources are built, and links in documents lead somewhere."""
import re
from pathlib import Path
from typing import Iterator

from tree import Finding, Tree, line_of

_LINK = re.compile(r"\]\(([^)\s]+)\)|\b(?:src|href)=\"([^\"]+)\"")
_CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def check(tree: Tree) -> Iterator[Finding]:
    for folder in ("src", "tests", "fuzz", "bench"):
        for path in tree.files(folder, (".cpp", ".sql")):
            if not _is_listed(tree, path):
                yield Finding(path, 1, "in no CMakeLists.txt of its folder or those above: build it or remove it")
    for path in tree.files(".", (".md",)):
        yield from _check_links(tree, path)


def _is_listed(tree: Tree, path: Path) -> bool:
    for folder in path.parents:
        listing = folder / "CMakeLists.txt"
        name = re.escape(path.relative_to(folder).as_posix())
        if tree.exists(listing) and re.search(rf"(?<![\w/.-]){name}(?![\w/.-])", tree.text(listing)):
            return True
    return False


def _check_links(tree: Tree, path: Path) -> Iterator[Finding]:
    text = _CODE_BLOCK.sub(lambda block: "\n" * block.group().count("\n"), tree.text(path))
    for match in _LINK.finditer(text):
        target = (match[1] or match[2]).partition("#")[0]
        outside = "://" in target or target.startswith("mailto:")
        if target and not outside and not tree.exists(path.parent / target):
            yield Finding(path, line_of(text, match.start()), f"a link to {target}, which is not there")
