// How work goes that the service does: what it is at, how far it is, why it ended.
import { useMutation } from "@tanstack/react-query";
import type { ReactElement } from "react";

import { api, dataOf } from "../api/client";
import { countText, percentText, sizeText } from "../format/format";
import { partOf } from "../format/plot";
import { useTexts } from "../i18n/texts";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { ProblemNote } from "../ui/parts";
import type { Job, Work } from "./queries";

/** How much of it is read, in whole percent; unset while nobody knows. */
export const percentOfJob = (job: Job | undefined): number | undefined =>
  job?.bytes === undefined || job.bytes_expected === undefined || job.bytes_expected === 0
    ? undefined
    : partOf(job.bytes, job.bytes_expected);

export const StopButton = ({ job }: { job: Job }): ReactElement | null => {
  const me = useMe();
  const { text } = useTexts();
  const stop = useMutation({
    mutationFn: () => dataOf(api.DELETE("/api/v1/jobs/{job}", { params: { path: { job: job.job } } })),
  });
  if (job.actor !== me.actor && !hasRight(me, "operate")) return null;
  const isWanted = job.stop_wanted_by !== undefined || stop.isSuccess;
  return (
    <button type="button" className="control small" disabled={isWanted || stop.isPending} onClick={() => stop.mutate()}>
      {text(isWanted ? "connectionsWorkStops" : "connectionsWorkStop")}
    </button>
  );
};

export const Progress = ({ job, label }: { job: Job; label: string }): ReactElement => {
  const { text, plural, language } = useTexts();
  const percent = percentOfJob(job);
  // Screen readers hear of every tenth percent only.
  const told = percent === undefined ? undefined : percent - (percent % 10);
  return (
    <div className="progress-of-work">
      <div
        className={percent === undefined ? "progress unknown" : "progress"}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={told}
      >
        <i style={{ width: percent === undefined ? undefined : `${percent}%` }} />
      </div>
      {job.bytes !== undefined && (
        <div className="sums compact">
          <div>
            <div className="value">{percent === undefined ? "\u2014" : percentText(percent, language)}</div>
            <div className="label">{text("connectionsWorkRead")}</div>
          </div>
          <div>
            <div className="value">{sizeText(job.bytes, language)}</div>
            <div className="label">
              {job.bytes_expected === undefined
                ? text("connectionsWorkOfUnknown")
                : text("connectionsWorkOf", { whole: sizeText(job.bytes_expected, language) })}
            </div>
          </div>
          <div>
            <div className="value">{job.run === undefined ? "\u2014" : countText(job.run, language)}</div>
            <div className="label">
              {job.runs === undefined ? text("connectionsWorkOfUnknown") : plural("connectionsWorkOfRuns", job.runs)}
            </div>
          </div>
        </div>
      )}
      <p className="sub">{job.step === "" ? text("connectionsWorkBegins") : job.step}</p>
    </div>
  );
};

/** Says nothing once the work is done: what it came to says more. */
export const WorkNote = ({ work, label }: { work: Omit<Work<unknown>, "start">; label: string }): ReactElement | null => {
  const { text } = useTexts();
  const { job } = work;
  if (work.error !== undefined && work.error !== null) return <ProblemNote error={work.error} onRetry={work.again} />;
  if (work.isRunning) {
    return (
      <div className="note" role="status">
        <Icon name="clock" />
        <span className="grow">
          {label}
          {job !== undefined && job.step !== "" && `: ${job.step}`}
        </span>
        {job !== undefined && <StopButton job={job} />}
      </div>
    );
  }
  if (job === undefined || job.state === "done") return null;
  return (
    <div className="note bad" role="alert">
      <Icon name="warning" />
      <span className="grow">
        <b>{label}</b>
        <br />
        {job.error?.message ?? text("jobStopped")}
      </span>
      {work.again !== undefined && (
        <button type="button" className="control small" onClick={work.again}>
          {text("again")}
        </button>
      )}
    </div>
  );
};
