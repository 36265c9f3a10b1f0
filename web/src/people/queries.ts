// People with their sessions, and the audit log: for administration, the portal, and one's own account.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, dataOf, type Schemas } from "../api/client";
import { queryClient } from "../api/queries";

export type User = Schemas["User"];
export type Invitation = Schemas["Invitation"];
export type AuditEntry = Schemas["AuditEntry"];

interface Page<Item> {
  items: Item[];
  next?: string;
}

/** The items of all pages. */
export const allPages = async <Item>(ask: (cursor: string | undefined) => Promise<Page<Item>>): Promise<Item[]> => {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
};

const WHOLE = 1000;

export const peopleQuery = queryOptions({
  queryKey: ["people"],
  queryFn: ({ signal }) =>
    allPages((cursor) => dataOf(api.GET("/api/v1/users", { params: { query: { limit: WHOLE, cursor } }, signal }))),
});

export const sessionsQuery = (user: string | undefined) =>
  queryOptions({
    queryKey: ["sessions", user],
    queryFn: ({ signal }) =>
      allPages((cursor) =>
        dataOf(
          api.GET("/api/v1/sessions", {
            params: { query: { ...(user === undefined ? {} : { user }), limit: WHOLE, cursor } },
            signal,
          }),
        ),
      ),
  });

export const userPath = (user: string) => ({ params: { path: { user } } });

/** A link to choose a password with: mailed, or to hand over. */
export const invite = (user: string): Promise<Invitation> =>
  dataOf(api.POST("/api/v1/users/{user}/invitation", userPath(user)));

export const askPeopleAgain = async (): Promise<void> => {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: peopleQuery.queryKey }),
    queryClient.invalidateQueries({ queryKey: ["sessions"] }),
  ]);
};

const ENTRIES = 100;

export const auditQuery = infiniteQueryOptions({
  queryKey: ["audit"],
  initialPageParam: "",
  queryFn: ({ pageParam, signal }) =>
    dataOf(
      api.GET("/api/v1/audit", {
        params: { query: { limit: ENTRIES, ...(pageParam === "" ? {} : { cursor: pageParam }) } },
        signal,
      }),
    ),
  getNextPageParam: (page) => page.next,
  // Whoever opens the log wants to see what was just done.
  staleTime: 0,
});
