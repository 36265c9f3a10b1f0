// Customers with their verdict: what the legacy billed them, what the charges come to, and why these differ.
import type { ReactElement } from "react";

import type { Schemas } from "../api/client";
import { countText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Money } from "../ui/Money";
import { MoreRows } from "../ui/MoreRows";
import { Pill, ProblemNote, Scrolls, Segments, SkeletonRows } from "../ui/parts";
import { onRowKey } from "../ui/rows";
import { type MigratedCustomer, REASON_TEXTS, reasonsOf, VERDICT_LOOKS } from "./migration";
import { type MigrationScope, useCustomers } from "./queries";
import { type MigrationSearch, NONE, type Verdict, VERDICTS } from "./search";

type Counts = Schemas["Migration"]["verdicts"];

const COUNT_OF: Record<Verdict, keyof Counts> = {
  equal: "equal",
  explained: "explained",
  "not explained": "not_explained",
};

export const CustomerName = ({ customer }: { customer: MigratedCustomer }): ReactElement => {
  const { text } = useTexts();
  const isNobody = customer.customer === "";
  return (
    <>
      <span className="strong">
        <bdi>{customer.customer === "unassigned" ? text("unassigned") : customer.name}</bdi>{" "}
        <span className="unit">{customer.currency}</span>
      </span>
      <span className="under">{isNobody ? text("migrationNobody") : customer.customer}</span>
    </>
  );
};

const Reasons = ({ customer }: { customer: MigratedCustomer }): ReactElement => {
  const { text } = useTexts();
  return (
    <ul className="reasons">
      {reasonsOf(customer).map(({ why, amount }) => (
        <li key={why}>
          {text(REASON_TEXTS[why].name)} <Money amount={amount} currency={customer.currency} isChange />
        </li>
      ))}
    </ul>
  );
};

const keyOf = (one: MigratedCustomer): string => `${one.customer} ${one.legacy_customer ?? ""} ${one.currency}`;

export const CustomersCard = ({
  scope,
  counts,
  search,
  onChange,
}: {
  scope: MigrationScope;
  counts: Counts;
  search: MigrationSearch;
  onChange: (change: Partial<MigrationSearch>) => void;
}): ReactElement => {
  const { text, plural, language } = useTexts();
  const found = useCustomers({
    ...scope,
    ...(search.verdict === undefined ? {} : { verdict: search.verdict }),
    ...(search.word === undefined ? {} : { word: search.word }),
  });
  const pages = found.data?.pages ?? [];
  const rows = pages.flatMap((page) => page.items);
  const all = pages[0]?.row_count ?? rows.length;
  const totals = pages[0]?.totals ?? [];
  const open = (one: MigratedCustomer): void =>
    onChange(one.customer === "" ? { customer: NONE, legacy: one.legacy_customer } : { customer: one.customer });
  const everyone = counts.equal + counts.explained + counts.not_explained;
  return (
    <section className="card" aria-label={text("customers")}>
      <header>
        <h2>{text("customers")}</h2>
        {found.isSuccess && <span className="sub">{plural("migrationRowCount", all)}</span>}
        <span className="grow" />
        <input
          className="field migration-find"
          type="search"
          aria-label={text("migrationFind")}
          placeholder={text("migrationFind")}
          value={search.word ?? ""}
          onChange={(event) => onChange({ word: event.target.value === "" ? undefined : event.target.value })}
        />
        <Segments
          label={text("migrationVerdict")}
          choices={[
            { value: "", label: text("migrationAll", { count: countText(everyone, language) }) },
            ...VERDICTS.map((verdict) => ({
              value: verdict as string,
              label: `${text(VERDICT_LOOKS[verdict].label)} ${countText(counts[COUNT_OF[verdict]], language)}`,
            })),
          ]}
          chosen={search.verdict ?? ""}
          onChoose={(value) => onChange({ verdict: VERDICTS.find((one) => one === value) })}
        />
      </header>
      {found.isError && <ProblemNote error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && !found.isError && (
        <table>
          <SkeletonRows rows={8} columns={6} />
        </table>
      )}
      {rows.length > 0 && (
        <Scrolls isStale={found.isPlaceholderData}>
          <table className="invoices migrated">
            <caption className="hidden-text">{text("migrationCustomersOf")}</caption>
            <thead>
              <tr>
                <th scope="col">{text("customer")}</th>
                <th scope="col">{text("migrationVerdict")}</th>
                <th scope="col" className="number">
                  {text("migrationBefore")}
                </th>
                <th scope="col" className="number">
                  {text("migrationNow")}
                </th>
                <th scope="col" className="number">
                  {text("difference")}
                </th>
                <th scope="col">{text("migrationWhy")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((one) => (
                <tr
                  key={keyOf(one)}
                  className="opens"
                  tabIndex={0}
                  onClick={() => open(one)}
                  onKeyDown={(event) => onRowKey(event, () => open(one))}
                >
                  <th scope="row">
                    <CustomerName customer={one} />
                  </th>
                  <td>
                    <Pill tone={VERDICT_LOOKS[one.verdict].tone} icon={VERDICT_LOOKS[one.verdict].icon}>
                      {text(VERDICT_LOOKS[one.verdict].label)}
                    </Pill>
                  </td>
                  <td className="number">
                    <Money amount={one.before} currency={one.currency} />
                  </td>
                  <td className="number">
                    <Money amount={one.now} currency={one.currency} />
                  </td>
                  <td className="number strong">
                    <Money amount={one.difference} currency={one.currency} isChange />
                  </td>
                  <td>
                    <Reasons customer={one} />
                  </td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              {totals.map((total) => {
                const currency = total.BillingCurrency ?? "";
                return (
                  <tr key={currency}>
                    <th scope="row" colSpan={2}>
                      {text("migrationSum")} <span className="unit">{currency}</span>
                    </th>
                    <td className="number">
                      <Money amount={total.Before} currency={currency} />
                    </td>
                    <td className="number">
                      <Money amount={total.Now} currency={currency} />
                    </td>
                    <td className="number strong">
                      <Money amount={total.Difference} currency={currency} isChange />
                    </td>
                    <td />
                  </tr>
                );
              })}
            </tfoot>
          </table>
        </Scrolls>
      )}
      {found.isSuccess && rows.length === 0 && <p className="empty dim">{text("migrationNoneHere")}</p>}
      <MoreRows pages={found} shown={rows.length} all={all} />
    </section>
  );
};
