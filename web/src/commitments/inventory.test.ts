import { describe, expect, it } from "vitest";

import {
  type Answers,
  bearersOf,
  type Choice,
  chosen,
  daysUntil,
  endsSoon,
  heatOf,
  inventoryOf,
  savingsBy,
  timelineOf,
  unusedSums,
  whatOf,
} from "./inventory";

const TODAY = "2026-11-06";
const ALPHA = { CommitmentId: "a", Name: "Alpha", StartDay: "2025-12-12", ExpiryDay: "2026-12-12" };
const DELTA = { CommitmentId: "d", Name: "Delta", StartDay: "2025-11-01", ExpiryDay: "2026-11-01" };
const ANSWERS: Answers = {
  list: [
    { ...ALPHA, Kind: "Reservation", State: "active" },
    { CommitmentId: "b", Name: "Beta", Kind: "Savings Plan", State: "active", TermMonths: "36" },
    { CommitmentId: "c", Name: "Gamma", Kind: "Reservation", State: "returned" },
    { ...DELTA, Kind: "Reservation", State: "expired" },
  ],
  use: [
    { CommitmentId: "b", BillingCurrency: "EUR", UtilisationPercent: "71.8" },
    { CommitmentId: "b", BillingCurrency: "JPY", UtilisationPercent: "71.8" },
    { CommitmentId: "a", BillingCurrency: "EUR", UtilisationPercent: "93.75" },
    { CommitmentId: "d", BillingCurrency: "EUR" },
  ],
  byDay: [{ CommitmentId: "b", Day: "2026-10-03", UtilisationPercent: "0.9", BillingCurrency: "EUR" }],
  unused: [
    { CommitmentId: "b", CustomerId: "cust-1", BillingCurrency: "EUR", UnusedCost: "1.1" },
    { CommitmentId: "b", CustomerId: "cust-2", BillingCurrency: "EUR", UnusedCost: "2.2" },
    { CommitmentId: "b", CustomerId: "cust-2", BillingCurrency: "USD", UnusedCost: "0" },
  ],
};
const ALL: Choice = { kind: undefined, all: true, word: "", order: "end" };

describe("the inventory", () => {
  const inventory = inventoryOf(ANSWERS);
  const names = (choice: Partial<Choice>): string[] =>
    chosen(inventory, { ...ALL, ...choice }, "en").map((one) => one.name);

  it("joins use, days and what was not used, by currency", () => {
    const beta = inventory.find((one) => one.id === "b");
    expect(beta?.used).toBe("71.8");
    expect(beta?.days.get("2026-10-03")).toBe("0.9");
    expect(beta?.unused.map((one) => one.customer)).toEqual(["cust-2", "cust-1"]);
    expect(beta === undefined ? [] : unusedSums(beta)).toEqual([{ currency: "EUR", amount: "3.3" }]);
    expect(inventory.find((one) => one.id === "d")?.used).toBeUndefined();
  });

  it("adds up what each customer bears, each currency by itself", () => {
    const more = [
      ...ANSWERS.unused,
      { CommitmentId: "a", CustomerId: "cust-1", BillingCurrency: "EUR", UnusedCost: "2" },
    ];
    expect(bearersOf(more)).toEqual([
      {
        currency: "EUR",
        bearers: [
          { customer: "cust-1", amount: "3.1" },
          { customer: "cust-2", amount: "2.2" },
        ],
      },
    ]);
  });

  it("is ordered by what ends next or by what is used least, the unknown last", () => {
    expect(names({})).toEqual(["Alpha", "Beta", "Delta", "Gamma"]);
    expect(names({ order: "used" })).toEqual(["Beta", "Alpha", "Delta", "Gamma"]);
  });

  it("is chosen by kind, by word, and by whether it counts in the month", () => {
    expect(names({ all: false })).toEqual(["Alpha", "Beta"]);
    expect(names({ kind: "Savings Plan" })).toEqual(["Beta"]);
    expect(names({ word: " gam" })).toEqual(["Gamma"]);
  });

  it("knows what ends soon, and where a day lies among the years", () => {
    expect(inventory.filter((one) => endsSoon(one, TODAY)).map((one) => one.id)).toEqual(["a"]);
    expect(daysUntil("2026-12-12", TODAY)).toBe(36);
    const timeline = timelineOf(inventory, TODAY);
    expect(timeline.years).toEqual([2025, 2026]);
    expect(timeline.at("2025-01-01")).toBe(0);
    expect(timeline.at("2026-01-01")).toBe(50);
  });
});

describe("savings", () => {
  const cells = {
    UsedCost: "1",
    ListCost: "4",
    Saving: "3",
    UnusedCost: "2",
    NetSaving: "1",
    RowsWithoutListCost: "1",
  };
  const rows = [
    { CommitmentId: "a", CustomerId: "cust-1", BillingCurrency: "EUR", ...cells },
    { CommitmentId: "b", CustomerId: "cust-1", BillingCurrency: "EUR", ...cells, NetSaving: "0.5" },
    { CommitmentId: "b", CustomerId: "cust-1", BillingCurrency: "USD", ...cells },
  ];

  it("are added up by customer and currency", () => {
    const [euro, dollar] = savingsBy(rows, ["CustomerId", "BillingCurrency"]) ?? [];
    expect(euro).toMatchObject({ NetSaving: "1.5", ListCost: "8", RowsWithoutListCost: "2", CustomerId: "cust-1" });
    expect(euro?.EffectiveSavingsRatePercent).toBe("18.8");
    expect(dollar?.BillingCurrency).toBe("USD");
  });

  it("are not added up where one is unknown", () => {
    expect(savingsBy([...rows, { CustomerId: "cust-2", BillingCurrency: "EUR" }], ["BillingCurrency"])).toBeUndefined();
  });
});

describe("a day", () => {
  it("is idle below 1 %, and darkest from 95 % on", () => {
    expect(["0", "0.999999", "1", "69.99", "70", "95", "100"].map(heatOf)).toEqual([0, 0, 1, 2, 3, 5, 5]);
  });
});

describe("what was bought", () => {
  it("is said in short", () => {
    const Sku = "Reserved VM Instance, Standard_E8s_v5, US East, 5 Years";
    expect(whatOf({ Sku, Quantity: "8", Region: "eastus" })).toBe("8 × E8s v5, eastus");
    expect(whatOf({ Sku: "Compute savings plan, 1 Year" })).toBe("Compute savings plan, 1 Year");
    expect(whatOf({})).toBe("");
  });
});
