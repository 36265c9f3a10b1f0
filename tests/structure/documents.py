"""What documents say of the tree is so: the code map of ARCHITECTURE.md, the files that CONTRIBUTING.md names; and the
index of docs/ leads to every page."""
import re
from pathlib import Path
from typing import Iterator

import modules
from tree import Finding, Tree, line_of

ARCHITECTURE = Path("ARCHITECTURE.md")
CONTRIBUTING = Path("CONTRIBUTING.md")
INDEX = Path("docs/README.md")

_ROW = re.compile(r"^\| `([a-z/]+)` \| [^|\n]+ \| ([^|\n]*)\|$", re.MULTILINE)
_NAME = re.compile(r"`([^`]+)`")
_ANSWERS = re.compile(r"^## Where do I change .*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_FOLDERS = ("src/", "tests/", "docs/", "cmake/", "tools/", "bench/", "fuzz/", "packaging/")


def check(tree: Tree) -> Iterator[Finding]:
    if tree.exists(ARCHITECTURE):
        yield from _check_code_map(tree.text(ARCHITECTURE))
    if tree.exists(CONTRIBUTING):
        yield from _check_answers(tree)
    if tree.exists(INDEX):
        yield from _check_index(tree)


def _check_code_map(text: str) -> Iterator[Finding]:
    rows = {match[1]: match for match in _ROW.finditer(text)}
    for module, law in modules.MODULES.items():
        if module not in rows:
            yield Finding(ARCHITECTURE, 1, f"the code map has no row of `{module}`")
            continue
        told = set(_NAME.findall(rows[module][2]))
        if told != set(law):
            wanted = ", ".join(f"`{name}`" for name in law)
            yield Finding(ARCHITECTURE, line_of(text, rows[module].start()),
                          f"`{module}` may include {wanted or 'nothing of ours'}, as tests/structure/modules.py says")
    for module, match in rows.items():
        if module not in modules.MODULES:
            yield Finding(ARCHITECTURE, line_of(text, match.start()), f"there is no module `{module}`")


def _check_answers(tree: Tree) -> Iterator[Finding]:
    text = tree.text(CONTRIBUTING)
    for section in _ANSWERS.finditer(text):
        for name in _NAME.finditer(section[0]):
            path = name[1]
            if path.startswith(_FOLDERS) and not tree.exists(Path(path)):
                yield Finding(CONTRIBUTING, line_of(text, section.start() + name.start()), f"there is no {path}")


def _check_index(tree: Tree) -> Iterator[Finding]:
    text = tree.text(INDEX)
    for page in tree.files("docs", (".md",)):
        if page.parent == INDEX.parent and page != INDEX and f"]({page.name}" not in text:
            yield Finding(INDEX, 1, f"no line leads to {page.name}; say for which task it is there")
