// What the customer's own people did, and what was done for the customer.
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";

import { momentText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Empty, ProblemNote, ScreenTitle, SkeletonRows } from "../ui/parts";
import { auditQuery } from "./queries";

const PARTNER = "partner";

export const AuditScreen = (): ReactElement => {
  const { text, language } = useTexts();
  const audit = useInfiniteQuery(auditQuery);
  const entries = audit.data?.pages.flatMap((page) => page.items);
  return (
    <main className="portal-main one" id="content">
      <div className="head">
        <ScreenTitle>{text("portalAudit")}</ScreenTitle>
        <p className="sub">{text("portalAuditAbout")}</p>
      </div>
      <div className="left">
        {audit.isError && <ProblemNote error={audit.error} onRetry={() => void audit.refetch()} />}
        <section className="card" aria-label={text("portalAudit")}>
          {entries?.length === 0 ? (
            <Empty title={text("portalNoEntries")}>{text("portalAuditAbout")}</Empty>
          ) : (
            <table className="audit">
              {audit.isPending && <SkeletonRows rows={10} columns={5} />}
              {entries !== undefined && (
                <>
                  <caption className="hidden-text">{text("portalAudit")}</caption>
                  <thead>
                    <tr>
                      <th scope="col">{text("portalWhen")}</th>
                      <th scope="col">{text("portalWho")}</th>
                      <th scope="col">{text("portalDone")}</th>
                      <th scope="col" className="wide">
                        {text("portalFromAddress")}
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {entries.map((entry) => (
                      <tr key={entry.number}>
                        <td className="nowrap dim">{momentText(entry.at, language)}</td>
                        <td>
                          <bdi>
                            {entry.actor === PARTNER ? text("portalPartner") : entry.actor.replace(/^user:/, "")}
                          </bdi>
                        </td>
                        <td>
                          <span className="mono">{entry.what}</span> <span className="dim">{entry.detail}</span>
                        </td>
                        <td className="wide dim">{entry.address ?? ""}</td>
                      </tr>
                    ))}
                  </tbody>
                </>
              )}
            </table>
          )}
          {audit.hasNextPage && (
            <footer>
              <button
                type="button"
                className="control small"
                disabled={audit.isFetchingNextPage}
                onClick={() => void audit.fetchNextPage()}
              >
                {text("portalOlder")}
              </button>
            </footer>
          )}
        </section>
      </div>
    </main>
  );
};
