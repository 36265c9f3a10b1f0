import { expect, test } from "vitest";

import { columnsOf, EMPTY_BILL, formFor, isComplete } from "./bill";

test("columns are suggested by their names, and what was chosen stays", () => {
  const first = formFor(["Kunde", "Monat", "Betrag", "Art"], EMPTY_BILL);
  expect(first.columns).toEqual({ customer: "Kunde", month: "Monat", cost: "Betrag" });
  const chosen = { ...first, columns: { ...first.columns, product: "Art" }, currencyIs: "EUR" };
  expect(formFor(["Art", "Betrag", "Kunde", "Monat", "Produkt"], chosen)).toEqual(chosen);
  expect(formFor(["Customer", "Cost"], chosen).columns).toEqual({ customer: "Customer", cost: "Cost" });
});

test("a bill needs customer, cost, currency and month", () => {
  const all = formFor(["Customer", "Cost", "Currency", "Month"], EMPTY_BILL);
  expect(isComplete(all)).toBe(true);
  for (const field of ["customer", "cost", "currency", "month"] as const) {
    const { [field]: _, ...rest } = all.columns;
    expect(isComplete({ ...all, columns: rest }), field).toBe(false);
  }
  const { currency: _, month: __, ...rest } = all.columns;
  expect(isComplete({ ...all, columns: rest, currencyIs: "EUR", monthIs: "2026-10" })).toBe(true);
});

test("the service is told only what was said", () => {
  const form = formFor(["Customer", "Cost", "Month", "Service"], EMPTY_BILL);
  expect(columnsOf({ ...form, currencyIs: "EUR" })).toEqual({
    customer: "Customer",
    cost: "Cost",
    month: "Month",
    currency_is: "EUR",
    decimal_mark: "point",
    thousands_mark: "none",
  });
  const detailed = { ...form, columns: { ...form.columns, currency: "C", subscription: "S", product: "Service" } };
  expect(
    columnsOf({ ...detailed, subscriptionIs: "subscription_name", productIs: "service", decimals: "2", rounding: "down" }),
  ).toMatchObject({ currency: "C", subscription_name: "S", service: "Service", decimals: 2, rounding: "down" });
});
