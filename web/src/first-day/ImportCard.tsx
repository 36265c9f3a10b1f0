// The first import: how far it is, which runs are in, and what can be looked at already.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useEffect } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { costsQuery, type MonthOfPartner, monthsQuery, queryClient } from "../api/queries";
import { FlowProblems } from "../connections/FlowProblems";
import { type Job, useWork } from "../connections/queries";
import { Progress, StopButton, WorkNote } from "../connections/WorkNote";
import { amountText, exactText, monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { isOfPartner } from "../shell/scope";
import { Icon } from "../ui/icons";
import { Scrolls } from "../ui/parts";

const MONTHS_MAX = 13;
const DATASETS = ["ActualCost", "AmortizedCost"];
const LOOK_AGAIN = 2000;

const RunCells = ({ months }: { months: readonly MonthOfPartner[] }): ReactElement | null => {
  const { text, language } = useTexts();
  const names = [...new Set(months.map((month) => month.month))].sort().toReversed().slice(0, MONTHS_MAX);
  if (names.length === 0) return null;
  const isIn = (month: string, dataset: string): boolean =>
    months.some((one) => one.month === month && one.runs.some((run) => run.dataset === dataset && run.in_force));
  return (
    <Scrolls>
      <table className="run-cells">
        <caption className="hidden-text">{text("firstDayRunsOfMonths")}</caption>
        <thead>
          <tr>
            <th scope="col">{text("dataset")}</th>
            {names.map((month) => (
              <th key={month} scope="col" title={monthText(month, language)}>
                {monthText(month, language, "brief")}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {DATASETS.map((dataset) => (
            <tr key={dataset}>
              <th scope="row">{dataset}</th>
              {names.map((month) => (
                <td key={month}>
                  {isIn(month, dataset) ? (
                    <span className="cell in">
                      <Icon name="check" size={12} />
                      <span className="hidden-text">{text("firstDayRunIsIn")}</span>
                    </span>
                  ) : (
                    <span className="cell">
                      <span className="hidden-text">{text("firstDayRunIsNotIn")}</span>
                    </span>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
};

/** The newest month that is complete, else the newest with charges. */
export const monthToLookAt = (months: readonly MonthOfPartner[]): string | undefined => {
  const withCharges = months.filter((month) => month.charges > 0).map((month) => month.month);
  const whole = months.filter((month) => month.state === "complete" || month.state === "locked");
  return whole.map((month) => month.month).sort().at(-1) ?? withCharges.sort().at(-1);
};

const LookAt = ({ month }: { month: string }): ReactElement => {
  const { text, language } = useTexts();
  const costs = useQuery(costsQuery({ month, by: ["BillingCurrency"], metrics: ["BilledCost"] }));
  return (
    <div className="look-at">
      <Icon name="done" size={18} />
      <span className="grow">
        <b>{text("firstDayMonthIsIn", { month: monthText(month, language) })}</b>
        <br />
        {costs.data?.totals.map((total, position) => {
          const currency = total.BillingCurrency ?? "";
          const amount = total.BilledCost;
          return (
            <span key={currency}>
              {position > 0 && " · "}
              <span
                className="nowrap"
                title={amount === undefined ? undefined : exactText(amount, currency, language)}
              >
                {currency} {amount === undefined ? text("unknown") : amountText(amount, currency, language)}
              </span>
            </span>
          );
        })}
      </span>
      <Link to="/costs" search={{ month } as never}>
        {text("firstDayOpenCosts")}
      </Link>
    </div>
  );
};

export const ImportCard = ({ canBegin, running }: { canBegin: boolean; running: Job | undefined }): ReactElement => {
  const { text } = useTexts();
  const months = useQuery(monthsQuery);
  const work = useWork<Schemas["Flow"]>({ kind: "sync", subject: "" }, () =>
    dataOf(api.POST("/api/v1/imports", { body: {} })),
  );
  // The service's own round has no button here, but goes as far.
  const job = work.isRunning ? work.job : running;
  const isRunning = job !== undefined && job.state === "running";
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => void queryClient.invalidateQueries({ queryKey: monthsQuery.queryKey }), LOOK_AGAIN);
    return () => clearInterval(timer);
  }, [isRunning]);
  const all = (months.data ?? []).filter(isOfPartner);
  const month = monthToLookAt(all);
  return (
    <>
      <div className="row wrap in-card">
        <button
          type="button"
          className={month === undefined && canBegin ? "control primary" : "control"}
          disabled={!canBegin || isRunning || work.isRunning}
          onClick={() => work.start()}
        >
          {text("connectionsImportNow")}
        </button>
        <span className="sub grow">{text(canBegin ? "firstDayImportGoesOn" : "firstDayFollowsExports")}</span>
        {isRunning && <StopButton job={job} />}
      </div>
      {isRunning ? <Progress job={job} label={text("firstDayImport")} /> : <WorkNote work={work} label={text("firstDayImport")} />}
      {work.result !== undefined && <FlowProblems flow={work.result} />}
      {work.result !== undefined && month === undefined && work.result.problems.length === 0 && (
        <p className="in-card sub">{text("firstDayImportNothing")}</p>
      )}
      <RunCells months={all} />
      {month !== undefined && <LookAt month={month} />}
    </>
  );
};
