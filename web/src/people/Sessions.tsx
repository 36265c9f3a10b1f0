// Where somebody is signed in: in which browser, since when; each can be ended.
import { useMutation, useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { momentText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Pill, ProblemNote, SkeletonRows } from "../ui/parts";
import { browserOf } from "./browsers";
import { askPeopleAgain, sessionsQuery } from "./queries";

const SessionRow = ({ session }: { session: Schemas["Session"] }): ReactElement => {
  const { text, language } = useTexts();
  const end = useMutation({
    mutationFn: () =>
      dataOf(api.DELETE("/api/v1/sessions/{session}", { params: { path: { session: session.id } } })),
    onSuccess: askPeopleAgain,
  });
  const browser = browserOf(session.user_agent);
  return (
    <>
      <tr>
        <th scope="row" title={session.user_agent}>
          {browser}
          <div className="dim">{session.address}</div>
        </th>
        <td>{momentText(session.seen_at, language)}</td>
        <td className="wide">{momentText(session.ends_at, language)}</td>
        <td className="number">
          {session.is_own ? (
            <Pill tone="info">{text("peopleThisSession")}</Pill>
          ) : (
            <button
              type="button"
              className="control small"
              disabled={end.isPending}
              aria-label={`${text("peopleEndSession")}: ${browser}, ${session.address}`}
              onClick={() => end.mutate()}
            >
              {text("peopleEndSession")}
            </button>
          )}
        </td>
      </tr>
      {end.isError && (
        <tr>
          <td colSpan={4}>
            <ProblemNote error={end.error} />
          </td>
        </tr>
      )}
    </>
  );
};

export const Sessions = ({ user }: { user: string }): ReactElement => {
  const { text } = useTexts();
  const sessions = useQuery(sessionsQuery(user));
  if (sessions.isError) return <ProblemNote error={sessions.error} onRetry={() => void sessions.refetch()} />;
  if (sessions.data?.length === 0) return <p className="dim in-card">{text("peopleNoSessions")}</p>;
  return (
    <table className="people sessions">
      {sessions.data === undefined ? (
        <SkeletonRows rows={2} columns={4} />
      ) : (
        <>
          <caption className="hidden-text">{text("peopleSessions")}</caption>
          <thead>
            <tr>
              <th scope="col">{text("peopleBrowser")}</th>
              <th scope="col">{text("peopleUsed")}</th>
              <th scope="col" className="wide">
                {text("peopleEnds")}
              </th>
              <th scope="col">
                <span className="hidden-text">{text("portalActions")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sessions.data.map((session) => (
              <SessionRow key={session.id} session={session} />
            ))}
          </tbody>
        </>
      )}
    </table>
  );
};
