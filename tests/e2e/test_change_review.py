"""What changes is shown before it changes: on a terminal with a question, with --dry-run, and as JSON."""
import unittest
from decimal import Decimal

import harness
from harness import CHECK_FAILED, DONE, USAGE, WorldTest

OCTOBER = "2026-10"


class ChangeReview(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.sample = self.world.sample(seed=41, rows=400, months="2026-09..2026-10", customers=6, no_focus=True)
        self.world.init(self.sample)
        self.world.run("sync")
        self.before = self.world.costs()
        named = [row for row in self.before if row["CustomerId"] != "unassigned"]
        self.loser, self.winner = named[0]["CustomerId"], named[1]["CustomerId"]
        customers = self.world.run("customer", "list", "--json").json()["customers"]
        self.tenants = {one["id"]: one["tenant_ids"] for one in customers}
        self.rules = self.world.folder / "rules.yaml"
        self.rules.write_text(
            f"- effective: 2026-10\n  rules:\n    - name: all to one\n"
            f"      when: {{CustomerTenantId: [{', '.join(self.tenants[self.loser])}]}}\n      assign: {self.winner}\n",
            encoding="utf-8")

    def sums(self, costs: list[dict[str, str]]) -> dict[tuple[str, str], Decimal]:
        return {(row["CustomerId"], row["BillingCurrency"]): Decimal(row["BilledCost"]) for row in costs}

    def assert_changes_are_those_of(self, changes: list[dict], after: list[dict[str, str]]) -> None:
        """The differences that were told, added up over the months, are those of the reports."""
        told: dict[tuple[str, str], Decimal] = {}
        for change in changes:
            key = (change["CustomerId"], change["BillingCurrency"])
            told[key] = told.get(key, Decimal()) + Decimal(change["BilledCostDifference"])
        old, new = self.sums(self.before), self.sums(after)
        real = {key: new.get(key, Decimal()) - old.get(key, Decimal()) for key in old.keys() | new.keys()}
        self.assertEqual({key: value for key, value in told.items() if value},
                         {key: value for key, value in real.items() if value})

    def test_a_dry_run_tells_what_apply_then_does(self) -> None:
        files = self.world.lake_files()
        dry = self.world.run("rules", "apply", self.rules, "--dry-run", "--json").json()
        self.assertTrue(dry["dry_run"])
        self.assertTrue(dry["new_version"])
        self.assert_same_costs(self.world.costs(), self.before)
        self.assertEqual(self.world.lake_files(), files)
        self.assertEqual({change["CustomerId"] for change in dry["changes"]}, {self.loser, self.winner})
        self.assertEqual({change["Month"] for change in dry["changes"]}, {OCTOBER})
        self.assertEqual({change["Reason"] for change in dry["changes"]}, {"rule all to one"})
        applied = self.world.run("rules", "apply", self.rules, "--json").json()
        self.assertEqual(applied["changes"], dry["changes"])
        self.assert_changes_are_those_of(dry["changes"], self.world.costs())
        self.assertTrue(self.world.prove()["holds"])

    def test_a_preview_tells_the_same_and_only_what_changes(self) -> None:
        preview = self.world.run("rules", "preview", self.rules, "--month", OCTOBER, "--json").json()
        dry = self.world.run("rules", "apply", self.rules, "--dry-run", "--json").json()
        self.assertEqual(preview["rows"], dry["changes"])
        self.world.run("rules", "apply", self.rules)
        nothing = self.world.run("rules", "preview", self.rules, "--month", OCTOBER)
        self.assert_tells(nothing, "nothing would change")
        self.assertEqual(nothing.out, "")
        self.assert_tells(self.world.run("rules", "apply", self.rules), "no customer's amounts change", "already")

    def test_a_terminal_is_asked_and_no_changes_nothing(self) -> None:
        for answer in ("n\n", "\n"):
            code, told = self.at_terminal(answer, "rules", "apply", self.rules)
            self.assertEqual(code, CHECK_FAILED, told)
            for part in ("pays more", "pays less", self.loser, "[y/N]", "nothing was changed"):
                self.assertIn(part, told)
        self.assert_same_costs(self.world.costs(), self.before)
        self.assertEqual(self.world.run("rules", "history", "--json").json()["versions"], [])
        code, told = self.at_terminal("", "rules", "apply", self.rules, "--yes")
        self.assertEqual(code, DONE, told)
        self.assertNotIn("[y/N]", told)
        self.assertNotEqual(self.world.costs(), self.before)
        code, told = self.at_terminal("y\n", "rules", "revert", 1)
        self.assertEqual(code, DONE, told)
        self.assertNotIn("[y/N]", told)  # nothing would change

    def test_unassigned_tenants_are_told_once_with_amounts(self) -> None:
        dry = self.world.run("customer", "edit", self.loser, "--dry-run", "--json",
                             *(part for tenant in self.tenants[self.loser] for part in ("--remove-tenant", tenant)))
        document = dry.json()
        new = [one for one in document["unassigned_tenants"] if one["new"]]
        self.assertEqual({one["tenant_id"] for one in new}, set(self.tenants[self.loser]))
        lost = [Decimal(one["BilledCostDifference"]) for one in document["changes"] if one["CustomerId"] == self.loser]
        self.assertEqual(sum(Decimal(one["BilledCost"]) for one in new), -sum(lost))
        self.assert_same_costs(self.world.costs(), self.before)

    def test_what_is_unknown_is_not_zero(self) -> None:
        world = harness.World()
        self.addCleanup(world.close)
        world.run("init")
        world.run("connection", "add", "--name", "acme", "--actual", self.sample / "exports/actual-cost")
        world.run("customer", "import", self.sample / "customers.csv")
        world.run("sync", code=None)
        preview = world.run("rules", "preview", self.rules, "--month", OCTOBER, "--json").json()
        self.assertTrue(preview["rows"])
        for row in preview["rows"]:
            self.assertNotIn("EffectiveCostDifference", row)
            for side in ("Old", "New"):  # who has no charges has no cost; who has some, an unknown one
                self.assertEqual("EffectiveCost" + side in row, row["BilledCost" + side] == "0", row)

    def test_a_withdrawal_shows_what_it_changes(self) -> None:
        imports = self.world.run("imports", "list", "--json", "--month", OCTOBER).json()["imports"]
        number = next(one["import"] for one in imports if one["state"] == "in force" and one["dataset"] == "ActualCost")
        dry = self.world.run("imports", "withdraw", number, "--reason", "a test", "--dry-run", "--json", code=None)
        self.assertTrue(dry.json()["changes"])
        self.assert_same_costs(self.world.costs(), self.before)
        self.world.run("imports", "withdraw", number, "--reason", "a test", code=None)
        self.assert_changes_are_those_of(dry.json()["changes"], self.world.costs())

    def test_versions_are_compared_and_reverted(self) -> None:
        self.world.run("rules", "apply", self.rules)
        after_first = self.world.costs()
        first = self.rules.read_text(encoding="utf-8")
        self.rules.write_text("# with a comment\n" + first.replace("all to one", "renamed"), encoding="utf-8")
        differences = self.world.run("rules", "diff", self.rules, "--json").json()["differences"]
        self.assertEqual([(one["edit"], one["name"]) for one in differences],
                         [("added", "renamed"), ("removed", "all to one")])
        self.rules.write_text("- effective: 2026-10\n  rules: []\n", encoding="utf-8")
        self.world.run("rules", "apply", self.rules)
        self.assert_same_costs(self.world.costs(), self.before)
        self.assertIn("all to one: removed", self.world.run("rules", "diff").out)
        self.assertIn("all to one: added", self.world.run("rules", "diff", "2", "1").out)
        reverted = self.world.run("rules", "revert", 1, "--json").json()
        self.assertEqual((reverted["version"], reverted["reverted_to"]), (3, 1))
        self.assert_same_costs(self.world.costs(), after_first)
        self.assertEqual(self.world.run("rules", "show", "--version", 3).out, first)
        self.world.run("rules", "revert", 9, code=USAGE)
        self.world.run("rules", "diff", "9", code=USAGE)
        self.assertIn("no differences", self.world.run("rules", "diff", "1", "3").talk)

    def test_a_connection_goes_with_its_imports(self) -> None:
        self.world.run("connection", "remove", "acme", code=USAGE)
        self.world.run("connection", "remove", "acme", "--with-imports", code=USAGE)
        self.world.run("connection", "remove", "acme", "--reason", "why", code=USAGE)
        self.world.run("months", "lock", "--month", "2026-09")
        gone = ("connection", "remove", "acme", "--with-imports", "--reason", "made for a trial")
        self.assert_tells(self.world.run(*gone, code=USAGE), "2026-09", "locked")
        self.world.run("months", "unlock", "--month", "2026-09")
        dry = self.world.run(*gone, "--dry-run", "--json").json()
        self.assertEqual(dry["months"], ["2026-09", OCTOBER])
        self.assertGreater(dry["imports"], 3)
        self.assert_same_costs(self.world.costs(), self.before)
        self.assert_changes_are_those_of(dry["changes"], [])
        code, told = self.at_terminal("n\n", *gone)
        self.assertEqual(code, CHECK_FAILED, told)
        self.assert_same_costs(self.world.costs(), self.before)
        self.world.run(*gone)
        self.assertEqual(self.world.months(), [])
        self.assertIn("made for a trial", self.world.run("audit", "show").out)
        self.assertTrue(self.world.run("audit", "verify", "--json").json()["holds"])
        self.world.run("connection", "add", "--name", "acme", "--actual", self.sample / "exports/actual-cost",
                       "--amortized", self.sample / "exports/amortized-cost")
        self.assertEqual(self.world.lake_files(), set())
        self.world.run("sync")
        self.assert_same_costs(self.world.costs(), self.before)


POLICIES = """- effective: 2026-01
  policies:
    - commitments: {kind: reservation}
      used: in_proportion
      unused: by_use
    - unused: {key: {%(first)s: 60, %(second)s: 40}}
"""
SHARING_RULES = """- effective: 2026-01
  rules:
    - {name: all to one, when: {CustomerTenantId: [%(tenants)s]}, assign: %(second)s}
    - {name: waste by weight, when: {CommitmentDiscountStatus: Unused}, share: {%(first)s: 70, %(third)s: 30}}
    - name: some use in proportion
      when: {all: [{CommitmentDiscountStatus: Used}, {ServiceName: {contains: Virtual}}]}
      share: {in_proportion_to: BilledCost, over: [%(first)s, %(second)s, %(third)s]}
"""


class PreviewWithPolicies(WorldTest):
    """What a preview says each customer would have is what it has afterwards, digit by digit."""

    def costs(self, month: str) -> dict[tuple[str, str], list[Decimal]]:
        rows = self.world.costs("CustomerId,BillingCurrency", "--month", month)
        return {(row["CustomerId"], row["BillingCurrency"]): [Decimal(row["BilledCost"]), Decimal(row["EffectiveCost"])]
                for row in rows}

    def assert_told(self, changes: list[dict], before: dict, after: dict) -> None:
        nothing = [Decimal(), Decimal()]
        told = {(row["CustomerId"], row["BillingCurrency"]): [[Decimal(row[metric + side]) for metric in
                                                               ("BilledCost", "EffectiveCost")]
                                                              for side in ("Old", "New")] for row in changes}
        both = {key: [before.get(key, nothing), after.get(key, nothing)] for key in {*before, *after}}
        self.assertEqual(told, {key: sides for key, sides in both.items() if sides[0] != sides[1]})

    def test_the_new_amounts_are_those_after_apply(self) -> None:
        sample = self.world.sample(seed=17, rows=1500, months="2026-09..2026-10", customers=6, no_focus=True)
        self.world.init(sample)
        self.world.run("sync")
        customers = self.world.run("customer", "list", "--json").json()["customers"]
        first, second, third, loser = customers[:4]
        policies = self.world.folder / "policies.yaml"
        policies.write_text(POLICIES % {"first": first["id"], "second": second["id"]}, encoding="utf-8")
        self.world.run("commitments", "policy", "apply", policies)
        before = {month: self.costs(month) for month in ("2026-09", OCTOBER)}
        self.assertGreater(len({currency for _, currency in before[OCTOBER]}), 1)
        rules = self.world.folder / "rules.yaml"
        rules.write_text(SHARING_RULES % {"first": first["id"], "second": second["id"], "third": third["id"],
                                          "tenants": ", ".join(loser["tenant_ids"])}, encoding="utf-8")
        previews = {month: self.world.run("rules", "preview", rules, "--month", month, "--json").json()["rows"]
                    for month in before}
        dry = self.world.run("rules", "apply", rules, "--dry-run", "--json").json()["changes"]
        self.assertEqual([row for month in before for row in previews[month]], dry)
        self.world.run("rules", "apply", rules)
        kinds = self.world.run("query", "SELECT x_AssignmentKind, count(*) AS n FROM assigned_charges "
                               "GROUP BY x_AssignmentKind", "--format", "csv").rows()
        self.assertEqual({row["x_AssignmentKind"] for row in kinds}, {"direct", "share", "move"})
        counts = self.world.run("query", "SELECT count(*) AS n, count(DISTINCT Month || x_AssignmentId) AS ids "
                                "FROM assigned_charges", "--format", "csv").rows()[0]
        self.assertEqual(counts["n"], counts["ids"])
        for month, changes in previews.items():
            self.assert_told(changes, before[month], self.costs(month))
        self.assertTrue(self.world.prove()["holds"])


if __name__ == "__main__":
    harness.main()
    unittest.main()
