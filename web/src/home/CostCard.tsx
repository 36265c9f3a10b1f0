// The costs of the month by customer, with a dark mark where the month before was.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useMemo } from "react";

import { costsQuery } from "../api/queries";
import { CurrencyTabs } from "../costs/CurrencyTabs";
import { Money } from "../costs/CostTableView";
import { costTable, type Group, totalsOf } from "../costs/groups";
import { tableQuestion, viewOf } from "../costs/search";
import { type Amount, compare } from "../format/decimal";
import { changePercentText, monthText } from "../format/format";
import { barLength } from "../format/plot";
import { useTexts } from "../i18n/texts";
import { useLast } from "../ui/last";
import { Empty, ProblemNote, SkeletonRows } from "../ui/parts";

const ROWS = 8;
const METRIC = "BilledCost";

interface Line {
  id: string;
  name: string;
  look: "own" | "others" | "unassigned";
  group: Group;
}

const percentOf = (group: Pick<Group, "change" | "before">, language: "en" | "de"): string =>
  group.change === undefined || group.before === undefined
    ? "\u2014"
    : changePercentText(group.change, group.before, language);

const LOOKS = { own: "bar accent", unassigned: "bar hatched" } as const;

const Bar = ({ line, look, longest }: { line: Line; look: keyof typeof LOOKS; longest: Amount }): ReactElement => (
  <div className="bullet">
    <i className={LOOKS[look]} style={{ width: `${barLength(line.group.now ?? "0", longest)}%` }} />
    {line.group.before !== undefined && (
      <u style={{ left: `${barLength(line.group.before, longest)}%` }} />
    )}
  </div>
);

export const CostCard = ({
  month,
  connection,
  months,
  currency,
  isComplete,
  onCurrency,
}: {
  month: string;
  connection: string | undefined;
  months: readonly string[];
  currency: string | undefined;
  isComplete: boolean;
  onCurrency: (currency: string) => void;
}): ReactElement => {
  const { text, plural, language } = useTexts();
  const asked = useMemo(
    () => viewOf({ metric: METRIC, top: String(ROWS) }, { month, connection, months, metrics: [METRIC] }),
    [month, connection, months],
  );
  const answer = useQuery(costsQuery(tableQuestion(asked)));
  const fresh = useMemo(
    () => (answer.data === undefined ? undefined : { view: asked, answer: answer.data }),
    [asked, answer.data],
  );
  const shown = useLast(fresh);
  const totals = useMemo(() => (shown === undefined ? [] : totalsOf(shown.answer, shown.view)), [shown]);
  const total = totals.find((one) => one.currency === currency) ?? totals[0];
  const table = useMemo(
    () => (shown === undefined || total === undefined ? undefined : costTable(shown.answer, shown.view, total)),
    [shown, total],
  );
  const view = shown?.view ?? asked;
  const hasBefore = view.before !== undefined;
  const now = monthText(view.to, language, "name");
  const before = view.before === undefined ? "" : monthText(view.before.to, language, "name");
  const lines: Line[] = [];
  for (const group of table?.top ?? [])
    lines.push({ id: group.key, name: group.names[0] ?? "", look: "own", group });
  if (table?.othersSum !== undefined) {
    lines.push({ id: "others", name: plural("homeOthers", table.others.length), look: "others", group: table.othersSum });
  }
  if (table?.unassigned !== undefined) {
    lines.push({ id: "unassigned", name: text("unassigned"), look: "unassigned", group: table.unassigned });
  }
  // The others are many: beside their sum, the bar of a customer would be a dot.
  const longest = lines
    .filter((line) => line.look !== "others")
    .flatMap((line) => [line.group.now, line.group.before])
    .reduce<Amount>((most, amount) => (amount !== undefined && compare(amount, most) > 0 ? amount : most), "0");
  const period = hasBefore
    ? text("against", { now, before: monthText(view.before?.to ?? "", language) })
    : monthText(view.to, language);
  const about = `${text("billed")}, ${period}${isComplete ? "" : `; ${text("homeNotComplete", { month: now })}`}`;
  const scope = { month: view.to, ...(connection === undefined ? {} : { connection }), metric: METRIC };
  const inCosts = (line: Line): Record<string, string> => ({
    ...scope,
    currency: total?.currency ?? "",
    ...(line.look === "others" ? { others: "open" } : { open: `=${line.group.key}` }),
  });
  return (
    <section className="card costs home-costs" aria-label={text("homeCosts")}>
      <header>
        <h2>{text("homeCosts")}</h2>
        <span className="sub large-only" title={about}>
          {about}
        </span>
        <span className="grow" />
        <Link to="/costs" search={scope as never}>
          {text("homeOpenInCosts")}
        </Link>
      </header>
      {answer.isError && <ProblemNote error={answer.error} onRetry={() => void answer.refetch()} />}
      {shown === undefined && !answer.isError && (
        <table>
          <SkeletonRows rows={ROWS + 2} columns={5} />
        </table>
      )}
      {shown !== undefined && lines.length === 0 && <Empty title={text("noCosts")}>{text("noCostsWhy")}</Empty>}
      {table !== undefined && lines.length > 0 && (
        <>
          <CurrencyTabs totals={totals} chosen={table.total.currency} onChoose={onCurrency} />
          <table className={fresh === undefined ? "stale" : undefined} aria-busy={fresh === undefined}>
            <caption className="hidden-text">{text("costTable", { currency: table.total.currency })}</caption>
            <thead>
              <tr>
                <th scope="col">{text("customer")}</th>
                <th scope="col" className="wide-column bullet-head">
                  {hasBefore && (
                    <span className="bullet-legend" aria-hidden="true">
                      <i className="bar accent" />
                      {monthText(view.to, language, "brief")} <u />
                      {monthText(view.before?.to ?? view.to, language, "brief")}
                    </span>
                  )}
                </th>
                <th scope="col" className="number">
                  {now}
                </th>
                {hasBefore && (
                  <>
                    <th scope="col" className="number wide-column">
                      {before}
                    </th>
                    <th scope="col" className="number last-narrow">
                      {text("change")}
                    </th>
                    <th scope="col" className="number wide-column">
                      %
                    </th>
                  </>
                )}
              </tr>
            </thead>
            <tbody>
              {lines.map((line) => (
                <tr key={line.id}>
                  <th scope="row" className="name-cell">
                    <span className="named">
                      {line.look === "unassigned" && <i className="swatch hatched" />}
                      <Link to="/costs" search={inCosts(line) as never} title={line.name}>
                        <bdi>{line.name}</bdi>
                      </Link>
                    </span>
                  </th>
                  <td className="wide-column bar-cell" aria-hidden="true">
                    {line.look !== "others" && <Bar line={line} look={line.look} longest={longest} />}
                  </td>
                  <td className="number">
                    <Money amount={line.group.now} currency={table.total.currency} />
                  </td>
                  {hasBefore && (
                    <>
                      <td className="number dim wide-column">
                        <Money amount={line.group.before} currency={table.total.currency} />
                      </td>
                      <td className="number last-narrow">
                        <Money amount={line.group.change} currency={table.total.currency} isChange />
                        <span className="under">{percentOf(line.group, language)}</span>
                      </td>
                      <td className="number dim wide-column">{percentOf(line.group, language)}</td>
                    </>
                  )}
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <td>{text("totalIn", { currency: table.total.currency })}</td>
                <td className="wide-column" />
                <td className="number">
                  <Money amount={table.total.now} currency={table.total.currency} />
                </td>
                {hasBefore && (
                  <>
                    <td className="number wide-column">
                      <Money amount={table.total.before} currency={table.total.currency} />
                    </td>
                    <td className="number last-narrow">
                      <Money amount={table.total.change} currency={table.total.currency} isChange />
                    </td>
                    <td className="number wide-column">{percentOf(table.total, language)}</td>
                  </>
                )}
              </tr>
            </tfoot>
          </table>
        </>
      )}
    </section>
  );
};
