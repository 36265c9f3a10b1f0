// What the service says of connections, of the work that it does for them, and of the first day.
import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useRef, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { pauseOf } from "../api/live";
import { askAgain, jobQuery, queryClient } from "../api/queries";

export type Connection = Schemas["Connection"];
export type ConnectionDetails = Schemas["ConnectionDetails"];
export type Job = Schemas["Job"];
export type FirstDay = Schemas["FirstDay"];
export type FirstDayStep = Schemas["FirstDayStep"];

const LOOK_AGAIN = 1000;

export const connectionsQuery = queryOptions({
  queryKey: ["connections"],
  queryFn: async ({ signal }) => {
    const all: Connection[] = [];
    let cursor: string | undefined;
    do {
      const page = await dataOf(api.GET("/api/v1/connections", { params: { query: { limit: 1000, cursor } }, signal }));
      all.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
    return all;
  },
});

export const connectionQuery = (connection: string) =>
  queryOptions({
    queryKey: ["connection", connection],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/api/v1/connections/{connection}", { params: { path: { connection } }, signal })),
  });

export const importsQuery = (connection: string) =>
  queryOptions({
    queryKey: ["connectionsImports", connection],
    queryFn: async ({ signal }) => {
      const imports: Schemas["Import"][] = [];
      let cursor: string | undefined;
      do {
        const page = await dataOf(
          api.GET("/api/v1/imports", { params: { query: { connection, limit: 1000, cursor } }, signal }),
        );
        imports.push(...page.items);
        cursor = page.next;
      } while (cursor !== undefined);
      return imports.toReversed();
    },
  });

export const alertsQuery = queryOptions({
  queryKey: ["alerts"],
  queryFn: async ({ signal }) => (await dataOf(api.GET("/api/v1/alerts", { signal }))).alerts,
});

export const firstDayQuery = queryOptions({
  queryKey: ["first day"],
  queryFn: ({ signal }) => dataOf(api.GET("/api/v1/first-day", { signal })),
  refetchInterval: (query) =>
    query.state.data?.steps.some((step) => step.state === "running") === true ? LOOK_AGAIN : false,
});

/** What the service did lately, the newest first; asked again while something runs. */
export const jobsQuery = queryOptions({
  queryKey: ["jobs"],
  queryFn: async ({ signal }) =>
    (await dataOf(api.GET("/api/v1/jobs", { params: { query: { all: true, limit: 200 } }, signal }))).items,
  refetchInterval: (query) =>
    query.state.data?.some((job) => job.state === "running") === true ? pauseOf(LOOK_AGAIN) : false,
});

/** When work ends that nobody on this screen follows, everything that is shown is asked again, too. */
export const useEndedWork = (isAsked: boolean): void => {
  const jobs = useQuery({ ...jobsQuery, enabled: isAsked });
  const running = jobs.data?.filter((job) => job.state === "running").map((job) => job.job);
  const before = useRef<readonly number[]>([]);
  const now = running?.join(" ");
  useEffect(() => {
    if (running === undefined) return;
    const hasEnded = before.current.some((job) => !running.includes(job));
    before.current = running;
    if (hasEnded) void askAgain();
    // The same jobs are the same news.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [now]);
};

export interface Work<Result, Asked = void> {
  /** The newest job of its kind, also one that somebody else started. */
  job: Job | undefined;
  isRunning: boolean;
  /** What it came to; unset while it runs, if it failed, or if it is too old. */
  result: Result | undefined;
  /** Why it could not be started, or be followed. */
  error: unknown;
  start: (asked: Asked) => void;
  /** Starts it once more, as far as one knows with what. */
  again: (() => void) | undefined;
  /** Whether it was started here, and not found. */
  isOurs: boolean;
}

/**
 * Long work of one kind for one subject. The service remembers it, so it is found again after one left the page; when
 * it ends, everything that is shown is asked again.
 */
export const useWork = <Result, Asked = void>(
  { kind, subject }: { kind: string; subject: string },
  begin: (asked: Asked) => Promise<{ job: number }>,
  onDone?: (result: Result | undefined) => void,
): Work<Result, Asked> => {
  const jobs = useQuery(jobsQuery);
  const known = jobs.data?.find((job) => job.kind === kind && job.subject === subject)?.job;
  const [started, setStarted] = useState<number>();
  const id = started !== undefined && started >= (known ?? 0) ? started : known;
  const followed = useQuery(jobQuery(id));
  const job = followed.data?.job === id ? followed.data : undefined;
  const result = job?.state === "done" ? (job.result as Result | undefined) : undefined;
  // The job that is watched here, until its end was told.
  const watched = useRef<number>(undefined);
  const starts = useMutation({
    mutationFn: begin,
    onSuccess: (answer) => {
      watched.current = answer.job;
      setStarted(answer.job);
      void queryClient.invalidateQueries({ queryKey: firstDayQuery.queryKey });
      return queryClient.invalidateQueries({ queryKey: jobsQuery.queryKey });
    },
  });
  const state = job?.state;
  const end = useEffectEvent(() => {
    if (state === "done") onDone?.(result);
  });
  useEffect(() => {
    if (state === "running") watched.current = id;
    if (state === undefined || state === "running" || watched.current !== id) return;
    watched.current = undefined;
    void askAgain().then(end);
  }, [id, state]);
  return {
    job,
    isRunning: starts.isPending || state === "running" || (id !== undefined && id === started && job === undefined),
    result,
    error: starts.error ?? (followed.isError ? followed.error : undefined),
    start: starts.mutate,
    again:
      starts.variables === undefined && begin.length > 0 ? undefined : () => starts.mutate(starts.variables as Asked),
    isOurs: started !== undefined && id === started,
  };
};
