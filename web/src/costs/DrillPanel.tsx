// Why a number is what it is: what changed, and the charges behind it.
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type ReactElement, useEffect, useRef } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { type CostFilter, costsQuery, type Row } from "../api/queries";
import { type Amount, compare, sign, size, sum } from "../format/decimal";
import { amountText, changeText, dayText, exactText, shareText } from "../format/format";
import { barLength } from "../format/plot";
import { useTexts } from "../i18n/texts";
import { isPartner, useMe } from "../shell/session";
import { useEscape } from "../ui/escape";
import { Icon } from "../ui/icons";
import { CopyButton, ProblemNote, Scrolls, SkeletonRows } from "../ui/parts";
import type { Columns } from "./columns";
import { percentOfChange } from "./CostTableView";
import { costTable, type Group, sorted, totalsOf } from "./groups";
import { Origin } from "./Origin";
import { type CostView, tableQuestion } from "./search";

const PARTS_SHOWN = 6;
const CHARGES_PER_PAGE = 25;
const RESOURCE = "ResourceName";

const filtersOfGroup = (view: CostView, group: Group, currency: string): CostFilter[] => [
  ...view.where.filter((filter) => !view.by.includes(filter.column) && filter.column !== "BillingCurrency"),
  ...view.by.map((column, position) => ({ column, values: [group.values[position] ?? ""] })),
  { column: "BillingCurrency", values: [currency] },
];

const Shown = ({
  amount,
  currency,
  isChange,
}: {
  amount: Amount | undefined;
  currency: string;
  isChange?: boolean;
}) => {
  const { text, language } = useTexts();
  if (amount === undefined) return <>{text("unknown")}</>;
  const shown = isChange === true ? changeText(amount, currency, language) : amountText(amount, currency, language);
  return <span title={exactText(amount, currency, language)}>{shown}</span>;
};

/** What the amount is made of: services of a customer, customers of everything else. */
const partColumn = (view: CostView, columns: Columns): string =>
  view.by.includes("ServiceName") && columns.choices.some((choice) => choice.name === "CustomerId")
    ? view.by.includes("CustomerId")
      ? "x_ResourceGroupName"
      : "CustomerId"
    : view.by.includes("ServiceName")
      ? "ChargeDescription"
      : "ServiceName";

/** Whether it makes more than half of a change, and not more than all of it. */
const isMostOf = (part: Amount, change: Amount): boolean => {
  if (sign(part) !== sign(change)) return false;
  return compare(sum([size(part), size(part)]), size(change)) > 0 && compare(size(part), size(change)) <= 0;
};

const Deviation = ({ amount, longest }: { amount: Amount; longest: Amount }): ReactElement => {
  const width = (barLength(size(amount), longest) * 80) / 100;
  const falls = amount.startsWith("-");
  return (
    <div className="deviation">
      <i className={falls ? "falls" : ""} style={{ width, left: 8 }} />
    </div>
  );
};

/** One level of what an amount is made of, those that changed most first. */
const Parts = ({
  view,
  columns,
  column,
  where,
  change,
  title,
  currency,
  part,
  onPart,
}: {
  view: CostView;
  columns: Columns;
  column: string;
  where: CostFilter[];
  /** What all parts together have changed by. */
  change: Amount | undefined;
  title: string;
  currency: string;
  part?: string | undefined;
  /** Where a part leads further. */
  onPart?: (part: string | undefined) => void;
}): ReactElement => {
  const { text, plural, language } = useTexts();
  const ofGroup: CostView = { ...view, by: [column], where, top: 10_000 };
  const answer = useQuery(costsQuery(tableQuestion(ofGroup)));
  const total = answer.data === undefined ? undefined : totalsOf(answer.data, ofGroup)[0];
  const table = answer.data === undefined || total === undefined ? undefined : costTable(answer.data, ofGroup, total);
  const all = sorted(
    [...(table?.top ?? []), ...(table?.unassigned === undefined ? [] : [table.unassigned])],
    view.before === undefined ? "now" : "change",
    language,
  );
  const shown = all.slice(0, PARTS_SHOWN);
  const rest = all.slice(PARTS_SHOWN);
  const longest = all.reduce<Amount>(
    (most, one) => (one.change !== undefined && compare(size(one.change), most) > 0 ? size(one.change) : most),
    "0",
  );
  const sumOf = (pick: (one: Group) => Amount | undefined): Amount => sum(rest.flatMap((one) => pick(one) ?? []));
  const nameOf = (one: Group): string => (one.isUnassigned ? text("unassigned") : one.names[0] || text("noValue"));
  const most = all[0];
  return (
    <>
      <div className="part">
        <h3>{title}</h3>
        {most?.change !== undefined && change !== undefined && isMostOf(most.change, change) && (
          <span className="dim">
            {text("mostOfChange", {
              share: shareText(size(most.change), size(change), language),
              part: nameOf(most),
            })}
          </span>
        )}
      </div>
      {answer.isError && <ProblemNote error={answer.error} onRetry={() => void answer.refetch()} />}
      <table>
        {answer.isPending ? (
          <SkeletonRows rows={PARTS_SHOWN} columns={4} />
        ) : (
          <>
            <thead>
              <tr>
                <th scope="col">{columns.label(column)}</th>
                {view.before !== undefined && (
                  <th scope="col" className="wide-column">
                    <span className="hidden-text">{text("change")}</span>
                  </th>
                )}
                {view.before !== undefined && (
                  <th scope="col" className="number wide-column">
                    {text("before")}
                  </th>
                )}
                <th scope="col" className="number">
                  {text("now")}
                </th>
                {view.before !== undefined && (
                  <th scope="col" className="number">
                    {text("change")}
                  </th>
                )}
                {view.before !== undefined && (
                  <th scope="col" className="number wide-column">
                    %
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {shown.map((one) => (
                <tr key={one.key} className={part === one.values[0] ? "chosen" : undefined}>
                  <td className="cut" title={nameOf(one)}>
                    {onPart === undefined ? (
                      <bdi>{nameOf(one)}</bdi>
                    ) : (
                      <button
                        type="button"
                        className="link"
                        aria-pressed={part === one.values[0]}
                        onClick={() => onPart(part === one.values[0] ? undefined : one.values[0])}
                      >
                        <bdi>{nameOf(one)}</bdi>
                      </button>
                    )}
                  </td>
                  {view.before !== undefined && (
                    <td className="wide-column">
                      {one.change !== undefined && <Deviation amount={one.change} longest={longest} />}
                    </td>
                  )}
                  {view.before !== undefined && (
                    <td className="number dim wide-column">
                      <Shown amount={one.before} currency={currency} />
                    </td>
                  )}
                  <td className="number">
                    <Shown amount={one.now} currency={currency} />
                  </td>
                  {view.before !== undefined && (
                    <td className="number">
                      <b>
                        <Shown amount={one.change} currency={currency} isChange />
                      </b>
                    </td>
                  )}
                  {view.before !== undefined && (
                    <td className="number dim wide-column">{percentOfChange(one, language)}</td>
                  )}
                </tr>
              ))}
              {rest.length > 0 && (
                <tr>
                  <td>{plural("others", rest.length)}</td>
                  {view.before !== undefined && <td className="wide-column" />}
                  {view.before !== undefined && (
                    <td className="number dim wide-column">
                      <Shown amount={sumOf((one) => one.before)} currency={currency} />
                    </td>
                  )}
                  <td className="number">
                    <Shown amount={sumOf((one) => one.now)} currency={currency} />
                  </td>
                  {view.before !== undefined && (
                    <td className="number">
                      <Shown amount={sumOf((one) => one.change)} currency={currency} isChange />
                    </td>
                  )}
                  {view.before !== undefined && <td className="wide-column" />}
                </tr>
              )}
            </tbody>
          </>
        )}
      </table>
    </>
  );
};

const useCharges = (question: Schemas["ChargeQuestion"]) =>
  useInfiniteQuery({
    queryKey: ["charges", question],
    initialPageParam: undefined as string | undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      dataOf(api.POST("/api/v1/charges/query", { body: { ...question, cursor: pageParam }, signal })),
    getNextPageParam: (page) => page.next,
  });

const Charges = ({
  view,
  columns,
  group,
  currency,
  part,
  row,
  onRow,
}: {
  view: CostView;
  columns: Columns;
  group: Group;
  currency: string;
  part: string | undefined;
  row: string | undefined;
  onRow: (row: string | undefined) => void;
}): ReactElement => {
  const me = useMe();
  const { text, language } = useTexts();
  const where = filtersOfGroup(view, group, currency);
  if (part !== undefined) where.push({ column: partColumn(view, columns), values: [part] });
  const { month, from, to, connection } = tableQuestion(view);
  const charges = useCharges({ month, from, to, connection, where, limit: CHARGES_PER_PAGE });
  const rows = (charges.data?.pages ?? []).flatMap((page) => page.rows as Row[]);
  const explains = isPartner(me);
  const placeOf = (charge: Row): string => (charge.ResourceId ?? charge.SubAccountName ?? "").split("/").at(-1) ?? "";
  const hasPlaces = rows.some((charge) => placeOf(charge) !== "");
  return (
    <>
      <div className="part">
        <h3>
          {part === undefined ? text("charges") : text("chargesOf", { part: part === "" ? text("noValue") : part })}
        </h3>
        <span className="dim">{text("byDay")}</span>
      </div>
      {charges.isError && <ProblemNote error={charges.error} onRetry={() => void charges.refetch()} />}
      <Scrolls>
        <table className={charges.isPlaceholderData ? "stale" : undefined}>
          {charges.isPending ? (
            <SkeletonRows rows={4} columns={4} />
          ) : (
            <>
              <thead>
                <tr>
                  <th scope="col">{text("day")}</th>
                  {hasPlaces && <th scope="col">{text("resource")}</th>}
                  <th scope="col">{text("charge")}</th>
                  <th scope="col" className="number">
                    {columns.metricLabel(view.metric)}
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((charge, position) => {
                  const id = charge.x_RowId;
                  const day =
                    charge.ChargePeriodStart === undefined ? "" : dayText(charge.ChargePeriodStart, language, "brief");
                  const canExplain = explains && id !== undefined;
                  return (
                    <tr
                      key={`${id ?? ""} ${position}`}
                      className={id !== undefined && id === row ? "chosen" : undefined}
                    >
                      <td className="nowrap">
                        {canExplain ? (
                          <button
                            type="button"
                            className="link"
                            aria-pressed={id === row}
                            aria-label={text("whereFromCharge", { day, resource: placeOf(charge) })}
                            onClick={() => onRow(id === row ? undefined : id)}
                          >
                            {day}
                          </button>
                        ) : (
                          day
                        )}
                      </td>
                      {hasPlaces && (
                        <td className="cut" title={charge.ResourceId}>
                          {placeOf(charge)}
                        </td>
                      )}
                      <td className="cut described" title={charge.ChargeDescription}>
                        {charge.ChargeDescription ?? charge.ServiceName ?? ""}
                      </td>
                      <td className="number">
                        <Shown amount={charge[view.metric]} currency={currency} />
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </>
          )}
        </table>
      </Scrolls>
      {charges.hasNextPage && (
        <button
          type="button"
          className="control quiet"
          disabled={charges.isFetchingNextPage}
          onClick={() => void charges.fetchNextPage()}
        >
          {text("moreCharges")}
        </button>
      )}
      {!charges.isPending && rows.length === 0 && <p className="dim">{text("noCharges")}</p>}
    </>
  );
};

export interface Opened {
  group: Group;
  title: string;
  part: string | undefined;
  row: string | undefined;
}

export const DrillPanel = ({
  view,
  columns,
  currency,
  opened,
  subtitle,
  onChange,
  onStep,
  onClose,
}: {
  view: CostView;
  columns: Columns;
  currency: string;
  opened: Opened;
  subtitle: string;
  onChange: (change: { part?: string; row?: string }) => void;
  onStep: (by: 1 | -1) => void;
  onClose: () => void;
}): ReactElement => {
  const { text, language } = useTexts();
  const me = useMe();
  const panel = useRef<HTMLElement>(null);
  const { group, title, part, row } = opened;
  const where = filtersOfGroup(view, group, currency);
  const column = partColumn(view, columns);
  const own = where.find((filter) => filter.column === "CustomerId")?.values[0];
  useEffect(() => {
    panel.current?.querySelector<HTMLElement>(".closes")?.focus();
  }, []);
  useEscape(onClose);
  return (
    <aside className="panel" ref={panel} aria-label={title}>
      <header>
        <div className="title">
          <h2>
            <bdi>{title}</bdi>
          </h2>
          <p className="dim">{subtitle}</p>
        </div>
        <button type="button" className="control icon bare" aria-label={text("previousRow")} onClick={() => onStep(-1)}>
          <Icon name="chevronUp" />
        </button>
        <button type="button" className="control icon bare" aria-label={text("nextRow")} onClick={() => onStep(1)}>
          <Icon name="chevron" />
        </button>
        <button type="button" className="control icon bare closes" aria-label={text("close")} onClick={onClose}>
          <Icon name="cross" />
        </button>
      </header>
      <div className="body" tabIndex={0} role="region" aria-label={text("details")}>
        <div className="sums">
          <div>
            <div className="label">{text("now")}</div>
            <div className="value">
              <Shown amount={group.now} currency={currency} />
            </div>
          </div>
          {view.before !== undefined && (
            <>
              <div>
                <div className="label">{text("before")}</div>
                <div className="value">
                  <Shown amount={group.before} currency={currency} />
                </div>
              </div>
              <div>
                <div className="label">{text("change")}</div>
                <div className="value">
                  <Shown amount={group.change} currency={currency} isChange />{" "}
                  <span className="sub">{percentOfChange(group, language)}</span>
                </div>
              </div>
            </>
          )}
        </div>
        <Parts
          view={view}
          columns={columns}
          column={column}
          where={where}
          change={group.change}
          title={text(view.before === undefined ? "madeOf" : "whyChanged")}
          currency={currency}
          part={part}
          onPart={(value) => onChange({ part: value, row: undefined })}
        />
        {part !== undefined && column !== RESOURCE && (
          <Parts
            key={part}
            view={view}
            columns={columns}
            column={RESOURCE}
            where={[...where, { column, values: [part] }]}
            change={undefined}
            title={text(view.before === undefined ? "madeOfPart" : "changedOfPart", { part: part || text("noValue") })}
            currency={currency}
          />
        )}
        <Charges
          view={view}
          columns={columns}
          group={group}
          currency={currency}
          part={part}
          row={row}
          onRow={(value) => onChange({ part, row: value })}
        />
        {row !== undefined && isPartner(me) && <Origin row={row} metric={view.metric} currency={currency} own={own} />}
      </div>
      {row !== undefined && isPartner(me) && (
        <footer>
          <span className="mono dim grow">apportion explain {row}</span>
          <CopyButton content={() => `apportion explain ${row}`} label={text("copyCommand")} icon="terminal" />
        </footer>
      )}
    </aside>
  );
};
