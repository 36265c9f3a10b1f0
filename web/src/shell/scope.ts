// The month and the connection that all screens look at. Both are in the address.
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

import { type MonthOfCustomer, type MonthOfPartner, monthsQuery } from "../api/queries";

export interface ScopeSearch {
  month?: string;
  connection?: string;
}

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** What the address says, as far as it can be read. */
export const readScope = (search: Record<string, unknown>): ScopeSearch => ({
  ...(typeof search.month === "string" && MONTH.test(search.month) ? { month: search.month } : {}),
  ...(typeof search.connection === "string" && search.connection !== "" ? { connection: search.connection } : {}),
});

export const isOfPartner = (month: MonthOfPartner | MonthOfCustomer): month is MonthOfPartner => "connection" in month;

/** Months that have charges, the newest last. */
export const monthsWithCharges = (
  months: readonly (MonthOfPartner | MonthOfCustomer)[],
  connection?: string,
): string[] => {
  const found = new Set<string>();
  for (const month of months) {
    if (!isOfPartner(month)) found.add(month.month);
    else if (month.charges > 0 && (connection === undefined || month.connection === connection)) found.add(month.month);
  }
  return [...found].sort();
};

/** Months whose charges are not all there yet, of one connection or of all. */
export const incompleteMonths = (months: readonly MonthOfPartner[], connection: string | undefined): string[] => [
  ...new Set(
    months
      .filter((month) => connection === undefined || month.connection === connection)
      .filter((month) => month.state !== "complete" && month.state !== "locked")
      .map((month) => month.month),
  ),
];

export interface Scope {
  /** Unset while there is no month at all. */
  month: string | undefined;
  connection: string | undefined;
  /** Months that have charges, the newest last. */
  months: string[];
  connections: string[];
}

/** Those who may not read months ask for none. */
export const useScope = ({ isAsked = true }: { isAsked?: boolean } = {}) => {
  const search = useSearch({ strict: false }) as ScopeSearch;
  const navigate = useNavigate();
  const months = useQuery({ ...monthsQuery, enabled: isAsked });
  const scope = useMemo<Scope>(() => {
    const all = months.data ?? [];
    const connections = [...new Set(all.filter(isOfPartner).map((month) => month.connection))].sort();
    const connection = connections.find((name) => name === search.connection);
    const known = monthsWithCharges(all, connection);
    return { month: search.month ?? known.at(-1), connection, months: known, connections };
  }, [months.data, search.month, search.connection]);
  const choose = useCallback(
    (change: ScopeSearch) =>
      void navigate({ to: ".", search: (now: Record<string, unknown>) => ({ ...now, ...change }) } as never),
    [navigate],
  );
  return { scope, choose, months };
};
