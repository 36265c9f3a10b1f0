// Does it add up: from Microsoft's files to charges to customers, to the last digit, for each currency.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";

import type { Schemas } from "../api/client";
import { proofQuery } from "../api/queries";
import { asSentence, readable } from "../connections/told";
import { type Amount, compare, difference, sign, sum } from "../format/decimal";
import { countText, exactDigits, type Language, monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { useScope } from "../shell/scope";
import { Icon } from "../ui/icons";
import { CopyButton, Empty, MonthStatePill, Pill, ProblemNote, ScreenTitle, SkeletonRows } from "../ui/parts";

type MonthProof = Schemas["MonthProof"];
type Sums = Schemas["ProofSums"];
type Metric = "billed" | "effective";

const METRICS: readonly Metric[] = ["billed", "effective"];
const ZERO = "0";

// The two joints of a lane: files to charges, charges to customers. Nothing where the files' sum is not known. The
// service says the first difference there is, for sums of files may have more digits than amounts.
const jointsOf = (sums: Sums): [Amount | undefined, Amount] => {
  const toCustomers = difference(sums.charges, sum([sums.assigned, sums.unassigned]));
  if (sums.source === null || sums.source === undefined) return [undefined, toCustomers];
  return [compare(sums.difference, toCustomers) === 0 ? ZERO : sums.difference, toCustomers];
};

type Outcome = "holds" | "open" | "broken";

/** What is not there yet breaks nothing: as long as all that can be compared is equal, the proof waits for the rest. */
const outcomeOf = (month: MonthProof): Outcome => {
  if (month.holds) return "holds";
  const isLacking = month.state === "partial" || month.state === "missing";
  const rowsHold = month.rows.source === month.rows.stored + month.rows.rejected;
  const differs = month.currencies.some((currency) =>
    METRICS.some((metric) => jointsOf(currency[metric]).some((off) => off !== undefined && sign(off) !== 0)),
  );
  return isLacking && rowsHold && !differs ? "open" : "broken";
};

const Exact = ({ amount, look, language }: { amount: Amount; look?: string; language: Language }): ReactElement => {
  const shown = exactDigits(amount, language);
  const at = Math.max(shown.lastIndexOf(language === "de" ? "," : "."), -1);
  return (
    <div className={look === undefined ? "exact" : `exact ${look}`}>
      <span>{at < 0 ? shown : shown.slice(0, at)}</span>
      <span className="fraction">{at < 0 ? "" : shown.slice(at)}</span>
    </div>
  );
};

const Joint = ({ off }: { off: Amount | undefined }): ReactElement => {
  const { text, language } = useTexts();
  if (off === undefined) return <div className="joint unknown" title={text("sourceUnknown")} />;
  const holds = sign(off) === 0;
  return (
    <div className={holds ? "joint" : "joint broken"}>
      <b title={holds ? text("differenceZero") : exactDigits(off, language)}>{holds ? ZERO : "≠"}</b>
      {!holds && <span className="hidden-text">{text("differs", { amount: exactDigits(off, language) })}</span>}
    </div>
  );
};

const Lane = ({
  currency,
  metric,
  sums,
  isFirst,
}: {
  currency: string;
  metric: Metric;
  sums: Sums;
  isFirst: boolean;
}) => {
  const { text, language } = useTexts();
  const [fromFiles, toCustomers] = jointsOf(sums);
  const isBroken = sign(toCustomers) !== 0;
  return (
    <div className={isFirst ? "lane first" : "lane"} role="row">
      <div className="of" role="rowheader">
        {isFirst ? <b>{currency}</b> : <b className="hidden-text">{currency}</b>}
        {text(metric)}
      </div>
      <div role="cell">
        {sums.source === null || sums.source === undefined ? (
          <div className="exact dim">{text("unknown")}</div>
        ) : (
          <Exact amount={sums.source} language={language} />
        )}
      </div>
      <div role="cell">
        <Joint off={fromFiles} />
      </div>
      <div role="cell">
        <Exact
          amount={sums.charges}
          look={fromFiles !== undefined && sign(fromFiles) !== 0 ? "broken" : undefined}
          language={language}
        />
      </div>
      <div role="cell">
        <Joint off={toCustomers} />
      </div>
      <div role="cell">
        <Exact amount={sums.assigned} look={isBroken ? "broken" : undefined} language={language} />
        <Exact amount={sums.unassigned} look={isBroken ? "unassigned broken" : "unassigned"} language={language} />
      </div>
    </div>
  );
};

const Verdict = ({ month }: { month: MonthProof }): ReactElement => {
  const { text, plural, language } = useTexts();
  const joints = month.currencies.length * METRICS.length * 2;
  const name = `${month.connection}, ${monthText(month.month, language)}`;
  const outcome = outcomeOf(month);
  if (outcome === "open") {
    return (
      <div className="verdict open" role="status">
        <Icon name="half" size={28} />
        <div className="grow">
          <b>{text("proofWaits")}</b>
          <p>
            {name} · {month.reasons.map((reason) => asSentence(readable(reason, language))).join("; ")}
          </p>
        </div>
      </div>
    );
  }
  if (outcome === "broken") {
    return (
      <div className="verdict bad" role="status">
        <Icon name="cross" size={28} />
        <div className="grow">
          <b>{text("doesNotHold")}</b>
          <p>{name}</p>
          <ul>
            {month.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
          <p>
            {text("next")}: {text("proofNext")} <code>apportion doctor</code>
          </p>
        </div>
      </div>
    );
  }
  return (
    <div className="verdict" role="status">
      <Icon name="check" size={28} />
      <div className="grow">
        <b>{text("everythingHolds")}</b>
        <p>
          {name} · {plural("jointsHold", joints)}
        </p>
      </div>
    </div>
  );
};

const Checks = ({ month }: { month: MonthProof }): ReactElement => {
  const { text, plural, language } = useTexts();
  const { source, stored, rejected } = month.rows;
  const rowsHold = source === stored + rejected;
  return (
    <section className="card" aria-label={text("furtherChecks")}>
      <div className="checks">
        <div>
          <b>
            <Icon name={rowsHold ? "check" : "cross"} size={14} />
            {text("rows")}
          </b>
          {text("rowsAddUp", {
            source: countText(source, language),
            stored: countText(stored, language),
            rejected: countText(rejected, language),
          })}
        </div>
        <div>
          <b>{text("timingRows")}</b>
          {plural("timingRowsAre", month.timing_rows)}
        </div>
        {month.focus?.map((focus) => (
          <div key={focus.currency}>
            <b>{text("focusFile", { currency: focus.currency })}</b>
            {text("focusDiffers", {
              billed: exactDigits(focus.billed_difference, language),
              effective: exactDigits(focus.effective_difference, language),
            })}
          </div>
        ))}
      </div>
      {month.notes.length > 0 && (
        <footer>
          <ul>
            {month.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </footer>
      )}
    </section>
  );
};

const MonthOfProof = ({ month }: { month: MonthProof }): ReactElement => {
  const { text, plural, language } = useTexts();
  return (
    <>
      <Verdict month={month} />
      {month.currencies.length > 0 && (
        <section className="card" aria-label={text("sums")}>
          <div
            className="lanes"
            role="table"
            aria-label={text("sums")}
            tabIndex={0} // it scrolls sideways
          >
            <div className="lane-heads" role="row">
              <span role="cell" />
              <span role="columnheader">
                <b>{text("filesOfMicrosoft")}</b>
                {text("rowsAddUp", {
                  source: countText(month.rows.source, language),
                  stored: countText(month.rows.stored, language),
                  rejected: countText(month.rows.rejected, language),
                })}
              </span>
              <span role="cell" className="equals">
                =
              </span>
              <span role="columnheader">
                <b>{text("charges")}</b>
                {plural("timingRowsAre", month.timing_rows)}
              </span>
              <span role="cell" className="equals">
                =
              </span>
              <span role="columnheader">
                <b>{text("assignedAndUnassigned")}</b>
                {text("solidAndDashed")}
              </span>
            </div>
            {month.currencies.flatMap((currency) =>
              METRICS.map((metric, position) => (
                <Lane
                  key={`${currency.currency} ${metric}`}
                  currency={currency.currency}
                  metric={metric}
                  sums={currency[metric]}
                  isFirst={position === 0}
                />
              )),
            )}
          </div>
        </section>
      )}
      <Checks month={month} />
    </>
  );
};

const InvoicesOfProof = ({
  invoices,
  month,
}: {
  invoices: readonly Schemas["InvoiceProof"][];
  month: string;
}): ReactElement => {
  const { text } = useTexts();
  return (
    <section className="card" aria-label={text("invoices")}>
      <header>
        <h2>{text("invoices")}</h2>
        <span className="grow" />
        <Link to="/invoices" search={{ month } as never}>
          {text("proofSeeInvoices")}
        </Link>
      </header>
      <ul className="invoices-of-proof">
        {invoices.map((one) => (
          <li key={`${one.invoice} ${one.currency}`}>
            <Pill tone={one.holds ? "good" : "bad"} icon={one.holds ? "check" : "cross"}>
              {text(one.holds ? "invoicesTies" : "invoicesDiffers")}
            </Pill>
            <Link
              to="/invoices"
              search={{ month, invoice: one.invoice, currency: one.currency } as never}
            >
              {one.invoice} {one.currency}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
};

const OUTCOMES = {
  holds: { look: { tone: "good", icon: "check" }, label: "holds" },
  open: { look: { tone: "warn", icon: "half" }, label: "statePartial" },
  broken: { look: { tone: "bad", icon: "cross" }, label: "broken" },
} as const;

export const ProofScreen = (): ReactElement => {
  const { text, language } = useTexts();
  const { scope, choose, months } = useScope();
  const [again, setAgain] = useState(false);
  const { month } = scope;
  const proof = useQuery({ ...proofQuery({ month: month ?? "" }), enabled: month !== undefined });
  const proofs = proof.data?.months ?? [];
  const shown = proofs.find((one) => one.connection === scope.connection) ?? proofs[0];
  const command = `apportion prove --month ${month ?? ""}`;
  const proveAgain = async (): Promise<void> => {
    setAgain(true);
    await proof.refetch();
    setAgain(false);
  };
  return (
    <main className="main" id="content">
      <div className="row wrap">
        <ScreenTitle>{text("proof")}</ScreenTitle>
        {month !== undefined && <span className="sub">{monthText(month, language)}</span>}
        <span className="grow" />
        <CopyButton
          content={() => command}
          label={text("copyCommand")}
          className="control large-only"
          icon="terminal"
        />
        <button
          type="button"
          className="control"
          disabled={month === undefined || again}
          onClick={() => void proveAgain()}
        >
          {text(again ? "proving" : "proveAgain")}
        </button>
      </div>
      {[months, proof].map((query, position) =>
        query.isError ? (
          <ProblemNote
            key={position === 0 ? "months" : "proof"}
            error={query.error}
            onRetry={() => void query.refetch()}
          />
        ) : null,
      )}
      {(months.isPending || (proof.isPending && month !== undefined)) && !proof.isError && (
        <section className="card" aria-label={text("proof")}>
          <table>
            <SkeletonRows rows={8} columns={4} />
          </table>
        </section>
      )}
      {months.isSuccess && month === undefined && (
        <section className="card">
          <Empty title={text("noMonths")} command="apportion sync">
            {text("noMonthsWhy")}
          </Empty>
        </section>
      )}
      {proofs.length > 1 && (
        <div className="connections" role="group" aria-label={text("connection")}>
          {proofs.map((one) => (
            <button
              key={one.connection}
              type="button"
              aria-pressed={one === shown}
              onClick={() => choose({ connection: one.connection })}
            >
              <b>{one.connection}</b>
              <Pill {...OUTCOMES[outcomeOf(one)].look}>{text(OUTCOMES[outcomeOf(one)].label)}</Pill>
              <span className="dim">{text("rowsInFiles", { rows: countText(one.rows.source, language) })}</span>
            </button>
          ))}
        </div>
      )}
      {shown !== undefined && (
        <div className={again ? "stale" : undefined}>
          {shown.state !== "complete" && shown.state !== "locked" && (
            <div className="note">
              <MonthStatePill state={shown.state} />
              <span>{asSentence(readable(shown.state_reason, language))}</span>
            </div>
          )}
          <MonthOfProof month={shown} />
          {month !== undefined && (proof.data?.invoices ?? []).length > 0 && (
            <InvoicesOfProof invoices={proof.data?.invoices ?? []} month={month} />
          )}
        </div>
      )}
    </main>
  );
};
