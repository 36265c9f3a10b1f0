"""One table of errors: every id is used, every name is plain, docs/errors.md lists what the table says, and
docs/troubleshooting.md tells what to do about ids that exist."""
import re
from pathlib import Path
from typing import Iterator

from tree import Finding, Tree, line_of

TABLE = Path("src/foundation/base/error_ids.def")
PAGE = Path("docs/errors.md")
HELP = Path("docs/troubleshooting.md")
KIND_NAMES = {"kCheckFailed": "check_failed", "kNotFound": "not_found", "kConflict": "conflict", "kInvalid": "invalid",
              "kBadInput": "bad_input", "kForbidden": "forbidden", "kUnreachable": "unreachable",
              "kCancelled": "cancelled", "kBusy": "busy", "kStorage": "storage"}

_ENTRY = re.compile(r'^APPORTION_ERROR\((k\w+),\s*"([^"]+)",\s*(k\w+),\s*"((?:[^"\\]|\\.)*)"\)$', re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# An id stands in a table's cell of its own, or begins a paragraph.
_HELPED = re.compile(r"`([a-z][a-z0-9]*(?:-[a-z0-9]+)+)`(?=,| \||\.| and| are)")
_USED = re.compile(r"\bErrorId::(k\w+)")


def row_of(name: str, kind: str, meaning: str) -> str:
    return f"| `{name}` | {KIND_NAMES[kind]} | {meaning} |"


def check(tree: Tree) -> Iterator[Finding]:
    if not tree.exists(TABLE):
        return
    text = tree.text(TABLE)
    entries = list(_ENTRY.finditer(text))
    if len(entries) != text.count("APPORTION_ERROR("):
        yield Finding(TABLE, 1, "an entry is not written as the others are")
    used = {match[1] for folder in ("src", "bench", "fuzz") for path in tree.files(folder, (".cpp", ".h"))
            if not path.name.endswith("_test.cpp")
            for match in _USED.finditer(tree.text(path))}
    page = tree.text(PAGE).splitlines() if tree.exists(PAGE) else []
    names = [entry[2] for entry in entries]
    for entry in entries:
        line = line_of(text, entry.start())
        if not _NAME.fullmatch(entry[2]) or names.count(entry[2]) > 1:
            yield Finding(TABLE, line, f"the name {entry[2]} is not plain, or given twice")
        if entry[1] not in used:
            yield Finding(TABLE, line, f"no source makes {entry[1]}; take it out")
        if row_of(entry[2], entry[3], entry[4]) not in page:
            yield Finding(PAGE, 1, f"lacks the row {row_of(entry[2], entry[3], entry[4])}")
    if names != sorted(names):
        yield Finding(TABLE, 1, "errors are sorted by name")
    for number, row in enumerate(page, 1):
        name = re.match(r"\| `([a-z0-9-]+)` \|", row)
        if name and name[1] not in names:
            yield Finding(PAGE, number, f"there is no error {name[1]}")
    if tree.exists(HELP):
        help_text = tree.text(HELP)
        for match in _HELPED.finditer(help_text):
            if match[1] not in names:
                yield Finding(HELP, line_of(help_text, match.start()), f"there is no error {match[1]}")
