"""SQL outside engine/duckdb is in the subset that engines share: SELECT, nothing that one engine alone understands."""
import re
from pathlib import Path
from typing import Iterator

from tree import Finding, Tree, cpp_literals, line_of, sql_code

# Folders with SQL of a dialect of their own, and why.
OWN_DIALECTS = {
    "src/engine/duckdb": "the implementation of the seam",
    "src/engine/trino": "the second implementation of the seam",
    "src/sample": "makes Parquet files by DuckDB, outside the product's way",
    "src/store": "SQLite, which is no engine of the lake",
}
# Tests lay out their rows in the dialect of the engine that they run on.
_OF_TESTS = re.compile(r"(?:_test\.cpp|test_support\.(?:cpp|h)|/testing\.h)$")

# What a file may use all the same, and why.
ALLOWED: dict[tuple[str, str], str] = {
    ("src/query/parsed_question.sql", "a JSON function"): "DuckDB's parser, for questions in DuckDB's dialect",
    ("src/query/question.cpp", "another statement than SELECT"): "DESCRIBE of a partner's question",
    ("src/serve/cli/query_command.cpp", "GROUP BY ALL"): "the example of a partner's question",
}

# By name: what is refused, and how it is spelled instead. Keywords are written in capitals here, functions in small
# letters, and so they are told from words of messages.
_SEAM = "use the Workbench (engine/workbench.h)"
_DIALECT = "use the Dialect (engine/dialect.h)"
_NAMED = "name the columns; lake/column_lists.h makes lists of them"
CONSTRUCTS: dict[str, tuple[str, str]] = {
    "another statement than SELECT": (
        r"\b(?:(?:CREATE|DROP|ALTER)\s+(?:OR\s+REPLACE\s+)?(?:TEMP\w*\s+)?(?:TABLE|VIEW|SCHEMA|MACRO)|INSERT\s+INTO"
        r"|UPDATE\s+\S+\s+SET|DELETE\s+FROM|DESCRIBE|SUMMARIZE|ATTACH|PRAGMA|INSTALL)\b", _SEAM),
    "COPY": (r"\bCOPY\b", _SEAM),
    "a temporary relation": (r"\bTEMP(?:ORARY)?\b", _SEAM),
    "a file function": (r"\b(?:read_\w+|parquet_\w+|glob)\s*\(", _SEAM),
    "GROUP BY ALL": (r"\bGROUP\s+BY\s+ALL\b", "name the keys, or their places"),
    "ORDER BY ALL": (r"\bORDER\s+BY\s+ALL\b", "name the keys, or their places"),
    "EXCLUDE": (r"\bEXCLUDE\b", _NAMED),
    "REPLACE": (r"\bREPLACE\b", _NAMED),
    "BY NAME": (r"\bBY\s+NAME\b", _NAMED),
    "a numbered value": (r"\$\d", "write `?` and bind the values in their order"),
    "a :: cast": (r"::", "write CAST(… AS …)"),
    "contains()": (r"\bcontains\s*\(", "write strpos(…) > 0"),
    "FILTER without WHERE": (r"\bFILTER\s*\(\s*(?!WHERE\b|\s)", "write FILTER (WHERE …)"),
    "OVER () without order": (r"\bOVER\s*\(\s*\)", "name an order"),
    "a JSON function": (r"\bjson(?:_\w+)?\s*\(|->", _DIALECT),
    "hash()": (r"\b(?:hash|md5_number\w*)\s*\(", _DIALECT),
    "a list or struct": (r"\[|\b(?:list_\w+|array_\w+|string_split\w*|str_split\w*|struct_\w+|unnest)\s*\(",
                         "write split_part(), regexp_replace(), or rows"),
    "a type of one engine": (r"\b(?:U?HUGEINT|U(?:BIG|SMALL|TINY)INT|UINTEGER)\b", "write BIGINT or DECIMAL(38,0)"),
    "a clause of one engine": (r"\b(?:QUALIFY|PIVOT|UNPIVOT|ILIKE|ASOF|(?:SEMI|ANTI)\s+JOIN|USING)\b",
                               "write it with WHERE, EXISTS or ON"),
    "rtrim() of letters": (r"\b[lr]trim\s*\([^()]*,", "write trim(TRAILING … FROM …)"),
}
_PATTERNS = {name: (re.compile(pattern), remedy) for name, (pattern, remedy) in CONSTRUCTS.items()}

_STATEMENT = re.compile(r"\s*(?:SELECT|WITH)\b[^;]*")
# A text of a program that is SQL, or a part of it: for its keywords, or for a function of one engine.
_LOOKS_LIKE_SQL = re.compile(
    r"\b(?:SELECT|FROM|WHERE|JOIN|UNION|GROUP BY|ORDER BY|CASE WHEN|CAST|COPY|CREATE|DROP|ALTER|INSERT|DESCRIBE|FILTER"
    r"|REPLACE|EXCLUDE|OVER|IS NULL|IS NOT NULL|IS DISTINCT)\b|\b(?:hash|json\w*|read_\w+|contains)\(\{?")
_RAW_STATEMENT = re.compile(r"\bengine_?(?:\.|->)execute(?:_counting)?\(")


def check(tree: Tree) -> Iterator[Finding]:
    used: set[tuple[str, str]] = set()
    for path in tree.files("src", (".sql", ".cpp", ".h")):
        name = path.as_posix()
        if any(name.startswith(folder + "/") for folder in OWN_DIALECTS) or _OF_TESTS.search(name):
            continue
        if path.suffix == ".sql":
            yield from _check_file(tree, path, used)
        else:
            yield from _check_program(tree, path, used)
    for path, construct in ALLOWED.keys() - used:
        yield Finding(Path(path), 1, f"has no {construct} any more; take it out of tests/structure/portable_sql.py")


def _check_file(tree: Tree, path: Path, used: set[tuple[str, str]]) -> Iterator[Finding]:
    code = sql_code(tree.text(path))
    if not _STATEMENT.fullmatch(code):
        yield Finding(path, 1, f"is not one SELECT; {_SEAM}")
    yield from _refused(path, code, 1, used)


def _check_program(tree: Tree, path: Path, used: set[tuple[str, str]]) -> Iterator[Finding]:
    text = tree.text(path)
    for position, literal in cpp_literals(text):
        if _LOOKS_LIKE_SQL.search(literal):
            yield from _refused(path, sql_code(literal), line_of(text, position), used)
    for match in _RAW_STATEMENT.finditer(text):
        if not path.as_posix().startswith("src/engine/"):
            yield Finding(path, line_of(text, match.start()), f"runs a statement of the engine's own dialect; {_SEAM}")


def _refused(path: Path, code: str, first_line: int, used: set[tuple[str, str]]) -> Iterator[Finding]:
    for name, (pattern, remedy) in _PATTERNS.items():
        for match in pattern.finditer(code):
            if (path.as_posix(), name) in ALLOWED:
                used.add((path.as_posix(), name))
            else:
                line = first_line + code.count("\n", 0, match.start())
                yield Finding(path, line, f"{name} is not portable SQL; {remedy}")
