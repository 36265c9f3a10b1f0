// Every permission by itself: what was found, and for what failed the role, the place and the command that grants it.
import { type ReactElement, useEffect, useEffectEvent, useState } from "react";

import type { Schemas } from "../api/client";
import { type TextKey, useTexts } from "../i18n/texts";
import { Icon, type IconName } from "../ui/icons";
import { Command } from "../ui/parts";
import { asSentence } from "./told";

type Probe = Schemas["Probe"];

const LABELS: Record<string, TextKey> = {
  "token-arm": "connectionsProbeTokenArm",
  "token-storage": "connectionsProbeTokenStorage",
  "billing-scope-readable": "connectionsProbeScopeReadable",
  "exports-readable": "connectionsProbeExportsReadable",
  "exports-writable": "connectionsProbeExportsWritable",
  "storage-account-writable": "connectionsProbeStorageWritable",
  "provider-registered": "connectionsProbeProviderRegistered",
  "container-listable": "connectionsProbeContainerListable",
  "blob-readable": "connectionsProbeBlobReadable",
  "folder-readable": "connectionsProbeFolderReadable",
  expiry: "connectionsProbeExpiry",
};

const LOOKS: Record<Probe["state"], { icon: IconName; label: TextKey }> = {
  ok: { icon: "done", label: "connectionsProbeOk" },
  warning: { icon: "warning", label: "connectionsProbeWarning" },
  failed: { icon: "stop", label: "connectionsProbeFailed" },
  skipped: { icon: "clock", label: "connectionsProbeSkipped" },
};

export const probeName = (probe: Probe, text: (key: TextKey) => string): string => {
  const label = LABELS[probe.probe];
  return label === undefined ? probe.probe : text(label);
};

export const needsAction = (probe: Probe): boolean => probe.state === "failed" || probe.state === "warning";

const isSameRole = (left: Probe, right: Probe): boolean =>
  left.role !== undefined && left.role === right.role && left.role_scope === right.role_scope;

const Repair = ({ probe, isRepeated }: { probe: Probe; isRepeated: boolean }): ReactElement => {
  const { text } = useTexts();
  const facts: [TextKey, string | undefined][] = [
    ["connectionsProbeRole", probe.role],
    ["connectionsProbeScope", probe.role_scope],
    ["connectionsProbePrincipal", probe.principal],
    ["connectionsProbeSaid", probe.said],
    ["connectionsProbeWhere", probe.role_scope === undefined ? probe.where : undefined],
  ];
  if (isRepeated) return <p className="repair dim">{text("connectionsProbeSameRole", { role: probe.role ?? "" })}</p>;
  return (
    <div className="repair">
      <dl className="facts flush">
        {facts.map(
          ([label, value]) =>
            value !== undefined &&
            value !== "" && (
              <div key={label} className="fact">
                <dt>{text(label)}</dt>
                <dd className={label === "connectionsProbeScope" || label === "connectionsProbeWhere" ? "mono" : undefined}>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {probe.command !== undefined && probe.command !== "" && (
        <>
          <p>{text("connectionsProbeGrants")}</p>
          <Command line={probe.command} />
        </>
      )}
      {probe.next !== undefined && probe.next !== "" && (
        <details className="more-fields" open={probe.command === undefined || probe.command === ""}>
          <summary>{text("next")}</summary>
          <p>{asSentence(probe.next)}</p>
        </details>
      )}
    </div>
  );
};

export const ProbeList = ({ probes }: { probes: readonly Probe[] }): ReactElement => {
  const { text } = useTexts();
  return (
    <ul className="probes" aria-label={text("connectionsPermissions")}>
      {probes.map((probe, position) => {
        const look = LOOKS[probe.state];
        return (
          <li key={`${probe.probe} ${probe.where} ${position}`} className={probe.state}>
            <div className="probe">
              <Icon name={look.icon} size={18} />
              <span className="hidden-text">{text(look.label)}: </span>
              <span className="name">{probeName(probe, text)}</span>
              {needsAction(probe) ? (
                <span className="told">{text(look.label)}</span>
              ) : (
                <span className="told" title={`${probe.said} (${probe.where})`}>
                  {probe.said}
                </span>
              )}
            </div>
            {needsAction(probe) && (
              <Repair
                probe={probe}
                isRepeated={probes.slice(0, position).some((earlier) => needsAction(earlier) && isSameRole(earlier, probe))}
              />
            )}
          </li>
        );
      })}
    </ul>
  );
};

const SECONDS_BETWEEN = 30;
const TIMES_MAX = 20; // a new role takes effect within ten minutes

/** Asks again by itself for ten minutes, while somebody looks at the page. */
export const AsksAgain = ({ isRunning, onAsk }: { isRunning: boolean; onAsk: () => void }): ReactElement | null => {
  const { text } = useTexts();
  const [left, setLeft] = useState(SECONDS_BETWEEN);
  const [times, setTimes] = useState(0);
  const isOver = times >= TIMES_MAX;
  const tick = useEffectEvent(() => {
    if (document.hidden) return;
    if (left > 1) {
      setLeft(left - 1);
      return;
    }
    setLeft(SECONDS_BETWEEN);
    setTimes(times + 1);
    onAsk();
  });
  useEffect(() => {
    if (isRunning || isOver) return;
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [isRunning, isOver]);
  if (isOver) return <span className="sub">{text("connectionsProbeTakesEffect")}</span>;
  return (
    <span className="sub">
      {isRunning ? text("connectionsProbeChecking") : text("connectionsProbeChecksAgain", { seconds: left })} {text("connectionsProbeTakesEffect")}
    </span>
  );
};
