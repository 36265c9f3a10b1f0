// What the address says of the screen. Defaults are left out of it.
import { readScope, type ScopeSearch } from "../shell/scope";

export interface CommitmentsSearch extends ScopeSearch {
  kind?: "Reservation" | "Savings Plan";
  /** Also what has ended or was returned, and was not used. */
  all?: "yes";
  sort?: "used";
  word?: string;
  currency?: string;
  /** The id of the commitment whose panel is open. */
  open?: string;
  show?: "recommendations";
}

const oneOf = <Value extends string>(value: unknown, known: readonly Value[]): Value | undefined =>
  known.find((one) => one === value);

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

export const readCommitmentsSearch = (search: Record<string, unknown>): CommitmentsSearch => ({
  ...readScope(search),
  kind: oneOf(search.kind, ["Reservation", "Savings Plan"]),
  all: oneOf(search.all, ["yes"]),
  sort: oneOf(search.sort, ["used"]),
  word: textOf(search.word),
  currency: textOf(search.currency),
  open: textOf(search.open),
  show: oneOf(search.show, ["recommendations"]),
});
