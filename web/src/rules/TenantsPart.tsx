// Tenants without a customer, after the draft: each becomes a rule, or a customer.
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

import { tenantsIn } from "../customers/TenantsCard";
import type { Row } from "../api/queries";
import { useTexts } from "../i18n/texts";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { Money } from "../ui/Money";
import type { Preview } from "./queries";

const SHOWN_MAX = 8;

/** What the preview says is left, in the form of the month's own answer. */
const asRows = (tenants: Preview["unassigned_tenants"]): Row[] =>
  tenants
    .filter((tenant) => tenant.tenant_id !== "")
    .map((tenant) => ({
      x_CustomerTenantId: tenant.tenant_id,
      ...(tenant.tenant_name === "" ? {} : { x_CustomerTenantName: tenant.tenant_name }),
      BillingCurrency: tenant.currency,
      ...(tenant.BilledCost === undefined ? {} : { BilledCost: tenant.BilledCost }),
    }));

export const TenantsPart = ({
  rows,
  preview,
  onRule,
}: {
  rows: readonly Row[];
  preview: Preview | undefined;
  onRule: (tenant: { id: string; name: string }) => void;
}): ReactElement | null => {
  const me = useMe();
  const { text, plural } = useTexts();
  const before = tenantsIn(rows);
  const left = preview === undefined ? before : tenantsIn(asRows(preview.unassigned_tenants));
  const ids = new Set(left.map((tenant) => tenant.id));
  const taken = before.filter((tenant) => !ids.has(tenant.id));
  if (before.length === 0 && left.length === 0) return null;
  return (
    <section className="card" aria-label={text("rulesTenants")}>
      <header>
        <h2>{text("rulesTenants")}</h2>
        {preview !== undefined && <span className="sub">{text("rulesTenantsAfter")}</span>}
      </header>
      <ul className="tenants-left">
        {left.slice(0, SHOWN_MAX).map((tenant) => (
          <li key={tenant.id}>
            <div className="of">
              <b>
                <bdi>{tenant.name}</bdi>
              </b>
              <span className="number">
                {tenant.amounts.map((one) => (
                  <div key={one.currency}>
                    <Money amount={one.amount} currency={one.currency} showsCurrency />
                  </div>
                ))}
              </span>
            </div>
            <span className="mono dim id">{tenant.id}</span>
            <div className="row wrap">
              <button
                type="button"
                className="control small"
                aria-label={text("rulesWriteFor", { name: tenant.name })}
                onClick={() => onRule(tenant)}
              >
                {text("rulesWrite")}
              </button>
              {hasRight(me, "manage-customers") && (
                <Link to="/customers" className="control small">
                  {text("rulesMakeCustomer")}
                </Link>
              )}
            </div>
          </li>
        ))}
        {taken.map((tenant) => (
          <li key={tenant.id} className="dim">
            <div className="of">
              <bdi>{tenant.name}</bdi>
            </div>
            <span className="good row taken">
              <Icon name="check" size={12} />
              {text("rulesTaken")}
            </span>
          </li>
        ))}
      </ul>
      {left.length > SHOWN_MAX && <p className="sub inside">{plural("andMore", left.length - SHOWN_MAX)}</p>}
    </section>
  );
};
