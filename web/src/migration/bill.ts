// What the columns of a bill mean, while somebody says it.
import type { BillColumns } from "./queries";

/** Each is a column of the bill, or none. */
export const FIELDS = ["customer", "customer_tenant", "month", "currency", "cost", "subscription", "product"] as const;
export type Field = (typeof FIELDS)[number];

export interface BillForm {
  columns: Partial<Record<Field, string>>;
  /** Of all lines, where no column says it. */
  currencyIs: string;
  monthIs: string;
  subscriptionIs: "subscription" | "subscription_name";
  productIs: "product" | "product_name" | "service";
  decimalMark: "point" | "comma";
  thousandsMark: "none" | "point" | "comma" | "space" | "apostrophe";
  /** To how many decimals lines were rounded, if they were. */
  decimals: string;
  rounding: "nearest" | "down";
}

// Names that columns often have. Whoever imports sees what was chosen, and chooses otherwise.
const NAMES: Record<Field, readonly string[]> = {
  customer: ["customer", "customer name", "customername", "company", "kunde", "kundenname"],
  customer_tenant: ["tenant", "tenant id", "tenantid", "customer tenant", "customertenantid", "mandant"],
  month: ["month", "billing month", "period", "invoice month", "monat", "abrechnungsmonat"],
  currency: ["currency", "billing currency", "billingcurrency", "währung"],
  cost: ["cost", "amount", "total", "price", "net amount", "kosten", "betrag", "summe"],
  subscription: ["subscription", "subscription id", "subscriptionid", "abonnement"],
  product: ["product", "product id", "productid", "sku", "produkt"],
};

export const EMPTY_BILL: BillForm = {
  columns: {},
  currencyIs: "",
  monthIs: "",
  subscriptionIs: "subscription",
  productIs: "product",
  decimalMark: "point",
  thousandsMark: "none",
  decimals: "",
  rounding: "nearest",
};

/** What was said before, as far as these columns are there, and otherwise what their names suggest. */
export const formFor = (columns: readonly string[], before: BillForm): BillForm => {
  const chosen = FIELDS.flatMap((field) => {
    const kept = columns.find((column) => column === before.columns[field]);
    const named = columns.find((column) => NAMES[field].includes(column.toLowerCase()));
    const column = kept ?? named;
    return column === undefined ? [] : [[field, column] as const];
  });
  return { ...before, columns: Object.fromEntries(chosen) as BillForm["columns"] };
};

/** What is missing before anything can be read. */
export const isComplete = (form: BillForm): boolean =>
  form.columns.customer !== undefined &&
  form.columns.cost !== undefined &&
  (form.columns.currency !== undefined || form.currencyIs !== "") &&
  (form.columns.month !== undefined || form.monthIs !== "");

export const columnsOf = (form: BillForm): BillColumns => {
  const { customer = "", cost = "", customer_tenant, month, currency, subscription, product } = form.columns;
  return {
    customer,
    cost,
    ...(customer_tenant === undefined ? {} : { customer_tenant }),
    ...(month === undefined ? {} : { month }),
    ...(currency === undefined ? { currency_is: form.currencyIs } : { currency }),
    ...(subscription === undefined ? {} : { [form.subscriptionIs]: subscription }),
    ...(product === undefined ? {} : { [form.productIs]: product }),
    ...(form.decimals === "" ? {} : { decimals: [0, 1, 2, 3, 4, 5, 6].find((one) => String(one) === form.decimals) }),
    ...(form.decimals === "" ? {} : { rounding: form.rounding }),
    decimal_mark: form.decimalMark,
    thousands_mark: form.thousandsMark,
  };
};
