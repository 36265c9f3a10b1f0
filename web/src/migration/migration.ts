// Which words and looks the page has for verdicts and reasons.
import type { Schemas } from "../api/client";
import { CLASS_TEXTS, isFault } from "../invoices/invoices";
import type { TextKey } from "../i18n/texts";
import type { IconName } from "../ui/icons";
import type { Tone } from "../ui/parts";
import { type MigrationClass, orderOf, type Verdict } from "./search";

export type MigratedCustomer = Schemas["MigratedCustomer"];

export const VERDICT_LOOKS: Record<Verdict, { tone: Tone; icon: IconName; label: TextKey }> = {
  equal: { tone: "good", icon: "check", label: "migrationEqual" },
  explained: { tone: "good", icon: "check", label: "migrationExplained" },
  "not explained": { tone: "bad", icon: "cross", label: "migrationNotExplained" },
};

/** Those of invoices, in words of the legacy where they speak of Microsoft's lines. */
export const REASON_TEXTS: Record<MigrationClass, { name: TextKey; why: TextKey; next: TextKey }> = {
  ...CLASS_TEXTS,
  equal: { name: "invoicesEqual", why: "migrationEqualWhy", next: "invoicesNothingToDo" },
  rounding: { name: "invoicesRounding", why: "migrationRoundingWhy", next: "invoicesNothingToDo" },
  "partner-earned-credit": {
    name: "invoicesPartnerCredit",
    why: "migrationPartnerCreditWhy",
    next: "migrationPartnerCreditNext",
  },
  commitment: { name: "invoicesCommitment", why: "migrationCommitmentWhy", next: "invoicesNothingToDo" },
  "seats-and-software": { name: "invoicesSeats", why: "migrationSeatsWhy", next: "invoicesNothingToDo" },
  marketplace: { name: "invoicesMarketplace", why: "invoicesMarketplaceWhy", next: "invoicesNothingToDo" },
  "doubled-lines": { name: "invoicesDoubledLines", why: "migrationDoubledLinesWhy", next: "migrationDoubledLinesNext" },
  "missing-lines": { name: "migrationMissingLines", why: "migrationMissingLinesWhy", next: "migrationMissingLinesNext" },
  "missing-charges": {
    name: "invoicesMissingCharges",
    why: "migrationMissingChargesWhy",
    next: "migrationMissingChargesNext",
  },
  "split-rule": { name: "migrationSplitRule", why: "migrationSplitRuleWhy", next: "migrationSplitRuleNext" },
  "other-customer": {
    name: "migrationOtherCustomer",
    why: "migrationOtherCustomerWhy",
    next: "migrationOtherCustomerNext",
  },
  unknown: { name: "invoicesUnknown", why: "invoicesUnknownWhy", next: "migrationUnknownNext" },
};

/** Whether a customer with such a difference is not explained. */
export const isMistake = (name: MigrationClass, isBeforeCredit: boolean): boolean => {
  if (name === "other-customer") return true;
  if (name === "partner-earned-credit") return !isBeforeCredit;
  return name !== "split-rule" && isFault(name);
};

/** The reasons of a customer with their amounts, those that ask for something first. */
export const reasonsOf = (customer: MigratedCustomer): { why: MigrationClass; amount: string }[] =>
  Object.entries(customer.classes)
    .map(([why, amount]) => ({ why: why as MigrationClass, amount }))
    .toSorted((left, right) => orderOf(left.why) - orderOf(right.why));
