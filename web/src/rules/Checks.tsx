// What the service finds wrong with a draft, with the way to the line.
import type { ReactElement } from "react";

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

const SHOWN_MAX = 50;

export const Checks = ({
  findings,
  onGoTo,
}: {
  findings: readonly Finding[] | undefined;
  onGoTo: (finding: Finding) => void;
}): ReactElement | null => {
  const { text, plural } = useTexts();
  if (findings === undefined || findings.length === 0) return null;
  return (
    <section className="card" aria-label={text("rulesChecks")}>
      <header>
        <h2>{text("rulesChecks")}</h2>
      </header>
      <ul className="checks-found">
        {findings.slice(0, SHOWN_MAX).map((finding) => {
          const place = placeOf(finding);
          const isError = finding.severity === "error";
          return (
            <li key={`${finding.where} ${finding.rule} ${finding.what}`}>
              <span className={isError ? "bad" : "warn"}>
                <Icon name={isError ? "stop" : "warning"} />
                <span className="hidden-text">{text(isError ? "rulesError" : "rulesWarning")}: </span>
              </span>
              <span>
                {finding.what}
                {finding.next !== undefined && <span className="dim"> {finding.next}</span>}
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
      {findings.length > SHOWN_MAX && <p className="sub inside">{plural("andMore", findings.length - SHOWN_MAX)}</p>}
    </section>
  );
};
