// Texts of the page, in the reader's language. Keys are those of en.json; a text without translation does not compile.
import { createContext, useContext } from "react";

import type { Language } from "../format/format";
import de from "./de.json";
import en from "./en.json";

export type TextKey = keyof typeof en;
type Plural<Key> = Key extends `${infer Base}_other` ? Base : never;
export type PluralKey = Plural<TextKey>;
type Values = Record<string, string | number>;

const CATALOGUES: Record<Language, Record<TextKey, string>> = { en, de };

const filled = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (place, name: string) => (name in values ? String(values[name]) : place));

export interface Texts {
  language: Language;
  /** A text, with values in the places of their names. */
  text: (key: TextKey, values?: Values) => string;
  /** The form for a count, which the text shows as `{count}`. */
  plural: (key: PluralKey, count: number, values?: Values) => string;
}

export const textsIn = (language: Language): Texts => {
  const catalogue = CATALOGUES[language];
  const rules = new Intl.PluralRules(language);
  return {
    language,
    text: (key, values = {}) => filled(catalogue[key], values),
    plural: (key, count, values = {}) => {
      const form = rules.select(count) === "one" ? "one" : "other";
      return filled(catalogue[`${key}_${form}` as TextKey], {
        count: new Intl.NumberFormat(language).format(count),
        ...values,
      });
    },
  };
};

const TextsContext = createContext<Texts>(textsIn("en"));
export const TextsProvider = TextsContext.Provider;
export const useTexts = (): Texts => useContext(TextsContext);
