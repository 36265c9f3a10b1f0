// Tenants that cost something and have no customer: each becomes a customer, or goes to one.
import { Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useMemo, useState } from "react";

import { api, dataOf } from "../api/client";
import { type Customer, type Row, tenantsQuery } from "../api/queries";
import { compare, largestFirst } from "../format/decimal";
import { amountText, exactText, monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { JobNote } from "../shell/Job";
import { useScope } from "../shell/scope";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { Pill, ProblemNote, Scrolls } from "../ui/parts";

interface Tenant {
  id: string;
  name: string;
  amounts: { currency: string; amount: string }[];
}

const METRIC = "BilledCost";
const SHOWN_FIRST = 5;

/** Tenants with their amounts, the most expensive first. What has no tenant at all is none of them. */
export const tenantsIn = (rows: readonly Row[]): Tenant[] => {
  const tenants = new Map<string, Tenant>();
  for (const row of rows) {
    const id = row.x_CustomerTenantId;
    if (id === undefined) continue;
    const tenant = tenants.get(id) ?? { id, name: row.x_CustomerTenantName ?? id, amounts: [] };
    const amount = row[METRIC];
    if (amount !== undefined) tenant.amounts.push({ currency: row.BillingCurrency ?? "", amount });
    tenants.set(id, tenant);
  }
  return largestFirst([...tenants.values()], (tenant) =>
    tenant.amounts.reduce((largest, one) => (compare(one.amount, largest) > 0 ? one.amount : largest), "0"),
  );
};

/** An id that customers may have, made from a name. */
export const idOf = (name: string): string =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64) || "customer";

const AssignDialog = ({
  tenant,
  customers,
  onClose,
}: {
  tenant: Tenant;
  customers: readonly Customer[];
  onClose: () => void;
}): ReactElement => {
  const { text } = useTexts();
  const [isNew, setNew] = useState(true);
  const [name, setName] = useState(tenant.name);
  const [id, setId] = useState(idOf(tenant.name));
  const [existing, setExisting] = useState(customers[0]?.id ?? "");
  const assign = useMutation({
    mutationFn: () =>
      isNew
        ? dataOf(api.POST("/api/v1/customers", { body: { id, name: name.trim(), add_tenants: [tenant.id] } }))
        : dataOf(
            api.PATCH("/api/v1/customers/{customer}", {
              params: { path: { customer: existing } },
              body: { add_tenants: [tenant.id] },
            }),
          ),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    assign.mutate();
  };
  return (
    <Dialog open onOpenChange={(_, change) => !change.open && onClose()}>
      <DialogSurface aria-describedby={undefined}>
        <form onSubmit={submit}>
          <DialogBody>
            <DialogTitle>{text("assignNamed", { name: tenant.name })}</DialogTitle>
            <DialogContent className="stack">
              <p className="dim">{text("assignMeans")}</p>
              <label className="row">
                <input type="radio" name="to" checked={isNew} onChange={() => setNew(true)} />
                {text("makeCustomer")}
              </label>
              {isNew && (
                <>
                  <label>
                    {text("name")}
                    <input
                      className="field"
                      required
                      maxLength={300}
                      value={name}
                      onChange={(event) => setName(event.target.value)}
                    />
                  </label>
                  <label>
                    {text("id")}
                    <input
                      className="field mono"
                      required
                      maxLength={64}
                      pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
                      value={id}
                      onChange={(event) => setId(event.target.value)}
                    />
                  </label>
                </>
              )}
              {customers.length > 0 && (
                <label className="row">
                  <input type="radio" name="to" checked={!isNew} onChange={() => setNew(false)} />
                  {text("addToCustomer")}
                </label>
              )}
              {!isNew && (
                <select
                  className="field"
                  aria-label={text("customer")}
                  value={existing}
                  onChange={(event) => setExisting(event.target.value)}
                >
                  {customers.map((customer) => (
                    <option key={customer.id} value={customer.id}>
                      {customer.name} ({customer.id})
                    </option>
                  ))}
                </select>
              )}
              {assign.isError && <ProblemNote error={assign.error} />}
              {assign.data !== undefined && <JobNote job={assign.data.job} onDone={onClose} />}
              <div className="row">
                <button
                  type="submit"
                  className="control primary"
                  disabled={assign.isPending || assign.data !== undefined}
                >
                  {text("assign")}
                </button>
                <button type="button" className="control" onClick={onClose}>
                  {text(assign.data === undefined ? "cancel" : "close")}
                </button>
              </div>
            </DialogContent>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
};

export const TenantsCard = ({ customers }: { customers: readonly Customer[] }): ReactElement | null => {
  const me = useMe();
  const { text, plural, language } = useTexts();
  const { scope } = useScope();
  const [assigned, setAssigned] = useState<Tenant>();
  const [isAll, setAll] = useState(false);
  const asked = useQuery({ ...tenantsQuery(scope.month ?? ""), enabled: scope.month !== undefined });
  const tenants = useMemo(() => tenantsIn((asked.data?.rows ?? []) as Row[]), [asked.data]);
  const mayAssign = hasRight(me, "manage-customers");
  if (asked.isError) return <ProblemNote error={asked.error} onRetry={() => void asked.refetch()} />;
  if (scope.month === undefined || asked.data === undefined) return null;
  if (tenants.length === 0) {
    return (
      <div className="note">
        <span className="good">
          <Icon name="check" />
        </span>
        {text("allTenantsHaveCustomers", { month: monthText(scope.month, language) })}
      </div>
    );
  }
  return (
    <section className="card" aria-label={text("tenantsWithoutCustomer")}>
      <header>
        <h2>{text("tenantsWithoutCustomer")}</h2>
        <Pill tone="warn" icon="warning">
          {plural("tenantCount", tenants.length)}
        </Pill>
        <span className="sub">{text("billedIn", { month: monthText(scope.month, language) })}</span>
      </header>
      <Scrolls>
        <table>
          <thead>
            <tr>
              <th scope="col">{text("columnTenant")}</th>
              <th scope="col" className="large-only-cell">
                {text("id")}
              </th>
              <th scope="col" className="number">
                {text("billed")}
              </th>
              {mayAssign && (
                <th scope="col">
                  <span className="hidden-text">{text("assign")}</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {(isAll ? tenants : tenants.slice(0, SHOWN_FIRST)).map((tenant) => (
              <tr key={tenant.id}>
                <td>
                  <bdi>{tenant.name}</bdi>
                </td>
                <td className="mono dim large-only-cell">{tenant.id}</td>
                <td className="number">
                  {tenant.amounts.map((one) => (
                    <div key={one.currency} title={exactText(one.amount, one.currency, language)}>
                      {amountText(one.amount, one.currency, language)} <span className="dim">{one.currency}</span>
                    </div>
                  ))}
                </td>
                {mayAssign && (
                  <td className="number">
                    <button
                      type="button"
                      className="control small"
                      aria-label={text("assignNamed", { name: tenant.name })}
                      onClick={() => setAssigned(tenant)}
                    >
                      {text("assign")}
                    </button>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
      {tenants.length > SHOWN_FIRST && (
        <p className="more-rows">
          <button type="button" className="link" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
            {isAll ? text("homeShowFewer") : plural("homeShowAll", tenants.length)}
          </button>
        </p>
      )}
      {assigned !== undefined && (
        <AssignDialog tenant={assigned} customers={customers} onClose={() => setAssigned(undefined)} />
      )}
    </section>
  );
};
