"""What newer runs change of a locked month, counted in a later month: carried, proved, explained, taken back."""
import csv
import io
import shutil
import unittest
import zipfile
from decimal import Decimal
from typing import Any

import harness
import kill_harness
from harness import CHECK_FAILED, DONE, USAGE, RunFolder
from kill_harness import SEED, KillTest
from test_held import EXPORTS, HeldTest

SEPTEMBER = "2026-09"
OCTOBER = "2026-10"
FROM = ("--connection", "acme", "--month", SEPTEMBER)
COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
REASON = ("--reason", "refund of ticket 4711")
BY = "CustomerId,BillingCurrency"


def amount(text: str) -> Decimal:
    return Decimal(text or "0")


def sums(rows: list[dict], names: tuple[str, ...] = COSTS) -> dict[tuple[str, str], list[Decimal]]:
    return {(row["CustomerId"], row["BillingCurrency"]): [amount(row[name]) for name in names] for row in rows}


class CarriedTest(HeldTest):
    months = f"{SEPTEMBER}..{OCTOBER}"
    month = SEPTEMBER

    def setUp(self) -> None:
        super().setUp()
        self.world.run("months", "lock", *FROM)
        self.september = self.costs(SEPTEMBER)
        self.october = self.costs(OCTOBER)

    def costs(self, month: str, *more: Any) -> list[dict[str, str]]:
        return self.world.costs(BY, "--month", month, *more)

    def usage_rows(self, run: RunFolder) -> list[int]:
        """Plain usage rows, the same in both exports, in an order of their own."""
        rows = run.part().rows()
        kind, model = rows[0].index("chargeType"), rows[0].index("pricingModel")
        cost, tenant = rows[0].index("costInBillingCurrency"), rows[0].index("customerTenantId")
        with (self.sample / "customers.csv").open(encoding="utf-8", newline="") as file:
            tenants = {one for customer in csv.DictReader(file) for one in customer["tenant_ids"].lower().split(";")}
        return sorted((i for i, row in enumerate(rows) if i > 0 and row[kind] == "Usage" and row[model] == "OnDemand"
                       and row[tenant].lower() in tenants and Decimal(row[cost]) > 1), key=lambda i: rows[i])

    def newer_pair(self, minutes: int, change: Any) -> None:
        """Newer runs of both exports; `change` makes the rows of one, given them and which are usage."""
        for export in EXPORTS:
            run = self.newer(export, minutes)
            run.part().write_rows(change(run.part().rows(), self.usage_rows(run)))
        self.world.run("sync")

    def refund_one(self, minutes: int, number: int = 0, cost: str = "0.25") -> None:
        def change(rows: list[list[str]], usage: list[int]) -> list[list[str]]:
            rows[usage[number]][rows[0].index("costInBillingCurrency")] = cost
            return rows

        self.newer_pair(minutes, change)

    def carry(self, *more: Any, code: int | None = DONE, to: str = OCTOBER) -> harness.Outcome:
        return self.world.run("months", "late", "carry", *FROM, "--to", to, *REASON, *more, code=code)

    def differences(self) -> dict[tuple[str, str], list[Decimal]]:
        """What waits for a decision, billed and effective."""
        changes = [row for one in self.late() for row in one["changes"]]
        wanted = ("BilledCostDifference", "EffectiveCostDifference")
        return {key: both for key, both in sums(changes, wanted).items() if any(both)}

    def carried(self) -> dict[tuple[str, str], list[Decimal]]:
        """What October counts of September."""
        rows = self.world.costs(BY, "--month", OCTOBER, "--where", f"x_CarriedFrom={SEPTEMBER}")
        return {key: costs for key, costs in sums(rows).items() if any(costs)}

    def proved(self) -> dict[str, dict[str, list[Decimal]]]:
        """Carried out and carried in of each month, by currency; everything holds."""
        proof = self.world.prove()
        self.assertTrue(proof["holds"])
        for currency in proof.get("carried", []):
            for metric in ("billed", "effective"):
                self.assertEqual(currency[metric]["out"], currency[metric]["in"])
        told: dict[str, dict[str, list[Decimal]]] = {}
        for month in proof["months"]:
            told[month["month"]] = {
                one["currency"]: [Decimal(one[metric][side]) for metric in ("billed", "effective")
                                  for side in ("carried_out", "carried_in")] for one in month["currencies"]}
        return told

    def assert_carried(self, wanted: dict[tuple[str, str], list[Decimal]]) -> None:
        """September as it was closed, October with what was carried, and both proved."""
        self.assert_same_costs(self.costs(SEPTEMBER), self.september)
        self.assert_same_costs(self.costs(OCTOBER, "--without-carried"), self.october)
        now, before = sums(self.costs(OCTOBER)), sums(self.october)
        for key in {*now, *before, *wanted}:
            zero = [Decimal(0)] * len(COSTS)
            difference = [x - y for x, y in zip(now.get(key, zero), before.get(key, zero))]
            self.assertEqual(difference[:2], wanted.get(key, zero)[:2], key)
        proved = self.proved()
        self.assertEqual("carried" in self.world.prove(), bool(wanted))
        for currency in {key[1] for key in wanted}:
            totals = [sum(both[i] for key, both in wanted.items() if key[1] == currency) for i in (0, 1)]
            self.assertEqual(proved[SEPTEMBER][currency], [totals[0], 0, totals[1], 0])
            self.assertEqual(proved[OCTOBER][currency], [0, totals[0], 0, totals[1]])


class Carry(CarriedTest):
    def test_the_later_month_counts_the_difference(self) -> None:
        self.refund_one(50)
        wanted = self.differences()
        self.assertEqual(len(wanted), 1)
        told = self.world.run("months", "late")
        self.assert_tells(told, f"apportion months late carry --connection acme --month {SEPTEMBER} --to {OCTOBER}")
        self.assert_tells(self.carry(), "1 row")
        self.assert_carried(wanted)
        self.assertEqual(self.late(), [])
        decided = self.late("--all")[0]
        self.assertEqual([decided["decision"], decided["carried_to"], decided["reason"]],
                         ["carried", OCTOBER, REASON[1]])
        self.assertIn(REASON[1], self.world.run("audit", "show").out)
        self.assertNotIn("run-held", self.world.run("alerts", "check", code=None).out)

    def differences_told(self, changes: list[dict]) -> dict[tuple[str, str], list[Decimal]]:
        self.assertEqual({(change["Connection"], change["Month"], change["Reason"]) for change in changes},
                         {("acme", OCTOBER, f"carried from {SEPTEMBER}")})
        return sums(changes, ("BilledCostDifference", "EffectiveCostDifference"))

    def test_what_it_changes_is_shown_first(self) -> None:
        self.refund_one(50)
        wanted = self.differences()
        files, audit = self.world.lake_files(), self.world.run("audit", "show").out
        dry = self.carry("--dry-run", "--json").json()
        self.assertEqual([dry["dry_run"], dry["month"], dry["to"], dry["rows"]], [True, SEPTEMBER, OCTOBER, 1])
        self.assertEqual(self.differences_told(dry["changes"]), wanted)
        customer, currency = next(iter(wanted))
        old = next(row for row in self.october if (row["CustomerId"], row["BillingCurrency"]) == (customer, currency))
        self.assertEqual(dry["changes"][0]["BilledCostOld"], old["BilledCost"])
        command = ("months", "late", "carry", *FROM, "--to", OCTOBER, *REASON)
        code, told = self.at_terminal("n\n", *command)
        self.assertEqual(code, CHECK_FAILED, told)
        for part in (f"acme {OCTOBER}: no one pays more; pays less: {customer}", "[y/N]", "nothing was changed"):
            self.assertIn(part, told)
        self.assert_carried({})
        self.assertEqual([self.world.lake_files(), self.world.run("audit", "show").out], [files, audit])
        code, told = self.at_terminal("y\n", *command)
        self.assertEqual(code, DONE, told)
        self.assert_carried(wanted)

    def test_what_an_undo_changes_is_shown_first(self) -> None:
        self.refund_one(50)
        first = self.differences()
        self.carry()
        self.refund_one(52, 1, "7.125")
        second = self.differences()
        self.carry("--yes")
        both = {key: [sum(pair) for pair in zip(first.get(key, [0, 0]), second.get(key, [0, 0]))]
                for key in {*first, *second}}
        undo = ("months", "late", "carry", "--undo", *FROM, "--reason", "credited by hand")
        dry = self.world.run(*undo, "--dry-run", "--json").json()
        self.assertEqual(self.differences_told(dry["changes"]), {key: [-x for x in two] for key, two in second.items()})
        for row in dry["changes"]:
            now = next(one for one in self.costs(OCTOBER) if one["CustomerId"] == row["CustomerId"]
                       and one["BillingCurrency"] == row["BillingCurrency"])
            self.assertEqual(row["BilledCostOld"], now["BilledCost"])
        code, told = self.at_terminal("\n", *undo)
        self.assertEqual(code, CHECK_FAILED, told)
        self.assertIn(f"acme {OCTOBER}: ", told)
        self.assert_carried(both)
        code, told = self.at_terminal("y\n", *undo)
        self.assertEqual(code, DONE, told)
        self.assert_carried(first)

    def test_reviews_of_other_changes_know_what_was_carried(self) -> None:
        self.refund_one(50)
        self.carry()
        customer, currency = next(key for key in self.carried())
        rules = self.world.folder / "rules.yaml"
        rules.write_text(f"- effective: 2026-10\n  rules: [{{when: {{BillingCurrency: {currency}}}, "
                         f"assign: {customer}}}]\n", encoding="utf-8")
        before = sums(self.costs(OCTOBER))
        preview = self.world.run("rules", "preview", rules, "--month", OCTOBER, "--json").json()["rows"]
        dry = self.world.run("rules", "apply", rules, "--dry-run", "--json").json()["changes"]
        self.assertEqual(preview, dry)
        self.world.run("rules", "apply", rules)
        after = sums(self.costs(OCTOBER))
        self.assertIn((customer, currency), {(row["CustomerId"], row["BillingCurrency"]) for row in dry})
        for row in dry:
            key = (row["CustomerId"], row["BillingCurrency"])
            zero = [Decimal(0)] * len(COSTS)
            self.assertEqual([Decimal(row["BilledCostOld"]), Decimal(row["BilledCostNew"])],
                             [before.get(key, zero)[0], after.get(key, zero)[0]])

    def test_opening_a_month_tells_what_waits(self) -> None:
        self.refund_one(50)
        told = self.world.run("months", "unlock", *FROM, "--dry-run")
        self.assert_tells(told, "newer charges are held",
                          f"apportion months late --connection acme --month {SEPTEMBER}")
        self.assert_carried({})

    def test_it_stays_whatever_comes(self) -> None:
        self.refund_one(50)
        wanted = self.differences()
        self.carry()
        for command in (("sync",), ("split",),
                        ("customer", "edit", self.october[0]["CustomerId"], "--name", "Another name")):
            self.world.run(*command)
            self.assert_carried(wanted)
        self.month = OCTOBER
        self.refund_one(55)
        self.october = self.costs(OCTOBER, "--without-carried")
        self.assert_carried(wanted)
        self.world.run("months", "lock", "--connection", "acme", "--month", OCTOBER)
        self.assert_carried(wanted)

    def test_rows_added_and_removed_and_equal_ones(self) -> None:
        def change(rows: list[list[str]], usage: list[int]) -> list[list[str]]:
            twice = [rows[usage[1]]] * 2  # three equal rows, which are three charges
            return [*(row for i, row in enumerate(rows) if i != usage[0]), *twice]

        self.newer_pair(50, change)
        wanted = self.differences()
        lines = self.world.run("report", "changes", "--lines", "--json", *FROM).json()
        self.assertEqual(sorted(line["Change"] for line in lines), ["changed", "removed"])
        rows = {line["Change"]: (line["RowsBefore"], line["RowsAfter"]) for line in lines}
        self.assertEqual(rows, {"changed": (1, 3), "removed": (1, 0)})
        self.carry()
        self.assert_carried(wanted)

    def test_the_same_runs_again_change_nothing(self) -> None:
        self.newer_pair(50, lambda rows, usage: rows[:1] + rows[:0:-1])
        self.assertEqual(self.differences(), {})
        self.assertEqual(self.world.run("report", "changes", "--lines", "--json", *FROM).json(), [])
        self.assert_tells(self.carry(code=USAGE), "change no known amount")
        self.assertEqual(self.world.lake_files() & {"carried"}, set())

    def test_only_what_is_new_is_carried_again(self) -> None:
        self.refund_one(50)
        first = self.differences()
        self.carry()
        self.refund_one(52, 1, "7.125")
        second = self.differences()
        self.assertEqual(len(self.world.run("report", "changes", "--lines", "--json", *FROM).json()), 1)
        self.carry()
        both = {key: [sum(pair) for pair in zip(first.get(key, [0, 0]), second.get(key, [0, 0]))]
                for key in {*first, *second}}
        self.assert_carried(both)
        self.newer_pair(54, lambda rows, usage: rows)
        self.assertEqual(self.differences(), {})

    def test_it_can_be_undone_the_newest_first(self) -> None:
        self.refund_one(50)
        first = self.differences()
        self.carry()
        self.refund_one(52, 1, "7.125")
        second = self.differences()
        self.carry()
        undo = ("months", "late", "carry", "--undo", *FROM)
        self.world.run(*undo, code=USAGE)
        self.world.run(*undo, "--reason", "credited by hand")
        self.assert_carried(first)
        self.assertEqual(self.differences(), second)
        self.world.run(*undo, "--reason", "credited by hand")
        self.assert_carried({})
        self.world.run("sync")
        self.carry()
        self.assert_carried({key: [sum(pair) for pair in zip(first.get(key, [0, 0]), second.get(key, [0, 0]))]
                             for key in {*first, *second}})
        self.assertIn("credited by hand", self.world.run("audit", "show").out)

    def test_closed_months_stay_closed(self) -> None:
        self.refund_one(50)
        wanted = self.differences()
        self.carry()
        self.assert_tells(self.world.run("months", "unlock", *FROM, code=None), "carry --undo")
        self.world.run("months", "lock", "--connection", "acme", "--month", OCTOBER)
        undo = ("months", "late", "carry", "--undo", *FROM, "--reason", "no")
        self.assert_tells(self.world.run(*undo, code=None), "locked")
        self.assert_carried(wanted)

    def test_what_was_left_can_be_carried_after_all(self) -> None:
        self.refund_one(50)
        wanted = self.differences()
        self.world.run("months", "late", "leave", *FROM, "--reason", "too small")
        self.carry()
        self.assert_carried(wanted)

    def test_the_only_month_that_fits_needs_no_name(self) -> None:
        self.refund_one(50)
        wanted = self.differences()
        self.world.run("months", "late", "carry", "--to", OCTOBER, *REASON)
        self.assert_carried(wanted)
        self.world.run("months", "late", "carry", "--undo", *REASON)
        self.assert_carried({})


class Refused(CarriedTest):
    def assert_refused(self, error: str, *command: Any) -> None:
        told = self.world.run("--json", "months", "late", "carry", *command, code=None)
        self.assertIn(f'"{error}"', told.out + told.talk)
        self.assert_same_costs(self.costs(OCTOBER), self.october)

    def test_months_and_reasons_that_do_not_fit(self) -> None:
        self.assert_refused("nothing-held", *FROM, "--to", OCTOBER, *REASON)
        self.refund_one(50)
        self.assert_refused("carry-not-possible", *FROM, "--to", SEPTEMBER, *REASON)
        self.assert_refused("carry-not-possible", *FROM, "--to", "2026-08", *REASON)
        self.assert_refused("carry-not-possible", *FROM, "--to", "2027-01", *REASON)
        self.assert_refused("reason-missing", *FROM, "--to", OCTOBER, "--reason", " ")
        self.assert_refused("command-line-wrong", *FROM, *REASON)
        self.assert_refused("command-line-wrong", *FROM, "--undo", "--to", OCTOBER, *REASON)
        self.assert_refused("nothing-carried", *FROM, "--undo", *REASON)
        self.world.run("months", "lock", "--connection", "acme", "--month", OCTOBER)
        self.assert_refused("month-locked", *FROM, "--to", OCTOBER, *REASON)
        self.world.run("months", "unlock", "--connection", "acme", "--month", OCTOBER)
        self.world.run("months", "unlock", *FROM)
        self.assert_refused("carry-not-possible", *FROM, "--to", OCTOBER, *REASON)

    def test_a_customer_of_a_closed_month_stays_to_be_credited(self) -> None:
        self.refund_one(50)
        customer = next(iter(self.differences()))[0]
        told = self.world.run("customer", "remove", customer, code=USAGE)
        self.assert_tells(told, customer, "which is locked")
        self.world.run("customer", "retire", customer, "--from", "2026-11-01")
        self.assert_tells(self.carry(), "counts 1 row")

    def test_a_currency_that_the_later_month_does_not_have(self) -> None:
        def change(rows: list[list[str]], usage: list[int]) -> list[list[str]]:
            for name in ("billingCurrency", "billingCurrencyCode"):
                if name in rows[0]:
                    rows[usage[0]][rows[0].index(name)] = "CHF"
            return rows

        self.newer_pair(50, change)
        self.assert_tells(self.carry(code=None), "CHF")


class Shown(CarriedTest):
    def setUp(self) -> None:
        super().setUp()
        self.refund_one(50)

    def test_the_lines_of_a_change(self) -> None:
        lines = self.world.run("report", "changes", "--lines", "--json", *FROM).json()
        self.assertEqual(len(lines), 1)
        line = lines[0]
        self.assertEqual(line["Change"], "changed")
        self.assertEqual([[Decimal(line["BilledCostDifference"]), Decimal(line["EffectiveCostDifference"])]],
                         list(self.differences().values()))
        self.assertEqual(Decimal(line["BilledCostDifference"]),
                         Decimal(line["BilledCostAfter"]) - Decimal(line["BilledCostBefore"]))
        by = self.world.run("report", "changes", "--by", "ServiceName,Date", "--json", *FROM).json()
        self.assertEqual([row["BilledCostDifference"] for row in by], [line["BilledCostDifference"]])
        self.assertEqual([row["ServiceName"] for row in by], [line["ServiceName"]])
        self.assert_tells(self.world.run("report", "changes", "--by", "Servicename,Nonsense", code=USAGE), "Nonsense")
        self.world.run("report", "changes", "--top", 3, code=USAGE)

    def test_the_largest_lines_only(self) -> None:
        self.newer_pair(55, lambda rows, usage: [row for i, row in enumerate(rows) if i not in usage[:40]])
        every = self.world.run("report", "changes", "--lines", "--json", *FROM).json()
        few = self.world.run("report", "changes", "--lines", "--top", 2, "--json", *FROM)
        for currency in {line["BillingCurrency"] for line in every}:
            sizes = [abs(amount(line["BilledCostDifference"])) for line in every if line["BillingCurrency"] == currency]
            self.assertEqual(sizes, sorted(sizes, reverse=True))
            shown = [line for line in few.json() if line["BillingCurrency"] == currency]
            self.assertEqual(shown, [line for line in every if line["BillingCurrency"] == currency][:2])
        self.assert_tells(few, "not shown")

    def test_two_published_versions_by_line(self) -> None:
        held = self.world.run("report", "changes", "--lines", "--json", *FROM).json()
        self.world.run("months", "late", "accept", *FROM, *REASON)
        lines = self.world.run("report", "changes", "--lines", "--json", *FROM).json()
        self.assertEqual([line["BilledCostAfter"] for line in lines], [line["BilledCostAfter"] for line in held])

    def test_a_carried_row_is_explained(self) -> None:
        self.carry()
        where = ("--where", f"x_CarriedFrom={SEPTEMBER}")
        row = self.world.costs("x_RowId,CustomerId,BillingCurrency", "--month", OCTOBER, *where)[0]
        told = self.world.run("explain", row["x_RowId"], "--json").json()
        self.assertEqual([told["month"], told["carried"]["from"], told["carried"]["reason"]],
                         [OCTOBER, SEPTEMBER, REASON[1]])
        self.assertEqual([one["customer"] for one in told["assignments"]], [row["CustomerId"]])
        self.assertEqual(told["assignments"][0]["BilledCost"], row["BilledCost"])
        self.assertIn(SEPTEMBER, self.world.run("explain", row["x_RowId"]).out)
        rules = self.world.run("explain", "--customer", row["CustomerId"], "--month", OCTOBER, "--json").json()
        self.assertIn(f"carried from {SEPTEMBER}", [rule["RuleName"] for rule in rules])
        self.world.run("months", "late", "carry", "--undo", *REASON)
        undone = self.world.run("explain", row["x_RowId"], "--json").json()
        self.assertIn("undone", undone["what"])

    def test_every_format_has_them_and_a_word_about_them(self) -> None:
        self.carry()
        report = ("report", "costs", "--by", f"x_CarriedFrom,{BY}", "--month", OCTOBER)
        carried = [row for row in self.world.run(*report, "--json").json() if row["x_CarriedFrom"] == SEPTEMBER]
        self.assertEqual(len(carried), 1)
        table = self.world.run(*report)
        self.assert_tells(table, f"{OCTOBER} includes 1 row", f"carried from {SEPTEMBER}")
        rows = list(csv.DictReader(io.StringIO(self.world.run(*report, "--format", "csv").out)))
        self.assertEqual([row["BilledCost"] for row in rows if row["x_CarriedFrom"] == SEPTEMBER],
                         [carried[0]["BilledCost"]])
        sheet = self.world.folder / "costs.xlsx"
        self.world.run(*report, "--out", sheet)
        with zipfile.ZipFile(sheet) as workbook:
            self.assertIn(SEPTEMBER, workbook.read("xl/sharedStrings.xml").decode("utf-8"))
        self.assertIn("CarriedIn", self.world.run("prove").out)

    def test_reports_on_commitments_tell_what_they_leave_out(self) -> None:
        for export in EXPORTS:
            run = self.newer(export, 55)
            rows = run.part().rows()
            kind, model = rows[0].index("chargeType"), rows[0].index("pricingModel")
            cost = rows[0].index("costInBillingCurrency")
            used = next((row for row in rows[1:] if row[kind] == "Usage" and row[model] == "Reservation"
                         and Decimal(row[cost]) > 1), None)
            if export == "amortized-cost":
                assert used is not None
                used[cost] = "1.5"
            run.part().write_rows(rows)
        self.world.run("sync")
        use = self.world.run("commitments", "utilisation", "--json", "--month", OCTOBER).json()
        self.carry()
        told = self.world.run("commitments", "utilisation", "--month", OCTOBER)
        self.assert_tells(told, f"acme {OCTOBER} counts 1 row of commitments carried from {SEPTEMBER}, which this",
                          "--by x_CarriedFrom,CommitmentDiscountId")
        self.assertEqual(self.world.run("commitments", "utilisation", "--json", "--month", OCTOBER).json(), use)
        shown = self.world.costs("x_CarriedFrom,CommitmentDiscountId,BillingCurrency", "--month", OCTOBER)
        effective = [row["EffectiveCost"] for row in shown if row["x_CarriedFrom"] and row["CommitmentDiscountId"]]
        self.assertEqual(len(effective), 1)
        self.assert_tells(told, f"effective cost {effective[0]}")
        september = self.world.run("commitments", "utilisation", "--month", SEPTEMBER)
        self.assertNotIn("carried", september.talk)

    def test_damage_of_carried_rows_is_seen(self) -> None:
        self.carry()
        name = next(name for name in self.world.lake_files() if name.startswith("carried/"))
        path = self.world.home / "lake" / name
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.chmod(0o644)
        path.write_bytes(data)
        proof = self.world.prove(1)
        self.assertIn("carried", " ".join(reason for month in proof["months"] for reason in month["reasons"]))


class Killed(CarriedTest, KillTest):
    def test_all_or_nothing(self) -> None:
        self.refund_one(50)
        start = self.world.folder / "start"
        shutil.copytree(self.world.home, start)
        command = ("months", "late", "carry", *FROM, "--to", OCTOBER, *REASON)
        changes = self.changes_of(*command)
        new, files = self.costs(OCTOBER), len(self.world.lake_files())
        self.assertNotEqual(new, self.october)
        for point in self.points(changes, 12):
            with self.subTest(point=point, of=changes, seed=SEED):
                shutil.rmtree(self.world.home)
                shutil.copytree(start, self.world.home)
                self.assertTrue(self.kill(point, *command))
                is_old = self.costs(OCTOBER) == self.october
                if not is_old:
                    self.assertEqual(self.costs(OCTOBER), new)
                self.world.run(*command, code=DONE if is_old else USAGE)
                self.assertEqual(self.costs(OCTOBER), new)
                self.assertEqual(len(self.world.lake_files()), files)
                self.assertTrue(self.world.prove()["holds"])


if __name__ == "__main__":
    kill_harness.main()
    unittest.main()
