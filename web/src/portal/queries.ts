// What only the portal asks.
import { queryOptions } from "@tanstack/react-query";

import { api, dataOf } from "../api/client";
import type { Metric } from "../costs/search";

/** The customer's own name, as the partner writes it. */
export const ownNameQuery = (month: string | undefined, metric: Metric | undefined) =>
  queryOptions({
    queryKey: ["own name", month, metric],
    enabled: month !== undefined && metric !== undefined,
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const metrics = metric === undefined ? [] : [metric];
      const body = { month, by: ["CustomerName", "BillingCurrency"], metrics, limit: 1 };
      const answer = await dataOf(api.POST("/api/v1/costs/query", { body, signal }));
      return answer.rows[0]?.CustomerName ?? "";
    },
  });
