"""Cost reports as a person asks for them: months, currencies, quantities, and what a terminal shows."""
import fcntl
import os
import pty
import select
import struct
import termios
import unittest

import harness
import oracle
from harness import USAGE, WorldTest

BY_CUSTOMER = "CustomerId,BillingCurrency"


class ReportsTest(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.sample = self.world.sample(seed=9, rows=500, months="2026-08..2026-10", customers=5, no_focus=True)
        self.world.init(self.sample)
        self.world.run("sync")

    def on_terminal(self, *arguments: object, columns: int = 80, **environment: str) -> str:
        """What a terminal of that width shows."""
        child, terminal = pty.fork()
        if child == 0:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            os.chdir(self.world.folder)
            os.execve(str(harness.program), self.world.command(*arguments),
                      self.world.environment(TERM="xterm", NO_COLOR="1", **environment))
        shown = b""
        while select.select([terminal], [], [], harness.SECONDS_MAX)[0]:
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0, shown)
        return shown.decode("utf-8").replace("\r\n", "\n")


class Months(ReportsTest):
    def test_several_months_are_the_sum_of_each(self) -> None:
        both = self.world.costs(BY_CUSTOMER, "--from", "2026-09", "--to", "2026-10")
        parts = [row for month in ("2026-09", "2026-10") for row in self.world.costs(BY_CUSTOMER, "--month", month)]
        sums: dict[tuple[str, str], str] = {}
        for row in parts:
            key = row["CustomerId"], row["BillingCurrency"]
            sum_so_far = oracle.exact(sums.get(key, "0"))
            sums[key] = oracle.plain(oracle.EXACT.add(sum_so_far, oracle.exact(row["BilledCost"])))
        self.assertEqual({(row["CustomerId"], row["BillingCurrency"]): row["BilledCost"] for row in both}, sums)
        self.assertEqual({row["Month"] for row in self.world.costs("Month,BillingCurrency", "--from", "2026-09")},
                         {"2026-09", "2026-10"})
        self.assertEqual({row["Month"] for row in self.world.costs("Month,BillingCurrency", "--to", "2026-08")},
                         {"2026-08"})

    def test_days_are_a_grouping(self) -> None:
        days = self.world.costs("Day,BillingCurrency", "--month", "2026-10")
        self.assertTrue(all(row["Day"].startswith("2026-") for row in days))
        told = self.world.run("report", "costs", "--by", "Mnth,BillingCurrency", code=USAGE)
        self.assert_tells(told, "did you mean Month?")

    def test_wrong_months(self) -> None:
        self.world.run("report", "costs", "--from", "2026-13", code=USAGE)
        self.world.run("report", "costs", "--month", "2026-10", "--to", "2026-10", code=USAGE)
        told = self.world.run("report", "costs", "--from", "2026-10", "--to", "2026-08", code=USAGE)
        self.assert_tells(told, "the first month is later than the last")
        told = self.world.run("report", "costs", "--from", "2030-01", code=USAGE)
        self.assert_tells(told, "from 2030-01")

    def test_months_without_anything_are_told(self) -> None:
        told = self.world.run("report", "costs", "--by", "BillingCurrency", "--from", "2026-05", "--to", "2026-12")
        self.assert_tells(told, "acme has no data before 2026-08", "acme has no data after 2026-10")

    def test_as_many_months_before(self) -> None:
        told = self.world.run("report", "costs", "--by", BY_CUSTOMER, "--metrics", "BilledCost", "--from", "2026-10",
                              "--to", "2026-10", "--compare", "previous", "--sort", "BilledCost", "--top", "2",
                              "--format", "csv")
        self.assert_tells(told, "Before is 2026-09 to 2026-09")
        before = {(row["CustomerId"], row["BillingCurrency"]): row["BilledCost"]
                  for row in self.world.costs(BY_CUSTOMER, "--month", "2026-09")}
        for row in told.rows():
            if row["CustomerId"].startswith("cust"):
                self.assertEqual(row["BilledCostBefore"], before[row["CustomerId"], row["BillingCurrency"]])
        refused = self.world.run("report", "costs", "--by", "Day,BillingCurrency", "--month", "2026-10", "--compare",
                                 "previous", code=USAGE)
        self.assert_tells(refused, "a comparison needs two months")


class Currencies(ReportsTest):
    def test_dollars_are_the_costs_at_the_rate_of_each_charge(self) -> None:
        by = "BillingCurrency,PricingCurrency,x_BillingExchangeRate"
        plain = self.world.costs(by, "--metrics", "BilledCost")
        dollars = self.world.run("report", "costs", "--by", by, "--in", "usd", "--format", "csv", "--metrics",
                                 "BilledCost")
        self.assert_tells(dollars, "costs in USD are estimates")
        checked = 0
        for before, after in zip(plain, dollars.rows()):
            if before["BillingCurrency"] == "USD":
                self.assertEqual(after["BilledCostInUSD"], before["BilledCost"])
            elif before["PricingCurrency"] == "USD" and before["x_BillingExchangeRate"]:
                checked += 1
                product = oracle.EXACT.multiply(oracle.exact(after["BilledCostInUSD"]),
                                                oracle.exact(before["x_BillingExchangeRate"]))
                self.assertLess(abs(oracle.EXACT.subtract(product, oracle.exact(before["BilledCost"]))), 1e-12)
        self.assertGreater(checked, 0)
        total = self.world.run("report", "costs", "--in", "USD", "--metrics", "BilledCost", "--format", "csv").rows()
        self.assertEqual(len(total), 1, "one currency, one total")

    def test_a_currency_without_rates_is_unknown_and_told(self) -> None:
        told = self.world.run("report", "costs", "--by", "CustomerId", "--in", "CHF", "--metrics", "BilledCost",
                              "--format", "csv")
        self.assertEqual({row["BilledCostInCHF"] for row in told.rows()} - {"0"}, {""})
        self.assert_tells(told, "BilledCostInCHF is unknown for", "without an exchange rate to CHF")
        self.assert_tells(self.world.run("report", "costs", "--in", "dollars", code=USAGE), "--in USD")

    def test_quantities_need_their_unit(self) -> None:
        told = self.world.run("report", "costs", "--by", "ServiceName", "--metrics", "ConsumedQuantity", code=USAGE)
        self.assert_tells(told, "quantities", "ConsumedUnit")
        told = self.world.run("report", "costs", "--by", "ServiceName,ConsumedUnit", "--metrics", "ConsumedQuantity",
                              "--sort", "ConsumedQuantity", "--top", "3", "--month", "2026-10", "--compare", "previous")
        self.assertIn("ConsumedQuantityBefore", told.out)
        told = self.world.run("report", "costs", "--metrics", "BilledCosts", code=USAGE)
        self.assert_tells(told, "ConsumedQuantity")

    def test_a_filter_that_finds_nothing_gets_the_nearest_value(self) -> None:
        told = self.world.run("report", "costs", "--by", "CustomerId", "--in", "USD", "--from", "2026-09", "--where",
                              "CustomerId=cust-0001")
        self.assert_tells(told, "no charge in scope has CustomerId `cust-0001`; did you mean")


class Terminals(ReportsTest):
    COSTS = ("report", "costs", "--by", "CustomerId,CustomerName,BillingCurrency")

    def test_columns_that_do_not_fit_are_named(self) -> None:
        shown = self.on_terminal(*self.COSTS, "--no-pager", columns=70)
        self.assertIn("not shown: ", shown)
        self.assertIn("--wide shows all columns", shown)
        table = shown.split("not shown: ")[0]
        self.assertTrue(all(len(line) <= 70 for line in table.splitlines()), shown)
        wide = self.on_terminal(*self.COSTS, "--no-pager", "--wide", columns=70)
        self.assertIn("ContractedCost", wide.splitlines()[0])
        self.assertNotIn("not shown", wide)
        self.assertIn("ContractedCost", self.world.run(*self.COSTS).out.splitlines()[0], "a pipe gets everything")

    def test_a_pager_is_for_terminals(self) -> None:
        pager = "sed s/^/paged:/"
        self.assertIn("paged:CustomerId", self.on_terminal(*self.COSTS, PAGER=pager))
        self.assertNotIn("paged:", self.on_terminal(*self.COSTS, "--no-pager", PAGER=pager))
        self.assertNotIn("paged:", self.world.run(*self.COSTS, environment=self.world.environment(PAGER=pager)).out)
        self.assertNotIn("paged:", self.on_terminal(*self.COSTS, "--json", PAGER=pager))

    def test_a_pager_that_is_not_there_or_ends_early_loses_nothing(self) -> None:
        self.assertIn("CustomerId", self.on_terminal(*self.COSTS, PAGER="no-such-pager-of-apportion"))
        self.assertIn("CustomerId", self.on_terminal(*self.COSTS, PAGER=""))
        self.assertIn("CustomerId", self.on_terminal(*self.COSTS, PAGER="head -n 1"))


if __name__ == "__main__":
    harness.main()
    unittest.main()
