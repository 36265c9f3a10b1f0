// Who did what, and when.
import type { ReactElement } from "react";

import { momentText } from "../format/format";
import { useTexts } from "../i18n/texts";
import type { AuditEntry } from "./queries";

const PARTNER = "partner";

export const AuditTable = ({
  entries,
  customerOf,
}: {
  entries: readonly AuditEntry[];
  /** Makes a column that says whom an entry concerns. */
  customerOf?: (entry: AuditEntry) => string;
}): ReactElement => {
  const { text, language } = useTexts();
  return (
    <>
      <caption className="hidden-text">{text("portalAudit")}</caption>
      <thead>
        <tr>
          <th scope="col">{text("portalWhen")}</th>
          <th scope="col">{text("portalWho")}</th>
          <th scope="col">{text("portalDone")}</th>
          {customerOf !== undefined && (
            <th scope="col" className="wide">
              {text("customer")}
            </th>
          )}
          <th scope="col" className="wide">
            {text("portalFromAddress")}
          </th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.number}>
            <td className="nowrap dim">{momentText(entry.at, language)}</td>
            <td className="who">
              <bdi>{entry.actor === PARTNER ? text("portalPartner") : entry.actor.replace(/^user:/, "")}</bdi>
            </td>
            <td>
              <span className="mono">{entry.what}</span> <span className="dim">{entry.detail}</span>
            </td>
            {customerOf !== undefined && (
              <td className="wide">
                <bdi>{customerOf(entry)}</bdi>
              </td>
            )}
            <td className="wide dim who">{entry.address ?? ""}</td>
          </tr>
        ))}
      </tbody>
    </>
  );
};
