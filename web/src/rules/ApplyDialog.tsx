// Who pays more and who less, by name, before a draft is put in force.
import { Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { jobQuery, type MonthOfPartner, monthsQuery } from "../api/queries";
import { FlowProblems } from "../connections/FlowProblems";
import { sign } from "../format/decimal";
import { monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { JobNote } from "../shell/Job";
import { isOfPartner } from "../shell/scope";
import { Icon } from "../ui/icons";
import { Money } from "../ui/Money";
import { ProblemNote } from "../ui/parts";
import { type Change, type Cost, sidesOf, sumsOf, UNASSIGNED } from "./changes";
import { toneOf } from "./PreviewCard";
import type { DocumentName } from "./search";

type Applied = Schemas["AppliedDocument"];

const NAMES_MAX = 12;

const SideOf = ({
  title,
  tone,
  changes,
}: {
  title: string;
  tone: "more" | "less";
  changes: readonly Change[];
}): ReactElement => {
  const { text, plural } = useTexts();
  const customers = new Set(changes.map((one) => one.customer).filter((id) => id !== UNASSIGNED)).size;
  return (
    <section aria-label={title}>
      <div className={`side-head ${tone}`}>
        <h3>{title}</h3>
        <span className="sub">{plural("customerCount", customers)}</span>
      </div>
      <ul className="side">
        {changes.slice(0, NAMES_MAX).map((change) => (
          <li key={`${change.currency} ${change.customer}`}>
            <bdi>{change.customer === UNASSIGNED ? text("unassigned") : (change.name ?? change.customer)}</bdi>
            <b className={`number ${toneOf(change)}`}>
              <Money amount={change.difference} currency={change.currency} isChange showsCurrency />
            </b>
          </li>
        ))}
      </ul>
      {changes.length === 0 && <p className="sub">{text("rulesNobody")}</p>}
      {changes.length > NAMES_MAX && <p className="sub">{plural("andMore", changes.length - NAMES_MAX)}</p>}
    </section>
  );
};

const useMonthNames = (): ((months: readonly MonthOfPartner[]) => string) => {
  const { language } = useTexts();
  return (months) =>
    [...new Set(months.map((one) => one.connection))]
      .map((connection) => {
        const own = months.filter((one) => one.connection === connection).map((one) => one.month);
        return `${connection} ${own
          .toSorted()
          .map((month) => monthText(month, language, "short"))
          .join(", ")}`;
      })
      .join("; ");
};

export interface DraftToApply {
  document: DocumentName;
  yaml: string;
  base: number;
  /** The number that the version gets if nobody is faster. */
  version: number;
}

export const ApplyDialog = ({
  draft,
  title,
  month,
  cost,
  changes,
  onApplied,
  onBack,
  onClose,
}: {
  draft: DraftToApply;
  title: string;
  month: string;
  cost: Cost;
  /** Nothing where there is no month to look at. */
  changes: readonly Change[] | undefined;
  onApplied: () => void;
  /** The way back to the version before; nothing where there was none. */
  onBack: (() => void) | undefined;
  onClose: () => void;
}): ReactElement => {
  const { text } = useTexts();
  const namesOf = useMonthNames();
  // One key for one decision: a request that is sent again applies nothing twice.
  const [key] = useState(() => crypto.randomUUID());
  const months = useQuery(monthsQuery);
  const apply = useMutation({
    mutationFn: () =>
      dataOf(
        api.PUT("/api/v1/documents/{document}", {
          params: { path: { document: draft.document }, header: { "If-Match": `"${draft.base}"` } },
          headers: { "Idempotency-Key": key },
          body: { yaml: draft.yaml },
        }),
      ),
  });
  const job = useQuery(jobQuery(apply.data?.job));
  const applied = job.data?.state === "done" ? (job.data.result as Applied) : undefined;
  const isOver = job.data !== undefined && job.data.state !== "running";
  const sides = sidesOf(changes ?? []);
  const sums = sumsOf(changes ?? []);
  const addUp = sums.filter((one) => one.rest !== undefined && sign(one.rest) === 0);
  const known = (months.data ?? []).filter(isOfPartner).filter((one) => one.charges > 0);
  const locked = known.filter((one) => one.state === "locked");
  const open = known.filter((one) => !locked.includes(one));
  return (
    <Dialog open onOpenChange={(_, change) => !change.open && !apply.isPending && onClose()}>
      <DialogSurface aria-describedby={undefined} className="apply-dialog">
        <DialogBody>
          <DialogTitle>
            {applied === undefined ? title : text("rulesApplied", { version: applied.version ?? draft.version })}
          </DialogTitle>
          <DialogContent className="stack">
            {applied === undefined && (
              <>
                <p className="dim">
                  {open.length > 0 && text("rulesSplitAgain", { months: namesOf(open) })}{" "}
                  {locked.length > 0 && text("rulesLockedStay", { months: namesOf(locked) })}{" "}
                  {changes !== undefined && text("rulesAmountsOf", { month, cost: text(cost) })}
                </p>
                {changes !== undefined && (
                  <div className="sides">
                    <SideOf title={text("rulesPayMore")} tone="more" changes={sides.more} />
                    <SideOf title={text("rulesPayLess")} tone="less" changes={sides.less} />
                  </div>
                )}
                {sums.length > 0 && addUp.length === sums.length && (
                  <p className="good row">
                    <Icon name="check" />
                    {text("rulesNothingLost", { currencies: addUp.map((one) => `0 ${one.currency}`).join(", ") })}
                  </p>
                )}
              </>
            )}
            {apply.isError && <ProblemNote error={apply.error} />}
            {apply.data !== undefined && <JobNote job={apply.data.job} onDone={onApplied} />}
            {applied !== undefined && <FlowProblems flow={applied} />}
            <div className="row wrap">
              {applied === undefined && (
                <span className="sub grow">
                  {draft.base > 0 && text("rulesWayBack", { version: draft.base })}
                </span>
              )}
              {applied !== undefined && onBack !== undefined && (
                <button type="button" className="control" onClick={onBack}>
                  {text("rulesGoBack", { version: draft.base })}
                </button>
              )}
              <button type="button" className={isOver ? "control primary" : "control"} onClick={onClose}>
                {text(apply.data === undefined ? "cancel" : "close")}
              </button>
              {!isOver && (
                <button
                  type="button"
                  className="control primary"
                  disabled={apply.isPending || apply.data !== undefined}
                  onClick={() => apply.mutate()}
                >
                  {text("rulesApplyVersion", { version: draft.version })}
                </button>
              )}
            </div>
          </DialogContent>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
};
