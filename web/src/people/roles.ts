// The roles that people and tokens have, by the names that readers know.
import type { Schemas } from "../api/client";
import type { TextKey } from "../i18n/texts";

export type Role = Schemas["RoleName"];
export type RoleChoices = readonly (readonly [Role, TextKey])[];

export const PARTNER_ROLES: RoleChoices = [
  ["owner", "peopleOwner"],
  ["billing-engineer", "peopleBillingEngineer"],
  ["finance", "peopleFinance"],
  ["analyst", "peopleAnalyst"],
  ["operator", "peopleOperator"],
];

export const CUSTOMER_ROLES: RoleChoices = [
  ["customer-admin", "peopleCustomerAdmin"],
  ["customer-viewer", "peopleCustomerViewer"],
];

export const ALL_ROLES: RoleChoices = [...PARTNER_ROLES, ...CUSTOMER_ROLES];

/** Tokens are also of programs: a worker reads runs for the service. */
export type TokenRole = Schemas["TokenRoleName"];
export const TOKEN_ROLES: readonly (readonly [TokenRole, TextKey])[] = [
  ...PARTNER_ROLES,
  ["worker", "peopleWorker"],
  ...CUSTOMER_ROLES,
];

/** As a customer's own people call them. */
export const PORTAL_ROLES: RoleChoices = [
  ["customer-viewer", "portalViewer"],
  ["customer-admin", "portalAdmin"],
];

export const isOfCustomer = (role: string): boolean => role.startsWith("customer-");

/** The roles that somebody can be given without becoming one of other people. */
export const rolesBeside = (role: string, choices: RoleChoices): RoleChoices =>
  choices.filter(([one]) => isOfCustomer(one) === isOfCustomer(role));
