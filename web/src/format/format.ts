// The one door to Intl: amounts, counts, months and moments in the reader's language. Amounts go through as text.
import { type Amount, compare, percentOf, sign, size } from "./decimal";

export type Language = "en" | "de";

const LOCALES: Record<Language, string> = { en: "en-GB", de: "de-DE" };
const NO_BREAK = "\u00a0";
const MINUS = "\u2212";

type Numeral = Intl.StringNumericLiteral;

const cached = <Made>(make: (...key: string[]) => Made) => {
  const made = new Map<string, Made>();
  return (...key: string[]): Made => {
    const name = key.join("|");
    const found = made.get(name);
    if (found !== undefined) return found;
    const fresh = make(...key);
    made.set(name, fresh);
    return fresh;
  };
};

/** How many digits behind the point a currency has. */
export const minorDigits = cached(
  (currency) =>
    new Intl.NumberFormat("en", { style: "currency", currency: currency ?? "USD" }).resolvedOptions()
      .maximumFractionDigits ?? 2,
);

const amounts = cached((locale, digits) => {
  const places = digits === "0" ? 0 : digits === "3" ? 3 : 2;
  return new Intl.NumberFormat(locale, {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
    roundingMode: "halfEven",
  });
});

const withSign = (shown: string, isNegative: boolean, isChange: boolean): string => {
  const bare = shown.replace(/^[-\u2212]/, "");
  const isZero = !/[1-9]/.test(bare);
  if (isZero) return bare;
  return (isNegative ? MINUS : isChange ? "+" : "") + bare;
};

/** An amount with the digits of its currency, half to even. */
export const amountText = (amount: Amount, currency: string, language: Language): string =>
  withSign(
    amounts(LOCALES[language], String(minorDigits(currency))).format(amount as Numeral),
    sign(amount) < 0,
    false,
  );

/** The same with a sign in front of a rise, too. */
export const changeText = (amount: Amount, currency: string, language: Language): string =>
  withSign(amounts(LOCALES[language], String(minorDigits(currency))).format(amount as Numeral), sign(amount) < 0, true);

const exact = cached((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 18 }));

/** All digits, with the currency: for tooltips. */
export const exactText = (amount: Amount, currency: string, language: Language): string =>
  `${exact(LOCALES[language])
    .format(amount as Numeral)
    .replace("-", MINUS)}${NO_BREAK}${currency}`;

/** All digits: for proofs. */
export const exactDigits = (amount: Amount, language: Language): string =>
  exact(LOCALES[language])
    .format(amount as Numeral)
    .replace("-", MINUS);

const percents = cached(
  (locale) => new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
);

const PERCENT_MAX = "999";

/** A part of a whole; a dash where there is none to speak of. */
export const shareText = (part: Amount, whole: Amount, language: Language): string => {
  const percent = percentOf(part, whole);
  if (percent === undefined) return "\u2014";
  return `${withSign(percents(LOCALES[language]).format(percent as Numeral), sign(percent) < 0, false)}${NO_BREAK}%`;
};

/** A change in percent of what was before. */
export const changePercentText = (change: Amount, before: Amount, language: Language): string => {
  const percent = percentOf(change, before);
  if (percent === undefined) return "\u2014";
  if (compare(size(percent), PERCENT_MAX) > 0)
    return `${sign(percent) < 0 ? "<" : ">"}${NO_BREAK}${sign(percent) < 0 ? MINUS : ""}999${NO_BREAK}%`;
  return `${withSign(percents(LOCALES[language]).format(percent as Numeral), sign(percent) < 0, true)}${NO_BREAK}%`;
};

const counts = cached((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }));

export const countText = (count: number, language: Language): string => counts(LOCALES[language]).format(count);

const ticks = cached((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }));

/** A value at an axis. */
export const axisText = (value: number, language: Language): string =>
  ticks(LOCALES[language]).format(value).replace("-", MINUS);

const wholePercents = cached((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }));

/** `38 %`, of what is counted, not of money. */
export const percentText = (percent: number, language: Language): string =>
  `${wholePercents(LOCALES[language]).format(percent)}${NO_BREAK}%`;

/** `4.6 : 1`. */
export const ratioText = (ratio: number, language: Language): string =>
  `${percents(LOCALES[language]).format(Math.floor(ratio * 10) / 10)}${NO_BREAK}:${NO_BREAK}1`;

const sizes = cached(
  (locale, unit) =>
    new Intl.NumberFormat(locale, { style: "unit", unit: unit ?? "byte", unitDisplay: "short", maximumFractionDigits: 1 }),
);

const SIZE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/** `3.3 GB`. */
export const sizeText = (bytes: number, language: Language): string => {
  let size = bytes;
  let unit = 0;
  for (; size >= 1000 && unit < SIZE_UNITS.length - 1; unit += 1) size /= 1000;
  return sizes(LOCALES[language], SIZE_UNITS[unit] ?? "byte").format(size);
};

const shortCounts = cached(
  (locale) => new Intl.NumberFormat(locale, { notation: "compact", maximumSignificantDigits: 3 }),
);

/** `18.8k`, for small places. */
export const shortCountText = (count: number, language: Language): string =>
  shortCounts(LOCALES[language]).format(count);

/** The day that it is, in UTC. */
export const todayIs = (): string => new Date().toISOString().slice(0, 10);

const monthForms = cached(
  (locale, form) =>
    new Intl.DateTimeFormat(locale, {
      timeZone: "UTC",
      month: form === "name" || form === "full" ? "long" : "short",
      ...(form === "full" || form === "short" ? { year: "numeric" } : {}),
    }),
);

const dateOf = (day: string): Date => new Date(`${day.length === 7 ? `${day}-01` : day}T00:00:00Z`);

/** `October 2026` (full), `Oct 2026` (short), `October` (name), `Oct` (brief). */
export const monthText = (
  month: string,
  language: Language,
  form: "full" | "short" | "name" | "brief" = "full",
): string => monthForms(LOCALES[language], form).format(dateOf(month));

const dayForms = cached(
  (locale, form) =>
    new Intl.DateTimeFormat(locale, {
      timeZone: "UTC",
      day: "numeric",
      month: "short",
      ...(form === "full" ? { year: "numeric" } : {}),
    }),
);

export const dayText = (day: string, language: Language, form: "full" | "brief" = "full"): string =>
  dayForms(LOCALES[language], form).format(dateOf(day));

const moments = cached(
  (locale, form) =>
    new Intl.DateTimeFormat(locale, {
      timeZone: "UTC",
      day: "numeric",
      month: "short",
      ...(form === "full" ? { year: "numeric" } : {}),
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }),
);

/** In UTC, as Microsoft's days are; says so, unless it is brief, for tables that say it themselves. */
export const momentText = (moment: string, language: Language, form: "full" | "brief" = "full"): string => {
  if (moment === "") return "\u2014";
  const shown = moments(LOCALES[language], form).format(new Date(moment));
  return form === "full" ? `${shown} UTC` : shown;
};

/** The day that it is now, in UTC. */
export const today = (): string => new Date().toISOString().slice(0, 10);

export const isWeekend = (day: string): boolean => [0, 6].includes(dateOf(day).getUTCDay());

export const monthsBefore = (month: string, count: number): string => {
  const date = dateOf(month);
  date.setUTCMonth(date.getUTCMonth() - count);
  return date.toISOString().slice(0, 7);
};

export const daysOf = (month: string): string[] => {
  const date = dateOf(month);
  const days: string[] = [];
  while (date.toISOString().startsWith(month)) {
    days.push(date.toISOString().slice(0, 10));
    date.setUTCDate(date.getUTCDate() + 1);
  }
  return days;
};

export const monthsBetween = (from: string, to: string): string[] => {
  const months: string[] = [];
  for (let month = from; month <= to; month = monthsBefore(month, -1)) months.push(month);
  return months;
};

/** Compares names as people of the language do. */
export const nameOrder = cached((language) => new Intl.Collator(LOCALES[language as Language], { numeric: true }));
