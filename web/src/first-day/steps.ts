// The first day in six steps, as the page shows them: out of what the service says of nine.
import type { FirstDay, FirstDayStep } from "../connections/queries";
import type { Texts } from "../i18n/texts";
import type { TextKey } from "../i18n/texts";
import type { IconName } from "../ui/icons";

export type StepName = "connect" | "permissions" | "exports" | "customers" | "import" | "proof";
export type StepState = "done" | "yours" | "running" | "waits";

export interface ShownStep {
  name: StepName;
  number: number;
  label: TextKey;
  state: StepState;
  found: string;
}

export const STEP_LOOKS: Record<StepState, { icon: IconName; label: TextKey; tone: string }> = {
  done: { icon: "done", label: "firstDayDone", tone: "good" },
  yours: { icon: "warning", label: "firstDayYours", tone: "warn" },
  running: { icon: "clock", label: "firstDayRunning", tone: "running" },
  waits: { icon: "clock", label: "firstDayWaits", tone: "dim" },
};

const STATES: Record<FirstDayStep["state"], StepState> = {
  done: "done",
  next: "yours",
  running: "running",
  waiting: "waits",
  optional: "done",
};

const stepOf = (day: FirstDay, name: FirstDayStep["step"]): FirstDayStep | undefined =>
  day.steps.find((step) => step.step === name);

/** The worse of two: what is yours to do comes before what waits. */
const worse = (left: StepState, right: StepState): StepState => {
  const order: StepState[] = ["running", "yours", "waits", "done"];
  return order.find((state) => state === left || state === right) ?? left;
};

/** The first day is over when a month is proved and there are customers; tenants without one come every month. */
export const isUnderWay = (day: FirstDay): boolean =>
  stepOf(day, "proof")?.state !== "done" || (stepOf(day, "customers")?.counts.customers ?? 0) === 0;

/** Nothing is there at all: an invented partner may move in. */
export const isEmptyHome = (day: FirstDay): boolean =>
  (stepOf(day, "connection")?.counts.connections ?? 0) === 0 &&
  (stepOf(day, "customers")?.counts.customers ?? 0) === 0;

const wording = (
  { text, plural }: Texts,
  counts: Record<string, number | undefined>,
): Record<StepName, (state: StepState) => string> => {
  const count = (name: string): number => counts[name] ?? 0;
  return {
    connect: (state) => (state === "done" ? plural("firstDayConnections", count("connections")) : text("firstDayNoConnection")),
    permissions: (state) => {
      if (state === "waits") return text("firstDayFollowsConnection");
      if (count("failed_probes") > 0)
        return text("firstDayProbesFailed", { failed: count("failed_probes"), probes: count("probes") });
      if (count("probes") > 0) return plural("firstDayProbesWell", count("probes"));
      return text(state === "done" ? "firstDayNothingFailed" : "firstDayNotTested");
    },
    exports: (state) => {
      if (state === "waits" && count("locations") === 0) return text("firstDayFollowsConnection");
      return count("locations") === 0 ? text("firstDayNoExports") : plural("firstDayLocations", count("locations"));
    },
    customers: (state) => {
      if (state === "waits") return text("firstDayFollowsConnection");
      if (count("customers") === 0) return text("firstDayNoCustomers");
      const customers = plural("customerCount", count("customers"));
      return count("tenants_without_customer") === 0
        ? customers
        : `${customers}, ${plural("firstDayTenantsWithout", count("tenants_without_customer"))}`;
    },
    import: (state) => {
      if (state === "waits" && count("imports") === 0) return text("firstDayFollowsExports");
      if (count("imports") === 0) return text(state === "running" ? "firstDayImporting" : "firstDayNothingImported");
      return `${plural("firstDayRuns", count("imports"))}, ${plural("monthsShown", count("months"))}`;
    },
    proof: (state) => {
      if (state === "waits") return text("firstDayFollowsImport");
      return count("months_proved") === 0
        ? text("firstDayNotProved")
        : plural("firstDayMonthsProved", count("months_proved"));
    },
  };
};

export const shownSteps = (day: FirstDay, texts: Texts): ShownStep[] => {
  const counts = Object.assign({}, ...day.steps.map((step) => step.counts)) as Record<string, number | undefined>;
  const words = wording(texts, counts);
  const state = (name: FirstDayStep["step"]): StepState => STATES[stepOf(day, name)?.state ?? "waiting"];
  const states: [StepName, TextKey, StepState][] = [
    ["connect", "firstDayConnect", state("connection")],
    ["permissions", "connectionsPermissions", state("access")],
    ["exports", "connectionsExports", state("exports")],
    ["customers", "customers", state("customers")],
    ["import", "firstDayImport", state("import")],
    ["proof", "firstDayProof", worse(state("split"), state("proof"))],
  ];
  return states.map(([name, label, shown], position) => ({
    name,
    number: position + 1,
    label,
    state: shown,
    found: words[name](shown),
  }));
};

/** The connection that the day is at: the one in the address, the one that a step names, else the first. */
export const connectionAt = (
  names: readonly string[],
  wished: string | undefined,
  day: FirstDay | undefined,
): string | undefined => {
  if (wished !== undefined && names.includes(wished)) return wished;
  const named = (day?.steps ?? [])
    .flatMap((step) => step.next_steps ?? [])
    .map((next) => (next.arguments as Record<string, string | undefined>).connection)
    .find((name) => name !== undefined && names.includes(name));
  return named ?? names[0];
};
