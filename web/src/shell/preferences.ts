// What a person chose for this browser: theme and language. Nothing else is kept in it.
import { useCallback, useSyncExternalStore } from "react";

import type { Language } from "../format/format";

export type Theme = "system" | "light" | "dark";

const LANGUAGES: readonly Language[] = ["en", "de"];
const listeners = new Set<() => void>();

const kept = (name: string): string | null => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // the browser keeps nothing: then the choice holds until the page is left
  }
};

let theme: Theme = (["light", "dark"] as const).find((choice) => choice === kept("theme")) ?? "system";
let language: Language =
  LANGUAGES.find((choice) => choice === kept("language")) ??
  LANGUAGES.find((choice) => navigator.language.startsWith(choice)) ??
  "en";

const changed = (name: string, value: string): void => {
  try {
    localStorage.setItem(name, value);
  } catch {
    // as above
  }
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void): (() => void) => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  listeners.add(listener);
  dark.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    dark.removeEventListener("change", listener);
  };
};

export const setTheme = (choice: Theme): void => {
  theme = choice;
  changed("theme", choice);
};

export const setLanguage = (choice: Language): void => {
  language = choice;
  changed("language", choice);
};

export const useThemeChoice = (): Theme => useSyncExternalStore(subscribe, () => theme);
export const useLanguage = (): Language => useSyncExternalStore(subscribe, () => language);

/** The theme that is shown: the chosen one, or the system's. */
export const useShownTheme = (): "light" | "dark" => {
  const shown = useCallback(() => {
    if (theme !== "system") return theme;
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }, []);
  return useSyncExternalStore(subscribe, shown);
};
