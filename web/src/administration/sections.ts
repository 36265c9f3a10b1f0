// The sections of the administration, each for those who have its right.
import type { Me } from "../api/client";
import type { TextKey } from "../i18n/texts";
import type { ScopeSearch } from "../shell/scope";
import { hasRight, type Right } from "../shell/session";

export const SECTIONS = [
  { id: "people", label: "portalPeople", right: "manage-people" },
  { id: "tokens", label: "adminTokens", right: "manage-people" },
  { id: "sign-in", label: "adminSignIn", right: "manage-people" },
  { id: "audit", label: "portalAudit", right: "read-audit" },
  { id: "alerts", label: "adminAlerts", right: "read-alerts" },
  { id: "jobs", label: "adminJobs", right: "operate" },
  { id: "subscriptions", label: "adminSubscriptions", right: "read-customers" },
  { id: "brand", label: "adminBrand", right: "manage-people" },
  { id: "settings", label: "adminSettings", right: "manage-people" },
] as const satisfies readonly { id: string; label: TextKey; right: Right }[];

export type Section = (typeof SECTIONS)[number]["id"];

export interface AdministrationSearch extends ScopeSearch {
  section?: Section;
  /** What is open in the section: a person, a job, a report subscription. */
  open?: string;
  /** What is looked for. */
  word?: string;
  /** Also what is over. */
  all?: "yes";
}

export const sectionsOf = (me: Me) => SECTIONS.filter((section) => hasRight(me, section.right));

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** What the address says, beside the scope. */
export const readAdministration = (search: Record<string, unknown>): Omit<AdministrationSearch, keyof ScopeSearch> => ({
  section: SECTIONS.find((section) => section.id === search.section)?.id,
  open: textOf(search.open),
  word: textOf(search.word),
  all: search.all === "yes" ? "yes" : undefined,
});
