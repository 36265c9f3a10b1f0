// Is a month complete, may it still change, and what came after it was locked: the calendar of all connections.
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useMemo } from "react";

import type { Schemas } from "../api/client";
import { freshnessQuery, lateChangesQuery, type MonthOfPartner } from "../api/queries";
import { asSentence, readable } from "../connections/told";
import { countText, dayText, momentText, monthsBetween, monthText, shortCountText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { useInvoiceCheck } from "../invoices/InvoiceCheck";
import { isOfPartner, useScope } from "../shell/scope";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import {
  CopyButton,
  Empty,
  MONTH_STATES,
  MonthStatePill,
  Pill,
  ProblemNote,
  ScreenTitle,
  Scrolls,
  SkeletonRows,
} from "../ui/parts";
import { LateChanges } from "./LateChanges";
import { LockButton } from "./LockButton";

type LateChange = Schemas["LateChange"];

const MONTHS_MAX = 13;
const STATES = ["missing", "partial", "late", "open", "complete", "locked"] as const;
const NEED_ACTION: readonly string[] = ["missing", "partial", "late"];

export const keyOf = (month: { connection: string; month: string }): string => `${month.connection}/${month.month}`;

/** The state to show: a decision that is open counts more than the lock. */
export const shownState = (month: MonthOfPartner, late: ReadonlyMap<string, LateChange>): string =>
  late.get(keyOf(month))?.decision === "open" ? "late" : month.state;

const wordOf = (state: string): TextKey => MONTH_STATES[state]?.label ?? "stateOpen";

const Cell = ({
  month,
  state,
  isChosen,
  onChoose,
}: {
  month: MonthOfPartner;
  state: string;
  isChosen: boolean;
  onChoose: () => void;
}): ReactElement => {
  const { text, plural, language } = useTexts();
  const name = `${month.connection}, ${monthText(month.month, language)}: ${text(wordOf(state))}`;
  const told = `${name}, ${plural("chargeCount", month.charges)}`;
  return (
    <button
      type="button"
      className={`month ${state}`}
      aria-pressed={isChosen}
      title={month.reason === "" ? told : `${told}. ${month.reason}`}
      onClick={onChoose}
    >
      <span className="hidden-text">{name}</span>
      <Icon name={MONTH_STATES[state]?.icon ?? "clock"} size={14} />
      {state === "missing" ? text("noRunShort") : shortCountText(month.charges, language)}
    </button>
  );
};

const Calendar = ({
  months,
  late,
  chosen,
  onChoose,
}: {
  months: readonly MonthOfPartner[];
  late: ReadonlyMap<string, LateChange>;
  chosen: MonthOfPartner | undefined;
  onChoose: (month: MonthOfPartner) => void;
}): ReactElement => {
  const { text, language } = useTexts();
  const connections = [...new Set(months.map((month) => month.connection))].sort();
  const known = months.map((month) => month.month).sort();
  const columns = monthsBetween(known[0] ?? "", known.at(-1) ?? "").slice(-MONTHS_MAX);
  const byKey = new Map(months.map((month) => [keyOf(month), month]));
  const counts = new Map<string, number>();
  for (const month of months) {
    const state = shownState(month, late);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return (
    <section className="card" aria-label={text("calendar")}>
      <Scrolls>
        <table className="calendar">
          <caption className="hidden-text">{text("calendar")}</caption>
          <thead>
            <tr>
              <th scope="col">{text("connection")}</th>
              {columns.map((month, position) => (
                <th key={month} scope="col" abbr={monthText(month, language)}>
                  {monthText(month, language, "brief")}
                  {(position === 0 || month.endsWith("-01")) && <div>{month.slice(0, 4)}</div>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {connections.map((connection) => (
              <tr key={connection}>
                <th scope="row" title={connection}>
                  {connection}
                </th>
                {columns.map((column) => {
                  const month = byKey.get(keyOf({ connection, month: column }));
                  return (
                    <td key={column}>
                      {month !== undefined && (
                        <Cell
                          month={month}
                          state={shownState(month, late)}
                          isChosen={month === chosen}
                          onChoose={() => onChoose(month)}
                        />
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
      <div className="legend-of-states">
        {STATES.filter((state) => counts.has(state)).map((state) => (
          <span key={state}>
            <span className={`month ${state}`} aria-hidden="true">
              <Icon name={MONTH_STATES[state]?.icon ?? "clock"} size={12} />
            </span>
            {text(wordOf(state))} <b>{counts.get(state)}</b>
          </span>
        ))}
      </div>
    </section>
  );
};

type Run = MonthOfPartner["runs"][number];

/** Newer than what is in force: it waits for a decision. */
const isHeld = (run: Run, runs: readonly Run[]): boolean =>
  runs.some((one) => one.in_force && one.dataset === run.dataset && one.submitted_at < run.submitted_at);

const Runs = ({ month, isLate }: { month: MonthOfPartner; isLate: boolean }): ReactElement => {
  const { text, language } = useTexts();
  if (month.runs.length === 0) return <p className="empty dim">{text("noRunImported")}</p>;
  return (
    <Scrolls>
      <table>
        <thead>
          <tr>
            <th scope="col">{text("dataset")}</th>
            <th scope="col">{text("made")}</th>
            <th scope="col" className="number">
              {text("rows")}
            </th>
            <th scope="col" className="number">
              {text("rejected")}
            </th>
            <th scope="col">{text("state")}</th>
          </tr>
        </thead>
        <tbody>
          {month.runs.map((run) => (
            <tr key={run.import}>
              <td title={run.run_id}>{run.dataset}</td>
              <td className="nowrap" title={text("coversUntil", { day: dayText(run.covers_until, language) })}>
                {momentText(run.submitted_at, language, "brief")}
              </td>
              <td className="number">{countText(run.rows, language)}</td>
              <td className={run.rejected > 0 ? "number bad" : "number"}>{countText(run.rejected, language)}</td>
              <td>
                {run.in_force ? (
                  <Pill tone="good" icon="check">
                    {text("inForce")}
                  </Pill>
                ) : isLate && isHeld(run, month.runs) ? (
                  <Pill tone="warn" icon="lock">
                    {text("held")}
                  </Pill>
                ) : (
                  <Pill tone="none">{text("superseded")}</Pill>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
};

const Details = ({ month, state }: { month: MonthOfPartner; state: string }): ReactElement => {
  const me = useMe();
  const { text, language } = useTexts();
  const freshness = useQuery({ ...freshnessQuery, enabled: hasRight(me, "read-connections") });
  const invoices = useInvoiceCheck(month.month, month.charges > 0 && hasRight(me, "read-partner-costs"));
  const next = readable(month.next ?? "", language);
  const source = freshness.data?.find((one) => one.connection === month.connection);
  return (
    <section className="card" aria-label={text("details")}>
      <header>
        <h2>
          {month.connection} · {monthText(month.month, language, "short")}
        </h2>
        <span className="grow" />
        <MonthStatePill state={state} />
      </header>
      <dl className="facts">
        {month.reason !== "" && (
          <>
            <dt>{text("why")}</dt>
            <dd>{asSentence(readable(month.reason, language))}</dd>
          </>
        )}
        {next !== "" && (
          <>
            <dt>{text("next")}</dt>
            <dd>{asSentence(next)}</dd>
          </>
        )}
        <dt>{text("charges")}</dt>
        <dd>{countText(month.charges, language)}</dd>
        <dt>{text("split")}</dt>
        <dd>{text(month.split ? "isSplit" : "isNotSplit")}</dd>
        {invoices !== undefined && (
          <>
            <dt>{text("invoices")}</dt>
            <dd>
              <Icon name={invoices.isGood ? "check" : "warning"} size={12} /> {invoices.told}
            </dd>
          </>
        )}
        <dt>{text("dataAsOf")}</dt>
        <dd>{momentText(month.data_as_of, language)}</dd>
        {source?.next_expected !== undefined && (
          <>
            <dt>{text("nextRun")}</dt>
            <dd>{momentText(source.next_expected, language)}</dd>
          </>
        )}
      </dl>
      <header>
        <h3>{text("runs")}</h3>
        <span className="sub">{text("timesInUtc")}</span>
      </header>
      <Runs month={month} isLate={state === "late"} />
      <footer>
        <span className="grow dim">
          {month.rejected === 0
            ? text("noRejects")
            : text("someRejects", { count: countText(month.rejected, language) })}
        </span>
        {hasRight(me, "manage-months") && month.state !== "missing" && <LockButton month={month} />}
      </footer>
    </section>
  );
};

export const MonthsScreen = (): ReactElement => {
  const { text, plural } = useTexts();
  const search = useSearch({ from: "/months" });
  const navigate = useNavigate({ from: "/months" });
  const { scope, months } = useScope();
  const lateChanges = useQuery(lateChangesQuery);
  const all = useMemo(
    () =>
      (months.data ?? [])
        .filter(isOfPartner)
        .filter((month) => scope.connection === undefined || month.connection === scope.connection),
    [months.data, scope.connection],
  );
  // The newest decision of a month counts.
  const late = useMemo(
    () => new Map((lateChanges.data ?? []).toSorted(byHeldAt).map((change) => [keyOf(change), change])),
    [lateChanges.data],
  );
  const chosen =
    all.find((month) => keyOf(month) === search.at) ?? all.find((month) => month.month === scope.month) ?? all.at(-1);
  const needAction = all.filter((month) => NEED_ACTION.includes(shownState(month, late))).length;
  const lateOfChosen = chosen === undefined ? undefined : late.get(keyOf(chosen));
  return (
    <main className="main" id="content">
      <div className="row wrap">
        <ScreenTitle>{text("months")}</ScreenTitle>
        {months.isSuccess && (
          <span className="sub">{needAction === 0 ? text("noneNeedsAction") : plural("needAction", needAction)}</span>
        )}
        <span className="grow" />
        <CopyButton
          content={() => "apportion months"}
          label={text("copyCommand")}
          className="control large-only"
          icon="terminal"
        />
      </div>
      {months.isError && <ProblemNote error={months.error} onRetry={() => void months.refetch()} />}
      {lateChanges.isError && <ProblemNote error={lateChanges.error} onRetry={() => void lateChanges.refetch()} />}
      {months.isPending && (
        <section className="card" aria-label={text("calendar")}>
          <table>
            <SkeletonRows rows={4} columns={8} />
          </table>
        </section>
      )}
      {months.isSuccess && chosen === undefined && (
        <section className="card" aria-label={text("calendar")}>
          <Empty title={text("noMonths")} command="apportion sync">
            {text("noMonthsWhy")}
          </Empty>
        </section>
      )}
      {chosen !== undefined && (
        <div className="columns">
          <div>
            <Calendar
              months={all}
              late={late}
              chosen={chosen}
              onChoose={(month) =>
                void navigate({ search: (now) => ({ ...now, at: keyOf(month) }), replace: true, resetScroll: false })
              }
            />
            {lateOfChosen !== undefined && <LateChanges key={keyOf(chosen)} change={lateOfChosen} months={all} />}
          </div>
          <Details month={chosen} state={shownState(chosen, late)} />
        </div>
      )}
    </main>
  );
};

const byHeldAt = (left: LateChange, right: LateChange): number => left.held_at.localeCompare(right.held_at);
