"""FOCUS files: the rows of a customer with the costs that it sees, the partner's with all, to the last digit."""
import csv
import gzip
import io
import json
import unittest
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import harness
import test_carried
from harness import CHECK_FAILED, COSTS, USAGE
from test_carried import OCTOBER, SEPTEMBER

RULES = """- effective: 2020-01
  rules:
    - name: shared
      when: {ServiceName: {contains: V}}
      share: {cust-00001: 33, cust-00002: 67}
"""
POLICIES = """- effective: 2020-01
  policies:
    - name: pool
      commitments: {kind: reservation}
      used: in_proportion
      unused: by_use
"""
NOT_FOR_CUSTOMERS = ("acme", "x_PartnerCredit", "x_BillSource", "x_RuleNumber", "x_RowId", "x_SourceFile")
# The column of the report whose sums a cost column of a view has; others have none.
SHOWN = {
    "list": dict.fromkeys(COSTS, "ListCost"),
    "cost": {**dict.fromkeys(COSTS, "EffectiveCost"), "BilledCost": "BilledCost"},
    "both": {cost: cost for cost in COSTS},
    "partner": {cost: cost for cost in COSTS},
}
Sums = dict[str, dict[str, Decimal]]


class FocusTest(test_carried.CarriedTest):
    """Two months and three currencies, with shares, moved commitments, and a change that was carried."""

    def setUp(self) -> None:
        super().setUp()
        rules, policies = self.world.folder / "rules.yaml", self.world.folder / "policies.yaml"
        rules.write_text(RULES, encoding="utf-8")
        policies.write_text(POLICIES, encoding="utf-8")
        self.world.run("rules", "apply", rules)
        self.world.run("commitments", "policy", "apply", policies)
        self.refund_one(50)
        self.carry()

    def see(self, customer: str, view: str) -> harness.Outcome:
        return self.world.run("customer", "edit", customer, "--sees", view, "--no-split")

    def write(self, name: str, *more: Any, code: int = harness.DONE) -> Path:
        out = self.world.folder / name
        self.told = self.world.run("dataset", "focus", "--out", out, *more, code=code)
        return out

    def rows(self, *more: Any) -> list[dict[str, str]]:
        text = self.write("file.csv", "--allow-unknown", "--exact", *more).read_text(encoding="utf-8")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def about(self, name: str = "file.csv") -> dict:
        return harness.parse_json((self.world.folder / f"{name}.focus.json").read_text(encoding="utf-8"))

    def sums(self, rows: list[dict[str, str]]) -> Sums:
        added: Sums = defaultdict(lambda: dict.fromkeys(COSTS, Decimal(0)))
        for row in rows:
            for cost in COSTS:
                added[row["BillingCurrency"]][cost] += Decimal(row[cost] or "0")
        return dict(added)

    def reported(self, view: str, *more: Any) -> Sums:
        report = self.world.costs("BillingCurrency", *more)
        return {row["BillingCurrency"]: {cost: Decimal(row[shown] or "0") for cost, shown in SHOWN[view].items()}
                for row in report}


class Sum(FocusTest):
    def test_each_file_adds_up_to_the_reports(self) -> None:
        kinds = {row["x_AssignmentKind"] for row in self.rows()}
        self.assertEqual(kinds, {"direct", "share", "move"})
        self.assertTrue(any(row["x_CarriedFrom"] == SEPTEMBER for row in self.rows("--month", OCTOBER)))
        self.assertEqual(self.sums(self.rows()), self.reported("partner"))
        self.assertGreater(len(self.reported("partner")), 1)
        for month in (SEPTEMBER, OCTOBER):
            self.assertEqual(self.sums(self.rows("--month", month)), self.reported("partner", "--month", month))
            for view in ("list", "cost", "both"):
                for customer in ("cust-00001", "cust-00002"):
                    with self.subTest(month=month, view=view, customer=customer):
                        self.see(customer, view)
                        rows = self.rows("--customer", customer, "--month", month)
                        of_customer = ("--where", f"CustomerId={customer}", "--month", month)
                        self.assertEqual(self.sums(rows), self.reported(view, *of_customer))
                        told = {one.pop("BillingCurrency"): one for one in self.about()["Sums"]}
                        self.assertEqual({currency: {cost: Decimal(one[cost]) for cost in COSTS}
                                          for currency, one in told.items()}, self.sums(rows))
                        self.assertEqual({row["BillingAccountId"] for row in rows}, {customer})
        unassigned = self.rows("--customer", "unassigned")
        self.assertEqual(self.sums(unassigned), self.reported("partner", "--where", "CustomerId=unassigned"))

    def test_a_customer_sees_nothing_of_the_partner(self) -> None:
        secret = {row["x_ResellerId"] for row in self.rows()} | {row["InvoiceId"] for row in self.rows()}
        secret |= {row["BillingAccountId"] for row in self.rows()}
        for view in ("list", "cost", "both"):
            self.see("cust-00001", view)
            out = self.write("file.csv", "--customer", "cust-00001", "--allow-unknown")
            text = out.read_text(encoding="utf-8")
            about = (self.world.folder / "file.csv.focus.json").read_text(encoding="utf-8")
            for word in (*NOT_FOR_CUSTOMERS, "cust-00002", *filter(None, secret)):
                self.assertNotIn(word, text, view)
                self.assertNotIn(word, about, view)

    def test_carried_changes_are_corrections_of_the_month_that_bills_them(self) -> None:
        carried = [row for row in self.rows("--month", OCTOBER) if row["x_CarriedFrom"]]
        self.assertTrue(carried)
        for row in carried:
            self.assertEqual((row["ChargeClass"], row["BillingPeriodStart"], row["BillingPeriodEnd"]),
                             ("Correction", f"{OCTOBER}-01T00:00:00Z", "2026-11-01T00:00:00Z"))
            self.assertTrue(row["ChargePeriodStart"].startswith(SEPTEMBER))


class Forms(FocusTest):
    def test_forms_hold_the_same_rows(self) -> None:
        chosen = ("--month", OCTOBER, "--allow-unknown")
        plain = self.write("a.csv", *chosen)
        packed = self.write("a.csv.gz", *chosen)
        self.assertEqual(gzip.decompress(packed.read_bytes()), plain.read_bytes())
        again = self.write("b.csv", *chosen)
        self.assertEqual(again.read_bytes(), plain.read_bytes())
        self.assertEqual(self.write("a.parquet", *chosen).read_bytes()[:4], b"PAR1")
        self.assertEqual(self.about("a.parquet"), self.about("a.csv"))
        header = plain.read_text(encoding="utf-8").splitlines()[0].split(",")
        self.assertEqual(header[:57], sorted(header[:57]))
        self.assertEqual(header[57:], sorted(header[57:], key=lambda name: name.encode()))
        self.write("a.txt", *chosen, code=USAGE)
        told = self.world.run("dataset", "focus", *chosen, "--out", "c.csv", "--json").json()
        self.assertEqual(told["rows"], len(list(csv.DictReader(io.StringIO(plain.read_text(encoding="utf-8"))))))

    def test_unknown_costs_are_refused_or_told(self) -> None:
        out = self.write("file.csv", "--month", OCTOBER, code=CHECK_FAILED)
        self.assert_tells(self.told, "ListCost of ", "billed", "--allow-unknown", "unknown is not zero")
        self.assertFalse(out.exists())
        self.assertFalse((self.world.folder / "file.csv.focus.json").exists())
        unknown = self.rows("--month", OCTOBER)
        told = self.about()["UnknownCosts"]
        self.assertEqual(sum(one["Rows"] for one in told if one["ColumnName"] == "ListCost"),
                         sum(row["ListCost"] == "" for row in unknown))
        self.assert_tells(self.told, "it is unknown, and not zero")
        self.see("cust-00001", "cost")
        self.write("file.csv", "--month", OCTOBER, "--customer", "cust-00001")
        self.assertEqual(self.about()["UnknownCosts"], [])

    def test_months_that_are_not_whole_are_told(self) -> None:
        self.rows()
        about = self.about()
        self.assertEqual([month["BillMonth"] for month in about["Months"]], [SEPTEMBER, OCTOBER])
        self.assertEqual(about["Months"][0]["State"], "locked")
        self.assertEqual((about["View"], about["Schema"]["FocusVersion"]), ("partner", "1.2"))
        self.rows("--from", "2026-07", "--to", OCTOBER)
        self.assertEqual([month["State"] for month in self.about()["Months"]][:2], ["missing", "missing"])
        self.assert_tells(self.told, "acme has no data before")
        self.rows("--from", "2026-07", "--to", OCTOBER, "--customer", "cust-00001")
        self.assertNotIn("Notes", self.about())


class Views(FocusTest):
    def seen(self, customer: str = "cust-00001") -> str:
        listed = self.world.run("customer", "list", "--json").json()["customers"]
        return next(one["sees"] for one in listed if one["id"] == customer)

    def test_what_a_customer_sees_is_chosen_told_and_audited(self) -> None:
        self.assertEqual(self.seen(), "list")
        self.assert_tells(self.see("cust-00001", "both"), "warning: cust-00001 will see what you pay")
        self.assertEqual(self.seen(), "both")
        self.assertIn("cust-00001: list, now both", self.world.run("audit", "show").out)
        self.assertNotIn("warning", self.see("cust-00001", "list").talk)
        self.see("cust-00001", "cost")
        self.world.run("customer", "edit", "cust-00001", "--name", "Other", "--no-split")
        self.assertEqual(self.seen(), "cost")
        self.world.run("customer", "edit", "cust-00001", "--sees", "all", code=USAGE)
        told = self.world.run("customer", "add", "new", "--sees", "cost", "--no-split", "--json")
        self.assertEqual(told.json()["customer"]["sees"], "cost")
        self.assertIn("what you pay", json.loads(told.talk)["notice"])

    def test_a_file_of_customers_may_say_it(self) -> None:
        file = self.world.folder / "more.csv"
        self.see("cust-00001", "cost")
        file.write_text("id,name,sees\nnew-1,New,both\ncust-00001,Named,\n", encoding="utf-8")
        told = self.world.run("customer", "import", file, "--no-split")
        self.assert_tells(told, "1 new customer, 1 changed", "2 customers in the file see what you pay")
        self.assertEqual((self.seen("new-1"), self.seen()), ("both", "cost"))
        self.assert_tells(self.world.run("customer", "import", file, "--no-split"), "0 changed, 2 unchanged")
        file.write_text("id,name,sees\nnew-1,New,everything\n", encoding="utf-8")
        told = self.world.run("customer", "import", file, code=harness.BAD_INPUT)
        self.assert_tells(told, "line 2", "list, cost or both")


if __name__ == "__main__":
    harness.main()
    unittest.main()
