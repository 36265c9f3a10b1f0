// One invoice: why it does or does not tie, class by class, with what to do about each.
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type ReactElement, useState } from "react";

import { askAgain } from "../api/queries";
import { asSentence, readable } from "../connections/told";
import { difference } from "../format/decimal";
import { countText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { hasRight, useMe } from "../shell/session";
import { Confirm } from "../ui/Confirm";
import { Icon } from "../ui/icons";
import { Money } from "../ui/Money";
import { Pill, ProblemNote, Scrolls, Segments, SkeletonRows } from "../ui/parts";
import { onRowKey } from "../ui/rows";
import { AmountHeads, Bound } from "../ui/Sides";
import {
  CLASS_TEXTS,
  type ClassSum,
  isFault,
  keyOf,
  missesTotal,
  rejectedOf,
  sortedClasses,
  STATES,
} from "./invoices";
import { fileAddress, type Invoice, type InvoiceScope, invoicesQuery, removeTotal } from "./queries";
import type { Class, InvoicesSearch } from "./search";

/** Why it does not tie, in the reader's words; what the page has no words for, as the service says it. */
const Reasons = ({ invoice }: { invoice: Invoice }): ReactElement | null => {
  const { text, plural, language } = useTexts();
  if (invoice.state !== "differs") return null;
  const faults = sortedClasses(invoice.classes).filter((one) => isFault(one.class));
  const rejected = rejectedOf(invoice);
  const total = missesTotal(invoice) ? invoice.total : undefined;
  const compared = invoice.lines ?? invoice.charges;
  const isTold = faults.length > 0 || rejected > 0 || total !== undefined;
  return (
    <div className="note bad">
      <Icon name="warning" />
      <div className="grow">
        <b>{text("invoicesWhyNot")}</b>
        <ul>
          {faults.map((one) => (
            <li key={one.class}>
              {text(CLASS_TEXTS[one.class].name)}:{" "}
              <Money amount={one.difference} currency={invoice.currency} isChange showsCurrency />.{" "}
              {text(CLASS_TEXTS[one.class].next)}
            </li>
          ))}
          {rejected > 0 && <li>{plural("invoicesRejected", rejected)}</li>}
          {total !== undefined && (
            <li>
              {text(invoice.lines === undefined ? "invoicesMissesCharges" : "invoicesMissesLines")}
              {compared !== undefined && (
                <>
                  :{" "}
                  <Money
                    amount={difference(compared, total)}
                    currency={invoice.currency}
                    isChange
                    showsCurrency
                  />
                </>
              )}
            </li>
          )}
          {!isTold &&
            invoice.reasons.map((reason) => <li key={reason}>{asSentence(readable(reason, language))}</li>)}
        </ul>
      </div>
    </div>
  );
};

const Classes = ({
  classes,
  currency,
  chosen,
  onChoose,
}: {
  classes: readonly ClassSum[];
  currency: string;
  chosen: Class | undefined;
  onChoose: (name: Class | undefined) => void;
}): ReactElement => {
  const { text, language } = useTexts();
  return (
    <Scrolls>
      <table className="classes">
        <caption className="hidden-text">{text("invoicesClasses")}</caption>
        <thead>
          <tr>
            <th scope="col">{text("invoicesWhy")}</th>
            <th scope="col" className="number">
              {text("invoicesKeys")}
            </th>
            <AmountHeads one={text("charges")} other={text("invoicesLines")} />
          </tr>
        </thead>
        <tbody>
          {sortedClasses(classes).map((one) => {
            const opens = one.class !== "equal";
            const choose = (): void => onChoose(one.class === chosen ? undefined : one.class);
            return (
              <tr
                key={one.class}
                className={`${opens ? "opens" : ""} ${one.class === chosen ? "chosen" : ""}`}
                {...(opens
                  ? {
                      tabIndex: 0,
                      "aria-current": one.class === chosen,
                      onClick: choose,
                      onKeyDown: (event: KeyboardEvent<HTMLTableRowElement>) => onRowKey(event, choose),
                    }
                  : {})}
              >
                <th scope="row">
                  <span className={isFault(one.class) ? "strong bad" : "strong"}>
                    <Icon name={isFault(one.class) ? "cross" : "check"} size={12} />
                    {text(CLASS_TEXTS[one.class].name)}
                  </span>
                  <span className="under told">{text(CLASS_TEXTS[one.class].why)}</span>
                </th>
                <td className="number">{countText(one.keys, language)}</td>
                <td className="number">
                  <Money amount={one.charges} currency={currency} />
                </td>
                <td className="number">
                  <Money amount={one.lines} currency={currency} />
                </td>
                <td className="number strong">
                  <Money amount={one.difference} currency={currency} isChange />
                </td>
                <td className="number dim">
                  <Bound reason={one.class} amount={one.bound} currency={currency} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scrolls>
  );
};

export const InvoiceDetails = ({
  invoice,
  scope,
  search,
  onChange,
  onAddLines,
}: {
  invoice: Invoice;
  scope: InvoiceScope;
  search: InvoicesSearch;
  onChange: (change: Partial<InvoicesSearch>) => void;
  /** Unset for those who may not. */
  onAddLines: (() => void) | undefined;
}): ReactElement => {
  const me = useMe();
  const { text, plural, language } = useTexts();
  const [removes, setRemoves] = useState(false);
  const datasets = new Set(invoice.imports.map((one) => one.dataset));
  const hasBoth = datasets.size > 1;
  const withUsage = search.with === "usage" && hasBoth;
  const compared: InvoiceScope = withUsage ? { ...scope, dataset: "DailyRatedUsage" } : scope;
  const usage = useQuery({ ...invoicesQuery(compared), enabled: withUsage });
  const shown = withUsage ? usage.data?.invoices.find((one) => keyOf(one) === keyOf(invoice)) : invoice;
  const rows = invoice.imports.reduce((count, one) => count + one.rows, 0);
  const state = STATES[invoice.state];
  const named = { ...compared, invoice: invoice.invoice };
  return (
    <section className="card" aria-label={`${invoice.invoice} ${invoice.currency}`}>
      <header>
        <h2>
          {invoice.invoice} <span className="unit">{invoice.currency}</span>
        </h2>
        <Pill tone={state.tone} icon={state.icon}>
          {text(state.label)}
        </Pill>
        {rows > 0 && <span className="sub">{plural("invoicesLineCount", rows)}</span>}
        <span className="grow" />
        {hasBoth && (
          <Segments
            label={text("invoicesComparedWith")}
            choices={[
              { value: "", label: text("invoicesReconciliation") },
              { value: "usage", label: text("invoicesDailyUsage") },
            ]}
            chosen={withUsage ? "usage" : ""}
            onChoose={(value) =>
              onChange({ with: value === "usage" ? "usage" : undefined, class: undefined, open: undefined })
            }
          />
        )}
        {invoice.classes.length > 0 &&
          (["csv", "xlsx"] as const).map((format) => (
            <a key={format} className="control" href={fileAddress(named, format, true)} download>
              <Icon name="download" />
              {format.toUpperCase()}
            </a>
          ))}
        {invoice.total !== undefined && hasRight(me, "manage-invoices") && (
          <button type="button" className="control" onClick={() => setRemoves(true)}>
            {text("invoicesRemoveTotal")}
          </button>
        )}
      </header>
      <Reasons invoice={invoice} />
      {usage.isError && withUsage && <ProblemNote error={usage.error} onRetry={() => void usage.refetch()} />}
      {withUsage && usage.isPending && (
        <table>
          <SkeletonRows rows={4} columns={6} />
        </table>
      )}
      {shown !== undefined && shown.classes.length > 0 && (
        <Classes
          classes={shown.classes}
          currency={invoice.currency}
          chosen={search.class}
          onChoose={(name) =>
            onChange({
              invoice: invoice.invoice,
              currency: invoice.currency,
              class: name,
              by: undefined,
              customer: undefined,
              subscription: undefined,
              product: undefined,
              open: undefined,
            })
          }
        />
      )}
      {invoice.classes.length === 0 && (
        <div className="no-lines">
          <p>
            {text(
              invoice.state === "not-compared"
                ? "invoicesNoLinesNoTotal"
                : invoice.imports.length > 0
                  ? "invoicesLinesNotCompared"
                  : "invoicesOnlyTotal",
            )}
          </p>
          {invoice.imports.length > 0 &&
            invoice.reasons.map((reason) => (
              <p key={reason} className="dim">
                {asSentence(readable(reason, language))}
              </p>
            ))}
          {invoice.imports.length === 0 && <p className="dim">{text("invoicesWhereFrom")}</p>}
          {onAddLines !== undefined && invoice.imports.length === 0 && (
            <button type="button" className="control" onClick={onAddLines}>
              {text("invoicesAddLines")}
            </button>
          )}
        </div>
      )}
      {removes && (
        <Confirm
          title={text("invoicesRemoveTotalOf", { invoice: invoice.invoice })}
          action={text("invoicesRemoveTotal")}
          run={async () => {
            await removeTotal(invoice.invoice);
            await askAgain();
          }}
          onClose={() => setRemoves(false)}
        >
          {text("invoicesRemoveTotalWhy")}
        </Confirm>
      )}
    </section>
  );
};
