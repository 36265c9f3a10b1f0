// Who pays more and who less: the answer of a preview, by customer and currency.
import type { Schemas } from "../api/client";
import { type Amount, compare, difference, largestFirst, sign, size, sum } from "../format/decimal";

type AmountChange = Schemas["AmountChange"];
export type Cost = "billed" | "effective";

export const UNASSIGNED = "unassigned";

export interface Change {
  customer: string;
  name: string | undefined;
  currency: string;
  before: Amount | undefined;
  after: Amount | undefined;
  /** Nothing where it is not known. */
  difference: Amount | undefined;
  reasons: string[];
}

const FIELDS = {
  billed: ["BilledCostOld", "BilledCostNew"],
  effective: ["EffectiveCostOld", "EffectiveCostNew"],
} as const;

const added = (left: Amount | undefined, right: Amount | undefined): Amount | undefined =>
  left === undefined || right === undefined ? undefined : sum([left, right]);

/** By currency, what differs most first; the connections of a customer are one. What does not change is left out. */
const inOrder = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

export const changesOf = (changes: readonly AmountChange[], cost: Cost): Change[] => {
  const [oldField, newField] = FIELDS[cost];
  const found = new Map<string, Change>();
  for (const change of changes) {
    const key = `${change.BillingCurrency} ${change.CustomerId}`;
    const known = found.get(key);
    const before = known === undefined ? change[oldField] : added(known.before, change[oldField]);
    const after = known === undefined ? change[newField] : added(known.after, change[newField]);
    found.set(key, {
      customer: change.CustomerId,
      name: change.CustomerName ?? known?.name,
      currency: change.BillingCurrency,
      before,
      after,
      difference: before === undefined || after === undefined ? undefined : difference(after, before),
      reasons: [...new Set([...(known?.reasons ?? []), change.Reason])],
    });
  }
  const changed = [...found.values()]
    .filter((change) => change.difference === undefined || sign(change.difference) !== 0)
    .sort((left, right) => inOrder(left.customer, right.customer));
  return largestFirst(changed, (change) => size(change.difference ?? "0")).sort((left, right) =>
    inOrder(left.currency, right.currency),
  );
};

export interface Side {
  more: Change[];
  less: Change[];
}

export const sidesOf = (changes: readonly Change[]): Side => ({
  more: changes.filter((change) => change.difference !== undefined && sign(change.difference) > 0),
  less: changes.filter((change) => change.difference !== undefined && sign(change.difference) < 0),
});

export interface CurrencySum {
  currency: string;
  /** Of all differences; nothing if one of them is not known. */
  rest: Amount | undefined;
  /** The largest difference, for the lengths of bars. */
  largest: Amount;
}

export const sumsOf = (changes: readonly Change[]): CurrencySum[] =>
  [...new Set(changes.map((change) => change.currency))].map((currency) => {
    const own = changes.filter((change) => change.currency === currency).map((change) => change.difference);
    const known = own.filter((amount) => amount !== undefined);
    return {
      currency,
      rest: known.length === own.length ? sum(known) : undefined,
      largest: known.reduce((largest, amount) => (compare(size(amount), largest) > 0 ? size(amount) : largest), "0"),
    };
  });
