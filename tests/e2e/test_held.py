"""Newer runs that must not come in force by themselves: of a locked month, with rejects, with less in them."""
import unittest
from collections import Counter
from decimal import Decimal
from typing import Any

import harness
from harness import BAD_INPUT, DONE, USAGE, RunFolder, WorldTest, latest_run, newer_run, runs_of

OCTOBER = "2026-10"
EXPORTS = ("actual-cost", "amortized-cost")
MONTH = ("--connection", "acme", "--month", OCTOBER)


class HeldTest(WorldTest):
    months = OCTOBER  # of the sample
    month = OCTOBER  # of which newer runs come

    def setUp(self) -> None:
        super().setUp()
        self.sample = self.world.sample(seed=71, rows=400, months=self.months, customers=4, no_focus=True)
        for month in sorted(set(self.months.split(".."))):
            for export in EXPORTS:
                for run in runs_of(self.sample, export, month)[:-1]:
                    for path in sorted(run.folder.rglob("*"), reverse=True):
                        path.unlink()
        self.world.init(self.sample)
        self.world.run("sync")
        self.before = self.world.costs()

    def newer(self, export: str, minutes: int) -> RunFolder:
        """The run of an export, as if it was made again later, as another run."""
        return newer_run(self.sample, export, self.month, minutes)

    def usage_row(self, run: RunFolder) -> int:
        """A plain usage row, the same in both exports."""
        rows = run.part().rows()
        kind, model = rows[0].index("chargeType"), rows[0].index("pricingModel")
        return next(i for i, row in enumerate(rows) if i > 0 and row[kind] == "Usage" and row[model] == "OnDemand")

    def change_both(self, minutes: int, column: str, value: str) -> None:
        for export in EXPORTS:
            run = self.newer(export, minutes)
            run.part().set_cell(self.usage_row(run), column, value)

    def in_force(self) -> set[int]:
        imports = self.world.run("imports", "list", "--json").json()["imports"]
        return {one["import"] for one in imports if one["state"] == "in force"}

    def late(self, *more: Any) -> list[dict]:
        return self.world.run("months", "late", "--json", *more).json()["late"]

    def assert_stays(self) -> None:
        self.assert_same_costs(self.world.costs(), self.before)


class Rejects(HeldTest):
    def test_what_is_published_stays_until_a_better_run_comes(self) -> None:
        self.change_both(50, "costInBillingCurrency", "1,5")
        told = self.world.run("sync", code=BAD_INPUT)
        self.assert_tells(told, "what was published before stays", "months late accept")
        self.assert_stays()
        self.assertEqual([one["because"] for one in self.late()], ["rejects"])
        self.assertTrue(self.world.prove()["holds"])
        self.world.run("sync", code=BAD_INPUT)
        self.assertEqual(len(self.late("--all")), 1)
        self.change_both(55, "costInBillingCurrency", "1.5")
        self.world.run("sync")
        self.assertNotEqual(self.world.costs(), self.before)
        self.assertEqual(self.late(), [])
        self.assertEqual([one["decision"] for one in self.late("--all")], ["superseded"])

    def test_rules_still_split_what_is_in_force(self) -> None:
        self.change_both(50, "costInBillingCurrency", "1,5")
        self.world.run("sync", code=BAD_INPUT)
        rules = self.world.folder / "rules.yaml"
        rules.write_text(f"- effective: {OCTOBER}\n  rules:\n    - name: all\n      when: {{ChargeCategory: Usage}}\n"
                         f"      assign: {self.before[0]['CustomerId']}\n", encoding="utf-8")
        self.assertIn("newer charges are still held (", self.world.run("rules", "apply", rules).talk)
        self.assertNotEqual(self.world.costs(), self.before)
        self.assertTrue(self.world.prove()["holds"])

    def test_a_change_of_customers_takes_nothing_that_is_held(self) -> None:
        self.change_both(50, "costInBillingCurrency", "1,5")
        self.world.run("sync", code=BAD_INPUT)
        self.world.run("customer", "edit", self.before[0]["CustomerId"], "--name", "Another name")
        self.assert_stays()
        self.assertEqual([one["decision"] for one in self.late()], ["open"])

    def test_withdrawing_takes_nothing_that_is_held(self) -> None:
        self.change_both(50, "costInBillingCurrency", "1,5")
        self.world.run("sync", code=BAD_INPUT)
        imports = self.world.run("imports", "list", "--json").json()["imports"]
        held = [one["import"] for one in imports if one["state"] == "not in force"]
        self.world.run("imports", "withdraw", held[0], "--reason", "a broken export", code=None)
        self.assert_stays()
        self.world.run("imports", "withdraw", held[1], "--reason", "a broken export", code=None)
        self.assert_stays()
        self.world.run("sync")
        self.assert_stays()

    def test_withdrawing_what_is_in_force_leaves_them_held(self) -> None:
        self.change_both(50, "costInBillingCurrency", "1,5")
        self.world.run("sync", code=BAD_INPUT)
        for number in self.in_force():
            self.world.run("imports", "withdraw", number, "--reason", "exported at the wrong scope", code=None)
            self.assertEqual([one["decision"] for one in self.late()], ["open"])
        self.world.run("months", "late", "accept", *MONTH, "--reason", "one cell of a test tenant")
        self.assertEqual(self.late(), [])

    def test_they_are_taken_when_somebody_accepts_them(self) -> None:
        self.change_both(50, "costInBillingCurrency", "1,5")
        self.world.run("sync", code=BAD_INPUT)
        self.world.run("months", "late", "accept", *MONTH, code=USAGE)
        self.world.run("months", "late", "accept", *MONTH, "--reason", " ", code=USAGE)
        self.world.run("months", "late", "accept", *MONTH, "--reason", "one cell of a test tenant")
        self.assertNotEqual(self.world.costs(), self.before)
        self.assertEqual(self.late("--all")[0]["reason"], "one cell of a test tenant")
        self.assertIn("one cell of a test tenant", self.world.run("audit", "show").out)


class Shrunk(HeldTest):
    def cut(self, minutes: int, rows_left: int) -> None:
        for export in EXPORTS:
            run = self.newer(export, minutes)
            run.part().write_rows(run.part().rows()[:rows_left + 1])

    def test_a_run_that_lost_rows_is_held(self) -> None:
        self.cut(50, 200)
        self.assert_tells(self.world.run("sync", code=BAD_INPUT), "200 rows")
        self.assert_stays()
        self.assertIn("run-held", self.world.run("alerts", "check", code=1).out)
        self.world.run("months", "late", "leave", *MONTH, "--reason", "the export was cut")
        self.world.run("sync")
        self.assert_stays()
        self.world.run("alerts", "check", code=None)
        self.assertNotIn("run-held", self.world.run("alerts", "list").out)
        self.world.run("months", "late", "leave", *MONTH, "--reason", "again", code=USAGE)

    def drop_cheap_rows(self, minutes: int, percent: int) -> None:
        """Newer runs without some of the cheapest rows of one currency, with charges on the same days as before."""
        for export in EXPORTS:
            run = self.newer(export, minutes)
            header, *rows = run.part().rows()
            cost, day, currency = (header.index(name) for name in ("costInBillingCurrency", "date", "billingCurrency"))
            usual = Counter(row[currency] for row in rows).most_common(1)[0][0]
            left = Counter(row[day] for row in rows)
            gone: set[int] = set()
            candidates = [number for number, row in enumerate(rows) if row[currency] == usual]
            for number in sorted(candidates, key=lambda number: abs(Decimal(rows[number][cost]))):
                if len(gone) < len(rows) * percent // 100 and left[rows[number][day]] > 1:
                    left[rows[number][day]] -= 1
                    gone.add(number)
            run.part().write_rows([header, *(row for number, row in enumerate(rows) if number not in gone)])

    def test_small_losses_add_up(self) -> None:
        self.drop_cheap_rows(50, 3)
        self.world.run("sync")
        self.before = self.world.costs()
        self.drop_cheap_rows(52, 3)
        self.assert_tells(self.world.run("sync", code=BAD_INPUT), "an earlier one had")
        self.assert_stays()
        self.world.run("months", "late", "accept", *MONTH, "--reason", "a tenant left")
        self.assertEqual(self.late(), [])
        self.drop_cheap_rows(54, 3)
        self.world.run("sync")
        self.assertEqual(self.late(), [])

    def lose_last_day(self, minutes: int) -> str:
        """Newer runs with as many rows and the same costs, those of the last day on the day before."""
        last = ""
        for export in EXPORTS:
            run = self.newer(export, minutes)
            header, *rows = run.part().rows()
            day = header.index("date")
            days = sorted({row[day] for row in rows}, key=lambda text: [text[6:], text])
            last = days[-1]
            for row in rows:
                row[day] = days[-2] if row[day] == last else row[day]
            run.part().write_rows([header, *rows])
        return f"{last[6:]}-{last[:2]}-{last[3:5]}" if "/" in last else last

    def test_a_run_of_fewer_days_is_held(self) -> None:
        last = self.lose_last_day(50)
        self.assert_tells(self.world.run("sync", code=BAD_INPUT), f"has no charges of {last}")
        self.assert_stays()
        self.assertEqual([one["because"] for one in self.late()], ["shrunk"])
        self.assertIn("run-held", self.world.run("alerts", "check", code=1).out)
        self.world.run("months", "late", "accept", *MONTH, "--reason", "nothing was used on that day")
        self.assertEqual(self.late(), [])
        self.assertTrue(self.world.prove()["holds"])

    def test_the_place_of_a_withdrawn_run_is_taken_by_the_one_before(self) -> None:
        whole = self.in_force()
        self.newer("amortized-cost", 58)
        self.world.run("sync")
        again = (self.in_force() - whole).pop()
        run = self.newer("actual-cost", 59)
        rows = run.part().rows()
        run.part().write_rows(rows[:len(rows) // 2])
        self.world.run("sync", code=BAD_INPUT)
        self.world.run("imports", "withdraw", again, "--reason", "made twice", code=BAD_INPUT)
        self.assertEqual(self.in_force(), whole)
        self.assert_same_costs(self.world.costs(), self.before)

    def test_all_that_a_newer_run_lacks_is_told(self) -> None:
        run = self.newer("actual-cost", 50)
        run.part().set_cell(1, "costInBillingCurrency", "1.234,56")
        rows = run.part().rows()
        run.part().write_rows(rows[:len(rows) // 2])
        self.world.run("sync", code=BAD_INPUT)
        talk = self.world.run("months", "late").talk
        self.assertIn("1 row of the newer files could not be read; the ActualCost run has ", talk)

    def test_a_run_of_fewer_days_is_taken_on_purpose(self) -> None:
        self.lose_last_day(50)
        self.world.run("sync", "--accept-shrunk")
        self.assertEqual(self.late("--all"), [])

    def test_a_run_that_lost_costs_is_held(self) -> None:
        rows = latest_run(self.sample, "actual-cost", OCTOBER).part().rows()
        cost = rows[0].index("costInBillingCurrency")
        for export in EXPORTS:
            run = self.newer(export, 50)
            rows = run.part().rows()
            run.part().write_rows([rows[0], *([*row[:cost], "0", *row[cost + 1:]] for row in rows[1:])])
        self.assert_tells(self.world.run("sync", code=BAD_INPUT), "those in force")
        self.assert_stays()

    def test_effective_costs_that_are_gone_are_held(self) -> None:
        run = self.newer("amortized-cost", 50)
        rows = run.part().rows()
        cost, model = rows[0].index("costInBillingCurrency"), rows[0].index("pricingModel")
        for row in rows[1:]:
            row[cost] = "0" if row[model] == "Reservation" else row[cost]
        run.part().write_rows(rows)
        self.assert_tells(self.world.run("sync", code=BAD_INPUT), "effective cost")
        self.assert_stays()

    def test_it_is_taken_on_purpose(self) -> None:
        self.cut(50, 200)
        self.world.run("sync", "--accept-shrunk")
        self.assertNotEqual(self.world.costs(), self.before)

    def test_the_setting_says_how_much_may_go(self) -> None:
        self.world.run("config", "set", "runs.shrink-percent", 100)
        self.cut(50, 200)
        self.world.run("sync")
        self.assertNotEqual(self.world.costs(), self.before)


class Locks(HeldTest):
    def test_many_months_at_once(self) -> None:
        self.world.run("months", "lock", code=USAGE)
        self.world.run("months", "lock", "--month", "2020-01", code=USAGE)
        locked = self.world.run("months", "lock", "--month", OCTOBER, "--json").json()["months"]
        self.assertEqual(locked, [{"connection": "acme", "month": OCTOBER, "state_before": "open"}])
        self.assertEqual(self.world.run("months", "lock", "--month", OCTOBER, "--json").json()["months"], [])
        self.world.run("months", "unlock", "--month", OCTOBER)
        self.assertNotEqual(self.world.months()[0]["state"], "locked")
        told = self.world.run("months", "lock", "--month", OCTOBER)
        self.assertIn("note: it was open, not complete: the ", told.talk)

    def test_complete_months_lock_by_themselves_when_they_are_due(self) -> None:
        self.newer("actual-cost", 50)
        self.newer("amortized-cost", 50)
        for export in EXPORTS:
            run = latest_run(self.sample, export, OCTOBER)
            run.manifest["runInfo"]["submittedTime"] = "2026-11-08T00:00:00Z"
            run.write_manifest()
        self.world.run("sync")
        self.assertEqual(self.world.months()[0]["state"], "complete")
        self.world.run("config", "set", "months.lock-after-days", 30)
        self.world.run("sync", today="2026-11-29")
        self.assertEqual(self.world.months()[0]["state"], "complete")
        self.world.run("sync", today="2026-11-30")
        self.assertEqual(self.world.months()[0]["state"], "locked")


class Locked(HeldTest):
    def setUp(self) -> None:
        super().setUp()
        self.world.run("months", "lock", *MONTH)
        self.change_both(50, "costInBillingCurrency", "1234567.5")

    def test_what_changed_later_is_shown_by_customer(self) -> None:
        self.assertEqual(self.world.run("sync").code, DONE)
        self.assert_stays()
        late = self.late()
        self.assertEqual([one["because"] for one in late], ["locked"])
        changed = late[0]["changes"]
        self.assertEqual(len(changed), 1)
        shown = self.world.run("report", "changes", "--json", "--month", OCTOBER).json()
        differences = [row["BilledCostDifference"] for row in shown if row["BilledCostDifference"] != "0"]
        self.assertEqual(differences, [changed[0]["BilledCostDifference"]])
        self.assertTrue(self.world.prove()["holds"])

    def test_rules_of_later_are_no_late_change(self) -> None:
        rules = self.world.folder / "rules.yaml"
        rules.write_text(f"- effective: {OCTOBER}\n  rules:\n    - name: all\n      when: {{ChargeCategory: Usage}}\n"
                         f"      assign: {self.before[0]['CustomerId']}\n", encoding="utf-8")
        self.world.run("rules", "apply", rules)
        self.world.run("sync")
        self.assertEqual(len(self.late()[0]["changes"]), 1)

    def test_it_can_be_reopened(self) -> None:
        self.world.run("sync")
        self.world.run("months", "late", "accept", *MONTH, "--reason", "Azure charged it")
        self.assertNotEqual(self.world.costs(), self.before)
        self.assertNotEqual(self.world.months()[0]["state"], "locked")
        self.assertEqual(self.late(), [])
        old_and_new = self.world.run("report", "changes", "--json", "--month", OCTOBER).json()
        self.assertTrue([row for row in old_and_new if row["BilledCostDifference"] != "0"])

    def test_it_can_be_left(self) -> None:
        self.world.run("sync")
        leave = ("months", "late", "leave", *MONTH, "--reason", "credited by hand")
        would = self.world.run(*leave, "--dry-run", "--json").json()
        self.assertEqual(would, {"connection": "acme", "month": OCTOBER, "dry_run": True})
        self.assert_tells(self.world.run(*leave, "--dry-run"), "nothing was changed")
        self.assertEqual(len(self.late()), 1)
        self.world.run(*leave)
        self.assertEqual(self.late(), [])
        self.world.run(*leave, "--dry-run", code=USAGE)
        self.world.run("sync")
        self.assertEqual(self.late(), [])
        self.assert_stays()

    def test_what_was_left_stays_out_when_the_month_is_opened(self) -> None:
        self.world.run("sync")
        self.world.run("months", "late", "leave", *MONTH, "--reason", "credited by hand")
        self.world.run("months", "unlock", *MONTH)
        for command in (("sync",), ("split",), ("customer", "edit", self.before[0]["CustomerId"], "--name", "Other")):
            self.world.run(*command)
            self.assert_stays()
        self.assertIn("left out of force", " ".join(self.world.prove()["months"][0]["notes"]))
        self.world.run("months", "late", "accept", *MONTH, "--reason", "it is right after all")
        self.assertNotEqual(self.world.costs(), self.before)

    def test_a_lock_hides_no_gap(self) -> None:
        self.world.run("months", "unlock", *MONTH)
        for number in (one["import"] for one in self.world.run("imports", "list", "--json").json()["imports"]
                       if one["dataset"] == "AmortizedCost"):
            self.world.run("imports", "withdraw", number, "--reason", "for a gap", code=None)
        gap = "no amortized run"
        self.assertIn(gap, self.world.run("report", "costs", "--by", "BillingCurrency").talk)
        self.world.run("months", "lock", *MONTH)
        self.assertIn(gap, self.world.months()[0]["reason"])
        self.assertIn(gap, self.world.run("report", "costs", "--by", "BillingCurrency").talk)


if __name__ == "__main__":
    harness.main()
    unittest.main()
