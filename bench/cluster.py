"""One machine beside a cluster: `python3 bench/cluster.py`, or `make bench-cluster`.

Makes a home with the charges of an invented partner, month by month (the exports of a month are deleted once they are
imported), and asks the embedded engine and a Trino cluster on this machine the same questions: sums of cubes, groups of
charges, reports, the proof. The answers must be equal, line by line; a difference fails. Processor seconds are those of
the command, and for the cluster those of its nodes as well; memory is the most that all of them had at once; bytes are
what the cluster read from the lake's files. The first time that the cluster is asked something, it compiles and reads
its metadata: that time stands by itself.
"""
import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests/cluster")]

# pylint: disable=wrong-import-position
import trino  # noqa: E402

TODAY = "2026-11-22"
LAST_MONTH = 2026 * 12 + 9  # October 2026, counted from the month 0
ROWS_OF_MONTH = 2_000_000
BYTES_OF_ROW = 450  # of disk, while a month is imported: 45 GB for 100 million charges
ENGINES = ("embedded", "trino")
TICKS = os.sysconf("SC_CLK_TCK")
QUESTIONS = {
    "costs by customer (a cube)": ("report", "costs", "--by", "CustomerId,BillingCurrency"),
    "costs by service and month (a cube)": ("report", "costs", "--by", "ServiceName,Month,BillingCurrency"),
    "costs by resource type and meter (charges)": ("report", "costs", "--by", "ResourceType,SkuMeter,BillingCurrency"),
    "costs by resource, the top 1,000 (charges)": ("report", "costs", "--by", "ResourceId,BillingCurrency", "--sort",
                                                   "BilledCost", "--top", "1000"),
    "costs by tag (charges)": ("report", "costs", "--by", "tag.env,BillingCurrency"),
    "one customer by rule": ("explain", "--customer", "cust-00001"),
    "use of commitments": ("commitments", "utilisation"),
    "proof": ("prove", "--json"),
}


class Measured(NamedTuple):
    """What a question took."""

    cpu: float
    wall: float
    mib: int
    read_mb: float
    digest: str


def month_text(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02}"


def cpu_of(pid: int) -> float:
    """Of a process and the children that it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / TICKS


def resident_mib(pids: list[int]) -> int:
    pages = 0
    for pid in pids:
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, IndexError):  # it has ended
            pass
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


def bytes_in(text: str) -> float:
    """Of a size as Trino writes it: `12.5MB`, in powers of 1,024."""
    units = {"B": 0, "kB": 1, "MB": 2, "GB": 3, "TB": 4}
    number = text.rstrip("BkMGT")
    return float(number) * 1024 ** units[text[len(number):]]


class Bench:
    def __init__(self, options: argparse.Namespace, folder: Path):
        self.options = options
        self.folder = folder
        self.home = folder / f"home-{options.rows}"
        self.cluster: trino.Cluster | None = None
        self.failures: list[str] = []

    def apportion(self, *arguments: object) -> None:
        command = [self.options.program, "--home", self.home, "--today", TODAY, *arguments]
        done = subprocess.run(list(map(str, command)), capture_output=True, encoding="utf-8", check=False)
        if done.returncode:
            sys.exit(f"bench: {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr}")

    def check_disk(self) -> None:
        needed = self.options.rows * BYTES_OF_ROW
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            sys.exit(f"bench: {self.options.rows:,} charges take {needed / 1e9:.0f} GB of disk while they are "
                     f"imported, and {self.folder} has {free / 1e9:.0f} GB; ask for fewer: --rows N")

    def make_home(self) -> None:
        if (self.home / "made").exists():
            return
        self.check_disk()
        shutil.rmtree(self.home, ignore_errors=True)
        self.apportion("init")
        months = max(1, round(self.options.rows / ROWS_OF_MONTH))
        exports = self.folder / "sample"
        for number in range(months):
            month = month_text(LAST_MONTH - months + 1 + number)
            shutil.rmtree(exports, ignore_errors=True)
            self.apportion("sample", "--out", exports, "--seed", 5, "--months", f"{month}..{month}", "--customers",
                           self.options.customers, "--rows", self.options.rows // months, "--no-focus",
                           "--no-restatements", "--format", "parquet")
            if number == 0:
                self.apportion("connection", "add", "--name", "acme", "--actual", exports / "exports/actual-cost",
                               "--amortized", exports / "exports/amortized-cost")
                self.apportion("customer", "import", exports / "customers.csv")
            self.apportion("sync", "--month", month)
            print(f"  imported {month}", flush=True)
        shutil.rmtree(exports)
        (self.home / "made").touch()

    def pids(self) -> list[int]:
        return [node.process.pid for node in self.cluster.nodes() if node.process is not None]

    def ask(self, engine: str, question: tuple[str, ...]) -> Measured:
        command = [self.options.program, "--home", self.home, "--today", TODAY, *question, "--engine", engine]
        if question[0] != "prove":
            command += ["--format", "csv"]
        nodes = self.pids() if engine == "trino" else []
        asked_before = self.queries() if nodes else set()
        cpu = -sum(map(cpu_of, nodes))
        began = time.monotonic()
        with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as messages:
            with subprocess.Popen(list(map(str, command)), stdout=answer, stderr=messages) as process:
                peak = Peak([*nodes, process.pid])
                _, status, used = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.monotonic() - began
            most = peak.end()
            answer.seek(0)
            messages.seek(0)
            if process.returncode:
                sys.exit(f"bench: {' '.join(question)} --engine {engine}: exit {process.returncode}\n"
                         f"{messages.read().decode(errors='replace')[-1000:]}")
            digest = hashlib.sha256(b"".join(sorted(answer))).hexdigest()
        cpu += sum(map(cpu_of, nodes)) + used.ru_utime + used.ru_stime
        read = sum(self.bytes_read(query) for query in self.queries() - asked_before) if nodes else 0
        return Measured(cpu, wall, max(most, used.ru_maxrss >> 10), read / 1e6, digest)

    def queries(self) -> set[str]:
        return {row[0] for row in self.cluster.rows(
            "SELECT query_id FROM system.runtime.queries WHERE source = 'apportion'")}

    def bytes_read(self, query: str) -> float:
        request = urllib.request.Request(f"{self.cluster.uri}/v1/query/{query}", headers={"X-Trino-User": trino.USER})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bytes_in(json.load(answer)["queryStats"]["physicalInputDataSize"])

    def run(self) -> None:
        print(f"{'':44} {'CPU s':>8} {'x':>6} {'wall s':>8} {'MiB':>6} {'MB read':>8} {'first s':>8}")
        for name, question in QUESTIONS.items():
            rounds = {engine: [] for engine in ENGINES}
            for _ in range(self.options.rounds + 1):
                for engine in ENGINES:
                    rounds[engine].append(self.ask(engine, question))
            if len({one.digest for engine in ENGINES for one in rounds[engine]}) > 1:
                self.failures.append(name)
            self.print_question(name, rounds)

    @staticmethod
    def print_question(name: str, rounds: dict[str, list[Measured]]) -> None:
        middle = {engine: [statistics.median(values) for values in zip(*(one[:4] for one in rounds[engine][1:]))]
                  for engine in ENGINES}
        print(name)
        for engine in ENGINES:
            cpu, wall, mib, read = middle[engine]
            read_text = f"{read:8.1f}" if engine == "trino" else f"{'':8}"
            print(f"  {engine:42} {cpu:8.2f} {cpu / middle['embedded'][0]:6.1f} {wall:8.2f} {mib:6.0f} {read_text} "
                  f"{rounds[engine][0].wall:8.2f}", flush=True)

    def main(self) -> int:
        trino.install()
        print(f"{self.options.rows:,} charges, {self.options.customers:,} customers", flush=True)
        self.make_home()
        lake = sum(path.stat().st_size for path in (self.home / "lake").rglob("*") if path.is_file())
        print(f"the lake has {lake / 1e9:.2f} GB: {lake / self.options.rows:.0f} bytes a charge")
        with tempfile.TemporaryDirectory(prefix="apportion-trino-") as folder:
            self.cluster = trino.Cluster(Path(folder), size=trino.Size(heap_mib=self.options.heap, quick_start=False))
            try:
                self.cluster.start()
                self.cluster.register(self.home / "delta")
                self.apportion("config", "trino", "set", "--url", self.cluster.uri, "--catalog", trino.CATALOG,
                               "--schema", trino.SCHEMA, "--user", trino.USER)
                print(f"the cluster is up: {resident_mib(self.pids())} MiB, {sum(map(cpu_of, self.pids())):.0f} CPU s")
                self.run()
            finally:
                self.cluster.stop()
        for name in self.failures:
            print(f"bench: the engines do not give the same answer: {name}", file=sys.stderr)
        return 1 if self.failures else 0


class Peak:
    """The most memory that processes have together, until it is ended."""

    def __init__(self, pids: list[int]):
        self.pids = pids
        self.most = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self) -> None:
        while not self.ended.wait(0.05):
            self.most = max(self.most, resident_mib(self.pids))

    def end(self) -> int:
        self.ended.set()
        self.thread.join()
        return self.most


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/apportion")
    parser.add_argument("--rows", type=int, default=10_000_000, help="charges of all months together, about")
    parser.add_argument("--customers", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=2, help="after the first")
    parser.add_argument("--heap", type=int, default=2000, help="MiB that each node of the cluster may take")
    parser.add_argument("--folder", type=Path, help="keeps the home there, for the next run")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="apportion-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return Bench(options, folder.resolve()).main()
    except trino.NotToBeHad as reason:
        sys.exit(f"bench: {reason}")
    finally:
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
