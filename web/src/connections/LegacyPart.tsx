// The legacy part of a connection: which lines of Microsoft's invoices every sync fetches, and what signs in for them.
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { askAgain } from "../api/queries";
import { momentText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { hasRight, useMe } from "../shell/session";
import { FormButtons, Pill, ProblemNote } from "../ui/parts";
import { type ConnectionDetails, importsQuery } from "./queries";
import { TextField } from "./TextField";

type Legacy = Schemas["LegacyPart"];
type Kind = Schemas["LegacyAccess"]["fetch"][number];

const KINDS: readonly Kind[] = ["reconciliation", "daily-usage"];
const KIND_TEXTS: Record<Kind, TextKey> = {
  reconciliation: "invoicesReconciliation",
  "daily-usage": "invoicesDailyUsage",
};
const DATASETS: readonly string[] = ["InvoiceReconciliation", "DailyRatedUsage"];

/** When lines were imported last, also by hand. */
const LastLines = ({ connection }: { connection: string }): ReactElement => {
  const { text, language } = useTexts();
  const imports = useQuery(importsQuery(connection));
  const last = imports.data?.find((one) => DATASETS.includes(one.dataset));
  if (imports.isError) return <ProblemNote error={imports.error} />;
  if (imports.isPending) return <span className="skeleton" role="status" aria-label={text("loading")} />;
  if (last === undefined) return <span className="dim">{text("connectionsLegacyNoLines")}</span>;
  return (
    <>
      {momentText(last.submitted_at, language)} · {last.run_id}
    </>
  );
};

const LegacyForm = ({
  connection,
  onClose,
}: {
  connection: ConnectionDetails;
  onClose: () => void;
}): ReactElement => {
  const { text } = useTexts();
  const { legacy } = connection;
  const [fetch, setFetch] = useState<readonly Kind[]>(legacy?.fetch ?? KINDS);
  const [isOwn, setOwn] = useState(legacy?.auth === "client-secret");
  const [tenant, setTenant] = useState(legacy?.tenant ?? "");
  const [clientId, setClientId] = useState(legacy?.client_id ?? "");
  const [secret, setSecret] = useState("");
  const [ends, setEnds] = useState("");
  const isKeptElsewhere = legacy?.auth !== undefined && legacy.auth !== "client-secret";
  const own = (): Legacy => {
    if (isOwn) {
      return {
        auth: "client-secret",
        tenant: tenant.trim(),
        client_id: clientId.trim(),
        ...(secret === "" ? {} : { client_secret: secret }),
        ...(secret === "" || ends === "" ? {} : { client_secret_expires: ends }),
      };
    }
    return legacy?.auth === "client-secret" ? { auth: "none", tenant: "", client_id: "" } : {};
  };
  const keeps = useMutation({
    mutationFn: () =>
      dataOf(
        api.PATCH("/api/v1/connections/{connection}", {
          params: { path: { connection: connection.name } },
          body: { legacy: fetch.length === 0 ? { fetch: [] } : { fetch: [...fetch], ...own() } },
        }),
      ),
    onSuccess: async () => {
      await askAgain();
      onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    keeps.mutate();
  };
  return (
    <form className="connection-form" onSubmit={submit}>
      <fieldset>
        <legend>{text("connectionsLegacyFetch")}</legend>
        {KINDS.map((kind) => (
          <label key={kind} className="check">
            <input
              type="checkbox"
              checked={fetch.includes(kind)}
              onChange={(event) =>
                setFetch(KINDS.filter((one) => (one === kind ? event.target.checked : fetch.includes(one))))
              }
            />
            {text(KIND_TEXTS[kind])}
          </label>
        ))}
      </fieldset>
      {fetch.length === 0 && <small>{text("connectionsLegacyTakesAway")}</small>}
      {fetch.length > 0 && !isKeptElsewhere && (
        <label className="check">
          <input type="checkbox" checked={isOwn} onChange={(event) => setOwn(event.target.checked)} />
          {text("connectionsLegacyOwn")}
        </label>
      )}
      {fetch.length > 0 && isOwn && (
        <div className="fields">
          <TextField label={text("connectionsFormTenant")} required mono value={tenant} onChange={setTenant} />
          <TextField label={text("connectionsFormClientId")} required mono value={clientId} onChange={setClientId} />
          <TextField
            label={text("connectionsFormSecret")}
            required={legacy?.auth !== "client-secret"}
            type="password"
            hint={text(legacy?.auth === "client-secret" ? "connectionsFormSecretKept" : "connectionsFormSecretHint")}
            value={secret}
            onChange={setSecret}
          />
          <TextField
            label={text("connectionsFormSecretEnds")}
            type="date"
            hint={text("connectionsFormSecretEndsHint")}
            value={ends}
            onChange={setEnds}
          />
        </div>
      )}
      {keeps.isError && <ProblemNote error={keeps.error} />}
      <FormButtons action={text("save")} isDisabled={keeps.isPending} onCancel={onClose} />
    </form>
  );
};

export const LegacyPart = ({ connection }: { connection: ConnectionDetails }): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const [isEdited, setEdited] = useState(false);
  const { legacy } = connection;
  return (
    <section className="card inner legacy-part" aria-label={text("connectionsLegacy")}>
      <header>
        <h3>{text("connectionsLegacy")}</h3>
        <Pill tone={legacy === undefined ? "none" : "good"}>
          {text(legacy === undefined ? "connectionsLegacyOff" : "connectionsLegacyOn")}
        </Pill>
        <span className="grow" />
        {hasRight(me, "manage-connections") && !isEdited && (
          <button type="button" className="control small" onClick={() => setEdited(true)}>
            {text(legacy === undefined ? "connectionsLegacySet" : "connectionsLegacyChange")}
          </button>
        )}
      </header>
      {legacy === undefined ? (
        <p className="dim">{text("connectionsLegacyWhy")}</p>
      ) : (
        <dl className="facts">
          <dt>{text("connectionsLegacyLines")}</dt>
          <dd>{legacy.fetch.map((kind) => text(KIND_TEXTS[kind])).join(", ")}</dd>
          <dt>{text("connectionsFormSignsIn")}</dt>
          <dd>
            {legacy.auth === undefined ? text("connectionsLegacyAsConnection") : legacy.auth}
            {legacy.client_id !== undefined && <span className="mono dim"> {legacy.client_id}</span>}
          </dd>
          <dt>{text("connectionsLegacyLast")}</dt>
          <dd>
            <LastLines connection={connection.name} />
          </dd>
        </dl>
      )}
      {isEdited && <LegacyForm connection={connection} onClose={() => setEdited(false)} />}
    </section>
  );
};
