"""Python environments with the packages that tests/NAME/requirements.txt pins, for tests only.

    python3 environments.py NAME FOLDER      makes one, unless it is there

Nothing is installed, and that is said, where no Python is found that can run the packages.
"""
import glob
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The Python versions that can run the packages: from the first on, before the second.
VERSIONS = {"api": ((3, 10), (3, 15)), "chart": ((3, 10), (3, 15)),
            "focus": ((3, 12), (3, 14)), "readers": ((3, 11), (3, 14))}
NAMES = ("python3.10", "python3.11", "python3.12", "python3.13", "python3.14", "python3")
# Where version managers keep interpreters that are not in PATH.
MANAGED = ("~/.pyenv/versions/3.*/bin/python3", "~/.local/share/uv/python/*/bin/python3",
           "~/.local/share/mise/installs/python/3.*/bin/python3", "~/.asdf/installs/python/3.*/bin/python3",
           "~/.local/share/rtx/installs/python/3.*/bin/python3", "/opt/python/*/bin/python3")


def candidates() -> list[str]:
    """Interpreters that may fit, this one first, then those in PATH."""
    pyenv = [os.path.join(os.environ["PYENV_ROOT"], "versions/3.*/bin/python3")] if "PYENV_ROOT" in os.environ else []
    in_path = [found for name in NAMES if (found := shutil.which(name))]
    managed = [found for place in (*pyenv, *MANAGED) for found in sorted(glob.glob(os.path.expanduser(place)))]
    return [sys.executable, *in_path, *managed]


def fits(name: str, python: str) -> bool:
    """A version manager's stand-in may refuse to run, and a system's Python may lack `ensurepip`."""
    first, end = VERSIONS[name]
    question = f"import sys, venv, ensurepip; sys.exit(not {first} <= sys.version_info[:2] < {end})"
    try:
        tried = subprocess.run([python, "-c", question], capture_output=True, timeout=60, check=False)
    except OSError:
        return False
    return tried.returncode == 0


def is_current(name: str, folder: Path) -> bool:
    """Whether the environment has what is pinned now."""
    stamp = folder / "installed.txt"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _requirements(name).read_text(encoding="utf-8")


def installed(name: str, folder: Path) -> Path | None:
    """The environment's folder, made if need be; nothing where no Python fits."""
    if is_current(name, folder):
        return folder
    python = next((one for one in candidates() if fits(name, one)), None)
    if python is None:
        return None
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([python, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install",
                    "--no-deps", "--requirement", _requirements(name)], check=True)
    (folder / "installed.txt").write_text(_requirements(name).read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def start_again_in(folder: Path) -> None:
    """Starts this test anew with the environment's Python, unless that is the one that runs it."""
    if Path(sys.prefix).resolve() != folder:
        os.execv(folder / "bin/python", [str(folder / "bin/python"), "-B", *sys.argv])


def _requirements(name: str) -> Path:
    return HERE / name / "requirements.txt"


def main(name: str, folder: Path) -> None:
    if installed(name, folder.resolve()) is None:
        first, end = (".".join(map(str, version)) for version in VERSIONS[name])
        print(f"dependencies: no Python from {first} on and before {end} with `venv` was found: what tests/{name} "
              "needs will not be run", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
