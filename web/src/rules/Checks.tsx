// What the service finds wrong with a draft, with the way to the line.
import { type ReactElement, useState } from "react";

import { asSentence } from "../connections/told";
import { useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { Pill } from "../ui/parts";
import { placeOf } from "./Editor";
import type { Finding } from "./queries";

export const CheckPills = ({ findings }: { findings: readonly Finding[] | undefined }): ReactElement | null => {
  const { plural } = useTexts();
  if (findings === undefined) return null;
  const errors = findings.filter((one) => one.severity === "error").length;
  const warnings = findings.length - errors;
  return (
    <>
      <Pill tone={errors > 0 ? "bad" : "good"} icon={errors > 0 ? "stop" : "check"}>
        {plural("rulesErrors", errors)}
      </Pill>
      {warnings > 0 && (
        <Pill tone="warn" icon="warning">
          {plural("rulesWarnings", warnings)}
        </Pill>
      )}
    </>
  );
};

const SHOWN_FIRST = 3;
const SHOWN_MAX = 200;

export const Checks = ({
  findings,
  onGoTo,
}: {
  findings: readonly Finding[] | undefined;
  onGoTo: (finding: Finding) => void;
}): ReactElement | null => {
  const { text, plural } = useTexts();
  const [isAll, setAll] = useState(false);
  if (findings === undefined || findings.length === 0) return null;
  const errors = findings.filter((one) => one.severity === "error");
  const ordered = [...errors, ...findings.filter((one) => one.severity !== "error")];
  // All errors, however many: nothing can be applied before they are gone.
  const shown = ordered.slice(0, isAll ? SHOWN_MAX : Math.max(SHOWN_FIRST, errors.length));
  return (
    <section className="card" aria-label={text("rulesChecks")}>
      <header>
        <h2>{text("rulesChecks")}</h2>
      </header>
      <ul className="checks-found">
        {shown.map((finding) => {
          const place = placeOf(finding);
          const isError = finding.severity === "error";
          return (
            <li key={`${finding.where} ${finding.rule} ${finding.what}`}>
              <span className={isError ? "bad" : "warn"}>
                <Icon name={isError ? "stop" : "warning"} />
                <span className="hidden-text">{text(isError ? "rulesError" : "rulesWarning")}: </span>
              </span>
              <span>
                {asSentence(finding.what)}
                {finding.next !== undefined && <span className="dim">. {asSentence(finding.next)}</span>}
                {(place !== undefined || finding.rule !== undefined) && (
                  <>
                    {" "}
                    <button type="button" className="link" onClick={() => onGoTo(finding)}>
                      {place === undefined ? finding.rule : text("line", { line: place.line })}
                    </button>
                  </>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      {ordered.length > SHOWN_FIRST && (
        <p className="more-rows">
          <button type="button" className="link" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
            {isAll ? text("homeShowFewer") : plural("homeShowAll", ordered.length)}
          </button>
        </p>
      )}
    </section>
  );
};
