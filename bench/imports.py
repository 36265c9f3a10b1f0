"""An import beside what a user would take instead: `python3 bench/imports.py`, or `make bench-import`.

The same files, in one run, by: our import; DuckDB and polars, the newest that tests/readers pins; the DuckDB that is
embedded. Each copies them to Parquet (zstd, level 1) with types: amounts as DECIMAL(38,18), days as dates, two threads.
Each is a process of its own; processor seconds are those that the kernel counts for it, and those of Python and its
modules before the copy are taken off. Rounds are interleaved. Rows and the exact cost of each currency of every result
are compared with those that Python's csv and decimal modules find; a shape that one fails is named with its message.
"""
import argparse
import ctypes
import json
import multiprocessing.pool
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests")]

# pylint: disable=wrong-import-position
import environments  # noqa: E402
import import_shapes  # noqa: E402

MONTH, TODAY = "2026-10", "2026-11-22"
THREADS = 2
OURS = "apportion"
READERS = (OURS, "duckdb", "polars", "embedded duckdb")
USUAL = {"CSV": "csv", "gzip": "csv.gz", "Parquet": "parquet"}
DAY_FORMAT = "%m/%d/%Y"


# What the readers do, each in a process of its own. --------------------------------------------------------------


def copy_statement(files: list[str], target: str) -> str:
    """DuckDB's copy of the files, typed as it reads them."""
    listed = "[" + ", ".join(f"'{file}'" for file in files) + "]"
    source = f"read_parquet({listed})"
    if not files[0].endswith("parquet"):
        types = ", ".join(f"'{name}': '{type_name}'" for name, type_name in types_of(files[0]).items())
        source = f"read_csv({listed}, header = true, columns = {{{types}}}, dateformat = '{DAY_FORMAT}')"
    return f"COPY (FROM {source}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"


def header_of(file: str) -> list[str]:
    import csv  # pylint: disable=import-outside-toplevel
    import gzip  # pylint: disable=import-outside-toplevel
    opened = gzip.open if file.endswith(".gz") else open
    with opened(file, "rt", newline="", encoding="utf-8") as lines:
        return next(csv.reader(lines))


def types_of(file: str) -> dict[str, str]:
    def type_of(name: str) -> str:
        if name in import_shapes.DECIMALS:
            return "DECIMAL(38,18)"
        return "DATE" if name in import_shapes.DAYS else "VARCHAR"
    return {name: type_of(name) for name in header_of(file)}


def prepare_duckdb():
    import duckdb  # pylint: disable=import-outside-toplevel

    def copy(files: list[str], target: str) -> None:
        connection = duckdb.connect(config={"threads": THREADS})
        connection.execute(copy_statement(files, target))
    return copy


def prepare_embedded():
    """By the C API: its results are a structure of six words, and their text of an error a call."""
    library = ctypes.CDLL(str(ROOT / "third_party/duckdb/lib/libduckdb.so"))
    library.duckdb_result_error.restype = ctypes.c_char_p

    def ask(connection, statement: str) -> None:
        result = ctypes.create_string_buffer(256)
        if library.duckdb_query(connection, statement.encode(), result):
            sys.exit(library.duckdb_result_error(result).decode())
        library.duckdb_destroy_result(result)

    def copy(files: list[str], target: str) -> None:
        database, connection = ctypes.c_void_p(), ctypes.c_void_p()
        library.duckdb_open(None, ctypes.byref(database))
        library.duckdb_connect(database, ctypes.byref(connection))
        ask(connection, f"SET threads = {THREADS}")
        ask(connection, copy_statement(files, target))
    return copy


def prepare_polars():
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars  # pylint: disable=import-outside-toplevel

    def copy(files: list[str], target: str) -> None:
        if files[0].endswith("parquet"):
            frame = polars.scan_parquet(files)
        else:
            types = {name: polars.Decimal(38, 18) if name in import_shapes.DECIMALS else polars.String
                     for name in header_of(files[0])}
            days = [polars.col(name).str.to_date(DAY_FORMAT) for name in types if name in import_shapes.DAYS]
            frame = polars.scan_csv(files, schema=types).with_columns(days)
        frame.sink_parquet(target, compression="zstd", compression_level=1)
    return copy


PREPARE = {"duckdb": prepare_duckdb, "polars": prepare_polars, "embedded duckdb": prepare_embedded}


def own_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def read_as(reader: str, target: str, files: list[str]) -> None:
    """Copies, and tells on the standard output what Python had used before it."""
    copy = PREPARE[reader]()
    print(json.dumps({"before": own_seconds(), "began": time.monotonic()}), flush=True)
    copy(files, target)


# What measures them. ----------------------------------------------------------------------------------------------


def totals_of_copy(place: str, currency: str, cost: str) -> import_shapes.Totals:
    import duckdb  # pylint: disable=import-outside-toplevel
    found = duckdb.execute(f"SELECT {currency}, sum({cost}), count(*) FROM read_parquet('{place}') GROUP BY 1")
    rows = found.fetchall()
    return import_shapes.as_texts(sum(row[2] for row in rows), [row[:2] for row in rows])


class Bench:
    """`helper` is the process that makes files and checks results: the peak memory of a child begins with that of its
    parent, so this one stays small."""

    def __init__(self, options: argparse.Namespace, folder: Path, helper: multiprocessing.pool.Pool):
        self.options = options
        self.folder = folder
        self.helper = helper
        self.exports: dict[str, Path] = {}
        self.totals: dict[str, import_shapes.Totals] = {}
        self.measured: dict[str, dict[str, list[tuple[float, float, int]]]] = {}
        self.failures: dict[str, dict[str, str]] = {}

    def make_sample(self, name: str, rows: int, file_format: str) -> Path:
        folder = self.folder / name
        export = folder / "exports/amortized-cost"
        if not export.is_dir():
            subprocess.run([self.options.program, "sample", "--out", folder, "--today", TODAY, "--seed", "3",
                            "--rows", str(rows), "--customers", str(self.options.customers),
                            "--months", f"{MONTH}..{MONTH}", "--no-focus", "--no-restatements",
                            "--format", file_format],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return export

    def wants(self, shape: str) -> bool:
        return not self.options.shape or shape in self.options.shape

    def make_files(self) -> None:
        for shape, file_format in USUAL.items():
            if self.wants(shape):
                self.exports[shape] = self.make_sample(file_format, self.options.rows, file_format)
        if self.exports:
            export = self.make_sample("csv", self.options.rows, "csv")
            self.totals = dict.fromkeys(self.exports, self.helper.apply(import_shapes.totals_of_csv, [export]))
        hostile = self.make_sample("hostile", self.options.hostile_rows, "csv")
        for shape in filter(self.wants, import_shapes.SHAPES):
            export = self.folder / "shapes" / shape.replace(" ", "-")
            if not export.is_dir():
                self.helper.apply(import_shapes.write_shape, [shape, hostile, export])
            self.exports[shape] = export
            self.totals[shape] = self.helper.apply(import_shapes.totals_of_csv, [export])

    def run_one(self, reader: str, shape: str) -> None:
        target = self.folder / "out"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        files = sorted(str(path) for path in self.exports[shape].rglob("part_*"))
        if reader == OURS:
            command = [self.options.driver, "--import", self.exports[shape], "--folder", target, "--threads", THREADS]
        else:
            command = [sys.executable, "-B", __file__, "--read-as", reader, target / "copy.parquet", *files]
        outcome = measure([str(part) for part in command])
        if isinstance(outcome, str):
            self.failures.setdefault(shape, {})[reader] = outcome
            return
        wrong = self.difference(reader, shape, target)
        if wrong:
            self.failures.setdefault(shape, {})[reader] = wrong
        self.measured.setdefault(shape, {}).setdefault(reader, []).append(outcome)

    def difference(self, reader: str, shape: str, target: Path) -> str:
        place, currency, cost = "copy.parquet", import_shapes.CURRENCY, import_shapes.COST
        if reader == OURS:
            place, currency, cost = "home/lake/**/*.parquet", "BillingCurrency", "EffectiveCost"
        totals = self.helper.apply(totals_of_copy, [str(target / place), currency, cost])
        return "" if totals == self.totals[shape] else f"wrong: {totals} instead of {self.totals[shape]}"

    def run(self) -> None:
        for shape in self.exports:
            for _ in range(self.options.rounds):
                for reader in READERS:
                    if reader not in self.failures.get(shape, {}):
                        self.run_one(reader, shape)
            self.print_shape(shape)

    def middle(self, shape: str, reader: str) -> tuple[float, float, int] | None:
        rounds = self.measured.get(shape, {}).get(reader)
        if not rounds or reader in self.failures.get(shape, {}):
            return None
        return tuple(statistics.median(values) for values in zip(*rounds))

    def print_shape(self, shape: str) -> None:
        size = sum(path.stat().st_size for path in self.exports[shape].rglob("part_*"))
        print(f"\n{shape}: {int(self.totals[shape]['rows']):,} rows, {size / 1e6:,.0f} MB")
        ours = self.middle(shape, OURS)
        for reader in READERS:
            measured = self.middle(shape, reader)
            if measured is None:
                print(f"  {reader:18} failed: {self.failures[shape][reader]}")
                continue
            ratio = f"{measured[0] / ours[0]:6.2f}" if ours else ""
            print(f"  {reader:18} {measured[0]:8.2f} {ratio:>7} {measured[1]:8.2f} {measured[2] >> 10:6}", flush=True)

    def print_worst(self) -> None:
        print()
        for reader in READERS[1:]:
            ratios = {shape: self.middle(shape, reader)[0] / self.middle(shape, OURS)[0] for shape in self.exports
                      if self.middle(shape, reader) and self.middle(shape, OURS)}
            if ratios:
                worst = min(ratios, key=ratios.get)
                usual = f"{ratios['CSV']:.2f} x, " if "CSV" in ratios else ""
                print(f"{reader} over ours, processor time: usual {usual}worst {ratios[worst]:.2f} x ({worst})")


def measure(command: list[str]) -> tuple[float, float, int] | str:
    """Processor seconds, seconds on the wall and peak KiB; the message of a command that fails."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as messages:
        with subprocess.Popen(command, stdout=told, stderr=messages) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        ended = time.monotonic()
        told.seek(0)
        messages.seek(0)
        lines = messages.read().decode(errors="replace").strip().splitlines()
        before = json.loads(told.readline() or b'{"before": 0, "began": 0}')
    if process.returncode:
        told_lines = lines[-3:] if "Traceback" in "".join(lines) else lines[:3]
        return f"exit {process.returncode}: {' '.join(told_lines)[:300]}"
    return used.ru_utime + used.ru_stime - before["before"], ended - (before["began"] or began), used.ru_maxrss


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/apportion")
    parser.add_argument("--driver", type=Path, default=ROOT / "build/release/apportion_bench")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the usual files, about")
    parser.add_argument("--hostile-rows", type=int, default=250_000, help="of the other shapes, about")
    parser.add_argument("--customers", type=int, default=800)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shape", action="append", choices=[*USUAL, *import_shapes.SHAPES], help="this one only")
    parser.add_argument("--folder", type=Path, help="keeps the files there, for the next run")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="apportion-bench-"))
    try:
        with multiprocessing.get_context("spawn").Pool(1) as helper:
            bench = Bench(options, folder.resolve(), helper)
            bench.make_files()
            print(f"{'':20} {'CPU s':>8} {'x ours':>7} {'wall s':>8} {'MiB':>6}   median of {options.rounds}")
            bench.run()
        bench.print_worst()
        return 1 if any(OURS in readers for readers in bench.failures.values()) else 0
    finally:
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read-as"]:
        read_as(*sys.argv[2:4], sys.argv[4:])
        sys.exit()
    environment = environments.installed("readers", ROOT / "build/release/readers")
    if environment is None:
        sys.exit("bench: DuckDB and polars need Python 3.11 to 3.13, and none was found")
    environments.start_again_in(environment)
    sys.exit(main())
