// What the administration asks the service, beside people and the audit log.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, ApiError, dataOf } from "../api/client";
import { pauseOf } from "../api/live";
import { allPages } from "../people/queries";

const WHOLE = 1000;

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: ({ signal }) =>
    allPages((cursor) => dataOf(api.GET("/api/v1/tokens", { params: { query: { limit: WHOLE, cursor } }, signal }))),
});

export const verificationQuery = (head: string) =>
  queryOptions({
    queryKey: ["audit verification", head],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/api/v1/audit/verification", { params: { query: head === "" ? {} : { head } }, signal })),
    staleTime: 0,
  });

const JOBS = 50;
const LOOK_AGAIN = 1000;

/** The jobs that run, or all that are remembered. Their key begins as that of other lists of jobs. */
export const jobPagesQuery = (all: boolean) =>
  infiniteQueryOptions({
    queryKey: ["jobs", "pages", all],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET("/api/v1/jobs", {
          params: { query: { all, limit: JOBS, ...(pageParam === "" ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next,
    staleTime: 0,
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.items.some((job) => job.state === "running")) === true
        ? pauseOf(LOOK_AGAIN)
        : false,
  });

export const alertsOfAllTimesQuery = (all: boolean) =>
  queryOptions({
    queryKey: ["alerts", all],
    queryFn: async ({ signal }) =>
      (await dataOf(api.GET("/api/v1/alerts", { params: { query: { all } }, signal }))).alerts,
  });

export const channelsQuery = queryOptions({
  queryKey: ["alert channels"],
  queryFn: async ({ signal }) => (await dataOf(api.GET("/api/v1/alert-channels", { signal }))).channels,
});

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: async ({ signal }) => (await dataOf(api.GET("/api/v1/settings", { signal }))).settings,
});

/** Null where none is set up. */
export const providerQuery = queryOptions({
  queryKey: ["identity provider"],
  queryFn: async ({ signal }) => {
    try {
      return await dataOf(api.GET("/api/v1/identity-provider", { signal }));
    } catch (error) {
      if (error instanceof ApiError && error.problem.id === "identity-provider-missing") return null;
      throw error;
    }
  },
});

export const signInTenantsQuery = queryOptions({
  queryKey: ["sign-in tenants"],
  queryFn: ({ signal }) =>
    allPages((cursor) =>
      dataOf(api.GET("/api/v1/identity-provider/tenants", { params: { query: { limit: WHOLE, cursor } }, signal })),
    ),
});

export const subscriptionsQuery = queryOptions({
  queryKey: ["report subscriptions"],
  queryFn: ({ signal }) =>
    allPages((cursor) =>
      dataOf(api.GET("/api/v1/report-subscriptions", { params: { query: { limit: WHOLE, cursor } }, signal })),
    ),
});

export const foldersQuery = queryOptions({
  queryKey: ["report folders"],
  queryFn: async ({ signal }) => (await dataOf(api.GET("/api/v1/report-folders", { signal }))).folders,
});

const DELIVERIES = 100;

export const deliveriesQuery = (subscription: string) =>
  infiniteQueryOptions({
    queryKey: ["report deliveries", subscription],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET("/api/v1/report-subscriptions/{subscription}/deliveries", {
          params: {
            path: { subscription },
            query: { limit: DELIVERIES, ...(pageParam === "" ? {} : { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next,
    staleTime: 0,
  });
