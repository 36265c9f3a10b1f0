"""Differences that are planted into Microsoft's lines of invoices: each is found, and in its class."""
import contextlib
import csv
import unittest
from decimal import Decimal
from pathlib import Path

import harness
from harness import CHECK_FAILED, World, seeds

MONTH = "2026-10"
FILES = {"daily-usage": "BilledUsage", "reconciliation": "Reconciliation"}
IN_BOTH = {"missing-lines", "other-invoice", "exchange-rate", "doubled-lines", "credit", "missing-charges", "unknown"}
PLANTED = {"daily-usage": IN_BOTH, "reconciliation": IN_BOTH | {"tax"}}
DIGITS = Decimal("0.000001")


def expected_in(sample: Path) -> dict[str, dict[tuple[str, ...], Decimal]]:
    """By file: differences by invoice, currency and class."""
    expected: dict[str, dict[tuple[str, ...], Decimal]] = {kind: {} for kind in FILES}
    with (sample / f"invoice-differences-{MONTH}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = (row["InvoiceId"], row["BillingCurrency"], row["Class"])
            expected[row["File"]][key] = Decimal(row["Difference"])
    return expected


class Reconcile(unittest.TestCase):
    maxDiff = 4000

    def test_each_planted_difference_is_found_in_its_class(self) -> None:
        for seed in seeds(1, 2):
            with self.subTest(seed=seed), contextlib.closing(World()) as world:
                sample = world.sample(seed=seed, rows=4000, months=MONTH, customers=30, no_focus=True,
                                      invoice_differences=True)
                world.init(sample)
                world.run("sync")
                for kind, expected in expected_in(sample).items():
                    self.assertLessEqual(PLANTED[kind], {why for _, _, why in expected})
                    files = sorted((sample / "invoices").glob(f"*_{FILES[kind]}.csv"))
                    rows = world.run("reconcile", *files, "--json", code=CHECK_FAILED).json()
                    self.check({(row["InvoiceId"], row["BillingCurrency"], row["Class"]): Decimal(row["Difference"])
                                for row in rows if row["Class"] != "equal"}, expected)

    def check(self, found: dict[tuple[str, ...], Decimal], expected: dict[tuple[str, ...], Decimal]) -> None:
        """The whole to the last digit, classes but for the digits that files leave out."""
        self.assertEqual(sum(found.values()), sum(expected.values()))
        self.assertEqual(found.keys(), expected.keys())
        self.assertEqual([key for key, amount in found.items() if abs(amount - expected[key]) > DIGITS], [])


if __name__ == "__main__":
    harness.main()
    unittest.main()
