// Long work of the service, as it goes: what it does, and what it came to.
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useEffect, useEffectEvent } from "react";

import { askAgain, jobQuery } from "../api/queries";
import { useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { ProblemNote } from "../ui/parts";

/** Follows a job; when it is done, all that is shown is asked again, and then `onDone` is called. */
export const JobNote = ({ job, onDone }: { job: number; onDone?: () => void }): ReactElement => {
  const { text } = useTexts();
  const asked = useQuery(jobQuery(job));
  const state = asked.data?.state;
  const done = useEffectEvent(() => onDone?.());
  useEffect(() => {
    if (state === "done") void askAgain().then(done);
  }, [state]);
  if (asked.isError) return <ProblemNote error={asked.error} onRetry={() => void asked.refetch()} />;
  if (state === undefined || state === "running") {
    return (
      <div className="note" role="status">
        <Icon name="clock" />
        {text("jobRuns", { step: asked.data?.step ?? "" })}
      </div>
    );
  }
  if (state === "done") {
    return (
      <div className="note" role="status">
        <Icon name="check" />
        {text("jobDone")}
      </div>
    );
  }
  return (
    <div className="note bad" role="alert">
      <Icon name="warning" />
      <span>{asked.data?.error?.message ?? text("jobStopped")}</span>
    </div>
  );
};
