"""What the rules look at: the files of a checkout, and a finding in one of them."""
import re
from pathlib import Path
from typing import Iterator, NamedTuple

FOLDERS_OF_OTHERS = {"build", "third_party", "node_modules", "__pycache__"}


class Finding(NamedTuple):
    path: Path
    line: int
    message: str  # what is wrong and what to do

    def __str__(self) -> str:
        return f"{self.path.as_posix()}:{self.line}: {self.message}"


class Tree:
    """A checkout; paths are relative to its root."""

    def __init__(self, root: Path):
        self.root = root
        self._texts: dict[Path, str] = {}

    def files(self, folder: str = ".", suffixes: tuple[str, ...] = ()) -> Iterator[Path]:
        """All files of ours under a folder, in order; those with one of the suffixes, if any are given."""
        top = self.root / folder
        for path in sorted(top.rglob("*")) if top.is_dir() else ():
            inner = path.relative_to(self.root)
            hidden = any(part in FOLDERS_OF_OTHERS or part.startswith(".") for part in inner.parts)
            if not hidden and path.is_file() and (not suffixes or path.name.endswith(suffixes)):
                yield inner

    def text(self, path: Path) -> str:
        if path not in self._texts:
            self._texts[path] = (self.root / path).read_text(encoding="utf-8", errors="replace")
        return self._texts[path]

    def exists(self, path: Path) -> bool:
        return (self.root / path).exists()


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


_CPP_NO_CODE = re.compile(
    r"""//[^\n]*
      | /\*.*?\*/
      | R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'""",
    re.VERBOSE | re.DOTALL,
)
_SQL_NO_CODE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"[^\"]*\"", re.DOTALL)


def _blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def cpp_code(text: str) -> str:
    """C++ with comments and literals blanked, so that positions stay."""
    return _CPP_NO_CODE.sub(_blank, text)


_CPP_LITERAL = re.compile(r'^"(?P<plain>.*)"$|^R"(?P<mark>[^(]*)\((?P<raw>.*)\)(?P=mark)"$', re.DOTALL)

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def _unescaped(match: re.Match) -> str:
    return {"n": "\n", "t": "\t"}.get(match.group(1), match.group(1))


def cpp_literals(text: str) -> Iterator[tuple[int, str]]:
    """The text literals of C++, each with its position, without their escapes."""
    for match in _CPP_NO_CODE.finditer(text):
        if literal := _CPP_LITERAL.match(match.group()):
            raw = literal.group("raw")
            yield match.start(), _ESCAPE.sub(_unescaped, literal.group("plain")) if raw is None else raw


def cpp_texts(text: str) -> Iterator[tuple[int, str]]:
    """The text literals of C++ as the compiler reads them: those that stand side by side are one."""
    begin, end, joined = 0, 0, None
    for match in _CPP_NO_CODE.finditer(text):
        for _, literal in cpp_literals(match.group()):
            if joined is not None and text[end:match.start()].isspace():
                joined += literal
            else:
                if joined is not None:
                    yield begin, joined
                begin, joined = match.start(), literal
            end = match.end()
    if joined is not None:
        yield begin, joined


def sql_code(text: str) -> str:
    """SQL with comments, texts and quoted names blanked, so that positions stay."""
    return _SQL_NO_CODE.sub(_blank, text)
