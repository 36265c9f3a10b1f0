// The exports of a connection: as they are and as they should be, made, run, and run for earlier months.
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { momentText, monthsBefore, monthText, today } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import type { IconName } from "../ui/icons";
import { Icon } from "../ui/icons";
import { Pill, Scrolls, type Tone } from "../ui/parts";
import { connectionQuery, useWork, type Work } from "./queries";
import { ScopePick } from "./ScopePick";
import { TextField, type TextFieldLook } from "./TextField";
import { WorkNote } from "./WorkNote";

type Wishes = Schemas["ExportWishes"];
type Plan = Schemas["ExportPlan"];
type PlannedExport = Schemas["PlannedExport"];
type Applied = Schemas["AppliedExports"];

const FINDINGS: Record<PlannedExport["finding"], { tone: Tone; icon: IconName; label: TextKey }> = {
  missing: { tone: "info", icon: "plus", label: "connectionsExportMissing" },
  same: { tone: "good", icon: "check", label: "connectionsExportSame" },
  differs: { tone: "warn", icon: "warning", label: "connectionsExportDiffers" },
  extra: { tone: "warn", icon: "warning", label: "connectionsExportExtra" },
  foreign: { tone: "none", icon: "people", label: "connectionsExportForeign" },
};

const ACTIONS: Record<Schemas["AppliedExport"]["action"], { tone: Tone; icon: IconName; label: TextKey }> = {
  created: { tone: "good", icon: "check", label: "connectionsExportCreated" },
  updated: { tone: "good", icon: "check", label: "connectionsExportUpdated" },
  unchanged: { tone: "good", icon: "check", label: "connectionsExportSame" },
  "left-alone": { tone: "none", icon: "people", label: "connectionsExportLeftAlone" },
  "would-create": { tone: "info", icon: "plus", label: "connectionsExportMissing" },
  "would-update": { tone: "warn", icon: "warning", label: "connectionsExportDiffers" },
  failed: { tone: "bad", icon: "exclamation", label: "connectionsExportFailed" },
};

/** Of `/providers/…/billingProfiles/X`: the kind of the scope and its name. */
export const scopeName = (scope: string): string => {
  const parts = scope.split("/").filter(Boolean);
  return parts.at(-1) ?? scope;
};

const SCOPE_KINDS: readonly (readonly [string, TextKey])[] = [
  ["/customers/", "connectionsScopeCustomer"],
  ["/billingprofiles/", "connectionsScopeProfile"],
  ["/billingaccounts/", "connectionsScopeAccount"],
  ["/subscriptions/", "connectionsScopeSubscription"],
];

const scopeKind = (scope: string): TextKey | undefined =>
  SCOPE_KINDS.find(([mark]) => scope.toLowerCase().includes(mark))?.[1];

const Scope = ({ scope }: { scope: string }): ReactElement => {
  const { text } = useTexts();
  const kind = scopeKind(scope);
  return <span title={scope}>{kind === undefined ? scopeName(scope) : text(kind)}</span>;
};

/** A time as Azure writes it. */
const AzureTime = ({ at }: { at: string }): ReactElement => {
  const { language } = useTexts();
  if (at === "") return <span className="dim">{"\u2014"}</span>;
  return <>{/^\d{4}-\d{2}-\d{2}T/.test(at) ? momentText(at, language, "brief") : at}</>;
};

interface Line<Export> {
  export: Export;
  /** How many scopes have the same. */
  count: number;
}

/** Exports that differ in their scope only are one line. */
export const linesOf = <Export extends { dataset: string; scope: string; next_run: string }>(
  exports: readonly Export[],
  ownPart: (one: Export) => string,
): Line<Export>[] => {
  const lines = new Map<string, Line<Export>>();
  for (const one of exports) {
    const key = [one.dataset, scopeKind(one.scope) ?? one.scope, one.next_run, ownPart(one)].join(" ");
    const known = lines.get(key);
    if (known === undefined) lines.set(key, { export: one, count: 1 });
    else known.count += 1;
  }
  return [...lines.values()];
};

const ScopeCell = ({ scope, count }: { scope: string; count: number }): ReactElement => {
  const { plural } = useTexts();
  return (
    <td className="dim nowrap large-only-cell">
      {count > 1 ? plural("connectionsScopeProfiles", count) : <Scope scope={scope} />}
    </td>
  );
};

const PlanTable = ({
  plan,
  onRun,
}: {
  plan: Plan;
  onRun: ((name: string) => void) | undefined;
}): ReactElement => {
  const { text } = useTexts();
  return (
    <Scrolls>
      <table className="connectionsExports">
        <caption className="hidden-text">{text("connectionsExports")}</caption>
        <thead>
          <tr>
            <th scope="col">{text("dataset")}</th>
            <th scope="col" className="large-only-cell">
              {text("connectionsExportScope")}
            </th>
            <th scope="col">{text("connectionsExportFinding")}</th>
            <th scope="col">{text("nextRun")}</th>
            {onRun !== undefined && (
              <th scope="col">
                <span className="hidden-text">{text("connectionsExportRunNow")}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {linesOf(plan.exports, (one) =>
            // Whoever may run one of them, or sees what differs, sees each.
            onRun !== undefined || one.differences.length > 0 ? `${one.export} ${one.scope}` : one.finding,
          ).map(({ export: one, count }) => {
            const look = FINDINGS[one.finding];
            const differs = one.differences.map((change) =>
              text("connectionsExportDifference", { property: change.property, is: change.is, should: change.should_be }),
            );
            const remarks = [...differs, ...one.remarks];
            return (
              <tr key={`${one.export} ${one.scope}`}>
                <td title={one.export}>
                  {one.dataset}
                  {differs.length > 0 && <div className="dim">{differs.join("; ")}</div>}
                </td>
                <ScopeCell scope={one.scope} count={count} />
                <td title={remarks.join("\n")}>
                  <Pill tone={look.tone} icon={look.icon}>
                    {text(look.label)}
                  </Pill>
                </td>
                <td className="dim nowrap">
                  <AzureTime at={one.next_run} />
                </td>
                {onRun !== undefined && (
                  <td className="number">
                    {(one.finding === "same" || one.finding === "differs") && (
                      <button
                        type="button"
                        className="control small"
                        aria-label={text("connectionsExportRunNamed", { name: one.export })}
                        onClick={() => onRun(one.export)}
                      >
                        {text("connectionsExportRunNow")}
                      </button>
                    )}
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scrolls>
  );
};

const AppliedTable = ({ applied }: { applied: Applied }): ReactElement => {
  const { text } = useTexts();
  return (
    <>
      <Scrolls>
        <table className="connectionsExports">
          <caption className="hidden-text">{text("connectionsExports")}</caption>
          <thead>
            <tr>
              <th scope="col">{text("dataset")}</th>
              <th scope="col" className="large-only-cell">
                {text("connectionsExportScope")}
              </th>
              <th scope="col">{text("connectionsExportDone")}</th>
              <th scope="col">{text("nextRun")}</th>
            </tr>
          </thead>
          <tbody>
            {linesOf(applied.exports, (one) =>
              one.error === undefined ? one.action : `${one.export} ${one.scope}`,
            ).map(({ export: one, count }) => (
              <tr key={`${one.export} ${one.scope}`}>
                <td title={one.location}>
                  {one.dataset}
                  {one.error !== undefined && (
                    <div className="bad">
                      {one.error.what}
                      {one.error.why !== undefined && `: ${one.error.why}`}
                    </div>
                  )}
                </td>
                <ScopeCell scope={one.scope} count={count} />
                <td>
                  <Pill tone={ACTIONS[one.action].tone} icon={ACTIONS[one.action].icon}>
                    {text(ACTIONS[one.action].label)}
                  </Pill>
                </td>
                <td className="dim nowrap">
                  <AzureTime at={one.next_run} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
      <p className="sub foot-note">{text("connectionsExportsDeliverSoon")}</p>
    </>
  );
};

const FORMATS = ["csv-gzip", "csv", "parquet-snappy", "parquet"] as const;

const TEXT_WISHES = [
  ["storage", "connectionsWishStorage", "connectionsWishStorageHint"],
  ["container", "connectionsWishContainer", undefined],
  ["root_folder", "connectionsWishFolder", undefined],
  ["prefix", "connectionsWishPrefix", "connectionsWishPrefixHint"],
] as const;

const MORE_WISHES = [
  ["storage_account", "connectionsWishAccountName", "connectionsWishAccountNameHint"],
  ["identity_location", "connectionsWishIdentity", "connectionsWishIdentityHint"],
] as const;

/** What was entered; the service keeps what is left out as it was. */
export const wishesOf = (values: Record<string, string | boolean>): Wishes => {
  const entries = Object.entries(values)
    .map(([name, value]) => [name, typeof value === "string" ? value.trim() : value] as const)
    .filter(([, value]) => value !== "");
  const { profiles, ...others } = Object.fromEntries(entries);
  const named = typeof profiles === "string" ? profiles.split(/[\s,]+/).filter(Boolean) : [];
  return { ...others, ...(named.length > 0 ? { profiles: named } : {}) } as Wishes;
};

const WishesForm = ({
  isFirst,
  isBusy,
  onPlan,
}: {
  isFirst: boolean;
  isBusy: boolean;
  onPlan: (wishes: Wishes) => void;
}): ReactElement => {
  const { text } = useTexts();
  const [values, setValues] = useState<Record<string, string | boolean>>({});
  const set = (name: string, value: string | boolean): void => setValues((now) => ({ ...now, [name]: value }));
  const field = (
    name: string,
    label: TextKey,
    hint?: TextKey,
    look: Pick<TextFieldLook, "type" | "required"> = {},
  ): ReactElement => (
    <TextField
      key={name}
      label={text(label)}
      hint={hint === undefined ? undefined : text(hint)}
      mono
      wide={name === "storage"}
      {...look}
      value={String(values[name] ?? "")}
      onChange={(value) => set(name, value)}
    />
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onPlan(wishesOf(values));
  };
  return (
    <form onSubmit={submit} className="connection-form in-card">
      <div className="fields">
        {TEXT_WISHES.map(([name, label, hint]) =>
          field(name, label, hint, { required: isFirst && name === "container" }),
        )}
      </div>
      <details className="more-fields">
        <summary>{text("connectionsFormMore")}</summary>
        <div className="fields">
          {MORE_WISHES.map(([name, label, hint]) => field(name, label, hint))}
          {field("delivery_sas", "connectionsWishDeliverySas", "connectionsWishDeliverySasHint", { type: "password" })}
          {field("profiles", "connectionsWishProfiles", "connectionsWishProfilesHint")}
          <label>
            {text("connectionsWishFormat")}
            <select
              className="field"
              value={String(values.format ?? "")}
              onChange={(event) => set("format", event.target.value)}
            >
              <option value="">{text("connectionsWishFormatUsual")}</option>
              {FORMATS.map((format) => (
                <option key={format} value={format}>
                  {format}
                </option>
              ))}
            </select>
          </label>
          {(
            [
              ["focus", "connectionsWishFocus"],
              ["overwrite", "connectionsWishOverwrite"],
            ] as const
          ).map(([name, label]) => (
            <label key={name} className="wide check">
              <input
                type="checkbox"
                checked={values[name] === true}
                onChange={(event) => set(name, event.target.checked)}
              />
              {text(label)}
            </label>
          ))}
        </div>
      </details>
      <label className="check">
        <input
          type="checkbox"
          checked={values.commitments !== false}
          onChange={(event) => set("commitments", event.target.checked)}
        />
        {text("connectionsWishCommitments")}
      </label>
      <div className="row">
        <button type="submit" className={isFirst ? "control primary" : "control"} disabled={isBusy}>
          {text("connectionsExportsPlan")}
        </button>
        <span className="sub">{text("connectionsExportsPlanMeans")}</span>
      </div>
    </form>
  );
};

const MONTHS_BACK = 12;

const BackfillForm = ({
  work,
}: {
  work: Work<Schemas["Backfilled"], Schemas["Backfill"]>;
}): ReactElement => {
  const { text, language } = useTexts();
  const last = monthsBefore(today().slice(0, 7), 1);
  const months = Array.from({ length: MONTHS_BACK }, (_, back) => monthsBefore(last, back));
  const [from, setFrom] = useState(last);
  const failed = work.result?.steps.some((step) => step.state === "failed" || step.state === "skipped") === true;
  return (
    <>
      <form
        className="row wrap in-card"
        onSubmit={(event) => {
          event.preventDefault();
          work.start({ from, to: last });
        }}
      >
        <label className="row">
          <span className="label">{text("connectionsBackfillFrom")}</span>
          <select className="field narrow" value={from} onChange={(event) => setFrom(event.target.value)}>
            {months.map((month) => (
              <option key={month} value={month}>
                {monthText(month, language)}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="control" disabled={work.isRunning}>
          {text("connectionsBackfill")}
        </button>
        {failed && (
          <button type="button" className="control" onClick={() => work.start({ from, to: last, retry: true })}>
            {text("connectionsBackfillRetry")}
          </button>
        )}
        <span className="sub">{text("connectionsBackfillMeans")}</span>
      </form>
      {work.result !== undefined && work.result.steps.length > 0 && (
        <Scrolls>
          <table>
            <caption className="hidden-text">{text("connectionsBackfill")}</caption>
            <thead>
              <tr>
                <th scope="col">{text("connectionsExport")}</th>
                <th scope="col">{text("month")}</th>
                <th scope="col">{text("state")}</th>
              </tr>
            </thead>
            <tbody>
              {work.result.steps.map((step) => (
                <tr key={`${step.export} ${step.month}`}>
                  <td className="mono">{step.export}</td>
                  <td>{monthText(step.month, language, "short")}</td>
                  <td title={step.note}>
                    <Pill tone={step.state === "completed" ? "good" : step.state === "failed" ? "bad" : "none"}>
                      {step.state}
                    </Pill>
                    {step.note !== "" && <div className="dim">{step.note}</div>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
    </>
  );
};

const History = ({ connection, exports }: { connection: string; exports: readonly string[] }): ReactElement => {
  const { text } = useTexts();
  const [name, setName] = useState(exports[0] ?? "");
  const work = useWork<Schemas["ExportRuns"], string>({ kind: "exports-history", subject: connection }, (of) =>
    dataOf(
      api.POST("/api/v1/connections/{connection}/exports/{export}/history", {
        params: { path: { connection, export: of } },
      }),
    ),
  );
  return (
    <>
      <div className="row wrap in-card">
        <select
          className="field narrow"
          aria-label={text("connectionsExport")}
          value={name}
          onChange={(event) => setName(event.target.value)}
        >
          {exports.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
        <button type="button" className="control" disabled={work.isRunning} onClick={() => work.start(name)}>
          {text("connectionsExportHistory")}
        </button>
      </div>
      <WorkNote work={work} label={text("connectionsExportHistory")} />
      {work.result !== undefined && (
        <Scrolls>
          <table>
            <caption>{work.result.export}</caption>
            <thead>
              <tr>
                <th scope="col">{text("made")}</th>
                <th scope="col">{text("period")}</th>
                <th scope="col">{text("state")}</th>
              </tr>
            </thead>
            <tbody>
              {work.result.runs.map((run) => (
                <tr key={run.run}>
                  <td className="nowrap">
                    <AzureTime at={run.submitted_time} />
                  </td>
                  <td className="nowrap">
                    {run.from.slice(0, 10)} – {run.to.slice(0, 10)}
                  </td>
                  <td title={run.explanation}>
                    {run.state}
                    {run.explanation !== "" && <div className="dim">{run.explanation}</div>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {work.result.runs.length === 0 && <p className="empty dim">{text("connectionsExportNoRuns")}</p>}
        </Scrolls>
      )}
    </>
  );
};

/** With `isFirstDay`, what a connection needs once; else also what one looks at later. */
export const ExportsPart = ({
  connection,
  isFirstDay = false,
}: {
  connection: string;
  isFirstDay?: boolean;
}): ReactElement | null => {
  const { text, plural } = useTexts();
  const details = useQuery(connectionQuery(connection));
  const path = { connection };
  // What was asked for when the plan was made: the same is applied.
  const [wishes, setWishes] = useState<Wishes>();
  const plan = useWork<Plan, Wishes>({ kind: "exports-plan", subject: connection }, (body) =>
    dataOf(api.POST("/api/v1/connections/{connection}/exports/plan", { params: { path }, body })),
  );
  const apply = useWork<Applied, Wishes>({ kind: "exports-apply", subject: connection }, (body) =>
    dataOf(api.POST("/api/v1/connections/{connection}/exports/apply", { params: { path }, body })),
  );
  const run = useWork<Schemas["ExportRun"], string>({ kind: "exports-run", subject: connection }, (name) =>
    dataOf(
      api.POST("/api/v1/connections/{connection}/exports/{export}/run", {
        params: { path: { connection, export: name } },
        body: {},
      }),
    ),
  );
  const backfill = useWork<Schemas["Backfilled"], Schemas["Backfill"]>(
    { kind: "exports-backfill", subject: connection },
    (body) => dataOf(api.POST("/api/v1/connections/{connection}/exports/backfill", { params: { path }, body })),
  );
  if (details.data === undefined) return null;
  const { azure } = details.data;
  if (azure?.reports === true) return <p className="in-card sub">{text("connectionsExportsReports")}</p>;
  if (azure?.auth === undefined || azure.auth === "none") return <p className="in-card sub">{text("connectionsExportsBySas")}</p>;
  if (azure.scope === undefined || azure.scope === "") return <ScopePick connection={connection} />;
  const planned = plan.result;
  const isAppliedLast = apply.result !== undefined && (apply.job?.job ?? 0) > (plan.job?.job ?? 0);
  const wasApplied = apply.result !== undefined || details.data.actual_url !== undefined;
  const toMake = planned?.exports.filter((one) => one.finding === "missing").length ?? 0;
  const toChange = planned?.exports.filter((one) => one.finding === "differs").length ?? 0;
  const mayApply = wishes !== undefined || wasApplied;
  const names = planned?.exports.filter((one) => one.finding !== "foreign").map((one) => one.export) ?? [];
  const startPlan = (asked: Wishes): void => {
    setWishes(asked);
    plan.start(asked);
  };
  return (
    <>
      {(!wasApplied || !isFirstDay) && (
        <WishesForm isFirst={!wasApplied && planned === undefined} isBusy={plan.isRunning} onPlan={startPlan} />
      )}
      <WorkNote work={plan} label={text("connectionsExportsPlan")} />
      <WorkNote work={apply} label={text("connectionsExportsApply")} />
      {planned !== undefined && !isAppliedLast && (
        <>
          <PlanTable
            plan={planned}
            onRun={
              isFirstDay
                ? undefined
                : run.start
            }
          />
          {toMake + toChange > 0 && (
            <div className="row wrap in-card">
              <button
                type="button"
                className="control primary"
                disabled={!mayApply || apply.isRunning}
                onClick={() => apply.start(wishes ?? {})}
              >
                {[
                  ...(toMake > 0 ? [plural("connectionsExportsMake", toMake)] : []),
                  ...(toChange > 0 ? [plural("connectionsExportsChange", toChange)] : []),
                ].join(", ")}
              </button>
              {!mayApply && <span className="sub">{text("connectionsExportsPlanFirst")}</span>}
            </div>
          )}
          {planned.in_order && (
            <p className="in-card sub good-line">
              <Icon name="check" /> {text("connectionsExportsInOrder")}
            </p>
          )}
        </>
      )}
      {isAppliedLast && apply.result !== undefined && <AppliedTable applied={apply.result} />}
      {!isFirstDay && (
        <>
          <WorkNote work={run} label={text("connectionsExportRunNow")} />
          {run.result !== undefined && run.isOurs && (
            <div className="note" role="status">
              <Icon name="clock" />
              {text("connectionsExportRan", { state: run.result.state })} {run.result.explanation}
            </div>
          )}
        </>
      )}
      {wasApplied && (
        <>
          <h3 className="in-card">{text("connectionsBackfillTitle")}</h3>
          <WorkNote work={backfill} label={text("connectionsBackfill")} />
          <BackfillForm work={backfill} />
        </>
      )}
      {!isFirstDay && names.length > 0 && (
        <>
          <h3 className="in-card">{text("runs")}</h3>
          <History connection={connection} exports={names} />
        </>
      )}
    </>
  );
};
