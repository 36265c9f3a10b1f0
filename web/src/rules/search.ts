// What the address says of the screen. Defaults are left out of it.
import { readScope, type ScopeSearch } from "../shell/scope";

export type DocumentName = "rules" | "commitment-policies";

export interface RulesSearch extends ScopeSearch {
  document?: "commitment-policies";
  view?: "differences";
  cost?: "billed" | "effective";
  /** The panel of versions: `all`, or the number of the one whose differences are shown. */
  versions?: string;
}

const oneOf = <Value extends string>(value: unknown, known: readonly Value[]): Value | undefined =>
  known.find((one) => one === value);

export const readRulesSearch = (search: Record<string, unknown>): RulesSearch => ({
  ...readScope(search),
  document: oneOf(search.document, ["commitment-policies"]),
  view: oneOf(search.view, ["differences"]),
  cost: oneOf(search.cost, ["billed", "effective"]),
  versions: typeof search.versions === "string" && /^(all|\d+)$/.test(search.versions) ? search.versions : undefined,
});
