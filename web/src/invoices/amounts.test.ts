import { expect, test } from "vitest";

import { plainAmount } from "./amounts";

test("amounts are read as the language writes them", () => {
  for (const typed of ["41404.42", "41,404.42", " 41 404.42", "41\u00a0404.42", "41’404.42"]) {
    expect(plainAmount(typed, "en")).toBe("41404.42");
  }
  for (const typed of ["41404,42", "41.404,42", "41 404,42"]) expect(plainAmount(typed, "de")).toBe("41404.42");
  expect(plainAmount("1.234", "de")).toBe("1234");
  expect(plainAmount("1.234", "en")).toBe("1.234");
  expect(plainAmount("-12.50", "en")).toBe("-12.50");
  expect(plainAmount("\u221212,5", "de")).toBe("-12.5");
  expect(plainAmount("0", "en")).toBe("0");
});

test("what is no amount is not guessed", () => {
  for (const typed of ["", "-", "GBP 12", "12 GBP", "1e3", "1,23", "41.404,42", "1,2345.00", ".5", "5.", "--1"]) {
    expect(plainAmount(typed, "en"), typed).toBeUndefined();
  }
  for (const typed of ["41,404.42", "1.23", "12.3456", "1.234.5"]) expect(plainAmount(typed, "de"), typed).toBeUndefined();
});
