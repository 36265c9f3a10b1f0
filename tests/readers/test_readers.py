"""The lake's files as other programs read them: `test_readers.py PROGRAM ENVIRONMENT`.

pyarrow, polars and DuckDB of another version read the same rows and sums; by the footers, pyarrow skips what a filter
excludes."""
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
        self.files = sorted((self.world.home / "lake/charges").rglob("*.parquet"))
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


if __name__ == "__main__":
    environment = environments.installed("readers", Path(sys.argv[2]).resolve())
    if environment is None:
        print("The lake was NOT READ by other programs: they need Python 3.11 to 3.13, and none was found")
        sys.exit(0)
    environments.start_again_in(environment)
    import duckdb
    import polars
    import pyarrow
    import pyarrow.dataset
    import pyarrow.parquet
    harness.main(1)
    unittest.main()
