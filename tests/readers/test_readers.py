"""The lake's files as other programs read them: `test_readers.py PROGRAM ENVIRONMENT`.

pyarrow, polars and DuckDB of another version read the same rows and sums; by the footers, pyarrow skips what a filter
excludes. delta-rs reads the Delta tables: what is published, as it is now and as it was."""
import sys
import unittest
from datetime import date
from decimal import Context, Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "e2e")]

# pylint: disable=wrong-import-position
import environments  # noqa: E402
import harness  # noqa: E402
from harness import WorldTest  # noqa: E402

COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
BOUND_BYTES_MAX = 128
EXACT = Context(prec=60)


def sum_of(cells: list) -> Decimal | None:
    known = [cell for cell in cells if cell is not None]
    total = Decimal(0)
    for cell in known:
        total = EXACT.add(total, cell)
    return total if known else None


class Readers(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.world.init(self.world.sample(seed=11, rows=1200, months="2026-09..2026-10", customers=8))
        self.world.run("sync")
        files = sorted((self.world.home / "lake/charges").rglob("*.parquet"))
        self.files = [path for path in files if not path.name.startswith("stand-ins")]  # they are no charges
        self.assertGreater(len(self.files), 1)

    def test_all_read_the_same_rows_and_sums(self) -> None:
        for path in self.files:
            table = pyarrow.parquet.read_table(path)
            expected = [table.num_rows, *(sum_of(table[cost].to_pylist()) for cost in COSTS)]
            frame = polars.read_parquet(path)
            self.assertEqual([frame.height, *(sum_of(frame[cost].to_list()) for cost in COSTS)], expected)
            sums = ", ".join(f"sum({cost})" for cost in COSTS)
            answer = duckdb.execute(f"SELECT count(*), {sums} FROM read_parquet(?)", [str(path)]).fetchone()
            self.assertEqual(list(answer), expected)
            self.assertEqual(frame.to_arrow().to_pylist(), table.to_pylist())

    def test_ranges_in_footers_are_those_of_the_cells(self) -> None:
        ranges = 0
        for path in self.files:
            file = pyarrow.parquet.ParquetFile(path)
            for number in range(file.metadata.num_row_groups):
                group = file.metadata.row_group(number)
                cells = file.read_row_group(number)
                for i in range(group.num_columns):
                    ranges += self.check_range(group.column(i), cells[group.column(i).path_in_schema].to_pylist())
        self.assertGreater(ranges, 100)

    def check_range(self, column, cells: list) -> bool:
        """Whether there is a range; there is none only of nothing and of long texts."""
        known = [cell for cell in cells if cell is not None]
        statistics = column.statistics
        self.assertEqual(statistics.null_count, len(cells) - len(known), column.path_in_schema)
        if not statistics.has_min_max:
            is_long = any(len(cell.encode()) > BOUND_BYTES_MAX // 2 for cell in known)
            self.assertTrue(not known or is_long, column.path_in_schema)
            return False
        order = (lambda cell: cell.encode()) if isinstance(known[0], str) else (lambda cell: cell)
        self.assertLessEqual(order(statistics.min), order(min(known, key=order)), column.path_in_schema)
        self.assertGreaterEqual(order(statistics.max), order(max(known, key=order)), column.path_in_schema)
        return True

    def test_pyarrow_skips_what_a_filter_excludes(self) -> None:
        beyond = {"BilledCost": Decimal(10) ** 17, "BillingCurrency": "~", "ChargePeriodStart": date(2100, 1, 1)}
        for path in self.files:
            (whole,) = pyarrow.dataset.dataset(path).get_fragments()
            for name, value in beyond.items():
                cells = pyarrow.parquet.read_table(path, columns=[name])[name].to_pylist()
                field = pyarrow.dataset.field(name)
                none = field >= pyarrow.scalar(value, whole.physical_schema.field(name).type)
                self.assertEqual(len(whole.split_by_row_group(field >= min(cells))), whole.num_row_groups, name)
                self.assertEqual(whole.split_by_row_group(none), [], name)


class DeltaWorld(WorldTest):
    """Each table by delta-rs into pyarrow, and by DuckDB over its data set, against the program's own answers."""
    # Which rows of which relation a table has.
    RELATIONS = {"charges": "charges", "direct_assignments": "assignments WHERE x_AssignmentKind = 'direct'",
                 "share_assignments": "(SELECT c.Month, s.* FROM shares s JOIN charges c ON c.x_RowId = s.x_RowId "
                                      "WHERE s.x_AssignmentKind = 'share') parts", "month_cube": "assigned_charges",
                 "day_cube": "assigned_charges", "tag_cube": "assigned_charges", "day_totals": "assigned_charges"}

    ROWS, MONTHS = 1200, "2026-09..2026-10"

    def setUp(self) -> None:
        super().setUp()
        sample = self.world.sample(seed=12, rows=self.ROWS, months=self.MONTHS, customers=8)
        self.world.init(sample)
        self.world.run("sync")
        self.world.run("rules", "apply", sample / "rules.yaml")

    def folder(self, name: str) -> Path:
        return self.world.home / "delta" / name

    def table(self, name: str, version: int | None = None):
        return deltalake.DeltaTable(str(self.folder(name)), version=version)

    def sums(self, name: str) -> dict[str, list]:
        """Rows and costs by month, as delta-rs and pyarrow give them."""
        table = self.table(name).to_pyarrow_table()
        costs = [cost for cost in COSTS if cost in table.column_names]
        found = {}
        for month in set(table["x_BillMonth"].to_pylist()):
            of_month = table.filter(pyarrow.compute.field("x_BillMonth") == month)
            rows = sum(of_month["x_Rows"].to_pylist()) if "x_Rows" in table.column_names else of_month.num_rows
            found[month] = [rows, *(sum_of(of_month[cost].to_pylist()) for cost in costs)]
        return found

    def answers(self, name: str) -> dict[str, list]:
        """The same, as the program answers."""
        costs = () if name == "direct_assignments" else COSTS
        sums = "".join(f", sum({cost}) AS {cost}" for cost in costs)
        told = self.world.run("query", f"SELECT Month, count(*) AS n{sums} FROM {self.RELATIONS[name]} GROUP BY Month",
                              "--json").json()
        return {row["Month"]: [int(row["n"]), *(None if row[cost] is None else Decimal(row[cost]) for cost in costs)]
                for row in told}


class DeltaTables(DeltaWorld):
    def test_tables_show_what_is_published(self) -> None:
        for name in self.RELATIONS:
            self.assertEqual(self.sums(name), self.answers(name), name)
            cells = self.table(name).to_pyarrow_dataset()
            self.assertEqual(duckdb.sql("SELECT count(*) FROM cells").fetchall()[0][0], cells.count_rows(), name)
        self.assertTrue(self.sums("share_assignments"))

    def test_types_are_those_of_the_files(self) -> None:
        tables = sorted(path.name for path in (self.world.home / "delta").iterdir())
        self.assertLessEqual(set(self.RELATIONS), set(tables))
        for name in tables:
            table = self.table(name)
            declared = {field.name: field.type for field in table.to_pyarrow_dataset().schema}
            partition = set(table.metadata().partition_columns)
            for path in table.file_uris():
                of_file = {field.name: field.type for field in pyarrow.parquet.read_schema(path)}
                self.assertEqual({**of_file, **{column: pyarrow.string() for column in partition}},
                                 {**declared, **{column: pyarrow.string() for column in partition}}, f"{name}: {path}")

    def test_earlier_versions_and_broken_logs(self) -> None:
        before = self.table("direct_assignments").to_pyarrow_table().num_rows
        version = self.table("direct_assignments").version()
        self.world.run("split")
        now = self.table("direct_assignments")
        self.assertEqual(now.version(), version + 1)
        self.assertEqual(now.to_pyarrow_table().num_rows, before)
        earlier = self.table("direct_assignments", version)
        self.assertEqual(earlier.to_pyarrow_table().num_rows, before)
        self.assertTrue(set(earlier.file_uris()).isdisjoint(now.file_uris()))
        (self.folder("charges") / "_delta_log" / f"{0:020}.json").write_text("{", encoding="utf-8")
        probes = self.world.run("doctor", "--json", code=None).json()["probes"]
        (probe,) = [one for one in probes if one["probe"] == "delta-tables"]
        self.assertEqual((probe["state"], probe["said"]), ("warning", "not what is published: charges"))
        self.world.run("lake", "publish")
        self.test_tables_show_what_is_published()


class Checkpoint(DeltaWorld):
    ROWS, MONTHS = 60, "2026-10"

    def test_a_checkpoint_stands_for_the_commits_before_it(self) -> None:
        for _ in range(self.table("direct_assignments").version(), 101):
            self.world.run("split")
        log = self.folder("direct_assignments") / "_delta_log"
        rows, files = self.sums("direct_assignments"), self.table("direct_assignments", 100).file_uris()
        for version in range(101):
            (log / f"{version:020}.json").unlink()
        self.assertEqual(self.table("direct_assignments").version(), 101)
        self.assertEqual(self.sums("direct_assignments"), rows)
        self.assertEqual(self.table("direct_assignments", 100).file_uris(), files)
        self.assertEqual(self.answers("direct_assignments"), rows)


if __name__ == "__main__":
    environment = environments.installed("readers", Path(sys.argv[2]).resolve())
    if environment is None:
        print("The lake was NOT READ by other programs: they need Python 3.11 to 3.13, and none was found")
        sys.exit(0)
    environments.start_again_in(environment)
    import deltalake
    import duckdb
    import polars
    import pyarrow
    import pyarrow.compute
    import pyarrow.dataset
    import pyarrow.parquet
    harness.main(1)
    unittest.main()
