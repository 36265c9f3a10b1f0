// What customers would pay more or less, before somebody agrees to it.
import type { ReactElement } from "react";

import type { Schemas } from "../api/client";
import { compare, size } from "../format/decimal";
import { changeText, exactText, monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Scrolls } from "../ui/parts";

type AmountChange = Schemas["AmountChange"];

const SHOWN_MAX = 12;

const largestFirst = (left: AmountChange, right: AmountChange): number =>
  left.BillingCurrency.localeCompare(right.BillingCurrency) ||
  compare(size(right.BilledCostDifference ?? "0"), size(left.BilledCostDifference ?? "0"));

export const ChangesTable = ({ changes }: { changes: readonly AmountChange[] }): ReactElement => {
  const { text, plural, language } = useTexts();
  if (changes.length === 0) return <p className="sub">{text("connectionsChangesNone")}</p>;
  const shown = changes.toSorted(largestFirst).slice(0, SHOWN_MAX);
  return (
    <Scrolls>
      <table>
        <caption className="hidden-text">{text("connectionsChangesTitle")}</caption>
        <thead>
          <tr>
            <th scope="col">{text("customer")}</th>
            <th scope="col">{text("month")}</th>
            <th scope="col" className="number">
              {text("connectionsChangesBilled")}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((change) => (
            <tr key={`${change.Connection} ${change.Month} ${change.CustomerId} ${change.BillingCurrency}`}>
              <td>
                <bdi>{change.CustomerName ?? change.CustomerId}</bdi>
              </td>
              <td className="nowrap">{monthText(change.Month, language, "short")}</td>
              <td className="number">
                {change.BilledCostDifference === undefined ? (
                  <span className="dim">{text("unknown")}</span>
                ) : (
                  <span title={exactText(change.BilledCostDifference, change.BillingCurrency, language)}>
                    {changeText(change.BilledCostDifference, change.BillingCurrency, language)}{" "}
                    <span className="dim">{change.BillingCurrency}</span>
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {changes.length > SHOWN_MAX && <p className="sub">{plural("andMore", changes.length - SHOWN_MAX)}</p>}
    </Scrolls>
  );
};
