// What the customer's own people did, and what was done for the customer.
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";

import { useTexts } from "../i18n/texts";
import { AuditTable } from "../people/AuditTable";
import { auditQuery } from "../people/queries";
import { Empty, ProblemNote, ScreenTitle, SkeletonRows } from "../ui/parts";

export const AuditScreen = (): ReactElement => {
  const { text } = useTexts();
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
              {entries !== undefined && <AuditTable entries={entries} />}
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
