"""Leaving a legacy method: its bill is imported, compared customer by customer, and what is wrong with it is found."""
import csv
import io
import shutil
import unittest
import zipfile
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import harness
from harness import BAD_INPUT, CHECK_FAILED, DONE, USAGE, World, WorldTest

MONTHS = ("2026-09", "2026-10")


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name in ("src", "href") or name.startswith("on")], attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


class Migrate(WorldTest):
    prepared: World

    @classmethod
    def setUpClass(cls) -> None:
        cls.prepared = World()
        cls.addClassCleanup(cls.prepared.close)
        cls.sample = cls.prepared.sample(seed=7, rows=600, months="2026-09..2026-10", customers=6, no_focus=True,
                                         invoices=True)
        cls.prepared.init(cls.sample)
        cls.prepared.run("sync")

    def setUp(self) -> None:
        super().setUp()
        shutil.copytree(self.prepared.home, self.world.home)
        self.columns = self.sample / "legacy/columns.yaml"

    def lines(self, month: str) -> list[dict[str, str]]:
        text = (self.sample / f"legacy/bill-{month}.csv").read_text(encoding="utf-8")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def write(self, lines: list[dict[str, str]], name: str = "bill.csv") -> Path:
        path = self.world.folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, lines[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)
        return path

    def take_in(self, path: Path, *more: object, columns: object = None, code: int = DONE) -> harness.Outcome:
        return self.world.run("import", path, "--connection", "acme", "--columns", columns or self.columns, *more,
                              code=code)

    def take_in_both(self) -> None:
        for month in MONTHS:
            self.take_in(self.sample / f"legacy/bill-{month}.csv")

    def differences(self, *more: object, code: int = DONE) -> list[dict[str, str]]:
        return self.world.run("migrate", "compare", "--differences", "--format", "csv", *more, code=code).rows()

    def classes(self, rows: list[dict[str, str]]) -> set[str]:
        return {row["Class"] for row in rows}

    def test_costs_are_equal_but_for_what_the_legacy_never_showed(self) -> None:
        self.take_in_both()
        found = self.world.run("migrate", "compare", "--json").json()
        self.assertTrue(found["holds"])
        self.assertEqual(found["months"], list(MONTHS))
        self.assertLessEqual({why for one in found["customers"] for why in one["classes"]},
                             {"commitment", "credit", "rounding"})
        costs = {(row["CustomerId"], row["BillingCurrency"]): Decimal(row["BilledCost"]) for row in self.world.costs()}
        for one in found["customers"]:
            now = Decimal(one["now"])
            self.assertEqual(now, costs[one["customer"], one["currency"]], one)
            self.assertEqual(Decimal(one["difference"]), now - Decimal(one["before"]))
            self.assertEqual(sum(map(Decimal, one["classes"].values())), Decimal(one["difference"]))
        billed = sum(Decimal(line["Cost"]) for month in MONTHS for line in self.lines(month))
        self.assertEqual(sum(Decimal(one["before"]) for one in found["customers"]), billed)
        gained = self.world.run("migrate", "compare", "--gained", "--format", "csv").rows()
        self.assertLessEqual({row["Commitment"] for row in gained}, {"Reservation", "Savings Plan"})
        self.assertTrue(any(row["Unused"] for row in gained))

    def test_microsofts_own_lines_are_a_legacy_too(self) -> None:
        self.world.run("import", self.sample / "invoices", "--connection", "acme")
        for source, explained in (("reconciliation", {"rounding"}),
                                  ("daily-usage", {"rounding", "commitment", "marketplace", "seats-and-software",
                                                   "credit"})):
            with self.subTest(source=source):
                self.assertLessEqual(self.classes(self.differences("--source", source)), explained)

    def test_rules_that_move_costs_explain_both_customers(self) -> None:
        self.take_in_both()
        self.world.run("rules", "apply", self.sample / "rules.yaml")
        rows = self.differences()
        self.assertIn("split-rule", self.classes(rows))
        moved = [Decimal(row["Difference"]) for row in rows if row["Class"] == "split-rule"]
        self.assertEqual(sum(moved), 0)

    def test_planted_mistakes_are_found(self) -> None:
        right = self.lines(MONTHS[1])
        one = next(line for line in right if line["Subscription"] and Decimal(line["Cost"]) > 5)
        at = right.index(one)
        other = next(line for line in right if line["Tenant"] != one["Tenant"])
        key = {"Subscription": one["Subscription"], "Month": MONTHS[1]}
        planted = {
            "doubled-lines": right + [one],
            "other-customer": [{**line, "Customer": other["Customer"], "Tenant": other["Tenant"]} if line is one
                               else line for line in right],
            "missing-lines": right[:at] + right[at + 1:],
            "unknown": [{**line, "Cost": str(Decimal(line["Cost"]) + 1)} if line is one else line for line in right],
        }
        for why, lines in planted.items():
            with self.subTest(why=why):
                self.take_in(self.write(lines))
                found = self.differences("--months", MONTHS[1], code=CHECK_FAILED)
                rows = [row for row in found if row["Class"] == why]
                self.assertTrue(rows)
                for row in rows:
                    self.assertEqual({name: row[name] for name in key}, key)
                    wanted = "1" if why == "unknown" else one["Cost"]
                    self.assertEqual(abs(Decimal(row["Difference"])), Decimal(wanted))

    def test_a_customer_that_is_missing_and_one_that_nobody_knows_are_found(self) -> None:
        lines = self.lines(MONTHS[1])
        gone = lines[0]["Tenant"]
        left = [line for line in lines if line["Tenant"] != gone]
        stranger = {**lines[0], "Customer": "Nobody Ltd", "Tenant": "", "Cost": "7"}
        self.take_in(self.write(left + [stranger]))
        rows = self.world.run("migrate", "compare", "--format", "csv", code=CHECK_FAILED).rows()
        not_explained = [row for row in rows if row["Verdict"] == "not explained"]
        self.assertIn(("", "nobody ltd", "7", "0"),
                      [(row["CustomerId"], row["CustomerName"], row["Before"], row["Now"]) for row in not_explained])
        self.assertTrue([row for row in not_explained if row["CustomerId"] and row["Before"] == "0"])

    def test_another_currency_is_never_mixed(self) -> None:
        lines = self.lines(MONTHS[1])
        currency = lines[0]["Currency"]
        self.take_in(self.write([{**line, "Currency": "CHF"} if line["Currency"] == currency else line
                                 for line in lines]))
        rows = self.world.run("migrate", "compare", "--format", "csv", code=CHECK_FAILED).rows()
        swiss = [row for row in rows if row["BillingCurrency"] == "CHF"]
        self.assertTrue(swiss)
        self.assertEqual({row["Now"] for row in swiss}, {"0"})

    def test_a_month_that_is_missing_is_a_gap(self) -> None:
        self.take_in(self.sample / f"legacy/bill-{MONTHS[1]}.csv")
        self.world.run("migrate", "compare")  # of the months that both have
        outcome = self.world.run("migrate", "compare", "--months", "2026-09..2026-10", code=CHECK_FAILED)
        self.assert_tells(outcome, "not compared, since the legacy has nothing of them: 2026-09")
        outcome = self.world.run("migrate", "compare", "--months", MONTHS[0], code=USAGE)
        self.assert_tells(outcome, "there is no bill of the legacy method to compare with")

    def test_a_bill_is_an_import_like_any_other(self) -> None:
        self.take_in_both()
        listed = self.world.run("imports", "list", "--month", MONTHS[1], "--json").json()["imports"]
        bill = next(one for one in listed if one["dataset"] == "LegacyBill")
        self.take_in(self.sample / f"legacy/bill-{MONTHS[1]}.csv")  # the same again changes nothing
        self.assertEqual(self.world.run("imports", "list", "--month", MONTHS[1], "--json").json()["imports"], listed)
        self.world.run("imports", "withdraw", bill["import"], "--reason", "a mistake")
        found = self.world.run("migrate", "compare", "--json").json()
        self.assertEqual(found["months"], [MONTHS[0]])
        self.assertEqual(self.world.run("reconcile", code=USAGE).out, "")  # no lines of Microsoft

    def test_bad_bills_are_refused_as_a_whole(self) -> None:
        lines = self.lines(MONTHS[1])
        bad = {
            "a local number": ([{**lines[0], "Cost": "1.234,56"}, *lines[1:]], "line 2, column Cost: found `1.234,56`"),
            "a wrong month": ([{**lines[0], "Month": "Oct 2026"}, *lines[1:]], "line 2, column Month"),
            "no customer": ([{**lines[0], "Customer": ""}, *lines[1:]], "line 2, column Customer: found nothing"),
            "no currency": ([{**lines[0], "Currency": "euro"}, *lines[1:]], "line 2, column Currency"),
        }
        for name, (records, told) in bad.items():
            with self.subTest(name):
                outcome = self.take_in(self.write(records), code=BAD_INPUT)
                self.assert_tells(outcome, told, "nothing of the file was taken in")
        text = self.write(lines).read_text(encoding="utf-8")
        for name, content, told in (("empty", "", "not even a header"),
                                    ("header", text.splitlines()[0] + "\n", "no line"),
                                    ("half", text[:-len(text.splitlines()[-1]) + 3], "another number of columns")):
            with self.subTest(name):
                path = self.world.folder / f"{name}.csv"
                path.write_text(content, encoding="utf-8")
                self.assert_tells(self.take_in(path, code=BAD_INPUT), told)
        outcome = self.take_in(self.write(lines), columns="customer=Customer,cost=Amount,currency=Currency,month=Month",
                               code=BAD_INPUT)
        self.assert_tells(outcome, "`Amount` should be `cost`")
        outcome = self.take_in(self.write(lines), columns="customer=Customer,costs=Cost", code=USAGE)
        self.assert_tells(outcome, "there is no such key", "did you mean cost?")
        self.assert_tells(self.take_in(self.world.folder, code=USAGE), "a bill is one file")
        self.assertEqual(self.world.run("migrate", "compare", code=USAGE).out, "")

    def test_local_numbers_may_be_declared(self) -> None:
        lines = [{**line, "Cost": line["Cost"].replace(".", ",")} for line in self.lines(MONTHS[1])]
        columns = self.columns.read_text(encoding="utf-8") + "decimal_mark: comma\n"
        declared = self.world.folder / "columns.yaml"
        declared.write_text(columns, encoding="utf-8")
        self.take_in(self.write(lines), columns=declared)
        self.world.run("migrate", "compare")

    def test_rounded_lines_are_explained_as_far_as_they_were_rounded(self) -> None:
        lines = [{**line, "Cost": str(Decimal(line["Cost"]).quantize(Decimal("0.01")))}
                 for line in self.lines(MONTHS[1])]
        path = self.write(lines)
        self.take_in(path)
        self.assertIn("unknown", self.classes(self.differences(code=CHECK_FAILED)))
        declared = self.world.folder / "columns.yaml"
        declared.write_text(self.columns.read_text(encoding="utf-8") + "decimals: 2\n", encoding="utf-8")
        self.take_in(path, columns=declared)  # the same file, read otherwise
        self.assertLessEqual(self.classes(self.differences()), {"rounding", "commitment", "credit"})

    def test_a_plan_makes_the_customers_that_are_missing(self) -> None:
        self.take_in_both()
        known = self.world.run("migrate", "plan", "--json").json()
        self.assertLessEqual({one["found_by"] for one in known["customers"]}, {"tenant"})
        for customer in self.world.run("customer", "list", "--json").json()["customers"]:
            self.world.run("customer", "remove", customer["id"], "--yes")
        before = self.world.published()
        self.world.run("migrate", "plan", "--out", "plan")
        self.assertEqual(self.world.published(), before)  # a plan changes nothing
        self.world.run("migrate", "plan", "--out", "plan", code=None)
        self.world.run("customer", "import", "plan/customers.csv")
        found = self.world.run("migrate", "compare", "--json").json()
        self.assertTrue(found["holds"])
        names = {line["Customer"] for month in MONTHS for line in self.lines(month)}
        self.assertLessEqual(names, {one["name"] for one in found["customers"]})
        self.assertEqual(self.world.run("migrate", "plan", "--json").json()["customers_file"], "")

    def test_customers_without_a_tenant_get_rules_by_subscription(self) -> None:
        lines = [{**line, "Customer": f"Child {line['Tenant'][:8]}", "Tenant": ""} for line in self.lines(MONTHS[1])
                 if line["Subscription"]]
        self.take_in(self.write(lines))
        plan = self.world.run("migrate", "plan", "--out", "plan", "--json").json()
        self.assertEqual({one["found_by"] for one in plan["customers"]}, {"subscriptions"})
        self.world.run("customer", "import", "plan/customers.csv")
        self.world.run("rules", "apply", "plan/rules.yaml", "--yes")
        rows = self.differences(code=None)
        self.assertFalse([row for row in rows if row["CustomerId"].startswith("child-") and row["Class"] in
                          ("missing-lines", "missing-charges", "other-customer", "unknown")])

    def test_rules_that_ask_for_a_legacy_bill_source_keep_working(self) -> None:
        self.take_in_both()
        rules = self.world.folder / "rules.yaml"
        first = self.world.costs()[0]["CustomerId"]
        rules.write_text("- effective: 2026-01\n  rules:\n    - name: all of it\n      when: {BillSource: csp-17}\n"
                         f"      assign: {first}\n", encoding="utf-8")
        self.world.run("rules", "apply", rules, "--yes")
        self.assertGreater(len({row["CustomerId"] for row in self.world.costs()}), 1)  # no connection is called so
        outcome = self.world.run("migrate", "plan", "--out", "plan")
        self.assert_tells(outcome, "the bill source `csp-17`, which rules ask for, is the connection acme")
        self.world.run("rules", "apply", "plan/rules.yaml", "--yes")
        self.assertEqual({row["CustomerId"] for row in self.world.costs()}, {first})
        outcome = self.world.run("migrate", "plan", "--bill-source", "csp-17=nowhere", code=USAGE)
        self.assert_tells(outcome, "nowhere")

    def test_partner_earned_credit_counts_as_the_setting_says(self) -> None:
        self.world.run("config", "set", "migration.before-credit", 1)
        self.take_in_both()
        self.assertTrue(self.world.run("migrate", "compare", "--json").json()["before_partner_credit"])

    def test_the_report_has_the_same_numbers_and_no_script(self) -> None:
        lines = self.lines(MONTHS[1])
        evil = {**lines[0], "Customer": "<script>alert(1)</script>&co", "Tenant": "", "Cost": "7"}
        self.take_in(self.write([*lines, evil]))
        self.world.run("migrate", "report", "--out", "reports", code=CHECK_FAILED)
        text = (self.world.folder / "reports/migration.html").read_text(encoding="utf-8")
        page = Page(text)
        self.assertFalse({"script", "img", "link", "iframe"} & set(page.tags))
        self.assertNotIn("<script", text)
        self.assertIn("<script>alert(1)</script>&co", page.texts)
        for told in ("NOT every customer is equal or explained.", "Signatures"):
            self.assertIn(told, page.texts)
        with zipfile.ZipFile(self.world.folder / "reports/migration.xlsx") as book:
            names = book.read("xl/workbook.xml").decode("utf-8")
            shared = book.read("xl/sharedStrings.xml").decode("utf-8")
        for name in ("Sign-off", "Customers (exact)", "Gained", "Differences (exact)"):
            self.assertIn(f'name="{name}"', names)
        for row in self.world.run("migrate", "compare", "--format", "csv", code=CHECK_FAILED).rows():
            self.assertIn(f">{row['Now']}<", shared)
        self.world.run("migrate", "report", "--out", "switch.html", code=CHECK_FAILED)
        self.assertEqual(self.world.run("migrate", "report", "--out", "switch.pdf", code=USAGE).out, "")


if __name__ == "__main__":
    harness.main()
    unittest.main()
