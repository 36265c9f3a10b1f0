// What newer runs change of a month that must not change by itself, by customer, and the decision on it.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import type { MonthOfPartner, Row } from "../api/queries";
import { asSentence, readable } from "../connections/told";
import { type Amount, largestFirst, size, sum } from "../format/decimal";
import { amountText, changeText, exactText, momentText, monthText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { JobNote } from "../shell/Job";
import { hasRight, useMe } from "../shell/session";
import { Pill, ProblemNote, Scrolls } from "../ui/parts";

type LateChange = Schemas["LateChange"];
type Decision = Schemas["LateDecision"]["decision"];

const METRIC = "BilledCost";
const SHOWN_FIRST = 5;
const SHOWN_MAX = 200;

const CAUSES: Record<LateChange["because"], TextKey> = {
  locked: "becauseLocked",
  rejects: "becauseRejects",
  shrunk: "becauseShrunk",
};

const DECISIONS: Record<LateChange["decision"], TextKey> = {
  open: "stateLate",
  left: "decisionLeft",
  accepted: "decisionAccepted",
  carried: "decisionCarried",
  superseded: "superseded",
};

/** Rows by currency, those with the largest difference first. */
export const byCurrency = (rows: readonly Row[]): Map<string, Row[]> => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const currency = row.BillingCurrency ?? "";
    const group = groups.get(currency);
    if (group === undefined) groups.set(currency, [row]);
    else group.push(row);
  }
  const differenceOf = (row: Row): Amount => size(row[`${METRIC}Difference`] ?? "0");
  for (const [currency, group] of groups) {
    groups.set(currency, largestFirst(group, differenceOf));
  }
  return new Map([...groups].sort(([left], [right]) => left.localeCompare(right)));
};

const Shown = ({
  amount,
  currency,
  isChange,
}: {
  amount: Amount | undefined;
  currency: string;
  isChange?: boolean;
}) => {
  const { text, language } = useTexts();
  if (amount === undefined) return <span className="dim">{text("unknown")}</span>;
  return (
    <span title={exactText(amount, currency, language)}>
      {isChange === true ? changeText(amount, currency, language) : amountText(amount, currency, language)}
    </span>
  );
};

const Ledger = ({ rows }: { rows: readonly Row[] }): ReactElement => {
  const { text, plural } = useTexts();
  const [isAll, setAll] = useState(false);
  const groups = byCurrency(rows);
  const most = isAll ? SHOWN_MAX : SHOWN_FIRST;
  const isCut = [...groups.values()].some((group) => group.length > SHOWN_FIRST);
  return (
    <>
      <Scrolls>
        <table>
          <thead>
            <tr>
              <th scope="col">{text("customer")}</th>
              <th scope="col" className="number">
                {text("asItIs")}
              </th>
              <th scope="col" className="number">
                {text("withNewer")}
              </th>
              <th scope="col" className="number">
                {text("difference")}
              </th>
            </tr>
          </thead>
          {[...groups].map(([currency, group]) => {
            const total = (side: string): Amount => sum(group.flatMap((row) => row[`${METRIC}${side}`] ?? []));
            return (
              <tbody key={currency}>
                <tr>
                  <th scope="rowgroup">
                    <b>{currency}</b> <span className="dim">{plural("customerCount", group.length)}</span>
                  </th>
                  <td className="number">
                    <b>
                      <Shown amount={total("Before")} currency={currency} />
                    </b>
                  </td>
                  <td className="number">
                    <b>
                      <Shown amount={total("After")} currency={currency} />
                    </b>
                  </td>
                  <td className="number">
                    <b>
                      <Shown amount={total("Difference")} currency={currency} isChange />
                    </b>
                  </td>
                </tr>
                {group.slice(0, most).map((row) => (
                  <tr key={row.CustomerId}>
                    <td>
                      <bdi>
                        {row.CustomerId === "unassigned" ? text("unassigned") : (row.CustomerName ?? row.CustomerId)}
                      </bdi>
                    </td>
                    <td className="number dim">
                      <Shown amount={row[`${METRIC}Before`]} currency={currency} />
                    </td>
                    <td className="number">
                      <Shown amount={row[`${METRIC}After`]} currency={currency} />
                    </td>
                    <td className="number">
                      <b>
                        <Shown amount={row[`${METRIC}Difference`]} currency={currency} isChange />
                      </b>
                    </td>
                  </tr>
                ))}
                {group.length > most && (
                  <tr>
                    <td colSpan={4} className="dim">
                      {plural("andMore", group.length - most)}
                    </td>
                  </tr>
                )}
              </tbody>
            );
          })}
        </table>
      </Scrolls>
      {isCut && (
        <p className="more-rows">
          <button type="button" className="link" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
            {isAll ? text("homeShowFewer") : plural("homeShowAll", rows.length)}
          </button>
        </p>
      )}
    </>
  );
};

const CHOICES: readonly { decision: Decision; title: TextKey; about: TextKey }[] = [
  { decision: "carry", title: "carry", about: "carryMeans" },
  { decision: "accept", title: "accept", about: "acceptMeans" },
  { decision: "leave", title: "leave", about: "leaveMeans" },
];

const DecisionForm = ({
  change,
  choices,
  to,
}: {
  change: LateChange;
  choices: readonly { decision: Decision; title: TextKey; about: TextKey }[];
  to: string | undefined;
}): ReactElement => {
  const { text, language } = useTexts();
  const [decision, setDecision] = useState<Decision | undefined>(choices[0]?.decision);
  const [reason, setReason] = useState("");
  const decide = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/api/v1/late-changes", {
          body: {
            decision: decision ?? "leave",
            connection: change.connection,
            month: change.month,
            reason: reason.trim(),
            ...(decision === "carry" && to !== undefined ? { to } : {}),
          },
        }),
      ),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    decide.mutate();
  };
  const target = to === undefined ? text("laterMonth") : monthText(to, language);
  return (
    <form onSubmit={submit} className="stack decision">
      <div className="choices" role="radiogroup" aria-label={text("decision")}>
        {choices.map((choice) => (
          <label key={choice.decision}>
            <input
              type="radio"
              name="decision"
              checked={decision === choice.decision}
              disabled={choice.decision === "carry" && to === undefined}
              onChange={() => setDecision(choice.decision)}
            />
            <b>{text(choice.title)}</b>
            <span>
              {choice.decision === "carry" && to === undefined
                ? text("noMonthToCarryTo")
                : text(choice.about, { month: target })}
            </span>
          </label>
        ))}
      </div>
      <label>
        {text("reasonKept")}
        <textarea
          className="field area"
          required
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      {decide.isError && <ProblemNote error={decide.error} />}
      {decide.data !== undefined && <JobNote job={decide.data.job} />}
      <div className="row">
        <button type="submit" className="control primary" disabled={decide.isPending || decide.data !== undefined}>
          {text("decide")}
        </button>
      </div>
    </form>
  );
};

const UNDO: typeof CHOICES = [{ decision: "undo-carry", title: "undoCarry", about: "undoCarryMeans" }];

export const LateChanges = ({
  change,
  months,
}: {
  change: LateChange;
  months: readonly MonthOfPartner[];
}): ReactElement => {
  const me = useMe();
  const { text, language } = useTexts();
  // The oldest month after it that is still open: it is the next to be billed.
  const to = months
    .filter((month) => month.connection === change.connection && month.month > change.month && month.state !== "locked")
    .map((month) => month.month)
    .sort()[0];
  const isOpen = change.decision === "open";
  const choices = change.because === "locked" ? CHOICES : CHOICES.filter((choice) => choice.decision !== "carry");
  const rows = (change.changes ?? []) as Row[];
  return (
    <section className="card" aria-label={text("lateChanges")}>
      <header>
        <h2>{text("lateChanges")}</h2>
        <span className="sub">{text("heldAt", { at: momentText(change.held_at, language) })}</span>
        <span className="grow" />
        <Pill tone={isOpen ? "warn" : "none"} icon={isOpen ? "exclamation" : "check"}>
          {text(DECISIONS[change.decision])}
        </Pill>
      </header>
      <dl className="facts">
        <dt>{text("why")}</dt>
        <dd>{text(CAUSES[change.because])}</dd>
        {change.detail !== "" && change.because !== "locked" && (
          <>
            <dt>{text("details")}</dt>
            <dd>{asSentence(readable(change.detail, language))}</dd>
          </>
        )}
        {!isOpen && change.decided_at !== undefined && (
          <>
            <dt>{text("decision")}</dt>
            <dd>
              {text("decidedBy", { by: change.decided_by ?? "", at: momentText(change.decided_at, language) })}
              {change.reason !== undefined && ` · “${change.reason}”`}
              {change.carried_to !== undefined &&
                ` · ${text("carriedTo", { month: monthText(change.carried_to, language) })}`}
            </dd>
          </>
        )}
      </dl>
      {rows.length > 0 && <Ledger rows={rows} />}
      {isOpen && rows.length === 0 && <p className="empty dim">{text("changesNothing")}</p>}
      {hasRight(me, "manage-months") && isOpen && <DecisionForm change={change} choices={choices} to={to} />}
      {hasRight(me, "manage-months") && change.decision === "carried" && (
        <DecisionForm change={change} choices={UNDO} to={undefined} />
      )}
    </section>
  );
};
