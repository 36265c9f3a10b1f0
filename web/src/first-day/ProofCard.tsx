// Split and proof: the months are split when they are imported; here is whether it adds up.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { proofQuery } from "../api/queries";
import { FlowProblems } from "../connections/FlowProblems";
import { useWork } from "../connections/queries";
import { WorkNote } from "../connections/WorkNote";
import { monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { ProblemNote } from "../ui/parts";

export const ProofCard = ({ month, isSplit }: { month: string | undefined; isSplit: boolean }): ReactElement => {
  const me = useMe();
  const { text, language } = useTexts();
  const readsCosts = hasRight(me, "read-partner-costs");
  const proof = useQuery({ ...proofQuery({ month: month ?? "" }), enabled: month !== undefined && isSplit && readsCosts });
  const split = useWork<Schemas["Flow"]>({ kind: "split", subject: "" }, () =>
    dataOf(api.POST("/api/v1/months/split", { body: {} })),
  );
  if (month === undefined) return <p className="in-card sub">{text("firstDayFollowsImport")}</p>;
  const holds = proof.data?.holds === true;
  const currencies = [...new Set((proof.data?.months ?? []).flatMap((one) => one.currencies.map((of) => of.currency)))];
  return (
    <>
      {proof.isError && <ProblemNote error={proof.error} onRetry={() => void proof.refetch()} />}
      {!isSplit && <p className="in-card sub">{text("firstDayNotSplit")}</p>}
      {proof.isLoading && (
        <p className="in-card sub" role="status">
          {text("proving")}
        </p>
      )}
      {proof.data !== undefined && (
        <div className={holds ? "look-at" : "look-at broken"}>
          <Icon name={holds ? "done" : "stop"} size={18} />
          <span className="grow">
            <b>
              {text(holds ? "firstDayProofHolds" : "firstDayProofBroken", {
                month: monthText(month, language),
                currencies: currencies.join(", "),
              })}
            </b>
            <br />
            {holds ? text("everythingHolds") : proof.data.reasons.join("; ")}
          </span>
          <Link to="/proof" search={{ month } as never}>
            {text("homeSeeProof")}
          </Link>
        </div>
      )}
      <WorkNote work={split} label={text("firstDaySplitAgain")} />
      {split.result !== undefined && <FlowProblems flow={split.result} />}
      {hasRight(me, "apply-documents") && !isSplit && (
        <div className="row in-card">
          <button type="button" className="control primary" disabled={split.isRunning} onClick={() => split.start()}>
            {text("firstDaySplitAgain")}
          </button>
        </div>
      )}
    </>
  );
};
