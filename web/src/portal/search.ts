// What the address says of the portal's first screen.
import { type Metric, METRICS } from "../costs/search";
import { readScope, type ScopeSearch } from "../shell/scope";

export const DIMENSIONS = ["ServiceName", "SubAccountName", "x_ResourceGroupName", "ResourceName"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export interface PortalSearch extends ScopeSearch {
  by?: Dimension;
  metric?: Metric;
  currency?: string;
}

export const readPortalSearch = (search: Record<string, unknown>): PortalSearch => ({
  ...readScope(search),
  by: DIMENSIONS.find((one) => one === search.by),
  metric: METRICS.find((one) => one === search.metric),
  currency: typeof search.currency === "string" ? search.currency : undefined,
});
