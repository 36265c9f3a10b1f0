// One customer: tenants, what they see of their costs, and a look through their eyes.
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useEffect, useRef, useState } from "react";

import { api, dataOf } from "../api/client";
import type { Customer } from "../api/queries";
import { dayText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { JobNote } from "../shell/Job";
import { useScope } from "../shell/scope";
import { actAs, hasRight, useMe } from "../shell/session";
import { useEscape } from "../ui/escape";
import { Icon } from "../ui/icons";
import { ProblemNote } from "../ui/parts";
import { SendPart } from "./SendPart";

type Sees = Customer["sees"];

const CHOICES: readonly { sees: Sees; title: TextKey; about: TextKey }[] = [
  { sees: "list", title: "seesList", about: "seesListMeans" },
  { sees: "cost", title: "seesCost", about: "seesCostMeans" },
  { sees: "both", title: "seesBoth", about: "seesBothMeans" },
];

const SeesForm = ({ customer }: { customer: Customer }): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const [sees, setSees] = useState<Sees>(customer.sees);
  const mayChange = hasRight(me, "manage-customers");
  const change = useMutation({
    mutationFn: () =>
      dataOf(
        api.PATCH("/api/v1/customers/{customer}", {
          params: { path: { customer: customer.id } },
          body: { sees },
        }),
      ),
  });
  return (
    <div className="stack">
      <div className="choices" role="radiogroup" aria-label={text("sees")}>
        {CHOICES.map((choice) => (
          <label key={choice.sees}>
            <input
              type="radio"
              name="sees"
              checked={sees === choice.sees}
              disabled={!mayChange}
              onChange={() => setSees(choice.sees)}
            />
            <b>{text(choice.title)}</b>
            <span>{text(choice.about)}</span>
          </label>
        ))}
      </div>
      {sees !== customer.sees && (
        <div className="row wrap">
          <span className="grow warn">{sees === "list" ? "" : text("seesWarning", { name: customer.name })}</span>
          <button
            type="button"
            className="control primary"
            disabled={change.isPending || change.data !== undefined}
            onClick={() => change.mutate()}
          >
            {text("save")}
          </button>
          <button type="button" className="control" onClick={() => setSees(customer.sees)}>
            {text("cancel")}
          </button>
        </div>
      )}
      {change.isError && <ProblemNote error={change.error} />}
      {change.data !== undefined && <JobNote job={change.data.job} onDone={() => change.reset()} />}
    </div>
  );
};

export const CustomerPanel = ({ customer, onClose }: { customer: Customer; onClose: () => void }): ReactElement => {
  const me = useMe();
  const { text, language } = useTexts();
  const { scope } = useScope();
  const closes = useRef<HTMLButtonElement>(null);
  useEffect(() => closes.current?.focus(), []);
  useEscape(onClose);
  return (
    <aside className="panel" aria-label={customer.name}>
      <header>
        <div className="title">
          <h2>
            <bdi>{customer.name}</bdi>
          </h2>
          <p className="dim mono">{customer.id}</p>
        </div>
        <button type="button" className="control icon bare" aria-label={text("close")} ref={closes} onClick={onClose}>
          <Icon name="cross" />
        </button>
      </header>
      <div className="body" tabIndex={0} role="region" aria-label={text("details")}>
        <dl className="facts flush">
          {customer.external_id !== "" && (
            <>
              <dt>{text("externalId")}</dt>
              <dd>{customer.external_id}</dd>
            </>
          )}
          {customer.retired_from !== undefined && (
            <>
              <dt>{text("retired")}</dt>
              <dd>{text("retiredFrom", { day: dayText(customer.retired_from, language) })}</dd>
            </>
          )}
          {customer.merged_into !== undefined && (
            <>
              <dt>{text("mergedInto")}</dt>
              <dd>{customer.merged_into}</dd>
            </>
          )}
          <dt>{text("tenants")}</dt>
          <dd>
            {customer.tenant_ids.map((tenant) => (
              <div key={tenant} className="mono">
                {tenant}
              </div>
            ))}
            {customer.dated_tenants.map((tenant) => (
              <div key={`${tenant.tenant_id} ${tenant.from}`}>
                <span className="mono">{tenant.tenant_id}</span>{" "}
                <span className="dim">{text("fromDay", { day: dayText(tenant.from, language) })}</span>
              </div>
            ))}
            {customer.tenant_ids.length + customer.dated_tenants.length === 0 && text("noTenants")}
          </dd>
        </dl>
        <div className="part">
          <h3>{text("sees")}</h3>
        </div>
        <SeesForm customer={customer} />
        {hasRight(me, "manage-customers") && scope.month !== undefined && (
          <SendPart key={scope.month} customer={customer} month={scope.month} />
        )}
      </div>
      <footer>
        <Link
          to="/costs"
          className="control"
          search={
            ((now: Record<string, unknown>) => ({
              month: now.month,
              connection: now.connection,
              by: "ServiceName",
              where: `CustomerId=${customer.id}`,
            })) as never
          }
        >
          <Icon name="bars" />
          {text("theirCosts")}
        </Link>
        {hasRight(me, "act-as-customer") && (
          <button type="button" className="control" onClick={() => actAs(customer.id)}>
            <Icon name="eye" />
            {text("lookAs")}
          </button>
        )}
      </footer>
    </aside>
  );
};
