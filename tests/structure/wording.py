"""How the surface speaks: phrases that read as translated, and what to write instead. Messages, help, header comments
and documents are in the English of a native technical writer."""
import re
from pathlib import Path
from typing import Iterator, NamedTuple

from tree import Finding, Tree


class Phrase(NamedTuple):
    pattern: re.Pattern
    instead: str


def _phrase(pattern: str, instead: str) -> Phrase:
    return Phrase(re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), instead)


PHRASES = (
    Phrase(re.compile(r"(?<!there )\bis no (?!longer\b|other\b|more\b)\w+", re.IGNORECASE), "`is not a …`"),
    _phrase("anew", "`again`, or a verb with `re-`"),
    _phrase("(?:take|takes|taken|taking|took) in", "`import`"),
    _phrase(r"one a (?:row|line|page|file|charge|month|key)", "`one per …`"),
    _phrase(r"a (?:row|line|page|file|sink|document) a \w+", "`one … per …`"),
    _phrase("lies? (?:in|at|on|below|there|here|elsewhere)", "`is in`, or `is stored in`"),
    _phrase("nobody's", "`unassigned`, or `no one's`"),
    _phrase("of late", "`recently`"),
    _phrase("how manieth", "`which`, with the number"),
    _phrase("for good", "`permanently`"),
    Phrase(re.compile(r"\bas in:"), "`for example:`"),
    _phrase("smallest coins?", "`minor unit`"),
    _phrase("who asks", "`the caller`"),
    _phrase("tells of", "`describes`"),
)

WHOLE_FOLDERS = ("packaging", "src/app", "src/sample", "src/serve", "tools")
HEADER_FOLDERS = ("src/azure", "src/engine", "src/foundation/model", "src/foundation/money", "src/foundation/yaml",
                  "src/lake", "src/pipeline")
PAGES = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "README.md")
# Pages that repeat what modules below the surface say, word for word.
QUOTING = {"docs/columns.md", "docs/errors.md", "docs/troubleshooting.md"}


def check(tree: Tree) -> Iterator[Finding]:
    for path in _spoken(tree):
        for number, line in enumerate(tree.text(path).split("\n"), start=1):
            for phrase in PHRASES:
                if match := phrase.pattern.search(line):
                    yield Finding(path, number, f"'{match.group()}' reads as translated: write {phrase.instead}")


def _spoken(tree: Tree) -> Iterator[Path]:
    yield from (Path(name) for name in PAGES if tree.exists(Path(name)))
    for path in tree.files("docs", (".md",)):
        if path.as_posix() not in QUOTING:
            yield path
    for folder in WHOLE_FOLDERS:
        yield from tree.files(folder)
    for folder in HEADER_FOLDERS:
        yield from tree.files(folder, (".h",))
