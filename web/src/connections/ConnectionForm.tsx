// A connection as a form: new, or one that is changed. Only what was entered or changed is sent.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, type ReactNode, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { askAgain } from "../api/queries";
import { type TextKey, useTexts } from "../i18n/texts";
import { FormButtons, ProblemNote } from "../ui/parts";
import { DATASET_OF, LOCATIONS } from "./health";
import type { ConnectionDetails } from "./queries";
import { TextField, type TextFieldLook } from "./TextField";

type Body = Schemas["NewConnection"];
type Change = Schemas["ConnectionChange"];
type Values = Record<string, string | boolean>;
/** `other`: a certificate and so on, which only the command line sets, and which stays as it is. */
type SignsIn = "client-secret" | "managed-identity" | "sas" | "other";

const NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._\\-]*";

const WAYS: readonly { way: SignsIn; label: TextKey; means: TextKey }[] = [
  { way: "client-secret", label: "connectionsFormClientSecret", means: "connectionsFormClientSecretMeans" },
  { way: "managed-identity", label: "connectionsFormManagedIdentity", means: "connectionsFormManagedIdentityMeans" },
  { way: "sas", label: "connectionsFormSas", means: "connectionsFormSasMeans" },
];

const FLAGS = [
  ["reports", "connectionsFormReports"],
  ["mend", "connectionsFormMend"],
  ["allow_retail_prices", "connectionsFormRetail"],
  ["allow_overlap", "connectionsFormOverlap"],
] as const satisfies readonly (readonly [string, TextKey])[];

const wayOf = (connection: ConnectionDetails | undefined): SignsIn => {
  const auth = connection?.azure?.auth;
  if (auth === "managed-identity" || auth === "client-secret") return auth;
  if (connection === undefined) return "client-secret";
  return auth === undefined || auth === "none" ? "sas" : "other";
};

const authOf = (way: SignsIn): { auth?: Body["auth"] } => {
  if (way === "other") return {};
  return { auth: way === "sas" ? "none" : way };
};

/** What the form begins with. Secrets are never shown, so they begin empty. */
const valuesOf = (connection: ConnectionDetails | undefined): Values => {
  if (connection === undefined) return { mend: true };
  const { azure } = connection;
  return {
    name: connection.name,
    tenant: azure?.tenant ?? "",
    client_id: azure?.client_id ?? "",
    storage_tenant: azure?.storage_tenant ?? "",
    scope: azure?.scope ?? "",
    cloud: azure?.cloud === "usgov" || azure?.cloud === "china" ? azure.cloud : "public",
    reports: azure?.reports ?? false,
    mend: connection.mend,
    allow_retail_prices: connection.allow_retail_prices,
    allow_overlap: connection.allow_overlap,
    ...Object.fromEntries(LOCATIONS.map((location) => [location, connection[location] ?? ""])),
  };
};

/** What differs from the beginning, as the API takes it. */
export const bodyOf = (before: Values, now: Values): Change =>
  Object.fromEntries(
    Object.entries(now)
      .map(([name, value]) => [name, typeof value === "string" ? value.trim() : value] as const)
      .filter(([name, value]) => value !== (before[name] ?? (typeof value === "boolean" ? false : ""))),
  );

const Fields = ({ title, children, isOpen }: { title: string; children: ReactNode; isOpen: boolean }): ReactElement => (
  <details className="more-fields" open={isOpen}>
    <summary>{title}</summary>
    <div className="fields">{children}</div>
  </details>
);

export const ConnectionForm = ({
  connection,
  submitLabel,
  onDone,
  onCancel,
}: {
  connection?: ConnectionDetails;
  submitLabel: string;
  onDone: (name: string) => void;
  onCancel?: () => void;
}): ReactElement => {
  const { text } = useTexts();
  const isNew = connection === undefined;
  const [before] = useState(() => valuesOf(connection));
  const [values, setValues] = useState(before);
  const [way, setWay] = useState(() => wayOf(connection));
  const kept = useMutation({
    mutationFn: async () => {
      const body = bodyOf(isNew ? {} : before, isNew ? { ...values, ...authOf(way) } : values);
      if (isNew) return (await dataOf(api.POST("/api/v1/connections", { body: body as Body }))).name;
      const auth = way === wayOf(connection) ? {} : authOf(way);
      const changed = await dataOf(
        api.PATCH("/api/v1/connections/{connection}", {
          params: { path: { connection: connection.name } },
          body: { ...body, ...auth },
        }),
      );
      return changed.name;
    },
    onSuccess: async (name) => {
      await askAgain();
      onDone(name);
    },
  });
  const set = (name: string, value: string | boolean): void => setValues((now) => ({ ...now, [name]: value }));
  const field = (
    name: string,
    label: TextKey,
    { hint, ...look }: Omit<TextFieldLook, "hint"> & { hint?: TextKey } = {},
  ): ReactElement => (
    <TextField
      key={name}
      label={text(label)}
      hint={hint === undefined ? undefined : text(hint)}
      {...look}
      value={String(values[name] ?? "")}
      onChange={(value) => set(name, value)}
    />
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    kept.mutate();
  };
  const usesApplication = way === "client-secret";
  return (
    <form onSubmit={submit} className="connection-form">
      <div className="fields">
        {field("name", "name", { required: true, pattern: NAME_PATTERN, hint: "connectionsFormNameHint" })}
      </div>
      <fieldset>
        <legend>{text("connectionsFormSignsIn")}</legend>
        <div className="choices">
          {WAYS.map((one) => (
            <label key={one.way}>
              <input type="radio" name="way" checked={way === one.way} onChange={() => setWay(one.way)} />
              <b>{text(one.label)}</b>
              <span>{text(one.means)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <div className="fields">
        {usesApplication && field("tenant", "connectionsFormTenant", { required: isNew, mono: true })}
        {way !== "sas" && field("client_id", "connectionsFormClientId", { required: isNew && usesApplication, mono: true })}
        {usesApplication &&
          field("client_secret", "connectionsFormSecret", {
            required: isNew,
            type: "password",
            hint: isNew ? "connectionsFormSecretHint" : "connectionsFormSecretKept",
          })}
        {usesApplication && field("client_secret_expires", "connectionsFormSecretEnds", { type: "date", hint: "connectionsFormSecretEndsHint" })}
        {way === "sas" &&
          field("sas", "connectionsFormSasToken", { type: "password", wide: true, hint: isNew ? "connectionsFormSasHint" : "connectionsFormSecretKept" })}
      </div>
      {way !== "sas" && isNew && (
        <div className="fields">
          {field("billing_account", "connectionsFormBillingAccount", {
            mono: true,
            wide: true,
            hint: "connectionsFormBillingAccountHint",
          })}
        </div>
      )}
      <Fields title={text("connectionsFormOtherScope")} isOpen={!isNew && way !== "sas"}>
        {!isNew && field("billing_account", "connectionsFormBillingAccount", { mono: true, wide: true })}
        {field("billing_profile", "connectionsFormBillingProfile", { mono: true })}
        {field("customer_tenant", "connectionsFormCustomerTenant", { mono: true })}
        {field("subscription", "connectionsFormSubscription", { mono: true })}
        {field("scope", "connectionsFormScope", { mono: true, hint: "connectionsFormScopeHint" })}
      </Fields>
      <Fields title={text("connectionsFormLocations")} isOpen={way === "sas" || !isNew}>
        {LOCATIONS.map((location) => (
          <TextField
            key={location}
            label={DATASET_OF[location]}
            mono
            wide
            value={String(values[location] ?? "")}
            onChange={(value) => set(location, value)}
          />
        ))}
        <small className="wide">{text("connectionsFormLocationsHint")}</small>
      </Fields>
      <Fields title={text("connectionsFormMore")} isOpen={false}>
        <label>
          {text("connectionsFormCloud")}
          <select
            className="field"
            value={String(values.cloud ?? "public")}
            onChange={(event) => set("cloud", event.target.value)}
          >
            <option value="public">{text("connectionsFormCloudPublic")}</option>
            <option value="usgov">{text("connectionsFormCloudUsGov")}</option>
            <option value="china">{text("connectionsFormCloudChina")}</option>
          </select>
        </label>
        {field("storage_tenant", "connectionsFormStorageTenant", { mono: true, hint: "connectionsFormStorageTenantHint" })}
        {FLAGS.map(([name, label]) => (
          <label key={name} className="wide check">
            <input
              type="checkbox"
              checked={values[name] === true}
              onChange={(event) => set(name, event.target.checked)}
            />
            {text(label)}
          </label>
        ))}
      </Fields>
      {kept.isError && <ProblemNote error={kept.error} />}
      <FormButtons action={submitLabel} isDisabled={kept.isPending} onCancel={onCancel} />
    </form>
  );
};
