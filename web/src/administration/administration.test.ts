import { describe, expect, it } from "vitest";

import type { Me } from "../api/client";
import { factsOf } from "./results";
import { readAdministration, sectionsOf } from "./sections";

const withRights = (rights: Me["rights"]): Me => ({ actor: "user:anna", name: "Anna", role: "operator", rights });

describe("sections", () => {
  it("are those of one's rights only", () => {
    const ids = (rights: Me["rights"]): string[] => sectionsOf(withRights(rights)).map((section) => section.id);
    expect(ids(["read-alerts", "operate", "read-audit"])).toEqual(["audit", "alerts", "jobs"]);
    expect(ids(["read-alerts", "read-customers"])).toEqual(["alerts", "subscriptions"]);
    expect(ids(["manage-people"])).toEqual(["people", "tokens", "sign-in", "brand", "settings"]);
  });

  it("are read from the address, and nothing else is", () => {
    expect(readAdministration({ section: "jobs", open: "7", all: "yes" })).toEqual({
      section: "jobs",
      open: "7",
      word: undefined,
      all: "yes",
    });
    expect(readAdministration({ section: "nonsense", open: "", all: "no" })).toEqual({
      section: undefined,
      open: undefined,
      word: undefined,
      all: undefined,
    });
  });
});

describe("what a job came to", () => {
  it("is told as facts, lists by their length", () => {
    expect(factsOf({ sent: "ops", dry_run: false, months: ["2026-10"], gone: null, of: { rows: 3 } })).toEqual([
      { name: "sent", value: "ops" },
      { name: "dry_run", value: "false" },
      { name: "months", value: "", count: 1 },
      { name: "of.rows", value: "3" },
    ]);
  });
});
