import { describe, expect, it } from "vitest";

import type { CostAnswer } from "../api/queries";
import { textsIn } from "../i18n/texts";
import { costTable, sorted, totalsOf } from "./groups";
import { noticesOf } from "./notices";
import {
  commandOf,
  type CostView,
  filterOf,
  filterText,
  readCostSearch,
  seriesQuestion,
  tableQuestion,
  totalsQuestion,
  viewOf,
  withFilter,
} from "./search";
import { barsOf, OTHERS_SERIES, UNASSIGNED_SERIES } from "./series";
import { searchOfView } from "./Views";
import { csvOf } from "./Downloads";

const KNOWN = {
  month: "2026-10",
  connection: undefined,
  months: ["2026-08", "2026-09", "2026-10"],
  metrics: ["BilledCost", "EffectiveCost"] as const,
};

const view = (search = {}): CostView => viewOf(search, KNOWN);

describe("what the address says", () => {
  it("is read strictly: what is unknown is left out", () => {
    expect(
      readCostSearch({
        month: "2026-13",
        by: "ServiceName",
        metric: "Price",
        per: "day",
        where: ["a=1", "bad"],
        top: "99",
      }),
    ).toEqual({ by: ["ServiceName"], per: "day", where: ["a=1"] });
  });

  it("keeps values of filters with every sign in them", () => {
    const filter = { column: "tag.a=b", values: ["x|y", "50%", "", "%7C"] };
    expect(filterOf(filterText({ column: "ServiceName", values: filter.values }))).toEqual({
      column: "ServiceName",
      values: filter.values,
    });
  });

  it("replaces the filter of a column, and drops it without values", () => {
    const where = withFilter({ where: ["A=1", "B=2"] }, { column: "A", values: ["3"] });
    expect(where).toEqual(["B=2", "A=3"]);
    expect(withFilter({ where: ["A=1"] }, { column: "A", values: [] })).toBeUndefined();
  });
});

describe("questions", () => {
  it("compare with the month before if it has charges, and with none otherwise", () => {
    expect(tableQuestion(view())).toMatchObject({
      month: "2026-10",
      by: ["CustomerId", "CustomerName", "BillingCurrency"],
      metrics: ["EffectiveCost"],
      compare: "previous",
    });
    expect(tableQuestion(view({ compare: "2026-08" })).compare).toBe("2026-08");
    expect(tableQuestion(viewOf({}, { ...KNOWN, month: "2026-08" })).compare).toBeUndefined();
    expect(tableQuestion(view({ compare: "none" })).compare).toBeUndefined();
  });

  it("ask for what the person may see", () => {
    expect(viewOf({ metric: "EffectiveCost" }, { ...KNOWN, metrics: ["ListCost"] }).metric).toBe("ListCost");
  });

  it("of the chart name the groups that have a colour, and all filters", () => {
    const asked = seriesQuestion(view({ where: ["ServiceName=Storage"] }), "EUR", [["a"], ["b"]]);
    expect(asked.by).toEqual(["ChargePeriodStart", "CustomerId"]);
    expect(asked.where).toEqual([
      { column: "ServiceName", values: ["Storage"] },
      { column: "BillingCurrency", values: ["EUR"] },
      { column: "CustomerId", values: ["a", "b"] },
    ]);
    expect(totalsQuestion(view(), "EUR", "before")).toMatchObject({ month: "2026-09" });
    expect(totalsQuestion(view({ compare: "none" }), "EUR", "before")).toBeUndefined();
  });

  it("can be asked by the command line, whatever is in them", () => {
    expect(commandOf(view({ where: ["ServiceName=it's|Storage"] }))).toBe(
      "apportion report costs --by CustomerId,CustomerName,BillingCurrency --month 2026-10 " +
        "--where 'ServiceName=it'\\''s' --where ServiceName=Storage --compare previous " +
        "--metrics EffectiveCost --sort EffectiveCost",
    );
  });

  it("come back from saved views", () => {
    expect(searchOfView({ by: ["CustomerId", "CustomerName", "BillingCurrency"], metrics: ["ListCost"] })).toEqual({
      by: ["CustomerId"],
      metric: "ListCost",
      where: undefined,
      compare: "none",
    });
  });
});

const row = (id: string, now: string, before = "0", currency = "EUR") => ({
  CustomerId: id,
  CustomerName: id.toUpperCase(),
  BillingCurrency: currency,
  EffectiveCost: now,
  EffectiveCostBefore: before,
  EffectiveCostDifference: "1",
});

const answerOf = (rows: Record<string, string>[], totals: Record<string, string>[] = []): CostAnswer => ({
  months: "",
  columns: [],
  rows,
  totals,
  notices: [],
  holes: [],
});

describe("the table", () => {
  const rows = [row("unassigned", "99"), row("a", "1"), row("b", "0.1"), row("c", "0.2"), row("d", "7", "0", "USD")];
  const answer = answerOf(rows, [
    { BillingCurrency: "EUR", EffectiveCost: "100.3" },
    { BillingCurrency: "USD", EffectiveCost: "7" },
  ]);

  it("gives colours to the most expensive, adds the others up exactly, and keeps what is unassigned apart", () => {
    const asked = view({ top: "1" });
    const [total] = totalsOf(answer, asked);
    const table = costTable(answer, asked, total!);
    expect(table.top.map((group) => group.key)).toEqual(["a"]);
    expect(table.others.map((group) => group.key)).toEqual(["c", "b"]);
    expect(table.othersSum?.now).toBe("0.3");
    expect(table.unassigned?.now).toBe("99");
    expect(table.longest).toBe("99");
  });

  it("gives colours to the largest changes, up or down, when sorted by them", () => {
    const changed = (id: string, change: string) => ({ ...row(id, "1"), EffectiveCostDifference: change });
    const asked = view({ top: "2" });
    const rows = [changed("a", "0"), changed("b", "-9"), changed("c", "3"), changed("d", "1")];
    const table = costTable(answerOf(rows), asked, totalsOf(answer, asked)[0]!, "change");
    expect(table.top.map((group) => group.key)).toEqual(["b", "c"]);
    expect(table.others.map((group) => group.key)).toEqual(["d", "a"]);
  });

  it("says unknown rather than a sum of what is known", () => {
    const asked = view({ top: "1" });
    const { EffectiveCost: _, ...unknown } = row("e", "0");
    const table = costTable(answerOf([row("a", "1"), row("b", "1"), unknown]), asked, totalsOf(answer, asked)[0]!);
    expect(table.othersSum?.now).toBeUndefined();
  });

  it("is sorted by name as people of the language do", () => {
    const groups = costTable(
      answerOf([row("z", "3"), row("ä", "2"), row("b", "1")]),
      view(),
      totalsOf(answer, view())[0]!,
    ).top;
    expect(sorted(groups, "name", "de").map((group) => group.key)).toEqual(["ä", "b", "z"]);
    expect(sorted(groups, "now", "de").map((group) => group.key)).toEqual(["z", "ä", "b"]);
  });
});

describe("the chart", () => {
  it("has bars that add up to the total of each day, with others in the middle and unassigned on top", () => {
    const asked = view({ top: "1" });
    const answer = answerOf(
      [row("a", "5"), row("b", "2"), row("unassigned", "1")],
      [{ BillingCurrency: "EUR", EffectiveCost: "8" }],
    );
    const table = costTable(answer, asked, totalsOf(answer, asked)[0]!);
    const day = (id: string, amount: string) => ({
      CustomerId: id,
      ChargePeriodStart: "2026-10-03",
      EffectiveCost: amount,
    });
    const bars = barsOf(asked, table, {
      series: answerOf([day("a", "5"), day("unassigned", "1")]),
      totals: answerOf([{ ChargePeriodStart: "2026-10-03", EffectiveCost: "8" }]),
      before: answerOf([{ ChargePeriodStart: "2026-09-03", EffectiveCost: "4" }]),
    });
    expect(bars).toHaveLength(31);
    expect(bars[2]).toEqual({
      time: "2026-10-03",
      total: "8",
      before: "4",
      isShaded: true,
      parts: [
        { series: "a", amount: "5" },
        { series: OTHERS_SERIES, amount: "2" },
        { series: UNASSIGNED_SERIES, amount: "1" },
      ],
    });
    expect(bars[30]?.before).toBeUndefined(); // September has no 31st
  });
});

describe("notices", () => {
  const label = (metric: string): string => (metric === "ListCost" ? "Liste" : "Effektiv");
  const told = (holes: string[], notices: string[]): string[] => noticesOf({ holes, notices }, label, textsIn("de"));

  it("of unknown costs are in the reader's language, and say what that does to sums", () => {
    expect(told([], ["ListCost is unknown for 2 rows that cost 1.50 EUR; they add nothing to its sums"])).toEqual([
      "Kosten (Liste) von 2 Zeilen sind unbekannt (1.50 EUR); sie sind in keiner Summe",
    ]);
    expect(told([], ["before: EffectiveCost is unknown for 1 row; sums that include them are empty"])).toEqual([
      "In den Monaten davor sind Kosten (Effektiv) von 1 Zeile unbekannt; Summen damit sind es auch",
    ]);
  });

  it("that the page does not know are as the service says them, gaps first, each once", () => {
    expect(told(["a gap"], ["Before is September", "all amounts are in EUR", "a gap"])).toEqual([
      "a gap",
      "all amounts are in EUR",
    ]);
  });
});

describe("CSV", () => {
  it("keeps all digits, and lets no spreadsheet run a cell", () => {
    const columns = [
      { name: "Name", kind: "text" as const },
      { name: "Cost", kind: "money" as const },
    ];
    const rows: Record<string, string>[] = [{ Name: "=1+1", Cost: "-0.123456789012345678" }, { Name: 'a "b", c' }];
    expect(csvOf({ columns, rows })).toBe('Name,Cost\r\n\'=1+1,-0.123456789012345678\r\n"a ""b"", c",\r\n');
  });
});
