// One customer: its costs on both sides by reason, month, subscription and product, down to each difference.
import type { ReactElement } from "react";

import type { Row } from "../api/queries";
import { monthText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { Money } from "../ui/Money";
import { MoreRows } from "../ui/MoreRows";
import { Pill, ProblemNote, Scrolls, Segments, SkeletonRows } from "../ui/parts";
import { onRowKey } from "../ui/rows";
import { AmountHeads, Bound, Side } from "../ui/Sides";
import { isMistake, REASON_TEXTS, VERDICT_LOOKS } from "./migration";
import { type AmountQuestion, type MigrationScope, useAmounts, useCustomers } from "./queries";
import { type MigrationClass, type MigrationSearch, NO_CUSTOMER, NONE, type Place, PLACES } from "./search";

const PLACE_TEXTS: Record<Place, TextKey> = {
  Class: "invoicesWhy",
  Month: "month",
  Subscription: "migrationSubscription",
  Product: "invoicesProduct",
};
const FILTERS = { Class: "class", Month: "in", Subscription: "subscription", Product: "product" } as const;

/** As the service is asked: the text, or an empty one for amounts without it. */
const wanted = (value: string | undefined): string | undefined => (value === NONE ? "" : value);

/** What the amounts are added up by; nothing for each of them. */
const placeOf = (search: MigrationSearch): Place | undefined => (search.by === "each" ? undefined : (search.by ?? "Class"));

export const questionOf = (scope: MigrationScope, search: MigrationSearch): AmountQuestion => {
  const place = placeOf(search);
  const filters = {
    legacy_customer: search.legacy,
    class: search.class,
    in_month: search.in,
    subscription: wanted(search.subscription),
    product: wanted(search.product),
  };
  return {
    ...scope,
    customer: wanted(search.customer) ?? "",
    ...(Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined)) as Partial<AmountQuestion>),
    ...(search.all === undefined ? {} : { all: true }),
    ...(place === undefined ? {} : { by: [place] }),
  };
};

/** Names a difference in the address. */
export const idOf = (row: Row): string =>
  `${row.Month ?? ""} ${row.Class ?? ""} ${row.BillingCurrency ?? ""} ${row.FirstRow ?? ""}@${row.FirstLine ?? ""}`;

export const PlaceName = ({ place, value }: { place: Place; value: string | undefined }): ReactElement => {
  const { text, language } = useTexts();
  if (value === undefined) return <span className="dim">{text("invoicesNoPlace")}</span>;
  if (place === "Class") return <>{text(REASON_TEXTS[value as MigrationClass].name)}</>;
  if (place === "Month") return <>{monthText(value, language)}</>;
  return (
    <bdi className="mono cut" title={value}>
      {value}
    </bdi>
  );
};

const Reason = ({ name, isBeforeCredit }: { name: MigrationClass; isBeforeCredit: boolean }): ReactElement => {
  const { text } = useTexts();
  const isBad = isMistake(name, isBeforeCredit);
  return (
    <>
      <span className={isBad ? "strong bad" : "strong"}>
        <Icon name={isBad ? "cross" : "check"} size={12} />
        {text(REASON_TEXTS[name].name)}
      </span>
      <span className="under told">{text(REASON_TEXTS[name].why)}</span>
    </>
  );
};

const Filters = ({
  search,
  onChange,
}: {
  search: MigrationSearch;
  onChange: (change: Partial<MigrationSearch>) => void;
}): ReactElement => {
  const { text } = useTexts();
  return (
    <>
      {PLACES.filter((place) => search[FILTERS[place]] !== undefined).map((place) => (
        <span key={place} className="chip">
          <span>
            {text(PLACE_TEXTS[place])}: <PlaceName place={place} value={wanted(search[FILTERS[place]]) || undefined} />
          </span>
          <button
            type="button"
            className="remove"
            aria-label={text("invoicesAllOf", { place: text(PLACE_TEXTS[place]) })}
            onClick={() => onChange({ [FILTERS[place]]: undefined, open: undefined })}
          >
            <Icon name="cross" size={12} />
          </button>
        </span>
      ))}
    </>
  );
};

export const CustomerCard = ({
  scope,
  isBeforeCredit,
  search,
  onChange,
}: {
  scope: MigrationScope;
  isBeforeCredit: boolean;
  search: MigrationSearch;
  onChange: (change: Partial<MigrationSearch>) => void;
}): ReactElement => {
  const { text, plural } = useTexts();
  const own = useCustomers({
    ...scope,
    customer: wanted(search.customer) ?? "",
    ...(search.legacy === undefined ? {} : { legacy_customer: search.legacy }),
  });
  const first = own.data?.pages[0]?.items[0];
  const name = first?.customer === "unassigned" ? text("unassigned") : (first?.name ?? search.legacy ?? search.customer ?? "");
  const place = placeOf(search);
  const found = useAmounts(questionOf(scope, search));
  const pages = found.data?.pages ?? [];
  const rows = pages.flatMap((page) => page.rows);
  const count = pages[0]?.row_count ?? rows.length;
  const columns = place === undefined ? (["Month", "Subscription", "Product", "Class"] as const) : [place];
  const open = (row: Row): void => {
    if (place === undefined) onChange({ open: idOf(row) });
    else onChange({ by: "each", [FILTERS[place]]: row[place] ?? NONE, ...(row.Class === "equal" ? { all: "yes" } : {}) });
  };
  return (
    <section className="card differences" aria-label={name}>
      <header>
        <button type="button" className="control" onClick={() => onChange(NO_CUSTOMER)}>
          <Icon name="back" />
          {text("migrationAllCustomers")}
        </button>
        <h2>
          <bdi>{name}</bdi>
        </h2>
        {first !== undefined && (
          <Pill tone={VERDICT_LOOKS[first.verdict].tone} icon={VERDICT_LOOKS[first.verdict].icon}>
            {text(VERDICT_LOOKS[first.verdict].label)}
          </Pill>
        )}
        {search.customer === NONE && <span className="sub">{text("migrationNobody")}</span>}
        <span className="grow" />
        <label className="check">
          <input
            type="checkbox"
            checked={search.all !== undefined}
            onChange={(event) => onChange({ all: event.target.checked ? "yes" : undefined })}
          />
          {text("migrationAlsoEqual")}
        </label>
        <Segments
          label={text("invoicesAddedUpBy")}
          choices={[
            ...PLACES.map((one) => ({ value: one as string, label: text(PLACE_TEXTS[one]) })),
            { value: "each", label: text("invoicesEach") },
          ]}
          chosen={search.by ?? "Class"}
          onChoose={(value) =>
            onChange({ by: value === "Class" ? undefined : (value as MigrationSearch["by"]), open: undefined })
          }
        />
      </header>
      <div className="filters">
        <Filters search={search} onChange={onChange} />
        {found.isSuccess && (
          <span className="sub">
            {plural(place === undefined ? "migrationAmountCount" : "invoicesSumCount", count)}
          </span>
        )}
      </div>
      {search.customer === NONE && <p className="explained">{text("migrationNobodyNext")}</p>}
      {search.class !== undefined && (
        <p className="explained">
          {text(REASON_TEXTS[search.class].why)} <b>{text(REASON_TEXTS[search.class].next)}</b>
        </p>
      )}
      {found.isError && <ProblemNote error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && !found.isError && (
        <table>
          <SkeletonRows rows={6} columns={6} />
        </table>
      )}
      {rows.length > 0 && (
        <Scrolls isStale={found.isPlaceholderData}>
          <table className="classes">
            <caption className="hidden-text">{text("migrationAmountsOf", { customer: name })}</caption>
            <thead>
              <tr>
                {columns.map((one) => (
                  <th key={one} scope="col">
                    {text(PLACE_TEXTS[one])}
                  </th>
                ))}
                <th scope="col">{text("currency")}</th>
                {place !== undefined && (
                  <th scope="col" className="number">
                    {text("invoicesKeys")}
                  </th>
                )}
                <AmountHeads one={text("migrationBefore")} other={text("migrationNow")} />
              </tr>
            </thead>
            <tbody>
              {rows.map((row, position) => {
                const currency = row.BillingCurrency ?? "";
                return (
                  <tr
                    key={`${idOf(row)} ${position}`}
                    className={place === undefined && idOf(row) === search.open ? "opens chosen" : "opens"}
                    tabIndex={0}
                    onClick={() => open(row)}
                    onKeyDown={(event) => onRowKey(event, () => open(row))}
                  >
                    {columns.map((one) =>
                      place === "Class" && row.Class !== undefined ? (
                        <th key={one} scope="row">
                          <Reason name={row.Class as MigrationClass} isBeforeCredit={isBeforeCredit} />
                        </th>
                      ) : (
                        <td key={one} className="place">
                          <PlaceName place={one} value={row[one]} />
                        </td>
                      ),
                    )}
                    <td className="dim">{currency}</td>
                    {place !== undefined && <td className="number">{row.Keys}</td>}
                    <td className="number">
                      <Side amount={row.Before} currency={currency} />
                    </td>
                    <td className="number">
                      <Side amount={row.Now} currency={currency} />
                    </td>
                    <td className="number strong">
                      <Money amount={row.Difference} currency={currency} isChange />
                    </td>
                    <td className="number dim">
                      <Bound reason={row.Class} amount={row.Bound} currency={currency} />
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </Scrolls>
      )}
      {found.isSuccess && rows.length === 0 && (
        <p className="empty dim">{text(search.all === undefined ? "migrationNoDifference" : "migrationNoneHere")}</p>
      )}
      <MoreRows pages={found} shown={rows.length} all={count} />
    </section>
  );
};
