"""An indirect reseller: exports of subscriptions at retail prices, and the bills of the distributor, which are compared
month by month and say what each customer costs."""
import csv
import io
import shutil
import unittest
import zipfile
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import harness
from harness import BAD_INPUT, CHECK_FAILED, DONE, USAGE, World, WorldTest

MONTHS = ("2026-09", "2026-10")


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


class Distributor(WorldTest):
    prepared: World

    @classmethod
    def setUpClass(cls) -> None:
        cls.prepared = World()
        cls.addClassCleanup(cls.prepared.close)
        options = {"seed": 7, "rows": 1500, "months": "2026-09..2026-10", "customers": 3}
        cls.sample = cls.prepared.sample(indirect=True, **options)
        cls.wrong = cls.prepared.sample("wrong", distributor_differences=True, **options)
        cls.prepared.run("init")
        for folder in sorted((cls.sample / "exports").iterdir()):
            cls.prepared.run("connection", "add", "--name", folder.name, "--actual", folder / "actual-cost",
                             "--amortized", folder / "amortized-cost", "--allow-retail-prices")
        cls.prepared.run("connection", "add", "--name", "distributor", "--distributor",
                         cls.sample / "distributor/columns.yaml")
        cls.prepared.run("customer", "import", cls.sample / "customers.csv")
        for month in MONTHS:
            cls.prepared.run("sync", "--month", month)

    def setUp(self) -> None:
        super().setUp()
        shutil.copytree(self.prepared.home, self.world.home)
        self.columns = self.sample / "distributor/columns.yaml"

    def bill(self, month: str = MONTHS[1], sample: Path | None = None) -> Path:
        return (sample or self.sample) / f"distributor/bill-{month}.csv"

    def take_in(self, path: Path, *more: object, code: int = DONE) -> harness.Outcome:
        return self.world.run("import", path, "--connection", "distributor", *more, code=code)

    def write(self, lines: list[dict[str, str]], name: str = "bill.csv", separator: str = ",") -> Path:
        path = self.world.folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, lines[0].keys(), lineterminator="\n", delimiter=separator)
            writer.writeheader()
            writer.writerows(lines)
        return path

    def name_columns(self, more: str) -> None:
        path = self.world.folder / "columns.yaml"
        path.write_text(self.columns.read_text(encoding="utf-8") + more, encoding="utf-8")
        self.world.run("connection", "edit", "distributor", "--distributor", path)

    def compare(self, *more: object, code: int = DONE) -> harness.Outcome:
        return self.world.run("reconcile", "--distributor", *more, code=code)

    def differences(self, *more: object) -> list[dict[str, str]]:
        return self.compare("--differences", "--format", "csv", *more, code=CHECK_FAILED).rows()

    def test_each_customer_costs_its_part_of_the_bill_to_the_last_digit(self) -> None:
        for month in MONTHS:
            self.take_in(self.bill(month))
        found = self.compare("--json").json()
        self.assertTrue(found["holds"])
        self.assertEqual(found["months"], list(MONTHS))
        billed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for month in MONTHS:
            for line in rows_of(self.bill(month)):
                billed[month, line["SubscriptionId"]] += Decimal(line["Amount"])
        for key, amount in billed.items():
            parts = [one for one in found["costs"] if (one["month"], one["subscription"]) == key]
            self.assertEqual(sum(Decimal(one["distributor"]) for one in parts), amount, key)
        retail = {(row["CustomerId"], row["BillingCurrency"]): Decimal(row["BilledCost"]) for row in self.world.costs()}
        self.assertEqual({(one["customer"], one["currency"]): Decimal(one["retail"]) for one in found["customers"]},
                         retail)
        for one in found["customers"]:
            self.assertEqual(Decimal(one["difference"]), Decimal(one["retail"]) - Decimal(one["distributor"]))
            self.assertEqual(one["classes"], [])
            self.assertLess(abs(Decimal(one["percent_of_retail"]) - 85), 1)
        self.assertIn("unassigned", {one["customer"] for one in found["customers"]})

    def test_a_subscription_that_customers_share_is_spread_in_proportion_to_retail(self) -> None:
        self.take_in(self.bill())
        shared = max(rows_of(self.bill()), key=lambda line: Decimal(line["Amount"]))["SubscriptionId"]
        rules = self.world.folder / "rules.yaml"
        rules.write_text("- effective: 2026-01\n  rules:\n    - name: shared\n"
                         f"      when: {{CloudVendorAccount: {shared}}}\n"
                         "      share: {cust-00001: 30, cust-00002: 70}\n", encoding="utf-8")
        self.world.run("rules", "apply", rules, "--yes")
        parts = [one for one in self.compare("--json").json()["costs"] if one["subscription"] == shared]
        self.assertEqual({one["customer"] for one in parts}, {"cust-00001", "cust-00002"})
        amount = sum(Decimal(line["Amount"]) for line in rows_of(self.bill()) if line["SubscriptionId"] == shared)
        self.assertEqual(sum(Decimal(one["distributor"]) for one in parts), amount)
        retail = sum(Decimal(one["retail"]) for one in parts)
        for one in parts:
            exact = Decimal(one["retail"]) * amount / retail
            self.assertLess(abs(Decimal(one["distributor"]) - exact), Decimal("1e-15"))

    def test_what_was_planted_is_found_and_nothing_else(self) -> None:
        for month in MONTHS:
            self.take_in(self.bill(month, self.wrong))
            planted = rows_of(self.wrong / f"distributor/differences-{month}.csv")
            self.assertEqual({row["Class"] for row in planted}, {"not-billed", "doubled-lines", "other-percent",
                                                                 "other-currency", "not-charged"})
            sums: dict[tuple[str, ...], dict[str, Decimal | None]] = {}
            for row in self.differences("--month", month):
                key = (row["Subscription"], row["BillingCurrency"], row["Class"])
                kept = sums.setdefault(key, {"Retail": None, "Distributor": None})
                for side in kept:
                    if row[side]:
                        kept[side] = (kept[side] or Decimal()) + Decimal(row[side])
            self.assertEqual(sums, {
                (row["Subscription"], row["BillingCurrency"], row["Class"]):
                    {side: Decimal(row[side]) if row[side] else None for side in ("Retail", "Distributor")}
                for row in planted})

    def test_the_sums_are_those_of_the_bill_whatever_is_wrong_with_it(self) -> None:
        self.take_in(self.bill(sample=self.wrong))
        billed: dict[str, Decimal] = defaultdict(Decimal)
        for line in rows_of(self.bill(sample=self.wrong)):
            billed[line["Currency"]] += Decimal(line["Amount"])
        outcome = self.compare("--format", "csv", code=CHECK_FAILED)
        self.assert_tells(outcome, "NOT everything ties")
        found: dict[str, Decimal] = defaultdict(Decimal)
        for row in outcome.rows():
            if row["Distributor"]:
                found[row["BillingCurrency"]] += Decimal(row["Distributor"])
        self.assertEqual(found, billed)

    def test_a_bill_is_an_import_like_any_other(self) -> None:
        outcome = self.take_in(self.bill())
        self.assert_tells(outcome, "2026-10 DistributorBill of bill/2026-10")
        listed = self.world.run("imports", "list", "--month", MONTHS[1], "--json").json()["imports"]
        first = next(one for one in listed if one["dataset"] == "DistributorBill")
        self.take_in(self.bill())  # the same again changes nothing
        self.assertEqual(self.world.run("imports", "list", "--month", MONTHS[1], "--json").json()["imports"], listed)
        before = self.compare("--json").json()
        self.take_in(self.bill(sample=self.wrong))  # takes its place
        self.compare(code=CHECK_FAILED)
        newer = max(one["import"] for one in
                    self.world.run("imports", "list", "--month", MONTHS[1], "--json").json()["imports"]
                    if one["dataset"] == "DistributorBill")
        self.assertNotEqual(newer, first["import"])
        self.world.run("imports", "withdraw", newer, "--reason", "of another month")
        self.assertEqual(self.compare("--json").json(), before)
        self.assertTrue(self.world.run("prove", "--json").json()["holds"])
        self.assertEqual(self.world.run("reconcile", code=USAGE).out, "")  # no lines of Microsoft

    def test_bills_in_a_folder_are_told_by_their_columns(self) -> None:
        folder = self.world.folder / "bills"
        folder.mkdir()
        for month in MONTHS:
            shutil.copy(self.bill(month), folder)
        (folder / "prices.csv").write_text("Product,Price\nA,1\n", encoding="utf-8")
        # Columns of Microsoft's beside those that were named.
        extended = [{**line, "PartnerId": "p", "InvoiceNumber": "I1", "TaxTotal": "0"}
                    for line in rows_of(self.bill(MONTHS[0]))]
        (folder / f"bill-{MONTHS[0]}.csv").write_bytes(self.write(extended).read_bytes())
        self.assert_tells(self.take_in(folder, code=BAD_INPUT), "the first is prices.csv")
        self.assertEqual(self.compare("--json").json()["months"], list(MONTHS))

    def test_two_bills_of_a_month_have_names(self) -> None:
        lines = rows_of(self.bill())
        middle = lines[len(lines) // 2]["SubscriptionId"]
        halves = ([line for line in lines if line["SubscriptionId"] < middle],
                  [line for line in lines if line["SubscriptionId"] >= middle])
        self.take_in(self.write(halves[0], "east.csv"), "--bill", "east")
        self.compare(code=CHECK_FAILED)
        self.take_in(self.write(halves[1], "west.csv"), "--bill", "west")
        self.compare()
        self.take_in(self.write(halves[1], "west.csv"), "--bill", "a/b", code=USAGE)
        outcome = self.world.run("import", self.sample / "exports", "--connection", "distributor", "--bill", "x",
                                 code=USAGE)
        self.assert_tells(outcome, "there is no bill that could have this name")

    def test_wrong_bills_are_refused_as_a_whole(self) -> None:
        lines = rows_of(self.bill())
        bad = {
            "a local number": ([{**lines[0], "Amount": "1.234,56"}, *lines[1:]],
                               "line 2, column Amount: found `1.234,56`"),
            "a wrong month": ([{**lines[0], "Month": "Oct 2026"}, *lines[1:]], "line 2, column Month"),
            "a line of sums": ([*lines, {**dict.fromkeys(lines[0], ""), "Month": MONTHS[1], "Currency": "EUR",
                                         "Amount": "9"}], "a line of sums must be removed"),
            "no tenant": ([{**lines[0], "TenantId": "contoso.com"}, *lines[1:]], "expected a GUID"),
            "no column": ([{name: cell for name, cell in line.items() if name != "Amount"} for line in lines],
                          "`Amount` should be `cost`"),
        }
        for name, (records, told) in bad.items():
            with self.subTest(name):
                self.assert_tells(self.take_in(self.write(records), code=BAD_INPUT), told)
        text = self.bill().read_text(encoding="utf-8")
        for name, content, told in (("empty", "", "not even a header"),
                                    ("half", text[:-len(text.splitlines()[-1]) + 3], "another number of columns")):
            with self.subTest(name):
                path = self.world.folder / f"{name}.csv"
                path.write_text(content, encoding="utf-8")
                self.assert_tells(self.take_in(path, code=BAD_INPUT), told)
        self.assert_tells(self.compare(code=USAGE), "there is no bill of a distributor")

    def test_a_bill_of_another_month_is_a_gap(self) -> None:
        self.take_in(self.bill(MONTHS[0]))
        outcome = self.compare("--month", MONTHS[1], code=USAGE)
        self.assert_tells(outcome, "there is no bill of a distributor", MONTHS[1])
        later = [{**line, "Month": "2026-12"} for line in rows_of(self.bill(MONTHS[1]))]
        self.take_in(self.write(later))
        self.assert_tells(self.compare("--month", "2026-12", code=USAGE), "there are no charges to compare with")
        self.assert_tells(self.compare(code=CHECK_FAILED), "no bill of a distributor was imported: 2026-10, 2026-11",
                          "no charges at retail prices: 2026-12")
        outcome = self.take_in(self.bill(MONTHS[1]), "--month", MONTHS[0], code=None)
        self.assert_tells(outcome, "was skipped: most of its lines are of 2026-10, not of 2026-09")

    def test_local_numbers_and_separators_may_be_declared(self) -> None:
        self.take_in(self.bill())
        right = self.compare("--format", "csv").out
        local = [{**line, "Amount": line["Amount"].replace(".", ","), "Quantity": line["Quantity"].replace(".", ",")}
                 for line in rows_of(self.bill())]
        path = self.write(local, "local.csv", ";")
        self.assert_tells(self.take_in(path, code=BAD_INPUT), "`CustomerName` should be `customer`")
        self.name_columns("separator: semicolon\ndecimal_mark: comma\n")
        self.take_in(path)
        self.assertEqual(self.compare("--format", "csv").out, right)

    def test_what_was_taken_in_keeps_the_meaning_that_its_columns_had(self) -> None:
        self.take_in(self.bill(MONTHS[0]))
        before = self.compare("--month", MONTHS[0], "--json").json()
        columns = self.columns.read_text(encoding="utf-8").replace("percent_of_retail: 85", "percent_of_retail: 90")
        path = self.world.folder / "columns.yaml"
        path.write_text(columns, encoding="utf-8")
        self.world.run("connection", "edit", "distributor", "--distributor", path)
        shown = self.world.run("connection", "show", "distributor", "--json").json()["distributor"]
        self.assertEqual((shown["percent_of_retail"], shown["subscription"]), ("90", "SubscriptionId"))
        self.assertEqual(self.compare("--month", MONTHS[0], "--json").json(), before)
        self.take_in(self.bill(MONTHS[1]))
        self.assertEqual({row["Class"] for row in self.differences("--month", MONTHS[1])}, {"other-percent"})

    def test_maps_that_say_nothing_are_refused(self) -> None:
        for columns, told in (("month=Month,currency=Currency,cost=Amount", "subscription, tenant or customer"),
                              ("subscription=SubscriptionId,currency=Currency", "which column is `cost`"),
                              ("subscription=S,currency=C,cost=A,percent=85", "there is no such key")):
            with self.subTest(columns):
                self.assert_tells(self.world.run("connection", "edit", "distributor", "--distributor", columns,
                                                 code=USAGE), told)
        self.assert_tells(self.world.run("connection", "edit", "distributor", "--distributor", "", code=USAGE),
                          "the connection has no location")

    def test_without_a_map_a_bill_is_no_bill(self) -> None:
        name = next((self.sample / "exports").iterdir()).name
        outcome = self.world.run("import", self.bill(), "--connection", name, code=BAD_INPUT)
        self.assert_tells(outcome, "this is no file of Microsoft's invoice lines")

    def test_a_connection_of_a_distributor_alone_needs_no_exports(self) -> None:
        steps = {step["step"]: step for step in self.world.run("first-day", "--json").json()["steps"]}
        self.assertEqual(steps["exports"]["state"], "done", steps["exports"])
        self.world.run("sync")
        self.world.run("doctor")

    def test_the_report_is_a_workbook_too(self) -> None:
        self.take_in(self.bill())
        self.compare("--rows", "--format", "xlsx", "--out", "costs.xlsx")
        with zipfile.ZipFile(self.world.folder / "costs.xlsx") as book:
            shared = book.read("xl/sharedStrings.xml").decode("utf-8")
        for row in self.compare("--rows", "--format", "csv").rows():
            self.assertIn(row["Subscription"], shared)
        self.assertEqual(self.compare("--connection", "distributor", code=USAGE).out, "")
        self.assertEqual(self.world.run("reconcile", "--differences", code=USAGE).out, "")


if __name__ == "__main__":
    harness.main()
    unittest.main()
