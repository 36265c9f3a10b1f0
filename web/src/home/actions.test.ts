import { describe, expect, it } from "vitest";

import type { MonthOfPartner } from "../api/queries";
import { readable } from "../connections/told";
import { textsIn } from "../i18n/texts";
import { type Action, actionsOf, type Findings } from "./actions";

const month = (of: Partial<MonthOfPartner>): MonthOfPartner => ({
  connection: "acme",
  month: "2026-10",
  state: "complete",
  reason: "",
  charges: 5,
  rejected: 0,
  timing_rows: 0,
  split: true,
  data_as_of: "2026-11-06T03:00:00Z",
  runs: [],
  ...of,
});

const NOTHING: Findings = {
  months: [],
  late: [],
  alerts: [],
  freshness: [],
  tenants: [],
  month: "2026-10",
  warnings: [],
  mayManageConnections: true,
  mayManageMonths: true,
  readsConnections: true,
};

const texts = textsIn("en");
const told = (found: Partial<Findings>): Action[] => actionsOf({ ...NOTHING, ...found }, texts);

describe("what needs action", () => {
  it("is nothing when nothing was found", () => {
    expect(told({})).toEqual([]);
  });

  it("begins with what blocks a month, then what has an end, the earliest first, then months to close", () => {
    const actions = told({
      months: [month({}), month({ month: "2026-09", state: "partial", reason: "no amortized run", split: false })],
      tenants: [{ x_CustomerTenantId: "t", x_CustomerTenantName: "T", BillingCurrency: "EUR", BilledCost: "2" }],
      alerts: [
        {
          alert: 1,
          kind: "credential-expires",
          connection: "acme",
          text: "the client-secret of acme ends on 2026-12-04, in 12 days. Give it: `PATCH /api/v1/connections/acme`",
          opened_at: "2026-11-22T12:00:00Z",
        },
      ],
      warnings: [
        { Warning: "low-utilisation", CommitmentId: "c", CommitmentName: "RI", Value: "62 %", Amount: "4", Currency: "EUR" },
        { Warning: "expiring", CommitmentId: "d", CommitmentName: "SP", Value: "3 days", About: "it ends on 2026-12-01" },
      ],
    });
    expect(actions.map((action) => action.id)).toEqual([
      "month acme/2026-09",
      "expiring d",
      "alert 1",
      "tenants",
      "close",
      "use c EUR",
    ]);
    expect(actions[0]?.why).toBe("No amortized run");
    expect(actions[2]?.why).toBe("After 4 Dec 2026 no export can be read with it.");
  });

  it("adds amounts of one currency only, and no tenant that is none", () => {
    const [action] = told({
      tenants: [
        { BillingCurrency: "EUR", BilledCost: "0.01" },
        { x_CustomerTenantId: "a", BillingCurrency: "EUR", BilledCost: "0.1" },
        { x_CustomerTenantId: "b", BillingCurrency: "EUR", BilledCost: "0.2" },
        { x_CustomerTenantId: "b", BillingCurrency: "USD", BilledCost: "7" },
      ],
    });
    expect(action?.title).toBe("2 tenants have no customer");
    expect(action?.money).toEqual([
      { currency: "EUR", amount: "0.3" },
      { currency: "USD", amount: "7" },
    ]);
  });

  it("leads people to months who may not change connections", () => {
    const gap = { months: [month({ state: "partial", reason: "x" })] };
    expect(told(gap)[0]?.target?.to).toBe("/connections");
    expect(told({ ...gap, mayManageConnections: false })[0]?.target?.to).toBe("/months");
  });

  it("tells a held run once", () => {
    const alert = { alert: 2, kind: "run-held", connection: "acme", text: "Held.", opened_at: "2026-11-22T12:00:00Z" };
    const late = {
      connection: "acme",
      month: "2026-09",
      because: "locked" as const,
      detail: "",
      held_at: "2026-11-22T12:00:00Z",
      charge_set: 3,
      decision: "open" as const,
      changes: [{ BillingCurrency: "EUR", BilledCostDifference: "-1.5" }],
    };
    expect(told({ alerts: [alert], late: [late] }).map((action) => action.id)).toEqual(["late acme/2026-09"]);
    expect(told({ alerts: [alert] }).map((action) => action.id)).toEqual(["alert 2"]);
    expect(told({ alerts: [alert], late: undefined })).toEqual([]); // not before it is known
  });

  it("tells alerts by words, also those without a connection", () => {
    const alert = { alert: 3, connection: "", text: "the disk is small", opened_at: "2026-11-22T12:00:00Z" };
    const titles = told({ alerts: [{ ...alert, kind: "disk-low" }, { ...alert, kind: "of-tomorrow" }] });
    expect(titles.map((action) => [action.title, action.why])).toEqual([
      ["The disk is nearly full", "The disk is small"],
      ["of-tomorrow", "The disk is small"],
    ]);
  });
});

describe("texts of the service", () => {
  it("lose the calls, and have times as people write them", () => {
    expect(readable("it ended on 2026-11-06T03:02:55Z. See: `GET /api/v1/freshness`", "en")).toBe(
      "it ended on 6 Nov 2026, 03:02 UTC.",
    );
    expect(readable("2026-10 covers the days until 2026-10-27", "de")).toBe(
      "Oktober 2026 covers the days until 27. Okt. 2026",
    );
  });
});
