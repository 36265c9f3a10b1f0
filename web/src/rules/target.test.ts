import { describe, expect, it } from "vitest";

import { entriesOf } from "./outline";
import { faultOf, restOf, type Target, targetOf, withTarget } from "./target";

const TEXT = `- effective: 2026-08
  rules:
    # about the first
    - name: firewall
      when: {ResourceId: {contains: /fw}}
      share: # by hand
        cust-1: 50 # agreed
        cust-2: 50 # in May
      from: 2026-08-03
    - name: monitoring
      assign: cust-2 # for now
    - {name: third, assign: cust-3}
    - name: nobody yet
      when: {ServiceName: Storage}
    - {name: none, when: {}}
    - name: half typed
      assign:
    - name: by use
      share: {in_proportion_to: EffectiveCost, over: [cust-1, cust-2]}
    - name: by a set
      share: {in_proportion_to: Quantity, over: [cust-1], of: compute}
    - name: equal
      share: {equal: [cust-1, cust-2, cust-3]}
`;
const SPLIT: Target = {
  kind: "percent",
  measure: "BilledCost",
  parts: [
    { customer: "cust-1", percent: "30" },
    { customer: "null", percent: "" },
  ],
};

const entry = (name: string) => {
  const found = entriesOf(TEXT).find((one) => one.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};
/** What differs, line by line. */
const edited = (name: string, target: Target): { gone: string[]; come: string[] } => {
  const before = TEXT.split("\n");
  const after = withTarget(TEXT, entry(name), target).split("\n");
  return {
    gone: before.filter((line) => !after.includes(line)),
    come: after.filter((line) => !before.includes(line)),
  };
};
const customersOf = (name: string): string[] => targetOf(entry(name))?.parts.map((part) => part.customer) ?? [];

describe("who gets what a rule matches", () => {
  it("is read from the rule", () => {
    expect(targetOf(entry("firewall"))).toMatchObject({
      kind: "percent",
      parts: [
        { customer: "cust-1", percent: "50" },
        { customer: "cust-2", percent: "50" },
      ],
    });
    expect(targetOf(entry("monitoring"))).toMatchObject({ kind: "one", parts: [{ customer: "cust-2" }] });
    expect(targetOf(entry("nobody yet"))).toMatchObject({ kind: "one", parts: [{ customer: "" }] });
    expect(targetOf(entry("by use"))).toMatchObject({ kind: "measure", measure: "EffectiveCost" });
    expect(customersOf("by use")).toEqual(["cust-1", "cust-2"]);
    expect(targetOf(entry("equal"))?.kind).toBe("equal");
    expect(customersOf("equal")).toEqual(["cust-1", "cust-2", "cust-3"]);
    expect(targetOf(entry("by a set"))).toBeUndefined();
  });

  it("takes the place of what the rule says, and of nothing else", () => {
    const line = "share: {cust-1: 30, 'null': 70}";
    expect(edited("monitoring", SPLIT)).toEqual({
      gone: ["      assign: cust-2 # for now"],
      come: [`      ${line} # for now`],
    });
    expect(edited("firewall", SPLIT)).toEqual({
      gone: ["      share: # by hand", "        cust-1: 50 # agreed", "        cust-2: 50 # in May"],
      come: [`      ${line} # in May`],
    });
    expect(edited("third", SPLIT).come).toEqual([`    - {name: third, ${line}}`]);
    expect(edited("nobody yet", SPLIT)).toEqual({ gone: [], come: [`      ${line}`] });
    expect(edited("none", SPLIT).come).toEqual([`    - {name: none, when: {}, ${line}}`]);
    expect(edited("half typed", SPLIT)).toEqual({ gone: ["      assign:"], come: [`      ${line}`] });
    expect(edited("equal", { ...SPLIT, kind: "one" }).come).toEqual(["      assign: cust-1"]);
    expect(edited("monitoring", { ...SPLIT, kind: "equal" }).come).toEqual([
      "      share: {equal: [cust-1, 'null']} # for now",
    ]);
    expect(edited("monitoring", { ...SPLIT, kind: "measure", measure: "Quantity" }).come).toEqual([
      "      share: {in_proportion_to: Quantity, over: [cust-1, 'null']} # for now",
    ]);
  });

  it("comes back from the text as it went in", () => {
    for (const name of ["firewall", "monitoring", "equal", "by use", "third"]) {
      const target = targetOf(entry(name));
      if (target === undefined) throw new Error(name);
      const again = entriesOf(withTarget(TEXT, entry(name), target)).find((one) => one.name === name);
      expect(again && targetOf(again)).toEqual(target);
    }
  });

  it("is a whole in percent, of customers who are there once", () => {
    const percents = (...typed: string[]): Target => ({
      ...SPLIT,
      parts: typed.map((percent, at) => ({ customer: `cust-${at}`, percent })),
    });
    expect(faultOf(SPLIT)).toBeUndefined();
    expect(restOf(SPLIT.parts)).toBe("70");
    expect(faultOf(percents("62,5", "37.5"))).toBeUndefined();
    expect(faultOf(percents("33.3333333333333333", "33.3333333333333333", ""))).toBeUndefined();
    expect(restOf(percents("33.3333333333333333", "33.3333333333333333", "").parts)).toBe("33.3333333333333334");
    expect(faultOf(percents("30", "60"))).toBe("notWhole");
    expect(faultOf(percents("100", ""))).toBe("notWhole");
    expect(faultOf(percents("130", ""))).toBe("notWhole");
    expect(faultOf(percents("30", "", ""))).toBe("severalRests");
    expect(faultOf(percents("a third", ""))).toBe("noNumber");
    expect(faultOf(percents("-30", "130"))).toBe("noNumber");
    expect(faultOf({ ...SPLIT, parts: [SPLIT.parts[0]!, SPLIT.parts[0]!] })).toBe("twice");
    expect(faultOf({ ...SPLIT, parts: [] })).toBe("noCustomer");
    expect(faultOf({ ...SPLIT, kind: "equal", parts: [SPLIT.parts[0]!, { customer: "", percent: "" }] })).toBe("noCustomer");
    expect(faultOf({ ...SPLIT, kind: "one" })).toBeUndefined();
  });
});
