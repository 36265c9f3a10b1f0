/** Mail addresses that were typed one after another, with commas, spaces or lines between them. */
export const addressesIn = (typed: string): string[] => typed.split(/[\s,;]+/).filter(Boolean);
