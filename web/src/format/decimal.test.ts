import { describe, expect, it } from "vitest";

import { compare, difference, largestFirst, percentOf, size, sum } from "./decimal";

describe("decimal", () => {
  it("adds and subtracts to the last digit, beyond what floating point holds", () => {
    expect(sum(["9007199254740993.123456789012345678", "0.000000000000000001"])).toBe(
      "9007199254740993.123456789012345679",
    );
    expect(difference("0.3", "0.1")).toBe("0.2");
    expect(difference("1", "1.50")).toBe("-0.5");
    expect(sum([])).toBe("0");
  });

  it("orders amounts, not texts", () => {
    expect(["10", "9", "-2", "-10", "9.5"].sort(compare)).toEqual(["-10", "-2", "9", "9.5", "10"]);
    expect(size("-3.20")).toBe("3.2");
  });

  it("puts the largest first, equal ones as they were, and unknown ones last", () => {
    const items = ["a 9", "b", "c 10", "d -1", "e 9.0", "f", "g 0.000000000000000001"];
    expect(largestFirst(items, (item) => item.split(" ")[1])).toEqual([
      "c 10",
      "a 9",
      "e 9.0",
      "g 0.000000000000000001",
      "d -1",
      "b",
      "f",
    ]);
  });

  it("rounds percentages half to even, and has none of what is not positive", () => {
    expect(percentOf("1", "3")).toBe("33.3");
    expect(percentOf("-1", "8")).toBe("-12.5");
    expect(percentOf("0.0005", "1")).toBe("0.0");
    expect(percentOf("0.0015", "1")).toBe("0.2");
    expect(percentOf("-0.0001", "1")).toBe("0.0");
    expect(percentOf("5", "0")).toBeUndefined();
    expect(percentOf("5", "-1")).toBeUndefined();
  });

  it("refuses what is not an amount", () => {
    expect(() => sum(["1e3"])).toThrow();
    expect(() => sum([""])).toThrow();
  });
});
