// Two sides of a comparison: what each has, their difference, and how much of it a reason can explain.
import type { ReactElement } from "react";

import { useTexts } from "../i18n/texts";
import { Money } from "./Money";

/** The heads of what both sides have, and of their difference. */
export const AmountHeads = ({ one, other }: { one: string; other: string }): ReactElement => {
  const { text } = useTexts();
  return (
    <>
      <th scope="col" className="number">
        {one}
      </th>
      <th scope="col" className="number">
        {other}
      </th>
      <th scope="col" className="number">
        {text("difference")}
      </th>
      <th scope="col" className="number" title={text("invoicesBoundWhy")}>
        {text("invoicesBound")}
      </th>
    </>
  );
};

/** Amounts of a difference that has several reasons stand with the first of them. */
export const Side = ({ amount, currency }: { amount: string | undefined; currency: string }): ReactElement => {
  const { text } = useTexts();
  if (amount !== undefined) return <Money amount={amount} currency={currency} />;
  return (
    <span className="dim" title={text("invoicesWithOtherClass")}>
      –<span className="hidden-text">{text("invoicesWithOtherClass")}</span>
    </span>
  );
};

/** The most that a reason can explain; one that is unknown explains nothing. */
export const Bound = ({
  reason,
  amount,
  currency,
}: {
  reason: string | undefined;
  amount: string | undefined;
  currency: string;
}): ReactElement => {
  const { text } = useTexts();
  return reason === "unknown" ? (
    <span>{text("invoicesNoBound")}</span>
  ) : (
    <Money amount={amount} currency={currency} />
  );
};

/** All of it, above the details of one difference. */
export const BothSides = ({
  sides,
  reason,
  difference,
  bound,
  currency,
}: {
  sides: readonly { label: string; amount: string | undefined }[];
  reason: string | undefined;
  difference: string | undefined;
  bound: string | undefined;
  currency: string;
}): ReactElement => {
  const { text } = useTexts();
  return (
    <div className="sums compact">
      {sides.map(({ label, amount }) => (
        <div key={label}>
          <div className="label">{label}</div>
          <div className="value">
            <Side amount={amount} currency={currency} />
          </div>
        </div>
      ))}
      <div>
        <div className="label">{text("difference")}</div>
        <div className="value">
          <Money amount={difference} currency={currency} isChange />
        </div>
      </div>
      <div>
        <div className="label">{text("invoicesBound")}</div>
        <div className="value">
          <Bound reason={reason} amount={bound} currency={currency} />
        </div>
      </div>
    </div>
  );
};
