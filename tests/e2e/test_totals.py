"""Totals per customer, and by other columns, equal the oracle's digit for digit."""
import random
import unittest
from pathlib import Path

import harness
import oracle
from harness import WorldTest

BY_CUSTOMER = "CustomerId,BillingCurrency"
OTHER_COLUMNS = ("x_CustomerTenantId", "x_SubscriptionId", "x_SkuMeterCategory", "x_ResourceGroupName",
                 "ChargePeriodStart", "tag.env", "Month")


def draw_rules(sample: Path, seed: int) -> tuple[str, list[oracle.Rule]]:
    """A rule file, and the same for the oracle: tenants, tags and resource groups that occur, in an order by chance."""
    draws = random.Random(seed)
    customers = oracle.Customers(sample / "customers.csv").ids
    charges = [charge for _, charge, _ in oracle.Bill.of_sample(sample).lines]
    tenants = sorted({charge.value("x_CustomerTenantId") for charge in charges} - {""})
    groups = sorted({charge.value("x_ResourceGroupName") for charge in charges} - {""})
    environments = sorted({charge.value("tag.env") for charge in charges} - {""})
    rules = [
        oracle.Rule({"x_CustomerTenantId": draws.choice(tenants), "tag.env": draws.choice(environments)},
                    [(draws.choice(customers), 100)]),
        oracle.Rule({"tag.env": draws.choice(environments)}, [(name, 50) for name in draws.sample(customers, 2)]),
        oracle.Rule({"x_CustomerTenantId": draws.choice(tenants)}, [(draws.choice(customers), 100)]),
        oracle.Rule({"x_ResourceGroupName": draws.choice(groups)},
                    list(zip(draws.sample(customers, 3), (50, 33, 17)))),
    ]
    draws.shuffle(rules)
    lines = ["- effective: 2020-01", "  rules:"]
    for number, rule in enumerate(rules, start=1):
        lines.append(f"    - name: drawn {number}")
        lines.append("      when:")
        lines += [f"        {column}: '{value}'".replace("''", "'") for column, value in rule.when.items()]
        name, percent = rule.shares[0]
        shares = "{" + ", ".join(f"{customer}: {part}" for customer, part in rule.shares) + "}"
        lines.append(f"      assign: {name}" if percent == 100 else f"      share: {shares}")
    return "\n".join(lines) + "\n", rules


class TotalsTest(WorldTest):
    def check_against_oracle(self, sample: Path, bill: oracle.Bill) -> None:
        self.assert_same_costs(self.world.costs(BY_CUSTOMER), bill.costs(BY_CUSTOMER))
        months = sorted({charge.month for _, charge, _ in bill.lines})
        for month in months:
            self.assert_same_costs(self.world.costs(BY_CUSTOMER, "--month", month), bill.costs(BY_CUSTOMER, month))
        self.check_proof(sample, bill, months)

    def check_proof(self, sample: Path, bill: oracle.Bill, months: list[str]) -> None:
        proof = self.world.prove()
        self.assertTrue(proof["holds"])
        rows = oracle.rows_in_force(sample)
        self.assertEqual([month["month"] for month in proof["months"] if rows.get(month["month"])], months)
        for month in proof["months"]:
            self.assertEqual(month["rows"], {"source": rows[month["month"]], "stored": rows[month["month"]],
                                             "rejected": 0})
            self.assertEqual(month["timing_rows"], 0)
            by_currency = {row["BillingCurrency"]: row for row in bill.costs("BillingCurrency", month["month"])}
            unassigned = {row["BillingCurrency"]: row for row in bill.costs(BY_CUSTOMER, month["month"])
                          if row["CustomerId"] == oracle.NO_CUSTOMER}
            self.assertEqual({part["currency"] for part in month["currencies"]}, set(by_currency))
            for part in month["currencies"]:
                for metric, column in (("billed", "BilledCost"), ("effective", "EffectiveCost")):
                    total = by_currency[part["currency"]][column]
                    nobodys = unassigned.get(part["currency"], {column: "0"})[column]
                    assigned = oracle.plain(oracle.EXACT.subtract(oracle.exact(total), oracle.exact(nobodys)))
                    wanted = {"source": total, "charges": total, "assigned": assigned, "unassigned": nobodys,
                              "difference": "0"}
                    self.assertEqual({name: part[metric][name] for name in wanted}, wanted)

    def check_other_columns(self, bill: oracle.Bill) -> None:
        totals = oracle.same_totals(bill.costs(BY_CUSTOMER), "BillingCurrency")
        for column in OTHER_COLUMNS:
            with self.subTest(column=column):
                got = self.world.costs(f"{column},BillingCurrency")
                if column == "x_ResourceGroupName":
                    got = [{**row, column: row[column].lower()} for row in got]
                self.assert_same_costs(got, bill.costs(f"{column},BillingCurrency"))
                self.assertEqual(oracle.same_totals(got, "BillingCurrency"), totals)
        for column in ("ServiceName", "ChargeCategory,PricingCategory", "tag.project", "x_ImportId", "CustomerName",
                       "RegionId,ResourceType", "CommitmentDiscountStatus", "x_PartnerCreditRate"):
            with self.subTest(column=column):
                got = self.world.costs(f"{column},BillingCurrency")
                self.assertEqual(oracle.same_totals(got, "BillingCurrency"), totals)

    def check_sample(self, rules_seed: int | None = None, **options) -> None:
        sample = self.world.sample(no_focus=True, **options)
        self.world.init(sample)
        rules: list[oracle.Rule] = []
        if rules_seed is not None:
            text, rules = draw_rules(sample, rules_seed)
            (self.world.folder / "drawn.yaml").write_text(text, encoding="utf-8")
            self.world.run("rules", "apply", self.world.folder / "drawn.yaml")
        self.world.run("sync")
        bill = oracle.Bill.of_sample(sample, rules)
        self.check_against_oracle(sample, bill)
        self.check_other_columns(bill)

    def test_plain_csv(self) -> None:
        self.check_sample(seed=11, months="2026-09..2026-10", rows=3000)

    def test_csv_gz_with_rules(self) -> None:
        self.check_sample(seed=12, months="2026-10", rows=3000, format="csv.gz", rules_seed=1)

    def test_month_that_is_not_over(self) -> None:
        self.check_sample(seed=13, months="2026-10..2026-11", rows=2500)

    def test_quirks(self) -> None:
        for seed in harness.seeds(21, 6):
            with self.subTest(seed=seed):
                self.setUp()
                self.check_sample(seed=seed, months="2026-08..2026-10", rows=1500, quirks=True, rules_seed=seed,
                                  format="csv.gz" if seed % 2 else "csv")

    def test_many_customers_with_quirks(self) -> None:
        self.check_sample(seed=31, months="2026-10", rows=12000, customers=600, quirks=True)

    def test_rules_that_come_after_the_charges(self) -> None:
        sample = self.world.sample(seed=14, months="2026-10", no_focus=True)
        self.world.init(sample)
        self.world.run("sync")
        text, rules = draw_rules(sample, 5)
        (self.world.folder / "drawn.yaml").write_text(text, encoding="utf-8")
        self.world.run("rules", "apply", self.world.folder / "drawn.yaml")
        self.check_against_oracle(sample, oracle.Bill.of_sample(sample, rules))

    def test_customers_that_come_after_the_charges(self) -> None:
        sample = self.world.sample(seed=15, months="2026-10", no_focus=True)
        self.world.init(sample, customers=False)
        self.world.run("sync")
        self.assertEqual({row["CustomerId"] for row in self.world.costs()}, {oracle.NO_CUSTOMER})
        self.world.run("customer", "import", sample / "customers.csv")
        self.check_against_oracle(sample, oracle.Bill.of_sample(sample))

    def test_a_tenant_that_comes_to_another_customer_on_a_day(self) -> None:
        sample = self.world.sample(seed=18, months="2026-09..2026-10", no_focus=True)
        self.world.init(sample)
        self.world.run("sync")
        by = "CustomerId,x_CustomerTenantId,Date,BillingCurrency"
        before = self.world.costs(by)
        customers = self.world.run("customer", "list", "--json").json()["customers"]
        first = next(customer for customer in customers if customer["tenant_ids"])
        second = next(customer for customer in customers if customer["id"] != first["id"])
        tenant = first["tenant_ids"][0]
        self.world.run("customer", "edit", second["id"], "--add-tenant", tenant, "--from", "2026-10-11")
        wanted = [{**row, "CustomerId": second["id"]}
                  if row["x_CustomerTenantId"] == tenant and row["Date"] >= "2026-10-11" else row for row in before]
        self.assertNotEqual(wanted, before)
        self.assert_same_costs(self.world.costs(by), wanted)
        self.assertTrue(self.world.prove()["holds"])
        self.world.run("customer", "edit", second["id"], "--remove-tenant", tenant)
        self.assert_same_costs(self.world.costs(by), before)

    def test_threads_and_memory_change_nothing(self) -> None:
        sample = self.world.sample(seed=16, months="2026-10", rows=8000, no_focus=True)
        bill = oracle.Bill.of_sample(sample)
        for options in (("--threads", 1), ("--threads", 7, "--memory", 128)):
            with self.subTest(options=options):
                self.world.home = self.world.folder / f"home{options[1]}"
                self.world.init(sample)
                self.world.run(*options, "sync")
                self.check_against_oracle(sample, bill)

    def test_parquet_is_as_csv(self) -> None:
        for quirks in (False, True):
            with self.subTest(quirks=quirks):
                reports = {}
                for kind in ("csv", "parquet"):
                    sample = self.world.sample(f"{kind}{quirks}", seed=17, format=kind, quirks=quirks, rows=3000)
                    self.world.home = self.world.folder / f"home-{kind}{quirks}"
                    self.world.init(sample)
                    self.world.run("sync")
                    self.assertTrue(self.world.prove()["holds"])
                    reports[kind] = [self.world.costs(f"{column},BillingCurrency")
                                     for column in ("CustomerId", *OTHER_COLUMNS, "ServiceName", "RegionId")]
                    if kind == "csv":
                        self.assert_same_costs(reports[kind][0], oracle.Bill.of_sample(sample).costs(BY_CUSTOMER))
                self.assertEqual(reports["csv"], reports["parquet"])


class FocusTest(WorldTest):
    def check_focus(self, sample: Path, mended: bool) -> None:
        bill = oracle.Bill.of_focus(sample)
        mends = oracle.focus_mends(bill) if mended else {}
        columns = ("BilledCost",) if mended else ("BilledCost", "EffectiveCost")
        got = self.world.costs(BY_CUSTOMER)
        wanted = bill.costs(BY_CUSTOMER)
        keys = ("CustomerId", "BillingCurrency", *columns)
        self.assert_same_costs([{key: row[key] for key in keys} for row in got],
                               [{key: row[key] for key in keys} for row in wanted])
        proof = self.world.prove()
        self.assertTrue(proof["holds"])
        for month in proof["months"]:
            totals = {row["BillingCurrency"]: row for row in bill.costs("BillingCurrency", month["month"])}
            for part in month["currencies"]:
                total = totals[part["currency"]]
                self.assertEqual(part["billed"]["source"], total["BilledCost"])
                self.assertEqual(part["billed"]["charges"], total["BilledCost"])
                self.assertEqual(part["effective"]["source"], total["EffectiveCost"])
                changed = oracle.EXACT.subtract(oracle.exact(part["effective"]["charges"]),
                                                oracle.exact(total["EffectiveCost"]))
                self.assertEqual(part["effective"]["mended"], oracle.plain(changed))
        if mended:
            shown = {currency: oracle.NOTHING for currency in mends}
            for month in proof["months"]:
                for part in month["currencies"]:
                    if part["currency"] in shown:
                        shown[part["currency"]] += oracle.exact(part["effective"]["mended"])
            self.assertEqual(shown, mends)

    def test_focus_alone(self) -> None:
        for seed, quirks in ((41, False), (42, True), (43, True), (44, True), (45, True)):
            with self.subTest(seed=seed):
                self.setUp()
                sample = self.world.sample(seed=seed, quirks=quirks, rows=1500, months="2026-10")
                self.world.init(sample, cost_details=False, focus=True)
                self.world.run("sync")
                self.check_focus(sample, mended=True)

    def test_focus_as_it_is(self) -> None:
        sample = self.world.sample(seed=44, quirks=True, rows=1500, months="2026-09..2026-10")
        self.world.run("init")
        self.world.run("connection", "add", "--name", "acme", "--focus", sample / "exports/focus-cost", "--no-mend")
        self.world.run("customer", "import", sample / "customers.csv")
        self.world.run("sync")
        self.check_focus(sample, mended=False)

    def test_mends_are_shown_row_by_row(self) -> None:
        sample = self.world.sample(seed=41, rows=1500, months="2026-10")
        self.world.init(sample, cost_details=False, focus=True)
        self.world.run("sync")
        changed = [row for row in self.world.costs("x_SourceChanges,BillingCurrency") if row["x_SourceChanges"]]
        self.assertTrue(any("ContractedCost 0 -> EffectiveCost" in row["x_SourceChanges"] for row in changed), changed)

    def test_focus_beside_cost_details_is_compared(self) -> None:
        sample = self.world.sample(seed=46, rows=1500, months="2026-10")
        self.world.init(sample, focus=True)
        self.world.run("sync")
        self.assert_same_costs(self.world.costs(BY_CUSTOMER), oracle.Bill.of_sample(sample).costs(BY_CUSTOMER))
        self.assertTrue(self.world.prove()["holds"])


if __name__ == "__main__":
    harness.main()
    unittest.main()
