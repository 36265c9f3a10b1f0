// Who gets what a rule matches, as a form edits it: read from the rule, checked, and written into its text.
import { compare, difference, sum } from "../format/decimal";
import { type Entry, isMap, replacedPair, type Value } from "./outline";

export const MEASURES = ["BilledCost", "EffectiveCost", "Quantity"] as const;
export type Measure = (typeof MEASURES)[number];
export type Kind = "one" | "percent" | "equal" | "measure";

export interface Part {
  customer: string;
  /** As it is typed; one of them may be empty, and gets the rest. */
  percent: string;
}

/** All that the form holds, so that nothing typed is lost when another kind is looked at. */
export interface Target {
  kind: Kind;
  parts: readonly Part[];
  measure: Measure;
}

const textOf = (value: Value | undefined): string => (typeof value === "string" ? value : "");
const asParts = (customers: Value | undefined): Part[] =>
  (Array.isArray(customers) ? (customers as readonly Value[]) : []).map((one) => ({
    customer: textOf(one),
    percent: "",
  }));

const NONE: Part = { customer: "", percent: "" };
const FIRST: Target = { kind: "one", parts: [NONE], measure: "BilledCost" };

/** What a rule says; nothing if it says more than the form can show. */
export const targetOf = (entry: Entry): Target | undefined => {
  const { value } = entry;
  if (!entry.isBlock || entry.section !== "rules" || !isMap(value)) return undefined;
  const share = value.get("share");
  if (share === undefined) return { ...FIRST, parts: [{ customer: textOf(value.get("assign")), percent: "" }] };
  if (!isMap(share)) return FIRST;
  if (share.has("equal")) return { ...FIRST, kind: "equal", parts: asParts(share.get("equal")) };
  const by = share.get("in_proportion_to");
  if (by === undefined) {
    const parts = [...share].map(([customer, percent]) => ({ customer, percent: textOf(percent) }));
    return { ...FIRST, kind: "percent", parts };
  }
  const measure = MEASURES.find((one) => one === by);
  if (measure === undefined || share.has("of")) return undefined;
  return { kind: "measure", measure, parts: asParts(share.get("over")) };
};

const PERCENT = /^\d{1,3}(\.\d{1,16})?$/;
const asDecimal = (typed: string): string => typed.trim().replace(",", ".");
const isEmpty = (part: Part): boolean => part.percent.trim() === "";

/** What is left for the part without a percentage; nothing if something typed is no number. */
export const restOf = (parts: readonly Part[]): string | undefined => {
  const typed = parts.filter((part) => !isEmpty(part)).map((part) => asDecimal(part.percent));
  return typed.every((percent) => PERCENT.test(percent)) ? difference("100", sum(typed)) : undefined;
};

export type Fault = "noCustomer" | "twice" | "noNumber" | "severalRests" | "notWhole";

/** Why it cannot be taken over yet. */
export const faultOf = (target: Target): Fault | undefined => {
  const { kind, parts } = target;
  const used = kind === "one" ? parts.slice(0, 1) : parts;
  if (used.length === 0 || used.some((part) => part.customer === "")) return "noCustomer";
  if (new Set(used.map((part) => part.customer)).size < used.length) return "twice";
  if (kind !== "percent") return undefined;
  const rest = restOf(parts);
  if (rest === undefined) return "noNumber";
  const empty = parts.filter(isEmpty).length;
  if (empty > 1) return "severalRests";
  return compare(rest, "0") === (empty === 1 ? 1 : 0) ? undefined : "notWhole";
};

// The one word that YAML does not read as text.
const idText = (customer: string): string => (customer === "null" ? "'null'" : customer);
const listText = (parts: readonly Part[]): string => `[${parts.map((part) => idText(part.customer)).join(", ")}]`;

const LINES: Record<Kind, (target: Target) => string> = {
  one: ({ parts }) => `assign: ${idText(parts[0]?.customer ?? "")}`,
  percent: ({ parts }) => {
    const rest = restOf(parts) ?? "";
    const written = parts.map((part) => `${idText(part.customer)}: ${isEmpty(part) ? rest : asDecimal(part.percent)}`);
    return `share: {${written.join(", ")}}`;
  },
  equal: ({ parts }) => `share: {equal: ${listText(parts)}}`,
  measure: ({ parts, measure }) => `share: {in_proportion_to: ${measure}, over: ${listText(parts)}}`,
};

/** The text of the document with what the form says in the rule. */
export const withTarget = (text: string, entry: Entry, target: Target): string =>
  replacedPair(text, entry, ["assign", "share"], LINES[target.kind](target));
