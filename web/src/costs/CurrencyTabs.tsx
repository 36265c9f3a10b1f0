// The currencies side by side, each with its total and change. They are never added.
import type { ReactElement } from "react";

import { amountText, changePercentText, exactText } from "../format/format";
import { useTexts } from "../i18n/texts";
import type { Total } from "./groups";

export const CurrencyTabs = ({
  totals,
  chosen,
  onChoose,
}: {
  totals: readonly Total[];
  chosen: string;
  onChoose: (currency: string) => void;
}): ReactElement => {
  const { text, language } = useTexts();
  return (
    <div className="currencies">
      <div role="tablist" aria-label={text("currency")} className="tabs">
        {totals.map((total) => (
          <button
            key={total.currency}
            type="button"
            role="tab"
            aria-selected={total.currency === chosen}
            tabIndex={total.currency === chosen ? 0 : -1}
            onClick={() => onChoose(total.currency)}
            onKeyDown={(event) => {
              const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
              if (step === 0) return;
              const at = totals.findIndex((one) => one.currency === chosen);
              const next = totals[(at + step + totals.length) % totals.length];
              if (next !== undefined) onChoose(next.currency);
              const tabs = event.currentTarget.parentElement?.querySelectorAll<HTMLElement>("[role=tab]");
              tabs?.[(at + step + totals.length) % totals.length]?.focus();
            }}
          >
            <span className="over">
              <b>{total.currency}</b>
              {total.change !== undefined && total.before !== undefined && (
                <span>{changePercentText(total.change, total.before, language)}</span>
              )}
            </span>
            <span
              className="value"
              title={total.now === undefined ? undefined : exactText(total.now, total.currency, language)}
            >
              {total.now === undefined ? text("unknown") : amountText(total.now, total.currency, language)}
            </span>
          </button>
        ))}
      </div>
      {totals.length > 1 && <span className="aside">{text("currenciesNeverAdd")}</span>}
    </div>
  );
};
