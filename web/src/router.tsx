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

import { type AdministrationSearch, readAdministration } from "./administration/sections";
import { meQuery, queryClient } from "./api/queries";
import { readCommitmentsSearch } from "./commitments/search";
import { readCostSearch } from "./costs/search";
import { useTexts } from "./i18n/texts";
import { readInvoicesSearch } from "./invoices/search";
import { readMigrationSearch } from "./migration/search";
import { readPortalSearch } from "./portal/search";
import { readRulesSearch } from "./rules/search";
import { Frame } from "./shell/Frame";
import { readScope, type ScopeSearch } from "./shell/scope";
import { hasRight, isCustomer } from "./shell/session";
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

export interface HomeSearch extends ScopeSearch {
  currency?: string;
}

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: (search: Record<string, unknown>): HomeSearch => ({
    ...readScope(search),
    currency: textOf(search.currency),
  }),
  // Customers' people have their portal, and who sees no alerts the costs, as their home.
  beforeLoad: ({ search }) => {
    const me = queryClient.getQueryData(meQuery.queryKey);
    if (me === undefined || me === null) return;
    if (isCustomer(me)) throw redirect({ to: "/portal", replace: true });
    if (!hasRight(me, "read-alerts")) {
      throw redirect({ to: "/costs", search: readScope({ ...search }), replace: true });
    }
  },
  component: lazyRouteComponent(() => import("./home/HomeScreen"), "HomeScreen"),
});

const firstDay = createRoute({
  getParentRoute: () => root,
  path: "/first-day",
  validateSearch: readScope,
  component: lazyRouteComponent(() => import("./first-day/FirstDayScreen"), "FirstDayScreen"),
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

const rules = createRoute({
  getParentRoute: () => root,
  path: "/rules",
  validateSearch: readRulesSearch,
  component: lazyRouteComponent(() => import("./rules/RulesScreen"), "RulesScreen"),
});

const proof = createRoute({
  getParentRoute: () => root,
  path: "/proof",
  validateSearch: readScope,
  component: lazyRouteComponent(() => import("./proof/ProofScreen"), "ProofScreen"),
});

const invoices = createRoute({
  getParentRoute: () => root,
  path: "/invoices",
  validateSearch: readInvoicesSearch,
  component: lazyRouteComponent(() => import("./invoices/InvoicesScreen"), "InvoicesScreen"),
});

const migration = createRoute({
  getParentRoute: () => root,
  path: "/migration",
  validateSearch: readMigrationSearch,
  component: lazyRouteComponent(() => import("./migration/MigrationScreen"), "MigrationScreen"),
});

const commitments = createRoute({
  getParentRoute: () => root,
  path: "/commitments",
  validateSearch: readCommitmentsSearch,
  component: lazyRouteComponent(() => import("./commitments/CommitmentsScreen"), "CommitmentsScreen"),
});

// The portal is for those who see one customer only.
const onlyCustomers = (): void => {
  const me = queryClient.getQueryData(meQuery.queryKey);
  if (me === undefined || me === null || !isCustomer(me)) throw redirect({ to: "/costs" });
};

const portal = createRoute({
  getParentRoute: () => root,
  path: "/portal",
  beforeLoad: onlyCustomers,
  validateSearch: readPortalSearch,
  component: lazyRouteComponent(() => import("./portal/OverviewScreen"), "OverviewScreen"),
});

const portalFiles = createRoute({
  getParentRoute: () => root,
  path: "/portal/files",
  beforeLoad: onlyCustomers,
  validateSearch: readScope,
  component: lazyRouteComponent(() => import("./portal/FilesScreen"), "FilesScreen"),
});

const portalPeople = createRoute({
  getParentRoute: () => root,
  path: "/portal/people",
  beforeLoad: onlyCustomers,
  validateSearch: readScope,
  component: lazyRouteComponent(() => import("./portal/PeopleScreen"), "PeopleScreen"),
});

const portalAudit = createRoute({
  getParentRoute: () => root,
  path: "/portal/audit",
  beforeLoad: onlyCustomers,
  validateSearch: readScope,
  component: lazyRouteComponent(() => import("./portal/AuditScreen"), "AuditScreen"),
});

export interface ConnectionsSearch extends ScopeSearch {
  /** The connection whose panel is open, and the part of it that is shown. */
  open?: string;
  part?: "access" | "exports" | "imports";
  add?: string;
}

const PARTS: readonly unknown[] = ["access", "exports", "imports"] satisfies ConnectionsSearch["part"][];

const connections = createRoute({
  getParentRoute: () => root,
  path: "/connections",
  validateSearch: (search: Record<string, unknown>): ConnectionsSearch => ({
    ...readScope(search),
    open: textOf(search.open),
    part: PARTS.includes(search.part) ? (search.part as ConnectionsSearch["part"]) : undefined,
    add: textOf(search.add),
  }),
  component: lazyRouteComponent(() => import("./connections/ConnectionsScreen"), "ConnectionsScreen"),
});

const administration = createRoute({
  getParentRoute: () => root,
  path: "/administration",
  validateSearch: (search: Record<string, unknown>): AdministrationSearch => ({
    ...readScope(search),
    ...readAdministration(search),
  }),
  component: lazyRouteComponent(() => import("./administration/AdministrationScreen"), "AdministrationScreen"),
});

const account = createRoute({
  getParentRoute: () => root,
  path: "/account",
  validateSearch: readScope,
  component: lazyRouteComponent(() => import("./account/AccountScreen"), "AccountScreen"),
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
  routeTree: root.addChildren([
    home,
    firstDay,
    costs,
    months,
    customers,
    rules,
    commitments,
    proof,
    invoices,
    migration,
    connections,
    administration,
    account,
    portal,
    portalFiles,
    portalPeople,
    portalAudit,
  ]),
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
