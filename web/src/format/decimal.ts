// Exact arithmetic on the decimal text of the API: integers of 10^-18, as the program keeps amounts. No floating point.

/** Decimal text with all its digits, as the API sends it. */
export type Amount = string;

const PLACES = 18;
const SCALE = 10n ** 18n;

const units = (amount: Amount): bigint => {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount);
  if (parts === null) throw new Error(`not an amount: ${amount}`);
  const fraction = (parts[3] ?? "").slice(0, PLACES).padEnd(PLACES, "0");
  const size = BigInt((parts[2] ?? "0") + fraction);
  return parts[1] === "-" ? -size : size;
};

const text = (value: bigint): Amount => {
  const size = value < 0n ? -value : value;
  const fraction = (size % SCALE).toString().padStart(PLACES, "0").replace(/0+$/, "");
  const whole = (size / SCALE).toString();
  return (value < 0n ? "-" : "") + (fraction === "" ? whole : `${whole}.${fraction}`);
};

export const sum = (amounts: Iterable<Amount>): Amount => {
  let total = 0n;
  for (const amount of amounts) total += units(amount);
  return text(total);
};

export const difference = (left: Amount, right: Amount): Amount => text(units(left) - units(right));

export const negated = (amount: Amount): Amount => text(-units(amount));

/** Negative, zero or positive, as sorting wants it. */
export const compare = (left: Amount, right: Amount): number => {
  const by = units(left) - units(right);
  return by < 0n ? -1 : by > 0n ? 1 : 0;
};

/** The items by an amount of theirs, the largest first, then those of which it is not known. Each is read once. */
export const largestFirst = <Item>(
  items: readonly Item[],
  amountOf: (item: Item) => Amount | undefined,
): Item[] => {
  const known: { item: Item; value: bigint }[] = [];
  const unknown: Item[] = [];
  for (const item of items) {
    const amount = amountOf(item);
    if (amount === undefined) unknown.push(item);
    else known.push({ item, value: units(amount) });
  }
  known.sort((left, right) => (left.value > right.value ? -1 : left.value < right.value ? 1 : 0));
  return [...known.map((one) => one.item), ...unknown];
};

export const sign = (amount: Amount): number => compare(amount, "0");

export const size = (amount: Amount): Amount => (sign(amount) < 0 ? negated(amount) : amount);

/**
 * `part` in percent of `whole`, to one decimal place, half to even; nothing if the whole is not positive, for then a
 * percentage says nothing.
 */
export const percentOf = (part: Amount, whole: Amount): Amount | undefined => {
  const base = units(whole);
  if (base <= 0n) return undefined;
  const numerator = units(part) * 1000n;
  const isNegative = numerator < 0n;
  const absolute = isNegative ? -numerator : numerator;
  let tenths = absolute / base;
  const twice = (absolute % base) * 2n;
  if (twice > base || (twice === base && tenths % 2n === 1n)) tenths += 1n;
  const shown = `${tenths / 10n}.${tenths % 10n}`;
  return isNegative && tenths !== 0n ? `-${shown}` : shown;
};
