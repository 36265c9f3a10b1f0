"""Microsoft's lines of an invoice as imports: recognised, whole or not at all, superseded, compared with charges."""
import contextlib
import csv
import gzip
import io
import json
import shutil
import unittest
from decimal import Decimal
from pathlib import Path

import harness
from harness import BAD_INPUT, CHECK_FAILED, USAGE, World, WorldTest, latest_run, newer_run

OCTOBER = "2026-10"
RECONCILIATION, USAGE_LINES = "InvoiceReconciliation", "DailyRatedUsage"


class Invoices(WorldTest):
    prepared: World

    @classmethod
    def setUpClass(cls) -> None:
        cls.prepared = World()
        cls.addClassCleanup(cls.prepared.close)
        sample = cls.prepared.sample(seed=7, rows=400, months=OCTOBER, customers=4, no_focus=True, invoices=True)
        cls.prepared.init(sample)
        cls.prepared.run("sync")
        cls.invoices = sample / "invoices"

    def setUp(self) -> None:
        super().setUp()
        shutil.copytree(self.prepared.home, self.world.home)
        self.first = sorted(self.invoices.glob("*_Reconciliation.csv"))[0]
        self.number = self.number_of(self.first)
        self.currency = self.records(self.first)[0]["Currency"]
        self.usage = self.invoices / f"{self.number}_BilledUsage.csv"

    def number_of(self, path: Path) -> str:
        return path.name.split("_")[0]

    def imports(self) -> list[dict]:
        listed = self.world.run("imports", "list", "--json").json()["imports"]
        return [one for one in listed if one["dataset"] in (RECONCILIATION, USAGE_LINES)]

    def take_in(self, path: Path, *more: str, code: int = harness.DONE) -> harness.Outcome:
        return self.world.run("import", path, "--connection", "acme", *more, code=code)

    def reconcile(self, *more: object, code: int = harness.DONE) -> list[dict]:
        return self.world.run("reconcile", "--format", "csv", *more, code=code).rows()

    def write(self, name: str, text: str) -> Path:
        path = self.world.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def records(self, path: Path) -> list[dict]:
        return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))

    def as_csv(self, records: list[dict]) -> str:
        out = io.StringIO()
        writer = csv.DictWriter(out, records[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
        return out.getvalue()

    def test_what_was_imported_is_compared_as_the_file_is(self) -> None:
        for path, more in ((self.first, ()), (self.usage, ("--daily-usage",))):
            with self.subTest(path.name):
                of_file = self.reconcile(path)
                rows_of_file = self.reconcile(path, "--rows")
                self.take_in(path)
                self.assertEqual(self.reconcile("--invoice", self.number, *more), of_file)
                rows = self.reconcile("--invoice", self.number, "--rows", *more)
                places = [row["FirstLine"] for row in rows if row["FirstLine"]]
                self.assertTrue(all(place.startswith(path.name + ":") for place in places))
                without_place = [{**row, "FirstLine": row["FirstLine"].rsplit("/", 1)[-1]} for row in rows_of_file]
                self.assertEqual(rows, without_place)

    def test_a_folder_of_all_kinds_is_taken_in_and_the_same_again_changes_nothing(self) -> None:
        by = "Month,CustomerId,BillingCurrency,x_ImportId"
        costs, months = self.world.costs(by), self.world.months()
        outcome = self.take_in(self.invoices)
        self.assertEqual(len(self.imports()), len(list(self.invoices.glob("*.csv"))))
        self.assertEqual({one["state"] for one in self.imports()}, {"in force"})
        self.assertEqual({one["month"] for one in self.imports()}, {OCTOBER})
        self.assertIn(f"{RECONCILIATION} of {self.number}", outcome.talk)
        before = self.imports(), self.world.lake_files()
        self.assertIn("already imported", self.take_in(self.invoices).talk)
        self.assertEqual((self.imports(), self.world.lake_files()), before)
        self.assertEqual((self.world.costs(by), self.world.months()), (costs, months))
        self.assertTrue(self.world.prove()["holds"])
        self.world.run("doctor")

    def test_json_lines_and_gzip_are_told_by_their_columns_whatever_they_are_called(self) -> None:
        lines = "".join(json.dumps(record) + "\n" for record in self.records(self.first))
        packed = self.world.folder / "part-0000.data"
        packed.write_bytes(gzip.compress(lines.encode()))
        of_file = self.reconcile(packed)
        self.take_in(packed)
        self.assertEqual([one["dataset"] for one in self.imports()], [RECONCILIATION])
        self.assertEqual(self.reconcile(), of_file)

    def test_a_newer_file_supersedes_and_the_older_one_comes_back(self) -> None:
        self.take_in(self.first)
        old = self.reconcile()
        records = self.records(self.first)
        newer = self.write("newer/" + self.first.name, self.as_csv(records[:-1]))
        self.take_in(newer)
        self.assertEqual([one["state"] for one in self.imports()], ["not in force", "in force"])
        self.assertNotEqual(self.reconcile(), old)
        self.take_in(self.first)  # the older one is there, and stays superseded
        self.assertEqual([one["state"] for one in self.imports()], ["not in force", "in force"])
        self.world.run("imports", "withdraw", self.imports()[1]["import"], "--reason", "the wrong file")
        self.assertEqual([one["state"] for one in self.imports()], ["in force", "withdrawn"])
        self.assertEqual(self.reconcile(), old)

    def test_half_a_file_is_not_taken_in(self) -> None:
        text = self.first.read_bytes()
        record = json.dumps(self.records(self.first)[0]).encode()
        halves = {"half.csv": text[: len(text) // 2], "half.csv.gz": gzip.compress(text)[:-12],
                  "half.json": record + b"\n" + record[: len(record) // 2]}
        files = self.world.lake_files()
        for name, half in halves.items():
            with self.subTest(name):
                path = self.world.folder / name
                path.write_bytes(half)
                self.assertIn(name, self.take_in(path, code=BAD_INPUT).talk)
                self.assertEqual(self.imports(), [])
                self.assertEqual(self.world.lake_files(), files)

    def test_bad_lines_are_rejects_and_the_invoice_does_not_tie(self) -> None:
        records = self.records(self.first)
        records[1]["Subtotal"] = "1.234,56"
        bad = self.write("bad.csv", self.as_csv(records))
        outcome = self.take_in(bad, code=BAD_INPUT)
        self.assert_tells(outcome, "bad.csv, line 3, column Subtotal", "1.234,56", "spreadsheet")
        only = self.imports()[0]
        self.assertEqual((only["rejected"], only["rows"]), (1, len(records) - 1))
        self.assertIn("could not be read", self.world.run("reconcile", code=CHECK_FAILED).talk)
        self.take_in(self.first)
        self.reconcile()
        records[2]["Subtotal"] = "lost"
        self.take_in(self.write("worse.csv", self.as_csv(records)), code=BAD_INPUT)
        self.assertEqual([one["state"] for one in self.imports()], ["not in force", "in force", "not in force"])

    def test_a_file_without_any_line_that_can_be_read_is_refused(self) -> None:
        records = [{**record, "Subtotal": "?"} for record in self.records(self.first)]
        outcome = self.take_in(self.write("spoiled.csv", self.as_csv(records)), code=BAD_INPUT)
        self.assertIn(f"no line of invoice {self.number} can be read", outcome.talk)
        self.assertEqual(self.imports(), [])

    def test_a_file_with_two_invoices_becomes_two_imports(self) -> None:
        records = self.records(self.first)
        other = [{**record, "InvoiceNumber": "G999", "Currency": "JPY"} for record in records[:3]]
        self.take_in(self.write("two.csv", self.as_csv(records + other)))
        self.assertEqual(sorted(one["run_id"] for one in self.imports()), sorted([self.number, "G999"]))
        self.assertEqual(sorted(one["rows"] for one in self.imports()), sorted([3, len(records)]))
        self.assertEqual(self.reconcile("--invoice", self.number), self.reconcile(self.first))

    def test_parts_belong_together_and_two_downloads_do_not(self) -> None:
        records = self.records(self.first)
        half = len(records) // 2
        self.write("parts/part_0.csv", self.as_csv(records[:half]))
        self.write("parts/part_1.csv", self.as_csv(records[half:]))
        self.write("parts/copy of part_1.csv", self.as_csv(records[half:]))
        self.take_in(self.world.folder / "parts")
        self.assertEqual([one["rows"] for one in self.imports()], [len(records)])
        self.assertEqual(self.reconcile(), self.reconcile(self.first))
        self.write("twice/a.csv", self.as_csv(records[:-1]))
        self.write("twice/b.csv", self.as_csv(records))
        outcome = self.take_in(self.world.folder / "twice", code=BAD_INPUT)
        self.assertIn("two downloads", outcome.talk)
        self.assertEqual(len(self.imports()), 1)

    def test_lines_in_two_folders_have_no_order(self) -> None:
        records = self.records(self.first)
        self.write("all/old/lines.csv", self.as_csv(records[:-2]))
        self.write("all/new/lines.csv", self.as_csv(records))
        self.take_in(self.world.folder / "all", code=BAD_INPUT)
        self.assertEqual(len(self.imports()), 1)
        self.take_in(self.world.folder / "all/old")
        self.take_in(self.world.folder / "all")
        self.assertEqual(len(self.imports()), 2)

    def test_lines_that_are_not_billed_yet_are_not_taken_in(self) -> None:
        records = [{**record, "InvoiceNumber": ""} for record in self.records(self.usage)]
        outcome = self.take_in(self.write("unbilled.csv", self.as_csv(records)), code=BAD_INPUT)
        self.assertIn("no line of the file says which invoice it is of", outcome.talk)
        self.assertEqual(self.imports(), [])

    def test_it_is_planned_before_it_is_done(self) -> None:
        plan = self.take_in(self.first, "--dry-run", "--json").json()
        self.assertEqual([one["dataset"] for one in plan["would_import"]], [RECONCILIATION])
        self.assertEqual(self.imports(), [])
        self.take_in(self.first)
        plan = self.take_in(self.first, "--dry-run", "--json").json()
        self.assertEqual((plan["would_import"], plan["already_there"]), ([], 1))

    def test_without_lines_reconcile_says_what_to_import(self) -> None:
        self.assertIn("apportion import", self.world.run("reconcile", code=USAGE).talk)
        self.take_in(self.first)
        self.world.run("reconcile", "--invoice", "G0", code=USAGE)
        self.world.run("reconcile", "--month", "2026-07", code=USAGE)
        self.world.run("reconcile", "--daily-usage", code=USAGE)
        self.reconcile("--month", OCTOBER)

    def total(self, path: Path) -> str:
        """The sum of the lines of a reconciliation, exactly."""
        return str(sum(Decimal(record["Subtotal"]) for record in self.records(path)))

    def enter(self, total: str, *more: str, code: int = harness.DONE) -> harness.Outcome:
        return self.world.run("invoice", "add", self.number, "--month", OCTOBER, "--currency", self.currency, "--total",
                              total, *more, code=code)

    def synced(self, *more: object, lock: int = 1) -> str:
        """The state of the month after a sync that may lock what is invoiced."""
        self.world.run("config", "set", "months.lock-invoiced", lock)
        self.world.run("sync", *more)
        return self.world.months()[0]["state"]

    def test_a_month_locks_itself_when_all_its_invoices_tie(self) -> None:
        for path in sorted(self.invoices.glob("*_Reconciliation.csv"))[1:]:
            self.take_in(path)
        self.assertEqual(self.synced(), "complete")  # one invoice has no lines
        records = self.records(self.first)
        self.take_in(self.write("doubled.csv", self.as_csv([*records, records[0]])))
        self.assertEqual(self.synced(), "complete")  # one does not tie
        self.take_in(self.first)
        self.assertEqual(self.synced(lock=0), "complete")
        self.world.run("config", "set", "months.lock-invoiced", 1)
        self.assertIn("its invoices tie", self.world.run("sync").talk)
        self.assertEqual(self.world.months()[0]["state"], "locked")
        self.assertIn("month.lock", self.world.run("audit", "show").out)

    def test_a_month_locks_itself_by_totals_that_were_entered(self) -> None:
        by_invoice = self.world.costs("InvoiceId,BillingCurrency")
        self.assertGreater(len(by_invoice), 1)

        def enter(row: dict, wrong_by: int = 0) -> None:
            currency = row["BillingCurrency"]
            total = Decimal(row["BilledCost"]).quantize(Decimal("1" if currency in ("JPY", "KRW") else "0.01"))
            self.world.run("invoice", "add", row["InvoiceId"], "--month", OCTOBER, "--currency", currency, "--total",
                           f"{total + wrong_by:f}")

        first, *others = by_invoice
        enter(first, wrong_by=1)
        for row in others:
            enter(row)
        self.assertEqual(self.synced(), "complete")
        self.world.run("invoice", "remove", first["InvoiceId"])
        enter(first)
        self.assertEqual(self.synced(), "locked")

    def test_a_month_with_a_charge_that_names_no_invoice_stays_open_to_changes(self) -> None:
        with contextlib.closing(World()) as world:
            sample = world.sample(seed=7, rows=400, months=OCTOBER, customers=4, no_focus=True, invoices=True)
            for export in ("actual-cost", "amortized-cost"):
                part = latest_run(sample, export, OCTOBER).part()
                rows = part.rows()
                invoice, cost = rows[0].index("invoiceId"), rows[0].index("costInBillingCurrency")
                at = next(i for i, row in enumerate(rows) if i > 0 and Decimal(row[cost]) != 0)
                rows[at][invoice] = ""
                part.write_rows(rows)
            world.init(sample)
            world.run("sync")
            world.run("import", sample / "invoices", "--connection", "acme")
            world.run("config", "set", "months.lock-invoiced", 1)
            world.run("sync")
            self.assertEqual(world.months()[0]["state"], "complete")

    def test_what_comes_after_an_invoiced_month_is_a_late_change(self) -> None:
        with contextlib.closing(World()) as world:
            sample = world.sample(seed=7, rows=400, months=OCTOBER, customers=4, no_focus=True, invoices=True)
            world.init(sample)
            world.run("config", "set", "months.lock-invoiced", 1)
            world.run("sync")
            world.run("import", sample / "invoices", "--connection", "acme")
            world.run("sync")
            self.assertEqual(world.months()[0]["state"], "locked")
            before = world.costs()
            for export in ("actual-cost", "amortized-cost"):
                part = newer_run(sample, export, OCTOBER, 50).part()
                rows = part.rows()
                rows[1][rows[0].index("costInBillingCurrency")] = "1234567.5"
                part.write_rows(rows)
            world.run("sync")
            self.assertEqual(world.costs(), before)
            late = world.run("months", "late", "--json").json()
            self.assertEqual([one["because"] for one in late["late"]], ["locked"])

    def test_a_total_that_was_entered_is_compared_with_lines_or_else_with_charges(self) -> None:
        total = self.total(self.first)
        self.enter(total)
        only = self.reconcile("--totals", code=None)
        self.assertEqual([(one["InvoiceId"], one["Lines"], one["Total"]) for one in only], [(self.number, "", total)])
        charges = only[0]["Charges"]
        self.assertEqual(Decimal(only[0]["Difference"]), Decimal(charges) - Decimal(total))
        self.world.run("invoice", "remove", self.number)
        self.enter(str(Decimal(charges).quantize(Decimal("0.01"))))
        self.assertEqual([one["Ties"] for one in self.reconcile()], ["yes"])  # without lines, totals are the answer
        self.take_in(self.first)
        self.assertIn("its lines come to another total", self.world.run("reconcile", code=CHECK_FAILED).talk)
        self.world.run("invoice", "remove", self.number)
        self.enter(total)
        self.assertEqual({one["Class"] for one in self.reconcile()} - {"equal", "rounding"}, set())
        self.assertEqual([one["Ties"] for one in self.reconcile("--totals")], ["yes"])

    def test_an_invoice_is_entered_once_listed_and_removed_with_a_trace(self) -> None:
        self.enter("1.50")
        self.enter("1.5")  # the same
        self.assertIn("entered before", self.enter("1.51", code=USAGE).talk)
        listed = self.world.run("invoice", "list", "--json").json()["invoices"]
        wanted = {"invoice": self.number, "month": OCTOBER, "currency": self.currency, "total": "1.5",
                  "source": "entered"}
        self.assertEqual(listed, [wanted])
        self.world.run("invoice", "remove", self.number)
        self.world.run("invoice", "remove", self.number, code=USAGE)
        self.assertEqual(self.world.run("invoice", "list", "--json").json(), {"invoices": []})
        log = self.world.run("audit", "show").out
        self.assertIn("invoice.add", log)
        self.assertIn("invoice.remove", log)

    def test_what_cannot_be_an_invoice_is_not_entered(self) -> None:
        self.assertIn("with a point", self.enter("1.234,56", code=USAGE).talk)
        month = ("--month", OCTOBER)
        self.world.run("invoice", "add", "G 1", "--currency", "EUR", "--total", "1", *month, code=USAGE)
        self.world.run("invoice", "add", "G1", "--currency", "Euro", "--total", "1", *month, code=USAGE)
        self.world.run("invoice", "add", "G1", "--currency", "EUR", "--total", "1", code=USAGE)

    def test_a_total_in_another_currency_or_of_no_charge_does_not_tie(self) -> None:
        self.world.run("invoice", "add", self.number, "--month", OCTOBER, "--currency", "JPY", "--total", "1")
        self.world.run("invoice", "add", "G0", "--month", OCTOBER, "--currency", "EUR", "--total", "0")
        rows = {one["InvoiceId"]: one for one in self.reconcile("--totals", code=CHECK_FAILED)}
        self.assertEqual(rows[self.number]["Reason"], f"what is there of it is in {self.currency}")
        self.assertEqual(rows["G0"]["Reason"], "no charge names it")
        self.assertEqual(self.reconcile("--totals", "--month", "2026-07"), [])

    def test_the_proof_has_a_block_for_the_invoices_that_are_there(self) -> None:
        self.assertNotIn("invoices", self.world.prove())
        self.take_in(self.first)
        proof = self.world.prove()
        only = proof["invoices"][0]
        self.assertTrue(proof["holds"] and only["holds"])
        self.assertEqual((only["invoice"], only["currency"], only["compared_with"]),
                         (self.number, self.currency, "reconciliation"))
        self.assertEqual(Decimal(only["lines"]), Decimal(self.total(self.first)))
        self.assertEqual(Decimal(only["difference"]), Decimal(only["charges"]) - Decimal(only["lines"]))
        self.assertIn(self.number, self.world.run("prove", "--month", OCTOBER).out)
        self.take_in(self.invoices)
        reconciliations = len(list(self.invoices.glob("*_Reconciliation.csv")))
        self.assertEqual([one["compared_with"] for one in self.world.prove()["invoices"]],
                         ["reconciliation"] * reconciliations)

    def test_an_invoice_that_does_not_tie_keeps_the_proof_from_holding(self) -> None:
        self.enter("1.00")
        proof = self.world.prove(CHECK_FAILED)
        self.assertEqual([month["holds"] for month in proof["months"]], [True])
        self.assertEqual([one["compared_with"] for one in proof["invoices"]], ["total"])
        self.assertIn("charges come to another total", self.world.run("prove", code=CHECK_FAILED).talk)
        self.world.run("invoice", "remove", self.number)
        records = self.records(self.first)
        records[0]["Subtotal"] = str(Decimal(records[0]["Subtotal"]) + 7)
        self.take_in(self.write("changed.csv", self.as_csv(records)))
        self.assertIn("no reason explains", self.world.prove(CHECK_FAILED)["invoices"][0]["reasons"][0])
        self.world.run("imports", "withdraw", self.imports()[0]["import"], "--reason", "changed by hand")
        records[0]["Subtotal"] = self.records(self.first)[0]["Subtotal"]
        self.take_in(self.write("doubled.csv", self.as_csv([*records, records[0]])))
        self.assertIn("doubled-lines", self.world.prove(CHECK_FAILED)["invoices"][0]["reasons"][0])
        self.world.run("imports", "withdraw", self.imports()[1]["import"], "--reason", "changed by hand")
        records[0]["Subtotal"] = "?"
        self.take_in(self.write("rejected.csv", self.as_csv(records)), code=BAD_INPUT)
        self.assertIn("1 line could not be read", self.world.prove(CHECK_FAILED)["invoices"][0]["reasons"])
        self.world.run("imports", "withdraw", self.imports()[2]["import"], "--reason", "changed by hand")
        self.assertNotIn("invoices", self.world.prove())

    def test_other_files_are_refused(self) -> None:
        self.take_in(self.write("notes.csv", "a,b\n1,2\n"), code=BAD_INPUT)
        self.take_in(self.write("lacks.csv", "PartnerId,InvoiceNumber,CustomerId\np,G1,c\n"), code=BAD_INPUT)

    def test_a_backup_holds_them(self) -> None:
        self.take_in(self.invoices)
        before = self.reconcile()
        self.world.run("backup", "--to", self.world.folder / "backup")
        self.world.run("restore", "--from", self.world.folder / "backup", "--home", self.world.folder / "restored")
        self.world.home = self.world.folder / "restored"
        self.assertEqual(self.reconcile(), before)
        path = next(file for file in sorted(self.world.home.glob("lake/invoice_lines/**/*.parquet")))
        path.write_bytes(path.read_bytes()[:-1])
        self.world.run("reconcile", code=None)
        self.assertIn("invoice_lines", self.world.run("doctor", code=CHECK_FAILED).talk
                      + self.world.run("doctor", code=CHECK_FAILED).out)


if __name__ == "__main__":
    harness.main()
    unittest.main()
