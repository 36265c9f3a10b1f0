// Who the legacy's customers are here: those that are missing are added, and rules for them begin as a draft.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";

import type { Schemas } from "../api/client";
import { monthText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { leaveDraft } from "../rules/draft";
import { documentQuery } from "../rules/queries";
import { JobNote } from "../shell/Job";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { MoreRows } from "../ui/MoreRows";
import { Pill, ProblemNote, Scrolls, SkeletonRows } from "../ui/parts";
import { addPlanned, type MigrationScope, planAddress, plannedRules, usePlan } from "./queries";

type Planned = Schemas["PlannedCustomer"];

const FOUND_BY: Record<Planned["found_by"], TextKey> = {
  "": "migrationFoundByNothing",
  tenant: "migrationFoundByTenant",
  name: "migrationFoundByName",
  "name of its tenant": "migrationFoundByTenantName",
  subscriptions: "migrationFoundBySubscriptions",
};

const StatePill = ({ planned }: { planned: Planned }): ReactElement => {
  const { text } = useTexts();
  if (planned.is_new) {
    return (
      <Pill tone="info" icon="plus">
        {text("migrationIsNew")}
      </Pill>
    );
  }
  return planned.customer === "" ? (
    <Pill tone="warn" icon="warning">
      {text("migrationIsUnclear")}
    </Pill>
  ) : (
    <Pill tone="good" icon="check">
      {text("migrationIsKnown")}
    </Pill>
  );
};

const Additions = ({
  scope,
  plan,
}: {
  scope: MigrationScope;
  plan: Schemas["MigrationPlan"];
}): ReactElement | null => {
  const me = useMe();
  const { text } = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const adds = useMutation({ mutationFn: () => addPlanned(scope) });
  const takes = useMutation({
    mutationFn: async () => {
      const [yaml, current] = await Promise.all([plannedRules(scope), client.fetchQuery({ ...documentQuery("rules"), staleTime: 0 })]);
      return leaveDraft("rules", me.actor, { base: current.version, yaml });
    },
    onSuccess: (isLeft) => {
      if (isLeft) void navigate({ to: "/rules" });
    },
  });
  if (!plan.adds_customers && !plan.changes_rules) {
    return (
      <div className="note">
        <Icon name="check" />
        {text("migrationPlanComplete")}
      </div>
    );
  }
  return (
    <>
      <div className="row wrap additions">
        {plan.adds_customers && (
          <>
            {hasRight(me, "manage-customers") && (
              <button
                type="button"
                className="control primary"
                disabled={adds.isPending || adds.data !== undefined}
                onClick={() => adds.mutate()}
              >
                {text("migrationAddCustomers")}
              </button>
            )}
            <a className="control" href={planAddress(scope, "customers")} download>
              <Icon name="download" />
              customers.csv
            </a>
          </>
        )}
        {plan.changes_rules && (
          <>
            {hasRight(me, "apply-documents") && (
              <button type="button" className="control" disabled={takes.isPending} onClick={() => takes.mutate()}>
                {text("migrationDraftRules")}
              </button>
            )}
            <a className="control" href={planAddress(scope, "rules")} download>
              <Icon name="download" />
              rules.yaml
            </a>
          </>
        )}
      </div>
      {adds.isError && <ProblemNote error={adds.error} />}
      {adds.data !== undefined && <JobNote key={adds.data.job} job={adds.data.job} onDone={() => adds.reset()} />}
      {takes.isError && <ProblemNote error={takes.error} />}
      {takes.data === false && (
        <div className="note warn" role="alert">
          <Icon name="warning" />
          {text("migrationHasDraft")}
        </div>
      )}
    </>
  );
};

export const PlanCard = ({ scope }: { scope: MigrationScope }): ReactElement => {
  const { text, language } = useTexts();
  const found = usePlan(scope);
  const pages = found.data?.pages ?? [];
  const [plan] = pages;
  const rows = pages.flatMap((page) => page.items);
  return (
    <section className="card" aria-label={text("migrationPlan")}>
      <header>
        <h2>{text("migrationPlan")}</h2>
      </header>
      <p className="explained">{text("migrationPlanWhy")}</p>
      {found.isError && <ProblemNote error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && !found.isError && (
        <table>
          <SkeletonRows rows={6} columns={5} />
        </table>
      )}
      {plan !== undefined && <Additions scope={scope} plan={plan} />}
      {plan !== undefined && plan.assumptions.length > 0 && (
        <div className="note warn">
          <Icon name="warning" />
          <div className="grow">
            <b>{text("migrationAssumed")}</b>
            <ul>
              {plan.assumptions.map((one) => (
                <li key={one}>{one}</li>
              ))}
            </ul>
          </div>
        </div>
      )}
      {rows.length > 0 && (
        <Scrolls>
          <table className="invoices">
            <caption className="hidden-text">{text("migrationPlan")}</caption>
            <thead>
              <tr>
                <th scope="col">{text("migrationLegacyCustomer")}</th>
                <th scope="col">{text("state")}</th>
                <th scope="col">{text("customer")}</th>
                <th scope="col">{text("migrationFoundBy")}</th>
                <th scope="col">{text("months")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.legacy}>
                  <th scope="row">
                    <span className="strong">
                      <bdi>{one.name}</bdi>
                    </span>
                    <span className="under">
                      <bdi>{one.domain === "" ? one.legacy : `${one.domain} · ${one.legacy}`}</bdi>
                    </span>
                  </th>
                  <td>
                    <StatePill planned={one} />
                  </td>
                  <td className="mono">{one.customer === "" ? "–" : one.customer}</td>
                  <td>{text(FOUND_BY[one.found_by])}</td>
                  <td>
                    {one.first_month === one.last_month
                      ? monthText(one.first_month, language, "short")
                      : `${monthText(one.first_month, language, "short")} – ${monthText(one.last_month, language, "short")}`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
      <MoreRows pages={found} shown={rows.length} all={plan?.row_count ?? rows.length} />
    </section>
  );
};
