// What an answer about costs says beside its rows, in the reader's language as far as the page knows the sentence.
import type { CostAnswer } from "../api/queries";
import { readable } from "../connections/told";
import type { Texts } from "../i18n/texts";

const UNKNOWN = /^(before: )?(\w+) is unknown for (\d+) rows?(?: that cost (.+))?; (they add nothing|sums that include)/;

const worded = (notice: string, metricLabel: (metric: string) => string, { text, plural, language }: Texts): string => {
  const found = UNKNOWN.exec(notice);
  if (found === null) return readable(notice, language);
  const [, before, metric = "", count = "0", costs, outcome] = found;
  const told = plural(before === undefined ? "noticeUnknown" : "noticeUnknownBefore", parseInt(count, 10), {
    metric: metricLabel(metric),
  });
  const sums = text(outcome === "they add nothing" ? "noticeInNoSum" : "noticeNoSums");
  return `${told}${costs === undefined ? "" : ` (${costs})`}; ${sums}`;
};

/** Each once, gaps first; what it is compared with is said elsewhere. */
export const noticesOf = (
  answer: Pick<CostAnswer, "holes" | "notices">,
  metricLabel: (metric: string) => string,
  texts: Texts,
): string[] =>
  [...new Set([...answer.holes, ...answer.notices])]
    .filter((notice) => !notice.startsWith("Before is "))
    .map((notice) => worded(notice, metricLabel, texts));
