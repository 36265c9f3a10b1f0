// What the address says of the screen. Defaults are left out of it.
import type { Schemas } from "../api/client";
import { readScope, type ScopeSearch } from "../shell/scope";

export const PLACES = ["CustomerTenantId", "Subscription", "Product"] as const;
export type Place = (typeof PLACES)[number];

export type Class = Schemas["DifferenceClass"];

export interface InvoicesSearch extends ScopeSearch {
  invoice?: string;
  /** Of the invoice: one may be in several. */
  currency?: string;
  /** Compared with daily usage, where there are both kinds of file. */
  with?: "usage";
  class?: Class;
  /** Added up by this. */
  by?: Place;
  /** A place that the rows are restricted to; `NONE` stands for rows without it. */
  customer?: string;
  subscription?: string;
  product?: string;
  /** The difference whose panel is open. */
  open?: string;
}

/** In the address, an empty text would be no text. */
export const NONE = "-";

const CLASSES: readonly Class[] = [
  "unknown",
  "missing-lines",
  "missing-charges",
  "doubled-lines",
  "doubled-charges",
  "exchange-rate",
  "credit",
  "other-invoice",
  "not-billed-yet",
  "partner-earned-credit",
  "commitment",
  "seats-and-software",
  "marketplace",
  "rounding",
  "tax",
  "equal",
];

/** What asks for something first. */
export const orderOf = (name: Class): number => CLASSES.indexOf(name);

const oneOf = <Value extends string>(value: unknown, known: readonly Value[]): Value | undefined =>
  known.find((one) => one === value);

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

export const readInvoicesSearch = (search: Record<string, unknown>): InvoicesSearch => ({
  ...readScope(search),
  invoice: textOf(search.invoice),
  currency: textOf(search.currency),
  with: oneOf(search.with, ["usage"]),
  class: oneOf(search.class, CLASSES),
  by: oneOf(search.by, PLACES),
  customer: textOf(search.customer),
  subscription: textOf(search.subscription),
  product: textOf(search.product),
  open: textOf(search.open),
});
