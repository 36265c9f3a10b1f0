// Old and new amounts of those whose amounts a draft changes.
import { type ReactElement, useState } from "react";

import { sign, size } from "../format/decimal";
import { barLength } from "../format/plot";
import { useTexts } from "../i18n/texts";
import { Money } from "../ui/Money";
import { Pill, ProblemNote, Scrolls, Segments, SkeletonRows } from "../ui/parts";
import { WorkbookButton } from "../ui/workbook";
import { type Change, type Cost, type CurrencySum, UNASSIGNED } from "./changes";
import { PreviewFailed } from "./queries";

const ROWS_MAX = 60;
const HALF = 50;

const Bar = ({ change, largest }: { change: Change; largest: string }): ReactElement => {
  const amount = change.difference ?? "0";
  const width = (barLength(size(amount), largest) * HALF) / 100;
  const isMore = sign(amount) > 0;
  return (
    <span className="two-sided">
      <i
        className={isMore ? "more" : "less"}
        style={{ width: `${width}%`, left: `${isMore ? HALF : HALF - width}%` }}
        aria-hidden="true"
      />
    </span>
  );
};

const COLUMNS = [
  { name: "BillingCurrency", kind: "text" },
  { name: "CustomerId", kind: "text" },
  { name: "CustomerName", kind: "text" },
  { name: "Old", kind: "money" },
  { name: "New", kind: "money" },
  { name: "Difference", kind: "money" },
  { name: "Reason", kind: "text" },
] as const;

const rowOf = (change: Change): Record<string, string> => ({
  BillingCurrency: change.currency,
  CustomerId: change.customer,
  ...(change.name === undefined ? {} : { CustomerName: change.name }),
  ...(change.before === undefined ? {} : { Old: change.before }),
  ...(change.after === undefined ? {} : { New: change.after }),
  ...(change.difference === undefined ? {} : { Difference: change.difference }),
  Reason: change.reasons.join("; "),
});

export const PreviewCard = ({
  month,
  monthId,
  state,
  changes,
  sums,
  notes,
  cost,
  error,
  onCost,
  onRetry,
}: {
  month: string;
  monthId: string;
  /** Why there is nothing to see, or whether what is shown is of the text as it is. */
  state: "same" | "empty" | "faulty" | "waits" | "stale" | "fresh" | "failed";
  changes: readonly Change[];
  sums: readonly CurrencySum[];
  notes: readonly string[];
  cost: Cost;
  error: unknown;
  onCost: (cost: Cost) => void;
  onRetry: () => void;
}): ReactElement => {
  const { text, plural } = useTexts();
  const [isAll, setAll] = useState(false);
  const shown = isAll ? changes : changes.slice(0, ROWS_MAX);
  const isThere = state === "fresh" || state === "stale";
  const even = sums.filter((one) => one.rest !== undefined && sign(one.rest) === 0).map((one) => one.currency);
  const largest = new Map(sums.map((one) => [one.currency, one.largest]));
  return (
    <section className="card" aria-label={text("rulesPreview")} aria-busy={state === "waits" || state === "stale"}>
      <header>
        <h2>{text("rulesPreview")}</h2>
        <span className="sub" role="status">
          {month}
          {isThere && ` · ${plural("rulesAmountsChange", changes.length)}`}
          {(state === "stale" || state === "waits") && ` · ${text("rulesPreviewRuns")}`}
        </span>
        <span className="grow" />
        {isThere && even.length > 0 && (
          <span title={text("rulesNothingLost", { currencies: even.map((currency) => `0 ${currency}`).join(", ") })}>
            <Pill tone="good" icon="check">
              {text("rulesSumOf", { currencies: even.join(", ") })}
            </Pill>
          </span>
        )}
        <Segments
          label={text("rulesCost")}
          choices={[
            { value: "billed", label: text("billed") },
            { value: "effective", label: text("effective") },
          ]}
          chosen={cost}
          onChoose={(value) => onCost(value as Cost)}
        />
        <WorkbookButton
          workbook={
            state !== "fresh" || changes.length === 0
              ? undefined
              : {
                  name: `preview-${monthId}.xlsx`,
                  title: [`${text("rulesPreview")}, ${month}, ${text(cost)}`],
                  sheet: { columns: COLUMNS, rows: changes.map(rowOf), totals: [] },
                }
          }
        />
      </header>
      {state === "same" && <p className="empty dim">{text("rulesPreviewSame")}</p>}
      {state === "empty" && <p className="empty dim">{text("rulesPreviewEmpty")}</p>}
      {state === "faulty" && <p className="empty dim">{text("rulesPreviewFaulty")}</p>}
      {state === "failed" && (
        <div className="inside">
          {error instanceof PreviewFailed ? (
            <div className="note bad" role="alert">
              <div className="grow">{error.message}</div>
              <button type="button" className="control small" onClick={onRetry}>
                {text("again")}
              </button>
            </div>
          ) : (
            <ProblemNote error={error} onRetry={onRetry} />
          )}
        </div>
      )}
      {state === "waits" && (
        <table>
          <SkeletonRows rows={6} columns={6} />
        </table>
      )}
      {isThere && notes.length > 0 && (
        <ul className="inside sub">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {isThere && changes.length === 0 && <p className="empty dim">{text("rulesPreviewNone", { cost: text(cost) })}</p>}
      {isThere && changes.length > 0 && (
        <Scrolls isStale={state === "stale"}>
          <table className="preview">
            <caption className="hidden-text">{text("rulesPreviewOf", { month })}</caption>
            <thead>
              <tr>
                <th scope="col">{text("rulesCurrency")}</th>
                <th scope="col">{text("customer")}</th>
                <th scope="col" className="number wide-cell">
                  {text("rulesNow")}
                </th>
                <th scope="col" className="number wide-cell">
                  {text("rulesThen")}
                </th>
                <th scope="col" className="number">
                  {text("rulesDifference")}
                </th>
                <th scope="col" className="bars-head wide-cell">
                  <span className="less">{text("rulesPaysLess")}</span>
                  <span className="more">{text("rulesPaysMore")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((change, at) => (
                <tr
                  key={`${change.currency} ${change.customer}`}
                  className={at > 0 && shown[at - 1]?.currency !== change.currency ? "begins" : undefined}
                >
                  <td className="dim unit">{change.currency}</td>
                  <th scope="row">
                    <bdi
                      className={change.customer === UNASSIGNED ? "dim" : undefined}
                      title={change.reasons.join("; ")}
                    >
                      {change.customer === UNASSIGNED ? text("unassigned") : (change.name ?? change.customer)}
                    </bdi>
                  </th>
                  <td className="number dim wide-cell">
                    <Money amount={change.before} currency={change.currency} />
                  </td>
                  <td className="number wide-cell">
                    <Money amount={change.after} currency={change.currency} />
                  </td>
                  <td className={`number strong ${toneOf(change)}`}>
                    <Money amount={change.difference} currency={change.currency} isChange />
                    <div className="under dim">
                      <Money amount={change.before} currency={change.currency} /> →{" "}
                      <Money amount={change.after} currency={change.currency} />
                    </div>
                  </td>
                  <td className="wide-cell bars">
                    <Bar change={change} largest={largest.get(change.currency) ?? "0"} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
      {isThere && changes.length > ROWS_MAX && (
        <footer>
          <button type="button" className="control quiet" onClick={() => setAll(!isAll)}>
            {isAll ? text("rulesFewer") : plural("rulesAll", changes.length)}
          </button>
        </footer>
      )}
    </section>
  );
};

export const toneOf = (change: Change): string =>
  change.difference === undefined ? "" : sign(change.difference) > 0 ? "more" : "less";
