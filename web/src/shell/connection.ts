// Whether the service answers. Once it does not, it is asked again every few seconds, and all that is shown is asked
// again as soon as it answers.
import { useSyncExternalStore } from "react";

import { askAgain, isLost, queryClient } from "../api/queries";

const PAUSE = 3000;
const listeners = new Set<() => void>();
let lost = false;

const tell = (isNowLost: boolean): void => {
  if (lost === isNowLost) return;
  lost = isNowLost;
  for (const listener of listeners) listener();
};

const look = async (): Promise<void> => {
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    if (!answer.ok) throw new Error("not healthy");
    tell(false);
    await askAgain();
  } catch {
    setTimeout(() => void look(), PAUSE);
  }
};

export const watchConnection = (): void => {
  const notice = (error: unknown): void => {
    if (!isLost(error) || lost) return;
    tell(true);
    setTimeout(() => void look(), PAUSE);
  };
  queryClient.getQueryCache().subscribe((event) => {
    if (event.type === "updated" && event.action.type === "error") notice(event.action.error);
  });
  queryClient.getMutationCache().subscribe((event) => {
    if (event.type === "updated" && event.action.type === "error") notice(event.action.error);
  });
};

export const useConnectionLost = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => lost,
  );
