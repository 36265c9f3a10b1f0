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

const amountsByTime = (answer: CostAnswer | undefined, view: CostView): Map<string, Amount> =>
  new Map(
    (answer?.rows ?? []).flatMap((row) => {
      const time = row[timeColumn(view)];
      const amount = row[view.metric];
      return time === undefined || amount === undefined ? [] : [[time, amount] as const];
    }),
  );

const amountsByGroup = (answer: CostAnswer, view: CostView): Map<string, Map<string, Amount>> => {
  const groups = new Map<string, Map<string, Amount>>();
  for (const row of answer.rows) {
    const key = view.by.map((column) => row[column] ?? "").join(KEY_JOINT);
    const amount = row[view.metric];
    const time = row[timeColumn(view)];
    if (amount === undefined || time === undefined) continue;
    const times = groups.get(key) ?? new Map<string, Amount>();
    times.set(time, amount);
    groups.set(key, times);
  }
  return groups;
};

/** The groups that the chart asks for by name: those with a colour, and what is unassigned. */
export const drawnGroups = (table: CostTable): Group[] =>
  table.unassigned === undefined || table.unassigned.values.length === 0 ? table.top : [...table.top, table.unassigned];

/** The bars: what is neither drawn by name nor unassigned is "others", so that each bar adds up to its total. */
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
      amount: byGroup.get(group.key)?.get(time) ?? "0",
    }));
    const total = totals.get(time) ?? "0";
    const rest = difference(total, sum(parts.map((part) => part.amount)));
    const named = parts.filter((part) => part.series !== UNASSIGNED_SERIES);
    const unassigned = parts.filter((part) => part.series === UNASSIGNED_SERIES);
    const others = sign(rest) === 0 ? [] : [{ series: OTHERS_SERIES, amount: rest }];
    const timeBefore = timesBefore[position];
    return {
      time,
      total,
      parts: [...named, ...others, ...unassigned].filter((part) => sign(part.amount) !== 0),
      before: timeBefore === undefined ? undefined : (before.get(timeBefore) ?? "0"),
      isShaded: view.per === "day" && isWeekend(time),
    };
  });
};
