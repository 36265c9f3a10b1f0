// The screens that there are: navigation, palette and routes read this list.
import type { Me } from "../api/client";
import type { TextKey } from "../i18n/texts";
import type { IconName } from "../ui/icons";
import { hasRight, isCustomer, type Right } from "./session";

type PartnerPath =
  | "/"
  | "/first-day"
  | "/costs"
  | "/months"
  | "/customers"
  | "/rules"
  | "/commitments"
  | "/proof"
  | "/invoices"
  | "/migration"
  | "/connections"
  | "/administration"
  | "/account";
type PortalPath = "/portal" | "/portal/files" | "/portal/people" | "/portal/audit";

export interface Screen {
  path: PartnerPath | PortalPath;
  label: TextKey;
  icon: IconName;
  /** Who has it sees the screen. */
  right: Right;
  /** After `g`. */
  key: string;
  /** Not in the navigation: another screen leads to it, or its name when it is typed. */
  isLedTo?: true;
}

export const SCREENS: readonly Screen[] = [
  { path: "/", label: "home", icon: "home", right: "read-alerts", key: "h" },
  { path: "/first-day", label: "firstDay", icon: "clock", right: "read-connections", key: "f", isLedTo: true },
  { path: "/costs", label: "costs", icon: "bars", right: "read-own-costs", key: "c" },
  { path: "/months", label: "months", icon: "calendar", right: "read-months", key: "m" },
  { path: "/customers", label: "customers", icon: "people", right: "read-customers", key: "u" },
  { path: "/rules", label: "rules", icon: "split", right: "read-documents", key: "r" },
  { path: "/commitments", label: "commitments", icon: "clock", right: "read-partner-costs", key: "i" },
  { path: "/proof", label: "proof", icon: "shield", right: "read-partner-costs", key: "p" },
  { path: "/invoices", label: "invoices", icon: "invoice", right: "read-partner-costs", key: "v" },
  { path: "/migration", label: "migration", icon: "forward", right: "read-partner-costs", key: "l", isLedTo: true },
  { path: "/connections", label: "connections", icon: "link", right: "read-connections", key: "n" },
  { path: "/administration", label: "adminTitle", icon: "gear", right: "read-alerts", key: "a" },
  { path: "/account", label: "account", icon: "person", right: "signed-in", key: "o", isLedTo: true },
];

/** Those of a customer's people. */
export const PORTAL_SCREENS: readonly Screen[] = [
  { path: "/portal", label: "costs", icon: "bars", right: "read-own-costs", key: "c" },
  { path: "/costs", label: "portalExplore", icon: "search", right: "read-own-costs", key: "e" },
  { path: "/portal/files", label: "portalFiles", icon: "download", right: "read-own-costs", key: "m" },
  { path: "/portal/people", label: "portalPeople", icon: "people", right: "manage-own-people", key: "p" },
  { path: "/portal/audit", label: "portalAudit", icon: "shield", right: "read-own-audit", key: "a" },
  { path: "/account", label: "account", icon: "person", right: "signed-in", key: "o", isLedTo: true },
];

export const screensOf = (me: Me): Screen[] =>
  (isCustomer(me) ? PORTAL_SCREENS : SCREENS).filter((screen) => hasRight(me, screen.right));

export const navigationOf = (me: Me): Screen[] => screensOf(me).filter((screen) => screen.isLedTo !== true);
