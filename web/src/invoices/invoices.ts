// What of an invoice asks for something, and which words the page has for it.
import type { Schemas } from "../api/client";
import { compare, sign } from "../format/decimal";
import type { TextKey } from "../i18n/texts";
import type { IconName } from "../ui/icons";
import type { Tone } from "../ui/parts";
import type { Invoice } from "./queries";
import { type Class, orderOf } from "./search";

export type ClassSum = Schemas["DifferenceSum"];

interface ClassTexts {
  name: TextKey;
  /** Why the two sides differ. */
  why: TextKey;
  /** What to do about it. */
  next: TextKey;
}

export const CLASS_TEXTS: Record<Class, ClassTexts> = {
  equal: { name: "invoicesEqual", why: "invoicesEqualWhy", next: "invoicesNothingToDo" },
  rounding: { name: "invoicesRounding", why: "invoicesRoundingWhy", next: "invoicesNothingToDo" },
  "not-billed-yet": { name: "invoicesNotBilledYet", why: "invoicesNotBilledYetWhy", next: "invoicesNotBilledYetNext" },
  "other-invoice": { name: "invoicesOther", why: "invoicesOtherWhy", next: "invoicesOtherNext" },
  credit: { name: "invoicesCredit", why: "invoicesCreditWhy", next: "invoicesCreditNext" },
  "partner-earned-credit": {
    name: "invoicesPartnerCredit",
    why: "invoicesPartnerCreditWhy",
    next: "invoicesNothingToDo",
  },
  tax: { name: "invoicesTax", why: "invoicesTaxWhy", next: "invoicesNothingToDo" },
  commitment: { name: "invoicesCommitment", why: "invoicesCommitmentWhy", next: "invoicesReconciliationHasIt" },
  "seats-and-software": { name: "invoicesSeats", why: "invoicesSeatsWhy", next: "invoicesReconciliationHasIt" },
  marketplace: { name: "invoicesMarketplace", why: "invoicesMarketplaceWhy", next: "invoicesReconciliationHasIt" },
  "exchange-rate": { name: "invoicesRate", why: "invoicesRateWhy", next: "invoicesRateNext" },
  "doubled-lines": { name: "invoicesDoubledLines", why: "invoicesDoubledLinesWhy", next: "invoicesDoubledLinesNext" },
  "doubled-charges": {
    name: "invoicesDoubledCharges",
    why: "invoicesDoubledChargesWhy",
    next: "invoicesDoubledChargesNext",
  },
  "missing-lines": { name: "invoicesMissingLines", why: "invoicesMissingLinesWhy", next: "invoicesMissingLinesNext" },
  "missing-charges": {
    name: "invoicesMissingCharges",
    why: "invoicesMissingChargesWhy",
    next: "invoicesMissingChargesNext",
  },
  unknown: { name: "invoicesUnknown", why: "invoicesUnknownWhy", next: "invoicesUnknownNext" },
};

const FAULTS: readonly Class[] = ["unknown", "missing-lines", "missing-charges", "doubled-lines", "doubled-charges"];

/** Whether an invoice with such a difference does not tie. */
export const isFault = (name: Class): boolean => FAULTS.includes(name);

/** Those that ask for something first. */
export const sortedClasses = (classes: readonly ClassSum[]): ClassSum[] =>
  classes.toSorted((left, right) => orderOf(left.class) - orderOf(right.class));

/** Where something differs. */
export const differing = (classes: readonly ClassSum[]): ClassSum[] =>
  sortedClasses(classes).filter((one) => one.class !== "equal");

export const STATES: Record<Invoice["state"], { tone: Tone; icon: IconName; label: TextKey }> = {
  ties: { tone: "good", icon: "check", label: "invoicesTies" },
  differs: { tone: "bad", icon: "cross", label: "invoicesDiffers" },
  "not-compared": { tone: "warn", icon: "half", label: "invoicesNotCompared" },
};

export const keyOf = (invoice: Invoice): string => `${invoice.invoice} ${invoice.currency}`;

export const rejectedOf = (invoice: Invoice): number =>
  invoice.imports.reduce((count, one) => count + one.rejected, 0);

/** Whether a total was entered, and what is compared with it comes to another one. */
export const missesTotal = (invoice: Invoice): boolean => {
  if (invoice.total === undefined) return false;
  if (invoice.lines !== undefined) return compare(invoice.lines, invoice.total) !== 0;
  return invoice.state === "differs";
};

export interface Outcome {
  ties: number;
  differs: number;
  notCompared: number;
}

export const outcomeOf = (invoices: readonly Invoice[]): Outcome => ({
  ties: invoices.filter((one) => one.state === "ties").length,
  differs: invoices.filter((one) => one.state === "differs").length,
  notCompared: invoices.filter((one) => one.state === "not-compared").length,
});

/** The one to look at first: what does not tie, then what is not compared. */
export const firstToLookAt = (invoices: readonly Invoice[]): Invoice | undefined =>
  invoices.find((one) => one.state === "differs") ??
  invoices.find((one) => one.state === "not-compared") ??
  invoices[0];

/** Whether an amount is there and is not zero. */
export const isSome = (amount: string | undefined): boolean => amount !== undefined && sign(amount) !== 0;
