"""An environment of its own with the FOCUS validator, which needs Python 3.12 or later.

    python3 environment.py FOLDER      makes it, unless it is there

Nothing is installed, and that is said, where no such Python is found.
"""
import glob
import os
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
NAMES = ("python3.12", "python3.13", "python3.14", "python3")
# Where version managers keep interpreters that are not in PATH.
MANAGED = ("~/.pyenv/versions/3.*/bin/python3", "~/.local/share/uv/python/*/bin/python3",
           "~/.local/share/mise/installs/python/3.*/bin/python3", "~/.asdf/installs/python/3.*/bin/python3",
           "~/.local/share/rtx/installs/python/3.*/bin/python3", "/opt/python/*/bin/python3")
IS_NEW_ENOUGH = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12) or sys.version_info >= (3, 14))"


def candidates() -> list[str]:
    """Interpreters that may be new enough, those in PATH first."""
    pyenv = [os.path.join(os.environ["PYENV_ROOT"], "versions/3.*/bin/python3")] if "PYENV_ROOT" in os.environ else []
    in_path = [found for name in NAMES if (found := shutil.which(name))]
    return in_path + [found for place in (*pyenv, *MANAGED) for found in sorted(glob.glob(os.path.expanduser(place)))]


def is_new_enough(python: str) -> bool:
    """A version manager's stand-in may refuse to run."""
    try:
        tried = subprocess.run([python, "-c", IS_NEW_ENOUGH], capture_output=True, timeout=60, check=False)
    except OSError:
        return False
    return tried.returncode == 0


def installed(folder: Path) -> Path | None:
    """The environment's folder with the validator in it; nothing where no Python is new enough."""
    stamp = folder / "installed.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == REQUIREMENTS.read_text(encoding="utf-8"):
        return folder
    python = next(filter(is_new_enough, candidates()), None)
    if python is None:
        return None
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([python, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install",
                    "--no-deps", "--requirement", REQUIREMENTS], check=True)
    stamp.write_text(REQUIREMENTS.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


if __name__ == "__main__":
    if installed(Path(sys.argv[1]).resolve()) is None:
        print("dependencies: no Python from 3.12 on was found: the rules of FOCUS will not be run", file=sys.stderr)
