// What needs somebody first; then the costs of the month against the last one, and the months to close.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useMemo } from "react";

import { customersQuery, freshnessQuery, lateChangesQuery, tenantsQuery } from "../api/queries";
import { alertsQuery, connectionsQuery, type FirstDay, firstDayQuery, useEndedWork } from "../connections/queries";
import { WorkNote } from "../connections/WorkNote";
import { type Demo, DemoButton, useDemo } from "../first-day/DemoButton";
import { isEmptyHome, isUnderWay, shownSteps } from "../first-day/steps";
import { dayText, today } from "../format/format";
import { useTexts } from "../i18n/texts";
import { incompleteMonths, isOfPartner, useScope } from "../shell/scope";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { Empty, ProblemNote, ScreenTitle, SkeletonRows } from "../ui/parts";
import { actionsOf, keyOf } from "./actions";
import { CostCard } from "./CostCard";
import { MonthsCard } from "./MonthsCard";
import { NeedsAction } from "./NeedsAction";
import { commitmentWarningsQuery } from "./queries";

import "../connections/connections.css";
import "./home.css";

const FirstDayLead = ({ day, demo }: { day: FirstDay; demo: Demo }): ReactElement => {
  const me = useMe();
  const texts = useTexts();
  const { text } = texts;
  const mayChange = hasRight(me, "manage-connections");
  const steps = shownSteps(day, texts);
  const done = steps.filter((step) => step.state === "done").length;
  const next = steps.find((step) => step.state === "yours") ?? steps.find((step) => step.state !== "done");
  if (isEmptyHome(day)) {
    return (
      <section className="card empty" aria-label={text("firstDay")}>
        <h2>{text("homeEmpty")}</h2>
        <p>{text(mayChange ? "homeEmptyWhy" : "firstDayOthers")}</p>
        {mayChange && (
          <div className="row wrap">
            <Link to="/first-day" className="control primary">
              {text("firstDayBegin")}
            </Link>
            <DemoButton demo={demo} />
          </div>
        )}
        {mayChange && (demo.isRunning || demo.isOurs) && <WorkNote work={demo} label={text("firstDayDemoRuns")} />}
        {mayChange && <p className="sub">{text("firstDayDemoMeans")}</p>}
      </section>
    );
  }
  return (
    <section className="card lead" aria-label={text("firstDay")}>
      <Icon name="clock" size={20} />
      <div className="grow">
        <h2>{text("homeFirstDay", { done, steps: steps.length })}</h2>
        {next !== undefined && (
          <p className="dim">
            {text("next")}: {next.number} {text(next.label)}, {next.found}
          </p>
        )}
      </div>
      <Link to="/first-day" className="control primary">
        {text("homeGoOn")}
      </Link>
    </section>
  );
};

export const HomeScreen = (): ReactElement => {
  const me = useMe();
  const texts = useTexts();
  const { text, plural, language } = texts;
  const search = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  const readsCosts = hasRight(me, "read-partner-costs");
  const readsMonths = hasRight(me, "read-months");
  const readsConnections = hasRight(me, "read-connections");
  const readsCustomers = hasRight(me, "read-customers");
  const demo = useDemo();
  useEndedWork(hasRight(me, "operate"));
  const { scope, months } = useScope({ isAsked: readsMonths });
  const { month, connection } = scope;
  const day = useQuery({ ...firstDayQuery, enabled: readsConnections });
  const alerts = useQuery(alertsQuery);
  const freshness = useQuery({ ...freshnessQuery, enabled: readsConnections });
  const late = useQuery({ ...lateChangesQuery, enabled: readsMonths });
  const tenants = useQuery({ ...tenantsQuery(month ?? ""), enabled: readsCustomers && month !== undefined });
  const warnings = useQuery({
    ...commitmentWarningsQuery({ month, connection }),
    enabled: readsCosts && month !== undefined,
  });
  const customers = useQuery({ ...customersQuery, enabled: readsCustomers });
  const connections = useQuery({ ...connectionsQuery, enabled: readsConnections });
  const inScope = (one: { connection: string }): boolean =>
    connection === undefined || one.connection === connection || one.connection === "";
  const ofPartner = useMemo(
    () =>
      (months.data ?? []).filter(isOfPartner).filter((one) => connection === undefined || one.connection === connection),
    [months.data, connection],
  );
  const actions = actionsOf(
    {
      months: ofPartner,
      late: readsMonths && late.isPending ? undefined : (late.data ?? []).filter(inScope),
      alerts: (alerts.data ?? []).filter(inScope),
      freshness: freshness.data ?? [],
      tenants: tenants.data?.rows ?? [],
      month,
      warnings: warnings.data ?? [],
      mayManageConnections: hasRight(me, "manage-connections"),
      mayManageMonths: hasRight(me, "manage-months"),
      readsConnections,
    },
    texts,
  );
  const asked = [day, months, alerts, late, tenants, warnings];
  const isPending = asked.some((query) => query.isLoading);
  const lateKeys = useMemo(
    () => new Set((late.data ?? []).filter((change) => change.decision === "open").map(keyOf)),
    [late.data],
  );
  const told = [
    dayText(today(), language),
    customers.data === undefined ? undefined : plural("customerCount", customers.data.length),
    connections.data === undefined ? undefined : plural("firstDayConnections", connections.data.length),
  ].filter((one) => one !== undefined);
  const isEmpty = day.data !== undefined && isEmptyHome(day.data);
  const isComplete = month === undefined || !incompleteMonths(ofPartner, connection).includes(month);
  return (
    <main className="main home" id="content">
      <div className="row wrap">
        <ScreenTitle>{text("home")}</ScreenTitle>
        <span className="sub">{told.join(", ")}</span>
      </div>
      {asked.map(
        (query, position) =>
          query.isError && <ProblemNote key={position} error={query.error} onRetry={() => void query.refetch()} />,
      )}
      {day.data !== undefined && isUnderWay(day.data) && <FirstDayLead day={day.data} demo={demo} />}
      {!isEmpty && (
        <>
          <NeedsAction actions={actions} isPending={isPending} />
          {month === undefined && !readsConnections && months.isSuccess && (
            <section className="card" aria-label={text("homeCosts")}>
              <Empty title={text("noMonths")} command="apportion sync">
                {text("noMonthsWhy")}
              </Empty>
            </section>
          )}
          {readsCosts && months.isPending && (
            <section className="card" aria-label={text("homeCosts")}>
              <table>
                <SkeletonRows rows={10} columns={5} />
              </table>
            </section>
          )}
          {readsCosts && month !== undefined && (
            <div className="home-columns">
              <CostCard
                month={month}
                connection={connection}
                months={scope.months}
                currency={search.currency}
                isComplete={isComplete}
                onCurrency={(currency) =>
                  void navigate({ search: (now) => ({ ...now, currency }), replace: true, resetScroll: false })
                }
              />
              <MonthsCard
                months={ofPartner}
                late={lateKeys}
                month={month}
                tenants={actions.find((action) => action.id === "tenants")}
              />
            </div>
          )}
        </>
      )}
    </main>
  );
};
