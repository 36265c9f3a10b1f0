import { describe, expect, it } from "vitest";

import { differencesOf, entriesOf, listOf, markedLines, moved, withEntry } from "./outline";

const TEXT = `# of the partner
- effective: 2026-08
  sets:
    all of it: {ServiceName: Storage}
  rules:
    # about the first
    - name: "shared: firewall"
      when:
        all:
          - {ResourceId: {contains: /fw}}
      share: {cust-1: 50, cust-2: 50}
    - name: second
      assign: cust-2 # for now
    - {name: third, assign: cust-3}
- effective: 2026-10
  rules:
    - name: second
      assign: cust-1
`;

const namesOf = (text: string): string[] =>
  entriesOf(text)
    .filter((entry) => entry.section === "rules")
    .map((entry) => entry.name);

describe("the outline of a document", () => {
  it("has its rules and sets, with places, lines and what they say", () => {
    const [set, first, second, third, other] = entriesOf(TEXT);
    expect(set).toMatchObject({ section: "sets", name: "all of it", line: 4 });
    expect(first).toMatchObject({ list: "2026-08", place: 1, name: "shared: firewall", line: 7, isBlock: true });
    expect(first?.value).toEqual(expect.any(Map));
    expect([...((first?.value as Map<string, unknown> | undefined)?.keys() ?? [])]).toEqual(["name", "when", "share"]);
    expect(second).toMatchObject({ place: 2, line: 12 });
    expect(third).toMatchObject({ place: 3, name: "third", line: 14, isBlock: true });
    expect(other).toMatchObject({ list: "2026-10", place: 1, name: "second" });
  });

  it("is there while the text has errors", () => {
    expect(namesOf(TEXT.replace("cust-2: 50}", "cust-2: 50"))).toContain("shared: firewall");
    expect(entriesOf("no list at all")).toEqual([]);
    expect(entriesOf("")).toEqual([]);
  });

  it("knows the list that a month uses", () => {
    const entries = entriesOf(TEXT);
    expect([listOf(entries, "2026-07"), listOf(entries, "2026-09"), listOf(entries, "2026-12")]).toEqual([
      undefined,
      "2026-08",
      "2026-10",
    ]);
  });
});

describe("a rule that is moved", () => {
  it("takes its comment along, in both directions", () => {
    const [, first, second, third] = entriesOf(TEXT);
    if (first === undefined || second === undefined || third === undefined) throw new Error("no rules");
    const down = moved(TEXT, first, third);
    expect(namesOf(down)).toEqual(["second", "third", "shared: firewall", "second"]);
    expect(down).toContain("    # about the first\n    - name: \"shared: firewall\"");
    const [, one, , last] = entriesOf(down);
    if (one === undefined || last === undefined) throw new Error("no rules");
    expect(moved(down, last, one)).toBe(TEXT);
    const up = "rules:\n    - name: second\n      assign: cust-2 # for now\n    # about";
    expect(moved(TEXT, second, first)).toContain(up);
  });

  it("may be the last one of a text without an end of line", () => {
    const text = "- effective: 2026-08\n  rules:\n    - name: a\n    - name: b";
    const [a, b] = entriesOf(text);
    if (a === undefined || b === undefined) throw new Error("no rules");
    expect(moved(text, b, a)).toBe("- effective: 2026-08\n  rules:\n    - name: b\n    - name: a\n");
    expect(namesOf(moved(text, a, b))).toEqual(["b", "a"]);
  });
});

describe("a rule that is added", () => {
  it("is the last one of the list that the month uses", () => {
    const { text, at } = withEntry(TEXT, "2026-09", "rules", ["name: new", "assign: cust-9"]);
    expect(namesOf(text)).toEqual(["shared: firewall", "second", "third", "new", "second"]);
    expect(text.slice(at)).toMatch(/^ {4}- name: new\n {6}assign: cust-9\n- effective/);
  });

  it("begins a list where there is none", () => {
    expect(withEntry("", "2026-10", "policies", ["name: x"]).text).toBe(
      "- effective: 2026-10\n  policies:\n    - name: x\n",
    );
  });
});

describe("differences", () => {
  const changed = TEXT.replace("assign: cust-2 #", "assign: cust-5 #").replace(
    "    - {name: third, assign: cust-3}\n",
    "    - {name: fourth, assign: cust-3}\n",
  );

  it("are new, edited and removed rules", () => {
    const found = differencesOf(entriesOf(TEXT), entriesOf(changed));
    expect(found.map((one) => [one.edit, one.name])).toEqual([
      ["changed", "second"],
      ["added", "fourth"],
      ["removed", "third"],
    ]);
    expect(differencesOf(entriesOf(TEXT), entriesOf(TEXT))).toEqual([]);
  });

  it("name the rule that moved, not those that it passed", () => {
    const [, first, , third] = entriesOf(TEXT);
    if (first === undefined || third === undefined) throw new Error("no rules");
    const found = differencesOf(entriesOf(TEXT), entriesOf(moved(TEXT, first, third)));
    expect(found.map((one) => [one.edit, one.name])).toEqual([["moved", "shared: firewall"]]);
  });

  it("mark the lines that they are in", () => {
    const [before, after] = [entriesOf(TEXT), entriesOf(changed)];
    expect([...markedLines(before, after, differencesOf(before, after))]).toEqual([
      [13, "changed"],
      [14, "added"],
    ]);
  });
});
