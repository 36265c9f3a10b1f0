"""Later, earlier, shorter runs, runs of different moments: the outcome depends on what is there, not on order."""
import itertools
import random
import shutil
import unittest
from pathlib import Path

import harness
import oracle
from harness import CHECK_FAILED, USAGE, RunFolder, WorldTest, latest_run, runs_of

BY_CUSTOMER = "CustomerId,BillingCurrency"
OCTOBER = "2026-10"
EXPORTS = ("actual-cost", "amortized-cost")


def amounts(rows: list[dict], *columns: str) -> list[dict]:
    """These columns only, without the rows that are zero in all amounts among them."""
    cut = [{name: row[name] for name in columns} for row in rows]
    return [row for row in cut if any(row[name] != "0" for name in columns if name.endswith("Cost"))]


class RestatementTest(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.sample = self.world.sample(seed=61, rows=1500, months=OCTOBER, no_focus=True)
        self.early = {export: runs_of(self.sample, export, OCTOBER)[0] for export in EXPORTS}
        self.late = {export: latest_run(self.sample, export, OCTOBER) for export in EXPORTS}
        self.aside = self.world.folder / "aside"

    def hide(self, run: RunFolder) -> None:
        target = self.aside / run.folder.relative_to(self.sample)
        target.parent.mkdir(parents=True, exist_ok=True)
        run.folder.rename(target)

    def show(self, run: RunFolder) -> None:
        (self.aside / run.folder.relative_to(self.sample)).rename(run.folder)

    def take(self, run: RunFolder) -> None:
        self.world.run("import", run.folder, "--connection", "acme")

    def check_final(self) -> None:
        bill = oracle.Bill.of_sample(self.sample)
        self.assert_same_costs(self.world.costs(BY_CUSTOMER), bill.costs(BY_CUSTOMER))
        proof = self.world.prove()
        self.assertTrue(proof["holds"])
        self.assertEqual(proof["months"][0]["timing_rows"], 0)
        in_force = {run["run_id"] for run in self.world.months()[0]["runs"] if run["in_force"]}
        self.assertEqual(in_force, {run.manifest["runInfo"]["runId"] for run in self.late.values()})

    def test_the_runs_differ(self) -> None:
        for export in EXPORTS:
            early, late = self.early[export].part().read(), self.late[export].part().read()
            self.assertNotEqual(early, late)

    def test_every_order(self) -> None:
        runs = [*self.early.values(), *self.late.values()]
        orders = list(itertools.permutations(runs))
        for number, order in enumerate(random.Random(1).sample(orders, 8)):
            with self.subTest(order=number):
                self.world.home = self.world.folder / f"home{number}"
                self.world.init(self.sample)
                for run in order:
                    self.take(run)
                self.check_final()
                before = self.world.published()
                for run in reversed(order):
                    self.take(run)  # the very same runs once more
                self.world.run("sync")
                self.assertEqual(self.world.published(), before)

    def test_older_run_that_comes_later(self) -> None:
        for run in self.early.values():
            self.hide(run)
        self.world.init(self.sample)
        self.world.run("sync")
        self.check_final()
        before = self.world.costs(f"{BY_CUSTOMER},x_ImportId")
        for run in self.early.values():
            self.show(run)
        self.world.run("sync")
        self.check_final()
        self.assertEqual(self.world.costs(f"{BY_CUSTOMER},x_ImportId"), before)

    def test_shorter_run_made_later(self) -> None:
        self.world.init(self.sample)
        self.world.run("sync")
        before = self.world.costs(f"{BY_CUSTOMER},x_ImportId")
        for export in EXPORTS:
            self.add_short_run(export)
        self.assert_tells(self.world.run("sync"), "the ActualCost run of", "is not in force", "until 2026-10-31")
        self.assertEqual(self.world.costs(f"{BY_CUSTOMER},x_ImportId"), before)
        self.assertTrue(self.world.prove()["holds"])

    def add_short_run(self, export: str) -> None:
        """A one-off export of the first ten days, made after all others."""
        source = self.late[export]
        run_id = f"00000000-0000-4000-8000-0000000000{len(export)}"
        folder = source.folder.parent.with_name("202611200000") / run_id
        shutil.copytree(source.folder, folder)
        run = RunFolder(folder)
        run.manifest["runInfo"] |= {"runId": run_id, "submittedTime": "2026-11-20T00:00:00.0000000Z",
                                    "endDate": "2026-10-10T00:00:00Z", "executionType": "OnDemand"}
        for blob in run.manifest["blobs"]:
            blob["blobName"] = blob["blobName"].replace(source.folder.name, run_id)
        rows = run.part().rows()
        day = rows[0].index("date")
        run.part().write_rows([rows[0], *(row for row in rows[1:] if row[day] <= "10/10/2026")])

    def test_empty_run_made_later(self) -> None:
        self.world.init(self.sample)
        self.world.run("sync")
        before = self.world.costs(f"{BY_CUSTOMER},x_ImportId")
        for export in EXPORTS:
            self.add_short_run(export)
            run = next(run for run in runs_of(self.sample, export, OCTOBER) if run.submitted.startswith("2026-11-20"))
            run.manifest["runInfo"]["endDate"] = "2026-10-31T00:00:00Z"
            run.part().write_rows(run.part().rows()[:1])
        self.world.run("sync")
        self.assertEqual(self.world.costs(f"{BY_CUSTOMER},x_ImportId"), before)

    def test_run_that_was_written_again_in_its_place(self) -> None:
        """With overwrite on, the same run id may come with other bytes."""
        self.world.init(self.sample)
        self.world.run("sync")
        for export in EXPORTS:
            part = self.late[export].part()
            rows = part.rows()
            cost = rows[0].index("costInBillingCurrency")
            usage = next(row for row in rows[1:] if row[rows[0].index("chargeType")] == "Usage"
                         and row[rows[0].index("pricingModel")] == "OnDemand")
            usage[cost] = "77.25"
            part.write_rows(rows)
        self.world.run("sync")
        bill = oracle.Bill.of_sample(self.sample)
        self.assert_same_costs(self.world.costs(BY_CUSTOMER), bill.costs(BY_CUSTOMER))
        self.assertTrue(self.world.prove()["holds"])

    def test_changes_are_reported(self) -> None:
        for run in self.late.values():
            self.hide(run)
        self.world.init(self.sample)
        self.world.run("sync")
        before = oracle.Bill.of_sample(self.sample).costs(BY_CUSTOMER)
        self.assert_same_costs(self.world.costs(BY_CUSTOMER), before)
        for run in self.late.values():
            self.show(run)
        self.world.run("sync")
        self.check_final()
        after = oracle.Bill.of_sample(self.sample).costs(BY_CUSTOMER)
        self.check_changes(before, after)

    def check_changes(self, before: list[dict], after: list[dict]) -> None:
        old, new = ({(row["CustomerId"], row["BillingCurrency"]): row for row in rows} for rows in (before, after))
        nothing = {"BilledCost": "0", "EffectiveCost": "0"}
        wanted = []
        for key in old.keys() | new.keys():
            line = {"CustomerId": key[0], "BillingCurrency": key[1]}
            for name in ("BilledCost", "EffectiveCost"):
                then, now = old.get(key, nothing)[name], new.get(key, nothing)[name]
                difference = oracle.EXACT.subtract(oracle.exact(now), oracle.exact(then))
                line |= {f"{name}Before": then, f"{name}After": now, f"{name}Difference": oracle.plain(difference)}
            wanted.append(line)
        changes = self.world.run("report", "changes", "--month", OCTOBER, "--format", "csv").rows()
        self.assert_same_costs([{name: row[name] for name in wanted[0]} for row in changes], wanted)
        different = [line for line in wanted if line["BilledCostDifference"] != "0"
                     or line["EffectiveCostDifference"] != "0"]
        self.assertTrue(different)
        shown = self.world.run("report", "changes", "--only-differences", "--format", "csv").rows()
        amounts_shown = [{name: row[name] for name in wanted[0]} for row in shown]
        for line in different:
            self.assertIn(line, amounts_shown)
        for row in shown:
            self.assertTrue(row["BilledCostDifference"] != "0" or row["EffectiveCostDifference"] != "0"
                            or row["RowsBefore"] != row["RowsAfter"])

    def test_superseded_rows_stay_readable(self) -> None:
        for run in self.late.values():
            self.hide(run)
        self.world.init(self.sample)
        self.world.run("sync")
        rows = [row["x_RowId"] for row in self.world.costs("x_RowId,BillingCurrency")][::200]
        then = {row: self.world.run("explain", row, "--json").json() for row in rows}
        for run in self.late.values():
            self.show(run)
        self.world.run("sync")
        for row in rows:
            now = self.world.run("explain", row, "--json").json()
            self.assertIn("a later import replaced", now["what"])
            self.assertEqual([now[name] for name in ("file", "line", "run", "columns")],
                             [then[row][name] for name in ("file", "line", "run", "columns")])

    def test_locked_month_stays(self) -> None:
        for run in self.late.values():
            self.hide(run)
        self.world.init(self.sample)
        self.world.run("sync")
        self.world.run("months", "lock", "--connection", "acme", "--month", OCTOBER)
        before = self.world.costs(f"{BY_CUSTOMER},x_ImportId")
        for run in self.late.values():
            self.show(run)
        outcome = self.world.run("sync")
        self.assert_tells(outcome, "locked")
        self.assertEqual(self.world.costs(f"{BY_CUSTOMER},x_ImportId"), before)
        self.assertEqual(self.world.months()[0]["state"], "locked")
        self.assertTrue(self.world.prove()["holds"])
        self.world.run("months", "unlock", "--connection", "acme", "--month", OCTOBER)
        self.world.run("sync")
        self.check_final()


class DifferentMomentsTest(WorldTest):
    """The actual file of one moment and the amortized file of another: nobody's sums suffer, and it is shown."""

    def play(self, seed: int, stale: str, **options) -> tuple[Path, dict]:
        sample = self.world.sample(f"sample{seed}{stale}", seed=seed, rows=1500, months=OCTOBER, no_focus=True,
                                   **options)
        shutil.rmtree(latest_run(sample, stale, OCTOBER).folder)
        self.world.home = self.world.folder / f"home{seed}{stale}"
        self.world.init(sample)
        self.world.run("sync")
        return sample, self.world.prove()

    def test_each_file_keeps_its_sum_for_every_customer(self) -> None:
        for seed, stale in ((71, "amortized-cost"), (72, "actual-cost"), (73, "amortized-cost")):
            with self.subTest(seed=seed, stale=stale):
                sample, proof = self.play(seed, stale, quirks=seed == 73)
                self.assertTrue(proof["holds"])
                bill = oracle.Bill.of_sample(sample)
                for by in (BY_CUSTOMER, "x_CustomerTenantId,BillingCurrency", "x_SubscriptionId,BillingCurrency",
                           "ChargePeriodStart,BillingCurrency", "x_SkuMeterCategory,BillingCurrency",
                           "tag.env,BillingCurrency"):
                    columns = (*by.split(","), "BilledCost", "EffectiveCost")
                    self.assert_same_costs(amounts(self.world.costs(by), *columns), amounts(bill.costs(by), *columns))
                self.check_timing_rows(proof)

    def check_timing_rows(self, proof: dict) -> None:
        month = self.world.months()[-1]
        self.assertGreater(month["timing_rows"], 0)
        self.assertEqual(proof["months"][-1]["timing_rows"], month["timing_rows"])
        marked = [row for row in self.world.costs("x_SourceChanges,x_RowId,BillingCurrency")
                  if "timing" in row["x_SourceChanges"].lower()]
        self.assertEqual(len(marked), month["timing_rows"])
        table = self.world.run("prove").talk + self.world.run("months").out
        self.assertIn(str(month["timing_rows"]), table)
        explained = self.world.run("explain", marked[0]["x_RowId"], "--json").json()
        self.assertIn("timing", str(explained["changes"]).lower())

    def test_it_heals(self) -> None:
        sample = self.world.sample(seed=74, rows=1500, months=OCTOBER, no_focus=True)
        late = latest_run(sample, "amortized-cost", OCTOBER).folder
        aside = self.world.folder / "aside"
        shutil.copytree(late, aside)
        shutil.rmtree(late)
        self.world.init(sample)
        self.world.run("sync")
        self.assertGreater(self.world.months()[0]["timing_rows"], 0)
        shutil.copytree(aside, late)
        self.world.run("sync")
        self.assertEqual(self.world.months()[0]["timing_rows"], 0)
        self.assert_same_costs(self.world.costs(BY_CUSTOMER), oracle.Bill.of_sample(sample).costs(BY_CUSTOMER))

    def test_with_rules(self) -> None:
        sample, _ = self.play(75, "actual-cost")
        rule = oracle.Rule({"tag.env": "dev"}, [("cust-00001", 50), ("cust-00002", 50)])
        file = self.world.folder / "rules.yaml"
        file.write_text("- effective: 2026-01\n  rules:\n    - when: {tag.env: dev}\n"
                        "      share: {cust-00001: 50, cust-00002: 50}\n", encoding="utf-8")
        self.world.run("rules", "apply", file)
        self.assertTrue(self.world.prove()["holds"])
        got = oracle.same_totals(self.world.costs(BY_CUSTOMER), "BillingCurrency")
        wanted = oracle.same_totals(oracle.Bill.of_sample(sample, [rule]).costs(BY_CUSTOMER), "BillingCurrency")
        self.assertEqual({currency: totals[:2] for currency, totals in got.items()},
                         {currency: totals[:2] for currency, totals in wanted.items()})


class MonthsTest(WorldTest):
    def test_gap_between_months(self) -> None:
        sample = self.world.sample(seed=76, rows=700, months="2026-08..2026-10", no_focus=True)
        for export in EXPORTS:
            for run in runs_of(sample, export, "2026-09"):
                shutil.rmtree(run.folder)
        self.world.init(sample)
        self.world.run("sync")
        states = {month["month"]: month["state"] for month in self.world.months()}
        self.assertEqual(states["2026-09"], "missing")
        self.world.run("report", "costs", "--by", BY_CUSTOMER, "--month", "2026-09", code=USAGE)
        self.world.run("prove", "--month", "2026-09", code=CHECK_FAILED)

    def test_two_connections_keep_apart(self) -> None:
        one = self.world.sample("one", seed=77, rows=700, months=OCTOBER, no_focus=True)
        two = self.world.sample("two", seed=78, rows=700, months=OCTOBER, no_focus=True)
        self.world.init(one)
        self.world.run("connection", "add", "--name", "beta", "--actual", two / "exports/actual-cost",
                       "--amortized", two / "exports/amortized-cost")
        self.world.run("sync")
        tenants = oracle.Customers(one / "customers.csv")
        for name, sample in (("acme", one), ("beta", two)):
            runs = [oracle.in_force(oracle.manifests(sample / "exports" / export)) for export in EXPORTS]
            bill = oracle.Bill(oracle.cost_details_charges(*runs), tenants)
            self.assert_same_costs(self.world.costs(BY_CUSTOMER, "--connection", name), bill.costs(BY_CUSTOMER))
        self.assertTrue(self.world.prove()["holds"])


if __name__ == "__main__":
    harness.main()
    unittest.main()
