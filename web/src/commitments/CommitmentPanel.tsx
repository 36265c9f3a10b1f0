// Everything about a commitment: who used it and who pays for the rest, its days, and where each fact is from.
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useEffect, useRef } from "react";

import type { Schemas } from "../api/client";
import type { Row } from "../api/queries";
import { compare, sign } from "../format/decimal";
import { dayText, shareText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { useEscape } from "../ui/escape";
import { Icon } from "../ui/icons";
import { Money } from "../ui/Money";
import { CopyButton, Pill, ProblemNote, Scrolls, SkeletonRows, type Tone } from "../ui/parts";
import { Used, useWhat } from "./Inventory";
import type { Commitment } from "./inventory";
import { commitmentQuery, reportQuery, type ReportScope } from "./queries";

type Details = Schemas["CommitmentDetails"];
type FieldName = keyof Details["fields"];

const FIELDS: readonly (readonly [FieldName, TextKey])[] = [
  ["Buyer", "commitmentsBuyer"],
  ["PurchaseDay", "commitmentsPurchase"],
  ["StartDay", "commitmentsStart"],
  ["ExpiryDay", "commitmentsEnd"],
  ["TermMonths", "commitmentsMonthsOfTerm"],
  ["Renewal", "commitmentsRenewal"],
  ["BillingPlan", "commitmentsPlan"],
  ["Price", "commitmentsPrice"],
  ["HourlyCommitment", "commitmentsHourly"],
  ["Sku", "commitmentsSku"],
  ["Quantity", "commitmentsQuantity"],
  ["Region", "columnRegion"],
  ["Scope", "commitmentsScope"],
  ["ExchangedFor", "commitmentsExchanged"],
  ["OrderId", "commitmentsOrderId"],
];

const SOURCES: Record<Schemas["CommitmentSource"], TextKey> = {
  charges: "commitmentsFromCharges",
  "reservation transactions": "commitmentsFromTransactions",
  "reservation details": "commitmentsFromDetails",
  azure: "commitmentsFromAzure",
};

export const STATES: Record<string, { tone: Tone; label: TextKey }> = {
  active: { tone: "good", label: "commitmentsActive" },
  expired: { tone: "none", label: "commitmentsExpired" },
  returned: { tone: "none", label: "commitmentsReturned" },
  "partly returned": { tone: "warn", label: "commitmentsPartlyReturned" },
};

const DAY = /^\d{4}-\d{2}-\d{2}$/;

const Facts = ({ details }: { details: Details }): ReactElement => {
  const { text, language } = useTexts();
  const currencyOf: Partial<Record<FieldName, string>> = {
    Price: details.fields.PriceCurrency?.value,
    HourlyCommitment: details.fields.HourlyCurrency?.value,
  };
  const shown = (name: FieldName, value: string): ReactElement | string => {
    const currency = currencyOf[name];
    if (currency !== undefined) return <Money amount={value} currency={currency} showsCurrency />;
    return DAY.test(value) ? dayText(value, language) : value;
  };
  return (
    <dl className="facts flush">
      {FIELDS.map(([name, label]) => {
        const field = details.fields[name];
        if (field === undefined || field.value === "") return null;
        return [
          <dt key={`name ${name}`}>{text(label)}</dt>,
          <dd key={`value ${name}`}>
            <bdi>{shown(name, field.value)}</bdi>{" "}
            <span className="dim">{text("commitmentsFrom", { source: text(SOURCES[field.source]) })}</span>
            {(field.conflicts ?? []).map((other) => (
              <div key={other.source} className="warn">
                {text("commitmentsOtherwise", { source: text(SOURCES[other.source]), value: other.value })}
              </div>
            ))}
          </dd>,
        ];
      })}
      {details.former_names.length > 0 && (
        <>
          <dt>{text("commitmentsFormerNames")}</dt>
          <dd>{details.former_names.join(", ")}</dd>
        </>
      )}
    </dl>
  );
};

// Who bears something first; currencies are only compared with themselves.
const byWhatTheyBear = (left: Row, right: Row): number => {
  const bears = (row: Row): number => (row.UnusedCost !== undefined && sign(row.UnusedCost) !== 0 ? 0 : 1);
  return (
    bears(left) - bears(right) ||
    (left.BillingCurrency ?? "").localeCompare(right.BillingCurrency ?? "") ||
    compare(right.UnusedCost ?? "0", left.UnusedCost ?? "0") ||
    compare(right.UsedCost ?? "0", left.UsedCost ?? "0")
  );
};

const Users = ({ rows, nameOf }: { rows: readonly Row[]; nameOf: (customer: string) => string }): ReactElement => {
  const { text } = useTexts();
  return (
    <Scrolls>
      <table>
        <caption className="hidden-text">{text("commitmentsWhoUsed")}</caption>
        <thead>
          <tr>
            <th scope="col">{text("customer")}</th>
            <th scope="col" className="number">
              {text("commitmentsPaid")}
            </th>
            <th scope="col" className="number">
              {text("commitmentsUnused")}
            </th>
            <th scope="col" className="number">
              {text("commitmentsNetSaving")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.CustomerId} ${row.BillingCurrency}`}>
              <th scope="row">
                <span className="named">
                  <bdi>{nameOf(row.CustomerId ?? "")}</bdi>
                  <span className="dim">{row.BillingCurrency}</span>
                </span>
              </th>
              <td className="number">
                <Money amount={row.UsedCost} currency={row.BillingCurrency ?? ""} />
              </td>
              <td className="number">
                <Money amount={row.UnusedCost} currency={row.BillingCurrency ?? ""} />
              </td>
              <td className="number strong">
                <Money amount={row.NetSaving} currency={row.BillingCurrency ?? ""} isChange />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
};

export const CommitmentPanel = ({
  commitment,
  scope,
  nameOf,
  onClose,
}: {
  commitment: Commitment;
  scope: ReportScope;
  nameOf: (customer: string) => string;
  onClose: () => void;
}): ReactElement => {
  const { text, language } = useTexts();
  const what = useWhat();
  const closes = useRef<HTMLButtonElement>(null);
  useEffect(() => closes.current?.focus(), []);
  const details = useQuery(commitmentQuery(commitment.id, scope));
  const savings = useQuery(reportQuery("savings", scope, ["Commitment", "Customer"]));
  const users = (savings.data?.rows ?? []).filter((row) => row.CommitmentId === commitment.id).toSorted(byWhatTheyBear);
  const state = STATES[commitment.state];
  useEscape(onClose);
  return (
    <aside className="panel" aria-label={commitment.name}>
      <header>
        <div className="title">
          <h2>{commitment.name}</h2>
          <p className="dim">{what(commitment)}</p>
        </div>
        {state !== undefined && <Pill tone={state.tone}>{text(state.label)}</Pill>}
        <button type="button" className="control icon bare" aria-label={text("close")} ref={closes} onClick={onClose}>
          <Icon name="cross" />
        </button>
      </header>
      <div className="body" tabIndex={0} role="region" aria-label={text("details")}>
        <div className="part">
          <h3>{text("commitmentsWhoUsed")}</h3>
          <span className="grow" />
          <span className="sub">
            {text("commitmentsUsed")} <Used commitment={commitment} />
          </span>
        </div>
        {savings.isError && <ProblemNote error={savings.error} onRetry={() => void savings.refetch()} />}
        {savings.isPending && (
          <table>
            <SkeletonRows rows={3} columns={4} />
          </table>
        )}
        {savings.isSuccess &&
          (users.length > 0 ? (
            <Users rows={users} nameOf={nameOf} />
          ) : (
            <p className="dim">{text("commitmentsNoUse")}</p>
          ))}
        <div className="part">
          <h3>{text("details")}</h3>
        </div>
        {details.isError && <ProblemNote error={details.error} onRetry={() => void details.refetch()} />}
        {details.isPending && (
          <table>
            <SkeletonRows rows={6} columns={2} />
          </table>
        )}
        {details.data !== undefined && <Facts details={details.data} />}
        {commitment.days.size > 0 && (
          <details className="days">
            <summary>{text("commitmentsDays")}</summary>
            <table>
              <caption className="hidden-text">{text("commitmentsDays")}</caption>
              <thead>
                <tr>
                  <th scope="col">{text("day")}</th>
                  <th scope="col" className="number">
                    {text("commitmentsUsed")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {[...commitment.days].sort().map(([day, used]) => (
                  <tr key={day}>
                    <td>{dayText(day, language)}</td>
                    <td className="number">{shareText(used, "100", language)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        )}
      </div>
      <footer>
        <span className="mono dim grow cut">apportion commitments show {commitment.id}</span>
        <CopyButton
          content={() => `apportion commitments show ${commitment.id} --month ${scope.month}`}
          label={text("copyCommand")}
          icon="terminal"
        />
      </footer>
    </aside>
  );
};
