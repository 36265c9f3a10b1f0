// The versions that were applied, what each changed, and the way back to it.
import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";

import { momentText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Beside } from "../ui/Beside";
import { Pill, ProblemNote, SkeletonRows } from "../ui/parts";
import { Differences } from "./Differences";
import { differencesOf, entriesOf } from "./outline";
import { comparisonQuery, versionQuery, versionsQuery } from "./queries";
import type { DocumentName } from "./search";

/** What the first version began with. */
const First = ({ document }: { document: DocumentName }): ReactElement => {
  const whole = useQuery(versionQuery(document, 1));
  if (whole.isError) return <ProblemNote error={whole.error} onRetry={() => void whole.refetch()} />;
  return <Differences differences={differencesOf([], entriesOf(whole.data?.yaml ?? ""))} isOther />;
};

const Compared = ({ document, version }: { document: DocumentName; version: number }): ReactElement => {
  const { text } = useTexts();
  const compared = useQuery({
    ...comparisonQuery(document, version - 1, version),
    enabled: version > 1,
  });
  if (compared.isError) return <ProblemNote error={compared.error} onRetry={() => void compared.refetch()} />;
  return (
    <>
      <div className="part">
        <h3>
          {version > 1
            ? text("rulesVersionAgainst", { version, before: version - 1 })
            : text("rulesVersionFirst", { version })}
        </h3>
      </div>
      {version === 1 ? (
        <First document={document} />
      ) : compared.data === undefined ? (
        <table>
          <SkeletonRows rows={4} columns={1} />
        </table>
      ) : (
        <Differences differences={compared.data.differences} isOther />
      )}
    </>
  );
};

export const VersionsPanel = ({
  document,
  current,
  chosen,
  onChoose,
  onTake,
  onClose,
}: {
  document: DocumentName;
  current: number;
  chosen: number | undefined;
  onChoose: (version: number) => void;
  /** The text of a version becomes the draft. */
  onTake: (version: number, yaml: string) => void;
  onClose: () => void;
}): ReactElement => {
  const { text, plural, language } = useTexts();
  const versions = useQuery(versionsQuery(document));
  const items = versions.data?.items ?? [];
  const shown = chosen ?? current;
  const whole = useQuery({ ...versionQuery(document, shown), enabled: shown > 0 });
  return (
    <Beside
      title={text("rulesVersions")}
      onClose={onClose}
      footer={
        items.length > 0 &&
        shown !== current && (
          <footer>
            <button
              type="button"
              className="control"
              disabled={whole.data === undefined}
              onClick={() => whole.data !== undefined && onTake(shown, whole.data.yaml)}
            >
              {text("rulesTakeVersion", { version: shown })}
            </button>
          </footer>
        )
      }
    >
      {versions.isError && <ProblemNote error={versions.error} onRetry={() => void versions.refetch()} />}
      <table>
        {versions.isPending ? (
          <SkeletonRows rows={4} columns={3} />
        ) : (
          <>
            <caption className="hidden-text">{text("rulesVersions")}</caption>
            <thead>
              <tr>
                <th scope="col">{text("rulesVersionColumn")}</th>
                <th scope="col">{text("rulesAppliedAt")}</th>
                <th scope="col" className="number">
                  {text(document === "rules" ? "rulesRules" : "commitmentsPolicies")}
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <tr key={item.version} className={item.version === shown ? "chosen" : undefined}>
                  <th scope="row">
                    <button
                      type="button"
                      className="link"
                      aria-pressed={item.version === shown}
                      onClick={() => onChoose(item.version)}
                    >
                      {text("rulesVersionNumber", { version: item.version })}
                    </button>{" "}
                    {item.version === current && <Pill tone="good">{text("rulesInForce")}</Pill>}
                  </th>
                  <td className="nowrap">{momentText(item.applied_at, language)}</td>
                  <td className="number">{item.entries}</td>
                </tr>
              ))}
            </tbody>
          </>
        )}
      </table>
      {versions.data?.next !== undefined && <p className="sub">{plural("rulesNewestVersions", items.length)}</p>}
      {items.length > 0 && <Compared key={shown} document={document} version={shown} />}
    </Beside>
  );
};
