// What is asked: groups, measure, period, comparison and filters.
import { Popover, PopoverSurface, PopoverTrigger } from "@fluentui/react-components";
import { type ReactElement, useState } from "react";

import type { CostFilter } from "../api/queries";
import { monthsBefore, monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { type Choice, ChoiceMenu, Segments } from "../ui/parts";
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

export const GroupRow = (asked: Asked & { months: readonly string[] }): ReactElement => {
  const { view, search, columns, change, months } = asked;
  const { text, plural, language } = useTexts();
  const spans: Choice[] = SPANS.map((span) => ({
    value: span,
    label: plural("monthsShown", MONTHS_OF_SPAN[span]),
  }));
  const earlier = months.filter((month) => month < view.to).toReversed();
  const previous = monthsBefore(view.to, 1);
  const hasMonthsBefore = [1, MONTHS_OF_SPAN[view.span]].every((count) =>
    months.includes(monthsBefore(view.from, count)),
  );
  const comparisons: Choice[] = [
    { value: "none", label: text("noComparison") },
    ...(view.span === "1"
      ? earlier.map((month) => ({ value: month, label: monthText(month, language) }))
      : hasMonthsBefore
        ? [{ value: "previous", label: text("monthsBefore") }]
        : []),
  ];
  const compared = view.before === undefined ? "none" : view.span === "1" ? view.before.to : "previous";
  const compare = (value: string): void =>
    change({ compare: value === "previous" || value === previous ? undefined : value });
  return (
    <div className="row wrap asked">
      <span className="label">{text("groupBy")}</span>
      {[...view.by, undefined].slice(0, COLUMNS_MAX).map((column, position) => (
        <GroupButton key={column ?? "more"} {...asked} position={position} />
      ))}
      <Segments
        label={text("measure")}
        choices={columns.metrics.map((metric) => ({ value: metric, label: columns.metricLabel(metric) }))}
        chosen={view.metric}
        onChoose={(metric) => change({ metric: metric as Metric })}
      />
      <ChoiceMenu
        label={text("period")}
        choices={spans}
        chosen={view.span}
        onChoose={(span) =>
          change({ span: span === "1" ? undefined : (span as Span), per: undefined, compare: undefined })
        }
      />
      <Segments
        label={text("barsPer")}
        choices={[
          { value: "day", label: text("day") },
          { value: "month", label: text("month") },
        ]}
        chosen={view.per}
        onChoose={(per) => change({ per: per as "day" | "month" })}
      />
      <ChoiceMenu
        label={text("rowsWithColour")}
        choices={TOPS.slice(2).map((top) => ({ value: top, label: text("topRows", { top }) }))}
        chosen={TOPS[view.top - 1] ?? ""}
        onChoose={(top) => change({ top: top === TOPS.at(-1) ? undefined : top })}
      />
      <span className="grow" />
      <span className="row">
        <span className="label">{text("compareWith")}</span>
        {comparisons.length === 1 ? (
          <span className="label">{text("noEarlierMonth")}</span>
        ) : (
          <ChoiceMenu
            label={text("compareWith")}
            choices={comparisons}
            chosen={search.compare === "none" ? "none" : compared}
            onChoose={compare}
            className="control strong"
          />
        )}
      </span>
    </div>
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

export const FilterRow = (asked: Asked & { names: ReadonlyMap<string, string> }): ReactElement => {
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
    <div className="row wrap asked">
      <span className="label">{text("filters")}</span>
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
      <span className="grow" />
      {view.where.length > 0 && (
        <button type="button" className="control quiet" onClick={() => change({ where: undefined, row: undefined })}>
          {text("clearAll")}
        </button>
      )}
    </div>
  );
};
