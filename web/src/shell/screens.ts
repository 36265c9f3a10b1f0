// The screens that there are: navigation, palette and routes read this list.
import type { Me } from "../api/client";
import type { TextKey } from "../i18n/texts";
import type { IconName } from "../ui/icons";
import { hasRight, type Right } from "./session";

export interface Screen {
  path: "/costs" | "/months" | "/customers" | "/proof";
  label: TextKey;
  icon: IconName;
  /** Who has it sees the screen. */
  right: Right;
  /** After `g`. */
  key: string;
}

export const SCREENS: readonly Screen[] = [
  { path: "/costs", label: "costs", icon: "bars", right: "read-own-costs", key: "c" },
  { path: "/months", label: "months", icon: "calendar", right: "read-months", key: "m" },
  { path: "/customers", label: "customers", icon: "people", right: "read-customers", key: "u" },
  { path: "/proof", label: "proof", icon: "shield", right: "read-partner-costs", key: "p" },
];

export const screensOf = (me: Me): Screen[] => SCREENS.filter((screen) => hasRight(me, screen.right));
