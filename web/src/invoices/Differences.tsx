// The differences of one class: key by key, or added up by customer, subscription or product.
import { type ReactElement, useEffect, useRef } from "react";

import type { Row } from "../api/queries";
import { type TextKey, useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { Money } from "../ui/Money";
import { MoreRows } from "../ui/MoreRows";
import { ProblemNote, Scrolls, Segments, SkeletonRows } from "../ui/parts";
import { onRowKey } from "../ui/rows";
import { AmountHeads, Bound, Side } from "../ui/Sides";
import { CLASS_TEXTS } from "./invoices";
import { type DifferenceQuestion, fileAddress, type Invoice, type InvoiceScope, useDifferences } from "./queries";
import { type Class, type InvoicesSearch, NONE, type Place, PLACES } from "./search";

type Names = ReadonlyMap<string, string>;

const PLACE_TEXTS: Record<Place, TextKey> = {
  CustomerTenantId: "customer",
  Subscription: "invoicesSubscription",
  Product: "invoicesProduct",
};
const FILTERS: Record<Place, "customer" | "subscription" | "product"> = {
  CustomerTenantId: "customer",
  Subscription: "subscription",
  Product: "product",
};

/** What the address says as the service is asked: the text, or an empty one for rows without it. */
const wanted = (value: string | undefined): string | undefined => (value === NONE ? "" : value);

export const questionOf = (
  scope: InvoiceScope,
  invoice: Invoice,
  name: Class,
  search: InvoicesSearch,
): DifferenceQuestion => {
  const places = Object.values(FILTERS).flatMap((filter) => {
    const value = wanted(search[filter]);
    return value === undefined ? [] : [[filter, value] as const];
  });
  return {
    ...scope,
    invoice: invoice.invoice,
    currency: invoice.currency,
    class: name,
    ...Object.fromEntries(places),
    ...(search.by === undefined ? {} : { by: [search.by] }),
  };
};

/** Names a difference in the address: its first charge, and its first line. */
export const idOf = (row: Row): string => `${row.FirstRow ?? ""}@${row.FirstLine ?? ""}`;

/** A place, by its name where it has one. */
export const PlaceName = ({ place, row, names }: { place: Place; row: Row; names: Names }): ReactElement => {
  const { text } = useTexts();
  const id = row[place];
  if (id === undefined) return <span className="dim">{text("invoicesNoPlace")}</span>;
  const name = place === "CustomerTenantId" ? names.get(id) : undefined;
  return (
    <bdi className={name === undefined ? "mono cut" : "cut"} title={id}>
      {name ?? id}
    </bdi>
  );
};

export const Differences = ({
  invoice,
  scope,
  class: name,
  search,
  names,
  onChange,
}: {
  invoice: Invoice;
  scope: InvoiceScope;
  class: Class;
  search: InvoicesSearch;
  names: Names;
  onChange: (change: Partial<InvoicesSearch>) => void;
}): ReactElement => {
  const { text, plural } = useTexts();
  const place = useRef<HTMLElement>(null);
  const question = questionOf(scope, invoice, name, search);
  const found = useDifferences(question);
  const pages = found.data?.pages ?? [];
  const rows = pages.flatMap((page) => page.rows);
  const count = pages[0]?.row_count;
  const columns: readonly Place[] = search.by === undefined ? PLACES : [search.by];
  const isSum = search.by !== undefined;
  // It comes below what was chosen, where nobody would look for it.
  useEffect(() => {
    void place.current?.scrollIntoView({ block: "nearest" });
  }, [name]);
  const open = (row: Row): void => {
    if (search.by === undefined) onChange({ open: idOf(row) });
    else onChange({ by: undefined, [FILTERS[search.by]]: row[search.by] ?? NONE });
  };
  const filtered = PLACES.filter((one) => search[FILTERS[one]] !== undefined);
  return (
    <section className="card differences" ref={place} aria-label={text(CLASS_TEXTS[name].name)}>
      <header>
        <h2>{text(CLASS_TEXTS[name].name)}</h2>
        {count !== undefined && (
          <span className="sub">{plural(isSum ? "invoicesSumCount" : "invoicesDifferenceCount", count)}</span>
        )}
        <span className="grow" />
        {filtered.map((one) => (
          <span key={one} className="chip">
            <span>
              {text(PLACE_TEXTS[one])}:{" "}
              <bdi>
                {search[FILTERS[one]] === NONE
                  ? text("invoicesNoPlace")
                  : ((one === "CustomerTenantId" ? names.get(search.customer ?? "") : undefined) ?? search[FILTERS[one]])}
              </bdi>
            </span>
            <button
              type="button"
              className="remove"
              aria-label={text("invoicesAllOf", { place: text(PLACE_TEXTS[one]) })}
              onClick={() => onChange({ [FILTERS[one]]: undefined, open: undefined })}
            >
              <Icon name="cross" size={12} />
            </button>
          </span>
        ))}
        <Segments
          label={text("invoicesAddedUpBy")}
          choices={[
            { value: "", label: text("invoicesEach") },
            ...PLACES.map((one) => ({ value: one as string, label: text(PLACE_TEXTS[one]) })),
          ]}
          chosen={search.by ?? ""}
          onChoose={(value) => onChange({ by: PLACES.find((one) => one === value), open: undefined })}
        />
        <a
          className="control"
          href={fileAddress({ ...scope, invoice: invoice.invoice, class: name, currency: invoice.currency }, "csv", true)}
          download
        >
          <Icon name="download" />
          CSV
        </a>
      </header>
      <p className="explained">
        {text(CLASS_TEXTS[name].why)} <b>{text(CLASS_TEXTS[name].next)}</b>
      </p>
      {found.isError && <ProblemNote error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && !found.isError && (
        <table>
          <SkeletonRows rows={6} columns={7} />
        </table>
      )}
      {rows.length > 0 && (
        <Scrolls isStale={found.isPlaceholderData}>
          <table>
            <caption className="hidden-text">
              {text("invoicesDifferencesOf", { class: text(CLASS_TEXTS[name].name), invoice: invoice.invoice })}
            </caption>
            <thead>
              <tr>
                {columns.map((one) => (
                  <th key={one} scope="col">
                    {text(PLACE_TEXTS[one])}
                  </th>
                ))}
                {isSum && (
                  <th scope="col" className="number">
                    {text("invoicesKeys")}
                  </th>
                )}
                <AmountHeads one={text("charges")} other={text("invoicesLines")} />
              </tr>
            </thead>
            <tbody>
              {rows.map((row, position) => (
                <tr
                  key={`${idOf(row)} ${row.Class ?? ""} ${position}`}
                  className={!isSum && idOf(row) === search.open ? "opens chosen" : "opens"}
                  tabIndex={0}
                  onClick={() => open(row)}
                  onKeyDown={(event) => onRowKey(event, () => open(row))}
                >
                  {columns.map((one) => (
                    <td key={one} className="place">
                      <PlaceName place={one} row={row} names={names} />
                    </td>
                  ))}
                  {isSum && <td className="number">{row.Keys}</td>}
                  <td className="number">
                    <Side amount={row.Charges} currency={invoice.currency} />
                  </td>
                  <td className="number">
                    <Side amount={row.Lines} currency={invoice.currency} />
                  </td>
                  <td className="number strong">
                    <Money amount={row.Difference} currency={invoice.currency} isChange />
                  </td>
                  <td className="number dim">
                    <Bound reason={name} amount={row.Bound} currency={invoice.currency} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
      {found.isSuccess && rows.length === 0 && <p className="empty dim">{text("invoicesNoneHere")}</p>}
      <MoreRows pages={found} shown={rows.length} all={count ?? rows.length} />
    </section>
  );
};
