"""How sources look: short lines, no tabs, nothing left to do, headers that say what they are."""
import re
from pathlib import Path
from typing import Iterator

from tree import Finding, Tree

COLUMNS_MAX = 120
CODE = (".h", ".cpp", ".py", ".sql", ".cmake", "CMakeLists.txt")
CODE_FOLDERS = ("src", "tests", "fuzz", "bench", "cmake", "packaging")
# The third is also a currency code of ISO 4217, so it counts at the beginning of a comment only.
_LEFT_TO_DO = re.compile(r"\b(?:TO" r"DO|FIX" r"ME)\b|(?:#|--|//)[ ]*XX" r"X\b")


def check(tree: Tree) -> Iterator[Finding]:
    for folder in CODE_FOLDERS:
        for path in tree.files(folder, CODE):
            yield from _check_lines(tree, path)
    yield from (finding for path in tree.files("tools") for finding in _check_lines(tree, path))
    for path in tree.files("src", (".h",)):
        yield from _check_header(tree, path)


def _check_lines(tree: Tree, path: Path) -> Iterator[Finding]:
    text = tree.text(path)
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > COLUMNS_MAX:
            yield Finding(path, number, f"{len(line)} columns; break the line at {COLUMNS_MAX}")
        if "\t" in line:
            yield Finding(path, number, "a tab; use blanks (in a literal: \\t)")
        if line != line.rstrip():
            yield Finding(path, number, "blanks at the end of the line")
        if match := _LEFT_TO_DO.search(line):
            yield Finding(path, number, f"'{match.group()}': do it, or file an issue")
    if text and not text.endswith("\n"):
        yield Finding(path, text.count("\n") + 1, "no newline at the end of the file")


def _check_header(tree: Tree, path: Path) -> Iterator[Finding]:
    text = tree.text(path)
    if not text.startswith("///"):
        yield Finding(path, 1, "a header begins with a /// comment that says what it is")
    if "\n#pragma once\n" not in text:
        yield Finding(path, 1, "no #pragma once")
