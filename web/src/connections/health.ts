// How a connection is: the worst of what alerts, its last import and its secrets say.
import type { Schemas } from "../api/client";
import type { TextKey } from "../i18n/texts";
import type { IconName } from "../ui/icons";
import type { Tone } from "../ui/parts";
import type { Connection, ConnectionDetails } from "./queries";

type Alert = Schemas["Alert"];
type Freshness = Schemas["Freshness"];

export interface Health {
  tone: Tone;
  icon: IconName;
  label: TextKey;
}

const FAILS: Health = { tone: "bad", icon: "exclamation", label: "connectionsFails" };
const SECRET_ENDS: Health = { tone: "warn", icon: "clock", label: "connectionsSecretEnds" };
const LATE: Health = { tone: "warn", icon: "clock", label: "connectionsLate" };
const HELD: Health = { tone: "warn", icon: "lock", label: "connectionsHeld" };
const NOT_READY: Health = { tone: "info", icon: "plus", label: "connectionsNotReady" };
const NOTHING: Health = { tone: "none", icon: "clock", label: "connectionsNothingYet" };
const WELL: Health = { tone: "good", icon: "check", label: "connectionsWell" };

/** By kind of alert, the worst first. */
const OF_ALERTS: readonly (readonly [string, Health])[] = [
  ["sync-failed", FAILS],
  ["credential-expires", SECRET_ENDS],
  ["run-late", LATE],
  ["run-held", HELD],
];

export const LOCATIONS = [
  "actual_url",
  "amortized_url",
  "focus_url",
  "price_sheet_url",
  "reservation_details_url",
  "reservation_transactions_url",
  "reservation_recommendations_url",
] as const;

export type Location = (typeof LOCATIONS)[number];

export const DATASET_OF: Record<Location, string> = {
  actual_url: "ActualCost",
  amortized_url: "AmortizedCost",
  focus_url: "FocusCost",
  price_sheet_url: "PriceSheet",
  reservation_details_url: "ReservationDetails",
  reservation_transactions_url: "ReservationTransactions",
  reservation_recommendations_url: "ReservationRecommendations",
};

export const locationsOf = (connection: Connection): { location: Location; url: string }[] =>
  LOCATIONS.flatMap((location) => {
    const url = connection[location];
    return url === undefined || url === "" ? [] : [{ location, url }];
  });

export const healthOf = (
  connection: Connection,
  freshness: Freshness | undefined,
  alerts: readonly Alert[],
  details?: ConnectionDetails,
): Health => {
  const kinds = new Set(alerts.filter((alert) => alert.connection === connection.name).map((alert) => alert.kind));
  const last = freshness?.last_sync?.outcome;
  if (last === "failed") return FAILS;
  const alerted = OF_ALERTS.find(([kind]) => kinds.has(kind));
  if (alerted !== undefined) return alerted[1];
  if (locationsOf(connection).length === 0 && details?.azure?.reports !== true) return NOT_READY;
  return freshness?.data_as_of === undefined ? NOTHING : WELL;
};

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3600;

/** A length of time as a count and its unit, rounded down. */
export const lagOf = (seconds: number): { count: number; unit: "day" | "hour" } =>
  seconds >= 2 * DAY_SECONDS
    ? { count: Math.floor(seconds / DAY_SECONDS), unit: "day" }
    : { count: Math.floor(seconds / HOUR_SECONDS), unit: "hour" };

/** Days until a day, negative once it is over. */
export const daysUntil = (day: string, from: string): number =>
  Math.round((Date.parse(`${day}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / (DAY_SECONDS * 1000));
