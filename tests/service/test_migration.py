"""Leaving a legacy method through the API: its bill is sent and imported, compared, planned and reported."""
import csv
import io
import shutil
import unittest
import urllib.parse
from decimal import Decimal
from pathlib import Path
from typing import Any

import service_harness
from service_harness import Answer, Service, add_token, harness

MONTHS = ("2026-09", "2026-10")
BYTES = "application/octet-stream"
API = "/api/v1/migration"
COLUMNS = {"customer": "Customer", "customer_tenant": "Tenant", "month": "Month", "currency": "Currency",
           "subscription": "Subscription", "product": "Product", "cost": "Cost"}


class Migration(harness.WorldTest):
    prepared: harness.World

    @classmethod
    def setUpClass(cls) -> None:
        cls.prepared = harness.World()
        cls.addClassCleanup(cls.prepared.close)
        cls.sample = cls.prepared.sample(seed=7, rows=600, months="2026-09..2026-10", customers=6, no_focus=True,
                                         no_restatements=True, invoices=True)
        cls.prepared.init(cls.sample)
        cls.prepared.run("sync")

    def setUp(self) -> None:
        super().setUp()
        shutil.copytree(self.prepared.home, self.world.home)
        self.tokens = {role: add_token(self.world, role, role)
                       for role in ("owner", "billing-engineer", "finance", "analyst", "operator")}
        self.service = Service(self.world)
        self.addCleanup(self.service.stop)

    def ask(self, method: str, path: str, body: Any = None, role: str = "owner") -> Answer:
        return self.service.request(method, path, body, token=self.tokens[role])

    def got(self, path: str, role: str = "analyst") -> dict:
        answer = self.ask("GET", path, role=role)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def pages(self, path: str) -> list[dict]:
        """All items or rows of a list, a few at a time."""
        found: list[dict] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.got(f"{path}{'&' if '?' in path else '?'}limit=7{cursor}")
            found += page.get("items", page.get("rows"))
            cursor = f"&cursor={page['next']}" if "next" in page else None
        self.assertEqual(page["row_count"], len(found))
        return found

    def check_refused(self, answer: Answer, status: int, error: str, *told: str) -> None:
        self.assertEqual((answer.status, answer.problem()), (status, error), answer)
        for text in told:
            self.assertIn(text, answer.json().get("detail", ""))

    def bill(self, month: str = MONTHS[1]) -> Path:
        return self.sample / f"legacy/bill-{month}.csv"

    def lines(self, month: str = MONTHS[1]) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.bill(month).read_text(encoding="utf-8"), newline="")))

    def written(self, lines: list[dict[str, str]]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, lines[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
        return text.getvalue().encode("utf-8")

    def send(self, content: bytes, name: str = "bill.csv", role: str = "finance", query: str = "&as=bill") -> Answer:
        return self.service.request("POST", f"/api/v1/uploads?name={name}{query}", content, token=self.tokens[role],
                                    Content_Type=BYTES)

    def start(self, content: bytes, role: str = "finance", **more: Any) -> Answer:
        upload = self.send(content, role=role).json()
        return self.ask("POST", f"{API}/bills", {"connection": "acme", "upload": upload["id"], "columns": COLUMNS,
                                                 **more}, role)

    def take_in(self, content: bytes, **more: Any) -> dict:
        job = self.service.job(self.start(content, **more), self.tokens["finance"])
        self.assertEqual(job["state"], "done", job)
        self.assertEqual(job["result"]["problems"], [])
        return job["result"]

    def take_in_both(self) -> None:
        for month in MONTHS:
            self.take_in(self.bill(month).read_bytes())

    def plant(self) -> dict[str, str]:
        """October with a line twice, one of nobody, and one too much; the line that is doubled."""
        right = self.lines()
        one = next(line for line in right if line["Subscription"] and Decimal(line["Cost"]) > 5)
        stranger = {**right[0], "Customer": "Nobody Ltd", "Tenant": "", "Cost": "7"}
        self.take_in(self.written([*right, one, stranger]))
        return one

    def test_nothing_of_the_legacy_is_no_agreement(self) -> None:
        for path in (API, f"{API}/customers", f"{API}/amounts", f"{API}/gains", f"{API}/report", f"{API}/plan"):
            answer = self.ask("GET", path, role="analyst")
            self.check_refused(answer, 404, "no-legacy-bill")
            self.assertEqual([one["step"] for one in answer.json()["next_steps"]], ["import-legacy-bill"])

    def test_a_bill_is_sent_and_imported_by_finance(self) -> None:
        sent = self.send(self.bill().read_bytes()).json()
        self.assertEqual((sent["content"], sent["columns"]), ("bill", list(self.lines()[0])))
        before = self.world.costs()
        flow = self.take_in(self.bill().read_bytes())
        self.assertEqual([(run["dataset"], run["rows"]["stored"]) for one in flow["imports"] for run in one["runs"]],
                         [("LegacyBill", len(self.lines()))])
        self.assertEqual(self.world.costs(), before, "no charge has changed")
        self.assertEqual(self.got(API)["months"], [MONTHS[1]])
        self.assertEqual(self.take_in(self.bill().read_bytes())["imports"][0]["runs"], [], "the same again")
        other = self.take_in(self.bill().read_bytes(), name="other")
        self.assertEqual([run["rows"]["stored"]
                          for one in other["imports"] for run in one["runs"]], [len(self.lines())])

    def test_columns_that_do_not_fit_are_told_before_anything_begins(self) -> None:
        lines = self.lines()
        spoilt = self.written([{**lines[0], "Cost": "1.234,56"}, *lines[1:3], {**lines[3], "Month": "October"}])
        self.check_refused(self.start(spoilt), 400, "rows-rejected", "line 2, column Cost: found `1.234,56`",
                           "line 5, column Month")
        text = self.bill().read_bytes()
        for columns, error, told in (
                ({**COLUMNS, "cost": "Costs"}, "file-column-missing", "`Costs` should be `cost`"),
                ({"customer": "Customer", "cost": "Cost", "month": "Month"}, "bill-columns-invalid", "currency"),
                ({**COLUMNS, "subscription_name": "Product"}, "bill-columns-invalid", "subscription"),
                ({**COLUMNS, "decimal_mark": "comma", "thousands_mark": "comma"}, "bill-columns-invalid", "mark"),
                ({name: column for name, column in COLUMNS.items() if name != "month"}, "month-unknown", "month"),
                ({"customer": "Customer"}, "field-missing", ""),
                ({**COLUMNS, "costs": "Cost"}, "field-unknown", "")):
            with self.subTest(columns=columns):
                self.check_refused(self.start(text, columns=columns), 400, error, told)
        self.check_refused(self.start(text[:text.rindex(b",")]), 400, "file-ragged")
        self.check_refused(self.start(text, name="no name"), 400, "field-invalid")
        self.check_refused(self.start(text, connection="nowhere"), 404, "no-such-connection")
        self.check_refused(self.ask("GET", API), 404, "no-legacy-bill")
        self.take_in(text, columns={name: column for name, column in COLUMNS.items() if name != "month"},
                     month=MONTHS[1])
        self.assertTrue(self.got(API)["holds"])

    def test_what_is_no_bill_of_ones_own_is_refused(self) -> None:
        body = {"connection": "acme", "columns": COLUMNS}
        self.check_refused(self.send(b"PK\x03\x04\xff\xfe", "bill.xlsx"), 400, "file-column-missing")
        self.check_refused(self.send(b""), 400, "file-column-missing")
        customers = self.send((self.sample / "customers.csv").read_bytes(), "customers.csv", query="").json()
        self.check_refused(self.ask("POST", f"{API}/bills", {**body, "upload": customers["id"]}, "finance"), 400,
                           "file-column-missing", "its content is: customers")
        bill = self.send(self.bill().read_bytes()).json()
        self.check_refused(self.ask("POST", f"{API}/bills", {**body, "upload": bill["id"]}), 404, "no-such-record")
        for role in ("analyst", "operator"):
            self.check_refused(self.ask("POST", f"{API}/bills", {**body, "upload": bill["id"]}, role), 403,
                               "not-allowed")
        self.check_refused(self.ask("POST", "/api/v1/imports", {"connection": "acme", "uploads": [bill["id"]]},
                                    "owner"), 404, "no-such-record")
        self.check_refused(self.ask("POST", "/api/v1/invoice-lines", {"connection": "acme", "uploads": [bill["id"]]},
                                    "finance"), 400, "not-a-cost-file")

    def test_customers_and_amounts_are_those_of_the_command(self) -> None:
        self.take_in_both()
        self.plant()
        told = self.world.run("migrate", "compare", "--json", code=None).json()
        brief = self.got(API)
        for name in ("holds", "source", "months", "unclear", "rejected_lines", "before_partner_credit"):
            self.assertEqual(brief[name], told[name], name)
        self.assertFalse(brief["holds"])

        def key(row: dict) -> list[str]:
            return sorted(f"{name}={value}" for name, value in row.items() if value is not None)
        customers = self.pages(f"{API}/customers")
        self.assertEqual(sorted(map(key, customers)), sorted(map(key, told["customers"])))
        verdicts = [one["verdict"] for one in customers]
        self.assertEqual(verdicts, sorted(verdicts, key=["not explained", "explained", "equal"].index))
        self.assertIn("nobody ltd", [one.get("legacy_customer") for one in customers])
        self.assertEqual(sorted(map(key, self.pages(f"{API}/amounts"))), sorted(map(key, told["differences"])))
        self.assertEqual(sorted(map(key, self.pages(f"{API}/gains"))), sorted(map(key, told["gained"])))
        rows = self.world.run("migrate", "compare", "--rows", "--format", "json", code=None).json()
        self.assertEqual(len(self.pages(f"{API}/amounts?all=true")), len(rows))
        counts = {verdict: len({one["customer"] + one.get("legacy_customer", "") for one in customers
                                if one["verdict"] == verdict}) for verdict in set(verdicts)}
        self.assertEqual(brief["verdicts"], {"equal": counts.get("equal", 0), "explained": counts.get("explained", 0),
                                             "not_explained": counts["not explained"]})
        for total in brief["totals"]:
            mine = [one for one in customers if one["currency"] == total["BillingCurrency"]]
            self.assertEqual(Decimal(total["Difference"]), sum(Decimal(one["difference"]) for one in mine))
        for sum_ in brief["classes"]:
            mine = [one["classes"].get(sum_["Class"], "0") for one in customers
                    if one["currency"] == sum_["BillingCurrency"]]
            self.assertEqual(Decimal(sum_["Difference"]), sum(map(Decimal, mine)))

    def test_customers_are_found_by_verdict_and_word(self) -> None:
        self.plant()
        every = self.pages(f"{API}/customers")
        for verdict in ("equal", "explained", "not explained"):
            found = self.got(f"{API}/customers?verdict={urllib.parse.quote(verdict)}&limit=1000")
            self.assertEqual(found["items"], [one for one in every if one["verdict"] == verdict])
            for total in found["totals"]:
                self.assertEqual(Decimal(total["Now"]),
                                 sum(Decimal(one["now"]) for one in found["items"]
                                     if one["currency"] == total["BillingCurrency"]))
        self.assertEqual([one["name"] for one in self.got(f"{API}/customers?word=NOBODY")["items"]], ["nobody ltd"])
        self.assertEqual(self.got(f"{API}/customers?word=no-such-name")["row_count"], 0)
        self.check_refused(self.ask("GET", f"{API}/customers?verdict=fine"), 400, "field-invalid")
        self.check_refused(self.ask("GET", f"{API}/customers?month={MONTHS[1]}"), 400, "field-unknown")

    def test_a_customer_is_seen_down_to_subscription_product_and_charge(self) -> None:
        doubled = self.plant()
        rows = self.pages(f"{API}/amounts?class=doubled-lines")
        self.assertEqual([(row["Subscription"], Decimal(row["Difference"])) for row in rows],
                         [(doubled["Subscription"], -Decimal(doubled["Cost"]))])
        customer = rows[0]["CustomerId"]
        every = self.got(f"{API}/amounts?customer={customer}&all=true&limit=1000")["rows"]
        self.assertTrue({"equal", "doubled-lines"} <= {row["Class"] for row in every})
        for place, field in (("Month", "in_month"), ("Subscription", "subscription"), ("Product", "product"),
                             ("Class", "class")):
            sums = self.got(f"{API}/amounts?customer={customer}&all=true&by={place}&limit=1000")["rows"]
            for one in sums:
                mine = [row for row in every if row.get(place, "") == one.get(place, "")
                        and row["BillingCurrency"] == one["BillingCurrency"]]
                self.assertEqual((one["Keys"], Decimal(one["Difference"])),
                                 (str(len(mine)), sum(Decimal(row["Difference"]) for row in mine)))
                value = urllib.parse.quote(one.get(place, ""))
                found = self.got(f"{API}/amounts?customer={customer}&all=true&{field}={value}&limit=1000")["rows"]
                self.assertEqual(found, [row for row in every if row.get(place, "") == one.get(place, "")])
        with_charge = next(row for row in every if "FirstRow" in row)
        self.assertEqual(self.ask("GET", f"/api/v1/charges/{with_charge['FirstRow']}", role="analyst").status, 200)
        nobody = self.got(f"{API}/amounts?customer=&legacy_customer=nobody%20ltd")["rows"]
        self.assertEqual([(row["Class"], row["Difference"]) for row in nobody], [("missing-charges", "-7")])
        self.assertEqual(self.got(f"{API}/amounts?customer=nobody-at-all")["rows"], [])

    def test_a_setting_and_the_kind_of_lines_count(self) -> None:
        self.take_in_both()
        self.assertFalse(self.got(API)["before_partner_credit"])
        self.world.run("config", "set", "migration.before-credit", 1)
        self.assertTrue(self.got(API)["before_partner_credit"], "what was remembered is over")
        self.check_refused(self.ask("GET", f"{API}?dataset=DailyRatedUsage"), 404, "no-legacy-bill")
        self.world.run("import", self.sample / "invoices", "--connection", "acme")
        self.assertEqual(self.got(f"{API}?dataset=DailyRatedUsage")["source"], "daily usage")
        self.assertEqual(self.got(API)["source"], "bill")
        self.check_refused(self.ask("GET", f"{API}?from=2027-01"), 404, "no-legacy-bill")
        self.check_refused(self.ask("GET", f"{API}?connection=nowhere"), 404, "no-such-connection")

    def test_a_gap_is_told_and_keeps_it_from_holding(self) -> None:
        self.take_in(self.bill().read_bytes())
        told = self.got(f"{API}?from={MONTHS[0]}&to={MONTHS[1]}")
        self.assertEqual((told["holds"], told["months_without_legacy"]), (False, [MONTHS[0]]))
        self.assertTrue(self.got(API)["holds"])

    def test_a_plan_leads_to_customers_and_rules(self) -> None:
        self.take_in_both()
        self.check_refused(self.ask("GET", f"{API}/plan/file?file=rules"), 404, "no-such-record")
        for customer in self.world.run("customer", "list", "--json").json()["customers"]:
            self.world.run("customer", "remove", customer["id"], "--yes", "--no-split")
        told = self.world.run("migrate", "plan", "--json").json()
        plan = self.got(f"{API}/plan?limit=1000")
        self.assertEqual(plan["items"], told["customers"])
        self.assertEqual(self.pages(f"{API}/plan"), told["customers"])
        self.assertEqual((plan["assumptions"], plan["adds_customers"], plan["changes_rules"]),
                         (told["assumptions"], True, False))
        file = self.ask("GET", f"{API}/plan/file?file=customers", role="analyst")
        self.assertEqual(file.body.decode("utf-8"), told["customers_file"])
        answer = self.service.request("POST", "/api/v1/customers/import", file.body, token=self.tokens["finance"],
                                      Content_Type="text/csv")
        self.assertEqual(self.service.job(answer, self.tokens["finance"])["state"], "done")
        self.assertTrue(self.got(API)["holds"])
        self.assertFalse(self.got(f"{API}/plan")["adds_customers"])
        self.check_refused(self.ask("GET", f"{API}/plan/file?file=customers"), 404, "no-such-record")
        self.check_refused(self.ask("GET", f"{API}/plan?bill_source=legacy=nowhere"), 404, "no-such-connection")
        self.check_refused(self.ask("GET", f"{API}/plan?bill_source=legacy"), 400, "field-invalid")
        self.assertTrue(self.got(f"{API}/plan?bill_source=legacy%3Dacme")["changes_rules"])
        rules = self.ask("GET", f"{API}/plan/file?file=rules&bill_source=legacy%3Dacme")
        self.assertIn("bill_sources", rules.body.decode("utf-8"))

    def test_the_report_is_that_of_the_command(self) -> None:
        self.plant()
        self.world.run("migrate", "report", "--out", "switch.html", code=harness.CHECK_FAILED)
        of_command = (self.world.folder / "switch.html").read_text(encoding="utf-8")
        page = self.ask("GET", f"{API}/report", role="analyst")
        self.assertEqual(page.headers["content-type"], "text/html; charset=utf-8")
        self.assertIn('attachment; filename="migration.html"', page.headers["content-disposition"])
        self.assertEqual(page.body.decode("utf-8"), of_command)
        book = self.ask("GET", f"{API}/report?format=xlsx", role="analyst")
        self.assertEqual((book.status, book.body[:2]), (200, b"PK"))
        entries = self.got("/api/v1/audit?limit=1000", "owner")["items"]
        self.assertIn("dataset.download", {entry["what"] for entry in entries})
        self.check_refused(self.ask("GET", f"{API}/report", role="operator"), 403, "not-allowed")


if __name__ == "__main__":
    service_harness.main()
    unittest.main()
