// The explorer: one question, answered as a chart and a table with one order and one set of colours. The address holds
// all of it.
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useCallback, useMemo } from "react";

import { type CostAnswer, costsQuery, customersQuery } from "../api/queries";
import { type Series, StackedBars } from "../charts/StackedBars";
import { axisText, dayText, type Language, momentText, monthText } from "../format/format";
import { type Texts, useTexts } from "../i18n/texts";
import { incompleteMonths, isOfPartner, useScope } from "../shell/scope";
import { hasRight, isPartner, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { useLast } from "../ui/last";
import { Empty, ProblemNote, ScreenTitle, SkeletonRows } from "../ui/parts";
import { ChartTip } from "./ChartTip";
import { type Columns, useColumns } from "./columns";
import { type Change, Controls } from "./Controls";
import { CostTableView, type Line, linesOf } from "./CostTableView";
import { CurrencyTabs } from "./CurrencyTabs";
import { Downloads } from "./Downloads";
import { DrillPanel } from "./DrillPanel";
import { costTable, type CostTable, type Group, groupsOf, sorted, totalsOf } from "./groups";
import { noticesOf } from "./notices";
import {
  type CostSearch,
  type CostView,
  seriesQuestion,
  tableQuestion,
  totalsQuestion,
  viewOf,
  withFilter,
} from "./search";
import { barsOf, drawnGroups, OTHERS_SERIES, UNASSIGNED_SERIES } from "./series";
import { Views } from "./Views";

// Values in the address that may be empty have a sign in front.
const MARK = "=";
const marked = (value: string | undefined): string | undefined => (value === undefined ? undefined : MARK + value);
const unmarked = (value: string | undefined): string | undefined => value?.slice(MARK.length);

const periodText = (from: string, to: string, language: Language): string =>
  from === to
    ? monthText(from, language)
    : `${monthText(from, language, "short")} – ${monthText(to, language, "short")}`;

const headText = (from: string, to: string, language: Language): string =>
  from === to ? monthText(from, language, "name") : periodText(from, to, language);

const seriesOf = (table: CostTable, lines: readonly Line[], texts: Texts): Series[] => {
  const names = new Map(lines.map((line) => [line.group.key, line.label]));
  return [
    ...table.top.map((group, position) => ({
      key: group.key,
      name: names.get(group.key) ?? "",
      look: `c${position + 1}`,
    })),
    { key: OTHERS_SERIES, name: texts.text("othersShort"), look: "c0" },
    { key: UNASSIGNED_SERIES, name: texts.text("unassigned"), look: "hatched" },
  ];
};

const CostChart = ({
  view,
  table,
  lines,
  metric,
  onPick,
}: {
  view: CostView;
  table: CostTable;
  lines: readonly Line[];
  metric: string;
  onPick: (series: string) => void;
}): ReactElement => {
  const texts = useTexts();
  const { text, language } = texts;
  const { currency } = table.total;
  const groups = drawnGroups(table);
  const byGroup = useQuery(
    costsQuery(
      seriesQuestion(
        view,
        currency,
        groups.map((group) => group.values),
      ),
    ),
  );
  const totals = useQuery(costsQuery(totalsQuestion(view, currency, "now")));
  const before = useQuery(costsQuery(totalsQuestion(view, currency, "before")));
  const series = useMemo(() => seriesOf(table, lines, texts), [table, lines, texts]);
  const isBeforeThere = view.before === undefined || before.data !== undefined;
  const fresh = useMemo(
    () =>
      byGroup.data === undefined || totals.data === undefined || !isBeforeThere
        ? undefined
        : {
            view,
            currency,
            series,
            bars: barsOf(view, table, { series: byGroup.data, totals: totals.data, before: before.data }),
          },
    [view, currency, series, table, byGroup.data, totals.data, before.data, isBeforeThere],
  );
  const shown = useLast(fresh);
  const failed = [byGroup, totals, before].find((query) => query.isError);
  if (failed !== undefined) return <ProblemNote error={failed.error} onRetry={() => void failed.refetch()} />;
  if (shown === undefined)
    return (
      <div className="chart-space" role="status" aria-label={text("loading")}>
        <span className="skeleton" />
      </div>
    );
  return (
    <div className={fresh === undefined ? "chart stale" : "chart"} aria-busy={fresh === undefined}>
      <div className="legend">
        <span>{text(shown.view.per === "day" ? "chartPerDay" : "chartPerMonth", { currency: shown.currency })}</span>
        <span className="grow" />
        {shown.view.before !== undefined && (
          <span className="named">
            <svg width="18" height="8" aria-hidden="true">
              <path className="before-mark" d="M0 4h18" />
            </svg>
            {text("totalBefore", { period: headText(shown.view.before.from, shown.view.before.to, language) })}
          </span>
        )}
      </div>
      <StackedBars
        bars={shown.bars}
        series={shown.series}
        description={text("chartDescription", {
          metric,
          currency: shown.currency,
          period: periodText(shown.view.from, shown.view.to, language),
        })}
        timeLabel={(time, isFirst) =>
          shown.view.per === "month"
            ? monthText(time, language, "brief")
            : isFirst || time.endsWith("-01")
              ? dayText(time, language, "brief")
              : time.slice(8).replace(/^0/, "")
        }
        axisLabel={(value) => axisText(value, language)}
        tip={(bar) => <ChartTip bar={bar} series={shown.series} currency={shown.currency} per={shown.view.per} />}
        onPick={onPick}
      />
    </div>
  );
};

const BILLED = "BilledCost";

const Notices = ({
  answer,
  view,
  incomplete,
  metricLabel,
  onBilled,
}: {
  answer: CostAnswer;
  view: CostView;
  metricLabel: Columns["metricLabel"];
  /** Months that are shown and not complete. */
  incomplete: readonly string[];
  onBilled: () => void;
}): ReactElement | null => {
  const texts = useTexts();
  const { text, language } = texts;
  const isUnknown = view.metric !== BILLED && answer.totals.some((row) => row[view.metric] === undefined);
  const told = noticesOf(answer, metricLabel, texts);
  if (incomplete.length > 0) {
    const months = incomplete.map((month) => monthText(month, language)).join(", ");
    told.push(
      view.before === undefined
        ? text("homeNotComplete", { month: months })
        : text("costsNotComplete", { month: months, before: headText(view.before.from, view.before.to, language) }),
    );
  }
  if (answer.source === "charges") told.push(text("fromCharges"));
  if (answer.next !== undefined) told.push(text("cutOff"));
  if (told.length === 0) return null;
  return (
    <div className={answer.holes.length > 0 ? "note warn" : "note"}>
      <Icon name={answer.holes.length > 0 ? "warning" : "clock"} />
      <ul>
        {told.map((notice) => (
          <li key={notice}>{notice}</li>
        ))}
      </ul>
      {isUnknown && (
        <button type="button" className="control small" onClick={onBilled}>
          {text("costsShowBilled")}
        </button>
      )}
    </div>
  );
};

// Nothing is open beside the table.
const CLOSED: Partial<CostSearch> = { open: undefined, part: undefined, row: undefined };

const Explorer = ({
  view: asked,
  search,
  change,
  months,
  incomplete,
}: {
  view: CostView;
  search: CostSearch;
  change: Change;
  months: readonly string[];
  incomplete: readonly string[];
}): ReactElement => {
  const me = useMe();
  const texts = useTexts();
  const { text, plural, language } = texts;
  const columns = useColumns();
  const answer = useQuery(costsQuery(tableQuestion(asked)));
  const fresh = useMemo(
    () => (answer.data === undefined ? undefined : { view: asked, answer: answer.data }),
    [answer.data, asked],
  );
  // An answer is read by the question that it answers, also while another one is on its way.
  const shown = useLast(fresh);
  const view = shown?.view ?? asked;
  const totals = useMemo(() => (shown === undefined ? [] : totalsOf(shown.answer, shown.view)), [shown]);
  const sort = search.sort ?? "now";
  const openKey = unmarked(search.open);
  const tables = useMemo(
    () => (shown === undefined ? [] : totals.map((total) => costTable(shown.answer, shown.view, total, sort))),
    [shown, totals, sort],
  );
  // Without a currency, a link shows what it opens in the first one that has it.
  const table = useMemo(
    () =>
      tables.find((one) => one.total.currency === search.currency) ??
      tables.find((one) => groupsOf(one).some((group) => group.key === openKey)) ??
      tables[0],
    [tables, search.currency, openKey],
  );
  const isOneOfOthersOpen = table?.others.some((group) => group.key === openKey) === true;
  const isOthersOpen = search.others === "open" || isOneOfOthersOpen;
  const lines = useMemo(
    () =>
      table === undefined
        ? []
        : linesOf(
            table,
            sorted(table.top, sort, language),
            isOthersOpen ? sorted(table.others, sort, language) : [],
            {
              others: plural("others", table.others.length),
              unassigned: text("unassigned"),
              noValue: text("noValue"),
            },
          ),
    [table, sort, language, isOthersOpen, plural, text],
  );
  const namesCustomers = asked.where.some((filter) => filter.column === "CustomerId");
  const customers = useQuery({ ...customersQuery, enabled: namesCustomers && hasRight(me, "read-customers") });
  const names = useMemo(
    () => new Map((customers.data ?? []).map((customer) => [customer.id, customer.name])),
    [customers.data],
  );
  const steps = lines.filter((line) => line.kind !== "others" && line.group.values.length > 0);
  const openAt = steps.findIndex((line) => line.group.key === openKey);
  const opened = steps[openAt];
  const open = (group: Group): void => change({ open: marked(group.key), part: undefined, row: undefined });
  const close = (): void => {
    change(CLOSED);
    requestAnimationFrame(() => document.querySelector<HTMLElement>("tr.chosen")?.focus());
  };
  const pick = (series: string): void => {
    if (series === OTHERS_SERIES) change({ others: "open" });
    else {
      const line = steps.find((one) =>
        series === UNASSIGNED_SERIES ? one.kind === "unassigned" : one.group.key === series,
      );
      if (line !== undefined) open(line.group);
    }
  };
  const filterBy = (group: Group): void => {
    let where = search.where;
    view.by.forEach((column, position) => {
      where = withFilter({ ...search, where }, { column, values: [group.values[position] ?? ""] });
    });
    change({ where, ...CLOSED });
  };
  const now = headText(view.from, view.to, language);
  const before = view.before === undefined ? "" : headText(view.before.from, view.before.to, language);
  const controls = { view: asked, search, columns, change };
  const metric = columns.metricLabel(view.metric);
  return (
    <main className={opened === undefined ? "main" : "main beside-panel"} id="content">
      <div className="costs">
        <div className="row wrap">
          <ScreenTitle>{text("costs")}</ScreenTitle>
          <Views view={asked} onOpen={(saved) => change({ ...EMPTY, ...saved })} />
          <span className="grow" />
          <Downloads view={asked} columns={columns} answer={answer.data} />
        </div>
        <Controls {...controls} months={months} names={names} />
        {answer.isError && <ProblemNote error={answer.error} onRetry={() => void answer.refetch()} />}
        {shown !== undefined && (
          <Notices
            answer={shown.answer}
            view={view}
            metricLabel={columns.metricLabel}
            incomplete={incomplete.filter((month) => month >= view.from && month <= view.to)}
            onBilled={() => change({ metric: BILLED })}
          />
        )}
        {(shown !== undefined || !answer.isError) && (
          <section className="card" aria-label={text("costs")}>
            {shown === undefined && (
              <table>
                <SkeletonRows rows={10} columns={6} />
              </table>
            )}
            {shown !== undefined && (table === undefined || lines.length === 0) && (
              <Empty title={text("noCosts")}>{text(view.where.length > 0 ? "noCostsFiltered" : "noCostsWhy")}</Empty>
            )}
            {table !== undefined && lines.length > 0 && (
              <>
                <CurrencyTabs
                  totals={totals}
                  chosen={table.total.currency}
                  onChoose={(currency) => change({ currency, ...CLOSED })}
                />
                <CostChart view={view} table={table} lines={lines} metric={metric} onPick={pick} />
                <CostTableView
                  lines={lines}
                  table={table}
                  heads={{ name: view.by.map(columns.label).join(" · "), now, before }}
                  hasBefore={view.before !== undefined}
                  sort={sort}
                  onSort={(by) => change({ sort: by === "now" ? undefined : by })}
                  chosen={openKey}
                  isOpen={opened !== undefined}
                  isOthersOpen={isOthersOpen}
                  totalLabel={`${text("totalIn", { currency: table.total.currency })} · ${plural(
                    "groups",
                    table.top.length + table.others.length,
                  )}`}
                  onOpen={open}
                  onFilter={filterBy}
                  onToggleOthers={() =>
                    change({ others: isOthersOpen ? undefined : "open", ...(isOneOfOthersOpen ? CLOSED : {}) })
                  }
                  isStale={fresh === undefined}
                />
              </>
            )}
          </section>
        )}
        {shown?.answer.data_as_of !== undefined && !isPartner(me) && (
          <p className="sub">{text("dataAsOfMoment", { at: momentText(shown.answer.data_as_of, language) })}</p>
        )}
      </div>
      {opened !== undefined && table !== undefined && (
        <DrillPanel
          key={opened.group.key}
          view={view}
          columns={columns}
          currency={table.total.currency}
          opened={{
            group: opened.group,
            title: opened.label,
            part: unmarked(search.part),
            row: search.row,
          }}
          subtitle={[metric, table.total.currency, before === "" ? now : text("against", { now, before })].join(" · ")}
          onChange={({ part, row }) => change({ part: marked(part), row })}
          onStep={(by) => {
            const next = steps[openAt + by];
            if (next !== undefined) open(next.group);
          }}
          onClose={close}
        />
      )}
    </main>
  );
};

const EMPTY: CostSearch = {
  by: undefined,
  metric: undefined,
  where: undefined,
  compare: undefined,
  open: undefined,
  part: undefined,
  row: undefined,
  others: undefined,
};

export const CostsScreen = (): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const search = useSearch({ from: "/costs" });
  const navigate = useNavigate({ from: "/costs" });
  const { scope, months } = useScope();
  const columns = useColumns();
  const change = useCallback<Change>(
    (part) => void navigate({ search: (now) => ({ ...now, ...part }), replace: "sort" in part, resetScroll: false }),
    [navigate],
  );
  const known = columns.metrics;
  const defaultBy = isPartner(me) ? undefined : ["ServiceName"];
  const view = useMemo(
    () =>
      scope.month === undefined
        ? undefined
        : viewOf(
            { ...search, by: search.by ?? defaultBy },
            { month: scope.month, connection: scope.connection, months: scope.months, metrics: known },
          ),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [search, scope, known, isPartner(me)],
  );
  const incomplete = useMemo(
    () => incompleteMonths((months.data ?? []).filter(isOfPartner), scope.connection),
    [months.data, scope.connection],
  );
  const failed = [months, columns].find((query) => query.error !== null);
  if (view !== undefined && !columns.isPending) {
    return <Explorer view={view} search={search} change={change} months={scope.months} incomplete={incomplete} />;
  }
  return (
    <main className="main" id="content">
      <ScreenTitle>{text("costs")}</ScreenTitle>
      {failed !== undefined && <ProblemNote error={failed.error} onRetry={() => void months.refetch()} />}
      <section className="card" aria-label={text("costs")}>
        {months.isSuccess && scope.month === undefined ? (
          <Empty title={text("noMonths")} command={isPartner(me) ? "apportion sync" : undefined}>
            {text(isPartner(me) ? "noMonthsWhy" : "noMonthsCustomer")}
          </Empty>
        ) : (
          <table>
            <SkeletonRows rows={10} columns={6} />
          </table>
        )}
      </section>
    </main>
  );
};
