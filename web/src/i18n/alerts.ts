// Kinds of alerts in words. One that the page does not know is shown as the service calls it.
import type { TextKey, Texts } from "./texts";

const KINDS: Readonly<Record<string, TextKey>> = {
  "run-late": "alertRunLate",
  "run-held": "alertRunHeld",
  "sync-failed": "alertSyncFailed",
  "report-failed": "alertReportFailed",
  "audit-not-anchored": "alertNotAnchored",
  "credential-expires": "alertCredentialExpires",
  "disk-low": "alertDiskLow",
};

export const alertKindText = (kind: string, { text }: Pick<Texts, "text">): string => {
  const key = KINDS[kind];
  return key === undefined ? kind : text(key);
};
