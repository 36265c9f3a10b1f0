// From amounts to pixels. The only place where an amount becomes a floating point number: for geometry, never shown,
// never added up to something that is shown.
import type { Amount } from "./decimal";

/** A number for geometry only. */
export type PlotValue = number & { readonly brand: "PlotValue" };

export const toPlot = (amount: Amount): PlotValue => Number(amount) as PlotValue;

/** A length in percent of the longest, from 0 to 100. */
export const barLength = (amount: Amount, longest: Amount): number => {
  const whole = toPlot(longest);
  return whole > 0 ? Math.max(0, Math.min(100, (toPlot(amount) / whole) * 100)) : 0;
};

/** How much of a whole there is, in whole percent from 0 to 100. */
export const partOf = (part: number, whole: number): number =>
  whole > 0 ? Math.max(0, Math.min(100, Math.floor((part / whole) * 100))) : 0;

/** Round values for an axis from 0 to at least `most`; below 0 if `least` is. */
export const axisTicks = (least: number, most: number, count = 5): number[] => {
  const span = Math.max(most, 0) - Math.min(least, 0);
  if (span === 0) return [0, 1];
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((value) => value >= raw) ?? raw;
  const ticks: number[] = [];
  // What is hardly below zero needs no place of its own below it.
  const lowest = least < -step / 10 ? Math.floor(least / step) : 0;
  for (let at = lowest; at * step < Math.max(most, 0) + step - 1e-9 * step; at += 1) {
    ticks.push(at * step);
  }
  return ticks;
};

/** A line through amounts, as tall and wide as told; nothing for less than two. */
export const sparkline = (
  amounts: readonly Amount[],
  width: number,
  height: number,
): { path: string; end: [number, number] } | undefined => {
  if (amounts.length < 2) return undefined;
  const values = amounts.map(toPlot);
  const least = Math.min(...values);
  const span = Math.max(...values) - least || 1;
  const points = values.map((value, at): [number, number] => [
    (at / (values.length - 1)) * width,
    height - ((value - least) / span) * height,
  ]);
  const path = points.map(([x, y], at) => `${at === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  return { path, end: points.at(-1) ?? [0, 0] };
};
