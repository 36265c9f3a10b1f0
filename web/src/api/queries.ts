// What is asked of the API, with the key that each answer is kept under.
import { keepPreviousData, QueryClient, queryOptions } from "@tanstack/react-query";

import { api, ApiError, ConnectionLost, dataOf, type Schemas } from "./client";
import { pauseOf } from "./live";

const MINUTE = 60_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: MINUTE,
      refetchOnWindowFocus: false,
      networkMode: "always",
      retry: (count, error) => error instanceof ApiError && [429, 503].includes(error.problem.status) && count < 3,
    },
    mutations: { networkMode: "always" },
  },
});

export const isLost = (error: unknown): boolean => error instanceof ConnectionLost;

export type CostQuestion = Schemas["CostQuestion"];
export type CostAnswer = Schemas["CostAnswer"];
export type CostFilter = Schemas["CostFilter"];
export type Row = Record<string, string>;
export type MonthOfPartner = Schemas["MonthOfPartner"];
export type MonthOfCustomer = Schemas["MonthOfCustomer"];
export type Customer = Schemas["Customer"];

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async ({ signal }) => {
    try {
      return await dataOf(api.GET("/api/v1/me", { signal }));
    } catch (error) {
      if (error instanceof ApiError && error.problem.status === 401) return null;
      throw error;
    }
  },
  staleTime: Infinity,
});

export const methodsQuery = queryOptions({
  queryKey: ["sign-in methods"],
  queryFn: ({ signal }) => dataOf(api.GET("/api/v1/session/methods", { signal })),
});

export const brandQuery = queryOptions({
  queryKey: ["brand"],
  queryFn: ({ signal }) => dataOf(api.GET("/api/v1/brand", { signal })),
  staleTime: 10 * MINUTE,
});

export const monthsQuery = queryOptions({
  queryKey: ["months"],
  queryFn: async ({ signal }) => (await dataOf(api.GET("/api/v1/months", { signal }))).months,
});

export const freshnessQuery = queryOptions({
  queryKey: ["freshness"],
  queryFn: async ({ signal }) => (await dataOf(api.GET("/api/v1/freshness", { signal }))).connections,
});

export const columnsQuery = queryOptions({
  queryKey: ["columns"],
  queryFn: async ({ signal }) => (await dataOf(api.GET("/api/v1/columns", { signal }))).columns,
  staleTime: Infinity,
});

const PAGES_MAX = 6;

/** A question about costs, with all pages of its answer. */
export const costsQuery = (question: CostQuestion | undefined) =>
  queryOptions({
    queryKey: ["costs", question],
    enabled: question !== undefined,
    queryFn: async ({ signal }) => {
      const ask = (cursor?: string): Promise<CostAnswer> =>
        dataOf(api.POST("/api/v1/costs/query", { body: { ...question, limit: 10_000, cursor }, signal }));
      const whole = await ask();
      let next = whole.next;
      for (let page = 1; next !== undefined && page < PAGES_MAX; page += 1) {
        const more = await ask(next);
        whole.rows = whole.rows.concat(more.rows);
        next = more.next;
      }
      return { ...whole, next };
    },
  });

export const costValuesQuery = (question: Schemas["CostValuesQuestion"]) =>
  queryOptions({
    queryKey: ["cost values", question],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => dataOf(api.POST("/api/v1/costs/values", { body: question, signal })),
  });

export const chargeQuery = (row: string) =>
  queryOptions({
    queryKey: ["charge", row],
    enabled: row !== "",
    queryFn: ({ signal }) => dataOf(api.GET("/api/v1/charges/{row}", { params: { path: { row } }, signal })),
    staleTime: Infinity,
  });

export const proofQuery = (scope: { month: string; connection?: string }) =>
  queryOptions({
    queryKey: ["proof", scope],
    queryFn: ({ signal }) => dataOf(api.GET("/api/v1/proof", { params: { query: scope }, signal })),
  });

export const lateChangesQuery = queryOptions({
  queryKey: ["late changes"],
  queryFn: async ({ signal }) =>
    (await dataOf(api.GET("/api/v1/late-changes", { params: { query: { all: true } }, signal }))).late,
});

export const customersQuery = queryOptions({
  queryKey: ["customers"],
  queryFn: async ({ signal }) => {
    const customers: Customer[] = [];
    let cursor: string | undefined;
    do {
      const page = await dataOf(
        api.GET("/api/v1/customers", { params: { query: { all: true, limit: 1000, cursor } }, signal }),
      );
      customers.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
    return customers;
  },
});

export const tenantsQuery = (month: string) =>
  queryOptions({
    queryKey: ["tenants", month],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => dataOf(api.GET("/api/v1/tenants", { params: { query: { month } }, signal })),
  });

export const viewsQuery = queryOptions({
  queryKey: ["views"],
  queryFn: async ({ signal }) =>
    (await dataOf(api.GET("/api/v1/views", { params: { query: { limit: 1000 } }, signal }))).items,
});

const JOB_PAUSE = 500;

/** A job as it goes, until it has ended. */
export const jobQuery = (job: number | undefined) =>
  queryOptions({
    queryKey: ["job", job],
    enabled: job !== undefined,
    queryFn: ({ signal }) => dataOf(api.GET("/api/v1/jobs/{job}", { params: { path: { job: job ?? 0 } }, signal })),
    refetchInterval: (query) =>
      query.state.data === undefined || query.state.data.state === "running" ? pauseOf(JOB_PAUSE) : false,
  });

/** After a change of the home: everything but who is signed in is asked again. */
export const askAgain = (): Promise<void> =>
  queryClient.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "me" });
