// The addresses of the page. The address holds the whole view; each screen is loaded when it is first opened.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  useRouter,
} from "@tanstack/react-router";
import type { ReactElement } from "react";

import { readCostSearch } from "./costs/search";
import { useTexts } from "./i18n/texts";
import { Frame } from "./shell/Frame";
import { readScope, type ScopeSearch } from "./shell/scope";
import { Empty, ProblemNote, ScreenTitle } from "./ui/parts";

const Unknown = (): ReactElement => {
  const { text } = useTexts();
  return (
    <main className="main" id="content">
      <ScreenTitle>{text("noSuchScreen")}</ScreenTitle>
      <Empty title={text("noSuchScreen")}>{text("noSuchScreenWhy")}</Empty>
    </main>
  );
};

const Broken = ({ error }: { error: unknown }): ReactElement => {
  const router = useRouter();
  return (
    <main className="main" id="content">
      <ProblemNote error={error} onRetry={() => void router.invalidate()} />
    </main>
  );
};

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

const root = createRootRoute({ component: Frame });

const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/costs" });
  },
});

const costs = createRoute({
  getParentRoute: () => root,
  path: "/costs",
  validateSearch: readCostSearch,
  component: lazyRouteComponent(() => import("./costs/CostsScreen"), "CostsScreen"),
});

export interface MonthsSearch extends ScopeSearch {
  at?: string;
}

const months = createRoute({
  getParentRoute: () => root,
  path: "/months",
  validateSearch: (search: Record<string, unknown>): MonthsSearch => ({ ...readScope(search), at: textOf(search.at) }),
  component: lazyRouteComponent(() => import("./months/MonthsScreen"), "MonthsScreen"),
});

export interface CustomersSearch extends ScopeSearch {
  customer?: string;
  word?: string;
}

const customers = createRoute({
  getParentRoute: () => root,
  path: "/customers",
  validateSearch: (search: Record<string, unknown>): CustomersSearch => ({
    ...readScope(search),
    customer: textOf(search.customer),
    word: textOf(search.word),
  }),
  component: lazyRouteComponent(() => import("./customers/CustomersScreen"), "CustomersScreen"),
});

const proof = createRoute({
  getParentRoute: () => root,
  path: "/proof",
  validateSearch: readScope,
  component: lazyRouteComponent(() => import("./proof/ProofScreen"), "ProofScreen"),
});

/** `?by=ServiceName&where=…&where=…`: texts, and lists as repeated names. */
export const parseSearch = (search: string): Record<string, string | string[]> => {
  const read = new URLSearchParams(search);
  const values: Record<string, string | string[]> = {};
  for (const name of new Set(read.keys())) {
    const all = read.getAll(name);
    values[name] = all.length === 1 ? (all[0] ?? "") : all;
  }
  return values;
};

export const stringifySearch = (values: Record<string, unknown>): string => {
  const written = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one === "string" && one !== "") written.append(name, one);
    }
  }
  const text = written.toString();
  return text === "" ? "" : `?${text}`;
};

export const router = createRouter({
  routeTree: root.addChildren([start, costs, months, customers, proof]),
  parseSearch,
  stringifySearch,
  defaultNotFoundComponent: Unknown,
  defaultErrorComponent: Broken,
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
