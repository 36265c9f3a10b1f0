// What was imported of a connection, what of it is in force, and taking an import out of force.
import { Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { countText, dayText, momentText, monthText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { hasRight, useMe } from "../shell/session";
import { Empty, FormButtons, Pill, ProblemNote, Scrolls, SkeletonRows, type Tone } from "../ui/parts";
import { ChangesTable } from "./ChangesTable";
import { FlowProblems } from "./FlowProblems";
import { importsQuery, useWork } from "./queries";
import { Progress, StopButton, WorkNote } from "./WorkNote";

type Import = Schemas["Import"];
type Flow = Schemas["Flow"];

const STATES: Record<Import["state"], { tone: Tone; label: TextKey }> = {
  "in force": { tone: "good", label: "inForce" },
  "not in force": { tone: "none", label: "superseded" },
  withdrawn: { tone: "warn", label: "connectionsImportWithdrawn" },
  "beside charges": { tone: "none", label: "connectionsImportBeside" },
};

const SHOWN_FIRST = 24;

const WithdrawDialog = ({ of, onClose }: { of: Import; onClose: () => void }): ReactElement => {
  const { text, language } = useTexts();
  const [reason, setReason] = useState("");
  const path = { import: of.import };
  const subject = `import ${of.import}`;
  const [isTried, setTried] = useState(false);
  const work = useWork<Flow, boolean>(
    { kind: "connectionsWithdraw", subject },
    (isDry) =>
      dataOf(
        api.POST("/api/v1/imports/{import}/withdraw", {
          params: { path },
          body: isDry ? { reason: reason.trim(), dry_run: true } : { reason: reason.trim() },
        }),
      ),
    (result) => (result?.dry_run === true ? setTried(true) : onClose()),
  );
  const name = `${monthText(of.month, language)}, ${of.dataset}, ${momentText(of.submitted_at, language)}`;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    work.start(!isTried);
  };
  return (
    <Dialog open onOpenChange={(_, change) => !change.open && onClose()}>
      <DialogSurface aria-describedby={undefined}>
        <form onSubmit={submit}>
          <DialogBody>
            <DialogTitle>{text("connectionsWithdrawNamed", { name })}</DialogTitle>
            <DialogContent className="stack">
              <p>{text("connectionsWithdrawMeans")}</p>
              <label>
                {text("reasonKept")}
                <input
                  className="field"
                  required
                  maxLength={500}
                  value={reason}
                  onChange={(event) => setReason(event.target.value)}
                />
              </label>
              <WorkNote work={work} label={text("connectionsWithdraw")} />
              {isTried && work.result !== undefined && (
                <>
                  <ChangesTable changes={work.result.changes ?? []} />
                  <FlowProblems flow={work.result} />
                </>
              )}
              <FormButtons
                action={text(isTried ? "connectionsWithdrawNow" : "connectionsSeeChanges")}
                isDisabled={work.isRunning}
                onCancel={onClose}
              />
            </DialogContent>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
};

export const ImportWork = ({ connection }: { connection: string }): ReactElement => {
  const { text } = useTexts();
  const work = useWork<Flow>({ kind: "sync", subject: connection }, () =>
    dataOf(api.POST("/api/v1/imports", { body: { connection } })),
  );
  return (
    <>
      <div className="row wrap in-card">
        <button type="button" className="control" disabled={work.isRunning} onClick={() => work.start()}>
          {text("connectionsImportNow")}
        </button>
        <span className="sub grow">{text("connectionsImportNowMeans")}</span>
        {work.isRunning && work.job !== undefined && <StopButton job={work.job} />}
      </div>
      {work.isRunning && work.job !== undefined ? (
        <Progress job={work.job} label={text("connectionsImportNow")} />
      ) : (
        <WorkNote work={work} label={text("connectionsImportNow")} />
      )}
      {work.result !== undefined && <FlowProblems flow={work.result} />}
    </>
  );
};

export const ImportsPart = ({ connection }: { connection: string }): ReactElement => {
  const me = useMe();
  const { text, plural, language } = useTexts();
  const imports = useQuery(importsQuery(connection));
  const [isAll, setAll] = useState(false);
  const [withdrawn, setWithdrawn] = useState<Import>();
  const mayChange = hasRight(me, "manage-connections");
  const all = imports.data ?? [];
  const shown = isAll ? all : all.slice(0, SHOWN_FIRST);
  const hasRejects = shown.some((one) => one.rejected > 0);
  return (
    <>
      {mayChange && <ImportWork connection={connection} />}
      {imports.isError && <ProblemNote error={imports.error} onRetry={() => void imports.refetch()} />}
      {imports.isPending && (
        <table>
          <SkeletonRows rows={6} columns={5} />
        </table>
      )}
      {imports.isSuccess && all.length === 0 && (
        <Empty title={text("connectionsImportNone")} command={`apportion sync --connection ${connection}`}>
          {text("connectionsImportNoneWhy")}
        </Empty>
      )}
      {shown.length > 0 && (
        <Scrolls>
          <table>
            <caption className="hidden-text">{text("connectionsImports")}</caption>
            <thead>
              <tr>
                <th scope="col">{text("month")}</th>
                <th scope="col">{text("dataset")}</th>
                <th scope="col" className="large-only-cell">
                  {text("made")}
                </th>
                <th scope="col" className="number large-only-cell">
                  {text("rows")}
                </th>
                {hasRejects && (
                  <th scope="col" className="number">
                    {text("rejected")}
                  </th>
                )}
                <th scope="col">{text("state")}</th>
                {mayChange && (
                  <th scope="col">
                    <span className="hidden-text">{text("connectionsWithdraw")}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {shown.map((one) => {
                const look = STATES[one.state];
                return (
                  <tr key={one.import}>
                    <td className="nowrap" title={text("coversUntil", { day: dayText(one.covers_until, language) })}>
                      {monthText(one.month, language, "short")}
                    </td>
                    <td className="cut" title={`${one.dataset}, ${text("connectionsImportNumber", { number: one.import })}, ${one.source}`}>{one.dataset}</td>
                    <td className="nowrap large-only-cell" title={momentText(one.submitted_at, language)}>
                      {one.submitted_at === "" ? "\u2014" : dayText(one.submitted_at.slice(0, 10), language, "brief")}
                    </td>
                    <td className="number large-only-cell">{countText(one.rows, language)}</td>
                    {hasRejects && (
                      <td className={one.rejected > 0 ? "number bad" : "number"}>
                        {countText(one.rejected, language)}
                      </td>
                    )}
                    <td className="nowrap" title={one.reason}>
                      {look.tone === "none" ? (
                        <span className="dim">{text(look.label)}</span>
                      ) : (
                        <Pill tone={look.tone}>{text(look.label)}</Pill>
                      )}
                    </td>
                    {mayChange && (
                      <td className="number">
                        {one.state !== "withdrawn" && (
                          <button
                            type="button"
                            className="control small quiet"
                            aria-label={text("connectionsWithdrawNamed", {
                              name: `${monthText(one.month, language)}, ${one.dataset}, ${one.import}`,
                            })}
                            onClick={() => setWithdrawn(one)}
                          >
                            {text("connectionsWithdraw")}
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
      )}
      {all.length > shown.length && (
        <div className="row in-card">
          <button type="button" className="control small" onClick={() => setAll(true)}>
            {plural("connectionsImportsAll", all.length)}
          </button>
        </div>
      )}
      {withdrawn !== undefined && (
        <WithdrawDialog key={withdrawn.import} of={withdrawn} onClose={() => setWithdrawn(undefined)} />
      )}
    </>
  );
};
