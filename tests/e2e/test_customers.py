"""Customers retire, become one, and are found in the charges; what was billed stays as it was."""
import csv
import unittest

import harness
from harness import DONE, USAGE, WorldTest

SEPTEMBER, OCTOBER = "2026-09", "2026-10"


class Customers(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.sample = self.world.sample(seed=42, rows=400, months=f"{SEPTEMBER}..{OCTOBER}", customers=6,
                                        no_focus=True)
        self.world.init(self.sample)
        self.world.run("sync")
        named = [row["CustomerId"] for row in self.world.costs() if row["CustomerId"] != "unassigned"]
        self.first, self.second = list(dict.fromkeys(named))[:2]

    def of(self, customer: str, month: str) -> list[dict[str, str]]:
        return self.world.costs("BillingCurrency", "--month", month, "--where", f"CustomerId={customer}")

    def customer(self, name: str) -> dict:
        listed = self.world.run("customer", "list", "--all", "--json").json()["customers"]
        return next(one for one in listed if one["id"] == name)

    def test_who_retires_keeps_what_it_had(self) -> None:
        september = self.of(self.first, SEPTEMBER)
        october = self.of(self.first, OCTOBER)
        dry = self.world.run("customer", "retire", self.first, "--from", "2026-10-01", "--dry-run", "--json").json()
        self.assertIn(self.first, {change["CustomerId"] for change in dry["changes"]})
        self.assertEqual(self.of(self.first, OCTOBER), october)
        self.world.run("customer", "retire", self.first, "--from", "2026-10-01")
        self.assertEqual(self.of(self.first, SEPTEMBER), september)
        self.assertEqual(self.of(self.first, OCTOBER), [])
        self.assertTrue(self.world.prove()["holds"])
        listed = self.world.run("customer", "list", "--json").json()["customers"]
        self.assertNotIn(self.first, {one["id"] for one in listed})
        self.assertEqual(self.customer(self.first)["retired_from"], "2026-10-01")
        rules = self.world.folder / "rules.yaml"
        rules.write_text(f"- effective: {OCTOBER}\n  rules:\n    - name: r\n      when: {{ChargeCategory: Usage}}\n"
                         f"      assign: {self.first}\n", encoding="utf-8")
        self.assert_tells(self.world.run("rules", "apply", rules, code=harness.BAD_INPUT), "is retired as of")
        self.world.run("customer", "retire", self.first, "--undo")
        self.assertEqual(self.of(self.first, OCTOBER), october)

    def test_who_is_merged_goes_on_in_the_other(self) -> None:
        self.world.run("months", "lock", "--month", SEPTEMBER)
        september = self.of(self.first, SEPTEMBER)
        total = self.world.costs("BillingCurrency", "--month", OCTOBER)
        told = self.world.run("customer", "merge", self.first, self.second)
        self.assert_tells(told, "1 month is locked", "pays more")
        self.assertEqual(self.of(self.first, SEPTEMBER), september)
        self.assertEqual(self.of(self.first, OCTOBER), [])
        self.assertEqual(self.world.costs("BillingCurrency", "--month", OCTOBER), total)
        self.assertEqual(self.customer(self.first)["merged_into"], self.second)
        self.assertIn(f"{self.first} into {self.second}", self.world.run("audit", "show").out)
        self.assertTrue(self.world.prove()["holds"])
        self.world.run("customer", "merge", self.second, self.first, code=USAGE)
        told = self.world.run("customer", "merge", "nobody", self.second, code=USAGE)
        self.assertNotIn("by its name", told.talk)

    def test_a_merge_from_a_month_leaves_what_was_before(self) -> None:
        september = self.of(self.first, SEPTEMBER)
        self.world.run("customer", "merge", self.first, self.second, "--from-month", OCTOBER)
        self.assertEqual(self.of(self.first, SEPTEMBER), september)
        self.assertEqual(self.of(self.first, OCTOBER), [])

    def test_who_was_billed_is_not_removed(self) -> None:
        self.world.run("months", "lock", "--month", SEPTEMBER)
        self.assert_tells(self.world.run("customer", "remove", self.first, code=USAGE), "customer retire")
        self.world.run("customer", "add", "mistake")
        self.world.run("customer", "remove", "mistake")

    def test_months_that_are_left_as_they_are_get_named(self) -> None:
        told = self.world.run("customer", "edit", self.first, "--name", "Another", "--no-split")
        self.assert_tells(told, f"acme {SEPTEMBER}, acme {OCTOBER}", "apportion split")

    def test_tenants_of_nobody_become_a_file_of_customers(self) -> None:
        world = harness.World()
        self.addCleanup(world.close)
        world.init(self.sample, customers=False)
        world.run("sync")
        out = world.folder / "new.csv"
        world.run("customer", "discover", "--out", out)
        with out.open(encoding="utf-8", newline="") as file:
            proposed = list(csv.DictReader(file))
        self.assertEqual(list(proposed[0]), ["id", "name", "external_id", "tenant_ids"])
        self.assertEqual(len({one["id"] for one in proposed}), len(proposed))
        world.run("customer", "discover", "--out", out, code=USAGE)  # it may have been changed by hand
        world.run("customer", "import", out)
        again = world.run("customer", "discover", "--json").json()
        self.assertEqual((again["proposed"], again["known"]), ([], len(proposed)))
        world.run("customer", "discover", "--out", world.folder / "none.csv", code=DONE)
        self.assertFalse((world.folder / "none.csv").exists())


if __name__ == "__main__":
    harness.main()
    unittest.main()
