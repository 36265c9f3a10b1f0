import { describe, expect, it } from "vitest";

import { changesOf, sidesOf, sumsOf } from "./changes";

const change = (CustomerId: string, BillingCurrency: string, before?: string, after?: string, Connection = "acme") => ({
  Connection,
  Month: "2026-10",
  CustomerId,
  BillingCurrency,
  Reason: "rule x",
  BilledCostOld: before,
  BilledCostNew: after,
});

describe("changes of a preview", () => {
  it("are by currency, the largest first, without what stays", () => {
    const found = changesOf(
      [
        change("a", "USD", "1", "2"),
        change("b", "EUR", "5", "4"),
        change("c", "EUR", "1", "9"),
        change("d", "EUR", "1", "1"),
      ],
      "billed",
    );
    expect(found.map((one) => [one.customer, one.difference])).toEqual([
      ["c", "8"],
      ["b", "-1"],
      ["a", "1"],
    ]);
    expect(sidesOf(found).less.map((one) => one.customer)).toEqual(["b"]);
    expect(sumsOf(found)).toEqual([
      { currency: "EUR", rest: "7", largest: "8" },
      { currency: "USD", rest: "1", largest: "1" },
    ]);
  });

  it("are one for a customer with several connections", () => {
    const found = changesOf([change("a", "EUR", "1", "2"), change("a", "EUR", "10", "12", "other")], "billed");
    expect(found).toMatchObject([{ before: "11", after: "14", difference: "3" }]);
  });

  it("never take what is not known for zero", () => {
    const found = changesOf([change("a", "EUR", undefined, "2"), change("b", "EUR", "1", "2")], "billed");
    expect(found.map((one) => one.difference)).toEqual(["1", undefined]);
    expect(sumsOf(found)[0]?.rest).toBeUndefined();
    expect(sidesOf(found).more).toHaveLength(1);
  });
});
