// What the address says of the screen. Defaults are left out of it.
import type { Schemas } from "../api/client";
import { readScope, type ScopeSearch } from "../shell/scope";

export type Verdict = Schemas["MigrationVerdict"];
export type MigrationClass = Schemas["MigrationClass"];

export const VERDICTS: readonly Verdict[] = ["not explained", "explained", "equal"];

export const PLACES = ["Class", "Month", "Subscription", "Product"] as const;
export type Place = (typeof PLACES)[number];

export interface MigrationSearch extends ScopeSearch {
  show?: "gained" | "plan";
  verdict?: Verdict;
  word?: string;
  /** The customer whose amounts are shown; `NONE` for one of the legacy that is nobody here, called `legacy`. */
  customer?: string;
  legacy?: string;
  /** Added up by this, or each; by reason, unless it is said. */
  by?: Exclude<Place, "Class"> | "each";
  /** Places that the amounts are restricted to; `NONE` stands for those without it. */
  class?: MigrationClass;
  in?: string;
  subscription?: string;
  product?: string;
  /** Also what is equal. */
  all?: "yes";
  /** The difference whose panel is open. */
  open?: string;
}

/** In the address, an empty text would be no text. */
export const NONE = "-";

/** What asks for something first. */
const CLASSES: readonly MigrationClass[] = [
  "unknown",
  "missing-lines",
  "missing-charges",
  "other-customer",
  "doubled-lines",
  "doubled-charges",
  "split-rule",
  "partner-earned-credit",
  "exchange-rate",
  "credit",
  "other-invoice",
  "not-billed-yet",
  "commitment",
  "seats-and-software",
  "marketplace",
  "rounding",
  "tax",
  "equal",
];

export const orderOf = (name: MigrationClass): number => CLASSES.indexOf(name);

const oneOf = <Value extends string>(value: unknown, known: readonly Value[]): Value | undefined =>
  known.find((one) => one === value);

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

export const readMigrationSearch = (search: Record<string, unknown>): MigrationSearch => ({
  ...readScope(search),
  show: oneOf(search.show, ["gained", "plan"]),
  verdict: oneOf(search.verdict, VERDICTS),
  word: textOf(search.word),
  customer: textOf(search.customer),
  legacy: textOf(search.legacy),
  by: oneOf(search.by, ["Month", "Subscription", "Product", "each"]),
  class: oneOf(search.class, CLASSES),
  in: readScope({ month: search.in }).month,
  subscription: textOf(search.subscription),
  product: textOf(search.product),
  all: oneOf(search.all, ["yes"]),
  open: textOf(search.open),
});

/** All that belongs to the customer that is looked at. */
export const NO_CUSTOMER = {
  customer: undefined,
  legacy: undefined,
  by: undefined,
  class: undefined,
  in: undefined,
  subscription: undefined,
  product: undefined,
  all: undefined,
  open: undefined,
} satisfies Partial<Record<keyof MigrationSearch, undefined>>;
