"""No query can be forgotten: each one that reaches the lake or the store takes a scope, and is asked as a customer."""
import re
from pathlib import Path
from typing import Iterator

from tree import Finding, Tree, cpp_code, line_of

QUERIES = "src/query"
TEST = Path("src/query/isolation_test.cpp")

# Who has one of these can read what is not the asker's.
SOURCES = ("QueryEngine", "Workbench", "Engine", "LakeReader", "ControlPlane", "Lake")
SCOPE = "ReadScope"
# Made of a scope by a query that is in the test's table; who has one was let in: class -> that query.
LET_IN = {"NamedRelations": "open_named_relations"}

_NOT_PUBLIC = re.compile(r"_test_support\.h$|_internal\.h$")
_CLASS = re.compile(r"\b(?:class|struct)\s+(\w+)[^;{]*\{")
_FUNCTION = re.compile(r"(?<![\w:.>])(\w+)\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*(?:const\s*)?(?:;|\{)")
_MEMBER = re.compile(rf"\b{SCOPE}\s+\w+\s*[;={{]")
_NAME_IN_TABLE = re.compile(r'\{\s*"([\w:]+)"\s*,\s*(?:true|false)\s*,')


def check(tree: Tree) -> Iterator[Finding]:
    headers = [path for path in tree.files(QUERIES, (".h",)) if not _NOT_PUBLIC.search(path.name)]
    codes = {path: cpp_code(tree.text(path)) for path in headers}
    if not codes:
        return
    classes = [found for code in codes.values() for found in _classes(code)]
    holders = {SCOPE, *LET_IN} | {name for name, body in classes if _MEMBER.search(body)}
    asked = set(_NAME_IN_TABLE.findall(tree.text(TEST))) if tree.exists(TEST) else set()
    known = set()
    for path, code in codes.items():
        for name, parameters, position in _public_functions(code):
            if not _mentions(parameters, SOURCES):
                continue
            known.add(name)
            line = line_of(code, position)
            if not _mentions(parameters, tuple(holders)):
                yield Finding(path, line, f"{name} reads the lake or the store for anybody: give it a {SCOPE}, or "
                                          "something that holds one")
            elif name not in asked:
                yield Finding(path, line, f"{name} is not in the table of {TEST.as_posix()}: ask it as a customer")
    for name in sorted(asked - known):
        yield Finding(TEST, 1, f"{name} is no query of {QUERIES}; take it out of the table")
    for name, maker in LET_IN.items():
        if maker not in known and any(_mentions(code, (name,)) for code in codes.values()):
            yield Finding(TEST, 1, f"{name} is made by {maker}, which is no query; mend LET_IN in isolation.py")


def _mentions(text: str, names: tuple[str, ...]) -> bool:
    return any(re.search(rf"\b{name}\b", text) for name in names)


def _classes(code: str) -> Iterator[tuple[str, str]]:
    for match in _CLASS.finditer(code):
        yield match[1], code[match.end():_end_of_block(code, match.end())]


def _end_of_block(code: str, position: int) -> int:
    depth = 1
    while depth and position < len(code):
        depth += {"{": 1, "}": -1}.get(code[position], 0)
        position += 1
    return position


def _public_functions(code: str) -> Iterator[tuple[str, str, int]]:
    """Functions of a header that others may call: name with its class, parameters, position."""
    covered = []
    for match in _CLASS.finditer(code):
        end = _end_of_block(code, match.end())
        covered.append((match.start(), end))
        name, body = match[1], code[match.end():end]
        private = re.search(r"\bprivate\s*:", body)
        for function in _FUNCTION.finditer(body[:private.start()] if private else body):
            yield f"{name}::{function[1]}", function[2], match.end() + function.start()
    for function in _FUNCTION.finditer(code):
        if not any(start <= function.start() < end for start, end in covered):
            yield function[1], function[2], function.start()
