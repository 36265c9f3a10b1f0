// What each role may see and change. The service decides it; a journey holds this table against what it says.
import type { ReactElement } from "react";

import { type TextKey, useTexts } from "../i18n/texts";
import { ALL_ROLES, type Role } from "../people/roles";
import type { Right } from "../shell/session";
import { Scrolls } from "../ui/parts";
import { Part } from "./parts";

const OWNER = ["owner"] as const;
const ENGINEERS = ["owner", "billing-engineer"] as const;
const OFFICE = ["owner", "billing-engineer", "finance", "analyst"] as const;
const TECHNICAL = ["owner", "billing-engineer", "operator"] as const;

const HOLDERS = {
  "read-partner-costs": OFFICE,
  "read-own-costs": [...OFFICE, "customer-admin", "customer-viewer"],
  "read-customers": OFFICE,
  "manage-customers": ["owner", "billing-engineer", "finance"],
  "act-as-customer": ["owner", "billing-engineer", "finance"],
  "read-documents": OFFICE,
  "apply-documents": ENGINEERS,
  "read-months": OFFICE,
  "manage-months": ["owner", "finance"],
  "manage-invoices": ["owner", "billing-engineer", "finance"],
  "read-connections": TECHNICAL,
  "manage-connections": ENGINEERS,
  "read-alerts": [...OFFICE, "operator"],
  "manage-alerts": TECHNICAL,
  operate: TECHNICAL,
  "ask-in-sql": ["owner", "billing-engineer", "analyst"],
  "read-audit": ["owner", "finance", "operator"],
  "read-own-audit": ["owner", "finance", "operator", "customer-admin"],
  "manage-people": OWNER,
  "manage-own-people": ["owner", "customer-admin"],
} as const satisfies Partial<Record<Right, readonly Role[]>>;

interface Subject {
  label: TextKey;
  /** From the right that lets do most to the one that lets do least, with what the table says for each. */
  rights: readonly (readonly [keyof typeof HOLDERS, TextKey])[];
}

const SUBJECTS: readonly Subject[] = [
  {
    label: "rightsCosts",
    rights: [
      ["read-partner-costs", "rightsSees"],
      ["read-own-costs", "rightsSeesOwn"],
    ],
  },
  {
    label: "rightsCustomers",
    rights: [
      ["manage-customers", "rightsChanges"],
      ["read-customers", "rightsSees"],
    ],
  },
  { label: "rightsActing", rights: [["act-as-customer", "rightsMay"]] },
  {
    label: "rightsDocuments",
    rights: [
      ["apply-documents", "rightsChanges"],
      ["read-documents", "rightsSees"],
    ],
  },
  {
    label: "rightsMonths",
    rights: [
      ["manage-months", "rightsChanges"],
      ["read-months", "rightsSees"],
    ],
  },
  {
    label: "rightsInvoices",
    rights: [
      ["manage-invoices", "rightsChanges"],
      ["read-partner-costs", "rightsSees"],
    ],
  },
  {
    label: "rightsConnections",
    rights: [
      ["manage-connections", "rightsChanges"],
      ["read-connections", "rightsSees"],
    ],
  },
  {
    label: "rightsAlerts",
    rights: [
      ["manage-alerts", "rightsChanges"],
      ["read-alerts", "rightsSees"],
    ],
  },
  { label: "rightsJobs", rights: [["operate", "rightsMay"]] },
  { label: "rightsSql", rights: [["ask-in-sql", "rightsMay"]] },
  {
    label: "rightsAudit",
    rights: [
      ["read-audit", "rightsSees"],
      ["read-own-audit", "rightsSeesOwn"],
    ],
  },
  {
    label: "rightsPeople",
    rights: [
      ["manage-people", "rightsChanges"],
      ["manage-own-people", "rightsChangesOwn"],
    ],
  },
];

const holds = (role: Role, right: keyof typeof HOLDERS): boolean =>
  (HOLDERS[right] as readonly Role[]).includes(role);

export const RightsPart = (): ReactElement => {
  const { text } = useTexts();
  return (
    <Part title={text("rightsTitle")} about={text("rightsAbout")}>
      <Scrolls>
        <table className="rights">
          <caption className="hidden-text">{text("rightsTitle")}</caption>
          <thead>
            <tr>
              <th scope="col">
                <span className="hidden-text">{text("rightsTitle")}</span>
              </th>
              {ALL_ROLES.map(([role, label]) => (
                <th key={role} scope="col">
                  {text(label)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {SUBJECTS.map(({ label, rights }) => (
              <tr key={label}>
                <th scope="row">{text(label)}</th>
                {ALL_ROLES.map(([role]) => {
                  const most = rights.find(([right]) => holds(role, right));
                  return (
                    <td key={role} className={most === undefined ? "dim" : undefined}>
                      {most === undefined ? "–" : text(most[1])}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
    </Part>
  );
};
