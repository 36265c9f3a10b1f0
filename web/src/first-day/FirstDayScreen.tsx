// From nothing to the first proof: six steps, several at work at once. Where one is, the service knows; this page
// keeps nothing, so it can be left and opened again at any point.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, type ReactNode, useCallback } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { monthsQuery } from "../api/queries";
import { ConnectionForm } from "../connections/ConnectionForm";
import { ExportsPart } from "../connections/ExportsPart";
import { AsksAgain, ProbeList } from "../connections/Probes";
import {
  connectionQuery,
  connectionsQuery,
  type FirstDay,
  firstDayQuery,
  jobsQuery,
  useEndedWork,
  useWork,
} from "../connections/queries";
import { WorkNote } from "../connections/WorkNote";
import { useTexts } from "../i18n/texts";
import { isOfPartner } from "../shell/scope";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { ChoiceMenu, Empty, Pill, ProblemNote, ScreenTitle, SkeletonRows } from "../ui/parts";
import { CustomersCard } from "./CustomersCard";
import { DemoButton, useDemo } from "./DemoButton";
import { ImportCard, monthToLookAt } from "./ImportCard";
import { ProofCard } from "./ProofCard";
import { connectionAt, isEmptyHome, isUnderWay, type ShownStep, shownSteps, STEP_LOOKS } from "./steps";

import "../connections/connections.css";
import "./first-day.css";

const StepName = ({ step }: { step: ShownStep }): ReactElement => {
  const { text } = useTexts();
  return (
    <>
      <b>
        {step.number} {text(step.label)}
      </b>
      <span>{step.found}</span>
    </>
  );
};

const Steps = ({
  steps,
  connection,
}: {
  steps: readonly ShownStep[];
  connection: string | undefined;
}): ReactElement => {
  const { text } = useTexts();
  return (
    <ol className="card first-steps" aria-label={text("firstDaySteps")}>
      {steps.map((step) => {
        const look = STEP_LOOKS[step.state];
        return (
          <li key={step.name} className={step.state}>
            <span className={`mark ${look.tone}`}>
              {step.state === "waits" ? <i aria-hidden="true" /> : <Icon name={look.icon} size={20} />}
              <span className="hidden-text">{text(look.label)}</span>
            </span>
            {step.name === "connect" && connection !== undefined ? (
              <Link to="/connections" search={{ open: connection } as never}>
                <StepName step={step} />
              </Link>
            ) : (
              <a href={`#${step.name}`}>
                <StepName step={step} />
              </a>
            )}
          </li>
        );
      })}
    </ol>
  );
};

const StepCard = ({
  step,
  aside,
  children,
}: {
  step: ShownStep | undefined;
  aside?: ReactNode;
  children: ReactNode;
}): ReactElement | null => {
  const { text } = useTexts();
  if (step === undefined) return null;
  const label = `${step.number} ${text(step.label)}`;
  return (
    <section className="card" id={step.name} aria-label={label}>
      <header>
        <h2>{label}</h2>
        <span className="grow" />
        {aside}
      </header>
      {children}
    </section>
  );
};

const Permissions = ({ connection, step }: { connection: string; step: ShownStep | undefined }): ReactElement => {
  const me = useMe();
  const { text, plural } = useTexts();
  const mayTest = hasRight(me, "manage-connections");
  const test = useWork<Schemas["Probes"]>({ kind: "connection-test", subject: connection }, () =>
    dataOf(api.POST("/api/v1/connections/{connection}/test", { params: { path: { connection } } })),
  );
  const { start } = test;
  const ask = useCallback(() => start(), [start]);
  const probes = test.result?.probes ?? [];
  const failed = probes.filter((probe) => probe.state === "failed").length;
  return (
    <StepCard
      step={step}
      aside={
        <>
          {failed > 0 && (
            <Pill tone="bad" icon="exclamation">
              {plural("connectionsProbesFailed", failed)}
            </Pill>
          )}
          {test.isRunning && (
            <Pill tone="info" icon="clock">
              {text("connectionsProbeChecking")}
            </Pill>
          )}
          {mayTest && (
            <button type="button" className="control small" disabled={test.isRunning} onClick={() => test.start()}>
              {text(test.job === undefined ? "connectionsProbeCheck" : "connectionsProbeCheckAgain")}
            </button>
          )}
        </>
      }
    >
      {!test.isRunning && <WorkNote work={test} label={text("connectionsPermissions")} />}
      {test.isRunning && probes.length === 0 && (
        <table>
          <SkeletonRows rows={6} columns={2} />
        </table>
      )}
      {!test.isRunning && test.job === undefined && <p className="in-card sub">{text("connectionsProbeNotYet")}</p>}
      {probes.length > 0 && (
        <div className={test.isRunning ? "stale" : undefined} aria-live="polite">
          <ProbeList probes={probes} />
        </div>
      )}
      {probes.length > 0 && (
        <footer>
          {failed > 0 && mayTest ? (
            <AsksAgain isRunning={test.isRunning} onAsk={ask} />
          ) : (
            <span className="sub">{text("connectionsProbeChangesNothing")}</span>
          )}
        </footer>
      )}
    </StepCard>
  );
};

const AtWork = ({ day, connection }: { day: FirstDay; connection: string }): ReactElement => {
  const texts = useTexts();
  const steps = shownSteps(day, texts);
  const named = (name: ShownStep["name"]): ShownStep | undefined => steps.find((step) => step.name === name);
  const details = useQuery(connectionQuery(connection));
  const jobs = useQuery(jobsQuery);
  const months = useQuery(monthsQuery);
  const all = (months.data ?? []).filter(isOfPartner);
  const month = monthToLookAt(all);
  const importing = day.steps.find((step) => step.step === "import");
  const running = jobs.data?.find((job) => job.job === importing?.job && job.state === "running");
  const counts = day.steps.find((step) => step.step === "customers")?.counts;
  const without = [
    ...new Map(
      day.tenants.flatMap((tenant) =>
        tenant.x_CustomerTenantId === undefined
          ? []
          : [[tenant.x_CustomerTenantId, tenant.x_CustomerTenantName ?? tenant.x_CustomerTenantId] as const],
      ),
    ).values(),
  ];
  const hasSource = importing?.state !== "waiting";
  const canDiscover = details.data?.azure?.auth !== undefined && details.data.azure.auth !== "none";
  return (
    <div className="first-day">
      <div>
        <Permissions key={connection} connection={connection} step={named("permissions")} />
        <StepCard step={named("customers")}>
          <CustomersCard
            connection={connection}
            canDiscover={canDiscover || month !== undefined}
            without={without}
            customers={counts?.customers ?? 0}
          />
        </StepCard>
      </div>
      <div>
        <StepCard step={named("exports")}>
          <ExportsPart key={connection} connection={connection} isFirstDay />
        </StepCard>
        <StepCard step={named("import")}>
          <ImportCard canBegin={hasSource} running={running} />
        </StepCard>
        <StepCard step={named("proof")}>
          <ProofCard month={month} isSplit={all.some((one) => one.month === month && one.split)} />
        </StepCard>
      </div>
    </div>
  );
};

export const FirstDayScreen = (): ReactElement => {
  const me = useMe();
  const texts = useTexts();
  const { text } = texts;
  const search = useSearch({ from: "/first-day" });
  const navigate = useNavigate({ from: "/first-day" });
  const day = useQuery(firstDayQuery);
  const connections = useQuery(connectionsQuery);
  const demo = useDemo();
  useEndedWork(hasRight(me, "operate"));
  const names = (connections.data ?? []).map((one) => one.name);
  const connection = connectionAt(names, search.connection, day.data);
  const mayChange = hasRight(me, "manage-connections");
  const choose = (name: string): void =>
    void navigate({ search: (now) => ({ ...now, connection: name }), replace: true, resetScroll: false });
  const begin = useWork<Schemas["Probes"], string>({ kind: "connection-test", subject: connection ?? "" }, (name) =>
    dataOf(api.POST("/api/v1/connections/{connection}/test", { params: { path: { connection: name } } })),
  );
  const failed = [day, connections].find((query) => query.isError);
  return (
    <main className="main" id="content">
      <div className="row wrap">
        <ScreenTitle>{text("firstDay")}</ScreenTitle>
        <span className="sub">
          {day.data !== undefined && !isUnderWay(day.data) ? text("firstDayOver") : text("firstDayCanLeave")}
        </span>
        <span className="grow" />
        {connection !== undefined && names.length > 1 && (
          <ChoiceMenu
            label={text("connection")}
            choices={names.map((name) => ({ value: name, label: name }))}
            chosen={connection}
            onChoose={choose}
          />
        )}
        {day.data !== undefined && mayChange && isEmptyHome(day.data) && (
          <DemoButton demo={demo} className="control quiet" />
        )}
        <Link to="/" className="control">
          {text(day.data !== undefined && !isUnderWay(day.data) ? "firstDayHome" : "firstDayLater")}
        </Link>
      </div>
      {(demo.isRunning || demo.isOurs) && <WorkNote work={demo} label={text("firstDayDemoRuns")} />}
      {failed !== undefined && <ProblemNote error={failed.error} onRetry={() => void failed.refetch()} />}
      {day.isPending && (
        <section className="card" aria-label={text("firstDaySteps")}>
          <table>
            <SkeletonRows rows={2} columns={6} />
          </table>
        </section>
      )}
      {day.data !== undefined && <Steps steps={shownSteps(day.data, texts)} connection={connection} />}
      {day.data !== undefined && connections.isSuccess && connection === undefined && (
        <section className="card connect-card" id="connect" aria-label={text("firstDayConnect")}>
          <header>
            <h2>1 {text("firstDayConnect")}</h2>
          </header>
          {mayChange ? (
            <ConnectionForm
              submitLabel={text("firstDayConnectNow")}
              onDone={(name) => {
                choose(name);
                begin.start(name);
              }}
            />
          ) : (
            <Empty title={text("connectionsNone")}>{text("firstDayOthers")}</Empty>
          )}
        </section>
      )}
      {day.data !== undefined && connection !== undefined && (
        <AtWork day={day.data} connection={connection} />
      )}
    </main>
  );
};
