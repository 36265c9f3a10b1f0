// What the address says of the costs screen, and the questions that it stands for. Defaults are left out of it.
import type { CostFilter, CostQuestion } from "../api/queries";
import { monthsBefore } from "../format/format";
import { readScope, type ScopeSearch } from "../shell/scope";

export const METRICS = ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"] as const;
export type Metric = (typeof METRICS)[number];

export const SPANS = ["1", "3", "6", "12"] as const;
export type Span = (typeof SPANS)[number];
export const MONTHS_OF_SPAN: Record<Span, number> = { "1": 1, "3": 3, "6": 6, "12": 12 };

export type SortBy = "name" | "now" | "before" | "change";

export interface CostSearch extends ScopeSearch {
  /** How many months, the chosen one last. */
  span?: Span;
  by?: string[];
  metric?: Metric;
  per?: "day" | "month";
  /** `none`, or another month than the one before. */
  compare?: string;
  /** `Column=value|value`, percent-encoded inside. */
  where?: string[];
  currency?: string;
  top?: string;
  sort?: SortBy;
  others?: "open";
  /** The panel: the key of a row, a value of the breakdown, a charge. */
  open?: string;
  part?: string;
  row?: string;
}

export const DEFAULT_BY = "CustomerId";
export const DEFAULT_TOP = 8;
/** How many groups may have a colour of their own. */
export const TOPS: readonly string[] = ["1", "2", "3", "4", "5", "6", "7", "8"];
export const COLUMNS_MAX = 3;
/** Lists of columns whose values several rows share, and so the key of a row. */
export const KEY_JOINT = "\u001f";

const listOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === "string" && one !== "");

const oneOf = <Value extends string>(value: unknown, known: readonly Value[]): Value | undefined =>
  known.find((one) => one === value);

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

export const readCostSearch = (search: Record<string, unknown>): CostSearch => {
  const by = [...new Set(listOf(search.by))].slice(0, COLUMNS_MAX);
  const where = listOf(search.where).filter((one) => one.includes("="));
  const compare = textOf(search.compare);
  const top = textOf(search.top);
  const read: CostSearch = {
    ...readScope(search),
    span: oneOf(search.span, SPANS),
    by: by.length > 0 ? by : undefined,
    metric: oneOf(search.metric, METRICS),
    per: oneOf(search.per, ["day", "month"]),
    compare: compare !== undefined && /^(none|\d{4}-\d{2})$/.test(compare) ? compare : undefined,
    where: where.length > 0 ? where : undefined,
    currency: textOf(search.currency),
    top: top !== undefined && TOPS.includes(top) ? top : undefined,
    sort: oneOf(search.sort, ["name", "now", "before", "change"]),
    others: oneOf(search.others, ["open"]),
    open: textOf(search.open),
    part: textOf(search.part),
    row: textOf(search.row),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
};

const escaped = (value: string): string => value.replace(/[%|]/g, encodeURIComponent);

export const filterText = (filter: CostFilter): string => `${filter.column}=${filter.values.map(escaped).join("|")}`;

export const filterOf = (text: string): CostFilter => {
  const at = text.indexOf("=");
  const values = text.slice(at + 1).split("|");
  return { column: text.slice(0, at), values: values.map((value) => value.replace(/%(25|7C)/g, decodeURIComponent)) };
};

export const filtersOf = (search: CostSearch): CostFilter[] => (search.where ?? []).map(filterOf);

/** The filters with the values of a column replaced; without values, the filter goes. */
export const withFilter = (search: CostSearch, filter: CostFilter): string[] | undefined => {
  const others = filtersOf(search).filter((one) => one.column !== filter.column);
  const all = filter.values.length > 0 ? [...others, filter] : others;
  return all.length > 0 ? all.map(filterText) : undefined;
};

/** What is asked: all that the search leaves open is decided. */
export interface CostView {
  from: string;
  to: string;
  span: Span;
  connection: string | undefined;
  by: string[];
  metric: Metric;
  per: "day" | "month";
  /** The months before, as far as they have charges. */
  before: { from: string; to: string } | undefined;
  where: CostFilter[];
  top: number;
}

export interface Known {
  month: string;
  connection: string | undefined;
  months: readonly string[];
  metrics: readonly Metric[];
}

const comparedMonths = (search: CostSearch, known: Known, span: number): CostView["before"] => {
  if (search.compare === "none") return undefined;
  if (search.compare !== undefined && span === 1) {
    return known.months.includes(search.compare) ? { from: search.compare, to: search.compare } : undefined;
  }
  const from = monthsBefore(known.month, 2 * span - 1);
  const to = monthsBefore(known.month, span);
  const isThere = known.months.includes(from) && known.months.includes(to);
  return isThere ? { from, to } : undefined;
};

/** What is shown unless somebody chose: effective cost, where it may be seen. */
export const usualMetric = (known: readonly Metric[]): Metric | undefined =>
  known.find((metric) => metric === "EffectiveCost") ?? known[0];

export const viewOf = (search: CostSearch, known: Known): CostView => {
  const span = search.span ?? "1";
  const months = MONTHS_OF_SPAN[span];
  const first = monthsBefore(known.month, months - 1);
  const wished = search.metric ?? "EffectiveCost";
  return {
    from: first,
    to: known.month,
    span,
    connection: known.connection,
    by: search.by ?? [DEFAULT_BY],
    metric: known.metrics.includes(wished) ? wished : (usualMetric(known.metrics) ?? wished),
    per: search.per ?? (months === 1 ? "day" : "month"),
    before: comparedMonths(search, known, months),
    where: filtersOf(search),
    top: search.top === undefined ? DEFAULT_TOP : TOPS.indexOf(search.top) + 1,
  };
};

const NAME_OF = new Map([["CustomerId", "CustomerName"]]);

/** The columns asked for: ids with the names that people read. */
export const columnsAsked = (by: readonly string[]): string[] => [
  ...new Set(by.flatMap((column) => [column, NAME_OF.get(column) ?? column])),
];

export const nameColumn = (column: string): string => NAME_OF.get(column) ?? column;

const scopeOf = (view: CostView): CostQuestion => ({
  ...(view.from === view.to ? { month: view.to } : { from: view.from, to: view.to }),
  ...(view.connection === undefined ? {} : { connection: view.connection }),
});

/** The table: each group, beside the months before if there are any. */
export const tableQuestion = (view: CostView): CostQuestion => {
  const isPrevious = view.before !== undefined && view.before.to === monthsBefore(view.from, 1);
  return {
    ...scopeOf(view),
    by: [...columnsAsked(view.by), "BillingCurrency"],
    metrics: [view.metric],
    where: view.where,
    sort: view.metric,
    ...(view.before === undefined ? {} : { compare: isPrevious ? "previous" : view.before.to }),
  };
};

export const timeColumn = (view: CostView): string => (view.per === "day" ? "ChargePeriodStart" : "Month");

/** The chart: the groups that have a colour, by day or month. */
export const seriesQuestion = (view: CostView, currency: string, groups: readonly string[][]): CostQuestion => ({
  ...scopeOf(view),
  by: [timeColumn(view), ...view.by],
  metrics: [view.metric],
  where: [
    ...view.where.filter((filter) => filter.column !== "BillingCurrency" && !view.by.includes(filter.column)),
    { column: "BillingCurrency", values: [currency] },
    ...view.by.map((column, position) => ({
      column,
      values: [...new Set(groups.map((group) => group[position] ?? ""))],
    })),
  ],
});

/** All costs by day or month: of the months shown, or of those before. */
export const totalsQuestion = (view: CostView, currency: string, of: "now" | "before"): CostQuestion | undefined => {
  const scope = of === "now" ? view : view.before === undefined ? undefined : { ...view, ...view.before };
  if (scope === undefined) return undefined;
  return {
    ...scopeOf(scope),
    by: [timeColumn(view)],
    metrics: [view.metric],
    where: [
      ...view.where.filter((filter) => filter.column !== "BillingCurrency"),
      { column: "BillingCurrency", values: [currency] },
    ],
  };
};

const quoted = (value: string): string =>
  /^[\w.,:=/@-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;

/** The same question to the command line. */
export const commandOf = (view: CostView): string => {
  const question = tableQuestion(view);
  const parts = ["apportion report costs", `--by ${quoted((question.by ?? []).join(","))}`];
  if (question.month !== undefined) parts.push(`--month ${question.month}`);
  else parts.push(`--from ${view.from} --to ${view.to}`);
  if (view.connection !== undefined) parts.push(`--connection ${view.connection}`);
  for (const filter of view.where) {
    parts.push(...filter.values.map((value) => `--where ${quoted(`${filter.column}=${value}`)}`));
  }
  if (question.compare !== undefined) parts.push(`--compare ${question.compare}`);
  parts.push(`--metrics ${view.metric}`, `--sort ${view.metric}`);
  return parts.join(" ");
};

/** The same question to the API. */
export const requestOf = (view: CostView, origin: string): string => {
  const body = quoted(JSON.stringify(tableQuestion(view)));
  return `curl --oauth2-bearer "$(cat token.txt)" --json ${body} ${origin}/api/v1/costs/query`;
};
