"""Nothing lies about unused: sources are built, and links in documents lead somewhere."""
import re
from pathlib import Path
from typing import Iterator

from tree import Finding, Tree, line_of

_LINK = re.compile(r"\]\(([^)\s]+)\)|\b(?:src|href)=\"([^\"]+)\"")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
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
    text = _without_code(tree.text(path))
    for match in _LINK.finditer(text):
        target, _, part = (match[1] or match[2]).partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        file = path.parent / target if target else path
        if not tree.exists(file):
            yield Finding(path, line_of(text, match.start()), f"a link to {target}, which is not there")
        elif part and file.suffix == ".md" and part not in anchors_of(tree.text(file)):
            yield Finding(path, line_of(text, match.start()), f"a link to #{part}, and {file} has no such heading")


def anchors_of(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in _HEADING.findall(_without_code(text))}


def _without_code(text: str) -> str:
    return _CODE_BLOCK.sub(lambda block: "\n" * block.group().count("\n"), text)
