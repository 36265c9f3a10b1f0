// Which reservation or savings plan is badly used, and who pays for it.
import { Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useMemo } from "react";

import { api, dataOf } from "../api/client";
import { customersQuery, type Row } from "../api/queries";
import { type Amount, sign } from "../format/decimal";
import { dayText, monthText, todayIs } from "../format/format";
import { useTexts } from "../i18n/texts";
import { JobNote } from "../shell/Job";
import { NoMonth } from "../shell/NoMonth";
import { useScope } from "../shell/scope";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { Money } from "../ui/Money";
import { ChoiceMenu, Empty, ProblemNote, ScreenTitle, Segments, SkeletonRows } from "../ui/parts";
import { WorkbookButton, type WorkbookOf } from "../ui/workbook";
import { CommitmentPanel } from "./CommitmentPanel";
import "./commitments.css";
import { Inventory } from "./Inventory";
import {
  chosen,
  type Commitment,
  endsSoon,
  inventoryOf,
  isBadlyUsed,
  isCurrent,
  savingsBy,
  SOON_DAYS,
} from "./inventory";
import { inventoryQuery, reportQuery, type ReportScope } from "./queries";
import { Recommendations } from "./Recommendations";
import type { CommitmentsSearch } from "./search";
import { PoliciesLink, SavingsByCustomer, UnusedByBearer } from "./Sums";

const UNASSIGNED = "unassigned";
const BAD_PERCENT = "80 %".replace(" ", "\u00a0");

const Sums = ({
  rows,
  column,
  isChange = false,
}: {
  rows: readonly Row[];
  column: string;
  isChange?: boolean;
}): ReactElement => (
  <div className="by-currency">
    {rows.map((row) => {
      const amount: Amount | undefined = row[column];
      const currency = row.BillingCurrency ?? "";
      const isLoss = isChange && amount !== undefined && sign(amount) < 0;
      return (
        <span key={currency}>
          <b className={isLoss ? "bad" : undefined}>
            <Money amount={amount} currency={currency} isChange={isChange} />
          </b>
          <span className="dim">{currency}</span>
        </span>
      );
    })}
    {rows.length === 0 && <b>–</b>}
  </div>
);

const Tiles = ({
  commitments,
  savings,
  month,
  today,
}: {
  commitments: readonly Commitment[];
  savings: readonly Row[];
  month: string;
  today: string;
}): ReactElement => {
  const { text, plural, language } = useTexts();
  const ends = commitments.filter((one) => endsSoon(one, today));
  const days = [...new Set(ends.map((one) => one.end ?? ""))].sort();
  const used = commitments.filter((one) => one.used !== undefined);
  const bad = used.filter(isBadlyUsed);
  const name = monthText(month, language, "name");
  return (
    <div className="tiles">
      <div className="card">
        <h2>{text("commitmentsEndWithin", { days: SOON_DAYS })}</h2>
        <b className={ends.length > 0 ? "big warn" : "big"}>{ends.length}</b>
        <span className="dim">
          {days.length === 0
            ? text("commitmentsNoneEnds")
            : days
                .slice(0, 3)
                .map((day) => dayText(day, language))
                .join(", ") + (days.length > 3 ? " …" : "")}
        </span>
      </div>
      <div className="card">
        <h2>{text("commitmentsUsedLess", { percent: BAD_PERCENT })}</h2>
        <b className={bad.length > 0 ? "big warn" : "big"}>{bad.length}</b>
        <span className="dim">{plural("commitmentsOfUsed", used.length, { month: name })}</span>
      </div>
      <div className="card">
        <h2>{text("commitmentsUnusedIn", { month: name })}</h2>
        <Sums rows={savings.filter((row) => row.UnusedCost !== "0")} column="UnusedCost" />
      </div>
      <div className="card">
        <h2>{text("commitmentsNetIn", { month: name })}</h2>
        <Sums rows={savings} column="NetSaving" isChange />
      </div>
    </div>
  );
};

/** Asks Azure again about what was bought and how it was used: a job of the service. */
const useRefresh = () =>
  useMutation({
    mutationFn: (connection: string) => dataOf(api.POST("/api/v1/commitments/refresh", { body: { connection } })),
  });

const RefreshButton = ({
  refresh,
  connections,
  primary = false,
}: {
  refresh: ReturnType<typeof useRefresh>;
  connections: readonly string[];
  primary?: boolean;
}): ReactElement | null => {
  const { text } = useTexts();
  const me = useMe();
  if (!hasRight(me, "manage-connections") || connections.length === 0) return null;
  const look = primary ? "control primary" : "control";
  const [only] = connections;
  if (connections.length === 1 && only !== undefined) {
    return (
      <button type="button" className={look} disabled={refresh.isPending} onClick={() => refresh.mutate(only)}>
        {text("commitmentsRefresh")}
      </button>
    );
  }
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <button type="button" className={look} disabled={refresh.isPending}>
          {text("commitmentsRefresh")}
          <Icon name="chevron" />
        </button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {connections.map((connection) => (
            <MenuItem key={connection} onClick={() => refresh.mutate(connection)}>
              {connection}
            </MenuItem>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
};

const KEPT = ["CommitmentId", "Name", "Kind", "State", "Sku", "Quantity", "Region", "TermMonths", "Buyer"] as const;
const KINDS: Record<string, "decimal" | "text"> = { Quantity: "decimal", TermMonths: "decimal" };

/** The rows that are shown, one for each who bears something, in the order in which they are shown. */
const workbookOf = (commitments: readonly Commitment[], month: string, title: readonly string[]): WorkbookOf => ({
  name: `commitments-${month}.xlsx`,
  title,
  sheet: {
    columns: [
      ...KEPT.map((name) => ({ name, kind: KINDS[name] ?? ("text" as const) })),
      { name: "StartDay", kind: "text" },
      { name: "ExpiryDay", kind: "text" },
      { name: "UtilisationPercent", kind: "percent" },
      { name: "BorneBy", kind: "text" },
      { name: "BillingCurrency", kind: "text" },
      { name: "UnusedCost", kind: "money" },
    ],
    rows: commitments.flatMap((one) => {
      const own: Row = { ...one.row, ...(one.used === undefined ? {} : { UtilisationPercent: one.used }) };
      if (one.unused.length === 0) return [own];
      return one.unused.map((part) => ({
        ...own,
        BorneBy: part.customer,
        BillingCurrency: part.currency,
        UnusedCost: part.amount,
      }));
    }),
    totals: [],
  },
});

const Body = ({ scope, connections }: { scope: ReportScope; connections: readonly string[] }): ReactElement => {
  const me = useMe();
  const { text, plural, language } = useTexts();
  const search = useSearch({ from: "/commitments" });
  const navigate = useNavigate({ from: "/commitments" });
  const change = (part: Partial<CommitmentsSearch>): void =>
    void navigate({ search: (now) => ({ ...now, ...part }), replace: "word" in part, resetScroll: false });
  const today = todayIs();
  const list = useQuery(inventoryQuery(scope));
  const use = useQuery(reportQuery("utilisation", scope, ["Commitment"]));
  const byDay = useQuery(reportQuery("utilisation", scope, ["Commitment", "Day"]));
  // Savings by both say what each customer bears of each commitment, too.
  const shares = useQuery(reportQuery("savings", scope, ["Commitment", "Customer"]));
  // Each report takes the service a while, so what can be added up here is.
  const added = useMemo(() => {
    const rows = shares.data?.rows;
    if (rows === undefined) return undefined;
    return { all: savingsBy(rows, ["BillingCurrency"]), customers: savingsBy(rows, ["CustomerId", "BillingCurrency"]) };
  }, [shares.data]);
  const isAsked = added !== undefined && (added.all === undefined || added.customers === undefined);
  const totals = useQuery({ ...reportQuery("savings", scope), enabled: isAsked });
  const savings = useQuery({ ...reportQuery("savings", scope, ["Customer"]), enabled: isAsked });
  const totalRows = isAsked ? totals.data?.rows : added?.all;
  const savingRows = isAsked ? savings.data?.rows : added?.customers;
  const recommended = useQuery({ ...reportQuery("recommendations", scope), enabled: search.show !== undefined });
  const customers = useQuery({ ...customersQuery, enabled: hasRight(me, "read-customers") });
  const names = useMemo(
    () => new Map((customers.data ?? []).map((customer) => [customer.id, customer.name])),
    [customers.data],
  );
  const nameOf = (customer: string): string =>
    customer === UNASSIGNED ? text("unassigned") : (names.get(customer) ?? customer);
  const all = useMemo(
    () =>
      // Use that is not known yet is no use that there was not.
      list.data === undefined || use.data === undefined || byDay.data === undefined || shares.data === undefined
        ? undefined
        : inventoryOf({
            list: list.data,
            use: use.data.rows,
            byDay: byDay.data.rows,
            unused: shares.data.rows,
          }),
    [list.data, use.data, byDay.data, shares.data],
  );
  const order = search.sort ?? "end";
  const shown = useMemo(
    () =>
      chosen(all ?? [], { kind: search.kind, all: search.all !== undefined, word: search.word ?? "", order }, language),
    [all, search.kind, search.all, search.word, order, language],
  );
  const hidden = search.all === undefined ? (all ?? []).filter((one) => !isCurrent(one)).length : 0;
  const refresh = useRefresh();
  const opened = all?.find((one) => one.id === search.open);
  const failed = [list, use, byDay, shares, totals, savings].filter((query) => query.isError);
  const notices = [...new Set([use, shares, totals].flatMap((query) => query.data?.notices ?? []))];
  const isStale = [list, use, byDay, shares].some((query) => query.isPlaceholderData);
  const close = (): void => {
    change({ open: undefined });
    requestAnimationFrame(() => document.querySelector<HTMLElement>("tr.chosen")?.focus());
  };
  const month = monthText(scope.month, language);
  const isEmpty = all !== undefined && all.length === 0;
  const recommendedCount = recommended.data?.rows.length;
  const byCurrency = (totalRows ?? []).toSorted((left, right) =>
    (left.BillingCurrency ?? "").localeCompare(right.BillingCurrency ?? ""),
  );
  return (
    <main className={opened === undefined ? "main" : "main beside-panel"} id="content">
      <div className="commitments">
        <div className="row wrap">
          <ScreenTitle>{text("commitments")}</ScreenTitle>
          <span className="sub">{text("commitmentsAbout", { month })}</span>
          <span className="grow" />
          <button
            type="button"
            className="control"
            aria-pressed={search.show !== undefined}
            onClick={() => change({ show: search.show === undefined ? "recommendations" : undefined })}
          >
            {text("commitmentsRecommendations")}
            {recommendedCount !== undefined && ` (${recommendedCount})`}
          </button>
          <PoliciesLink className="control" label={text("commitmentsPolicies")} />
          {!isEmpty && <RefreshButton refresh={refresh} connections={connections} />}
          <WorkbookButton
            workbook={
              all === undefined || isEmpty
                ? undefined
                : workbookOf(shown, scope.month, [`${text("commitments")}, ${month}`, text("currenciesNeverAdd")])
            }
          />
        </div>
        {refresh.isError && <ProblemNote error={refresh.error} />}
        {refresh.data !== undefined && <JobNote key={refresh.data.job} job={refresh.data.job} />}
        {failed[0] !== undefined && (
          <ProblemNote error={failed[0].error} onRetry={() => failed.forEach((query) => void query.refetch())} />
        )}
        {notices.length > 0 && (
          <div className="note warn">
            <Icon name="warning" />
            <ul>
              {notices.map((notice) => (
                <li key={notice}>{notice}</li>
              ))}
            </ul>
          </div>
        )}
        {search.show !== undefined && <Recommendations scope={scope} connection={connections[0]} nameOf={nameOf} />}
        {isEmpty && (
          <section className="card" aria-label={text("commitmentsInventory")}>
            <Empty
              title={text("commitmentsNoneYet")}
              command={`apportion commitments refresh --connection ${connections[0] ?? "NAME"}`}
            >
              {text("commitmentsNoneYetWhy")}
            </Empty>
            <div className="empty-action">
              <RefreshButton refresh={refresh} connections={connections} primary />
            </div>
          </section>
        )}
        {!isEmpty && (
          <>
            {all !== undefined && totalRows !== undefined ? (
              <Tiles commitments={all} savings={byCurrency} month={scope.month} today={today} />
            ) : (
              <div className="tiles" aria-hidden="true">
                {[0, 1, 2, 3].map((tile) => (
                  <div key={tile} className="card waits">
                    <span className="skeleton" />
                  </div>
                ))}
              </div>
            )}
            <section className="card" aria-label={text("commitmentsInventory")}>
              <header className="sifts">
                <h2>{text("commitmentsInventory")}</h2>
                <span className="sub">
                  {plural("commitmentsShown", shown.length)}
                  {hidden > 0 && ` · ${plural("commitmentsHidden", hidden)}`}
                </span>
                <span className="grow" />
                <input
                  className="field"
                  type="search"
                  aria-label={text("commitmentsFind")}
                  placeholder={text("commitmentsFindShort")}
                  value={search.word ?? ""}
                  onChange={(event) => change({ word: event.target.value === "" ? undefined : event.target.value })}
                />
                <Segments
                  label={text("commitmentsKind")}
                  choices={[
                    { value: "", label: text("commitmentsAllKinds") },
                    { value: "Reservation", label: text("commitmentsReservations") },
                    { value: "Savings Plan", label: text("commitmentsSavingsPlans") },
                  ]}
                  chosen={search.kind ?? ""}
                  onChoose={(kind) => change({ kind: kind === "" ? undefined : (kind as CommitmentsSearch["kind"]) })}
                />
                <ChoiceMenu
                  label={text("state")}
                  choices={[
                    { value: "", label: text("commitmentsCurrent") },
                    { value: "yes", label: text("commitmentsAllStates") },
                  ]}
                  chosen={search.all ?? ""}
                  onChoose={(value) => change({ all: value === "" ? undefined : "yes" })}
                />
                <ChoiceMenu
                  label={text("commitmentsOrder")}
                  choices={[
                    { value: "end", label: text("commitmentsEndFirst") },
                    { value: "used", label: text("commitmentsBadFirst") },
                  ]}
                  chosen={order}
                  onChoose={(sort) => change({ sort: sort === "end" ? undefined : "used" })}
                />
              </header>
              {all === undefined && failed.length === 0 && (
                <table>
                  <SkeletonRows rows={10} columns={7} />
                </table>
              )}
              {all !== undefined && shown.length === 0 && (
                <Empty title={text("nothingFound")}>{text("commitmentsNoneFits")}</Empty>
              )}
              {shown.length > 0 && (
                <div className={isStale ? "stale" : undefined} aria-busy={isStale}>
                  <Inventory
                    commitments={shown}
                    month={scope.month}
                    today={today}
                    open={search.open}
                    nameOf={nameOf}
                    onOpen={(open) => change({ open })}
                  />
                  <div className="heat-legend" aria-hidden="true">
                    <span>
                      <i className="today-mark" /> {text("commitmentsToday")}
                    </span>
                    <span className="grow" />
                    <span>{text("commitmentsUseByDay", { month })}</span>
                    <span>
                      {text("commitmentsIdle")}
                      {[0, 1, 2, 3, 4, 5].map((step) => (
                        <svg key={step} className="heat" width="12" height="10" viewBox="0 0 12 10">
                          <rect className={`step${step}`} x="0.5" y="0.5" width="11" height="9" />
                        </svg>
                      ))}
                      {text("commitmentsFull")}
                    </span>
                  </div>
                </div>
              )}
            </section>
            <div className="pair">
              {shares.data !== undefined && <UnusedByBearer rows={shares.data.rows} nameOf={nameOf} />}
              {savingRows !== undefined && (
                <SavingsByCustomer
                  rows={savingRows}
                  currency={search.currency}
                  nameOf={nameOf}
                  onCurrency={(currency) => change({ currency })}
                />
              )}
            </div>
          </>
        )}
      </div>
      {opened !== undefined && (
        <CommitmentPanel key={opened.id} commitment={opened} scope={scope} nameOf={nameOf} onClose={close} />
      )}
    </main>
  );
};

export const CommitmentsScreen = (): ReactElement => {
  const { text } = useTexts();
  const { scope, months } = useScope();
  if (scope.month !== undefined) {
    const asked = { month: scope.month, ...(scope.connection === undefined ? {} : { connection: scope.connection }) };
    const connections = scope.connection === undefined ? scope.connections : [scope.connection];
    return <Body scope={asked} connections={connections} />;
  }
  return <NoMonth title={text("commitments")} label={text("commitmentsInventory")} months={months} rows={10} columns={7} />;
};
