"""What bad input gets: a clear message, the right exit code, nothing lost, nothing half-published.

Most tests play the same story: both months are published; then a later run of October arrives that is broken, together
with good later runs of September. October must stay as it was, September must be taken, and once October's runs are
mended everything must be as if nothing had happened.
"""
import fcntl
import json
import os
import re
import resource
import shutil
import subprocess
import unittest
from pathlib import Path
from typing import Callable

import harness
import oracle
from harness import (BAD_INPUT, CHECK_FAILED, DONE, LOCKED, REFUSED, USAGE, Outcome, Part, RunFolder, WorldTest,
                     latest_run, lower_limit, runs_of)

BY_CUSTOMER = "CustomerId,BillingCurrency"
SEPTEMBER, OCTOBER = "2026-09", "2026-10"
NOBODY = 65534


class BadRunTest(WorldTest):
    """The story above; `arrive` lets the later runs of a sample appear."""

    format = "csv"

    @classmethod
    def setUpClass(cls) -> None:
        """The state before the later runs is made once; each test gets it in the same place, which the home names."""
        super().setUpClass()
        cls.shared = harness.World()
        cls.start = harness.World()
        cls.addClassCleanup(cls.shared.close)
        cls.addClassCleanup(cls.start.close)
        cls.sample = cls.shared.sample(seed=51, rows=700, customers=6, no_focus=True, format=cls.format)
        cls.aside = cls.shared.folder / "aside"
        cls.late = {(export, month): latest_run(cls.sample, export, month).folder
                    for export in ("actual-cost", "amortized-cost") for month in (SEPTEMBER, OCTOBER)}
        for folder in cls.late.values():
            (cls.aside / folder.relative_to(cls.sample)).parent.mkdir(parents=True)
            folder.rename(cls.aside / folder.relative_to(cls.sample))
        cls.shared.init(cls.sample)
        cls.shared.run("sync")
        shutil.copytree(cls.shared.folder, cls.start.folder, dirs_exist_ok=True)

    def setUp(self) -> None:
        self.world = self.shared
        shutil.rmtree(self.world.folder)
        shutil.copytree(self.start.folder, self.world.folder)

    def arrive(self, export: str, month: str) -> RunFolder:
        folder = self.late[export, month]
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.aside / folder.relative_to(self.sample), folder)
        return RunFolder(folder)

    def of_october(self) -> str:
        costs = self.world.run("report", "costs", "--by", f"{BY_CUSTOMER},x_ImportId", "--month", OCTOBER,
                               "--format", "csv").out
        proof = self.world.run("prove", "--json", "--month", OCTOBER).out
        return costs + proof + json.dumps(self.world.months("--month", OCTOBER))

    def check_refused(self, spoil: Callable[[RunFolder], None], *told: str, export: str = "actual-cost") -> Outcome:
        before = self.of_october()
        for kind in ("actual-cost", "amortized-cost"):
            self.arrive(kind, SEPTEMBER)
        spoil(self.arrive(export, OCTOBER))
        outcome = self.world.run("sync", code=BAD_INPUT)
        self.assert_tells(outcome, *told)
        self.assertRegex(outcome.talk, r"(?m)^  next: \S")
        self.assertEqual(self.of_october(), before)
        self.assert_same_costs(self.world.costs(BY_CUSTOMER, "--month", SEPTEMBER),
                               oracle.Bill.of_sample(self.sample, months={SEPTEMBER}).costs(BY_CUSTOMER))
        self.assertEqual(self.world.run("sync", code=BAD_INPUT).talk.count(": imported"), 0)  # reported again
        self.check_mended()
        return outcome

    def check_mended(self) -> None:
        for kind in ("actual-cost", "amortized-cost"):
            self.arrive(kind, OCTOBER)
        self.world.run("sync")
        self.assert_same_costs(self.world.costs(BY_CUSTOMER), oracle.Bill.of_sample(self.sample).costs(BY_CUSTOMER))
        self.assertTrue(self.world.prove()["holds"])


def drop_columns(*names: str) -> Callable[[RunFolder], None]:
    def spoil(run: RunFolder) -> None:
        rows = run.part().rows()
        places = {rows[0].index(name) for name in names}
        run.part().write_rows([[cell for place, cell in enumerate(row) if place not in places] for row in rows])

    return spoil


class BrokenRunsTest(BadRunTest):
    def test_part_missing(self) -> None:
        self.check_refused(lambda run: run.part().path.unlink(), "the run is not complete", "part_0_0001.csv")

    def test_part_larger_than_stated(self) -> None:
        def spoil(run: RunFolder) -> None:
            self.size = run.part().path.stat().st_size
            with run.part().path.open("ab") as file:
                file.write(b"more\n")

        outcome = self.check_refused(spoil, "the run is not complete", "part_0_0001.csv")
        self.assert_tells(outcome, str(self.size), str(self.size + 5))

    def test_part_smaller_than_stated(self) -> None:
        def spoil(run: RunFolder) -> None:
            self.size = run.part().path.stat().st_size
            os.truncate(run.part().path, self.size - 7)

        outcome = self.check_refused(spoil, "the run is not complete", "part_0_0001.csv")
        self.assert_tells(outcome, str(self.size), str(self.size - 7))

    def test_part_ends_within_a_row(self) -> None:
        def spoil(run: RunFolder) -> None:
            run.part().write_bytes(run.part().path.read_bytes()[:-40])

        before = self.world.costs(BY_CUSTOMER)
        spoil(self.arrive("actual-cost", OCTOBER))
        outcome = self.world.run("sync", code=BAD_INPUT)
        self.assert_tells(outcome, "part_0_0001.csv")
        self.assertEqual(self.world.costs(BY_CUSTOMER), before)
        self.assertTrue(self.world.prove()["holds"])
        self.check_mended()

    def test_fewer_rows_than_stated(self) -> None:
        def spoil(run: RunFolder) -> None:
            lines = run.part().read().splitlines(keepends=True)
            run.part().write("".join(lines[:-3]))

        outcome = self.check_refused(spoil, "does not hold the number of rows", "part_0_0001.csv")
        self.assertRegex(outcome.talk, r"\d+ rows were read; the manifest states \d+")

    def test_manifest_is_not_json(self) -> None:
        def spoil(run: RunFolder) -> None:
            manifest = run.folder / "manifest.json"
            lines = manifest.read_text(encoding="utf-8").splitlines()
            lines[2] = '  "byteCount": oops,'
            manifest.write_text("\n".join(lines), encoding="utf-8")

        self.check_refused(spoil, "the manifest is not JSON", "manifest.json, line 3, column 16")

    def test_manifest_is_cut_off(self) -> None:
        def spoil(run: RunFolder) -> None:
            os.truncate(run.folder / "manifest.json", 300)

        self.check_refused(spoil, "the manifest is not JSON", "manifest.json, line ")

    def test_manifest_names_a_blob_outside(self) -> None:
        for name in ("../../../secret.csv", "/etc/passwd", "exports/actual-cost/../../secret.csv"):
            with self.subTest(name=name):
                self.setUp()
                (self.world.folder / "secret.csv").write_text("secret\n1\n", encoding="utf-8")

                def spoil(run: RunFolder, name: str = name) -> None:
                    run.manifest["blobs"][0]["blobName"] = name
                    run.write_manifest()

                outcome = self.check_refused(spoil, name.rsplit("/", 1)[1], "manifest.json")
                self.assertNotIn("secret\n1", outcome.talk)

    def test_manifest_counts_do_not_add_up(self) -> None:
        def spoil(run: RunFolder) -> None:
            run.manifest["dataRowCount"] += 1
            run.write_manifest()

        self.check_refused(spoil, "manifest.json", "dataRowCount")

    def test_two_manifests_for_one_run(self) -> None:
        def spoil(run: RunFolder) -> None:
            other = run.folder.with_name("00000000-1111-4222-8333-444444444444")
            shutil.copytree(run.folder, other)
            twin = RunFolder(other)
            self.addCleanup(shutil.rmtree, other, ignore_errors=True)
            self.other = other
            twin.manifest["runInfo"]["submittedTime"] = "2026-11-07T01:02:03.0000000Z"
            for blob in twin.manifest["blobs"]:
                blob["blobName"] = blob["blobName"].replace(run.folder.name, other.name)
            twin.write_manifest()

        before = self.of_october()
        spoil(self.arrive("actual-cost", OCTOBER))
        outcome = self.world.run("sync", code=BAD_INPUT)
        self.assert_tells(outcome, "same run", self.other.name)
        self.assertEqual(self.of_october(), before)
        shutil.rmtree(self.other)
        self.check_mended()

    def test_columns_missing(self) -> None:
        self.check_refused(drop_columns("billingCurrency"), "lacks a column", "`billingCurrency`", "part_0_0001.csv")

    def test_cost_column_missing(self) -> None:
        self.check_refused(drop_columns("costInBillingCurrency"), "lacks a column", "`costInBillingCurrency`")

    def test_no_cost_file_at_all(self) -> None:
        self.check_refused(lambda run: run.part().write_rows([["name", "size"], ["a", "1"]]),
                           "this is not an Azure cost file", "part_0_0001.csv", "name, size")

    def test_dates_that_can_be_read_both_ways(self) -> None:
        def spoil(run: RunFolder) -> None:
            rows = run.part().rows()
            for name in ("date", "billingPeriodStartDate", "billingPeriodEndDate", "servicePeriodStartDate",
                         "servicePeriodEndDate", "exchangeRateDate"):
                place = rows[0].index(name)
                for row in rows[1:]:
                    row[place] = "05/06/2026" if name == "date" else ""
            run.part().write_rows(rows)

        self.check_refused(spoil, "the dates in this file cannot be read", "`05/06/2026`", "part_0_0001.csv",
                           "month/day")

    def test_open_quote(self) -> None:
        def spoil(run: RunFolder) -> None:
            lines = run.part().read().splitlines(keepends=True)
            lines[20] = '"' + lines[20]
            run.part().write("".join(lines))

        self.check_refused(spoil, "part_0_0001.csv", "line 21")

    def test_run_of_another_dataset_is_told(self) -> None:
        run = self.arrive("actual-cost", OCTOBER)
        run.manifest["exportConfig"]["type"] = "AmortizedCost"
        run.write_manifest()
        before = self.of_october()
        outcome = self.world.run("sync")
        self.assert_tells(outcome, "left 1 thing alone")
        self.assert_tells(self.world.run("sync", "--verbose"), "AmortizedCost", str(run.folder))
        self.assertEqual(self.of_october(), before)
        self.check_mended()

    def test_amortized_run_is_broken(self) -> None:
        self.check_refused(lambda run: run.part().path.unlink(), "the run is not complete", export="amortized-cost")

    def test_errors_as_json(self) -> None:
        self.arrive("actual-cost", OCTOBER).part().path.unlink()
        outcome = self.world.run("sync", "--json", code=BAD_INPUT)
        problems = outcome.json()["problems"]
        self.assertEqual([problem["code"] for problem in problems], ["bad_input"])
        self.assertEqual(harness.parse_json(outcome.talk)["error"]["exit_code"], BAD_INPUT)
        for key in ("what", "where", "why", "next"):
            self.assertTrue(problems[0][key], key)


class BrokenGzipTest(BadRunTest):
    format = "csv.gz"

    def test_truncated_gzip(self) -> None:
        def spoil(run: RunFolder) -> None:
            data = run.part().path.read_bytes()
            run.part().write_bytes(data[:len(data) * 2 // 3])

        self.check_refused(spoil, "part_0_0001.csv.gz", "gzip")

    def test_damaged_gzip(self) -> None:
        def spoil(run: RunFolder) -> None:
            data = bytearray(run.part().path.read_bytes())
            middle = len(data) // 2
            data[middle:middle + 64] = bytes(64)
            run.part().write_bytes(bytes(data))

        self.check_refused(spoil, "part_0_0001.csv.gz")

    def test_no_gzip_at_all(self) -> None:
        self.check_refused(lambda run: run.part().write_bytes(b"<html>not found</html>\n"), "part_0_0001.csv.gz")


class BrokenParquetTest(BadRunTest):
    format = "parquet"

    def test_truncated_parquet(self) -> None:
        def spoil(run: RunFolder) -> None:
            data = run.part().path.read_bytes()
            run.part().write_bytes(data[:len(data) // 2])

        before = self.of_october()
        spoil(self.arrive("actual-cost", OCTOBER))
        outcome = self.world.run("sync", code=BAD_INPUT)
        self.assert_tells(outcome, ".parquet", "next:")
        self.assertEqual(self.of_october(), before)
        for kind in ("actual-cost", "amortized-cost"):
            self.arrive(kind, OCTOBER)
            self.arrive(kind, SEPTEMBER)
        self.world.run("sync")
        self.assertTrue(self.world.prove()["holds"])


class RejectsTest(BadRunTest):
    """Bad rows are kept and named; what is published stays until a better run comes or somebody accepts."""

    def check_reject(self, column: str, value: str, reason: str) -> Outcome:
        run = self.arrive("actual-cost", OCTOBER)
        self.arrive("amortized-cost", OCTOBER)
        part = run.part()
        row = 17
        lines_before = "".join(self.lines_of(part)[:row])
        line = lines_before.count("\n") + 1
        part.set_cell(row, column, value)
        outcome = self.world.run("sync", code=BAD_INPUT)
        self.assert_tells(outcome, "part_0_0001.csv", f"line {line}", column, value, reason)
        self.assert_held()
        return outcome

    def assert_held(self) -> None:
        month = self.world.months("--month", OCTOBER)[0]
        self.assertEqual((month["rejected"], month["split"]), (0, True))
        rejected = [run["rejected"] for run in month["runs"] if not run["in_force"]]
        self.assertIn(1, rejected)
        late = self.world.run("months", "late", "--json").json()["late"]
        self.assertEqual([one["because"] for one in late], ["rejects"])
        self.assertTrue(self.world.prove()["holds"])

    def check_accepted(self) -> None:
        """The month is split without the row, and says so."""
        self.world.run("split", "--accept-rejects")
        month = self.world.months("--month", OCTOBER)[0]
        self.assertEqual((month["state"], month["rejected"], month["split"]), ("partial", 1, True))
        proof = self.world.prove(CHECK_FAILED, "--month", OCTOBER)
        rows = proof["months"][0]["rows"]
        self.assertEqual((rows["source"], rows["rejected"]), (rows["stored"] + 1, 1))
        self.assertTrue(any("reject" in reason for reason in proof["months"][0]["reasons"]))
        self.assertTrue(self.world.prove(DONE, "--month", SEPTEMBER)["holds"])

    @staticmethod
    def lines_of(part: Part) -> list[str]:
        """The records of a part as they will be written, with the line breaks in them."""
        import csv
        import io
        records = []
        for row in part.rows():
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerow(row)
            records.append(text.getvalue())
        return records

    def test_number_with_thousands(self) -> None:
        self.check_reject("costInBillingCurrency", "1,234.5", "")
        self.check_accepted()

    def test_mended_run_heals_the_month(self) -> None:
        self.check_reject("costInBillingCurrency", "12.5 EUR", "")
        self.check_mended()

    def test_more_digits_than_money_has(self) -> None:
        """Rounded at the 18th digit, and the proof tells the file's sum to its last digit and what rounding took."""
        self.arrive("amortized-cost", OCTOBER)
        run = self.arrive("actual-cost", OCTOBER)
        currency = run.part().rows()[17][run.part().rows()[0].index("billingCurrency")]
        run.part().set_cell(17, "costInBillingCurrency", "0.123456789012345678900001")
        self.world.run("sync")
        billed = next(part["billed"] for month in self.world.prove()["months"] if month["month"] == OCTOBER
                      for part in month["currencies"] if part["currency"] == currency)
        self.assertTrue(billed["source"].endswith("00001"), billed)
        self.assertEqual(billed["rounded"], "0.000000000000000000099999")
        self.assertEqual(oracle.EXACT.add(oracle.exact(billed["source"]), oracle.exact(billed["rounded"])),
                         oracle.exact(billed["charges"]))
        self.assertEqual(billed["difference"], "0")

    def test_more_digits_than_can_be_told(self) -> None:
        self.check_reject("costInBillingCurrency", "0.1234567890123456789012345678901234567", "36")

    def test_number_that_is_none(self) -> None:
        for value in ("NaN", "1e", "--1", "0x10", "１２"):
            with self.subTest(value=value):
                self.setUp()
                self.check_reject("costInBillingCurrency", value, "")

    def test_cost_that_is_empty(self) -> None:
        run = self.arrive("actual-cost", OCTOBER)
        run.part().set_cell(17, "costInBillingCurrency", "")
        outcome = self.world.run("sync", code=BAD_INPUT)
        self.assert_tells(outcome, "costInBillingCurrency", "part_0_0001.csv")

    def test_currency_that_is_none(self) -> None:
        self.check_reject("billingCurrency", "EURO", "")

    def test_day_that_is_none(self) -> None:
        self.check_reject("date", "10/32/2026", "")

    def test_day_in_another_format_than_the_file(self) -> None:
        self.check_reject("date", "2026.10.05", "")

    def test_wrong_number_of_fields(self) -> None:
        run = self.arrive("actual-cost", OCTOBER)
        rows = run.part().rows()
        rows[5] = rows[5][:-2]
        run.part().write_rows(rows)
        outcome = self.world.run("sync", code=BAD_INPUT)
        self.assert_tells(outcome, "part_0_0001.csv", "line ", "70", "68")
        self.assert_held()

    def test_text_that_is_no_utf8(self) -> None:
        run = self.arrive("actual-cost", OCTOBER)
        data = run.part().path.read_bytes()
        run.part().write_bytes(data.replace(b"Virtual Machines", b"Virtual Machin\xff\xfe", 1))
        outcome = self.world.run("sync", code=BAD_INPUT)
        self.assert_tells(outcome, "part_0_0001.csv", "UTF-8")

    def test_accepted_rejects_are_split_at_once(self) -> None:
        part = self.arrive("actual-cost", OCTOBER).part()
        part.set_cell(17, "costInBillingCurrency", "1,234.5")
        self.world.run("sync", "--accept-rejects")
        self.assertTrue(self.world.months("--month", OCTOBER)[0]["split"])
        self.world.prove(CHECK_FAILED, "--month", OCTOBER)


class SameBillTwiceTest(WorldTest):
    """Two names for one bill: refused where it shows first, counted twice on purpose only, and told then."""

    def test_same_location(self) -> None:
        sample = self.world.sample(seed=81, rows=300, months=OCTOBER, no_focus=True)
        self.world.init(sample)
        again = ("connection", "add", "--name", "beta", "--actual", sample / "exports/actual-cost")
        self.assert_tells(self.world.run(*again, code=USAGE), "acme", "twice", "--allow-overlap")
        self.world.run("connection", "add", "--name", "gamma", "--actual", self.world.folder / "empty")
        moved = ("connection", "edit", "gamma", "--actual", sample / "exports")
        self.assert_tells(self.world.run(*moved, code=USAGE), "acme", "--allow-overlap")
        self.world.run(*again, "--allow-overlap")

    def test_same_runs_in_another_place(self) -> None:
        sample = self.world.sample(seed=82, rows=300, months=OCTOBER, no_focus=True)
        copy = self.world.folder / "copy"
        shutil.copytree(sample / "exports", copy)
        self.world.init(sample)
        self.world.run("sync")
        once = self.world.costs(BY_CUSTOMER)
        self.world.run("connection", "add", "--name", "beta", "--actual", copy / "actual-cost", "--amortized",
                       copy / "amortized-cost")
        told = "another connection holds the same costs"
        self.assert_tells(self.world.run("sync", "--dry-run", code=BAD_INPUT), told)
        self.assert_tells(self.world.run("sync", code=BAD_INPUT), told, "acme", "--allow-overlap")
        self.assertEqual(self.world.costs(BY_CUSTOMER), once)
        self.world.run("doctor", code=None)

        self.world.run("connection", "edit", "beta", "--allow-overlap")
        self.world.run("sync")
        self.assertNotEqual(self.world.costs(BY_CUSTOMER), once)
        twice = "connections acme and beta hold the same costs, which count twice"
        for month in self.world.prove()["months"]:
            self.assertIn(twice, " ".join(month["notes"]))
        told = self.world.run("report", "costs", "--by", BY_CUSTOMER)
        self.assertIn(twice, told.out + told.talk)
        self.assertIn("same-bill-twice", self.world.run("doctor").out)

        self.world.run("connection", "edit", "beta", "--refuse-overlap")
        self.assertIn("same-bill-twice", self.world.run("doctor", code=CHECK_FAILED).out)


class OddButGoodTest(WorldTest):
    def test_mixed_currencies_never_add(self) -> None:
        sample = self.world.sample(seed=52, rows=700, months=OCTOBER, no_focus=True)
        self.world.init(sample)
        self.world.run("sync")
        bill = oracle.Bill.of_sample(sample)
        self.assertGreater(len(bill.costs("BillingCurrency")), 1)
        self.assert_same_costs(self.world.costs(BY_CUSTOMER), bill.costs(BY_CUSTOMER))
        outcome = self.world.run("report", "costs", "--by", "CustomerId", code=USAGE)
        self.assert_tells(outcome, "currencies", "BillingCurrency", "next:")
        self.assertEqual(outcome.out, "")

    def test_columns_of_focus_that_are_known_need_no_word(self) -> None:
        sample = self.world.sample(rows=100, months=OCTOBER, customers=3, no_restatements=True)
        self.world.init(sample, focus=True, cost_details=False)
        notes = self.notes_of(self.world.run("sync", "--json"))
        self.assertFalse([note for note in notes if "x_OtherColumns" in note], notes)
        header, *rows = latest_run(sample, "focus-cost", OCTOBER).part().rows()
        self.assertIn("x_SkuDescription", header)
        run = latest_run(sample, "focus-cost", OCTOBER)
        run.manifest["runInfo"]["submittedTime"] = "2026-11-20T00:00:00Z"
        run.part().write_rows([[*header, "zeta", "alpha"], *([*row, "1", "2"] for row in rows)])
        notes = self.notes_of(self.world.run("sync", "--json"))
        self.assertEqual([note for note in notes if "x_OtherColumns" in note],
                         ["unknown columns kept in x_OtherColumns: `alpha`, `zeta`"])

    @staticmethod
    def notes_of(outcome: Outcome) -> list[str]:
        return [note for one in outcome.json()["imports"] for run in one["runs"] for note in run["notes"]]

    def test_month_in_the_future(self) -> None:
        sample = self.world.sample(seed=53, rows=700, no_focus=True, no_restatements=True)
        self.world.init(sample)
        outcome = self.world.run("sync", code=BAD_INPUT, today="2026-09-30")
        self.assert_tells(outcome, "future", "2026-10", "2026-09-30", "manifest.json")
        self.assertNotIn(OCTOBER, {month["month"] for month in self.world.months()})
        self.assert_same_costs(self.world.costs(BY_CUSTOMER),
                               oracle.Bill.of_sample(sample, months={SEPTEMBER}).costs(BY_CUSTOMER))
        self.world.run("sync")
        self.assert_same_costs(self.world.costs(BY_CUSTOMER), oracle.Bill.of_sample(sample).costs(BY_CUSTOMER))

    def test_files_without_manifest_only_on_request(self) -> None:
        sample = self.world.sample(seed=54, rows=700, months=OCTOBER, no_focus=True, no_restatements=True)
        bill = oracle.Bill.of_sample(sample)
        for manifest in sample.rglob("manifest.json"):
            manifest.unlink()
        self.world.init(sample)
        outcome = self.world.run("sync", code=BAD_INPUT)
        self.assert_tells(outcome, "manifest", "--unverified")
        self.assertEqual(self.world.months(), [])
        self.world.run("sync", "--unverified")
        self.assert_same_costs(self.world.costs(BY_CUSTOMER), bill.costs(BY_CUSTOMER))
        self.assertFalse(any(run["verified"] for run in self.world.months()[0]["runs"]))

    def test_only_one_of_the_two_files(self) -> None:
        sample = self.world.sample(seed=55, rows=700, months=OCTOBER, no_focus=True)
        for run in runs_of(sample, "amortized-cost"):
            shutil.rmtree(run.folder)
        self.world.init(sample)
        self.world.run("sync")
        self.assertEqual(self.world.months()[0]["state"], "partial")
        proof = self.world.prove(CHECK_FAILED)
        self.assertTrue(proof["months"][0]["reasons"])

    def test_location_that_is_not_there(self) -> None:
        sample = self.world.sample(seed=56, rows=700, months=OCTOBER, no_focus=True)
        self.world.init(sample)
        shutil.rmtree(sample / "exports/amortized-cost")
        outcome = self.world.run("sync", code=None)
        self.assertNotEqual(outcome.code, DONE)
        self.assert_tells(outcome, "amortized-cost", "next:")


class RuleFilesTest(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        sample = self.world.sample(seed=57, rows=700, months=OCTOBER, no_focus=True)
        self.world.init(sample)
        self.world.run("sync")

    def check_refused(self, yaml: str, line: int, *told: str) -> None:
        file = self.world.folder / "rules.yaml"
        file.write_text(yaml, encoding="utf-8")
        before = self.world.published()
        checked = self.world.run("rules", "check", file, code=CHECK_FAILED)
        self.assertIn(f"rules.yaml:{line}", re.sub(r"rules\.yaml,? line ", "rules.yaml:", checked.out))
        for part in told:
            self.assertIn(part, checked.out)
        found = self.world.run("rules", "check", file, "--json", code=CHECK_FAILED).json()
        self.assertFalse(found["ok"])
        self.assertGreaterEqual(found["errors"], 1)
        applied = self.world.run("rules", "apply", file, code=BAD_INPUT)
        self.assert_tells(applied, "rules.yaml", *told)
        self.world.run("rules", "preview", file, "--month", OCTOBER, code=BAD_INPUT)
        self.assertEqual(self.world.run("rules", "history", "--json").json(), {"versions": []})
        self.assertEqual(self.world.published(), before)

    def test_cycle_of_sets(self) -> None:
        self.check_refused("""\
- effective: 2026-01
  sets:
    one: {set: two}
    two: {set: three, ServiceName: Storage}
    three: {not: {set: one}}
  rules:
    - {name: round, when: {set: one}, assign: cust-00001}
""", 3, "one", "two", "three")

    def test_unknown_customer(self) -> None:
        self.check_refused("""\
- effective: 2026-01
  rules:
    - {name: typing, when: {ServiceName: Storage}, assign: cust-00010O}
""", 3, "cust-00010O")

    def test_shares_of_99_percent(self) -> None:
        self.check_refused("""\
- effective: 2026-01
  rules:
    - name: short
      when: {ServiceName: Storage}
      share: {cust-00001: 50, cust-00002: 49}
""", 5, "99", "100")

    def test_invalid_regular_expression(self) -> None:
        self.check_refused("""\
- effective: 2026-01
  rules:
    - name: open
      when: {ServiceName: {matches: '(Storage'}}
      assign: cust-00001
""", 4, "(Storage")

    def test_unknown_column(self) -> None:
        self.check_refused("""\
- effective: 2026-01
  rules:
    - {name: typing, when: {ServicName: Storage}, assign: cust-00001}
""", 3, "ServicName", "ServiceName")

    def test_no_yaml(self) -> None:
        self.check_refused("- effective: 2026-01\n  rules: [\n", 3)

    def test_customer_files(self) -> None:
        before = self.world.published()
        tenant = "8d1f0f6e-0000-4000-8000-000000000001"
        for text, told in (
                ("id,name\nnew\n", "line 2"),
                ("number,title\n1,2\n", "id"),
                (f"id,name,external_id,tenant_ids\na,A,,{tenant}\nb,B,,{tenant}\n", tenant),
                ("id,name,external_id,tenant_ids\nunassigned,A,,\n", "unassigned"),
                ("id,name,external_id,tenant_ids\na,A,,\nb,B,,contoso.onmicrosoft.com\n", "line 3"),
                ("id,name,external_id,tenant_ids\na,A,,\na,B,,\n", "line 3")):
            with self.subTest(text=text):
                file = self.world.folder / "new-customers.csv"
                file.write_text(text, encoding="utf-8")
                outcome = self.world.run("customer", "import", file, code=BAD_INPUT)
                self.assert_tells(outcome, "new-customers.csv", told)
                self.assertEqual(self.world.published(), before)


class RefusingSystemTest(WorldTest):
    """The disk is full, the folder may not be written, somebody else holds the lock."""

    def setUp(self) -> None:
        super().setUp()
        self.sample = self.world.sample(seed=58, rows=3000, no_focus=True, no_restatements=True)
        self.world.init(self.sample)

    def check_recovers(self) -> None:
        self.world.run("sync")
        self.assert_same_costs(self.world.costs(BY_CUSTOMER), oracle.Bill.of_sample(self.sample).costs(BY_CUSTOMER))
        self.assertTrue(self.world.prove()["holds"])
        self.assertEqual(list((self.world.home / "tmp").iterdir()), [])

    def test_files_that_may_not_grow(self) -> None:
        before = self.world.published()
        for size in (0, 4096, 70_000, 150_000):
            with self.subTest(size=size):
                outcome = self.world.run(
                    "sync", code=REFUSED, restore_signals=False,
                    preexec_fn=lower_limit(resource.RLIMIT_FSIZE, size))  # SIGXFSZ stays ignored, as Python has it
                self.assert_tells(outcome, str(self.world.home), "next:")
                self.assertEqual(self.world.published(), before)
        self.check_recovers()

    def test_disk_full(self) -> None:
        disk = self.world.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", disk], capture_output=True,
                                 check=False)
        if mounted.returncode != 0:
            self.skipTest("no right to mount a small disk")
        self.addCleanup(subprocess.run, ["umount", "--lazy", disk], check=False)
        self.world.home = disk / "home"
        self.world.init(self.sample)
        outcome = self.world.run("sync", code=REFUSED)
        self.assertRegex(outcome.talk, "(?i)no space|full")
        self.assertEqual(self.world.run("report", "costs", "--by", BY_CUSTOMER, code=USAGE).out, "")
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        self.check_recovers()

    def test_report_that_cannot_be_written(self) -> None:
        self.world.run("sync")
        for name in ("costs.csv", "costs.json", "costs.xlsx", "costs.parquet"):
            with self.subTest(name=name):
                out = self.world.folder / "reports"
                out.mkdir(exist_ok=True)
                (out / name).write_bytes(b"the old report")
                self.world.run("report", "costs", "--by", "x_RowId,BillingCurrency", "--out", out / name, code=REFUSED,
                               restore_signals=False, preexec_fn=lower_limit(resource.RLIMIT_FSIZE, 2000))
                self.assertEqual([path.name for path in out.iterdir()], [name])
                self.assertEqual((out / name).read_bytes(), b"the old report")
                (out / name).unlink()
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(self.world.command("report", "costs", "--by", BY_CUSTOMER), stdout=full,
                                  stderr=subprocess.PIPE, encoding="utf-8", env=self.world.environment(), check=False)
        self.assertEqual(done.returncode, REFUSED)
        self.assertIn("next:", done.stderr)

    def as_nobody(self) -> Callable[[], None] | None:
        if os.geteuid() != 0:
            return None
        self.world.folder.chmod(0o755)

        def become() -> None:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)

        return become

    def test_home_not_writable(self) -> None:
        become = self.as_nobody()
        for folder in (self.world.home, *self.world.home.rglob("*")):
            folder.chmod(0o555 if folder.is_dir() else 0o444)
        self.addCleanup(lambda: [folder.chmod(0o755) for folder in (self.world.home, *self.world.home.rglob("*"))
                                 if folder.is_dir()])
        outcome = self.world.run("sync", code=REFUSED, preexec_fn=become)
        self.assert_tells(outcome, str(self.world.home), "next:")
        outcome = self.world.run("--home", self.world.home / "inner", "init", code=REFUSED, preexec_fn=become)
        self.assert_tells(outcome, "inner", "next:")
        reading = self.world.run("months", code=None, preexec_fn=become)
        self.assertIn(reading.code, (DONE, REFUSED), reading.talk)

    def test_exports_not_readable(self) -> None:
        become = self.as_nobody()
        part = latest_run(self.sample, "actual-cost", OCTOBER).part().path
        part.chmod(0)
        for folder in (self.world.home, *self.world.home.rglob("*")):
            folder.chmod(0o777 if folder.is_dir() else 0o666)
        outcome = self.world.run("sync", code=REFUSED, preexec_fn=become)
        self.assert_tells(outcome, str(part.name), "next:")
        self.assertIn(SEPTEMBER, {month["month"] for month in self.world.months() if month["charges"]})
        part.chmod(0o644)
        self.world.run("sync")
        self.assert_same_costs(self.world.costs(BY_CUSTOMER), oracle.Bill.of_sample(self.sample).costs(BY_CUSTOMER))

    def test_second_process_holds_the_lock(self) -> None:
        self.world.run("sync")
        before = self.world.published()
        with open(self.world.home / "lock", "r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for command in (("sync",), ("split",), ("customer", "add", "new"),
                            ("customer", "import", self.sample / "customers.csv"),
                            ("rules", "apply", self.sample / "rules.yaml"),
                            ("months", "lock", "--connection", "acme", "--month", OCTOBER),
                            ("connection", "edit", "acme", "--focus", "/elsewhere"),
                            ("import", self.sample / "exports/actual-cost", "--connection", "acme")):
                with self.subTest(command=command):
                    outcome = self.world.run("--wait", 0, *command, code=LOCKED)
                    self.assert_tells(outcome, "lock", str(self.world.home), "next:")
            self.assertEqual(self.world.published(), before)  # readers need no lock
        self.world.run("sync")
        self.assertEqual(self.world.published(), before)


if __name__ == "__main__":
    harness.main()
    unittest.main()
