// Which customer gets what: the split rules, and the policies of commitments, as drafts that show what they change.
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense } from "react";

import { useTexts } from "../i18n/texts";
import { ProblemNote, ScreenTitle, SkeletonRows } from "../ui/parts";
import { documentQuery } from "./queries";
import "./rules.css";
import type { DocumentName } from "./search";

const Desk = lazy(() => import("./Desk"));

const Waits = ({ document }: { document: DocumentName }): ReactElement => {
  const { text } = useTexts();
  return (
    <main className="main" id="content">
      <div className="row">
        <ScreenTitle>{text(document === "rules" ? "rules" : "rulesPolicies")}</ScreenTitle>
      </div>
      <div className="rules">
        <div className="desk">
          <div className="card">
            <table>
              <SkeletonRows rows={6} columns={1} />
            </table>
          </div>
          <div className="card editor-waits">
            <table>
              <SkeletonRows rows={12} columns={1} />
            </table>
          </div>
        </div>
      </div>
    </main>
  );
};

export const RulesScreen = (): ReactElement => {
  const { text } = useTexts();
  const search = useSearch({ from: "/rules" });
  const document: DocumentName = search.document ?? "rules";
  const asked = useQuery(documentQuery(document));
  if (asked.data === undefined && asked.isError) {
    return (
      <main className="main" id="content">
        <ScreenTitle>{text(document === "rules" ? "rules" : "rulesPolicies")}</ScreenTitle>
        <ProblemNote error={asked.error} onRetry={() => void asked.refetch()} />
      </main>
    );
  }
  if (asked.data === undefined) return <Waits document={document} />;
  return (
    <Suspense fallback={<Waits document={document} />}>
      <Desk key={document} document={document} current={asked.data} />
    </Suspense>
  );
};
