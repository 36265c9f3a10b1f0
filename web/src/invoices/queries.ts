// What the screen asks: the invoices of a month, the differences of one, and what is sent to be compared.
import { keepPreviousData, queryOptions, useInfiniteQuery } from "@tanstack/react-query";

import { api, dataOf, type Schemas } from "../api/client";
import type { Row } from "../api/queries";
import type { Class, Place } from "./search";

export type Invoice = Schemas["ComparedInvoice"];
export type Upload = Schemas["Upload"];
export type Dataset = "InvoiceReconciliation" | "DailyRatedUsage";

export interface InvoiceScope {
  month: string;
  connection?: string;
  dataset?: Dataset;
}

export const invoicesQuery = (scope: InvoiceScope) =>
  queryOptions({
    queryKey: ["invoices", scope],
    queryFn: ({ signal }) => dataOf(api.GET("/api/v1/invoices", { params: { query: scope }, signal })),
  });

/** Which differences; an empty text stands for those that have none. */
export interface DifferenceQuestion extends InvoiceScope {
  invoice: string;
  currency: string;
  class: Class;
  customer?: string;
  subscription?: string;
  product?: string;
  by?: Place[];
}

const PAGE = 100;

/** Differences, or their sums, the greatest first, page by page. */
export const useDifferences = (question: DifferenceQuestion) =>
  useInfiniteQuery({
    queryKey: ["differences", question],
    initialPageParam: undefined as string | undefined,
    placeholderData: keepPreviousData,
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...question, limit: PAGE, ...(pageParam === undefined ? {} : { cursor: pageParam }) };
      const page = await dataOf(api.GET("/api/v1/reconciliation/differences", { params: { query }, signal }));
      return { ...page, rows: page.rows as Row[] };
    },
    getNextPageParam: (page) => page.next,
  });

/** Where the browser gets the comparison as a file. */
export const fileAddress = (
  scope: InvoiceScope & { invoice: string; class?: Class; currency?: string },
  format: "csv" | "xlsx",
  hasRows: boolean,
): string => {
  const query = new URLSearchParams({ ...scope, format, ...(hasRows ? { rows: "true" } : {}) });
  return `/api/v1/reconciliation/file?${query.toString()}`;
};

/** `as`: what the file is meant as, where its content cannot say it. */
export const sendFile = (file: File, as?: "bill"): Promise<Upload> =>
  dataOf(
    api.POST("/api/v1/uploads", {
      params: { query: { name: file.name, ...(as === undefined ? {} : { as }) } },
      body: file as unknown as string,
      bodySerializer: (body) => body,
      headers: { "Content-Type": "application/octet-stream" },
    }),
  );

export const forgetFile = (upload: Upload): Promise<unknown> =>
  dataOf(api.DELETE("/api/v1/uploads/{upload}", { params: { path: { upload: upload.id } } }));

export const importLines = (connection: string, uploads: readonly Upload[]): Promise<{ job: number }> =>
  dataOf(
    api.POST("/api/v1/invoice-lines", {
      params: {},
      body: { connection, uploads: uploads.map((upload) => upload.id) },
    }),
  );

export const enterTotal = (invoice: Schemas["EnteredInvoice"]): Promise<unknown> =>
  dataOf(api.POST("/api/v1/invoices", { params: {}, body: invoice }));

export const removeTotal = (invoice: string): Promise<unknown> =>
  dataOf(api.DELETE("/api/v1/invoices/{invoice}", { params: { path: { invoice } } }));
