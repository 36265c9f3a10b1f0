"""Texts below the surfaces say what to do, not what to type: commands and options are steps (next_steps.def), and a
wrong request is not a wrong command line."""
import re
from pathlib import Path
from typing import Iterator

from tree import Finding, Tree, cpp_code, cpp_texts, line_of

# Who words steps, or writes for a terminal only.
SURFACES = {
    "src/serve": "words the steps",
    "src/app": "reads its own options",
    "src/sample": "is run by its own command only",
}
# What a file may say all the same, and why.
ALLOWED: dict[str, str] = {
    "src/store/secret_box.cpp": "a label that is hashed: part of the format of sealed secrets",
    "src/azure/azure_cli.cpp": "options of Azure's own command line, which it runs",
}

COMMANDS = ("alerts", "audit", "backup", "columns", "commitments", "completion", "config", "connection", "customer",
            "dataset", "doctor", "explain", "exports", "import", "imports", "init", "jobs", "key", "months", "prove",
            "query", "report", "restore", "rules", "sample", "serve", "split", "sync", "token", "user", "version")

_COMMAND = "|".join(COMMANDS)
_REFUSED = re.compile(rf"\bapportion (?:{_COMMAND})\b|`(?:{_COMMAND}) [a-z-]+|`(?:doctor|init|prove|serve|sync)`"
                      r"|(?<![\w-])--[a-z][a-z-]*")
_OF_COMMAND_LINE = re.compile(r"\bErrorId::kCommand(?:LineWrong|Missing)\b")
# A command of another program, up to the end of the sentence.
_OF_OTHERS = re.compile(r"\baz [a-z][^;]*")
_OF_TESTS = re.compile(r"(?:_test\.cpp|test_support\.(?:cpp|h)|/testing\.h)$")


def check(tree: Tree) -> Iterator[Finding]:
    used = set()
    for path in tree.files("src", (".cpp", ".h")):
        name = path.as_posix()
        if name.startswith(tuple(f"{folder}/" for folder in SURFACES)) or _OF_TESTS.search(name):
            continue
        for position, text in cpp_texts(tree.text(path)):
            match = _REFUSED.search(_OF_OTHERS.sub("", text))
            if match and name in ALLOWED:
                used.add(name)
            elif match:
                yield Finding(path, line_of(tree.text(path), position),
                              f"says what to type ({match.group()}); name a step (foundation/base/next_step.h)")
        for match in _OF_COMMAND_LINE.finditer(cpp_code(tree.text(path))):
            yield Finding(path, line_of(tree.text(path), match.start()),
                          f"{match.group()} is for the command line alone; give the refusal an id of its own")
    for name in ALLOWED.keys() - used:
        if tree.exists(Path(name)):
            yield Finding(Path(name), 1, "needs no allowance any more; take it out of tests/structure/advice.py")
