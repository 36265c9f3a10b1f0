// A customer's months with their files: FOCUS 1.2, which is all that they were charged, row by row.
import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";

import { costsQuery, type MonthOfCustomer, monthsQuery, type Row } from "../api/queries";
import { useColumns } from "../costs/columns";
import { usualMetric } from "../costs/search";
import { monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { isOfPartner } from "../shell/scope";
import { Money } from "../ui/Money";
import { Empty, Pill, ProblemNote, ScreenTitle, SkeletonRows } from "../ui/parts";
import { type FileFormat, FocusLink, useHasFiles } from "./files";

const FORMATS: readonly (readonly [FileFormat, string])[] = [
  ["csv", "CSV"],
  ["csv.gz", "CSV, gzip"],
  ["parquet", "Parquet"],
];

const Links = ({ months, name }: { months: { from: string; to: string }; name: string }): ReactElement => {
  const { text } = useTexts();
  return (
    <span className="links">
      {FORMATS.map(([format, label]) => (
        <FocusLink
          key={format}
          months={months}
          format={format}
          label={text("portalFocusOf", { month: name, format: label })}
        >
          {label}
        </FocusLink>
      ))}
    </span>
  );
};

export const FilesScreen = (): ReactElement => {
  const { text, language } = useTexts();
  const hasFiles = useHasFiles();
  const columns = useColumns();
  const months = useQuery(monthsQuery);
  const own = (months.data ?? []).filter((month): month is MonthOfCustomer => !isOfPartner(month)).toReversed();
  const newest = own[0]?.month;
  const oldest = own.at(-1)?.month;
  const metric = usualMetric(columns.metrics);
  const sums = useQuery(
    costsQuery(
      newest === undefined || oldest === undefined || metric === undefined
        ? undefined
        : {
            ...(newest === oldest ? { month: newest } : { from: oldest, to: newest }),
            by: ["Month", "BillingCurrency"],
            metrics: [metric],
          },
    ),
  );
  const rows = (sums.data?.rows ?? []) as Row[];
  return (
    <main className="portal-main one" id="content">
      <div className="head">
        <ScreenTitle>{text("portalFiles")}</ScreenTitle>
        <p className="sub">{text("portalFilesAbout")}</p>
        <span className="grow" />
        {hasFiles && newest !== undefined && oldest !== undefined && newest !== oldest && (
          <span className="links">
            <span className="label">{text("portalAllMonths")}</span>
            <Links months={{ from: oldest, to: newest }} name={text("portalAllMonths")} />
          </span>
        )}
      </div>
      <div className="left">
        {!hasFiles && <p className="note">{text("portalNoFilesActing")}</p>}
        {[months, sums].map((query, position) =>
          query.isError ? (
            <ProblemNote
              key={position === 0 ? "months" : "sums"}
              error={query.error}
              onRetry={() => void query.refetch()}
            />
          ) : null,
        )}
        <section className="card" aria-label={text("portalFiles")}>
          {months.isPending && (
            <table>
              <SkeletonRows rows={6} columns={4} />
            </table>
          )}
          {months.isSuccess && own.length === 0 && <Empty title={text("noMonths")}>{text("noMonthsCustomer")}</Empty>}
          {own.length > 0 && (
            <table className="files">
              <caption className="hidden-text">{text("portalFiles")}</caption>
              <thead>
                <tr>
                  <th scope="col">{text("month")}</th>
                  <th scope="col">{text("state")}</th>
                  <th scope="col" className="number">
                    {metric === undefined ? "" : columns.metricLabel(metric)}
                  </th>
                  {hasFiles && <th scope="col">FOCUS 1.2</th>}
                </tr>
              </thead>
              <tbody>
                {own.map((month) => {
                  const name = monthText(month.month, language);
                  return (
                    <tr key={month.month}>
                      <th scope="row">{name}</th>
                      <td>
                        <Pill tone={month.may_change ? "none" : "good"} icon={month.may_change ? "clock" : "check"}>
                          {text(month.may_change ? "portalMayChange" : "portalFinal")}
                        </Pill>
                      </td>
                      <td className="number">
                        {rows
                          .filter((row) => row.Month === month.month)
                          .map((row) => (
                            <div key={row.BillingCurrency}>
                              <Money
                                amount={metric === undefined ? undefined : row[metric]}
                                currency={row.BillingCurrency ?? ""}
                                showsCurrency
                              />
                            </div>
                          ))}
                      </td>
                      {hasFiles && (
                        <td>
                          <Links months={{ from: month.month, to: month.month }} name={name} />
                        </td>
                      )}
                    </tr>
                  );
                })}
              </tbody>
            </table>
          )}
        </section>
      </div>
    </main>
  );
};
