// A customer's month at a glance: what it costs in each currency, against the month before and over the last year, by
// service or whatever else was chosen; its months, and its files.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useMemo } from "react";

import {
  brandQuery,
  type CostAnswer,
  costsQuery,
  isLost,
  type MonthOfCustomer,
  monthsQuery,
  type Row,
} from "../api/queries";
import { type Series, StackedBars } from "../charts/StackedBars";
import { ChartTip } from "../costs/ChartTip";
import { type Columns, useColumns } from "../costs/columns";
import { percentOfChange } from "../costs/CostTableView";
import { saveCsv, workbookOfCosts } from "../costs/Downloads";
import { type CostTable, costTable, type Group, sorted, type Total, totalsOf } from "../costs/groups";
import { noticesOf } from "../costs/notices";
import { type CostView, type Metric, seriesQuestion, tableQuestion, viewOf } from "../costs/search";
import { barsOf, OTHERS_SERIES } from "../costs/series";
import { type Amount, compare, sum } from "../format/decimal";
import { changePercentText, changeText, axisText, momentText, monthsBefore, monthText } from "../format/format";
import { barLength, sparkline } from "../format/plot";
import { type TextKey, useTexts } from "../i18n/texts";
import { isOfPartner, useScope } from "../shell/scope";
import { useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { useLast } from "../ui/last";
import { useIsNarrow } from "../ui/media";
import { Money } from "../ui/Money";
import { Empty, ProblemNote, ScreenTitle, Segments, SkeletonRows } from "../ui/parts";
import { useWorkbook } from "../ui/workbook";
import { FocusLink, useHasFiles } from "./files";
import { ownNameQuery } from "./queries";
import { DIMENSIONS, type Dimension, type PortalSearch } from "./search";

const MONTHS = 12;
const MONTHS_NARROW = 6;
const COLORED = 5;
const NAMED = 10; // rows with a name; the rest is "others"
const LISTED_MAX = 12;

const DIMENSION_WORDS: Record<Dimension, { plural: TextKey; one: TextKey }> = {
  ServiceName: { plural: "portalServices", one: "columnService" },
  SubAccountName: { plural: "portalSubscriptions", one: "columnSubscription" },
  x_ResourceGroupName: { plural: "portalGroups", one: "columnResourceGroup" },
  ResourceName: { plural: "portalResources", one: "columnResource" },
};

/** What each month cost in a currency; a month without costs in it is not there. */
const monthsOf = (rows: readonly Row[], currency: string, metric: Metric): Map<string, Amount> =>
  new Map(
    rows.flatMap((row) => {
      const amount = row[metric];
      return row.BillingCurrency !== currency || row.Month === undefined || amount === undefined
        ? []
        : [[row.Month, amount] as const];
    }),
  );

const Sparkline = ({ amounts }: { amounts: readonly Amount[] }): ReactElement | null => {
  const line = sparkline(amounts, 96, 26);
  if (line === undefined) return null;
  return (
    <svg className="spark" width="104" height="34" viewBox="-4 -4 104 34" aria-hidden="true">
      <path d={line.path} />
      <circle cx={line.end[0]} cy={line.end[1]} r="2.5" />
    </svg>
  );
};

const CurrencyCard = ({
  total,
  metric,
  before,
  year,
  isChosen,
  onChoose,
}: {
  total: Total;
  metric: string;
  before: string | undefined;
  year: readonly Amount[];
  isChosen: boolean;
  onChoose: () => void;
}): ReactElement => {
  const { text, language } = useTexts();
  return (
    <button type="button" className="card currency-card" aria-pressed={isChosen} onClick={onChoose}>
      <span className="dim">{text("portalCostIn", { currency: total.currency, metric })}</span>
      <span className="big">
        <Money amount={total.now} currency={total.currency} showsCurrency />
      </span>
      {before !== undefined && total.change !== undefined && (
        <span className="against">
          <b>{changeText(total.change, total.currency, language)}</b>
          {total.before !== undefined && ` (${changePercentText(total.change, total.before, language)})`}{" "}
          <span className="dim">{text("portalAgainst", { month: before })}</span>
        </span>
      )}
      <Sparkline amounts={year} />
    </button>
  );
};

interface Lines {
  named: Group[];
  others: Group[];
  unknown: Group[];
}

/** The rows of the table: what has a cost, the most expensive first, and what has none that is known. */
const linesOf = (table: CostTable, language: "en" | "de"): Lines => {
  const all = sorted([...table.top, ...table.others], "now", language);
  const known = all.filter((group) => group.now !== undefined);
  return {
    named: known.slice(0, NAMED),
    others: known.slice(NAMED),
    unknown: all.filter((group) => group.now === undefined),
  };
};

const added = (groups: readonly Group[], of: "now" | "before" | "change"): Amount | undefined => {
  const amounts = groups.map((group) => group[of]);
  return amounts.includes(undefined) ? undefined : sum(amounts as Amount[]);
};

const CostLines = ({
  table,
  view,
  heads,
  change,
}: {
  table: CostTable;
  view: CostView;
  heads: { name: string; now: string; before: string | undefined };
  change: (part: Partial<PortalSearch>) => void;
}): ReactElement => {
  const { text, plural, language } = useTexts();
  const { currency } = table.total;
  const lines = linesOf(table, language);
  const looks = new Map(table.top.map((group, position) => [group.key, `c${position + 1}`]));
  const longest = lines.named[0]?.now ?? "1";
  const hasBefore = heads.before !== undefined;
  const nameOf = (group: Group): string => (group.names.join("") === "" ? text("noValue") : group.names.join(" · "));
  const cells = (group: Pick<Group, "now" | "before" | "change">): ReactElement => (
    <>
      {hasBefore && (
        <td className="number dim wide">
          <Money amount={group.before} currency={currency} />
        </td>
      )}
      <td className="number strong">
        <Money amount={group.now} currency={currency} />
      </td>
      {hasBefore && (
        <>
          <td className="number wide">
            {group.change !== undefined && <Money amount={group.change} currency={currency} isChange />}
          </td>
          <td className="number dim">{percentOfChange(group, language)}</td>
        </>
      )}
    </>
  );
  const others = {
    now: added(lines.others, "now"),
    before: added(lines.others, "before"),
    change: added(lines.others, "change"),
  };
  return (
    <table className="lines">
      <caption className="hidden-text">{text("costTable", { currency })}</caption>
      <thead>
        <tr>
          <th scope="col">{heads.name}</th>
          <th scope="col" className="wide bar-cell">
            <span className="hidden-text">{text("shareOfTotal")}</span>
          </th>
          {hasBefore && (
            <th scope="col" className="number wide">
              {heads.before}
            </th>
          )}
          <th scope="col" className="number">
            {heads.now}, {currency}
          </th>
          {hasBefore && (
            <>
              <th scope="col" className="number wide">
                {text("difference")}
              </th>
              <th scope="col" className="number">
                {text("change")}
              </th>
            </>
          )}
        </tr>
      </thead>
      <tbody>
        {lines.named.map((group) => (
          <tr key={group.key}>
            <th scope="row">
              <span className="named">
                <i className={`swatch ${looks.get(group.key) ?? "c0"}`} />
                <Link
                  to="/costs"
                  search={
                    { month: view.to, by: view.by, currency, metric: view.metric, open: `=${group.key}` } as never
                  }
                >
                  <bdi title={nameOf(group)}>{nameOf(group)}</bdi>
                </Link>
              </span>
            </th>
            <td className="wide bar-cell">
              {group.now !== undefined && (
                <div
                  className={`bar ${looks.get(group.key) ?? "c0"}`}
                  style={{ width: `${barLength(group.now, longest)}%` }}
                />
              )}
            </td>
            {cells(group)}
          </tr>
        ))}
        {lines.others.length > 0 && (
          <tr>
            <th scope="row">
              <span className="named">
                <i className="swatch c0" />
                <Link to="/costs" search={{ month: view.to, by: view.by, currency, others: "open" } as never}>
                  {plural("others", lines.others.length)}
                </Link>
              </span>
            </th>
            <td className="wide bar-cell">
              {others.now !== undefined && (
                <div className="bar c0" style={{ width: `${barLength(others.now, longest)}%` }} />
              )}
            </td>
            {cells(others)}
          </tr>
        )}
        {lines.unknown.map((group) => (
          <tr key={group.key}>
            <th scope="row">
              <span className="named">
                <i className="swatch hatched" />
                <bdi title={nameOf(group)}>{nameOf(group)}</bdi>
              </span>
            </th>
            <td className="wide bar-cell dim small">{text("portalNoList")}</td>
            {cells(group)}
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <td>{text("totalIn", { currency })}</td>
          <td className="wide" />
          {cells(table.total)}
        </tr>
      </tfoot>
      {lines.named.length + lines.unknown.length === 0 && (
        <tbody>
          <tr>
            <td colSpan={6}>
              <button type="button" className="link" onClick={() => change({ by: undefined })}>
                {text("noCosts")}
              </button>
            </td>
          </tr>
        </tbody>
      )}
    </table>
  );
};

const YearChart = ({
  table,
  view,
  period,
  monthly,
  metric,
  currencies,
  onCurrency,
}: {
  table: CostTable;
  view: CostView;
  period: { from: string; to: string };
  monthly: CostAnswer;
  metric: string;
  currencies: readonly string[];
  onCurrency: (currency: string) => void;
}): ReactElement => {
  const { text, plural, language } = useTexts();
  const isNarrow = useIsNarrow();
  const { currency } = table.total;
  const wide: CostView = { ...view, ...period, per: "month", before: undefined };
  const asked = useQuery(
    costsQuery(
      table.top.length === 0
        ? undefined
        : seriesQuestion(
            wide,
            currency,
            table.top.map((group) => group.values),
          ),
    ),
  );
  const own = { ...monthly, rows: monthly.rows.filter((row) => row.BillingCurrency === currency) };
  const fresh =
    asked.data === undefined
      ? undefined
      : {
          currency,
          series: [
            ...table.top.map((group, position) => ({
              key: group.key,
              name: group.names.join(" · ") || text("noValue"),
              look: `c${position + 1}`,
            })),
            { key: OTHERS_SERIES, name: text("othersShort"), look: "c0" },
          ] satisfies Series[],
          bars: barsOf(wide, table, { series: asked.data, totals: own, before: undefined }).map((bar) => ({
            ...bar,
            isShaded: bar.time === view.to,
          })),
        };
  const bars = fresh?.bars.slice(isNarrow ? -MONTHS_NARROW : -MONTHS) ?? [];
  const isDrawn = (one: Series): boolean => bars.some((bar) => bar.parts.some((part) => part.series === one.key));
  const word = text(DIMENSION_WORDS[view.by[0] as Dimension].one);
  return (
    <section className="card year" aria-label={text("portalYear")}>
      <header>
        <h2>
          {plural("portalByLast", isNarrow ? Math.min(MONTHS_NARROW, bars.length) : bars.length, { column: word })}
        </h2>
        <span className="sub">{text("portalCostIn", { currency, metric })}</span>
        <span className="grow" />
        {currencies.length > 1 && (
          <Segments
            label={text("currency")}
            choices={currencies.map((one) => ({ value: one, label: one }))}
            chosen={currency}
            onChoose={onCurrency}
          />
        )}
      </header>
      {asked.isError && <ProblemNote error={asked.error} onRetry={() => void asked.refetch()} />}
      {fresh === undefined && !asked.isError && (
        <div className="chart-space" role="status" aria-label={text("loading")}>
          <span className="skeleton" />
        </div>
      )}
      {fresh !== undefined && (
        <div className="chart">
          <div className="legend">
            {fresh.series.filter(isDrawn).map((one) => (
              <span key={one.key} className="named">
                <i className={`swatch ${one.look}`} />
                <bdi>{one.name}</bdi>
              </span>
            ))}
          </div>
          <StackedBars
            bars={bars}
            series={fresh.series}
            description={text("chartDescription", {
              metric,
              currency,
              period: [bars[0]?.time ?? view.to, view.to].map((one) => monthText(one, language, "short")).join(" – "),
            })}
            timeLabel={(time) => monthText(time, language, "brief")}
            axisLabel={(value) => axisText(value, language)}
            tip={(bar) => <ChartTip bar={bar} series={fresh.series} currency={currency} per="month" />}
          />
        </div>
      )}
    </section>
  );
};

const StateOfMonth = ({ month }: { month: MonthOfCustomer | undefined }): ReactElement | null => {
  const { text } = useTexts();
  if (month === undefined) return null;
  return <span className="dim state">{text(month.may_change ? "portalMayChange" : "portalFinal")}</span>;
};

const MonthList = ({
  months,
  rows,
  metric,
  metricName,
  chosen,
}: {
  months: readonly MonthOfCustomer[];
  rows: readonly Row[];
  metric: Metric;
  metricName: string;
  chosen: string;
}): ReactElement => {
  const { text, language } = useTexts();
  const hasFiles = useHasFiles();
  return (
    <section className="card month-list" aria-label={text("months")}>
      <header>
        <h2>{text("months")}</h2>
        <span className="sub">{metricName}</span>
      </header>
      <ul>
        {months
          .toReversed()
          .slice(0, LISTED_MAX)
          .map((month) => {
            const own = rows.filter((row) => row.Month === month.month);
            const name = monthText(month.month, language, "short");
            return (
              <li key={month.month} className={month.month === chosen ? "chosen" : undefined}>
                <span className="of">
                  <Link
                    to="/portal"
                    search={((now: Record<string, unknown>) => ({ ...now, month: month.month })) as never}
                    aria-current={month.month === chosen ? "true" : undefined}
                  >
                    {name}
                  </Link>
                  <StateOfMonth month={month} />
                </span>
                <span className="amounts">
                  {own.map((row) => (
                    <span key={row.BillingCurrency}>
                      <Money amount={row[metric]} currency={row.BillingCurrency ?? ""} showsCurrency />
                    </span>
                  ))}
                  {own.length === 0 && <span className="dim">–</span>}
                </span>
                {hasFiles && (
                  <FocusLink
                    months={{ from: month.month, to: month.month }}
                    format="csv"
                    label={text("portalFocusOf", { month: name, format: "CSV" })}
                    className="control icon small"
                  />
                )}
              </li>
            );
          })}
      </ul>
      <footer>
        <Link to="/portal/files" search={((now: Record<string, unknown>) => ({ month: now.month })) as never}>
          {text("portalAllFiles")}
        </Link>
      </footer>
    </section>
  );
};

const FileCard = ({
  view,
  answer,
  columns,
}: {
  view: CostView;
  answer: CostAnswer | undefined;
  columns: Columns;
}): ReactElement => {
  const texts = useTexts();
  const { text, language } = texts;
  const hasFiles = useHasFiles();
  const brand = useQuery(brandQuery);
  const makeWorkbook = useWorkbook();
  const month = monthText(view.to, language);
  const { support_text: help, support_link: link } = brand.data ?? {};
  return (
    <section className="card" aria-label={text("portalAsFile", { month })}>
      <header>
        <h2>{text("portalAsFile", { month })}</h2>
      </header>
      <div className="file-buttons">
        <button
          type="button"
          className="control"
          disabled={answer === undefined}
          onClick={() => answer !== undefined && void makeWorkbook(workbookOfCosts(view, answer, columns, texts))}
        >
          <Icon name="download" />
          XLSX
        </button>
        <button
          type="button"
          className="control"
          disabled={answer === undefined}
          onClick={() => answer !== undefined && saveCsv(answer, `costs-${view.to}`)}
        >
          <Icon name="download" />
          CSV
        </button>
        {hasFiles && (
          <>
            <FocusLink
              months={{ from: view.to, to: view.to }}
              format="csv"
              label={text("portalFocusOf", { month, format: "CSV" })}
              className="control"
            >
              FOCUS 1.2
            </FocusLink>
            <FocusLink
              months={{ from: view.to, to: view.to }}
              format="parquet"
              label={text("portalFocusOf", { month, format: "Parquet" })}
              className="control"
            >
              Parquet
            </FocusLink>
          </>
        )}
      </div>
      <p className="about dim">
        {!hasFiles && `${text("portalNoFilesActing")} `}
        {view.metric === "ListCost" && text("portalListMeans")} {help}{" "}
        {link !== undefined && link !== "" && <a href={link}>{link.replace(/^mailto:/, "")}</a>}
      </p>
    </section>
  );
};

const Overview = ({ view, known, columns }: { view: CostView; known: string[]; columns: Columns }): ReactElement => {
  const me = useMe();
  const texts = useTexts();
  const { text, language } = texts;
  const search = useSearch({ from: "/portal" });
  const navigate = useNavigate({ from: "/portal" });
  const change = (part: Partial<PortalSearch>): void =>
    void navigate({ search: (now) => ({ ...now, ...part }), resetScroll: false });
  const earliest = monthsBefore(view.to, MONTHS - 1);
  const first = known[0] ?? view.to;
  const period = { from: first > earliest ? first : earliest, to: view.to };
  const months = useQuery(monthsQuery);
  const own = (months.data ?? []).filter((month): month is MonthOfCustomer => !isOfPartner(month));
  const answer = useQuery(costsQuery(tableQuestion(view)));
  const listed = useQuery(
    costsQuery({
      ...(known.length > 1 ? { from: first, to: known.at(-1) ?? view.to } : { month: view.to }),
      by: ["Month", "BillingCurrency"],
      metrics: [view.metric],
    }),
  );
  const name = useQuery(ownNameQuery(view.to, view.metric));
  const fresh = useMemo(
    () => (answer.data === undefined ? undefined : { view, answer: answer.data }),
    [answer.data, view],
  );
  const shown = useLast(fresh);
  const totals = shown === undefined ? [] : totalsOf(shown.answer, shown.view);
  const order = totals.toSorted((left, right) => compare(right.now ?? "0", left.now ?? "0"));
  const total = totals.find((one) => one.currency === search.currency) ?? order[0];
  const table = shown === undefined || total === undefined ? undefined : costTable(shown.answer, shown.view, total);
  const metric = columns.metricLabel(view.metric);
  const before = view.before === undefined ? undefined : monthText(view.before.to, language, "name");
  const state = own.find((month) => month.month === view.to);
  const told = [
    name.data === undefined || name.data === "" ? (me.customer ?? me.acting_as ?? "") : name.data,
    ...(state === undefined ? [] : [text(state.may_change ? "portalMonthMayChange" : "portalMonthFinal")]),
    ...(shown?.answer.data_as_of === undefined
      ? []
      : [text("dataAsOfMoment", { at: momentText(shown.answer.data_as_of, language) })]),
  ];
  const notices = shown === undefined ? [] : noticesOf(shown.answer, columns.metricLabel, texts);
  const amounts = (currency: string): Amount[] =>
    [...monthsOf((listed.data?.rows ?? []) as Row[], currency, view.metric)]
      .filter(([month]) => month >= period.from && month <= period.to)
      .sort()
      .map(([, amount]) => amount);
  const failed = [answer, listed].filter((query) => query.isError && !isLost(query.error));
  const word = DIMENSION_WORDS[view.by[0] as Dimension];
  return (
    <main className="portal-main" id="content">
      <div className="head">
        <ScreenTitle>{text("portalCostsIn", { month: monthText(view.to, language) })}</ScreenTitle>
        <p className="sub">
          <bdi>{told.join(" · ")}</bdi>
        </p>
        {columns.metrics.length > 1 ? <span className="break" /> : <span className="grow" />}
        <Segments
          label={text("groupBy")}
          choices={DIMENSIONS.map((one) => ({ value: one, label: text(DIMENSION_WORDS[one].plural) }))}
          chosen={view.by[0] ?? ""}
          onChoose={(one) => change({ by: one === DIMENSIONS[0] ? undefined : (one as Dimension) })}
        />
        {columns.metrics.length > 1 && <span className="grow" />}
        {columns.metrics.length > 1 && (
          <Segments
            label={text("measure")}
            choices={columns.metrics.map((one) => ({ value: one, label: columns.metricLabel(one) }))}
            chosen={view.metric}
            onChoose={(one) => change({ metric: one as Metric })}
          />
        )}
      </div>
      <div className={fresh === undefined ? "left stale" : "left"} aria-busy={fresh === undefined}>
        {failed[0] !== undefined && (
          <ProblemNote error={failed[0].error} onRetry={() => failed.forEach((query) => void query.refetch())} />
        )}
        {shown === undefined && failed.length === 0 && (
          <section className="card">
            <table>
              <SkeletonRows rows={12} columns={5} />
            </table>
          </section>
        )}
        {shown !== undefined && table === undefined && (
          <section className="card">
            <Empty title={text("noCosts")}>{text("noCostsWhy")}</Empty>
          </section>
        )}
        {table !== undefined && shown !== undefined && (
          <>
            <div className="currency-cards" role="group" aria-label={text("currency")}>
              {totals.map((one) => (
                <CurrencyCard
                  key={one.currency}
                  total={one}
                  metric={metric}
                  before={before}
                  year={amounts(one.currency)}
                  isChosen={one.currency === table.total.currency}
                  onChoose={() => change({ currency: one.currency })}
                />
              ))}
            </div>
            {listed.data !== undefined && period.from !== period.to && (
              <YearChart
                table={table}
                view={shown.view}
                period={period}
                monthly={listed.data}
                metric={metric}
                currencies={totals.map((one) => one.currency)}
                onCurrency={(currency) => change({ currency })}
              />
            )}
            <section className="card" aria-label={text("costs")}>
              <CostLines
                table={table}
                view={shown.view}
                heads={{ name: text(word.one), now: monthText(view.to, language, "name"), before }}
                change={change}
              />
            </section>
            {notices.length > 0 && (
              <ul className="notices dim">
                {notices.map((notice) => (
                  <li key={notice}>{notice}</li>
                ))}
              </ul>
            )}
          </>
        )}
      </div>
      <div className="right">
        <MonthList
          months={own}
          rows={(listed.data?.rows ?? []) as Row[]}
          metric={view.metric}
          metricName={metric}
          chosen={view.to}
        />
        <FileCard view={view} answer={answer.data} columns={columns} />
      </div>
    </main>
  );
};

export const OverviewScreen = (): ReactElement => {
  const { text } = useTexts();
  const search = useSearch({ from: "/portal" });
  const { scope, months } = useScope();
  const columns = useColumns();
  const by = search.by ?? DIMENSIONS[0];
  const view = useMemo(
    () =>
      scope.month === undefined
        ? undefined
        : viewOf(
            { by: [by], metric: search.metric, top: String(COLORED) },
            { month: scope.month, connection: undefined, months: scope.months, metrics: columns.metrics },
          ),
    [by, search.metric, scope.month, scope.months, columns.metrics],
  );
  const failed = [months, columns].find((query) => query.error !== null);
  if (view !== undefined && !columns.isPending && columns.metrics.length > 0) {
    return <Overview view={view} known={scope.months} columns={columns} />;
  }
  return (
    <main className="portal-main" id="content">
      <div className="head">
        <ScreenTitle>{text("costs")}</ScreenTitle>
      </div>
      <div className="left">
        {failed !== undefined && <ProblemNote error={failed.error} onRetry={() => void months.refetch()} />}
        <section className="card">
          {months.isSuccess && scope.month === undefined ? (
            <Empty title={text("noMonths")}>{text("noMonthsCustomer")}</Empty>
          ) : (
            <table>
              <SkeletonRows rows={12} columns={5} />
            </table>
          )}
        </section>
      </div>
    </main>
  );
};
