// What the screen asks: the comparison in brief, its customers, their amounts, what was gained, and the plan.
import { keepPreviousData, queryOptions, useInfiniteQuery } from "@tanstack/react-query";

import { api, ApiError, dataOf, type Schemas } from "../api/client";
import type { Row } from "../api/queries";
import type { MigrationClass, Place, Verdict } from "./search";

export interface MigrationScope {
  connection?: string;
}

const PAGE = 100;
// Until something is imported, nothing else comes of asking again.
const NOTHING = ["no-legacy-bill", "no-charges"];

/** There is something of both, and of no month both. */
export const isApart = (error: unknown): boolean => error instanceof ApiError && error.problem.id === "no-charges";

export const hasNothing = (error: unknown): boolean => error instanceof ApiError && NOTHING.includes(error.problem.id);

export const migrationQuery = (scope: MigrationScope) =>
  queryOptions({
    queryKey: ["migration", scope],
    queryFn: ({ signal }) => dataOf(api.GET("/api/v1/migration", { params: { query: scope }, signal })),
  });

const page = (cursor: string | undefined) => ({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });

export interface CustomerQuestion extends MigrationScope {
  customer?: string;
  legacy_customer?: string;
  verdict?: Verdict;
  word?: string;
}

/** Customers, what is not explained first, page by page. */
export const useCustomers = (question: CustomerQuestion) =>
  useInfiniteQuery({
    queryKey: ["migrated customers", question],
    initialPageParam: undefined as string | undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET("/api/v1/migration/customers", { params: { query: { ...question, ...page(pageParam) } }, signal }),
      ),
    getNextPageParam: (last) => last.next,
  });

/** Which amounts; an empty text stands for those that have none. */
export interface AmountQuestion extends MigrationScope {
  customer: string;
  legacy_customer?: string;
  class?: MigrationClass;
  in_month?: string;
  subscription?: string;
  product?: string;
  all?: boolean;
  by?: Place[];
}

/** Amounts of a customer, or their sums, the greatest differences first, page by page. */
export const useAmounts = (question: AmountQuestion) =>
  useInfiniteQuery({
    queryKey: ["migrated amounts", question],
    initialPageParam: undefined as string | undefined,
    placeholderData: keepPreviousData,
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...question, ...page(pageParam) };
      const found = await dataOf(api.GET("/api/v1/migration/amounts", { params: { query }, signal }));
      return { ...found, rows: found.rows as Row[] };
    },
    getNextPageParam: (last) => last.next,
  });

export const useGains = (scope: MigrationScope) =>
  useInfiniteQuery({
    queryKey: ["migration gains", scope],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...scope, ...page(pageParam) };
      const found = await dataOf(api.GET("/api/v1/migration/gains", { params: { query }, signal }));
      return { ...found, rows: found.rows as Row[], totals: found.totals as Row[] };
    },
    getNextPageParam: (last) => last.next,
  });

export const usePlan = (scope: MigrationScope) =>
  useInfiniteQuery({
    queryKey: ["migration plan", scope],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      dataOf(api.GET("/api/v1/migration/plan", { params: { query: { ...scope, ...page(pageParam) } }, signal })),
    getNextPageParam: (last) => last.next,
  });

const addressOf = (path: string, query: Record<string, string>): string =>
  `/api/v1/migration/${path}?${new URLSearchParams(query).toString()}`;

/** Where the browser gets the report to sign. */
export const reportAddress = (scope: MigrationScope, format: "html" | "xlsx"): string =>
  addressOf("report", { ...scope, format });

export const planAddress = (scope: MigrationScope, file: "customers" | "rules"): string =>
  addressOf("plan/file", { ...scope, file });

const fileOfPlan = async (scope: MigrationScope, file: "customers" | "rules"): Promise<string> =>
  dataOf(api.GET("/api/v1/migration/plan/file", { params: { query: { ...scope, file } }, parseAs: "text" }));

/** Adds the customers that the plan found to be missing. */
export const addPlanned = async (scope: MigrationScope): Promise<{ job: number }> =>
  dataOf(
    api.POST("/api/v1/customers/import", {
      params: { query: {} },
      body: await fileOfPlan(scope, "customers"),
      bodySerializer: (body) => body,
      headers: { "Content-Type": "text/csv" },
    }),
  );

/** The rules in force with what the plan adds, and the version that they are made of. */
export const plannedRules = async (scope: MigrationScope): Promise<string> => fileOfPlan(scope, "rules");

export type BillColumns = Schemas["BillColumns"];

export const importBill = (bill: Schemas["LegacyBillToImport"]): Promise<{ job: number }> =>
  dataOf(api.POST("/api/v1/migration/bills", { params: {}, body: bill }));
