// What the legacy never showed: reservations and savings plans, bought, used and unused, by customer.
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useMemo } from "react";

import { customersQuery } from "../api/queries";
import { monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { hasRight, useMe } from "../shell/session";
import { Money } from "../ui/Money";
import { MoreRows } from "../ui/MoreRows";
import { ProblemNote, Scrolls, SkeletonRows } from "../ui/parts";
import { type MigrationScope, useGains } from "./queries";

const AMOUNTS = ["Bought", "Used", "Unused"] as const;
const AMOUNT_TEXTS = { Bought: "migrationBought", Used: "migrationUsed", Unused: "migrationUnused" } as const;

export const GainedCard = ({ scope }: { scope: MigrationScope }): ReactElement => {
  const me = useMe();
  const { text, language } = useTexts();
  const found = useGains(scope);
  const customers = useQuery({ ...customersQuery, enabled: hasRight(me, "read-customers") });
  const names = useMemo(() => new Map((customers.data ?? []).map((one) => [one.id, one.name])), [customers.data]);
  const nameOf = (id: string | undefined): string =>
    id === "unassigned" ? text("unassigned") : (names.get(id ?? "") ?? id ?? "");
  const pages = found.data?.pages ?? [];
  const rows = pages.flatMap((page) => page.rows);
  const totals = pages[0]?.totals ?? [];
  return (
    <section className="card" aria-label={text("migrationGained")}>
      <header>
        <h2>{text("migrationGained")}</h2>
      </header>
      <p className="explained">{text("migrationGainedWhy")}</p>
      {found.isError && <ProblemNote error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && !found.isError && (
        <table>
          <SkeletonRows rows={6} columns={6} />
        </table>
      )}
      {rows.length > 0 && (
        <Scrolls>
          <table>
            <caption className="hidden-text">{text("migrationGained")}</caption>
            <thead>
              <tr>
                <th scope="col">{text("customer")}</th>
                <th scope="col">{text("month")}</th>
                <th scope="col">{text("commitmentsKind")}</th>
                <th scope="col">{text("currency")}</th>
                {AMOUNTS.map((one) => (
                  <th key={one} scope="col" className="number">
                    {text(AMOUNT_TEXTS[one])}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.Month} ${row.CustomerId} ${row.BillingCurrency} ${row.Commitment}`}>
                  <th scope="row">
                    <bdi>{nameOf(row.CustomerId)}</bdi>
                  </th>
                  <td>{monthText(row.Month ?? "", language, "short")}</td>
                  <td>
                    {row.Commitment === "Reservation" ? text("migrationReservation") : text("migrationSavingsPlan")}
                  </td>
                  <td className="dim">{row.BillingCurrency}</td>
                  {AMOUNTS.map((one) => (
                    <td key={one} className="number">
                      <Money amount={row[one]} currency={row.BillingCurrency ?? ""} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
            <tfoot>
              {totals.map((total) => (
                <tr key={total.BillingCurrency}>
                  <th scope="row" colSpan={3}>
                    {text("migrationSum")}
                  </th>
                  <td className="dim">{total.BillingCurrency}</td>
                  {AMOUNTS.map((one) => (
                    <td key={one} className="number strong">
                      <Money amount={total[one]} currency={total.BillingCurrency ?? ""} />
                    </td>
                  ))}
                </tr>
              ))}
            </tfoot>
          </table>
        </Scrolls>
      )}
      {found.isSuccess && rows.length === 0 && <p className="empty dim">{text("migrationNothingGained")}</p>}
      <MoreRows pages={found} shown={rows.length} all={pages[0]?.row_count ?? rows.length} />
    </section>
  );
};
