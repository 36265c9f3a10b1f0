import { strFromU8, unzipSync } from "fflate";
import { describe, expect, it } from "vitest";

import { losesDigits, workbookOf } from "./workbook";

const WORDS = { numbers: "Numbers", exact: "Exact", rounded: "15 digits" };
const COLUMNS = [
  { name: "Name", kind: "text" as const },
  { name: "BillingCurrency", kind: "text" as const },
  { name: "Cost", kind: "money" as const },
];

const partsOf = (bytes: Uint8Array): Record<string, string> =>
  Object.fromEntries(Object.entries(unzipSync(bytes)).map(([name, content]) => [name, strFromU8(content)]));

describe("a workbook", () => {
  it("has every amount as its text, with the digits of its currency shown", () => {
    const rows: Record<string, string>[] = [
      { Name: "=1+1 & <b>", BillingCurrency: "EUR", Cost: "-1234.505" },
      { Name: "円", BillingCurrency: "JPY", Cost: "12.5" },
      { Name: "unknown", BillingCurrency: "EUR" },
    ];
    const parts = partsOf(workbookOf({ columns: COLUMNS, rows, totals: [] }, ["Costs, October"], WORDS));
    const sheet = parts["xl/worksheets/sheet1.xml"] ?? "";
    expect(sheet).toContain('<c r="C4" s="5"><v>-1234.505</v></c>');
    expect(sheet).toContain('<c r="C5" s="4"><v>12.5</v></c>');
    expect(sheet).not.toContain('r="C6"');
    expect(sheet).toContain(">=1+1 &#38; &#60;b&#62;<");
    expect(sheet).toContain(">Costs, October<");
    expect(parts["xl/worksheets/sheet2.xml"]).toBeUndefined();
  });

  it("has all digits as text where a spreadsheet would lose some", () => {
    const rows = [{ Name: "a", BillingCurrency: "EUR", Cost: "0.1234567890123456" }];
    const totals = [{ Name: "Total", BillingCurrency: "EUR", Cost: "0.1234567890123456" }];
    const parts = partsOf(workbookOf({ columns: COLUMNS, rows, totals }, ["Costs"], WORDS));
    expect(parts["xl/worksheets/sheet1.xml"]).toContain('s="8"><v>0.1234567890123456</v>');
    expect(parts["xl/worksheets/sheet1.xml"]).toContain(">15 digits<");
    expect(parts["xl/worksheets/sheet2.xml"]).toContain(">0.1234567890123456</t>");
    expect(parts["xl/workbook.xml"]).toContain('name="Exact"');
  });

  it("knows which numbers have more digits than spreadsheets keep", () => {
    expect(losesDigits("123456789012345")).toBe(false);
    expect(losesDigits("1234567890123456")).toBe(true);
    expect(losesDigits("-0.000000000000000001")).toBe(false);
    expect(losesDigits("1234567890.123456")).toBe(true);
    expect(losesDigits("text of many, many letters")).toBe(false);
  });
});
