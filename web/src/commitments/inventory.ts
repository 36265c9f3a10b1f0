// From the answers of the API to the rows of the inventory: a commitment with its term, its days, and who bears what of
// it was not used.
import type { Row } from "../api/queries";
import { type Amount, compare, percentOf, sign, sum } from "../format/decimal";
import { type Language, nameOrder } from "../format/format";

export interface Borne {
  customer: string;
  currency: string;
  amount: Amount;
}

export interface Commitment {
  id: string;
  name: string;
  kind: string;
  state: string;
  /** All that the list says of it. */
  row: Row;
  start: string | undefined;
  end: string | undefined;
  /** Used, in percent of the whole; unset in a month without use, or where it is unknown. */
  used: Amount | undefined;
  /** The same by day. */
  days: ReadonlyMap<string, Amount>;
  unused: Borne[];
}

export interface Answers {
  list: readonly Row[];
  use: readonly Row[];
  byDay: readonly Row[];
  unused: readonly Row[];
}

const grouped = (rows: readonly Row[]): Map<string, Row[]> => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const id = row.CommitmentId ?? "";
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [row]);
    else group.push(row);
  }
  return groups;
};

// Use may be billed in several currencies, a row each; the percentage is that of the whole in all of them.
const usedOf = (rows: readonly Row[]): Amount | undefined =>
  rows.find((row) => row.UtilisationPercent !== undefined)?.UtilisationPercent;

export const inventoryOf = ({ list, use, byDay, unused }: Answers): Commitment[] => {
  const useOf = grouped(use);
  const daysOf = grouped(byDay);
  const unusedOf = grouped(unused);
  return list.map((row) => {
    const id = row.CommitmentId ?? "";
    const days = new Map<string, Amount>();
    for (const day of daysOf.get(id) ?? []) {
      if (day.Day !== undefined && day.UtilisationPercent !== undefined) days.set(day.Day, day.UtilisationPercent);
    }
    return {
      id,
      name: row.Name ?? id,
      kind: row.Kind ?? "",
      state: row.State ?? "",
      row,
      start: row.StartDay,
      end: row.ExpiryDay,
      used: usedOf(useOf.get(id) ?? []),
      days,
      unused: (unusedOf.get(id) ?? [])
        .flatMap((one) =>
          one.UnusedCost === undefined || sign(one.UnusedCost) === 0
            ? []
            : [
                {
                  customer: one.CustomerId ?? "",
                  currency: one.BillingCurrency ?? "",
                  amount: one.UnusedCost,
                },
              ],
        )
        .toSorted((left, right) => compare(right.amount, left.amount)),
    };
  });
};

/** What was not used, by currency. */
export const unusedSums = (commitment: Commitment): { currency: string; amount: Amount }[] => {
  const currencies = [...new Set(commitment.unused.map((one) => one.currency))].sort();
  return currencies.map((currency) => ({
    currency,
    amount: sum(commitment.unused.filter((one) => one.currency === currency).map((one) => one.amount)),
  }));
};

/** What each customer bears of all commitments, by currency, the most first. */
export const bearersOf = (unused: readonly Row[]): { currency: string; bearers: Omit<Borne, "currency">[] }[] => {
  const currencies = new Map<string, Map<string, Amount[]>>();
  for (const row of unused) {
    if (row.UnusedCost === undefined || sign(row.UnusedCost) === 0) continue;
    const currency = row.BillingCurrency ?? "";
    const customers = currencies.get(currency) ?? new Map<string, Amount[]>();
    currencies.set(currency, customers);
    const customer = row.CustomerId ?? "";
    customers.set(customer, [...(customers.get(customer) ?? []), row.UnusedCost]);
  }
  return [...currencies]
    .map(([currency, customers]) => ({
      currency,
      bearers: [...customers]
        .map(([customer, amounts]) => ({ customer, amount: sum(amounts) }))
        .toSorted((left, right) => compare(right.amount, left.amount)),
    }))
    .toSorted((left, right) => left.currency.localeCompare(right.currency));
};

const SAVING_CELLS = ["UsedCost", "ListCost", "Saving", "UnusedCost", "NetSaving"] as const;

/**
 * Savings added up by fewer columns than they were asked by; nothing where a cell is unknown, for then only the service
 * knows what the sum is.
 */
export const savingsBy = (rows: readonly Row[], by: readonly string[]): Row[] | undefined => {
  if (rows.some((row) => SAVING_CELLS.some((cell) => row[cell] === undefined))) return undefined;
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = by.map((column) => row[column] ?? "").join("\u001f");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].map((group) => {
    const added: Row = {};
    for (const column of by) added[column] = group[0]?.[column] ?? "";
    for (const cell of [...SAVING_CELLS, "RowsWithoutListCost"])
      added[cell] = sum(group.map((row) => row[cell] ?? "0"));
    const rate = percentOf(added.NetSaving ?? "0", added.ListCost ?? "0");
    return rate === undefined ? added : { ...added, EffectiveSavingsRatePercent: rate };
  });
};

export const BADLY_USED = "80";

export const isBadlyUsed = (commitment: Commitment): boolean =>
  commitment.used !== undefined && compare(commitment.used, BADLY_USED) < 0;

/** Whether it counts in the month: it runs, or something of it was used or not used. */
export const isCurrent = (commitment: Commitment): boolean =>
  commitment.state === "active" || commitment.used !== undefined;

export type Order = "end" | "used";
export interface Choice {
  kind: string | undefined;
  all: boolean;
  word: string;
  order: Order;
}

const last = <Value>(
  left: Value | undefined,
  right: Value | undefined,
  by: (left: Value, right: Value) => number,
): number => {
  if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? 1 : -1;
  return by(left, right);
};

// What has ended does not end next.
const endOf = (commitment: Commitment): string | undefined =>
  commitment.state === "expired" ? undefined : commitment.end;

export const chosen = (all: readonly Commitment[], choice: Choice, language: Language): Commitment[] => {
  const names = nameOrder(language);
  const wanted = choice.word.trim().toLowerCase();
  const byName = (left: Commitment, right: Commitment): number => names.compare(left.name, right.name);
  const orders: Record<Order, (left: Commitment, right: Commitment) => number> = {
    end: (left, right) =>
      last(endOf(left), endOf(right), (one, other) => one.localeCompare(other)) ||
      (left.state === "active" ? 0 : 1) - (right.state === "active" ? 0 : 1) ||
      byName(left, right),
    used: (left, right) => last(left.used, right.used, compare) || byName(left, right),
  };
  return all
    .filter((one) => choice.all || isCurrent(one))
    .filter((one) => choice.kind === undefined || one.kind === choice.kind)
    .filter((one) =>
      [one.name, one.id, one.row.Sku, one.row.Region, one.row.Buyer, one.row.FormerNames, one.row.OrderId].some(
        (text) => text?.toLowerCase().includes(wanted),
      ),
    )
    .toSorted(orders[choice.order]);
};

const STEPS: readonly Amount[] = ["1", "50", "70", "85", "95"];

/** How dark a day is: 0 for idle, 5 for 95 % and more. */
export const heatOf = (used: Amount): number => STEPS.filter((step) => compare(used, step) >= 0).length;

const DAY = 86_400_000;
const dayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY;

export const daysUntil = (day: string, today: string): number => dayNumber(day) - dayNumber(today);

export const SOON_DAYS = 60;

/** Whether it ends within the next weeks. */
export const endsSoon = (commitment: Commitment, today: string): boolean => {
  if (commitment.end === undefined || commitment.state !== "active") return false;
  const days = daysUntil(commitment.end, today);
  return days >= 0 && days <= SOON_DAYS;
};

/** The years that the terms lie in, and where a day is among them, in percent. */
export interface Timeline {
  years: number[];
  at: (day: string) => number;
}

const YEARS_MAX = 7;

export const timelineOf = (commitments: readonly Commitment[], today: string): Timeline => {
  const days = [today, ...commitments.flatMap((one) => [one.start ?? today, one.end ?? today])].sort();
  const yearOf = (day: string): number => parseInt(day.slice(0, 4), 10);
  const now = yearOf(today);
  const from = Math.max(yearOf(days[0] ?? today), now - 3);
  const to = Math.min(yearOf(days.at(-1) ?? today), from + YEARS_MAX - 1);
  const begin = dayNumber(`${from}-01-01`);
  const end = dayNumber(`${to + 1}-01-01`);
  return {
    years: Array.from({ length: to - from + 1 }, (_, position) => from + position),
    at: (day) => Math.max(0, Math.min(100, ((dayNumber(day) - begin) / (end - begin)) * 100)),
  };
};

/** What is bought, in short: `8 × E8s v5, eastus`. */
export const whatOf = (row: Row): string => {
  const sku = row.Sku ?? "";
  const parts = sku.split(", ");
  const size = (parts.length > 2 ? (parts[1] ?? sku) : sku).replace(/^Standard_/, "").replaceAll("_", " ");
  const many = row.Quantity === undefined || size === "" ? size : `${row.Quantity} × ${size}`;
  return [many, row.Region ?? ""].filter((part) => part !== "").join(", ");
};
