"""The engine can be exchanged: only its own folder, and the sample that writes Parquet by it, include DuckDB."""
import re
from pathlib import Path
from typing import Iterator

from tree import Finding, Tree, line_of

FOLDERS = ("src", "tests", "fuzz", "bench")
FOLDERS_OF_DUCKDB = (Path("src/engine/duckdb"), Path("src/sample"))

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"](?:[^>"\n]*/)?duckdb\.(?:h|hpp)[>"]', re.MULTILINE)


def check(tree: Tree) -> Iterator[Finding]:
    for folder in FOLDERS:
        for path in tree.files(folder, (".h", ".cpp")):
            if not any(owner in path.parents for owner in FOLDERS_OF_DUCKDB):
                yield from _check_includes(path, tree.text(path))


def _check_includes(path: Path, text: str) -> Iterator[Finding]:
    for match in _INCLUDE.finditer(text):
        yield Finding(path, line_of(text, match.start()), "includes DuckDB; go through engine/workbench.h")
