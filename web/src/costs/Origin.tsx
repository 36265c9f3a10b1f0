// Where a charge comes from: its rule, its shares, its run, its file and line.
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, type ReactNode, useEffect, useRef } from "react";

import type { Schemas } from "../api/client";
import { chargeQuery } from "../api/queries";
import { type Amount, sum } from "../format/decimal";
import { momentText, shareText } from "../format/format";
import { barLength } from "../format/plot";
import { useTexts } from "../i18n/texts";
import { Money } from "../ui/Money";
import { Pill, ProblemNote } from "../ui/parts";
import type { Metric } from "./search";

const Link = ({ place, kind, children }: { place: number; kind: string; children: ReactNode }): ReactElement => (
  <>
    <span className="place" aria-hidden="true">
      {place}
    </span>
    <span className="kind">{kind}</span>
    <div className="what">{children}</div>
  </>
);

export const Origin = ({
  row,
  metric,
  currency,
  own,
}: {
  row: string;
  metric: Metric;
  currency: string;
  /** The customer whose share stands out. */
  own?: string | undefined;
}): ReactElement => {
  const { text, plural, language } = useTexts();
  const charge = useQuery(chargeQuery(row));
  const place = useRef<HTMLDivElement>(null);
  const isThere = charge.data !== undefined;
  // It is below all charges, where nobody would look for it.
  useEffect(() => {
    if (isThere) place.current?.scrollIntoView({ block: "nearest" });
  }, [row, isThere]);
  if (charge.isError) return <ProblemNote error={charge.error} onRetry={() => void charge.refetch()} />;
  if (charge.data === undefined) return <span className="skeleton" role="status" aria-label={text("loading")} />;
  const told = charge.data;
  const shares = told.assignments.filter((assignment) => !assignment.move);
  const amountOf = (assignment: Schemas["ChargeAssignment"]): Amount | undefined =>
    assignment[metric] ?? undefined;
  const whole = sum(shares.flatMap((assignment) => amountOf(assignment) ?? []));
  const first = told.assignments[0];
  return (
    <div ref={place}>
      <div className="part">
        <h3>{text("whereFrom")}</h3>
        <span className="dim mono">{told.row}</span>
      </div>
      <div className="chain">
        <Link place={1} kind={text("rule")}>
          {first === undefined || first.rule_number === 0 ? (
            text(first === undefined || first.customer === "unassigned" ? "noRule" : "byTenant")
          ) : (
            <b>{text("ruleNamed", { number: first.rule_number, name: first.rule_name })}</b>
          )}
          {told.rules_version !== null && (
            <span className="dim"> · {text("rulesVersion", { version: told.rules_version })}</span>
          )}
        </Link>
        <Link place={2} kind={text("share")}>
          {plural("sharedBy", shares.length)} <Money amount={whole} currency={currency} /> {currency}
          <div className="shares">
            {shares.map((assignment) => (
              <i
                key={assignment.x_AssignmentId}
                className={assignment.customer === own ? "own" : ""}
                style={{ width: `${barLength(amountOf(assignment) ?? "0", whole)}%` }}
              />
            ))}
          </div>
          <table>
            <tbody>
              {told.assignments.map((assignment) => (
                <tr key={assignment.x_AssignmentId}>
                  <td>
                    <bdi>{assignment.customer === "unassigned" ? text("unassigned") : assignment.customer_name}</bdi>
                    {assignment.move && <span className="dim"> · {text("moved")}</span>}
                  </td>
                  <td className="number dim">{shareText(amountOf(assignment) ?? "0", whole, language)}</td>
                  <td className="number">
                    <Money amount={amountOf(assignment)} currency={currency} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Link>
        <Link place={3} kind={text("run")}>
          {told.run === null ? (
            text("noRun")
          ) : (
            <>
              {told.run.dataset} <span className="mono">{told.run.run_id}</span>{" "}
              {told.run.verified && (
                <Pill tone="good" icon="check">
                  {text("verified")}
                </Pill>
              )}
              <div className="dim">
                {text("madeAt", { at: momentText(told.run.submitted_at, language), import: told.run.import })}
              </div>
            </>
          )}
        </Link>
        <Link place={4} kind={text("file")}>
          <span className="mono">{told.file}</span>
          <div>
            <b>{text("line", { line: told.line })}</b>
          </div>
        </Link>
      </div>
      {told.changes.length > 0 && (
        <ul className="dim">
          {told.changes.map((change) => (
            <li key={change}>{change}</li>
          ))}
        </ul>
      )}
    </div>
  );
};
