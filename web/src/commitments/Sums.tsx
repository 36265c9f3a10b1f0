// Who bears what was not used, and who saves how much: each currency by itself.
import { Link } from "@tanstack/react-router";
import { type ReactElement, useMemo, useState } from "react";

import type { Row } from "../api/queries";
import { largestFirst, sign } from "../format/decimal";
import { shareText } from "../format/format";
import { barLength } from "../format/plot";
import { useTexts } from "../i18n/texts";
import { hasRight, useMe } from "../shell/session";
import { Money } from "../ui/Money";
import { Scrolls, Segments } from "../ui/parts";
import { bearersOf } from "./inventory";

const UNASSIGNED = "unassigned";

/** The document with the policies, where the screen of documents opens it. */
export const PoliciesLink = ({ className, label }: { className?: string; label: string }): ReactElement | null => {
  const me = useMe();
  if (!hasRight(me, "read-documents")) return null;
  return (
    <Link to="/rules" search={{ document: "commitment-policies" }} className={className}>
      {label}
    </Link>
  );
};

const BEARERS_MAX = 8;

export const UnusedByBearer = ({
  rows,
  nameOf,
}: {
  rows: readonly Row[];
  nameOf: (customer: string) => string;
}): ReactElement => {
  const { text, plural } = useTexts();
  const currencies = useMemo(() => bearersOf(rows), [rows]);
  return (
    <section className="card" aria-label={text("commitmentsUnusedBy")}>
      <header>
        <h2>{text("commitmentsUnusedBy")}</h2>
        <span className="grow" />
        <PoliciesLink label={text("commitmentsByPolicy")} />
      </header>
      {currencies.length === 0 ? (
        <p className="empty dim">{text("commitmentsAllUsed")}</p>
      ) : (
        <table className="borne">
          <caption className="hidden-text">{text("commitmentsUnusedBy")}</caption>
          <tbody>
            {currencies.flatMap(({ currency, bearers }) => [
              ...bearers.slice(0, BEARERS_MAX).map((bearer, position) => (
                <tr key={`${currency} ${bearer.customer}`}>
                  <td className="dim unit">
                    {position === 0 ? currency : <span className="hidden-text">{currency}</span>}
                  </td>
                  <th scope="row">
                    <span className="named">
                      <bdi title={nameOf(bearer.customer)}>{nameOf(bearer.customer)}</bdi>
                    </span>
                  </th>
                  <td className="bar-cell">
                    <div
                      className={bearer.customer === UNASSIGNED ? "bar hatched" : "bar c1"}
                      style={{ width: `${barLength(bearer.amount, bearers[0]?.amount ?? "1")}%` }}
                    />
                  </td>
                  <td className="number">
                    <Money amount={bearer.amount} currency={currency} />
                  </td>
                </tr>
              )),
              ...(bearers.length > BEARERS_MAX
                ? [
                    <tr key={`${currency} more`}>
                      <td />
                      <td colSpan={3} className="dim">
                        {plural("andMore", bearers.length - BEARERS_MAX)}
                      </td>
                    </tr>,
                  ]
                : []),
            ])}
          </tbody>
        </table>
      )}
    </section>
  );
};

const BEST = 5;
const WORST = 3;

const SavingRow = ({ row, name, currency }: { row: Row; name: string; currency: string }): ReactElement => {
  const { text, plural, language } = useTexts();
  const isLoss = row.NetSaving !== undefined && sign(row.NetSaving) < 0;
  const unknown = row.RowsWithoutListCost ?? "0";
  const note = [row.Note ?? "", unknown === "0" ? "" : plural("commitmentsWithoutList", parseInt(unknown, 10))].filter(
    (one) => one !== "",
  );
  return (
    <tr title={note.length > 0 ? note.join("; ") : undefined}>
      <th scope="row">
        <span className="named">
          <bdi title={name}>{name}</bdi>
          {unknown !== "0" && <span className="dim nowrap">{text("commitmentsPartlyUnknown")}</span>}
        </span>
      </th>
      <td className="number dim wide">
        <Money amount={row.ListCost} currency={currency} />
      </td>
      <td className="number wide">
        <Money amount={row.UsedCost} currency={currency} />
      </td>
      <td className="number wide">
        <Money amount={row.Saving} currency={currency} />
      </td>
      <td className="number">
        <Money amount={row.UnusedCost} currency={currency} />
      </td>
      <td className={isLoss ? "number strong bad" : "number strong"}>
        <Money amount={row.NetSaving} currency={currency} isChange />
      </td>
      <td className={isLoss ? "number bad wide" : "number dim wide"}>
        {row.EffectiveSavingsRatePercent === undefined
          ? "–"
          : shareText(row.EffectiveSavingsRatePercent, "100", language)}
      </td>
    </tr>
  );
};

export const SavingsByCustomer = ({
  rows,
  currency: wished,
  nameOf,
  onCurrency,
}: {
  rows: readonly Row[];
  currency: string | undefined;
  nameOf: (customer: string) => string;
  onCurrency: (currency: string) => void;
}): ReactElement => {
  const { text, plural } = useTexts();
  const [showsAll, setShowsAll] = useState(false);
  const currencies = [...new Set(rows.map((row) => row.BillingCurrency ?? ""))].sort();
  const currency = currencies.find((one) => one === wished) ?? currencies[0] ?? "";
  const own = rows.filter((row) => row.BillingCurrency === currency);
  const customers = largestFirst(
    own.filter((row) => row.CustomerId !== UNASSIGNED),
    (row) => row.NetSaving,
  );
  const unassigned = own.filter((row) => row.CustomerId === UNASSIGNED);
  const isCut = !showsAll && customers.length > BEST + WORST;
  const shown = isCut ? [...customers.slice(0, BEST), ...customers.slice(-WORST)] : customers;
  return (
    <section className="card" aria-label={text("commitmentsSavings")}>
      <header>
        <h2>{text("commitmentsSavings")}</h2>
        <span className="sub">
          {isCut
            ? text("commitmentsBestWorst", { best: BEST, worst: WORST, count: customers.length })
            : text("commitmentsAgainstList")}
        </span>
        <span className="grow" />
        {currencies.length > 1 && (
          <Segments
            label={text("currency")}
            choices={currencies.map((one) => ({ value: one, label: one }))}
            chosen={currency}
            onChoose={onCurrency}
          />
        )}
      </header>
      {own.length === 0 ? (
        <p className="empty dim">{text("commitmentsNobodySaved")}</p>
      ) : (
        <Scrolls>
          <table className="savings">
            <caption className="hidden-text">{text("commitmentsSavingsIn", { currency })}</caption>
            <thead>
              <tr>
                <th scope="col">{text("customer")}</th>
                <th scope="col" className="number wide">
                  {text("commitmentsListCost")}
                </th>
                <th scope="col" className="number wide">
                  {text("commitmentsPaid")}
                </th>
                <th scope="col" className="number wide">
                  {text("commitmentsSaving")}
                </th>
                <th scope="col" className="number">
                  {text("commitmentsUnused")}
                </th>
                <th scope="col" className="number">
                  {text("commitmentsNetSaving")}
                </th>
                <th scope="col" className="number wide">
                  {text("commitmentsRate")}
                </th>
              </tr>
            </thead>
            <tbody>
              {[...shown, ...unassigned].map((row) => (
                <SavingRow key={row.CustomerId} row={row} name={nameOf(row.CustomerId ?? "")} currency={currency} />
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
      {customers.length > BEST + WORST && (
        <footer className="more">
          <button type="button" className="control small" onClick={() => setShowsAll(!showsAll)}>
            {isCut ? plural("commitmentsAllCustomers", customers.length) : text("commitmentsFewer")}
          </button>
        </footer>
      )}
    </section>
  );
};
