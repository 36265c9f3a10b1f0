// Hears how far jobs are, also those that others started, and keeps what is shown up to date. Browsers that cannot
// share a stream between tabs ask from time to time, as all do while the stream is lost.
import { useEffect } from "react";

import type { Schemas } from "../api/client";
import { setLive } from "../api/live";
import { askAgain, meQuery, queryClient } from "../api/queries";
import type { Heard, Told } from "./eventsWorker";

type Job = Schemas["Job"];

/** Jobs that look or try, and change nothing that is shown elsewhere. */
const ONLY_LOOK: readonly string[] = ["alert-test", "connection-scopes", "connection-test", "exports-plan", "preview"];

const inList = (list: readonly Job[], job: Job): Job[] =>
  list.map((known) => (known.job === job.job ? { ...known, ...job } : known));

/** A list of jobs, or pages of them, with the news of one. */
export const withJob = (kept: unknown, job: Job): unknown => {
  if (Array.isArray(kept)) return inList(kept as Job[], job);
  if (typeof kept !== "object" || kept === null || !("pages" in kept)) return kept;
  const pages = kept.pages as { items: Job[] }[];
  return { ...kept, pages: pages.map((page) => ({ ...page, items: inList(page.items, job) })) };
};

const isKnown = (kept: unknown, job: Job): boolean => JSON.stringify(kept ?? null).includes(`"job":${job.job},`);

const isFollowed = (job: Job): boolean =>
  (queryClient.getQueryCache().find({ queryKey: ["job", job.job] })?.getObserversCount() ?? 0) > 0;

const hear = async (job: Job): Promise<void> => {
  const lists = queryClient.getQueriesData({ queryKey: ["jobs"] });
  queryClient.setQueriesData({ queryKey: ["jobs"] }, (kept: unknown) => withJob(kept, job));
  if (job.state === "running") {
    queryClient.setQueryData<Job>(["job", job.job], (kept) => (kept === undefined ? kept : { ...kept, ...job }));
    if (lists.some(([, kept]) => !isKnown(kept, job))) await queryClient.invalidateQueries({ queryKey: ["jobs"] });
    return;
  }
  // What it came to is not in the event. Whoever follows the job asks for the rest once they have it.
  await queryClient.invalidateQueries({ queryKey: ["jobs"] });
  const follows = isFollowed(job);
  await queryClient.invalidateQueries({ queryKey: ["job", job.job] });
  if (!follows && !ONLY_LOOK.includes(job.kind)) await askAgain();
};

let port: MessagePort | undefined;

const say = (told: Told): void => port?.postMessage(told);

type Stream = "closed" | "live" | "lost";
let stream: Stream = "closed";

const onHeard = (message: MessageEvent<Heard>): void => {
  const heard = message.data;
  const before = stream;
  stream = heard.kind === "lost" ? "lost" : "live";
  setLive(stream === "live");
  if (heard.kind === "job") void hear(heard.job as Job);
  if (stream === before) return;
  // Either the service is gone, or the session is over: the next answer says which.
  if (before === "live") void queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
  // What was done meanwhile, nobody has told.
  if (before === "lost") void askAgain();
};

const begin = (session: string): void => {
  if (port === undefined) {
    // Its name is that of the stream: tabs with the same one share it.
    const worker = new SharedWorker(new URL("./eventsWorker.ts", import.meta.url), { type: "module", name: "events" });
    port = worker.port;
    port.addEventListener("message", onHeard);
    port.start();
  }
  say({ kind: "open", session });
};

const end = (): void => {
  stream = "closed";
  setLive(false);
  say({ kind: "close" });
};

/** While somebody may hear of jobs, in their session. */
export const useEvents = (session: string, isWanted: boolean): void => {
  useEffect(() => {
    if (!isWanted || typeof SharedWorker === "undefined") return;
    begin(session);
    const back = (event: PageTransitionEvent): void => {
      if (event.persisted) begin(session);
    };
    addEventListener("pagehide", end);
    addEventListener("pageshow", back);
    return () => {
      removeEventListener("pagehide", end);
      removeEventListener("pageshow", back);
      end();
    };
  }, [session, isWanted]);
};
