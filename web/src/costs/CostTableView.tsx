// The table below the chart: the same numbers, order and colours. Only the rows in sight are in the document.
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactElement, useRef } from "react";

import type { Amount } from "../format/decimal";
import { amountText, changePercentText, changeText, exactText, shareText } from "../format/format";
import { barLength } from "../format/plot";
import { useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { useDocumentTop } from "../ui/place";
import { onRowKey } from "../ui/rows";
import type { CostTable, Group } from "./groups";
import type { SortBy } from "./search";

export interface Line {
  id: string;
  kind: "group" | "others" | "unassigned";
  group: Group;
  label: string;
  look: string | undefined;
}

const ROW_HEIGHT = 30;
const VIRTUAL_FROM = 80; // fewer rows are all in the document

/** The rows that are shown, in order: with a colour, others, what others are made of, unassigned. */
export const linesOf = (
  table: CostTable,
  sortedTop: readonly Group[],
  openOthers: readonly Group[],
  words: { others: string; unassigned: string; noValue: string },
): Line[] => {
  const nameOf = (group: Group): string => group.names.map((name) => (name === "" ? words.noValue : name)).join(" · ");
  const looks = new Map(table.top.map((group, position) => [group.key, `c${position + 1}`]));
  const lines: Line[] = sortedTop.map((group) => ({
    id: group.key,
    kind: "group",
    group,
    label: nameOf(group),
    look: looks.get(group.key),
  }));
  if (table.othersSum !== undefined) {
    lines.push({ id: "\u0000others", kind: "others", group: table.othersSum, label: words.others, look: "c0" });
    for (const group of openOthers)
      lines.push({ id: group.key, kind: "group", group, label: nameOf(group), look: undefined });
  }
  if (table.unassigned !== undefined) {
    lines.push({
      id: table.unassigned.key,
      kind: "unassigned",
      group: table.unassigned,
      label: words.unassigned,
      look: "hatched",
    });
  }
  return lines;
};

export const Money = ({
  amount,
  currency,
  isChange,
}: {
  amount: Amount | undefined;
  currency: string;
  isChange?: boolean;
}) => {
  const { text, language } = useTexts();
  if (amount === undefined) return <span className="dim">{text("unknown")}</span>;
  const shown = isChange === true ? changeText(amount, currency, language) : amountText(amount, currency, language);
  return <span title={exactText(amount, currency, language)}>{shown}</span>;
};

const SortHead = ({
  by,
  sort,
  onSort,
  children,
  className,
}: {
  by: SortBy;
  sort: SortBy;
  onSort: (by: SortBy) => void;
  children: string;
  className?: string;
}): ReactElement => (
  <th
    scope="col"
    className={className}
    aria-sort={sort === by ? (by === "name" ? "ascending" : "descending") : undefined}
  >
    <button type="button" onClick={() => onSort(by)}>
      {sort === by && <Icon name={by === "name" ? "chevronUp" : "chevron"} size={12} />}
      {children}
    </button>
  </th>
);

export const CostTableView = ({
  lines,
  table,
  heads,
  hasBefore,
  sort,
  onSort,
  chosen,
  isOpen,
  isOthersOpen,
  totalLabel,
  onOpen,
  onFilter,
  onToggleOthers,
  isStale,
}: {
  lines: readonly Line[];
  table: CostTable;
  heads: { name: string; now: string; before: string };
  hasBefore: boolean;
  sort: SortBy;
  onSort: (by: SortBy) => void;
  chosen: string | undefined;
  isOpen: boolean;
  isOthersOpen: boolean;
  totalLabel: string;
  onOpen: (group: Group) => void;
  onFilter: (group: Group) => void;
  onToggleOthers: () => void;
  isStale: boolean;
}): ReactElement => {
  const { text, language } = useTexts();
  const { currency } = table.total;
  const body = useRef<HTMLTableSectionElement>(null);
  const offset = useDocumentTop(body);
  const isVirtual = lines.length > VIRTUAL_FROM;
  const virtual = useWindowVirtualizer({
    count: lines.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: 20,
    scrollMargin: offset,
    enabled: isVirtual,
  });
  const items = virtual.getVirtualItems();
  const first = isVirtual ? (items[0]?.index ?? 0) : 0;
  const last = isVirtual ? (items.at(-1)?.index ?? 0) : lines.length - 1;
  const shown = lines.slice(first, last + 1);
  const spaceBefore = isVirtual ? (items[0]?.start ?? offset) - offset : 0;
  const spaceAfter = isVirtual ? virtual.getTotalSize() - ((items.at(-1)?.end ?? offset) - offset) : 0;

  const run = (line: Line): void => (line.kind === "others" ? onToggleOthers() : onOpen(line.group));
  const othersOf = (line: Line): Record<string, () => void> =>
    line.kind !== "others" && line.group.values.length > 0 ? { f: () => onFilter(line.group) } : {};
  return (
    <table aria-rowcount={lines.length + 2} className={isStale ? "stale" : undefined} aria-busy={isStale}>
      <caption className="hidden-text">{text("costTable", { currency })}</caption>
      <thead>
        <tr>
          <SortHead by="name" sort={sort} onSort={onSort}>
            {heads.name}
          </SortHead>
          <SortHead by="now" sort={sort} onSort={onSort} className="number">
            {heads.now}
          </SortHead>
          {hasBefore && (
            <>
              <SortHead by="before" sort={sort} onSort={onSort} className="number wide-column">
                {heads.before}
              </SortHead>
              <SortHead by="change" sort={sort} onSort={onSort} className="number last-narrow">
                {text("change")}
              </SortHead>
              <th scope="col" className="number wide-column">
                %
              </th>
            </>
          )}
          <th scope="col" colSpan={2} className="wide-column">
            {text("shareOfTotal")}
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {spaceBefore > 0 && (
          <tr aria-hidden="true">
            <td style={{ height: spaceBefore, padding: 0, border: 0 }} />
          </tr>
        )}
        {shown.map((line, position) => (
          <tr
            key={line.id}
            className={chosen === line.group.key && isOpen ? "opens chosen" : "opens"}
            tabIndex={0}
            aria-rowindex={first + position + 2}
            onClick={() => run(line)}
            onKeyDown={(event) => onRowKey(event, () => run(line), othersOf(line))}
          >
            <th scope="row" className="name-cell">
              <span className="named">
                {line.look === undefined ? <i className="swatch" /> : <i className={`swatch ${line.look}`} />}
                <bdi title={line.label}>{line.label}</bdi>
                {line.kind === "others" && (
                  <>
                    <Icon name={isOthersOpen ? "chevronUp" : "chevron"} size={14} />
                    <span className="hidden-text">{text(isOthersOpen ? "othersOpen" : "othersClosed")}</span>
                  </>
                )}
                <span className="grow" />
                <span className="keys wide-column" aria-hidden="true">
                  <kbd>Enter</kbd> {text(line.kind === "others" ? "keyShow" : "keyWhy")}
                  {line.kind !== "others" && (
                    <>
                      <kbd>F</kbd> {text("keyFilterShort")}
                    </>
                  )}
                </span>
              </span>
            </th>
            <td className="number">
              <Money amount={line.group.now} currency={currency} />
            </td>
            {hasBefore && (
              <>
                <td className="number dim wide-column">
                  <Money amount={line.group.before} currency={currency} />
                </td>
                <td className="number last-narrow">
                  <Money amount={line.group.change} currency={currency} isChange />
                  <span className="under">{percentOfChange(line.group, language)}</span>
                </td>
                <td className="number dim wide-column">{percentOfChange(line.group, language)}</td>
              </>
            )}
            <td className="bar-cell wide-column">
              {line.group.now !== undefined && (line.look !== undefined || line.kind !== "group") && (
                <div
                  className={`bar ${line.look ?? "c0"}`}
                  style={{ width: `${barLength(line.group.now, table.longest)}%` }}
                />
              )}
            </td>
            <td className="number dim wide-column">
              {line.group.now !== undefined && table.total.now !== undefined
                ? shareText(line.group.now, table.total.now, language)
                : ""}
            </td>
          </tr>
        ))}
        {spaceAfter > 0 && (
          <tr aria-hidden="true">
            <td style={{ height: spaceAfter, padding: 0, border: 0 }} />
          </tr>
        )}
      </tbody>
      <tfoot>
        <tr>
          <td>{totalLabel}</td>
          <td className="number">
            <Money amount={table.total.now} currency={currency} />
          </td>
          {hasBefore && (
            <>
              <td className="number wide-column">
                <Money amount={table.total.before} currency={currency} />
              </td>
              <td className="number last-narrow">
                <Money amount={table.total.change} currency={currency} isChange />
                <span className="under">{percentOfChange(table.total, language)}</span>
              </td>
              <td className="number wide-column">{percentOfChange(table.total, language)}</td>
            </>
          )}
          <td className="wide-column" />
          <td className="wide-column" />
        </tr>
      </tfoot>
    </table>
  );
};

export const percentOfChange = (
  group: { change: Amount | undefined; before: Amount | undefined },
  language: "en" | "de",
): string =>
  group.change === undefined || group.before === undefined
    ? ""
    : changePercentText(group.change, group.before, language);
