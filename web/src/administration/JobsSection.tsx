// What the service does, and what it did: how far, for how long, and what came of it.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";

import type { Schemas } from "../api/client";
import { jobQuery } from "../api/queries";
import { percentOfJob, Progress, StopButton } from "../connections/WorkNote";
import { momentText, percentText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { Beside } from "../ui/Beside";
import type { IconName } from "../ui/icons";
import { CopyButton, Empty, Pill, ProblemNote, Segments, SkeletonRows, type Tone } from "../ui/parts";
import { Loading, Part } from "./parts";
import { jobPagesQuery } from "./queries";
import { factsOf } from "./results";
import { useAdministration } from "./search";

type Job = Schemas["Job"];

const STATES: Record<Job["state"], { tone: Tone; icon: IconName; label: TextKey }> = {
  running: { tone: "info", icon: "clock", label: "adminJobRunning" },
  done: { tone: "good", icon: "check", label: "adminJobDone" },
  failed: { tone: "bad", icon: "exclamation", label: "adminJobFailed" },
  stopped: { tone: "warn", icon: "stop", label: "adminJobStopped" },
  killed: { tone: "bad", icon: "exclamation", label: "adminJobKilled" },
};

const StatePill = ({ job }: { job: Job }): ReactElement => {
  const { text, language } = useTexts();
  const { tone, icon, label } = STATES[job.state];
  const percent = job.state === "running" ? percentOfJob(job) : undefined;
  return (
    <Pill tone={tone} icon={icon}>
      {text(label)}
      {percent !== undefined && ` ${percentText(percent, language)}`}
    </Pill>
  );
};

const Outcome = ({ job }: { job: Job }): ReactElement | null => {
  const { text, plural } = useTexts();
  if (job.error !== undefined) {
    return (
      <div className="note bad">
        <div className="grow">
          <b className="mono">{job.error.id}</b>
          <p>{job.error.message}</p>
        </div>
      </div>
    );
  }
  if (job.result_gone !== undefined) return <p className="dim">{job.result_gone}</p>;
  if (job.result === undefined) return null;
  const whole = JSON.stringify(job.result, null, 2);
  return (
    <>
      <div className="part">
        <h3>{text("adminResult")}</h3>
        <span className="grow" />
        <CopyButton content={() => whole} label={text("adminCopyJson")} />
      </div>
      <dl className="facts flush results">
        {factsOf(job.result).map((fact) => (
          <div key={fact.name} className="fact">
            <dt className="mono">{fact.name}</dt>
            <dd>{fact.count === undefined ? fact.value : plural("adminItems", fact.count)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
};

const JobPanel = ({ job: id, onClose }: { job: number; onClose: () => void }): ReactElement => {
  const { text, language } = useTexts();
  const asked = useQuery(jobQuery(id));
  const job = asked.data;
  return (
    <Beside title={text("adminJobNumber", { number: id })} about={job?.kind} onClose={onClose}>
      {asked.isError && <ProblemNote error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.isPending && (
        <table>
          <SkeletonRows rows={4} columns={2} />
        </table>
      )}
      {job !== undefined && (
        <>
          <dl className="facts flush">
            <dt>{text("state")}</dt>
            <dd>
              <StatePill job={job} />
            </dd>
            {job.subject !== "" && (
              <>
                <dt>{text("adminJobSubject")}</dt>
                <dd>{job.subject}</dd>
              </>
            )}
            <dt>{text("portalWho")}</dt>
            <dd>{job.actor.replace(/^user:/, "")}</dd>
            <dt>{text("adminJobBegan")}</dt>
            <dd>{momentText(job.started_at, language)}</dd>
            {job.ended_at !== "" && (
              <>
                <dt>{text("adminJobEnded")}</dt>
                <dd>{momentText(job.ended_at, language)}</dd>
              </>
            )}
            {job.stop_wanted_by !== undefined && (
              <>
                <dt>{text("adminStopWantedBy")}</dt>
                <dd>{job.stop_wanted_by.replace(/^user:/, "")}</dd>
              </>
            )}
          </dl>
          {job.state === "running" && (
            <>
              <Progress job={job} label={job.kind} />
              <div className="row">
                <StopButton job={job} />
              </div>
            </>
          )}
          <Outcome job={job} />
        </>
      )}
    </Beside>
  );
};

const RUNNING = "running";
const ALL = "all";

export const JobsSection = (): ReactElement => {
  const { text, language } = useTexts();
  const { search, change } = useAdministration();
  // Jobs are over fast: all of them are what one looks for, unless the address says otherwise.
  const jobs = useInfiniteQuery(jobPagesQuery(search.word !== RUNNING));
  const shown = jobs.data?.pages.flatMap((page) => page.items);
  const opened = /^\d+$/.test(search.open ?? "") ? parseInt(search.open ?? "", 10) : undefined;
  return (
    <>
      {jobs.isError && <ProblemNote error={jobs.error} onRetry={() => void jobs.refetch()} />}
      <Part
        title={text("adminJobs")}
        about={text("adminJobsAbout")}
        deeds={
          <Segments
            label={text("adminJobsShown")}
            choices={[
              { value: ALL, label: text("adminJobsAll") },
              { value: RUNNING, label: text("adminJobsRunning") },
            ]}
            chosen={search.word === RUNNING ? RUNNING : ALL}
            onChoose={(value) => change({ word: value === RUNNING ? RUNNING : undefined })}
          />
        }
      >
        {jobs.isPending && <Loading rows={6} columns={5} />}
        {shown?.length === 0 && (
          <Empty title={text("adminNoJobs")} command="apportion sync">
            {text("adminNoJobsWhy")}
          </Empty>
        )}
        {shown !== undefined && shown.length > 0 && (
          <table className="people jobs">
            <caption className="hidden-text">{text("adminJobs")}</caption>
            <thead>
              <tr>
                <th scope="col">{text("adminJob")}</th>
                <th scope="col">{text("state")}</th>
                <th scope="col" className="wide">
                  {text("portalWho")}
                </th>
                <th scope="col" className="wide">
                  {text("adminJobBegan")}
                </th>
                <th scope="col" className="wide">
                  {text("adminJobStep")}
                </th>
                <th scope="col">
                  <span className="hidden-text">{text("portalActions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((job) => {
                const isOpen = job.job === opened;
                return (
                  <tr key={job.job} className={isOpen ? "chosen" : undefined}>
                    <th scope="row">
                      <button
                        type="button"
                        className="link mono"
                        aria-pressed={isOpen}
                        onClick={() => change({ open: isOpen ? undefined : `${job.job}` })}
                      >
                        {job.job} {job.kind}
                      </button>{" "}
                      <span className="dim">{job.subject}</span>
                    </th>
                    <td>
                      <StatePill job={job} />
                    </td>
                    <td className="wide">
                      <bdi>{job.actor.replace(/^user:/, "")}</bdi>
                    </td>
                    <td className="wide nowrap dim">{momentText(job.started_at, language)}</td>
                    <td className="wide dim step">{job.error?.message ?? job.step}</td>
                    <td className="number">{job.state === "running" && <StopButton job={job} />}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
        {jobs.hasNextPage && (
          <footer>
            <button
              type="button"
              className="control small"
              disabled={jobs.isFetchingNextPage}
              onClick={() => void jobs.fetchNextPage()}
            >
              {text("adminOlderJobs")}
            </button>
          </footer>
        )}
      </Part>
      {opened !== undefined && (
        <JobPanel
          key={opened}
          job={opened}
          onClose={() => {
            document.querySelector<HTMLElement>("tr.chosen button")?.focus();
            change({ open: undefined });
          }}
        />
      )}
    </>
  );
};
