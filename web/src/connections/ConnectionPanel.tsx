// One connection beside the list: how it reaches Azure, its exports, its imports, and what can be done with it.
import { Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useEffect, useRef, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { dayText, today } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { hasRight, useMe } from "../shell/session";
import { useEscape } from "../ui/escape";
import { Icon } from "../ui/icons";
import { Pill, ProblemNote, Segments, SkeletonRows } from "../ui/parts";
import { ConnectionForm } from "./ConnectionForm";
import { ExportsPart } from "./ExportsPart";
import { DATASET_OF, daysUntil, type Health, locationsOf } from "./health";
import { ImportsPart } from "./ImportsPart";
import { LegacyPart } from "./LegacyPart";
import { ProbeList } from "./Probes";
import { type ConnectionDetails, connectionQuery, useWork } from "./queries";
import { RemoveDialog } from "./RemoveDialog";
import { WorkNote } from "./WorkNote";

export const PARTS = ["access", "exports", "imports"] as const;
export type Part = (typeof PARTS)[number];

const PART_LABELS: Record<Part, TextKey> = { access: "connectionsPartAccess", exports: "connectionsExports", imports: "connectionsImports" };

const AUTH_LABELS: Record<string, TextKey> = {
  none: "connectionsAuthNone",
  "client-secret": "connectionsFormClientSecret",
  certificate: "connectionsAuthCertificate",
  "federated-token": "connectionsAuthFederated",
  "managed-identity": "connectionsFormManagedIdentity",
  "azure-cli": "connectionsAuthCli",
};

const SOON_DAYS = 30;

const SecretEnd = ({ day }: { day: string }): ReactElement => {
  const { text, plural, language } = useTexts();
  if (day === "") return <span className="dim">{text("connectionsSecretEndUnknown")}</span>;
  const left = daysUntil(day, today());
  return (
    <>
      {dayText(day, language)}{" "}
      <Pill
        tone={left < 0 ? "bad" : left <= SOON_DAYS ? "warn" : "none"}
        icon={left < 0 ? "exclamation" : left <= SOON_DAYS ? "clock" : undefined}
      >
        {left < 0 ? text("connectionsSecretEnded") : plural("connectionsInDays", left)}
      </Pill>
    </>
  );
};

const Facts = ({ connection }: { connection: ConnectionDetails }): ReactElement => {
  const { text } = useTexts();
  const { azure } = connection;
  const auth = azure?.auth === undefined ? undefined : AUTH_LABELS[azure.auth];
  const facts: [TextKey, string | undefined, boolean][] = [
    ["connectionsFormSignsIn", auth === undefined ? undefined : text(auth), false],
    ["connectionsFormTenant", azure?.tenant, true],
    ["connectionsFormClientId", azure?.client_id, true],
    ["connectionsFormScope", azure?.scope, true],
    ["connectionsFormStorageTenant", azure?.storage_tenant, true],
    ["connectionsFormCloud", azure?.cloud, false],
  ];
  const flags = (
    [
      ["connectionsFormReports", azure?.reports],
      ["connectionsFormMend", connection.mend],
      ["connectionsFormRetail", connection.allow_retail_prices],
      ["connectionsFormOverlap", connection.allow_overlap],
    ] as const
  ).filter(([, isSet]) => isSet === true);
  return (
    <dl className="facts flush">
      {facts.map(
        ([label, value, isMono]) =>
          value !== undefined &&
          value !== "" && (
            <div key={label} className="fact">
              <dt>{text(label)}</dt>
              <dd className={isMono ? "mono" : undefined}>{value}</dd>
            </div>
          ),
      )}
      {locationsOf(connection).map(({ location, url }) => (
        <div key={location} className="fact">
          <dt>{DATASET_OF[location]}</dt>
          <dd className="mono">{url}</dd>
        </div>
      ))}
      {connection.secrets?.map((secret) => (
        <div key={secret.name} className="fact">
          <dt>{secret.name}</dt>
          <dd>
            <SecretEnd day={secret.expires_on} />
          </dd>
        </div>
      ))}
      {flags.length > 0 && (
        <div className="fact">
          <dt>{text("connectionsSettings")}</dt>
          <dd>
            {flags.map(([label]) => (
              <div key={label}>{text(label)}</div>
            ))}
          </dd>
        </div>
      )}
    </dl>
  );
};

const Access = ({
  connection,
  onRemoved,
}: {
  connection: ConnectionDetails;
  onRemoved: () => void;
}): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const [shown, setShown] = useState<"connectionsEdit" | "connectionsRemove">();
  const mayChange = hasRight(me, "manage-connections");
  const test = useWork<Schemas["Probes"]>({ kind: "connection-test", subject: connection.name }, () =>
    dataOf(
      api.POST("/api/v1/connections/{connection}/test", { params: { path: { connection: connection.name } } }),
    ),
  );
  const close = (): void => setShown(undefined);
  return (
    <>
      {mayChange && (
        <div className="row wrap spaced">
          <button type="button" className="control" disabled={test.isRunning} onClick={() => test.start()}>
            <Icon name="shield" />
            {text("connectionsTest")}
          </button>
          <button type="button" className="control" onClick={() => setShown("connectionsEdit")}>
            {text("connectionsEdit")}
          </button>
          <span className="grow" />
          <button type="button" className="control" onClick={() => setShown("connectionsRemove")}>
            {text("connectionsRemove")}
          </button>
        </div>
      )}
      <WorkNote work={test} label={text("connectionsTest")} />
      {test.result !== undefined && (
        <section className="card inner" aria-label={text("connectionsPermissions")}>
          <ProbeList probes={test.result.probes} />
        </section>
      )}
      <Facts connection={connection} />
      <LegacyPart connection={connection} />
      {shown === "connectionsEdit" && (
        <Dialog open onOpenChange={(_, change) => !change.open && close()}>
          <DialogSurface aria-describedby={undefined} className="wide-dialog">
            <DialogBody>
              <DialogTitle>{text("connectionsEditNamed", { name: connection.name })}</DialogTitle>
              <DialogContent>
                <ConnectionForm
                  connection={connection}
                  submitLabel={text("save")}
                  onDone={() => close()}
                  onCancel={close}
                />
              </DialogContent>
            </DialogBody>
          </DialogSurface>
        </Dialog>
      )}
      {shown === "connectionsRemove" && <RemoveDialog connection={connection} onClose={close} onRemoved={onRemoved} />}
    </>
  );
};

export const ConnectionPanel = ({
  name,
  health,
  part,
  alerts,
  onPart,
  onClose,
}: {
  name: string;
  health: Health;
  part: Part;
  alerts: readonly { alert: number; text: string }[];
  onPart: (part: Part) => void;
  onClose: () => void;
}): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const details = useQuery(connectionQuery(name));
  const closes = useRef<HTMLButtonElement>(null);
  useEffect(() => closes.current?.focus(), []);
  const parts = PARTS.filter((one) => one !== "exports" || hasRight(me, "manage-connections"));
  useEscape(onClose);
  return (
    <aside className="panel connection-panel" aria-label={name}>
      <header>
        <div className="title">
          <h2>{name}</h2>
          <Pill tone={health.tone} icon={health.icon}>
            {text(health.label)}
          </Pill>
        </div>
        <button type="button" className="control icon bare" aria-label={text("close")} ref={closes} onClick={onClose}>
          <Icon name="cross" />
        </button>
      </header>
      <div className="row panel-parts">
        <Segments
          label={text("details")}
          choices={parts.map((one) => ({ value: one, label: text(PART_LABELS[one]) }))}
          chosen={part}
          onChoose={(value) => onPart(value as Part)}
        />
      </div>
      <div className="body" tabIndex={0} role="region" aria-label={text(PART_LABELS[part])}>
        {alerts.map((alert) => (
          <div key={alert.alert} className="note warn">
            <Icon name="warning" />
            <span>{alert.text}</span>
          </div>
        ))}
        {details.isError && <ProblemNote error={details.error} onRetry={() => void details.refetch()} />}
        {details.isPending && (
          <table>
            <SkeletonRows rows={6} columns={2} />
          </table>
        )}
        {details.data !== undefined && part === "access" && (
          <Access connection={details.data} onRemoved={onClose} />
        )}
        {details.data !== undefined && part === "exports" && <ExportsPart connection={name} />}
        {details.data !== undefined && part === "imports" && <ImportsPart connection={name} />}
      </div>
    </aside>
  );
};
