"""What the tests of packaging share: `python3 test_TOPIC.py CHECKOUT BUILD [unittest options]`."""
import subprocess
import sys
import unittest
from pathlib import Path

SECONDS_MAX = 300

checkout = Path()
build = Path()


def main() -> None:
    """Takes the checkout and the build folder off the command line, and runs the tests of the file."""
    global checkout, build
    checkout, build = (Path(argument).resolve() for argument in sys.argv[1:3])
    del sys.argv[1:3]
    sys.modules.setdefault("packaging_harness", sys.modules[__name__])
    unittest.main(module="__main__")


def said_by(*command: str | Path, **options) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, encoding="utf-8", check=False,
                          timeout=SECONDS_MAX, **options)
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def help_of(path: tuple[str, ...]) -> str:
    return said_by(build / "apportion", *path, "--help")


def commands_of(help_text: str) -> list[str]:
    """The names of the commands that a help lists."""
    listed = help_text.partition("\nSubcommands:\n")[2].partition("\n\n")[0]
    return [line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2] != " "]
