// An amount, with all its digits when it is pointed at.
import type { ReactElement } from "react";

import type { Amount } from "../format/decimal";
import { amountText, changeText, exactText } from "../format/format";
import { useTexts } from "../i18n/texts";

export const Money = ({
  amount,
  currency,
  isChange = false,
  showsCurrency = false,
}: {
  amount: Amount | undefined;
  currency: string;
  isChange?: boolean;
  showsCurrency?: boolean;
}): ReactElement => {
  const { text, language } = useTexts();
  if (amount === undefined) return <span className="dim">{text("unknown")}</span>;
  return (
    <span title={exactText(amount, currency, language)}>
      {isChange ? changeText(amount, currency, language) : amountText(amount, currency, language)}
      {showsCurrency && <span className="unit"> {currency}</span>}
    </span>
  );
};
