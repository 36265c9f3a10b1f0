// From the answers of the API to the bars of the chart, with the order and the colours of the table.
import type { CostAnswer } from "../api/queries";
import type { Bar } from "../charts/StackedBars";
import { type Amount, difference, sign, sum } from "../format/decimal";
import { daysOf, isWeekend, monthsBetween } from "../format/format";
import type { CostTable, Group } from "./groups";
import { type CostView, KEY_JOINT, timeColumn } from "./search";

export const OTHERS_SERIES = "others";
export const UNASSIGNED_SERIES = "unassigned";

const placesOf = (months: { from: string; to: string }, per: CostView["per"]): string[] => {
  const between = monthsBetween(months.from, months.to);
  return per === "month" ? between : between.flatMap(daysOf);
};

/** Where there is a row without its amount, the amount is unknown. */
type Known = Amount | undefined;

const NOTHING = "0";

const amountsByTime = (answer: CostAnswer | undefined, view: CostView): Map<string, Known> =>
  new Map(
    (answer?.rows ?? []).flatMap((row) => {
      const time = row[timeColumn(view)];
      return time === undefined ? [] : [[time, row[view.metric]] as const];
    }),
  );

/** No row says that nothing was charged. */
const at = (amounts: Map<string, Known> | undefined, time: string): Known =>
  amounts?.has(time) === true ? amounts.get(time) : NOTHING;

const amountsByGroup = (answer: CostAnswer, view: CostView): Map<string, Map<string, Known>> => {
  const groups = new Map<string, Map<string, Known>>();
  for (const row of answer.rows) {
    const key = view.by.map((column) => row[column] ?? "").join(KEY_JOINT);
    const time = row[timeColumn(view)];
    if (time === undefined) continue;
    const times = groups.get(key) ?? new Map<string, Known>();
    times.set(time, row[view.metric]);
    groups.set(key, times);
  }
  return groups;
};

/** The groups that the chart asks for by name: those with a colour, and what is unassigned. */
export const drawnGroups = (table: CostTable): Group[] =>
  table.unassigned === undefined || table.unassigned.values.length === 0 ? table.top : [...table.top, table.unassigned];

/**
 * The bars: what is neither drawn by name nor unassigned is "others", so that each bar adds up to its total. Of a bar with
 * an unknown amount, only what is known is drawn.
 */
export const barsOf = (
  view: CostView,
  table: CostTable,
  answers: { series: CostAnswer; totals: CostAnswer; before: CostAnswer | undefined },
): Bar[] => {
  const byGroup = amountsByGroup(answers.series, view);
  const totals = amountsByTime(answers.totals, view);
  const before = amountsByTime(answers.before, view);
  const timesBefore = view.before === undefined ? [] : placesOf(view.before, view.per);
  const drawn = drawnGroups(table);
  return placesOf(view, view.per).map((time, position) => {
    const parts = drawn.map((group) => ({
      series: group.isUnassigned ? UNASSIGNED_SERIES : group.key,
      amount: at(byGroup.get(group.key), time),
    }));
    const known = parts.flatMap(({ series, amount }) => (amount === undefined ? [] : [{ series, amount }]));
    const total = at(totals, time);
    const named = known.filter((part) => part.series !== UNASSIGNED_SERIES);
    const unassigned = known.filter((part) => part.series === UNASSIGNED_SERIES);
    const others =
      total === undefined || known.length < parts.length
        ? []
        : [{ series: OTHERS_SERIES, amount: difference(total, sum(known.map((part) => part.amount))) }];
    const timeBefore = timesBefore[position];
    return {
      time,
      total,
      parts: [...named, ...others, ...unassigned].filter((part) => sign(part.amount) !== 0),
      before: timeBefore === undefined ? undefined : at(before, timeBefore),
      isShaded: view.per === "day" && isWeekend(time),
    };
  });
};
