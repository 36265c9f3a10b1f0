// Is the month complete, may it be closed: the states of the last months, and what stands in the way of the chosen one.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

import { type MonthOfPartner, proofQuery } from "../api/queries";
import { asSentence, readable } from "../connections/told";
import { countText, monthsBefore, monthText, nameOrder } from "../format/format";
import { useTexts } from "../i18n/texts";
import { useInvoiceCheck } from "../invoices/InvoiceCheck";
import { LockButton } from "../months/LockButton";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { MonthStatePill, Scrolls, stateWord } from "../ui/parts";
import { type Action, keyOf, type Money } from "./actions";
import { MoneyText } from "./NeedsAction";

const MONTHS = 3;
const CONNECTIONS_MAX = 8;
const DETAILS_MAX = 3;

const Check = ({ isGood, children }: { isGood: boolean; children: React.ReactNode }): ReactElement => {
  const { text } = useTexts();
  return (
    <li className={isGood ? "good-check" : "open-check"}>
      <Icon name={isGood ? "check" : "warning"} />
      <span>
        <span className="hidden-text">{text(isGood ? "homeCheckGood" : "homeCheckOpen")}: </span>
        {children}
      </span>
    </li>
  );
};

const isWhole = (month: MonthOfPartner): boolean => month.state === "complete" || month.state === "locked";

const Details = ({
  month,
  state,
  isFirst,
  tenants,
}: {
  month: MonthOfPartner;
  state: string;
  /** Says what is of all connections, too. */
  isFirst: boolean;
  tenants: { count: number; money: readonly Money[] };
}): ReactElement => {
  const me = useMe();
  const { text, plural, language } = useTexts();
  const proof = useQuery({
    ...proofQuery({ month: month.month, connection: month.connection }),
    enabled: month.split && hasRight(me, "read-partner-costs"),
  });
  const invoices = useInvoiceCheck(month.month, isFirst && month.split && hasRight(me, "read-partner-costs"));
  const reasons = [...(proof.data?.reasons ?? []), ...(proof.data?.months ?? []).flatMap((one) => one.reasons)];
  const rows = month.runs.filter((run) => run.in_force).reduce((count, run) => count + run.rows, 0);
  const currencies = [...new Set((proof.data?.months ?? []).flatMap((one) => one.currencies.map((of) => of.currency)))];
  return (
    <div className="month-details">
      <h3>
        {monthText(month.month, language)}, {month.connection}
        <MonthStatePill state={state} />
      </h3>
      <ul>
        <Check isGood={isWhole(month)}>
          {isWhole(month)
            ? text("homeCovered", {
                rejected: countText(month.rejected, language),
                rows: countText(rows, language),
              })
            : asSentence(readable(month.reason, language))}
        </Check>
        {state === "late" && <Check isGood={false}>{text("homeLateOpen")}</Check>}
        {month.charges > 0 && !month.split && <Check isGood={false}>{text("homeIsNotSplit")}</Check>}
        {proof.data !== undefined && (
          <Check isGood={reasons.length === 0}>
            {reasons.length === 0
              ? text("homeProofHolds", { currencies: currencies.join(", ") })
              : reasons.map((reason) => asSentence(readable(reason, language))).join("; ")}
          </Check>
        )}
        {invoices !== undefined && <Check isGood={invoices.isGood}>{invoices.told}</Check>}
        {tenants.count > 0 && (
          <Check isGood={false}>
            <Link to="/customers" search={{ month: month.month } as never}>
              {plural("homeTenants", tenants.count)}
            </Link>
            {tenants.money.map((money) => (
              <span key={money.currency}>
                {" "}
                <MoneyText money={money} />
              </span>
            ))}
          </Check>
        )}
      </ul>
      <div className="row wrap">
        {hasRight(me, "manage-months") && state === "complete" && <LockButton month={month} />}
        {month.split && hasRight(me, "read-partner-costs") && (
          <Link
            to="/proof"
            search={{ month: month.month, connection: month.connection } as never}
            className="control"
          >
            {text("homeSeeProof")}
          </Link>
        )}
        {!isWhole(month) && (
          <Link to="/months" search={{ month: month.month, at: keyOf(month) } as never} className="control">
            {text("homeSeeMonth")}
          </Link>
        )}
      </div>
    </div>
  );
};

export const MonthsCard = ({
  months,
  late,
  month,
  tenants,
}: {
  months: readonly MonthOfPartner[];
  /** Months of which newer charges wait for a decision. */
  late: ReadonlySet<string>;
  month: string;
  tenants: Action | undefined;
}): ReactElement => {
  const texts = useTexts();
  const { text, language } = texts;
  const shown = Array.from({ length: MONTHS }, (_, back) => monthsBefore(month, MONTHS - 1 - back));
  const order = nameOrder(language);
  const connections = [...new Set(months.map((one) => one.connection))].sort((left, right) =>
    order.compare(left, right),
  );
  const byKey = new Map(months.map((one) => [keyOf(one), one]));
  const stateOf = (one: MonthOfPartner): string => (late.has(keyOf(one)) ? "late" : one.state);
  const ofMonth = connections.flatMap((connection) => {
    const found = byKey.get(keyOf({ connection, month }));
    return found === undefined ? [] : [found];
  });
  return (
    <section className="card months-to-close" aria-label={text("homeMonthsToClose")}>
      <header>
        <h2>{text("homeMonthsToClose")}</h2>
        <span className="grow" />
        <Link to="/months" search={{ month } as never}>
          {text("homeAllMonths")}
        </Link>
      </header>
      <Scrolls>
        <table>
          <caption className="hidden-text">{text("calendar")}</caption>
          <thead>
            <tr>
              <th scope="col">{text("connection")}</th>
              {shown.map((one) => (
                <th key={one} scope="col" title={monthText(one, language)}>
                  {monthText(one, language, "brief")}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {connections.slice(0, CONNECTIONS_MAX).map((connection) => (
              <tr key={connection}>
                <th scope="row" title={connection}>
                  {connection}
                </th>
                {shown.map((one) => {
                  const found = byKey.get(keyOf({ connection, month: one }));
                  return (
                    <td key={one} title={found?.reason}>
                      {found === undefined ? (
                        <span className="dim">{"\u2013"}</span>
                      ) : (
                        <Link
                          to="/months"
                          search={{ month: one, at: keyOf(found) } as never}
                          className="state-link"
                          aria-label={`${connection}, ${monthText(one, language)}: ${stateWord(stateOf(found), texts)}`}
                        >
                          <MonthStatePill state={stateOf(found)} />
                        </Link>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
      {ofMonth.slice(0, DETAILS_MAX).map((one, position) => (
        <Details
          key={keyOf(one)}
          month={one}
          state={stateOf(one)}
          isFirst={position === 0}
          // Tenants are counted over all connections: said once.
          tenants={
            position === 0 && tenants !== undefined
              ? { count: tenants.count ?? 0, money: tenants.money ?? [] }
              : { count: 0, money: [] }
          }
        />
      ))}
    </section>
  );
};
