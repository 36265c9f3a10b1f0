"""What the tests of the page share: the Node that it is built with, and how to run its tools.

Each test file is run as `python3 test_TOPIC.py PROGRAM PAGE`, with the folder that `make page` makes.
"""
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WEB = HERE.parent.parent / "web"
NODE = WEB / "node_modules/.node/bin/node"
SECONDS_MAX = 1800 if os.environ.get("PAGE_LOOKS") == "all" else 900


def browser() -> str | None:
    return shutil.which("chromium")


def end_unless(is_there: bool, missing: str) -> None:
    """Says what was not tried, and how to get it."""
    if not is_there:
        print(missing)
        sys.exit(0)


def end_unless_browsable(page: Path, subject: str) -> None:
    """A page in a browser needs the page, its Node and the browser."""
    is_there = NODE.exists() and (page / "index.html").exists() and browser() is not None
    end_unless(is_there, f"{subject} was NOT TRIED in a browser: run `make page` and "
                         "`tools/install_dependencies page-tests`")


def run_node(*arguments: str | Path, **variables: str) -> int:
    """Runs a tool of the page in its folder; what it says goes to standard output."""
    done = subprocess.run([str(NODE), *map(str, arguments)], cwd=WEB, env={**os.environ, **variables},
                          stdin=subprocess.DEVNULL, timeout=SECONDS_MAX, check=False)
    return done.returncode
