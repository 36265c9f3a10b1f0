// What the screen asks: the inventory, and reports on the use of commitments.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, dataOf } from "../api/client";
import type { Row } from "../api/queries";

export interface ReportScope {
  month: string;
  connection?: string;
}

// Only jobs change these answers, and after those all is asked again.
const FRESH = 10 * 60_000;

type Report = "utilisation" | "savings" | "recommendations";
type By = "Commitment" | "Customer" | "Day";

export const inventoryQuery = (scope: ReportScope) =>
  queryOptions({
    queryKey: ["commitments", scope],
    staleTime: FRESH,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      (await dataOf(api.GET("/api/v1/commitments", { params: { query: scope }, signal }))).rows as Row[],
  });

export const reportQuery = (report: Report, scope: ReportScope, by: By[] = []) =>
  queryOptions({
    queryKey: ["commitment report", report, scope, by],
    staleTime: FRESH,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const params = { path: { report }, query: { ...scope, ...(by.length > 0 ? { by } : {}) } };
      const answer = await dataOf(api.GET("/api/v1/commitment-reports/{report}", { params, signal }));
      return { rows: answer.rows as Row[], notices: answer.notices };
    },
  });

export const commitmentQuery = (commitment: string, scope: ReportScope) =>
  queryOptions({
    queryKey: ["commitment", commitment, scope],
    staleTime: FRESH,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/api/v1/commitments/{commitment}", { params: { path: { commitment }, query: scope }, signal })),
  });
