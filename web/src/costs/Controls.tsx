// What is asked: groups, measure, period, comparison and filters.
import { Popover, PopoverSurface, PopoverTrigger } from "@fluentui/react-components";
import { type ReactElement, useRef, useState } from "react";

import type { CostFilter } from "../api/queries";
import { monthsBefore, monthText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { type Choice, ChoiceMenu, Segments } from "../ui/parts";
import { useRoom } from "../ui/room";
import { ColumnPick } from "./ColumnPick";
import type { Columns } from "./columns";
import { UNASSIGNED } from "./groups";
import {
  COLUMNS_MAX,
  type CostSearch,
  type CostView,
  type Metric,
  MONTHS_OF_SPAN,
  type Span,
  SPANS,
  TOPS,
  withFilter,
} from "./search";
import { ValuePick } from "./ValuePick";

export type Change = (change: Partial<CostSearch>) => void;

interface Asked {
  view: CostView;
  search: CostSearch;
  columns: Columns;
  change: Change;
}

// Another group makes what is open, and the order of the columns, meaningless.
const CLOSED: Partial<CostSearch> = { open: undefined, part: undefined, row: undefined, others: undefined };

const GroupButton = ({ view, columns, change, position }: Asked & { position: number }): ReactElement => {
  const { text } = useTexts();
  const [isOpen, setOpen] = useState(false);
  const column = view.by[position];
  const put = (name: string | undefined): void => {
    const by = view.by.toSpliced(position, 1, ...(name === undefined ? [] : [name]));
    change({ ...CLOSED, by: [...new Set(by)] });
    setOpen(false);
  };
  return (
    <Popover open={isOpen} onOpenChange={(_, event) => setOpen(event.open)} trapFocus>
      <PopoverTrigger disableButtonEnhancement>
        {column === undefined ? (
          <button type="button" className="control quiet">
            <Icon name="plus" />
            {text("thenBy")}
          </button>
        ) : (
          <button type="button" className="control strong" aria-label={`${text("groupBy")}: ${columns.label(column)}`}>
            {columns.label(column)}
            <Icon name="chevron" />
          </button>
        )}
      </PopoverTrigger>
      <PopoverSurface>
        <ColumnPick choices={columns.choices} onPick={put} />
        {column !== undefined && view.by.length > 1 && (
          <button type="button" className="control small" onClick={() => put(undefined)}>
            {text("doNotGroup", { column: columns.label(column) })}
          </button>
        )}
      </PopoverSurface>
    </Popover>
  );
};

type Asking = Asked & { months: readonly string[]; isShort?: boolean };

/** A few choices side by side, or as a menu where there is less room. */
const Few = ({ isShort, ...choice }: Parameters<typeof Segments>[0] & { isShort: boolean }): ReactElement =>
  isShort ? <ChoiceMenu {...choice} /> : <Segments {...choice} />;

const MeasureChoice = ({ view, columns, change, isShort = false }: Asking): ReactElement => {
  const { text } = useTexts();
  return (
    <Few
      isShort={isShort}
      label={text("measure")}
      choices={columns.metrics.map((metric) => ({ value: metric, label: columns.metricLabel(metric) }))}
      chosen={view.metric}
      onChoose={(metric) => change({ metric: metric as Metric })}
    />
  );
};

const PeriodChoice = ({ view, change }: Asking): ReactElement => {
  const { text, plural } = useTexts();
  return (
    <ChoiceMenu
      label={text("period")}
      choices={SPANS.map((span) => ({ value: span, label: plural("monthsShown", MONTHS_OF_SPAN[span]) }))}
      chosen={view.span}
      onChoose={(span) =>
        change({ span: span === "1" ? undefined : (span as Span), per: undefined, compare: undefined })
      }
    />
  );
};

const BarChoice = ({ view, change, isShort = false }: Asking): ReactElement => {
  const { text } = useTexts();
  return (
    <Few
      isShort={isShort}
      label={text("barsPer")}
      choices={[
        { value: "day", label: text("day") },
        { value: "month", label: text("month") },
      ]}
      chosen={view.per}
      onChoose={(per) => change({ per: per as "day" | "month" })}
    />
  );
};

const TopChoice = ({ view, change }: Asking): ReactElement => {
  const { text } = useTexts();
  return (
    <ChoiceMenu
      label={text("rowsWithColour")}
      choices={TOPS.slice(2).map((top) => ({ value: top, label: text("topRows", { top }) }))}
      chosen={TOPS[view.top - 1] ?? ""}
      onChoose={(top) => change({ top: top === TOPS.at(-1) ? undefined : top })}
    />
  );
};

const ComparisonChoice = ({ view, search, change, months, isShort = false }: Asking): ReactElement => {
  const { text, language } = useTexts();
  // Without a label beside it, it says itself what it is.
  const labelOf = (month: string): string =>
    isShort ? text("portalAgainst", { month: monthText(month, language) }) : monthText(month, language);
  const earlier = months.filter((month) => month < view.to).toReversed();
  const previous = monthsBefore(view.to, 1);
  const hasMonthsBefore = [1, MONTHS_OF_SPAN[view.span]].every((count) =>
    months.includes(monthsBefore(view.from, count)),
  );
  const comparisons: Choice[] = [
    { value: "none", label: text(isShort ? "withoutComparison" : "noComparison") },
    ...(view.span === "1"
      ? earlier.map((month) => ({ value: month, label: labelOf(month) }))
      : hasMonthsBefore
        ? [{ value: "previous", label: text("monthsBefore") }]
        : []),
  ];
  const compared = view.before === undefined ? "none" : view.span === "1" ? view.before.to : "previous";
  if (comparisons.length === 1) return <span className="label">{text("noEarlierMonth")}</span>;
  return (
    <ChoiceMenu
      label={text("compareWith")}
      choices={comparisons}
      chosen={search.compare === "none" ? "none" : compared}
      onChoose={(value) => change({ compare: value === "previous" || value === previous ? undefined : value })}
      className="control strong"
    />
  );
};

const GroupChoices = (asked: Asking): ReactElement => (
  <>
    {[...asked.view.by, undefined].slice(0, COLUMNS_MAX).map((column, position) => (
      <GroupButton key={column ?? "more"} {...asked} position={position} />
    ))}
  </>
);

const SELDOM: readonly { label: TextKey; Choice: (asked: Asking) => ReactElement }[] = [
  { label: "period", Choice: PeriodChoice },
  { label: "barsPer", Choice: BarChoice },
  { label: "rowsWithColour", Choice: TopChoice },
];
const COMPARISON = { label: "compareWith", Choice: ComparisonChoice } as const;

/** What is seldom changed, behind one button. */
const SeldomChoices = ({ compares, ...asked }: Asking & { compares: boolean }): ReactElement => {
  const { text } = useTexts();
  const choices = compares ? [COMPARISON, ...SELDOM] : SELDOM;
  return (
    <Popover trapFocus>
      <PopoverTrigger disableButtonEnhancement>
        <button type="button" className="control">
          {text("moreChoices")}
          <Icon name="chevron" />
        </button>
      </PopoverTrigger>
      <PopoverSurface className="seldom" aria-label={text("moreChoices")}>
        {choices.map(({ label, Choice }) => (
          <div key={label} className="row">
            <span className="label grow">{text(label)}</span>
            <Choice {...asked} />
          </div>
        ))}
      </PopoverSurface>
    </Popover>
  );
};

const FilterPopover = ({
  asked,
  column: given,
  children,
}: {
  asked: Asked;
  column?: string;
  children: ReactElement;
}): ReactElement => {
  const [isOpen, setOpen] = useState(false);
  const [picked, setPicked] = useState<string>();
  const { view, search, columns, change } = asked;
  const column = given ?? picked;
  const chosen = view.where.find((filter) => filter.column === column)?.values ?? [];
  const put = (filter: CostFilter): void => change({ where: withFilter(search, filter), row: undefined });
  return (
    <Popover
      open={isOpen}
      onOpenChange={(_, event) => {
        setOpen(event.open);
        setPicked(undefined);
      }}
      trapFocus
    >
      <PopoverTrigger disableButtonEnhancement>{children}</PopoverTrigger>
      <PopoverSurface>
        {column === undefined ? (
          <ColumnPick choices={columns.choices} onPick={setPicked} />
        ) : (
          <>
            <h3>{columns.label(column)}</h3>
            <ValuePick view={view} column={column} chosen={chosen} onChange={put} />
          </>
        )}
      </PopoverSurface>
    </Popover>
  );
};

const SHOWN_VALUES = 2;

const FilterChips = (asked: Asked & { names: ReadonlyMap<string, string> }): ReactElement => {
  const { view, search, columns, change, names } = asked;
  const { text, plural } = useTexts();
  const nameOf = (column: string, value: string): string => {
    if (column === "CustomerId") return value === UNASSIGNED ? text("unassigned") : (names.get(value) ?? value);
    return value === "" ? text("noValue") : value;
  };
  const valuesText = (filter: CostFilter): string => {
    const shown = filter.values.slice(0, SHOWN_VALUES).map((value) => nameOf(filter.column, value));
    const more = filter.values.length - shown.length;
    return shown.join(", ") + (more > 0 ? ` ${plural("andMore", more)}` : "");
  };
  return (
    <>
      {view.where.map((filter) => (
        <span className="chip" key={filter.column}>
          <FilterPopover asked={asked} column={filter.column}>
            <button type="button" title={filter.values.map((value) => nameOf(filter.column, value)).join(", ")}>
              <span className="dim">{text("columnIs", { column: columns.label(filter.column) })}</span>{" "}
              <b>{valuesText(filter)}</b>
            </button>
          </FilterPopover>
          <button
            type="button"
            className="remove"
            aria-label={text("removeFilter", { column: columns.label(filter.column) })}
            onClick={() => change({ where: withFilter(search, { column: filter.column, values: [] }) })}
          >
            <Icon name="cross" size={14} />
          </button>
        </span>
      ))}
      <FilterPopover asked={asked}>
        <button type="button" className="chip add">
          <Icon name="plus" size={14} />
          {text("filter")}
        </button>
      </FilterPopover>
      {view.where.length > 0 && (
        <button type="button" className="control quiet" onClick={() => change({ where: undefined, row: undefined })}>
          {text("clearAll")}
        </button>
      )}
    </>
  );
};

// From these widths on, the comparison has a place in the line of menus, and all has two lines, side by side.
const ROOMS = [720, 900] as const;

/** All that is asked, in as few lines as there is room for. */
export const Controls = (asked: Asking & { names: ReadonlyMap<string, string> }): ReactElement => {
  const { text } = useTexts();
  const place = useRef<HTMLDivElement>(null);
  const room = useRoom(place, ROOMS);
  if (room < ROOMS.length) {
    return (
      <div className="asked" ref={place}>
        <div className="row wrap">
          <GroupChoices {...asked} />
          <MeasureChoice {...asked} isShort />
          {room > 0 && <ComparisonChoice {...asked} isShort />}
          <SeldomChoices {...asked} compares={room === 0} />
          <FilterChips {...asked} />
        </div>
      </div>
    );
  }
  return (
    <div className="asked" ref={place}>
      <div className="row wrap">
        <span className="label">{text("groupBy")}</span>
        <GroupChoices {...asked} />
        <MeasureChoice {...asked} />
        <PeriodChoice {...asked} />
        <BarChoice {...asked} />
        <TopChoice {...asked} />
      </div>
      <div className="row wrap">
        <span className="label">{text("filters")}</span>
        <FilterChips {...asked} />
        <span className="grow" />
        <span className="row">
          <span className="label">{text("compareWith")}</span>
          <ComparisonChoice {...asked} />
        </span>
      </div>
    </div>
  );
};
