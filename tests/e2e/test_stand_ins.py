"""Rows of an actual run that an amortized run of the same command says too are kept as references to it. Whatever then
happens to either run, everything that is told is the same as in a home that kept all rows whole."""
import re
import unittest
from typing import Any

import harness
from harness import CHECK_FAILED, WorldTest, latest_run, runs_of

OCTOBER = "2026-10"
LATER = "2028-01-15"
WHY = ("--reason", "exported at the wrong scope")
# Ids are given out in another order when runs come in several commands.
IDS = ("row", "import", "x_RowId", "x_ImportId", "assignment", "imported_at")


def without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_ids(one) for name, one in value.items() if name not in IDS}
    if isinstance(value, list):
        return [without_ids(one) for one in value]
    return re.sub(r"^\d+/", "", value) if isinstance(value, str) else value  # ids of assignments begin with the row's


class StandIns(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.sample = self.world.sample(seed=95, rows=300, months=OCTOBER, customers=4, no_focus=True)
        self.made: dict[str, Any] = {}
        for name in ("references", "whole"):
            self.use(name)
            self.world.init(self.sample)
        self.use("references")
        self.world.run("sync")
        self.use("whole")  # what an earlier command took in stands in for nothing
        for kind in ("amortized", "actual"):
            self.world.run("import", self.sample / f"exports/{kind}-cost", "--connection", "acme")

    def use(self, name: str) -> None:
        self.world.home = self.world.folder / name

    def imports(self, dataset: str) -> list[dict]:
        """Of one dataset, the run that was submitted first at first."""
        listed = self.world.run("imports", "list", "--json").json()["imports"]
        return sorted((one for one in listed if one["dataset"] == dataset), key=lambda one: one["submitted_at"])

    def stand_ins(self) -> list[str]:
        return sorted(path for path in self.world.lake_files() if "/stand-ins-" in path)

    def rows_of_actual_runs(self) -> list[Any]:
        """What `explain` tells of rows of both runs."""
        told = []
        for run in self.imports("ActualCost"):
            for ordinal in range(1, run["rows"] + 1, 37):
                told.append(self.world.run("explain", f"{run['import']}:{ordinal}", "--json").json())
        return told

    def told(self) -> list[Any]:
        by = "CustomerId,ServiceName,x_ResourceGroupName,ChargeDescription,x_SourceFile,x_SourceChanges,BillingCurrency"
        return [without_ids(one) for one in (
            self.world.prove(None), self.world.months(), self.rows_of_actual_runs(),
            sorted(map(str, self.world.costs(by))),
            self.world.run("report", "costs", "--by", "x_SourceLine,PricingQuantity,ListUnitPrice,BillingCurrency",
                           "--format", "csv").out,
        )]

    def changes(self) -> str:
        return self.world.run("report", "changes", "--month", OCTOBER, "--json", code=None).out

    def check_same(self, what: str, with_changes: bool = True) -> None:
        told = []
        for name in ("references", "whole"):
            self.use(name)
            told.append([*self.told(), *([self.changes()] if with_changes else [])])
        for ours, theirs in zip(*told, strict=True):
            self.assertEqual(ours, theirs, what)

    def withdraw(self, dataset: str, place: int) -> None:
        for name in ("references", "whole"):
            self.use(name)
            self.world.run("imports", "withdraw", self.imports(dataset)[place]["import"], *WHY, code=None)

    def test_only_the_first_home_has_references(self) -> None:
        self.use("references")
        self.assertEqual(len(self.stand_ins()), 2, "one for each actual run")
        self.use("whole")
        self.assertEqual(self.stand_ins(), [])

    def test_the_life_of_runs(self) -> None:
        self.check_same("as taken in", with_changes=False)  # one of them was published half before
        self.withdraw("AmortizedCost", 1)
        self.assertGreater(self.world.months()[0]["timing_rows"], 0)
        self.check_same("the run of another moment is in force")
        self.withdraw("AmortizedCost", 0)
        self.assertEqual(self.world.months()[0]["state"], "partial")
        self.check_same("there is no amortized run any more")
        self.withdraw("ActualCost", 1)
        self.check_same("the actual run before is in force")

    def test_a_newer_amortized_run_and_a_lock(self) -> None:
        for name in ("references", "whole"):
            self.use(name)
            self.world.run("months", "lock", "--month", OCTOBER)
        run = latest_run(self.sample, "amortized-cost", OCTOBER)
        run.manifest["runInfo"] |= {"runId": "00000000-0000-4000-8000-000000000001",
                                    "submittedTime": "2026-11-07T03:00:00Z"}
        run.write_manifest()
        rows = run.part().rows()
        run.part().write_rows(rows[:-40])
        for name in ("references", "whole"):
            self.use(name)
            self.world.run("sync")
        self.check_same("newer charges are held")
        for name in ("references", "whole"):
            self.use(name)
            self.world.run("months", "unlock", "--month", OCTOBER)
            self.world.run("sync", "--accept-shrunk", code=None)
        self.check_same("an amortized run that holds less")

    def test_files_stay_as_long_as_a_row_is_told_by_them(self) -> None:
        self.use("references")
        self.withdraw("AmortizedCost", 1)
        self.use("references")
        before = self.rows_of_actual_runs()
        self.world.run("config", "set", "lake.keep-superseded-days", 30)
        self.world.run("customer", "add", "later", "--name", "Later", today="2027-01-15")
        self.world.run("customer", "add", "last", "--name", "Last", today=LATER)
        self.assertTrue(self.world.run("doctor", "--json", today=LATER).json()["well"])
        self.assertEqual(self.rows_of_actual_runs(), before)
        self.world.run("backup", "--to", self.world.folder / "backups", today=LATER)
        self.world.run("restore", "--from", self.world.folder / "backups", "--home", self.world.folder / "restored")
        self.use("restored")
        self.assertEqual(self.rows_of_actual_runs(), before)

    def test_damage_is_told(self) -> None:
        self.use("references")
        number = self.imports("AmortizedCost")[0]["import"]
        for path in (self.world.home / "lake").rglob(f"import={number}/*.parquet"):
            path.write_bytes(path.read_bytes()[:-1])
        row = f"{self.imports('ActualCost')[0]['import']}:1"
        self.assertIn("is damaged", self.world.run("explain", row, code=None).talk)
        self.world.run("doctor", code=CHECK_FAILED)


if __name__ == "__main__":
    harness.main()
    unittest.main()
