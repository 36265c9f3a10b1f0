"""No float touches money, and no SQL engine divides or rounds it: that is the work of foundation/money."""
import re
from pathlib import Path
from typing import Iterator

from tree import Finding, Tree, cpp_code, line_of, sql_code

FOLDERS_WITHOUT_FLOATS = ("src/foundation/money", "src/foundation/model", "src/store", "src/engine", "src/lake",
                          "src/pipeline")

# Files that may name floating point types, and why.
FLOATS_ALLOWED: dict[str, str] = {
    "src/pipeline/ingest/parquet_doubles.cpp": "writes the numbers of a file as texts, which are read as decimals",
}
# SQL files that may divide, average or round, and why.
DIVISION_ALLOWED: dict[str, str] = {}

_FLOAT = re.compile(r"\b(?:double|float|strto[df]|strtold|ato[f]|sto[df]|stold)\b")
_SQL_FLOAT = re.compile(r"\b(?:double|float[48]?|real)\b", re.IGNORECASE)
_SQL_DIVISION = re.compile(r"//?|\b(?:avg|mean|median|round\w*|divide|fdiv|quantile_cont)\s*\(", re.IGNORECASE)


def check(tree: Tree) -> Iterator[Finding]:
    found: set[str] = set()
    for folder in FOLDERS_WITHOUT_FLOATS:
        for path in tree.files(folder, (".h", ".cpp")):
            yield from _report(tree, path, cpp_code, _FLOAT, FLOATS_ALLOWED, found, "use Decimal or an integer")
    for path in tree.files("src", (".sql",)):
        yield from _report(tree, path, sql_code, _SQL_FLOAT, FLOATS_ALLOWED, found, "use DECIMAL(38,18)")
        yield from _report(tree, path, sql_code, _SQL_DIVISION, DIVISION_ALLOWED, found, "divide and round in money/")
    for path in (FLOATS_ALLOWED.keys() | DIVISION_ALLOWED.keys()) - found:
        yield Finding(Path(path), 1, "needs no allowance any more; take it out of tests/structure/numbers_of_money.py")


def _report(tree: Tree, path: Path, code_of, pattern, allowed, found: set[str], remedy: str) -> Iterator[Finding]:
    code = code_of(tree.text(path))
    for match in pattern.finditer(code):
        if path.as_posix() in allowed:
            found.add(path.as_posix())
        else:
            yield Finding(path, line_of(code, match.start()), f"'{match.group()}' is not for money; {remedy}")
