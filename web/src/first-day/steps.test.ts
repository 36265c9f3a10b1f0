import { describe, expect, it } from "vitest";

import { bodyOf } from "../connections/ConnectionForm";
import { linesOf, wishesOf } from "../connections/ExportsPart";
import { healthOf, lagOf } from "../connections/health";
import type { FirstDay, FirstDayStep } from "../connections/queries";
import { textsIn } from "../i18n/texts";
import { customerFile } from "./CustomersCard";
import { connectionAt, isEmptyHome, isUnderWay, shownSteps } from "./steps";

const step = (name: FirstDayStep["step"], state: FirstDayStep["state"], counts = {}, more = {}): FirstDayStep => ({
  step: name,
  title: name,
  state,
  found: "",
  counts,
  ...more,
});

const dayOf = (...steps: FirstDayStep[]): FirstDay => ({ finished: false, invented: false, steps, tenants: [] });

const EMPTY = dayOf(
  step("connection", "next", { connections: 0 }),
  step("access", "waiting"),
  step("exports", "waiting"),
  step("import", "waiting", { imports: 0 }),
  step("customers", "waiting", { customers: 0 }),
  step("split", "waiting"),
  step("proof", "waiting"),
);

describe("the first day", () => {
  it("is one of six steps, the first of them yours", () => {
    const steps = shownSteps(EMPTY, textsIn("en"));
    expect(steps.map((one) => `${one.number} ${one.name} ${one.state}`)).toEqual([
      "1 connect yours",
      "2 permissions waits",
      "3 exports waits",
      "4 customers waits",
      "5 import waits",
      "6 proof waits",
    ]);
    expect(isEmptyHome(EMPTY)).toBe(true);
    expect(isUnderWay(EMPTY)).toBe(true);
  });

  it("is over with a proved month and customers, whatever tenants come later", () => {
    const day = dayOf(
      step("customers", "next", { customers: 4, tenants_without_customer: 1 }),
      step("split", "done"),
      step("proof", "done", { months_proved: 1 }),
    );
    expect(isUnderWay(day)).toBe(false);
    expect(shownSteps(day, textsIn("en")).find((one) => one.name === "customers")?.found).toBe(
      "4 customers, 1 tenant without",
    );
  });

  it("is at the connection of the address, else at the one that a step names", () => {
    const day = dayOf(
      step("access", "next", {}, { next_steps: [{ step: "test", title: "", arguments: { connection: "b" } }] }),
    );
    expect(connectionAt(["a", "b"], "a", day)).toBe("a");
    expect(connectionAt(["a", "b"], "gone", day)).toBe("b");
    expect(connectionAt(["a"], undefined, undefined)).toBe("a");
    expect(connectionAt([], "a", day)).toBeUndefined();
  });
});

describe("what is sent", () => {
  it("is only what was entered or changed", () => {
    expect(bodyOf({}, { name: " acme ", tenant: "", mend: false, reports: true })).toEqual({
      name: "acme",
      reports: true,
    });
    expect(bodyOf({ actual_url: "x", mend: true }, { actual_url: "", mend: true })).toEqual({ actual_url: "" });
    expect(wishesOf({ container: "bills", prefix: " ", profiles: "A, B", commitments: false })).toEqual({
      container: "bills",
      profiles: ["A", "B"],
      commitments: false,
    });
  });

  it("is a file of customers that names may not break", () => {
    const customer = { external_id: "", tenant_ids: ["t1", "t2"], dated_tenants: [], sees: "list" as const };
    expect(customerFile([{ ...customer, id: "c", name: 'A, "B"' }])).toBe(
      'id,name,external_id,tenant_ids,sees\r\nc,"A, ""B""",,t1;t2,list\r\n',
    );
  });
});

describe("connections", () => {
  const connection = { name: "acme", mend: true, allow_retail_prices: false, allow_overlap: false, actual_url: "x" };
  const alert = { alert: 1, connection: "acme", text: "", opened_at: "2026-11-01T00:00:00Z" };

  it("are as the worst of what is known", () => {
    const fresh = { connection: "acme", data_as_of: "2026-11-06T00:00:00Z" };
    expect(healthOf(connection, fresh, []).tone).toBe("good");
    expect(healthOf(connection, { connection: "acme" }, []).label).toBe("connectionsNothingYet");
    expect(healthOf({ ...connection, actual_url: undefined }, undefined, []).label).toBe("connectionsNotReady");
    const both = [
      { ...alert, kind: "run-late" },
      { ...alert, kind: "sync-failed" },
    ];
    expect(healthOf(connection, fresh, both).tone).toBe("bad");
    expect(healthOf(connection, fresh, [{ ...alert, connection: "other", kind: "sync-failed" }]).tone).toBe("good");
  });

  it("say the age of their data in days or hours", () => {
    expect(lagOf(3600 * 5)).toEqual({ count: 5, unit: "hour" });
    expect(lagOf(86_400 * 3 + 5)).toEqual({ count: 3, unit: "day" });
  });

  it("have one line for exports that differ in their profile only", () => {
    const of = (profile: string, finding: string) => ({
      dataset: "PriceSheet",
      scope: `/providers/Microsoft.Billing/billingAccounts/a/billingProfiles/${profile}`,
      next_run: "",
      finding,
    });
    const lines = linesOf([of("1", "same"), of("2", "same"), of("3", "missing")], (one) => one.finding);
    expect(lines.map((line) => line.count)).toEqual([2, 1]);
  });
});
