import { describe, expect, it } from "vitest";

import type { Schemas } from "../api/client";
import { pauseOf, setLive } from "../api/live";
import { withJob } from "./events";

const job = (number: number, step: string): Schemas["Job"] => ({
  job: number,
  kind: "sync",
  subject: "",
  actor: "os:root",
  state: "running",
  started_at: "2026-11-06T04:00:00Z",
  ended_at: "",
  step,
});

describe("the news of a job", () => {
  const news = { ...job(2, "reading"), bytes: 5 };

  it("come into lists and pages of jobs, and leave the others as they are", () => {
    const list = [job(2, "begins"), job(1, "publishing")];
    expect(withJob(list, news)).toEqual([news, list[1]]);
    const pages = { pages: [{ items: [list[1]] }, { items: [list[0]], next: "n" }], pageParams: ["", "m"] };
    expect(withJob(pages, news)).toEqual({ ...pages, pages: [pages.pages[0], { items: [news], next: "n" }] });
    expect(withJob(undefined, news)).toBeUndefined();
  });

  it("make asking seldom, until they stay away", () => {
    expect(pauseOf(500)).toBe(500);
    setLive(true);
    expect(pauseOf(500)).toBe(5000);
    setLive(false);
    expect(pauseOf(1000)).toBe(1000);
  });
});
