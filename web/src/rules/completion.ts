// What can stand at a place of a document: customers, columns, and values of columns with what they cost.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";

import { api, dataOf } from "../api/client";
import { columnsQuery, type Customer, queryClient, type Row } from "../api/queries";
import type { Amount } from "../format/decimal";

export type Complete = (context: CompletionContext) => Promise<CompletionResult | null>;

export type Wanted = { kind: "customer" } | { kind: "column" } | { kind: "value"; column: string };

const OPERATORS = /^(equals|in|contains|starts_with|matches|not)$/;
/** Ids that say little by themselves, and the column with the name of what they are. */
const NAMED: Record<string, string> = {
  customertenantid: "CustomerTenantName",
  x_customertenantid: "CustomerTenantName",
  subscriptionid: "SubscriptionName",
  cloudvendoraccount: "SubscriptionName",
  x_subscriptionid: "SubscriptionName",
};
const CUSTOMER_KEYS = /^(assign|buyer|over|equal)$/;
const NO_VALUES = /^(name|from|until|set|in_proportion_to|of|share|when|all|any|sets)$/;

/** The keys that lead to the end of a piece of YAML on one line, the last one last; and whether a key comes next. */
const pathIn = (line: string): { keys: string[]; isKeyNext: boolean } => {
  const open: (string | undefined)[] = [];
  let key: string | undefined;
  let isKeyNext = true;
  const token = /\s*(?:(["'])(?:(?!\1).)*\1|[^\s,:{}[\]]+(?:[^,:{}[\]]|:(?!\s|$))*)?(:(?=\s|$)|[,{}[\]]|$)/gy;
  for (let found = token.exec(line); found !== null && token.lastIndex <= line.length; found = token.exec(line)) {
    const word = found[0].slice(0, found[0].length - (found[2] ?? "").length).trim().replace(/^- +/, "");
    const mark = found[2] ?? "";
    if (mark === ":") {
      key = word;
      isKeyNext = false;
    } else if (mark === "{" || mark === "[") {
      open.push(key);
      isKeyNext = mark === "{";
      key = undefined;
    } else if (mark === "}" || mark === "]") {
      open.pop();
      key = undefined;
    } else if (mark === ",") {
      isKeyNext = key !== undefined || isKeyNext;
      key = undefined;
    } else break;
  }
  const keys = [...open, key].filter((one) => one !== undefined);
  return { keys, isKeyNext: isKeyNext && key === undefined };
};

const indentOf = (line: string): number => line.length - line.replace(/^[\s-]*/, "").length;

/** What is wanted behind `line`, of which `above` are the lines before. */
export const wantedAt = (line: string, above: readonly string[]): Wanted | undefined => {
  if (line.trimStart().startsWith("#")) return undefined;
  const { keys, isKeyNext } = pathIn(line.replace(/^[\s-]*/, ""));
  let indent = indentOf(line);
  const path = [...keys];
  // Keys on lines above that have less indentation lead here, too.
  for (let at = above.length - 1; at >= 0 && indent > 0; at -= 1) {
    const upper = above[at] ?? "";
    if (upper.trim() === "" || upper.trimStart().startsWith("#") || indentOf(upper) >= indent) continue;
    indent = indentOf(upper);
    const found = /^[\s-]*([\w.]+):\s*$/.exec(upper);
    if (found?.[1] !== undefined) path.unshift(found[1]);
  }
  const last = path.at(-1);
  if (last === undefined) return undefined;
  if (CUSTOMER_KEYS.test(last)) return { kind: "customer" };
  if (isKeyNext && /^(share|shares|key)$/.test(last)) return { kind: "customer" };
  const isCondition = path.some((key) => /^(when|sets|of)$/.test(key));
  if (!isCondition) return undefined;
  if (isKeyNext && /^(when|all|any|not)$/.test(last)) return { kind: "column" };
  const column = path.findLast((key) => !OPERATORS.test(key));
  if (column === undefined || NO_VALUES.test(column)) return undefined;
  return isKeyNext ? undefined : { kind: "value", column };
};

const VALUES_MAX = 50;
const NAMED_MAX = 2000;
/** What YAML reads as text without quotes. */
const PLAIN = /^[\w./][\w./ ()-]*$/;
const quoted = (value: string): string =>
  PLAIN.test(value) && value !== "null" && value.trim() === value ? value : `'${value.replaceAll("'", "''")}'`;

const valuesOf = async (
  column: string,
  word: string,
  scope: { month?: string; connection?: string },
): Promise<{ id: string; name: string | undefined; currency: string; amount: Amount | undefined }[]> => {
  const named = NAMED[column.toLowerCase()];
  const isFitting = (row: { id: string; name: string | undefined }): boolean =>
    `${row.id} ${row.name ?? ""}`.toLowerCase().includes(word.toLowerCase());
  if (named === undefined) {
    const body = { column, word: word === "" ? undefined : word, limit: VALUES_MAX, ...scope };
    const rows = await queryClient.fetchQuery({
      queryKey: ["cost values", body],
      queryFn: async ({ signal }) => (await dataOf(api.POST("/api/v1/costs/values", { body, signal }))).rows as Row[],
    });
    return rows.flatMap((row) => {
      const id = row[column];
      return id === undefined
        ? []
        : [{ id, name: undefined, currency: row.BillingCurrency ?? "", amount: row.BilledCost }];
    });
  }
  const body = { by: [column, named, "BillingCurrency"], sort: "BilledCost", metrics: ["BilledCost"], limit: NAMED_MAX, ...scope };
  const rows = await queryClient.fetchQuery({
    queryKey: ["named values", body],
    queryFn: async ({ signal }) => (await dataOf(api.POST("/api/v1/costs/query", { body, signal }))).rows as Row[],
  });
  return rows
    .flatMap((row) => {
      const id = row[column];
      if (id === undefined) return [];
      // Several may have one name, so the begin of the id is beside it.
      const name = row[named] === undefined ? undefined : `${row[named]} · ${id.slice(0, 8)}`;
      return [{ id, name, currency: row.BillingCurrency ?? "", amount: row.BilledCost }];
    })
    .filter(isFitting)
    .slice(0, VALUES_MAX);
};

/** Values that have several currencies are one line with all of their amounts. */
const asOptions = (
  values: Awaited<ReturnType<typeof valuesOf>>,
  amountOf: (amount: Amount, currency: string) => string,
): Completion[] => {
  const found = new Map<string, { name: string | undefined; amounts: string[] }>();
  for (const { id, name, currency, amount } of values) {
    const known = found.get(id) ?? { name, amounts: [] };
    if (amount !== undefined) known.amounts.push(amountOf(amount, currency));
    found.set(id, known);
  }
  return [...found].map(([id, { name, amounts }], at) => ({
    label: id,
    displayLabel: name ?? id,
    detail: amounts.join(" · "),
    apply: quoted(id),
    boost: -Math.min(at, 99),
  }));
};

export const completionOf =
  (
    scope: { month?: string; connection?: string },
    customers: readonly Customer[],
    amountOf: (amount: Amount, currency: string) => string,
  ): Complete =>
  async (context) => {
    const line = context.state.doc.lineAt(context.pos);
    const typed = context.state.sliceDoc(line.from, context.pos);
    // Names have spaces, so all behind the last mark is what is looked for.
    const word = (/[^,:{}[\]'"]*$/.exec(typed)?.[0] ?? "").replace(/^\s*(?:- +)*/, "");
    const from = context.pos - word.length;
    const above = context.state.sliceDoc(Math.max(0, line.from - 4000), line.from).split("\n");
    const wanted = wantedAt(typed.slice(0, typed.length - word.length), above);
    if (wanted === undefined) return null;
    const fits = (text: string): boolean => text.toLowerCase().includes(word.toLowerCase());
    if (wanted.kind === "customer") {
      const isKey = /(?:[{,]\s*|^\s*)$/.test(typed.slice(0, typed.length - word.length)) && /share|key/.test(typed);
      const options = customers
        .filter((customer) => fits(`${customer.id} ${customer.name}`))
        .slice(0, VALUES_MAX)
        .map((customer) => ({
          label: customer.id,
          displayLabel: customer.name,
          detail: customer.id,
          apply: isKey && !/[[][^\]]*$/.test(typed) ? `${customer.id}: ` : customer.id,
        }));
      return options.length === 0 ? null : { from, options, filter: false };
    }
    if (wanted.kind === "column") {
      const columns = await queryClient.fetchQuery(columnsQuery);
      const options = columns
        .filter((column) => fits(column.name))
        .map((column) => ({ label: column.name, detail: "", info: column.about, apply: `${column.name}: ` }));
      return options.length === 0 ? null : { from, options, filter: false };
    }
    const values = await valuesOf(wanted.column, word, scope).catch(() => []);
    if (context.aborted || values.length === 0) return null;
    return { from, options: asOptions(values, amountOf), filter: false };
  };
