// What could not be imported or split, while the rest could; and rows that could not be read.
import type { ReactElement } from "react";

import type { Schemas } from "../api/client";
import { countText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";

type Flow = Schemas["Flow"];

const REJECTS_MAX = 5;

export const FlowProblems = ({ flow }: { flow: Flow }): ReactElement | null => {
  const { text, language } = useTexts();
  const notSplit = flow.months.flatMap((month) =>
    month.not_split === undefined ? [] : [{ source: `${month.connection} ${month.month}`, ...month.not_split }],
  );
  const problems = [...flow.problems, ...notSplit];
  const runs = flow.imports.flatMap((imported) => imported.runs);
  const rejects = runs.flatMap((run) => run.first_rejects);
  const rejected = runs.reduce((count, run) => count + run.rows.rejected, 0);
  return (
    <>
      {problems.map((problem) => (
        <div key={`${problem.source} ${problem.id}`} className="note warn" role="alert">
          <Icon name="warning" />
          <div className="grow">
            <b>
              {problem.source}: {problem.what}
            </b>
            {problem.why !== undefined && problem.why !== "" && <p>{problem.why}</p>}
            {problem.where !== undefined && problem.where !== "" && <p className="mono">{problem.where}</p>}
            {problem.next !== undefined && problem.next !== "" && (
              <p>
                {text("next")}: {problem.next}
              </p>
            )}
          </div>
        </div>
      ))}
      {rejected > 0 && (
        <div className="note warn">
          <Icon name="warning" />
          <div className="grow">
            <b>{text("someRejects", { count: countText(rejected, language) })}</b>
            <ul>
              {rejects.slice(0, REJECTS_MAX).map((row) => (
                <li key={`${row.file} ${row.line} ${row.column}`}>
                  <span className="mono">
                    {row.file}, {text("line", { line: row.line })}, {row.column}
                  </span>
                  : {row.reason} {row.value !== "" && <code>{row.value}</code>}
                </li>
              ))}
            </ul>
          </div>
        </div>
      )}
    </>
  );
};
