// Does the bill tie to Microsoft's invoices, and if not, which rows are it.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useMemo, useState } from "react";

import { customersQuery } from "../api/queries";
import { countText, monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { NoMonth } from "../shell/NoMonth";
import { useScope } from "../shell/scope";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { Money } from "../ui/Money";
import { CopyButton, Empty, Pill, ProblemNote, ScreenTitle, Scrolls, SkeletonRows } from "../ui/parts";
import { onRowKey } from "../ui/rows";
import { DifferencePanel } from "./DifferencePanel";
import { Differences } from "./Differences";
import "./invoices.css";
import { InvoiceDetails } from "./InvoiceDetails";
import { CLASS_TEXTS, differing, firstToLookAt, isFault, keyOf, outcomeOf, STATES } from "./invoices";
import { type Invoice, type InvoiceScope, invoicesQuery } from "./queries";
import type { InvoicesSearch } from "./search";
import { TotalDialog } from "./TotalDialog";
import { UploadCard } from "./UploadCard";

const Verdict = ({ invoices, month }: { invoices: readonly Invoice[]; month: string }): ReactElement => {
  const { text, plural, language } = useTexts();
  const { differs, notCompared } = outcomeOf(invoices);
  const all = invoices.length;
  const named = (state: Invoice["state"]): string =>
    invoices
      .filter((one) => one.state === state)
      .map((one) => `${one.invoice} ${one.currency}`)
      .join(", ");
  if (differs > 0) {
    return (
      <div className="verdict bad" role="status">
        <Icon name="cross" size={28} />
        <div className="grow">
          <b>{plural("invoicesSomeDiffer", differs, { all: countText(all, language) })}</b>
          <p>{named("differs")}</p>
        </div>
      </div>
    );
  }
  if (notCompared > 0) {
    return (
      <div className="verdict open" role="status">
        <Icon name="half" size={28} />
        <div className="grow">
          <b>{plural("invoicesSomeNotCompared", notCompared, { all: countText(all, language) })}</b>
          <p>{text("invoicesNotComparedNext")}</p>
        </div>
      </div>
    );
  }
  return (
    <div className="verdict" role="status">
      <Icon name="check" size={28} />
      <div className="grow">
        <b>{plural("invoicesAllTie", all, { month: monthText(month, language) })}</b>
        <p>{text("invoicesAllTieWhy")}</p>
      </div>
    </div>
  );
};

const ClassesInBrief = ({ invoice }: { invoice: Invoice }): ReactElement | null => {
  const { text } = useTexts();
  // What keeps it from tying says enough.
  const all = differing(invoice.classes);
  const faults = all.filter((one) => isFault(one.class));
  const classes = faults.length > 0 ? faults : all;
  if (classes.length === 0) return null;
  return (
    <span className="under">
      {classes.map((one, position) => (
        <span key={one.class}>
          {position > 0 && " · "}
          {text(CLASS_TEXTS[one.class].name)} <Money amount={one.difference} currency={invoice.currency} isChange />
        </span>
      ))}
    </span>
  );
};

const COMPARED_WITH = {
  reconciliation: "invoicesReconciliation",
  "daily usage": "invoicesDailyUsage",
  total: "invoicesEnteredTotal",
} as const;

const List = ({
  invoices,
  chosen,
  isStale,
  onChoose,
}: {
  invoices: readonly Invoice[];
  chosen: Invoice | undefined;
  isStale: boolean;
  onChoose: (invoice: Invoice) => void;
}): ReactElement => {
  const { text } = useTexts();
  const hasTotals = invoices.some((one) => one.total !== undefined);
  return (
    <Scrolls isStale={isStale}>
      <table className="invoices">
        <caption className="hidden-text">{text("invoices")}</caption>
        <thead>
          <tr>
            <th scope="col">{text("invoicesNumber")}</th>
            <th scope="col">{text("state")}</th>
            <th scope="col" className="number">
              {text("charges")}
            </th>
            <th scope="col" className="number">
              {text("invoicesLines")}
            </th>
            {hasTotals && (
              <th scope="col" className="number">
                {text("invoicesTotal")}
              </th>
            )}
            <th scope="col" className="number">
              {text("difference")}
            </th>
          </tr>
        </thead>
        <tbody>
          {invoices.map((one) => (
            <tr
              key={keyOf(one)}
              className={one === chosen ? "opens chosen" : "opens"}
              tabIndex={0}
              aria-current={one === chosen}
              onClick={() => onChoose(one)}
              onKeyDown={(event) => onRowKey(event, () => onChoose(one))}
            >
              <th scope="row">
                <span className="strong">
                  {one.invoice} <span className="unit">{one.currency}</span>
                </span>
                <span className="under">
                  {one.compared_with === undefined
                    ? text("invoicesNothingToCompare")
                    : text(COMPARED_WITH[one.compared_with])}
                </span>
              </th>
              <td>
                <Pill tone={STATES[one.state].tone} icon={STATES[one.state].icon}>
                  {text(STATES[one.state].label)}
                </Pill>
                <ClassesInBrief invoice={one} />
              </td>
              <td className="number">
                <Money amount={one.charges} currency={one.currency} />
              </td>
              <td className="number">
                <Money amount={one.lines} currency={one.currency} />
              </td>
              {hasTotals && (
                <td className="number">
                  {one.total === undefined ? (
                    <span className="dim">{text("invoicesNotEntered")}</span>
                  ) : (
                    <Money amount={one.total} currency={one.currency} />
                  )}
                </td>
              )}
              <td className="number strong">
                <Money amount={one.difference} currency={one.currency} isChange />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
};

const Body = ({ scope, connections }: { scope: InvoiceScope; connections: readonly string[] }): ReactElement => {
  const me = useMe();
  const { text, language } = useTexts();
  const search = useSearch({ from: "/invoices" });
  const navigate = useNavigate({ from: "/invoices" });
  const [adds, setAdds] = useState<"lines" | "total">();
  const change = (part: Partial<InvoicesSearch>): void =>
    void navigate({ search: (now) => ({ ...now, ...part }), resetScroll: false });
  const list = useQuery({ ...invoicesQuery(scope), placeholderData: keepPreviousData });
  const customers = useQuery({ ...customersQuery, enabled: hasRight(me, "read-customers") });
  const names = useMemo(
    () =>
      new Map((customers.data ?? []).flatMap((one) => one.tenant_ids.map((tenant) => [tenant.toLowerCase(), one.name]))),
    [customers.data],
  );
  const invoices = list.data?.invoices ?? [];
  const mayManage = hasRight(me, "manage-invoices");
  const chosen =
    invoices.find((one) => one.invoice === search.invoice && one.currency === (search.currency ?? one.currency)) ??
    firstToLookAt(invoices);
  const isEmpty = list.isSuccess && invoices.length === 0;
  const month = monthText(scope.month, language);
  const choose = (one: Invoice): void =>
    change({
      invoice: one.invoice,
      currency: one.currency,
      with: undefined,
      class: undefined,
      by: undefined,
      customer: undefined,
      subscription: undefined,
      product: undefined,
      open: undefined,
    });
  const close = (): void => {
    change({ open: undefined });
    requestAnimationFrame(() => document.querySelector<HTMLElement>(".differences tr.chosen")?.focus());
  };
  const compared: InvoiceScope = search.with === "usage" ? { ...scope, dataset: "DailyRatedUsage" } : scope;
  return (
    <main className={search.open === undefined ? "main" : "main beside-panel"} id="content">
      <div className="row wrap">
        <ScreenTitle>{text("invoices")}</ScreenTitle>
        <span className="sub">{text("invoicesAbout", { month })}</span>
        <span className="grow" />
        <Link to="/migration" className="control">
          {text("migration")}
        </Link>
        <CopyButton
          content={() => `apportion reconcile --month ${scope.month}`}
          label={text("copyCommand")}
          className="control large-only"
          icon="terminal"
        />
        {mayManage && (
          <>
            <button type="button" className="control" onClick={() => setAdds("total")}>
              {text("invoicesEnterTotal")}
            </button>
            <button
              type="button"
              className={isEmpty ? "control" : "control primary"}
              aria-expanded={adds === "lines" || isEmpty}
              disabled={isEmpty}
              onClick={() => setAdds(adds === "lines" ? undefined : "lines")}
            >
              <Icon name="plus" />
              {text("invoicesAddLines")}
            </button>
          </>
        )}
      </div>
      {list.isError && <ProblemNote error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && (
        <section className="card" aria-label={text("invoices")}>
          <table>
            <SkeletonRows rows={3} columns={5} />
          </table>
        </section>
      )}
      {invoices.length > 0 && <Verdict invoices={invoices} month={scope.month} />}
      {mayManage && (adds === "lines" || isEmpty) && (
        <UploadCard connections={connections} onClose={isEmpty ? undefined : () => setAdds(undefined)} />
      )}
      {isEmpty && (
        <section className="card">
          <Empty title={text("invoicesNone", { month })} command="apportion import FILE --connection NAME">
            {text("invoicesNoneWhy")}
          </Empty>
        </section>
      )}
      {invoices.length > 0 && (
        <section className="card" aria-label={text("invoices")}>
          <List invoices={invoices} chosen={chosen} isStale={list.isPlaceholderData} onChoose={choose} />
        </section>
      )}
      {list.data !== undefined && list.data.not_billed.length > 0 && (
        <div className="note">
          <Icon name="clock" />
          <div>
            <b>{text("invoicesNoNumberYet")}</b>{" "}
            {list.data.not_billed.map((one, position) => (
              <span key={one.currency}>
                {position > 0 && " · "}
                <Money amount={one.charges} currency={one.currency} showsCurrency />
              </span>
            ))}
            <p className="dim">{text("invoicesNoNumberYetWhy")}</p>
          </div>
        </div>
      )}
      {chosen !== undefined && (
        <InvoiceDetails
          key={keyOf(chosen)}
          invoice={chosen}
          scope={scope}
          search={search}
          onChange={change}
          onAddLines={mayManage ? () => setAdds("lines") : undefined}
        />
      )}
      {chosen !== undefined && search.class !== undefined && search.class !== "equal" && (
        <Differences
          invoice={chosen}
          scope={compared}
          class={search.class}
          search={search}
          names={names}
          onChange={change}
        />
      )}
      {chosen !== undefined && search.class !== undefined && search.open !== undefined && (
        <DifferencePanel
          key={search.open}
          invoice={chosen}
          scope={compared}
          class={search.class}
          search={search}
          names={names}
          onClose={close}
        />
      )}
      {adds === "total" && <TotalDialog month={scope.month} invoice={chosen} onClose={() => setAdds(undefined)} />}
    </main>
  );
};

export const InvoicesScreen = (): ReactElement => {
  const { text } = useTexts();
  const { scope, months } = useScope();
  if (scope.month !== undefined) {
    const asked = { month: scope.month, ...(scope.connection === undefined ? {} : { connection: scope.connection }) };
    const connections = scope.connection === undefined ? scope.connections : [scope.connection];
    return <Body scope={asked} connections={connections} />;
  }
  return <NoMonth title={text("invoices")} label={text("invoices")} months={months} rows={3} columns={5} />;
};
