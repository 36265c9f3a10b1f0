import { describe, expect, it } from "vitest";

import {
  amountText,
  changePercentText,
  changeText,
  daysOf,
  exactText,
  momentText,
  monthsBefore,
  monthsBetween,
  monthText,
  shareText,
} from "./format";
import { axisTicks, barLength } from "./plot";

describe("format", () => {
  it("shows amounts with the digits of their currency, half to even, without floating point", () => {
    expect(amountText("9007199254740993.125", "EUR", "en")).toBe("9,007,199,254,740,993.12");
    expect(amountText("1234.5", "EUR", "de")).toBe("1.234,50");
    expect(amountText("53758109.4", "JPY", "en")).toBe("53,758,109");
    expect(amountText("-0.004", "EUR", "en")).toBe("0.00");
    expect(amountText("-12.5", "USD", "en")).toBe("\u221212.50");
  });

  it("shows a sign on every change, and none on zero", () => {
    expect(changeText("5", "EUR", "en")).toBe("+5.00");
    expect(changeText("-5", "EUR", "en")).toBe("\u22125.00");
    expect(changeText("0", "EUR", "en")).toBe("0.00");
  });

  it("keeps all digits in what is exact", () => {
    expect(exactText("-0.123456789012345678", "EUR", "en")).toBe("\u22120.123456789012345678\u00a0EUR");
  });

  it("says percentages only where they mean something", () => {
    expect(changePercentText("1", "8", "en")).toBe("+12.5\u00a0%");
    expect(changePercentText("1", "0", "en")).toBe("\u2014");
    expect(changePercentText("100", "1", "en")).toBe(">\u00a0999\u00a0%");
    expect(shareText("1", "3", "de")).toBe("33,3\u00a0%");
  });

  it("counts months and days in UTC", () => {
    expect(monthsBefore("2026-01", 1)).toBe("2025-12");
    expect(monthsBetween("2025-11", "2026-02")).toEqual(["2025-11", "2025-12", "2026-01", "2026-02"]);
    expect(daysOf("2024-02")).toHaveLength(29);
    expect(monthText("2026-10", "de")).toBe("Oktober 2026");
    expect(momentText("2026-11-06T03:22:00Z", "en")).toBe("6 Nov 2026, 03:22 UTC");
  });
});

describe("geometry", () => {
  it("has round places on its axis, below zero only if something is there", () => {
    expect(axisTicks(0, 108_000)).toEqual([0, 25_000, 50_000, 75_000, 100_000, 125_000]);
    expect(axisTicks(-3, 108_000)[0]).toBe(0);
    expect(axisTicks(-30_000, 60_000)).toEqual([-40_000, -20_000, 0, 20_000, 40_000, 60_000]);
    expect(axisTicks(0, 0)).toEqual([0, 1]);
  });

  it("keeps bars within their place", () => {
    expect(barLength("5", "10")).toBe(50);
    expect(barLength("-5", "10")).toBe(0);
    expect(barLength("5", "0")).toBe(0);
  });
});
