// Signing in with an identity provider, and from customers' own Entra tenants.
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { customersQuery, methodsQuery, queryClient } from "../api/queries";
import { TextField } from "../connections/TextField";
import { dayText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { CustomerField } from "../people/CustomerField";
import { Confirm } from "../ui/Confirm";
import { Icon } from "../ui/icons";
import { Command, Empty, FormButtons, ProblemNote } from "../ui/parts";
import { Loading, Part } from "./parts";
import { providerQuery, signInTenantsQuery } from "./queries";

type Provider = Schemas["IdentityProvider"];

const askProviderAgain = async (): Promise<void> => {
  await Promise.all(
    [providerQuery, signInTenantsQuery, methodsQuery].map((query) =>
      queryClient.invalidateQueries({ queryKey: query.queryKey }),
    ),
  );
};

const ProviderForm = ({
  provider,
  onDone,
}: {
  provider: Provider | null;
  onDone: () => void;
}): ReactElement => {
  const { text } = useTexts();
  const [values, setValues] = useState<Record<string, string>>({
    issuer: provider?.issuer ?? "",
    client_id: provider?.client_id ?? "",
    service_url: provider?.service_url ?? "",
    label: provider?.label ?? "",
    own_tenant: provider?.own_tenant ?? "",
    client_secret: "",
    secret_expires_on: provider?.secret_expires_on ?? "",
  });
  const [trusts, setTrusts] = useState(provider?.trusts_names ?? false);
  const save = useMutation({
    mutationFn: () => {
      const { issuer = "", client_id = "", ...rest } = values;
      const others = Object.fromEntries(
        Object.entries(rest)
          .map(([name, value]) => [name, value.trim()])
          .filter(([, value]) => value !== ""),
      );
      return dataOf(
        api.PUT("/api/v1/identity-provider", {
          body: { issuer: issuer.trim(), client_id: client_id.trim(), trusts_names: trusts, ...others },
        }),
      );
    },
    onSuccess: async () => {
      await askProviderAgain();
      onDone();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  const field = (
    name: string,
    label: Parameters<typeof text>[0],
    more: Partial<Parameters<typeof TextField>[0]> = {},
  ): ReactElement => (
    <TextField
      label={text(label)}
      value={values[name] ?? ""}
      onChange={(value) => setValues({ ...values, [name]: value })}
      {...more}
    />
  );
  return (
    <form className="connection-form in-card" onSubmit={submit}>
      <div className="fields">
        {field("issuer", "adminIssuer", { required: true, mono: true, wide: true, hint: text("adminIssuerHint") })}
        {field("client_id", "adminClientId", { required: true, mono: true })}
        {field("label", "adminProviderLabel", { hint: text("adminProviderLabelHint") })}
        {field("client_secret", "adminClientSecret", {
          type: "password",
          hint: text(provider?.has_secret === true ? "adminClientSecretStays" : "adminClientSecretHint"),
        })}
        {field("secret_expires_on", "adminSecretEnds", { type: "date", hint: text("adminSecretEndsHint") })}
        {field("service_url", "adminServiceUrl", { mono: true, hint: text("adminServiceUrlHint") })}
        {field("own_tenant", "adminOwnTenant", { mono: true, hint: text("adminOwnTenantHint") })}
        <label className="check wide">
          <input type="checkbox" checked={trusts} onChange={(event) => setTrusts(event.target.checked)} />
          {text("adminTrustsNames")}
        </label>
      </div>
      {save.isError && <ProblemNote error={save.error} />}
      <FormButtons
        action={text(save.isPending ? "adminAsksProvider" : "save")}
        isDisabled={save.isPending}
        onCancel={onDone}
      />
    </form>
  );
};

const ProviderFacts = ({ provider }: { provider: Provider }): ReactElement => {
  const { text, language } = useTexts();
  const ends = provider.secret_expires_on ?? "";
  const facts: (readonly [string, string])[] = [
    [text("adminIssuer"), provider.issuer],
    [text("adminClientId"), provider.client_id],
    [text("adminProviderLabel"), provider.label],
    [
      text("adminClientSecret"),
      provider.has_secret
        ? ends === ""
          ? text("adminSecretSet")
          : text("adminSecretUntil", { day: dayText(ends, language) })
        : text("adminSecretNone"),
    ],
    [text("adminOwnTenant"), provider.own_tenant ?? ""],
    [text("adminNames"), text(provider.trusts_names ? "adminNamesTrusted" : "adminNamesNotTrusted")],
  ];
  return (
    <>
      <dl className="facts">
        {facts
          .filter(([, value]) => value !== "")
          .map(([label, value]) => (
            <div key={label} className="fact">
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <div className="in-card stack">
        <span className="sub">{text("adminRedirect")}</span>
        <Command line={provider.redirect_url} />
      </div>
    </>
  );
};

const ProviderPart = (): ReactElement => {
  const { text } = useTexts();
  const provider = useQuery(providerQuery);
  const [isEdited, setEdited] = useState(false);
  const [isRemoved, setRemoved] = useState(false);
  const known = provider.data;
  const deeds = known !== undefined && !isEdited && (
    <>
      <span className="grow" />
      <button type="button" className="control" onClick={() => setEdited(true)}>
        {text(known === null ? "adminProviderSetUp" : "adminProviderChange")}
      </button>
      {known !== null && (
        <button type="button" className="control" onClick={() => setRemoved(true)}>
          {text("portalRemove")}
        </button>
      )}
    </>
  );
  return (
    <>
      {provider.isError && <ProblemNote error={provider.error} onRetry={() => void provider.refetch()} />}
      <Part title={text("adminProvider")} deeds={deeds}>
        {provider.isPending && <Loading rows={4} columns={2} />}
        {known === null && !isEdited && <Empty title={text("adminNoProvider")}>{text("adminNoProviderWhy")}</Empty>}
        {known !== undefined && isEdited && <ProviderForm provider={known} onDone={() => setEdited(false)} />}
        {known !== undefined && known !== null && !isEdited && <ProviderFacts provider={known} />}
      </Part>
      {isRemoved && (
        <Confirm
          title={text("adminProviderRemove")}
          action={text("portalRemove")}
          run={async () => {
            await dataOf(api.DELETE("/api/v1/identity-provider"));
            await askProviderAgain();
          }}
          onClose={() => setRemoved(false)}
        >
          {text("adminProviderRemoveMeans")}
        </Confirm>
      )}
    </>
  );
};

const MapTenant = (): ReactElement => {
  const { text } = useTexts();
  const [tenant, setTenant] = useState("");
  const [customer, setCustomer] = useState("");
  const map = useMutation({
    mutationFn: () =>
      dataOf(
        api.PUT("/api/v1/identity-provider/tenants/{tenant}", {
          params: { path: { tenant: tenant.trim() } },
          body: { customer },
        }),
      ),
    onSuccess: async () => {
      setTenant("");
      setCustomer("");
      await askProviderAgain();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    map.mutate();
  };
  return (
    <form className="connection-form in-card" onSubmit={submit}>
      <div className="fields">
        <TextField label={text("adminTenantId")} mono required value={tenant} onChange={setTenant} />
        <CustomerField label={text("customer")} required value={customer} onChange={setCustomer} />
      </div>
      {map.isError && <ProblemNote error={map.error} />}
      <div className="row">
        <button type="submit" className="control primary" disabled={map.isPending}>
          <Icon name="plus" />
          {text("adminTenantAdd")}
        </button>
      </div>
    </form>
  );
};

const TenantsPart = (): ReactElement => {
  const { text } = useTexts();
  const tenants = useQuery(signInTenantsQuery);
  const customers = useQuery(customersQuery);
  const [removed, setRemoved] = useState<string>();
  const names = new Map((customers.data ?? []).map((customer) => [customer.id, customer.name]));
  return (
    <>
      {tenants.isError && <ProblemNote error={tenants.error} onRetry={() => void tenants.refetch()} />}
      <Part title={text("adminSignInTenants")} about={text("adminSignInTenantsAbout")}>
        <MapTenant />
        {tenants.isPending && <Loading rows={2} columns={3} />}
        {tenants.data?.length === 0 && <p className="dim in-card">{text("adminNoSignInTenants")}</p>}
        {tenants.data !== undefined && tenants.data.length > 0 && (
          <table className="people">
            <caption className="hidden-text">{text("adminSignInTenants")}</caption>
            <thead>
              <tr>
                <th scope="col">{text("adminTenantId")}</th>
                <th scope="col">{text("customer")}</th>
                <th scope="col">
                  <span className="hidden-text">{text("portalActions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {tenants.data.map(({ tenant, customer }) => (
                <tr key={tenant}>
                  <th scope="row" className="mono">
                    {tenant}
                  </th>
                  <td>
                    <bdi title={customer}>{names.get(customer) ?? customer}</bdi>
                  </td>
                  <td className="number">
                    <button
                      type="button"
                      className="control small"
                      aria-label={text("portalRemoveNamed", { name: tenant })}
                      onClick={() => setRemoved(tenant)}
                    >
                      {text("portalRemove")}
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Part>
      {removed !== undefined && (
        <Confirm
          title={text("portalRemoveNamed", { name: removed })}
          action={text("portalRemove")}
          run={async () => {
            await dataOf(
              api.DELETE("/api/v1/identity-provider/tenants/{tenant}", { params: { path: { tenant: removed } } }),
            );
            await askProviderAgain();
          }}
          onClose={() => setRemoved(undefined)}
        >
          {text("adminTenantRemoveMeans")}
        </Confirm>
      )}
    </>
  );
};

export const SignInSection = (): ReactElement => {
  const provider = useQuery(providerQuery);
  return (
    <>
      <ProviderPart />
      {provider.data !== undefined && provider.data !== null && <TenantsPart />}
    </>
  );
};
