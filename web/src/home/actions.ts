// What needs somebody: out of months, late changes, alerts, tenants and commitments, in the order in which it matters.
import type { Schemas } from "../api/client";
import type { MonthOfPartner, Row } from "../api/queries";
import { asSentence, readable } from "../connections/told";
import { tenantsIn } from "../customers/TenantsCard";
import { type Amount, sum } from "../format/decimal";
import { dayText, daysOf, momentText, monthText } from "../format/format";
import { alertKindText } from "../i18n/alerts";
import type { TextKey, Texts } from "../i18n/texts";
import type { IconName } from "../ui/icons";

type LateChange = Schemas["LateChange"];
type Alert = Schemas["Alert"];
type Freshness = Schemas["Freshness"];

/** In this order: what blocks a month, what has an end, months to close, money that could be saved. */
export const LEVELS = ["blocks", "soon", "close", "saving"] as const;
export type Level = (typeof LEVELS)[number];

export interface Money {
  currency: string;
  amount: Amount;
}

/** A part of the text below the title that has an amount. */
export interface Part {
  name: string;
  money: readonly Money[];
}

export interface Target {
  to: "/months" | "/customers" | "/connections" | "/commitments" | "/proof";
  search: Record<string, string | string[]>;
}

export interface Action {
  id: string;
  level: Level;
  icon: IconName;
  title: string;
  why: string;
  parts?: readonly Part[];
  /** Amounts are shown with a sign if they are changes. */
  money?: readonly Money[];
  isChange?: boolean;
  /** How many it is about. */
  count?: number;
  /** How many others it stands for; else it stands for itself. */
  standsFor?: number;
  fact?: string;
  subFact?: string;
  /** Of those with an end, the earliest first. */
  date: string;
  target?: Target;
  label?: TextKey;
}

export interface Findings {
  months: readonly MonthOfPartner[];
  /** Unset while nobody knows: those who may not read them have none. */
  late: readonly LateChange[] | undefined;
  alerts: readonly Alert[];
  freshness: readonly Freshness[];
  /** Rows of tenants without a customer. */
  tenants: readonly Row[];
  month: string | undefined;
  warnings: readonly Row[];
  mayManageConnections: boolean;
  mayManageMonths: boolean;
  readsConnections: boolean;
}

const NO_DATE = "9999";
const NAMES_MAX = 3;
const SAVINGS_MAX = 3;
const DAY = /\d{4}-\d{2}-\d{2}/;

export const keyOf = (month: { connection: string; month: string }): string => `${month.connection}/${month.month}`;

const byCurrency = (money: readonly Money[]): Money[] => {
  const found = new Map<string, Amount[]>();
  for (const one of money) found.set(one.currency, [...(found.get(one.currency) ?? []), one.amount]);
  return [...found].map(([currency, amounts]) => ({ currency, amount: sum(amounts) }));
};

const monthAction = (month: MonthOfPartner, found: Findings, { text, plural, language }: Texts): Action => {
  const covered = month.runs
    .filter((run) => run.in_force)
    .map((run) => run.covers_until)
    .sort()[0];
  const inExports = found.mayManageConnections && month.rejected === 0;
  const named = { month: monthText(month.month, language), connection: month.connection };
  const isThere = month.state !== "missing";
  // Days that are all there are no gap: then something else is.
  const coverage =
    covered === undefined || covered >= (daysOf(month.month).at(-1) ?? "")
      ? undefined
      : text("coversUntil", { day: dayText(covered, language) });
  const title =
    month.state === "missing" ? "homeMissing" : month.state === "partial" ? "homeGap" : ("homeNotSplit" as const);
  return {
    id: `month ${keyOf(month)}`,
    level: "blocks",
    icon: "stop",
    title: text(title, named),
    why: asSentence(readable(month.reason === "" ? (month.next ?? "") : month.reason, language)),
    fact: isThere ? coverage : text("noRunShort"),
    subFact: isThere ? plural("chargeCount", month.charges) : undefined,
    date: month.month,
    target: inExports
      ? { to: "/connections", search: { open: month.connection, part: "exports" } }
      : { to: "/months", search: { month: month.month, at: keyOf(month) } },
    label: inExports ? "homeSeeExports" : "homeSeeMonth",
  };
};

const LATE_WHY: Record<LateChange["because"], TextKey> = {
  locked: "becauseLocked",
  rejects: "becauseRejects",
  shrunk: "becauseShrunk",
};

const lateAction = (late: LateChange, { text, language }: Texts): Action => {
  const money = (late.changes ?? []).flatMap((row) =>
    row.BilledCostDifference === undefined
      ? []
      : [{ currency: row.BillingCurrency ?? "", amount: row.BilledCostDifference }],
  );
  const named = { month: monthText(late.month, language), connection: late.connection };
  return {
    id: `late ${keyOf(late)}`,
    level: "soon",
    icon: "lock",
    title: text(late.because === "locked" ? "homeChangedAfterLock" : "homeHeld", named),
    why: text(LATE_WHY[late.because]),
    money: byCurrency(money),
    isChange: true,
    fact: money.length === 0 ? text("heldAt", { at: momentText(late.held_at, language) }) : undefined,
    date: late.held_at,
    target: { to: "/months", search: { month: late.month, at: keyOf(late) } },
    label: "homeReview",
  };
};

interface AlertLook {
  level: Level;
  icon: IconName;
  title: TextKey;
  label: TextKey;
  part: string;
}

const ALERTS: Record<string, AlertLook> = {
  "sync-failed": {
    level: "blocks",
    icon: "stop",
    title: "homeImportFailed",
    label: "homeSeeImports",
    part: "imports",
  },
  "run-late": { level: "soon", icon: "clock", title: "homeRunLate", label: "homeSeeConnection", part: "access" },
  "credential-expires": {
    level: "soon",
    icon: "clock",
    title: "homeSecretEnds",
    label: "homeReplaceSecret",
    part: "access",
  },
  "run-held": { level: "soon", icon: "lock", title: "homeRunsHeld", label: "homeSeeImports", part: "imports" },
};

/** In the reader's language, as far as the page knows what the alert is about. */
const alertWhy = (alert: Alert, end: string | undefined, found: Findings, { text, language }: Texts): string => {
  const source = found.freshness.find((one) => one.connection === alert.connection);
  if (alert.kind === "run-late" && source?.data_as_of !== undefined && source.next_expected !== undefined) {
    return text("homeRunLateWhy", {
      at: momentText(source.data_as_of, language),
      expected: momentText(source.next_expected, language),
    });
  }
  if (end !== undefined) return text("homeSecretEndsWhy", { day: dayText(end, language) });
  return asSentence(readable(alert.text, language));
};

const alertAction = (alert: Alert, found: Findings, texts: Texts): Action => {
  const { text, language } = texts;
  const look = ALERTS[alert.kind];
  const end = alert.kind === "credential-expires" ? DAY.exec(alert.text)?.[0] : undefined;
  const isOfConnection = look !== undefined && alert.connection !== "";
  return {
    id: `alert ${alert.alert}`,
    level: look?.level ?? (alert.kind === "disk-low" ? "blocks" : "soon"),
    icon: look?.icon ?? "warning",
    title: isOfConnection ? text(look.title, { connection: alert.connection }) : alertKindText(alert.kind, texts),
    why: isOfConnection ? alertWhy(alert, end, found, texts) : asSentence(readable(alert.text, language)),
    fact: end === undefined ? undefined : dayText(end, language),
    subFact: end === undefined ? text("homeSince", { at: momentText(alert.opened_at, language, "brief") }) : undefined,
    date: end ?? alert.opened_at,
    ...(isOfConnection && found.readsConnections
      ? {
          target: { to: "/connections" as const, search: { open: alert.connection, part: look.part } },
          label: look.label,
        }
      : {}),
  };
};

const tenantsAction = (found: Findings, { plural }: Texts): Action | undefined => {
  const tenants = tenantsIn(found.tenants);
  if (tenants.length === 0) return undefined;
  return {
    id: "tenants",
    count: tenants.length,
    level: "soon",
    icon: "people",
    title: plural("homeTenants", tenants.length),
    why: tenants.length > NAMES_MAX ? plural("andMore", tenants.length - NAMES_MAX) : "",
    parts: tenants.slice(0, NAMES_MAX).map((tenant) => ({ name: tenant.name, money: tenant.amounts })),
    money: byCurrency(tenants.flatMap((tenant) => tenant.amounts)),
    date: NO_DATE,
    target: { to: "/customers", search: found.month === undefined ? {} : { month: found.month } },
    label: "homeAssign",
  };
};

const commitmentAction = (row: Row, { text, language }: Texts): Action | undefined => {
  const name = row.CommitmentName ?? row.CommitmentId ?? "";
  const target: Target = {
    to: "/commitments",
    search: row.CommitmentId === undefined ? {} : { open: row.CommitmentId },
  };
  if (row.Warning === "expiring") {
    const end = DAY.exec(row.About ?? "")?.[0];
    return {
      id: `expiring ${row.CommitmentId}`,
      level: "soon",
      icon: "clock",
      title: text("homeCommitmentEnds", { name }),
      why: asSentence(readable(row.About ?? "", language)),
      fact: end === undefined ? row.Value : dayText(end, language),
      subFact: end === undefined ? undefined : row.Value,
      date: end ?? NO_DATE,
      target,
      label: "homeSeeUse",
    };
  }
  if (row.Warning !== "low-utilisation") return undefined;
  return {
    id: `use ${row.CommitmentId} ${row.Currency}`,
    level: "saving",
    icon: "half",
    title: text("homeLowUse", { name, used: row.Value ?? "" }),
    why: asSentence(readable(row.About ?? "", language)),
    money: row.Amount === undefined ? [] : [{ currency: row.Currency ?? "", amount: row.Amount }],
    subFact: text("homeUnused"),
    date: NO_DATE,
    target,
    label: "homeSeeUse",
  };
};

/** A few of those that save money, and the rest as one: it is less urgent than all else. */
const fewSavings = (all: readonly Action[], { plural }: Texts): Action[] => {
  const savings = all.filter((action) => action.level === "saving");
  const others = all.filter((action) => action.level !== "saving");
  const rest = savings.length - SAVINGS_MAX;
  if (rest <= 1) return [...all];
  return [
    ...others,
    ...savings.slice(0, SAVINGS_MAX),
    {
      id: "use others",
      level: "saving",
      icon: "half",
      title: plural("homeMoreLowUse", rest),
      why: "",
      standsFor: rest,
      date: NO_DATE,
      target: { to: "/commitments", search: { sort: "used" } },
      label: "homeSeeUse",
    },
  ];
};

const closeAction = (found: Findings, { text, plural, language }: Texts): Action | undefined => {
  const open = found.months
    .filter((month) => month.state === "complete" && month.split)
    .toSorted((left, right) => left.month.localeCompare(right.month));
  const [first] = open;
  if (first === undefined) return undefined;
  const names = [...new Set(open.map((month) => month.month))];
  const shown = names.slice(0, NAMES_MAX).map((month) => monthText(month, language));
  const more = names.length > NAMES_MAX ? ` ${plural("andMore", names.length - NAMES_MAX)}` : "";
  return {
    id: "close",
    level: "close",
    icon: "lock",
    title: plural("homeToClose", open.length),
    why: `${shown.join(", ")}${more}. ${text("homeToCloseWhy")}`,
    date: first.month,
    target: { to: "/months", search: { month: first.month, at: keyOf(first) } },
    label: found.mayManageMonths ? "homeClose" : "homeSeeMonth",
  };
};

const rank = (action: Action): string => `${LEVELS.indexOf(action.level)} ${action.date}`;

/** What needs action, the most urgent first. */
export const actionsOf = (found: Findings, texts: Texts): Action[] => {
  const blocked = found.months.filter(
    (month) => month.state === "missing" || month.state === "partial" || (month.charges > 0 && !month.split),
  );
  const late = (found.late ?? []).filter((change) => change.decision === "open");
  // A held run is told by its late change, where one may read those.
  const heldIn = new Set(late.map((change) => change.connection));
  const alerts = found.alerts.filter(
    (alert) => alert.kind !== "run-held" || (found.late !== undefined && !heldIn.has(alert.connection)),
  );
  const actions = [
    ...blocked.map((month) => monthAction(month, found, texts)),
    ...alerts.map((alert) => alertAction(alert, found, texts)),
    ...late.map((change) => lateAction(change, texts)),
    tenantsAction(found, texts),
    closeAction(found, texts),
    ...found.warnings.map((row) => commitmentAction(row, texts)),
  ].filter((action) => action !== undefined);
  return fewSavings(
    actions.toSorted((left, right) => rank(left).localeCompare(rank(right))),
    texts,
  );
};
