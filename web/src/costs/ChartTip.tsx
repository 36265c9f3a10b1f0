// What a bar of a chart of costs is made of, when it is pointed at.
import type { ReactElement } from "react";

import type { Bar, Series } from "../charts/StackedBars";
import { amountText, dayText, monthText } from "../format/format";
import { useTexts } from "../i18n/texts";

export const ChartTip = ({
  bar,
  series,
  currency,
  per,
}: {
  bar: Bar;
  series: readonly Series[];
  currency: string;
  per: "day" | "month";
}): ReactElement => {
  const { text, language } = useTexts();
  const names = new Map(series.map((one) => [one.key, one]));
  return (
    <>
      <b>{per === "day" ? dayText(bar.time, language) : monthText(bar.time, language)}</b>
      <div>
        {bar.total === undefined ? text("unknown") : `${amountText(bar.total, currency, language)} ${currency}`}
        {bar.before !== undefined && (
          <span className="dim">
            {" · "}
            {text("beforeAmount", { amount: amountText(bar.before, currency, language) })}
          </span>
        )}
      </div>
      <dl>
        {bar.parts
          .toReversed()
          .map((part) => [
            <i key={`look ${part.series}`} className={`swatch ${names.get(part.series)?.look ?? "c0"}`} />,
            <dt key={`name ${part.series}`}>{names.get(part.series)?.name}</dt>,
            <dd key={`amount ${part.series}`}>{amountText(part.amount, currency, language)}</dd>,
          ])}
      </dl>
    </>
  );
};
