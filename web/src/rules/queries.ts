// What the screen asks: a document in force, its versions, and what a draft of it would do.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, ApiError, dataOf, type Schemas } from "../api/client";
import type { DocumentName } from "./search";

export type Finding = Schemas["Finding"];
export type Preview = Schemas["DocumentPreview"];

/** Where a document has no version yet. */
const NONE = { version: 0, applied_at: "", yaml: "" };

export const documentQuery = (document: DocumentName) =>
  queryOptions({
    queryKey: ["document", document],
    queryFn: async ({ signal }) => {
      try {
        return await dataOf(api.GET("/api/v1/documents/{document}", { params: { path: { document } }, signal }));
      } catch (error) {
        if (error instanceof ApiError && error.problem.status === 404) return NONE;
        throw error;
      }
    },
  });

const VERSIONS_MAX = 200;

export const versionsQuery = (document: DocumentName) =>
  queryOptions({
    queryKey: ["document versions", document],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/v1/documents/{document}/versions", {
          params: { path: { document }, query: { limit: VERSIONS_MAX } },
          signal,
        }),
      ),
  });

export const versionQuery = (document: DocumentName, version: number) =>
  queryOptions({
    queryKey: ["document version", document, version],
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/v1/documents/{document}/versions/{version}", {
          params: { path: { document, version } },
          signal,
        }),
      ),
  });

export const comparisonQuery = (document: DocumentName, from: number, to: number) =>
  queryOptions({
    queryKey: ["document comparison", document, from, to],
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/v1/documents/{document}/diff", { params: { path: { document }, query: { from, to } }, signal }),
      ),
  });

export const checkQuery = (document: DocumentName, yaml: string) =>
  queryOptions({
    queryKey: ["document check", document, yaml],
    enabled: yaml.trim() !== "",
    gcTime: 0,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      dataOf(
        api.POST("/api/v1/documents/{document}/check", { params: { path: { document } }, body: { yaml }, signal }),
      ),
  });

const LOOK_FIRST = 100;
const LOOK_SLOWEST = 500;

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/** Follows a preview until it has ended; what nobody waits for any more is stopped. */
const previewOf = async (job: number, signal: AbortSignal): Promise<Preview> => {
  const params = { path: { job } };
  // The end of a preview that was done meanwhile is no harm.
  const stop = (): void => void api.DELETE("/api/v1/jobs/{job}", { params }).catch(() => undefined);
  signal.addEventListener("abort", stop);
  for (let wait = LOOK_FIRST; ; wait = Math.min(wait * 1.5, LOOK_SLOWEST)) {
    await pause(wait);
    signal.throwIfAborted();
    const told = await dataOf(api.GET("/api/v1/jobs/{job}", { params, signal }));
    if (told.state === "done") return told.result as Preview;
    if (told.state !== "running") throw new PreviewFailed(told.error?.message ?? told.state);
  }
};

export class PreviewFailed extends Error {}

export interface PreviewScope {
  month: string;
  connection?: string;
}

export const previewQuery = (document: DocumentName, yaml: string, scope: PreviewScope) =>
  queryOptions({
    queryKey: ["document preview", document, yaml, scope],
    gcTime: 0,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const body = { yaml, month: scope.month, connection: scope.connection };
      const params = { path: { document } };
      const { job } = await dataOf(api.POST("/api/v1/documents/{document}/preview", { params, body, signal }));
      return previewOf(job, signal);
    },
  });
