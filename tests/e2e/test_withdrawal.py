"""An import that a person takes out of force: its month is put together from the others, and no sync brings it back."""
import unittest

import harness
from harness import CHECK_FAILED, USAGE, WorldTest, runs_of

OCTOBER = "2026-10"
WHY = ("--reason", "exported at the wrong scope")


class Withdrawal(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        sample = self.world.sample(seed=95, rows=400, months=OCTOBER, customers=4, no_focus=True)
        self.assertEqual(len(runs_of(sample, "actual-cost", OCTOBER)), 2)
        self.world.init(sample)
        self.world.run("sync")
        self.before = self.world.costs()

    def imports(self) -> list[dict]:
        return self.world.run("imports", "list", "--json").json()["imports"]

    def in_force(self) -> list[int]:
        return [one["import"] for one in self.imports() if one["state"] == "in force"]

    def test_the_run_before_is_in_force_again(self) -> None:
        old = self.in_force()
        for number in old:
            self.world.run("imports", "withdraw", number, *WHY)
        self.assertEqual(len(self.in_force()), 2)
        self.assertFalse(set(old) & set(self.in_force()))
        self.assertTrue(self.world.prove()["holds"])
        after = self.world.costs()
        self.assertNotEqual(after, self.before)
        self.world.run("sync")
        self.assert_same_costs(self.world.costs(), after)
        self.assertEqual({one.get("reason") for one in self.imports() if one["import"] in old}, {WHY[1]})
        self.assertIn(WHY[1], self.world.run("audit", "show").out)
        self.world.run("imports", "withdraw", old[0], *WHY, code=USAGE)

    def test_a_month_without_any_import_left_is_missing(self) -> None:
        for one in self.imports():
            self.world.run("imports", "withdraw", one["import"], *WHY, code=None)
        self.assertEqual(self.world.months()[0]["state"], "missing")
        self.assertEqual(self.world.costs(), [])
        self.world.prove(CHECK_FAILED)

    def test_a_locked_month_keeps_its_imports(self) -> None:
        self.world.run("months", "lock", "--month", OCTOBER)
        self.world.run("imports", "withdraw", self.in_force()[0], *WHY, code=USAGE)
        self.assert_same_costs(self.world.costs(), self.before)

    def test_it_needs_a_reason_and_an_import(self) -> None:
        self.world.run("imports", "withdraw", self.in_force()[0], "--reason", " ", code=USAGE)
        self.world.run("imports", "withdraw", 4711, *WHY, code=USAGE)


if __name__ == "__main__":
    harness.main()
    unittest.main()
