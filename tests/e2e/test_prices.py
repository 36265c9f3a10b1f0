"""Price sheets: what cost files leave open is filled, shown with its source, and taken back with the sheet."""
import unittest
from decimal import Decimal
from typing import Any

import harness
from harness import BAD_INPUT, DONE, WorldTest, latest_run, runs_of

OCTOBER = "2026-10"
# Microsoft leaves list and contracted costs out for what reservations cover.
COVERED = {"CommitmentDiscountType": "Reservation", "CommitmentDiscountStatus": "Used", "ChargeCategory": "Usage"}
SOURCE = "of price sheet import"


class Prices(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.sample = self.world.sample(seed=17, rows=900, months=OCTOBER, customers=4)
        self.sheets = self.sample / "exports/price-sheet"
        self.world.init(self.sample, cost_details=False, focus=True)
        self.world.run("sync")
        self.before = self.world.costs()

    def take_sheet(self, code: int | None = DONE) -> None:
        self.world.run("connection", "edit", "acme", "--price-sheet", self.sheets)
        self.world.run("sync", code=code)

    def rows(self, *more: Any) -> list[dict[str, str]]:
        return self.world.costs("x_RowId,x_SourceChanges,BillingCurrency," + ",".join(COVERED), *more)

    def covered(self) -> list[dict[str, str]]:
        return [row for row in self.rows() if COVERED.items() <= row.items()]

    def sheet(self) -> dict:
        imports = self.world.run("imports", "list", "--json").json()["imports"]
        return next(one for one in imports if one["dataset"] == "PriceSheet")

    def paid(self, rows: list[dict[str, str]]) -> list[dict[str, str]]:
        return [{name: cell for name, cell in row.items() if name not in ("ListCost", "ContractedCost")}
                for row in rows]

    def test_a_sheet_that_comes_later_fills_what_is_published_and_names_its_row(self) -> None:
        self.assertTrue(self.covered())
        self.take_sheet()
        self.assert_same_costs(self.paid(self.world.costs()), self.paid(self.before))
        for row in self.covered():
            self.assertEqual(row["x_SourceChanges"].count(SOURCE), 2, row)
            self.assertGreater(Decimal(row["ListCost"]), Decimal(row["EffectiveCost"]))
        proof = self.world.prove()
        self.assertTrue(proof["holds"])
        self.assertIn("price sheets raise the list cost of", " ".join(proof["months"][0]["notes"]))
        told = self.world.run("report", "costs", "--by", "BillingCurrency")
        self.assert_tells(told, "ListCost of", "comes from price sheets")
        explained = self.world.run("explain", self.covered()[0]["x_RowId"]).out
        self.assertIn("market price", explained)
        self.assertIn(f"{SOURCE} {self.sheet()['import']}, ", explained)
        self.assertEqual(self.sheet()["state"], "in force")

    def test_it_says_what_cost_details_say_of_the_same_month(self) -> None:
        self.take_sheet()
        by = "BillingCurrency," + ",".join(COVERED)
        filled = [row for row in self.world.costs(by) if COVERED.items() <= row.items()]
        self.world.run("connection", "add", "--name", "details", "--actual", self.sample / "exports/actual-cost",
                       "--amortized", self.sample / "exports/amortized-cost", "--allow-overlap")
        self.world.run("sync", "--connection", "details")
        told = [row for row in self.world.costs(by, "--connection", "details") if COVERED.items() <= row.items()]
        self.assertTrue(filled)
        for got, wanted in zip(filled, told, strict=True):
            self.assertEqual(got["BillingCurrency"], wanted["BillingCurrency"])
            for cost in ("ListCost", "ContractedCost"):
                self.assertAlmostEqual(Decimal(got[cost]), Decimal(wanted[cost]), delta=Decimal("0.000001"))

    def savings(self) -> list[dict[str, Any]]:
        rows = self.world.run("commitments", "savings", "--by", "Commitment", "--json").json()
        return [row for row in rows if row["Kind"] == "Reservation"]

    def test_savings_know_the_list_cost_of_a_sheet(self) -> None:
        self.assertTrue(self.savings())
        for row in self.savings():
            self.assertEqual((row["Saving"], row["RowsWithoutListCost"]), (None, row["Rows"]), row)
        self.take_sheet()
        for row in self.savings():
            self.assertEqual(row["RowsWithoutListCost"], 0, row)
            self.assertEqual(Decimal(row["Saving"]), Decimal(row["ListCost"]) - Decimal(row["UsedCost"]))

    def test_without_the_sheet_everything_is_as_before(self) -> None:
        self.take_sheet()
        self.assertNotEqual(self.world.costs(), self.before)
        self.world.run("imports", "withdraw", self.sheet()["import"], "--reason", "of another agreement")
        self.assert_same_costs(self.world.costs(), self.before)
        self.world.run("sync")
        self.assert_same_costs(self.world.costs(), self.before)
        self.assertEqual(self.sheet()["state"], "withdrawn")
        self.assertTrue(self.world.prove()["holds"])

    def test_a_locked_month_keeps_its_prices(self) -> None:
        self.world.run("months", "lock", "--month", OCTOBER)
        self.take_sheet()
        self.assert_same_costs(self.world.costs(), self.before)
        self.world.run("months", "unlock", "--month", OCTOBER)
        self.world.run("sync")
        self.assertNotEqual(self.world.costs(), self.before)

    def test_a_sheet_that_was_there_first_fills_the_charges_that_come(self) -> None:
        self.take_sheet()
        after = self.world.costs()
        other = harness.World(self.world.folder)
        other.run("init")
        other.run("connection", "add", "--name", "acme", "--price-sheet", self.sheets)
        other.run("sync")
        self.assertEqual(other.months(), [])
        other.run("connection", "edit", "acme", "--focus", self.sample / "exports/focus-cost")
        other.run("customer", "import", self.sample / "customers.csv")
        other.run("sync")
        self.assert_same_costs(other.costs(), after)

    def test_bad_prices_are_rejects_and_fill_nothing(self) -> None:
        run = latest_run(self.sample, "price-sheet", OCTOBER)
        for row in range(1, len(run.part().rows())):
            run.part().set_cell(row, "MarketPrice", "a lot")
        self.world.run("connection", "edit", "acme", "--price-sheet", self.sheets)
        told = self.world.run("sync", code=BAD_INPUT)
        self.assert_tells(told, "rows of a run were rejected", "MarketPrice")
        self.assert_same_costs(self.world.costs(), self.before)
        self.assertTrue(self.world.prove()["holds"])

    def test_a_sheet_without_a_manifest_is_taken_in_by_name(self) -> None:
        run = latest_run(self.sample, "price-sheet", OCTOBER)
        (run.folder / "manifest.json").unlink()
        self.world.run("import", run.folder, "--connection", "acme", "--dataset", "price-sheet", "--unverified",
                       "--month", OCTOBER)
        self.assertEqual(self.sheet()["state"], "in force")
        self.assertTrue(all(SOURCE in row["x_SourceChanges"] for row in self.covered()))

    def test_a_sheet_in_the_place_of_costs_is_left_there(self) -> None:
        run = runs_of(self.sample, "price-sheet")[0]
        (run.folder / "manifest.json").unlink()
        told = self.world.run("import", run.folder, "--connection", "acme", "--dataset", "actual", "--unverified",
                              "--month", OCTOBER, code=None)
        self.assertNotEqual(told.code, DONE)
        self.assert_tells(told, "columns are those of price sheet")
        self.assert_same_costs(self.world.costs(), self.before)


if __name__ == "__main__":
    harness.main()
    unittest.main()
