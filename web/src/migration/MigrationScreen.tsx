// May the partner leave the method used until now: what it billed beside the new costs, customer by customer.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";

import type { Schemas } from "../api/client";
import { countText, type Language, monthText } from "../format/format";
import "../invoices/invoices.css";
import { useTexts } from "../i18n/texts";
import { useScope } from "../shell/scope";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { Money } from "../ui/Money";
import { CopyButton, Empty, ProblemNote, ScreenTitle, Scrolls, Segments, SkeletonRows } from "../ui/parts";
import { AmountPanel } from "./AmountPanel";
import { BillCard } from "./BillCard";
import { CustomerCard } from "./CustomerCard";
import { CustomersCard } from "./CustomersCard";
import { GainedCard } from "./GainedCard";
import { isMistake, REASON_TEXTS } from "./migration";
import "./migration.css";
import { PlanCard } from "./PlanCard";
import { hasNothing, isApart, type MigrationScope, migrationQuery, reportAddress } from "./queries";
import { type MigrationClass, type MigrationSearch, NO_CUSTOMER, orderOf } from "./search";

type Migration = Schemas["Migration"];

const monthsText = (months: readonly string[], language: Language): string =>
  months.map((month) => monthText(month, language, "short")).join(", ");

const Verdict = ({ migration }: { migration: Migration }): ReactElement => {
  const { text, plural, language } = useTexts();
  const { equal, explained, not_explained } = migration.verdicts;
  const all = equal + explained + not_explained;
  const gaps = [
    ...(migration.months_without_legacy.length > 0
      ? [text("migrationGapOfLegacy", { months: monthsText(migration.months_without_legacy, language) })]
      : []),
    ...(migration.months_without_charges.length > 0
      ? [text("migrationGapOfCharges", { months: monthsText(migration.months_without_charges, language) })]
      : []),
    ...(migration.rejected_lines > 0 ? [plural("invoicesRejected", migration.rejected_lines)] : []),
  ];
  if (migration.holds) {
    return (
      <div className="verdict" role="status">
        <Icon name="check" size={28} />
        <div className="grow">
          <b>{text("migrationHolds")}</b>
          <p>{text("migrationHoldsWhy", { equal: countText(equal, language), explained: countText(explained, language) })}</p>
        </div>
      </div>
    );
  }
  return (
    <div className="verdict bad" role="status">
      <Icon name="cross" size={28} />
      <div className="grow">
        <b>
          {not_explained > 0
            ? plural("migrationSomeNot", not_explained, { all: countText(all, language) })
            : text("migrationHasGaps")}
        </b>
        {gaps.length > 0 && (
          <ul>
            {gaps.map((gap) => (
              <li key={gap}>{gap}</li>
            ))}
          </ul>
        )}
        {not_explained > 0 && <p>{text("migrationSomeNotNext")}</p>}
      </div>
    </div>
  );
};

const SOURCES = {
  bill: "migrationSourceBill",
  reconciliation: "migrationSourceReconciliation",
  "daily usage": "migrationSourceUsage",
} as const;

const Facts = ({ migration }: { migration: Migration }): ReactElement => {
  const { text, language } = useTexts();
  const outside = [...migration.months_of_legacy_only, ...migration.months_of_charges_only].toSorted();
  return (
    <section className="card" aria-label={text("migrationWhatWasCompared")}>
      <dl className="facts">
        <dt>{text("migrationLegacy")}</dt>
        <dd>{text(SOURCES[migration.source])}</dd>
        <dt>{text("months")}</dt>
        <dd>{monthsText(migration.months, language)}</dd>
        {outside.length > 0 && (
          <>
            <dt>{text("migrationOutside")}</dt>
            <dd>{monthsText(outside, language)}</dd>
          </>
        )}
        <dt>{text("invoicesPartnerCredit")}</dt>
        <dd>{text(migration.before_partner_credit ? "migrationGross" : "migrationNet")}</dd>
        {migration.unclear.length > 0 && (
          <>
            <dt>{text("migrationUnclear")}</dt>
            <dd>
              <bdi>{migration.unclear.join(", ")}</bdi>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
};

const Classes = ({ migration }: { migration: Migration }): ReactElement | null => {
  const { text } = useTexts();
  const rows = migration.classes
    .filter((row) => row.Class !== "equal")
    .toSorted((left, right) => orderOf(left.Class as MigrationClass) - orderOf(right.Class as MigrationClass));
  if (rows.length === 0) return null;
  return (
    <section className="card" aria-label={text("migrationReasons")}>
      <header>
        <h2>{text("migrationReasons")}</h2>
      </header>
      <Scrolls>
        <table className="classes">
          <caption className="hidden-text">{text("migrationReasons")}</caption>
          <thead>
            <tr>
              <th scope="col">{text("invoicesWhy")}</th>
              <th scope="col" className="number">
                {text("invoicesKeys")}
              </th>
              <th scope="col" className="number">
                {text("difference")}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const name = row.Class as MigrationClass;
              const isBad = isMistake(name, migration.before_partner_credit);
              return (
                <tr key={`${name} ${row.BillingCurrency}`}>
                  <th scope="row">
                    <span className={isBad ? "strong bad" : "strong"}>
                      <Icon name={isBad ? "cross" : "check"} size={12} />
                      {text(REASON_TEXTS[name].name)}
                    </span>
                    <span className="under told">{text(REASON_TEXTS[name].why)}</span>
                  </th>
                  <td className="number">{row.Lines}</td>
                  <td className="number strong">
                    <Money amount={row.Difference} currency={row.BillingCurrency ?? ""} isChange showsCurrency />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scrolls>
    </section>
  );
};

const Compared = ({
  migration,
  scope,
  search,
  onChange,
}: {
  migration: Migration;
  scope: MigrationScope;
  search: MigrationSearch;
  onChange: (change: Partial<MigrationSearch>) => void;
}): ReactElement => {
  const { text } = useTexts();
  const isOfCustomer = search.customer !== undefined;
  return (
    <>
      <div className="row wrap">
        <Segments
          label={text("migrationShow")}
          choices={[
            { value: "", label: text("customers") },
            { value: "gained", label: text("migrationGained") },
            { value: "plan", label: text("migrationPlan") },
          ]}
          chosen={search.show ?? ""}
          onChoose={(value) =>
            onChange({ ...NO_CUSTOMER, show: value === "" ? undefined : (value as MigrationSearch["show"]) })
          }
        />
      </div>
      {search.show === "gained" && <GainedCard scope={scope} />}
      {search.show === "plan" && <PlanCard scope={scope} />}
      {search.show === undefined && isOfCustomer && (
        <CustomerCard
          key={`${search.customer} ${search.legacy}`}
          scope={scope}
          isBeforeCredit={migration.before_partner_credit}
          search={search}
          onChange={onChange}
        />
      )}
      {search.show === undefined && !isOfCustomer && (
        <>
          <CustomersCard scope={scope} counts={migration.verdicts} search={search} onChange={onChange} />
          <Classes migration={migration} />
          <Facts migration={migration} />
        </>
      )}
    </>
  );
};

export const MigrationScreen = (): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const search = useSearch({ from: "/migration" });
  const navigate = useNavigate({ from: "/migration" });
  const { scope: chosen } = useScope();
  const [adds, setAdds] = useState(false);
  const scope: MigrationScope = chosen.connection === undefined ? {} : { connection: chosen.connection };
  const found = useQuery({ ...migrationQuery(scope), placeholderData: keepPreviousData });
  const change = (part: Partial<MigrationSearch>): void =>
    void navigate({ search: (now) => ({ ...now, ...part }), replace: "word" in part, resetScroll: false });
  const close = (): void => {
    change({ open: undefined });
    requestAnimationFrame(() => document.querySelector<HTMLElement>(".differences tr.chosen")?.focus());
  };
  const mayAdd = hasRight(me, "manage-invoices");
  const isEmpty = found.isError && hasNothing(found.error);
  const connections = chosen.connection === undefined ? chosen.connections : [chosen.connection];
  const isOpen = search.customer !== undefined && search.open !== undefined;
  return (
    <main className={isOpen ? "main beside-panel" : "main"} id="content">
      <div className="row wrap">
        <ScreenTitle>{text("migration")}</ScreenTitle>
        <span className="sub">{text("migrationAbout")}</span>
        <span className="grow" />
        <CopyButton
          content={() => "apportion migrate compare"}
          label={text("copyCommand")}
          className="control large-only"
          icon="terminal"
        />
        {found.isSuccess && (
          <>
            <a className="control" href={reportAddress(scope, "html")} download>
              <Icon name="download" />
              {text("migrationReport")}
            </a>
            <a className="control" href={reportAddress(scope, "xlsx")} download>
              <Icon name="download" />
              XLSX
            </a>
          </>
        )}
        {mayAdd && !isEmpty && (
          <button type="button" className="control" aria-expanded={adds} onClick={() => setAdds(!adds)}>
            <Icon name="plus" />
            {text("migrationAddBillShort")}
          </button>
        )}
      </div>
      {found.isError && !isEmpty && <ProblemNote error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && (
        <section className="card" aria-label={text("migration")}>
          <table>
            <SkeletonRows rows={8} columns={6} />
          </table>
        </section>
      )}
      {isEmpty && (
        <section className="card">
          <Empty
            title={text(isApart(found.error) ? "migrationNoCommonMonth" : "migrationNothing")}
            command="apportion import FILE --connection NAME --columns COLUMNS"
          >
            {text("migrationNothingWhy")}
          </Empty>
        </section>
      )}
      {isEmpty && isApart(found.error) && <ProblemNote error={found.error} />}
      {mayAdd && (adds || isEmpty) && (
        <BillCard connections={connections} onClose={isEmpty ? undefined : () => setAdds(false)} />
      )}
      {found.isSuccess && <Verdict migration={found.data} />}
      {found.isSuccess && <Compared migration={found.data} scope={scope} search={search} onChange={change} />}
      {isOpen && found.isSuccess && (
        <AmountPanel key={search.open} scope={scope} search={search} onClose={close} />
      )}
    </main>
  );
};
