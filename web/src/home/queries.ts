import { queryOptions } from "@tanstack/react-query";

import { api, dataOf } from "../api/client";

/** Commitments that end soon, or are badly used. */
export const commitmentWarningsQuery = (scope: { month?: string; connection?: string }) =>
  queryOptions({
    queryKey: ["commitment warnings", scope],
    queryFn: async ({ signal }) =>
      (
        await dataOf(
          api.GET("/api/v1/commitment-reports/{report}", {
            params: { path: { report: "warnings" }, query: scope },
            signal,
          }),
        )
      ).rows,
  });
