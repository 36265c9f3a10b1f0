"""What the whole-program tests share: a home that goes away, the program as a person runs it, a sample to doctor.

Each test file is run as `python3 test_TOPIC.py PROGRAM [unittest options]`.
"""
import csv
import gzip
import io
import json
import os
import pty
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Callable, Iterable, NamedTuple

TODAY = "2026-11-22"
COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
DONE, CHECK_FAILED, USAGE, BAD_INPUT, REFUSED, UNREACHABLE, LOCKED = range(7)
STOPPED = 130
SECONDS_MAX = 120
# What a person's shell may hold and a test must not see.
OWN_VARIABLES = ("APPORTION_HOME", "XDG_DATA_HOME", "NO_COLOR", "TERM")

program = Path()


def seeds(first: int, count: int) -> range:
    """`count` seeds from `first` on; in a long run RANDOM_ROUNDS times as many, from RANDOM_SEED on."""
    start = int(os.environ.get("RANDOM_SEED") or first)
    return range(start, start + count * int(os.environ.get("RANDOM_ROUNDS") or 1))


class Outcome(NamedTuple):
    """What a command did."""

    code: int
    out: str
    talk: str

    def json(self) -> Any:
        return parse_json(self.out)

    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out, newline="")))


def parse_json(text: str) -> Any:
    """Strict JSON: a number with a point would be a float, and NaN is none."""

    def refuse(token: str) -> None:
        raise AssertionError(f"{token} in JSON: an amount must be a string")

    return json.loads(text, parse_float=refuse, parse_constant=refuse)


def lower_limit(which: int, value: int) -> Callable[[], None]:
    """For `preexec`: a limit of the process that is about to start."""
    return lambda: resource.setrlimit(which, (value, value))


class World:
    """A temporary folder with a home, and the program."""

    def __init__(self, parent: Path | None = None):
        self.folder = Path(tempfile.mkdtemp(prefix="apportion-e2e-", dir=parent))
        self.home = self.folder / "home"

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self, **more: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
        return {**inherited, "HOME": str(self.folder), "APPORTION_HOME": str(self.home), **more}

    def command(self, *arguments: Any, today: str = TODAY) -> list[str]:
        return [str(program), "--today", today, *map(str, arguments)]

    def run(self, *arguments: Any, code: int | None = DONE, today: str = TODAY, environment: dict | None = None,
            **options: Any) -> Outcome:
        """Runs a command; `code` None takes any exit code but that of a crash."""
        done = subprocess.run(
            self.command(*arguments, today=today), env=environment or self.environment(), cwd=self.folder,
            stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=SECONDS_MAX, check=False,
            **options)
        outcome = Outcome(done.returncode, done.stdout, done.stderr)
        told = f"{' '.join(map(str, arguments))}\nexit {outcome.code}\n{outcome.talk}{outcome.out[-2000:]}"
        if code is None:
            assert 0 <= outcome.code <= LOCKED or outcome.code == STOPPED, told
        else:
            assert outcome.code == code, f"expected exit {code}: {told}"
        return outcome

    # The usual commands.

    def sample(self, name: str = "sample", seed: int = 1, rows: int = 2000, months: str = "2026-09..2026-10",
               customers: int = 12, **flags: Any) -> Path:
        """Writes a sample; `flags` as `quirks=True`, `format="csv.gz"`."""
        folder = self.folder / name
        options = [f"--{flag.replace('_', '-')}" if value is True else f"--{flag}={value}"
                   for flag, value in flags.items() if value is not False]
        self.run("sample", "--out", folder, "--seed", seed, "--rows", rows, "--months", months,
                 "--customers", customers, *options)
        return folder

    def init(self, sample: Path, connection: str = "acme", customers: bool = True, focus: bool = False,
             cost_details: bool = True) -> None:
        """A home with a connection to the exports of a sample, and the sample's customers."""
        self.run("init")
        locations: list[Any] = []
        if cost_details:
            locations += ["--actual", sample / "exports/actual-cost", "--amortized", sample / "exports/amortized-cost"]
        if focus:
            locations += ["--focus", sample / "exports/focus-cost"]
        self.run("connection", "add", "--name", connection, *locations)
        if customers:
            self.run("customer", "import", sample / "customers.csv")

    def costs(self, by: str = "CustomerId,BillingCurrency", *more: Any) -> list[dict[str, str]]:
        return self.run("report", "costs", "--by", by, "--format", "csv", *more).rows()

    def prove(self, code: int | None = DONE, *more: Any) -> dict:
        return self.run("prove", "--json", *more, code=code).json()

    def months(self, *more: Any) -> list[dict]:
        return self.run("months", "--json", *more).json()

    def published(self) -> str:
        """Everything that a reader sees of the home, for comparing before with after."""
        proof = self.run("prove", "--json", code=None).out
        costs = self.run("report", "costs", "--by", "Month,CustomerId,BillingCurrency,x_ImportId", "--format", "csv",
                         code=None).out
        return "\n".join([self.run("months", "--json").out, proof, costs])

    def lake_files(self) -> set[str]:
        lake = self.home / "lake"
        return {path.relative_to(lake).as_posix() for path in lake.rglob("*") if path.is_file()}


class WorldTest(unittest.TestCase):
    """A test with a world of its own."""

    maxDiff = 4000

    def setUp(self) -> None:
        self.world = World()
        self.addCleanup(self.world.close)

    def at_terminal(self, answer: str, *arguments: Any) -> tuple[int, str]:
        """Runs a command whose input and talk are a terminal on which somebody types the answer."""
        ours, theirs = pty.openpty()
        try:
            process = subprocess.Popen(self.world.command(*arguments), env=self.world.environment(),
                                       cwd=self.world.folder, stdin=theirs, stdout=theirs, stderr=theirs)
            os.close(theirs)
            os.write(ours, answer.encode())
            told = b""
            while True:
                try:
                    part = os.read(ours, 4096)
                except OSError:  # the other side is closed
                    break
                if not part:
                    break
                told += part
            return process.wait(timeout=SECONDS_MAX), told.decode()
        finally:
            os.close(ours)

    def assert_tells(self, outcome: Outcome, *parts: str) -> None:
        """The talk has all these parts."""
        for part in parts:
            self.assertIn(part, outcome.talk)

    def assert_same_costs(self, got: Iterable[dict], wanted: Iterable[dict]) -> None:
        """Equal rows, in any order, amounts digit for digit. A list or contracted cost that is unknown for all rows of
        a group is empty; for the oracle it adds nothing. Which of the two it is, the tests of the sinks look at."""

        def cell(name: str, value: str) -> str:
            return f"{name}={value or '0'}" if name in ("ListCost", "ContractedCost") else f"{name}={value}"

        def lines(rows: Iterable[dict]) -> list[str]:
            return sorted(",".join(cell(name, value) for name, value in row.items()) for row in rows)

        self.assertEqual(lines(got), lines(wanted))


class Part:
    """One part of a run in a sample, as text that a test may change; what is written goes to the manifest too."""

    def __init__(self, run: "RunFolder", number: int):
        self.run = run
        self.number = number

    @property
    def path(self) -> Path:
        name = self.run.manifest["blobs"][self.number]["blobName"].strip().rsplit("/", 1)[1]
        return self.run.folder / name

    def read(self) -> str:
        data = self.path.read_bytes()
        return (gzip.decompress(data) if self.path.suffix == ".gz" else data).decode("utf-8")

    def rows(self) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.read(), newline="")))

    def write(self, text: str) -> None:
        data = text.encode("utf-8")
        self.write_bytes(gzip.compress(data) if self.path.suffix == ".gz" else data)

    def write_bytes(self, data: bytes) -> None:
        """Writes the part and brings the manifest's byte counts up to it."""
        self.path.write_bytes(data)
        blob = self.run.manifest["blobs"][self.number]
        self.run.manifest["byteCount"] += len(data) - blob["byteCount"]
        blob["byteCount"] = len(data)
        self.run.write_manifest()

    def write_rows(self, rows: list[list[str]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        blob = self.run.manifest["blobs"][self.number]
        self.run.manifest["dataRowCount"] += len(rows) - 1 - blob["dataRowCount"]
        blob["dataRowCount"] = len(rows) - 1
        self.write(text.getvalue())

    def set_cell(self, row: int, column: str, value: str) -> str:
        """Sets a cell; rows count from 1 after the header. Returns what stood there."""
        rows = self.rows()
        place = rows[0].index(column)
        before, rows[row][place] = rows[row][place], value
        self.write_rows(rows)
        return before


class RunFolder:
    """A run in a sample: its manifest and parts."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))

    def write_manifest(self) -> None:
        (self.folder / "manifest.json").write_text(json.dumps(self.manifest, indent=2), encoding="utf-8")

    def part(self, number: int = 0) -> Part:
        return Part(self, number)

    @property
    def submitted(self) -> str:
        return self.manifest["runInfo"]["submittedTime"]


def runs_of(sample: Path, export: str, month: str | None = None) -> list[RunFolder]:
    """The runs of an export, of one month if named, the earliest first."""
    folder = sample / "exports" / export
    runs = [RunFolder(path.parent) for path in folder.rglob("manifest.json")]
    wanted = [run for run in runs if month is None or run.manifest["runInfo"]["startDate"].startswith(month)]
    return sorted(wanted, key=lambda run: run.submitted)


def latest_run(sample: Path, export: str, month: str) -> RunFolder:
    return runs_of(sample, export, month)[-1]


def newer_run(sample: Path, export: str, month: str, minutes: int) -> RunFolder:
    """The latest run of an export, as if it was made again `minutes` after the full hour, as another run."""
    run = latest_run(sample, export, month)
    old_id = run.manifest["runInfo"]["runId"]
    new_id = old_id[:-4] + f"{minutes:04}"
    folder = run.folder.parent / new_id
    run.folder.rename(folder)
    made = RunFolder(folder)
    made.manifest["runInfo"]["runId"] = new_id
    made.manifest["runInfo"]["submittedTime"] = made.submitted[:14] + f"{minutes:02}" + made.submitted[16:]
    for blob in made.manifest["blobs"]:
        blob["blobName"] = blob["blobName"].replace(old_id, new_id)
    made.write_manifest()
    return made


def main(extra_arguments: int = 0) -> list[str]:
    """Takes the program (and what else a test needs) off the command line, and runs the tests of the file."""
    global program
    program = Path(sys.argv[1]).resolve()
    more = sys.argv[2:2 + extra_arguments]
    del sys.argv[1:2 + extra_arguments]
    if not os.access(program, os.X_OK):
        sys.exit(f"{program} is not a program")
    sys.modules.setdefault("harness", sys.modules[__name__])
    return more
