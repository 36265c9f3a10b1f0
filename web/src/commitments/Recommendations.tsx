// What Microsoft recommends to buy, and whose use it would cover.
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";

import { shareText } from "../format/format";
import { type Texts, useTexts } from "../i18n/texts";
import { Money } from "../ui/Money";
import { Empty, ProblemNote, Scrolls, SkeletonRows } from "../ui/parts";
import { reportQuery, type ReportScope } from "./queries";

const SHOWN_FIRST = 10;
const SHOWN_MAX = 200;

/** `P3Y` and `Last30Days` of Azure in words; what is not known stays as it is. */
const termOf = (term: string | undefined, { plural }: Texts): string | undefined => {
  const years = /^P(\d+)Y$/.exec(term ?? "")?.[1];
  return years === undefined ? term : plural("commitmentsYears", parseInt(years, 10));
};

const usedIn = (period: string | undefined, { plural }: Texts): string | undefined => {
  const days = /^Last(\d+)Days$/.exec(period ?? "")?.[1];
  return days === undefined ? period : plural("commitmentsLastDays", parseInt(days, 10));
};

export const Recommendations = ({
  scope,
  connection,
  nameOf,
}: {
  scope: ReportScope;
  connection: string | undefined;
  nameOf: (customer: string) => string;
}): ReactElement => {
  const texts = useTexts();
  const { text, plural, language } = texts;
  const [isAll, setAll] = useState(false);
  const asked = useQuery(reportQuery("recommendations", scope));
  if (asked.isError) return <ProblemNote error={asked.error} onRetry={() => void asked.refetch()} />;
  const rows = asked.data?.rows ?? [];
  return (
    <section className="card" aria-label={text("commitmentsRecommendations")}>
      <header>
        <h2>{text("commitmentsRecommendations")}</h2>
        <span className="sub">{text("commitmentsByMicrosoft")}</span>
      </header>
      {asked.isPending && (
        <table>
          <SkeletonRows rows={4} columns={7} />
        </table>
      )}
      {asked.isSuccess && rows.length === 0 && (
        <Empty
          title={text("commitmentsNoRecommendations")}
          command={`apportion connection edit ${connection ?? "NAME"} --reservation-recommendations URL`}
        >
          {text("commitmentsNoRecommendationsWhy")}
        </Empty>
      )}
      {rows.length > 0 && (
        <Scrolls>
          <table>
            <caption className="hidden-text">{text("commitmentsRecommendations")}</caption>
            <thead>
              <tr>
                <th scope="col">{text("commitmentsWhat")}</th>
                <th scope="col">{text("commitmentsScope")}</th>
                <th scope="col">{text("customer")}</th>
                <th scope="col" className="number">
                  {text("commitmentsShareOfUse")}
                </th>
                <th scope="col" className="number">
                  {text("commitmentsCostWithout")}
                </th>
                <th scope="col" className="number">
                  {text("commitmentsCostWith")}
                </th>
                <th scope="col" className="number">
                  {text("commitmentsNetSaving")}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, isAll ? SHOWN_MAX : SHOWN_FIRST).map((row, position) => (
                <tr key={position}>
                  <th scope="row">
                    {row.RecommendedQuantity !== undefined && `${row.RecommendedQuantity} × `}
                    {row.SkuName ?? row.ResourceType ?? ""}
                    <span className="dim">
                      {[row.Location, termOf(row.Term, texts), usedIn(row.LookBackPeriod, texts)]
                        .filter((part) => part !== undefined)
                        .map((part) => `, ${part}`)
                        .join("")}
                    </span>
                  </th>
                  <td>{row.Scope}</td>
                  <td>
                    <bdi>{row.CustomerId === undefined ? "–" : nameOf(row.CustomerId)}</bdi>
                  </td>
                  <td className="number">
                    {row.UsePercent === undefined ? "–" : shareText(row.UsePercent, "100", language)}
                  </td>
                  <td className="number">
                    <Money amount={row.CostWithoutReservation} currency={row.Currency ?? "USD"} showsCurrency />
                  </td>
                  <td className="number">
                    <Money amount={row.CostWithReservation} currency={row.Currency ?? "USD"} showsCurrency />
                  </td>
                  <td className="number strong">
                    <Money amount={row.NetSavings} currency={row.Currency ?? "USD"} isChange showsCurrency />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
      {rows.length > SHOWN_FIRST && (
        <footer>
          <button type="button" className="link" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
            {isAll ? text("homeShowFewer") : plural("homeShowAll", rows.length)}
          </button>
          {isAll && rows.length > SHOWN_MAX && plural("andMore", rows.length - SHOWN_MAX)}
        </footer>
      )}
    </section>
  );
};
