// An amount as people type it from an invoice, as the plain decimal text that the service takes.
import type { Language } from "../format/format";

// Digits in threes, or without separators; then perhaps a point or comma and more digits.
const FORMS: Record<Language, readonly [RegExp, string, string]> = {
  en: [/^[-\u2212]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?$/, ",", "."],
  de: [/^[-\u2212]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?$/, ".", ","],
};
const SPACES = /[\s\u00a0\u202f'\u2019]/g;

/** Nothing for what is no amount, or could be read in two ways: `1.234` is thousands in German only. */
export const plainAmount = (typed: string, language: Language): string | undefined => {
  const bare = typed.replace(SPACES, "");
  const [form, group, point] = FORMS[language];
  if (!form.test(bare)) return undefined;
  return bare.replaceAll(group, "").replace(point, ".").replace("\u2212", "-");
};
