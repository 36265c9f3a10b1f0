// One row a commitment: its term, its days, how much of it was used, and who bears the rest.
import { type KeyboardEvent, type ReactElement, useState } from "react";

import { amountText, daysOf, dayText, monthText, shareText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Money } from "../ui/Money";
import {
  type Commitment,
  daysUntil,
  endsSoon,
  heatOf,
  isBadlyUsed,
  type Timeline,
  timelineOf,
  unusedSums,
  whatOf,
} from "./inventory";

const PAGE = 100;
const DAY_WIDTH = 9;
const DAY_HEIGHT = 18;
const LABEL_INSIDE_FROM = 56; // percent of the timeline: further right, a text has no room behind the bar

export const useWhat = (): ((commitment: Commitment) => string) => {
  const { text, language } = useTexts();
  return (commitment) => {
    if (commitment.kind !== "Savings Plan") return whatOf(commitment.row);
    const months = commitment.row.TermMonths;
    const { HourlyCommitment: hourly, HourlyCurrency: currency } = commitment.row;
    return [
      months === undefined ? text("commitmentsSavingsPlan") : text("commitmentsPlanOf", { months }),
      ...(hourly === undefined || currency === undefined
        ? []
        : [`${amountText(hourly, currency, language)} ${currency}/h`]),
    ].join(", ");
  };
};

const Term = ({
  commitment,
  timeline,
  today,
}: {
  commitment: Commitment;
  timeline: Timeline;
  today: string;
}): ReactElement => {
  const { text, plural, language } = useTexts();
  const { start, end } = commitment;
  const now = timeline.at(today);
  if (start === undefined || end === undefined) {
    const months = commitment.row.TermMonths;
    return (
      <div className="term">
        <i className="today" style={{ left: `${now}%` }} />
        <i className="unknown" style={{ left: `${Math.max(0, now - 12)}%`, width: "14%" }} />
        <span className="told">
          {months === undefined ? text("commitmentsTermUnknown") : text("commitmentsStartUnknown", { months })}
        </span>
      </div>
    );
  }
  const from = timeline.at(start);
  const to = timeline.at(end);
  const past = Math.min(Math.max(now, from), to);
  const soon = endsSoon(commitment, today);
  const left = daysUntil(end, today);
  const told = soon
    ? plural("commitmentsEndsIn", left)
    : left < 0
      ? text("commitmentsEnded", { day: dayText(end, language) })
      : dayText(end, language);
  const isInside = to > LABEL_INSIDE_FROM;
  return (
    <div className={soon ? "term soon" : "term"} title={`${dayText(start, language)} – ${dayText(end, language)}`}>
      <i className="left" style={{ left: `${from}%`, width: `${to - from}%` }} />
      <i className={left < 0 ? "past ended" : "past"} style={{ left: `${from}%`, width: `${past - from}%` }} />
      <i className="today" style={{ left: `${now}%` }} />
      <span
        className={isInside ? "told inside" : "told"}
        style={isInside ? { right: `${100 - to}%` } : { left: `${to}%` }}
      >
        {told}
      </span>
    </div>
  );
};

const Days = ({ commitment, month }: { commitment: Commitment; month: string }): ReactElement => {
  const { text, language } = useTexts();
  const days = daysOf(month);
  if (commitment.days.size === 0) return <span className="dim">{text("commitmentsNoUse")}</span>;
  const idle = [...commitment.days.values()].filter((used) => heatOf(used) === 0).length;
  return (
    <svg
      className="heat"
      viewBox={`0 0 ${days.length * DAY_WIDTH} ${DAY_HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={text("commitmentsDaysTold", { days: commitment.days.size, idle })}
    >
      {days.map((day, position) => {
        const used = commitment.days.get(day);
        return used === undefined ? null : (
          <rect
            key={day}
            className={`step${heatOf(used)}`}
            x={position * DAY_WIDTH + 0.5}
            y={0.5}
            width={DAY_WIDTH - 1}
            height={DAY_HEIGHT - 1}
          >
            <title>{`${dayText(day, language)}: ${shareText(used, "100", language)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
};

export const Used = ({ commitment }: { commitment: Commitment }): ReactElement => {
  const { text, language } = useTexts();
  if (commitment.used === undefined) return <span className="dim">{text("commitmentsNone")}</span>;
  const look = heatOf(commitment.used) === 0 ? "bad" : isBadlyUsed(commitment) ? "warn" : "";
  return (
    <span className={look === "" ? undefined : `${look} strong`}>{shareText(commitment.used, "100", language)}</span>
  );
};

const Bearers = ({
  commitment,
  nameOf,
}: {
  commitment: Commitment;
  nameOf: (customer: string) => string;
}): ReactElement => {
  const { text, plural } = useTexts();
  const bearers = [...new Set(commitment.unused.map((one) => one.customer))];
  const [first] = bearers;
  if (first === undefined) return <span className="dim">–</span>;
  const all = bearers.map(nameOf).join(", ");
  return (
    <span className="named" title={all}>
      <bdi className={first === "unassigned" ? "warn strong" : undefined}>
        {first === "unassigned" ? text("unassigned") : nameOf(first)}
      </bdi>
      {bearers.length > 1 && <span className="dim nowrap">{plural("andMore", bearers.length - 1)}</span>}
    </span>
  );
};

const YEAR_LABEL_EVERY = 4; // more years than this: every second one

export const Inventory = ({
  commitments,
  month,
  today,
  open,
  nameOf,
  onOpen,
}: {
  commitments: readonly Commitment[];
  month: string;
  today: string;
  open: string | undefined;
  nameOf: (customer: string) => string;
  onOpen: (id: string) => void;
}): ReactElement => {
  const { text, plural, language } = useTexts();
  const what = useWhat();
  const [count, setCount] = useState(PAGE);
  const timeline = timelineOf(commitments, today);
  const days = daysOf(month);
  const every = timeline.years.length > YEAR_LABEL_EVERY ? 2 : 1;
  const onKey = (event: KeyboardEvent<HTMLTableRowElement>, id: string): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    const step = key === "j" || key === "arrowdown" ? "nextElementSibling" : "previousElementSibling";
    if (["j", "k", "arrowdown", "arrowup"].includes(key)) (event.currentTarget[step] as HTMLElement | null)?.focus();
    else if (key === "enter" || key === " ") onOpen(id);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <table className="inventory">
        <caption className="hidden-text">{text("commitmentsInventory")}</caption>
        <thead>
          <tr>
            <th scope="col">{text("commitmentsCommitment")}</th>
            <th scope="col" className="what">
              {text("commitmentsWhat")}
            </th>
            <th scope="col" className="term-cell">
              <span className="hidden-text">{text("commitmentsTerm")}</span>
              <span className="term heads" aria-hidden="true">
                {timeline.years.map((year, position) =>
                  position % every === 0 ? (
                    <span key={year} style={{ left: `${timeline.at(`${year}-01-01`)}%` }}>
                      {year}
                    </span>
                  ) : null,
                )}
              </span>
            </th>
            <th scope="col" className="days-cell">
              <span className="hidden-text">{text("commitmentsUseByDay", { month: monthText(month, language) })}</span>
              <span className="term heads" aria-hidden="true">
                {[1, 5, 10, 15, 20, 25, days.length].map((day) => (
                  <span key={day} className="day" style={{ left: `${((day - 0.5) / days.length) * 100}%` }}>
                    {day}
                  </span>
                ))}
              </span>
            </th>
            <th scope="col" className="number">
              {text("commitmentsUsed")}
            </th>
            <th scope="col" className="number">
              {text("commitmentsUnused")}
            </th>
            <th scope="col" className="bearers">
              {text("commitmentsBorneBy")}
            </th>
          </tr>
        </thead>
        <tbody>
          {commitments.slice(0, count).map((commitment) => (
            <tr
              key={commitment.id}
              className={commitment.id === open ? "opens chosen" : "opens"}
              tabIndex={0}
              onClick={() => onOpen(commitment.id)}
              onKeyDown={(event) => onKey(event, commitment.id)}
            >
              <th scope="row">
                <span className="cut strong" title={commitment.name}>
                  {commitment.name}
                </span>
                <span className="under cut">{what(commitment)}</span>
              </th>
              <td className="what">
                <span className="cut dim" title={commitment.row.Sku ?? what(commitment)}>
                  {what(commitment)}
                </span>
              </td>
              <td className="term-cell">
                <Term commitment={commitment} timeline={timeline} today={today} />
              </td>
              <td className="days-cell">
                <Days commitment={commitment} month={month} />
              </td>
              <td className="number">
                <Used commitment={commitment} />
              </td>
              <td className="number">
                {commitment.unused.length === 0 && <span className="dim">–</span>}
                {unusedSums(commitment).map((one) => (
                  <div key={one.currency}>
                    <Money amount={one.amount} currency={one.currency} showsCurrency />
                  </div>
                ))}
                {commitment.unused.length > 0 && (
                  <span className="under">
                    <Bearers commitment={commitment} nameOf={nameOf} />
                  </span>
                )}
              </td>
              <td className="bearers">
                <Bearers commitment={commitment} nameOf={nameOf} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {commitments.length > count && (
        <footer className="more">
          <button type="button" className="control small" onClick={() => setCount(count + PAGE)}>
            {plural("commitmentsMore", commitments.length - count)}
          </button>
        </footer>
      )}
    </>
  );
};
