// What only the portal asks.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, dataOf, type Schemas } from "../api/client";
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

export const peopleQuery = queryOptions({
  queryKey: ["own people"],
  queryFn: async ({ signal }) => {
    const people: Schemas["User"][] = [];
    let cursor: string | undefined;
    do {
      const page = await dataOf(api.GET("/api/v1/users", { params: { query: { limit: 1000, cursor } }, signal }));
      people.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
    return people;
  },
});

const PAGE = 100;

export const auditQuery = infiniteQueryOptions({
  queryKey: ["own audit"],
  initialPageParam: "",
  queryFn: ({ pageParam, signal }) =>
    dataOf(
      api.GET("/api/v1/audit", {
        params: { query: { limit: PAGE, ...(pageParam === "" ? {} : { cursor: pageParam }) } },
        signal,
      }),
    ),
  getNextPageParam: (page) => page.next,
});
