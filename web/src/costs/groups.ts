// From the answer of the API to the rows of the table: by currency, in one order, with the colours of the chart.
import type { CostAnswer, Row } from "../api/queries";
import { type Amount, compare, largestFirst, size, sum } from "../format/decimal";
import { type Language, nameOrder } from "../format/format";
import { type CostView, KEY_JOINT, nameColumn, type SortBy } from "./search";

/** A row of the table. An amount that is not there is unknown. */
export interface Group {
  key: string;
  /** The values that the rows of the group share, as filters name them. */
  values: string[];
  names: string[];
  now: Amount | undefined;
  before: Amount | undefined;
  change: Amount | undefined;
  isUnassigned: boolean;
}

export interface Total {
  currency: string;
  now: Amount | undefined;
  before: Amount | undefined;
  change: Amount | undefined;
}

/** The costs in one currency, split into what has a colour and what has none. */
export interface CostTable {
  total: Total;
  /** With a colour each: those with the largest amounts in the column by which the table is sorted. */
  top: Group[];
  others: Group[];
  othersSum: Group | undefined;
  unassigned: Group | undefined;
  longest: Amount;
}

export const UNASSIGNED = "unassigned";
const CURRENCY = "BillingCurrency";

const amountsOf = (row: Row, view: CostView): Pick<Group, "now" | "before" | "change"> => ({
  now: row[view.metric],
  before: view.before === undefined ? undefined : row[`${view.metric}Before`],
  change: view.before === undefined ? undefined : row[`${view.metric}Difference`],
});

const groupOf = (row: Row, view: CostView): Group => {
  const values = view.by.map((column) => row[column] ?? "");
  return {
    key: values.join(KEY_JOINT),
    values,
    names: view.by.map((column) => row[nameColumn(column)] ?? ""),
    ...amountsOf(row, view),
    isUnassigned: view.by.some((column, position) => column === "CustomerId" && values[position] === UNASSIGNED),
  };
};

export const totalsOf = (answer: CostAnswer, view: CostView): Total[] =>
  answer.totals.map((row) => ({ currency: row[CURRENCY] ?? "", ...amountsOf(row, view) }));

const added = (amounts: readonly (Amount | undefined)[]): Amount | undefined =>
  amounts.includes(undefined) ? undefined : sum(amounts as Amount[]);

const sumOf = (groups: readonly Group[]): Group | undefined => {
  if (groups.length === 0) return undefined;
  return {
    key: "",
    values: [],
    names: [],
    now: added(groups.map((group) => group.now)),
    before: added(groups.map((group) => group.before)),
    change: added(groups.map((group) => group.change)),
    isUnassigned: false,
  };
};

/** Unassigned groups as one: with several columns there may be many. */
const unassignedOf = (groups: readonly Group[]): Group | undefined => {
  if (groups.length <= 1) return groups[0];
  const summed = sumOf(groups);
  return summed === undefined ? undefined : { ...summed, key: UNASSIGNED, isUnassigned: true };
};

const AMOUNT_OF: Record<Exclude<SortBy, "name">, (group: Group) => Amount | undefined> = {
  now: (group) => group.now,
  before: (group) => group.before,
  change: (group) => (group.change === undefined ? undefined : size(group.change)),
};

export const sorted = (groups: readonly Group[], by: SortBy, language: Language): Group[] => {
  if (by !== "name") return largestFirst(groups, AMOUNT_OF[by]);
  const names = nameOrder(language);
  return groups.toSorted((left, right) => names.compare(left.names.join(" "), right.names.join(" ")));
};

const longestOf = (groups: readonly (Group | undefined)[]): Amount =>
  groups
    .flatMap((group) => (group?.now === undefined ? [] : [group.now]))
    .reduce((longest, amount) => (compare(amount, longest) > 0 ? amount : longest), "0");

export const costTable = (answer: CostAnswer, view: CostView, total: Total, sort: SortBy = "now"): CostTable => {
  const groups = answer.rows.filter((row) => row[CURRENCY] === total.currency).map((row) => groupOf(row, view));
  const assigned = largestFirst(
    groups.filter((group) => !group.isUnassigned),
    AMOUNT_OF[sort === "name" ? "now" : sort],
  );
  const top = assigned.slice(0, view.top);
  const others = assigned.slice(view.top);
  const othersSum = sumOf(others);
  const unassigned = unassignedOf(groups.filter((group) => group.isUnassigned));
  return { total, top, others, othersSum, unassigned, longest: longestOf([...top, othersSum, unassigned]) };
};

/** All rows of the table that can be opened. */
export const groupsOf = (table: CostTable): Group[] => [
  ...table.top,
  ...table.others,
  ...(table.unassigned === undefined ? [] : [table.unassigned]),
];
