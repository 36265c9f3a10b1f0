// What differs between two versions, or a version and a draft, entry by entry.
import type { ReactElement } from "react";

import { useTexts } from "../i18n/texts";
import { Pill } from "../ui/parts";
import type { Difference } from "./outline";
import { EDITS } from "./RuleList";

export const Differences = ({
  differences,
  isOther,
}: {
  differences: readonly Difference[];
  /** The texts differ, also where no entry does. */
  isOther?: boolean;
}): ReactElement => {
  const { text } = useTexts();
  if (differences.length === 0) {
    return <p className="empty dim">{text(isOther === true ? "rulesOnlyOther" : "rulesSame")}</p>;
  }
  return (
    <ul className="differences">
      {differences.map((one) => (
        <li key={`${one.list} ${one.section} ${one.name}`}>
          <div className="row wrap">
            <Pill tone={EDITS[one.edit].tone}>{text(EDITS[one.edit].label)}</Pill>
            <b>
              <bdi>{one.name}</bdi>
            </b>
            <span className="sub">{text("rulesListFrom", { list: one.list })}</span>
          </div>
          {one.before !== undefined && one.edit !== "moved" && (
            <pre className="removed">
              <span className="hidden-text">{text("rulesBefore")}: </span>
              {one.before}
            </pre>
          )}
          {one.after !== undefined && one.edit !== "moved" && (
            <pre className="added">
              <span className="hidden-text">{text("rulesAfter")}: </span>
              {one.after}
            </pre>
          )}
        </li>
      ))}
    </ul>
  );
};
