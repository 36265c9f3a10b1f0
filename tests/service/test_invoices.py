"""Microsoft's invoices through the API: whether they tie, why not, row by row; totals are entered, files sent."""
import csv
import gzip
import io
import shutil
import unittest
from decimal import Decimal
from pathlib import Path
from typing import Any

import service_harness
from service_harness import Answer, Service, add_token, harness

MONTH = "2026-10"
LISTED = f"/api/v1/invoices?month={MONTH}"
DIFFERENCES = f"/api/v1/reconciliation/differences?month={MONTH}"
BYTES = "application/octet-stream"
AMOUNTS = ("Charges", "Lines", "Difference", "Bound")


class Invoices(harness.WorldTest):
    prepared: harness.World

    @classmethod
    def setUpClass(cls) -> None:
        cls.prepared = harness.World()
        cls.addClassCleanup(cls.prepared.close)
        cls.sample = cls.prepared.sample(seed=7, rows=400, months=MONTH, customers=4, no_focus=True,
                                         no_restatements=True, invoice_differences=True)
        cls.prepared.init(cls.sample)
        cls.prepared.run("sync")
        cls.folder = cls.sample / "invoices"
        cls.first = sorted(cls.folder.glob("*_Reconciliation.csv"))[0]
        cls.number = cls.first.name.split("_")[0]

    def setUp(self) -> None:
        super().setUp()
        shutil.copytree(self.prepared.home, self.world.home)
        self.tokens = {role: add_token(self.world, role, role)
                       for role in ("owner", "billing-engineer", "finance", "analyst")}
        self.service = Service(self.world)
        self.addCleanup(self.service.stop)

    def ask(self, method: str, path: str, body: Any = None, role: str = "owner") -> Answer:
        return self.service.request(method, path, body, token=self.tokens[role])

    def got(self, path: str, role: str = "analyst") -> dict:
        answer = self.ask("GET", path, role=role)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def invoice(self, number: str = "", path: str = LISTED) -> dict:
        return next(one for one in self.got(path)["invoices"] if one["invoice"] == (number or self.number))

    def send(self, file: Path | bytes, name: str = "lines.csv", role: str = "finance") -> dict:
        body = file if isinstance(file, bytes) else file.read_bytes()
        answer = self.service.request("POST", f"/api/v1/uploads?name={name}", body, token=self.tokens[role],
                                      Content_Type=BYTES)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def take_in(self, *uploads: dict, role: str = "finance") -> dict:
        body = {"connection": "acme", "uploads": [upload["id"] for upload in uploads]}
        job = self.service.job(self.ask("POST", "/api/v1/invoice-lines", body, role), self.tokens[role])
        self.assertEqual(job["state"], "done", job)
        return job["result"]

    def import_all(self) -> None:
        """Through the service: its job waits until the first round, which takes in runs, too, has ended."""
        self.take_in(*(self.send(file, file.name) for file in sorted(self.folder.glob("G*.csv"))))

    def check_refused(self, answer: Answer, status: int, error: str) -> None:
        self.assertEqual((answer.status, answer.problem()), (status, error), answer)

    def test_an_invoice_of_which_nothing_is_there_is_not_compared(self) -> None:
        told = self.got(LISTED)
        costs = self.world.costs("InvoiceId,BillingCurrency", "--month", MONTH)
        of_invoice = {row["InvoiceId"]: row["BilledCost"] for row in costs if row["InvoiceId"]}
        self.assertEqual({one["invoice"]: one["charges"] for one in told["invoices"]}, of_invoice)
        for one in told["invoices"]:
            self.assertEqual(one["state"], "not-compared")
            self.assertFalse({"lines", "total", "difference"} & one.keys(), "unknown is no zero")
        not_billed = {row["BillingCurrency"]: row["BilledCost"] for row in costs if not row["InvoiceId"]}
        self.assertEqual({one["currency"]: one["charges"] for one in told["not_billed"]}, not_billed)

    def test_files_are_sent_recognised_and_imported_by_finance(self) -> None:
        plain = self.send(self.first, "anything")
        with self.first.open(encoding="utf-8-sig", newline="") as lines:
            records = list(csv.DictReader(lines))
        named = sorted({record["InvoiceNumber"] for record in records})
        self.assertEqual((plain["content"], plain["invoices"], plain["months"]), ("invoice-lines", named, [MONTH]))
        self.assertEqual(plain["datasets"], ["InvoiceReconciliation"])
        self.assertEqual((plain["rows"], plain["rejected"]), (len(records), 0))
        usage = self.folder / f"{self.number}_BilledUsage.csv"
        packed = self.send(gzip.compress(usage.read_bytes()), "usage.csv.gz")
        self.assertEqual((packed["content"], packed["datasets"]), ("invoice-lines", ["DailyRatedUsage"]))
        before = self.world.costs()
        flow = self.take_in(plain, packed)
        self.assertEqual(flow["problems"], [])
        self.assertEqual({run["dataset"] for one in flow["imports"] for run in one["runs"]},
                         {"InvoiceReconciliation", "DailyRatedUsage"})
        listed = self.invoice()
        self.assertEqual(listed["compared_with"], "reconciliation")
        with usage.open(encoding="utf-8-sig", newline="") as lines:
            of_usage = list(csv.DictReader(lines))
        self.assertEqual({one["dataset"]: one["rows"] for one in listed["imports"]},
                         {dataset: sum(record["InvoiceNumber"] == self.number for record in of_file)
                          for dataset, of_file in (("InvoiceReconciliation", records), ("DailyRatedUsage", of_usage))})
        self.assertEqual(self.world.costs(), before, "no charge has changed")
        self.check_refused(self.ask("GET", f"/api/v1/uploads/{plain['id']}", role="finance"), 404, "no-such-record")
        engineer = self.send(self.first, role="billing-engineer")
        body = {"connection": "acme", "uploads": [engineer["id"]]}
        job = self.service.job(self.ask("POST", "/api/v1/imports", body, "billing-engineer"), self.tokens["owner"])
        self.assertEqual((job["state"], job["result"]["problems"]), ("done", []), job)

    def test_what_is_no_file_of_lines_is_refused(self) -> None:
        half = self.first.read_bytes()
        answer = self.service.request("POST", "/api/v1/uploads?name=half.csv", half[:len(half) // 2],
                                      token=self.tokens["finance"], Content_Type=BYTES)
        self.check_refused(answer, 400, "file-ragged")
        customers = self.send(self.sample / "customers.csv", "customers.csv")
        self.assertEqual(customers["content"], "customers")
        costs = self.send(next((self.sample / "exports/actual-cost").rglob("*.csv")), "costs.csv")
        lines = self.send(self.first)
        path, body = "/api/v1/invoice-lines", {"connection": "acme"}
        self.check_refused(self.ask("POST", path, {**body, "uploads": [customers["id"]]}, "finance"), 400,
                           "not-a-cost-file")
        self.check_refused(self.ask("POST", path, {**body, "uploads": [costs["id"]]}, "finance"), 400,
                           "file-column-missing")
        self.check_refused(self.ask("POST", path, {**body, "uploads": [lines["id"], costs["id"]]}, "finance"), 400,
                           "field-invalid")
        self.check_refused(self.ask("POST", path, {**body, "uploads": [lines["id"]]}, "owner"), 404, "no-such-record")
        self.check_refused(self.ask("POST", path, {"connection": "x", "uploads": [lines["id"]]}, "finance"), 404,
                           "no-such-connection")
        self.check_refused(self.ask("POST", path, {**body, "uploads": []}, "finance"), 400, "field-invalid")
        self.check_refused(self.ask("POST", path, {**body, "uploads": [lines["id"]]}, "analyst"), 403, "not-allowed")

    def test_lines_that_cannot_be_read_are_counted_and_the_invoice_does_not_tie(self) -> None:
        with self.first.open(encoding="utf-8-sig", newline="") as file:
            records = list(csv.DictReader(file))
        next(record for record in records if record["InvoiceNumber"] == self.number)["Subtotal"] = "1.234,56"
        text = io.StringIO()
        writer = csv.DictWriter(text, records[0].keys())
        writer.writeheader()
        writer.writerows(records)
        upload = self.send(text.getvalue().encode())
        self.assertEqual((upload["rows"], upload["rejected"]), (len(records), 1))
        self.take_in(upload)
        listed = self.invoice()
        self.assertEqual((listed["state"], listed["imports"][0]["rejected"]), ("differs", 1))
        self.assertIn("1 line could not be read", listed["reasons"])

    def test_classes_and_rows_are_those_of_the_command(self) -> None:
        self.import_all()
        by_command = self.world.run("reconcile", "--rows", "--format", "json", code=None).json()
        rows, cursor = [], ""
        while cursor is not None:
            page = self.got(f"/api/v1/reconciliation/differences?limit=7{cursor}")
            rows += page["rows"]
            cursor = f"&cursor={page['next']}" if "next" in page else None
        self.assertEqual(page["row_count"], len(rows))

        def key(row: dict) -> list[str]:
            return sorted(f"{name}={value}" for name, value in row.items() if value is not None)
        self.assertEqual(sorted(map(key, rows)), sorted(map(key, by_command)))
        sizes = [abs(Decimal(row["Difference"])) for row in rows]
        self.assertEqual(sizes, sorted(sizes, reverse=True))
        sums = self.world.run("reconcile", "--format", "json", code=None).json()
        table = self.got("/api/v1/reconciliation")
        self.assertEqual(sorted(map(key, table["rows"])),
                         sorted(key(row) for row in sums))
        for one in self.got("/api/v1/invoices")["invoices"]:
            mine = [row for row in sums if (row["InvoiceId"], row["BillingCurrency"]) == (one["invoice"],
                                                                                          one["currency"])]
            self.assertEqual({each["class"]: Decimal(each["difference"]) for each in one["classes"]},
                             {row["Class"]: Decimal(row["Difference"]) for row in mine})
            tax = sum(Decimal(row["Lines"]) for row in mine if row["Class"] == "tax")
            self.assertEqual(Decimal(one["charges"]) - Decimal(one["lines"]), Decimal(one["difference"]))
            self.assertEqual(Decimal(one["lines"]), sum(Decimal(row["Lines"]) for row in mine) - tax, "before tax")

    def test_rows_are_found_by_place_and_added_up(self) -> None:
        self.import_all()
        every = self.got(f"{DIFFERENCES}&invoice={self.number}&limit=1000")["rows"]
        for place, field in (("CustomerTenantId", "customer"), ("Subscription", "subscription"),
                             ("Product", "product")):
            groups = self.got(f"{DIFFERENCES}&invoice={self.number}&limit=1000&by={place}")
            self.assertEqual(groups["row_count"], len(groups["rows"]))
            for group in groups["rows"]:
                with self.subTest(f"{place} {group}"):
                    value = group.get(place, "")
                    mine = [row for row in every if row.get(place, "") == value
                            and row["BillingCurrency"] == group["BillingCurrency"]]
                    self.assertEqual(group["Keys"], str(len(mine)))
                    self.assertEqual(Decimal(group["Difference"]), sum(Decimal(row["Difference"]) for row in mine))
            value = groups["rows"][0].get(place, "")
            found = self.got(f"{DIFFERENCES}&invoice={self.number}&{field}={value}&limit=1000")["rows"]
            self.assertEqual(found, [row for row in every if row.get(place, "") == value])
        for row in self.got(f"{DIFFERENCES}&invoice={self.number}&class=unknown")["rows"]:
            self.assertEqual((row["Class"], row["Bound"]), ("unknown", "0"))
        with_charge = next(row for row in every if "FirstRow" in row)
        self.assertEqual(self.ask("GET", f"/api/v1/charges/{with_charge['FirstRow']}", role="analyst").status, 200)

    def test_totals_of_a_page_are_those_of_all_rows(self) -> None:
        self.import_all()
        every = self.got(f"{DIFFERENCES}&class=rounding&limit=1000")
        page = self.got(f"{DIFFERENCES}&class=rounding&limit=1")
        self.assertEqual((len(page["rows"]), page["totals"]), (1, every["totals"]))
        for total in every["totals"]:
            self.assertEqual(Decimal(total["Difference"]),
                             sum(Decimal(row["Difference"]) for row in every["rows"]
                                 if row["BillingCurrency"] == total["BillingCurrency"]))

    def test_daily_usage_is_compared_when_it_is_asked_for(self) -> None:
        self.import_all()
        usage = self.invoice(path=f"{LISTED}&dataset=DailyRatedUsage")
        self.assertEqual(usage["compared_with"], "daily usage")
        self.assertEqual(self.invoice()["compared_with"], "reconciliation")
        rows = self.got(f"{DIFFERENCES}&dataset=DailyRatedUsage&class=unknown&limit=1000")["rows"]
        self.assertTrue(rows and all("Day" in row for row in rows), "down to day, meter and resource")

    def test_files_have_what_the_answers_have(self) -> None:
        self.import_all()
        path = f"/api/v1/reconciliation/file?month={MONTH}&invoice={self.number}"
        answer = self.ask("GET", f"{path}&rows=true&exact=true", role="analyst")
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "text/csv"))
        self.assertIn(f"reconciliation-{self.number}", answer.headers["content-disposition"])
        rows = [{name: value for name, value in row.items() if value}
                for row in csv.DictReader(io.StringIO(answer.body.decode(), newline=""))]
        self.assertEqual(rows, self.got(f"{DIFFERENCES}&invoice={self.number}&limit=1000")["rows"])
        sums = list(csv.DictReader(io.StringIO(self.ask("GET", path).body.decode(), newline="")))
        self.assertEqual([row["Class"] for row in sums], [one["class"] for one in self.invoice()["classes"]])
        workbook = self.ask("GET", f"{path}&format=xlsx")
        self.assertEqual((workbook.status, workbook.body[:2]), (200, b"PK"))
        entries = self.got("/api/v1/audit?limit=1000", "owner")["items"]
        self.assertIn("dataset.download", {entry["what"] for entry in entries})

    def test_a_total_is_entered_compared_and_removed(self) -> None:
        invoice = self.invoice()
        entered = {"invoice": self.number, "month": MONTH, "currency": invoice["currency"], "total": "1.50"}
        self.check_refused(self.ask("POST", "/api/v1/invoices", entered, "analyst"), 403, "not-allowed")
        answer = self.ask("POST", "/api/v1/invoices", entered, "finance")
        self.assertEqual((answer.status, answer.json()), (201, {**entered, "total": "1.5"}))
        listed = self.invoice()
        self.assertEqual((listed["state"], listed["compared_with"], listed["total"]), ("differs", "total", "1.5"))
        self.assertEqual(Decimal(listed["difference"]), Decimal(listed["charges"]) - Decimal("1.5"))
        self.check_refused(self.ask("POST", "/api/v1/invoices", {**entered, "total": "2"}, "finance"), 409,
                           "invoice-exists")
        self.assertEqual(self.ask("DELETE", f"/api/v1/invoices/{self.number}", role="finance").status, 204)
        self.check_refused(self.ask("DELETE", f"/api/v1/invoices/{self.number}"), 404, "no-such-record")
        self.assertEqual(self.invoice()["state"], "not-compared")
        charges = Decimal(invoice["charges"])
        right = {**entered, "total": f"{charges:.2f}"}
        self.assertEqual(self.ask("POST", "/api/v1/invoices", right).status, 201)
        self.assertEqual(self.invoice()["state"], "ties")

    def test_what_is_wrong_in_a_total_is_said(self) -> None:
        right = {"invoice": "G1", "month": MONTH, "currency": "EUR", "total": "1"}
        for field, value in (("invoice", "G 1"), ("invoice", ""), ("month", "2026-13"), ("currency", "Euro"),
                             ("total", "1,5"), ("total", "1e3"), ("total", "0.0000000000000000001")):
            with self.subTest(f"{field} {value}"):
                self.check_refused(self.ask("POST", "/api/v1/invoices", {**right, field: value}), 400, "field-invalid")
        for field in right:
            with self.subTest(field):
                body = {name: value for name, value in right.items() if name != field}
                self.check_refused(self.ask("POST", "/api/v1/invoices", body), 400, "field-missing")

    def test_questions_that_make_no_sense_are_refused(self) -> None:
        for query in ("class=Rounding", "by=Customer", "month=October", "invoice=a/b", "currency=euro", "limit=0",
                      "dataset=ActualCost"):
            with self.subTest(query):
                self.check_refused(self.ask("GET", f"/api/v1/reconciliation/differences?{query}"), 400,
                                   "field-invalid")
        self.check_refused(self.ask("GET", "/api/v1/reconciliation/differences?cursor=nonsense"), 400,
                           "cursor-invalid")
        self.check_refused(self.ask("GET", "/api/v1/invoices?connection=nonsense"), 404, "no-such-connection")

    def test_a_change_is_seen_at_once(self) -> None:
        self.assertEqual(self.invoice()["state"], "not-compared")
        self.import_all()
        with_lines = self.invoice()
        self.assertEqual(with_lines["compared_with"], "reconciliation")
        self.assertEqual(self.invoice(), with_lines)
        (ours,) = [one["import"] for one in with_lines["imports"] if one["dataset"] == "InvoiceReconciliation"]
        self.world.run("imports", "withdraw", ours, "--reason", "the wrong file")
        self.assertEqual(self.invoice()["compared_with"], "daily usage")


if __name__ == "__main__":
    service_harness.main()
    unittest.main()
