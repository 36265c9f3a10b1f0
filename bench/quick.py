"""Whether a change made the program slower: `python3 bench/quick.py [--base REVISION]`, or `make bench-quick`.

Builds the program of the base (the commit where this branch left the main one, or the one before) in build/bench-base,
and lets it and build/release/apportion do the same work, each on a home of its own. What counts are the instructions
that valgrind counts, with one thread: they are the same on a busy machine. More than 5 % above the base fails the run.
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build/bench-base"
MONTH, TODAY = "2026-10", "2026-11-22"
MOST = 1.05
# The work, in its order: what is counted has a name, what only prepares it has none.
WORK = (
    ("", ["init"]),
    ("", ["connection", "add", "--name", "acme", "--actual", "{sample}/exports/actual-cost",
          "--amortized", "{sample}/exports/amortized-cost"]),
    ("import", ["sync"]),
    ("", ["customer", "import", "{sample}/customers.csv"]),
    ("", ["rules", "apply", "{sample}/rules.yaml"]),
    ("split", ["split", "--yes"]),
    ("preview", ["rules", "preview", "{sample}/rules.yaml", "--month", MONTH]),
    ("report from cubes", ["report", "costs", "--by", "CustomerId,ServiceName,BillingCurrency", "--format", "csv"]),
    ("report from charges", ["report", "costs", "--by", "tag.env,BillingCurrency", "--format", "csv"]),
    ("prove", ["prove"]),
)


def run(command: list) -> str:
    words = [str(part) for part in command]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"bench: {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def git(*arguments: str) -> str:
    return run(["git", "-C", ROOT, *arguments]).strip()


def chosen_base(named: str | None) -> str:
    """The commit to compare with."""
    if named:
        return git("rev-parse", f"{named}^{{commit}}")
    head = git("rev-parse", "HEAD")
    branches = git("for-each-ref", "--format=%(refname)", "refs/remotes/origin/main", "refs/heads/main").split()
    bases = [git("merge-base", "HEAD", branch) for branch in branches] or [head]
    base = min(bases, key=lambda one: int(git("rev-list", "--count", f"{one}..HEAD")))
    is_changed = bool(git("status", "--porcelain", "--untracked-files=no"))
    return base if base != head or is_changed else git("rev-parse", "HEAD~1")


def built_base(revision: str) -> Path:
    """The program of a commit, built unless it is there."""
    tree, stamp = FOLDER / "tree", FOLDER / "revision"
    program = tree / "build/release/apportion"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == revision and program.is_file():
        return program
    stamp.unlink(missing_ok=True)
    print(f"building {revision[:10]} in {tree.relative_to(ROOT)}: this takes as long as a first build", flush=True)
    if not (tree / ".git").exists():  # in any other folder, git would check out in the work tree around it
        FOLDER.mkdir(parents=True, exist_ok=True)
        git("worktree", "prune")
        git("worktree", "add", "--detach", str(tree), revision)
    run(["git", "-C", tree, "checkout", "--detach", "--force", revision])
    run(["make", "-C", tree, "build"])
    stamp.write_text(revision, encoding="utf-8")
    return program


def instructions_of(program: Path, home: Path, arguments: list[str]) -> int:
    told = run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, "--home", home, "--today",
                TODAY, "--threads", "1", *arguments])
    return int(re.search(r"Collected : (\d+)", told)[1])


def counted(program: Path, sample: Path, home: Path) -> dict[str, int]:
    """The instructions of each part of the work."""
    counts = {}
    for name, arguments in WORK:
        arguments = [argument.format(sample=sample) for argument in arguments]
        if name:
            counts[name] = instructions_of(program, home, arguments)
        else:
            run([program, "--home", home, "--today", TODAY, *arguments])
    return counts


def compare(base: dict[str, int], now: dict[str, int]) -> bool:
    """Prints both; whether nothing has become slower than it may."""
    print(f"{'million instructions':22} {'base':>9} {'now':>9} {'ratio':>7}")
    slower = []
    for name, count in now.items():
        ratio = count / base[name]
        print(f"{name:22} {base[name] / 1e6:9.1f} {count / 1e6:9.1f} {ratio:7.3f}")
        if ratio > MOST:
            slower.append(name)
    if slower:
        print(f"bench: more than {MOST:.2f} times the base: {', '.join(slower)}; see where by "
              "`valgrind --tool=callgrind` and `callgrind_annotate`", file=sys.stderr)
    return not slower


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", help="the commit to compare with")
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/apportion")
    parser.add_argument("--rows", type=int, default=6000, help="charges of the month, about")
    options = parser.parse_args()
    base = built_base(chosen_base(options.base or None))
    folder = Path(tempfile.mkdtemp(prefix="apportion-bench-"))
    try:
        sample = folder / "sample"
        run([base, "sample", "--out", sample, "--seed", 3, "--rows", options.rows, "--months", f"{MONTH}..{MONTH}",
             "--customers", 200, "--no-focus"])
        with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, min(2, os.cpu_count() or 1))) as pool:
            counts = [pool.submit(counted, program, sample, folder / name)
                      for name, program in (("base", base), ("now", options.program.resolve()))]
            return 0 if compare(*(count.result() for count in counts)) else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
