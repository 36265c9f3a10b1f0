// Where the bills come from: how each connection is, how old its data is, when the next run is due.
import { Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useMemo } from "react";

import type { Schemas } from "../api/client";
import { freshnessQuery } from "../api/queries";
import { dayText, momentText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { CopyButton, Empty, Pill, ProblemNote, ScreenTitle, Scrolls, SkeletonRows } from "../ui/parts";
import { ConnectionForm } from "./ConnectionForm";
import { ConnectionPanel } from "./ConnectionPanel";
import { healthOf, lagOf } from "./health";
import { alertsQuery, connectionQuery, connectionsQuery } from "./queries";
import { asSentence, readable } from "./told";

import "./connections.css";

type Outcome = Schemas["SyncAttempt"]["outcome"];

const OUTCOMES: Record<Outcome, TextKey> = {
  taken: "connectionsOutcomeTaken",
  nothing_new: "connectionsOutcomeNothingNew",
  problems: "connectionsOutcomeProblems",
  failed: "connectionsOutcomeFailed",
};

const FIELDS_SHOWN = 7;

export const ConnectionsScreen = (): ReactElement => {
  const me = useMe();
  const { text, plural, language } = useTexts();
  const search = useSearch({ from: "/connections" });
  const navigate = useNavigate({ from: "/connections" });
  const connections = useQuery(connectionsQuery);
  const freshness = useQuery(freshnessQuery);
  const alerts = useQuery({ ...alertsQuery, enabled: hasRight(me, "read-alerts") });
  const names = useMemo(() => (connections.data ?? []).map((one) => one.name), [connections.data]);
  const details = useQueries({ queries: names.map(connectionQuery) });
  const mayChange = hasRight(me, "manage-connections");
  const rows = (connections.data ?? []).map((connection, position) => {
    const known = details[position]?.data;
    const source = freshness.data?.find((one) => one.connection === connection.name);
    const ends = (known?.secrets ?? []).map((secret) => secret.expires_on).filter((day) => day !== "");
    return {
      connection,
      source,
      health: healthOf(connection, source, alerts.data ?? [], known),
      end: ends.sort()[0],
      hasSecrets: (known?.secrets ?? []).length > 0,
    };
  });
  const opened = rows.find((row) => row.connection.name === search.open);
  const open = (name: string | undefined): void =>
    void navigate({
      search: (now) => ({ ...now, open: name, part: name === undefined ? undefined : now.part, add: undefined }),
      resetScroll: false,
    });
  const needAction = rows.filter((row) => row.health.tone === "bad" || row.health.tone === "warn").length;
  return (
    <main className={opened === undefined ? "main" : "main beside-panel"} id="content">
      <div className="row wrap">
        <ScreenTitle>{text("connections")}</ScreenTitle>
        {connections.isSuccess && rows.length > 0 && (
          <span className="sub">{needAction === 0 ? text("noneNeedsAction") : plural("needAction", needAction)}</span>
        )}
        <span className="grow" />
        <CopyButton
          content={() => "apportion connection status"}
          label={text("copyCommand")}
          className="control large-only"
          icon="terminal"
        />
        {mayChange && rows.length > 0 && (
          <button
            type="button"
            className="control primary"
            onClick={() => void navigate({ search: (now) => ({ ...now, add: "yes" }) })}
          >
            <Icon name="plus" />
            {text("connectionsAdd")}
          </button>
        )}
      </div>
      {[connections, freshness, alerts].map(
        (query, position) =>
          query.isError && <ProblemNote key={position} error={query.error} onRetry={() => void query.refetch()} />,
      )}
      {(connections.data !== undefined || connections.isPending) && (
        <section className="card costs" aria-label={text("connections")}>
          {connections.isPending && (
            <table>
              <SkeletonRows rows={4} columns={FIELDS_SHOWN} />
            </table>
          )}
          {connections.isSuccess && rows.length === 0 && (
            <div className="empty">
              <Empty title={text("connectionsNone")}>{text("connectionsNoneWhy")}</Empty>
              {mayChange && (
                <Link to="/first-day" className="control primary">
                  {text("firstDayBegin")}
                </Link>
              )}
            </div>
          )}
          {rows.length > 0 && (
            <Scrolls>
              <table>
                <caption className="hidden-text">{text("connections")}</caption>
                <thead>
                  <tr>
                    <th scope="col">{text("connection")}</th>
                    <th scope="col">{text("connectionsHealth")}</th>
                    <th scope="col" className="wide-column">
                      {text("dataAsOf")}
                    </th>
                    <th scope="col">{text("connectionsLag")}</th>
                    <th scope="col" className="wide-column">
                      {text("nextRun")}
                    </th>
                    <th scope="col" className="wide-column">
                      {text("connectionsLastImport")}
                    </th>
                    <th scope="col" className="wide-column">
                      {text("connectionsSecretColumn")}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ connection, source, health, end, hasSecrets }) => {
                    const lag = source?.lag_seconds === undefined ? undefined : lagOf(source.lag_seconds);
                    const isOpen = connection.name === search.open;
                    const attempt = source?.last_sync;
                    return (
                      <tr
                        key={connection.name}
                        className={isOpen ? "opens chosen" : "opens"}
                        onClick={() => open(connection.name)}
                      >
                        <th scope="row">
                          <button
                            type="button"
                            className="link"
                            aria-pressed={isOpen}
                            onClick={(event) => {
                              event.stopPropagation();
                              open(connection.name);
                            }}
                          >
                            {connection.name}
                          </button>
                        </th>
                        <td>
                          <Pill tone={health.tone} icon={health.icon}>
                            {text(health.label)}
                          </Pill>
                        </td>
                        <td className="nowrap wide-column">
                          {source?.data_as_of === undefined ? (
                            <span className="dim">{text("connectionsNeverYet")}</span>
                          ) : (
                            momentText(source.data_as_of, language, "brief")
                          )}
                        </td>
                        <td className="nowrap">
                          {lag === undefined ? (
                            <span className="dim">{"\u2014"}</span>
                          ) : (
                            plural(lag.unit === "day" ? "connectionsLagDays" : "connectionsLagHours", lag.count)
                          )}
                        </td>
                        <td className="nowrap wide-column">
                          {source?.next_expected === undefined ? (
                            <span className="dim">{"\u2014"}</span>
                          ) : (
                            momentText(source.next_expected, language, "brief")
                          )}
                        </td>
                        <td className="wide-column" title={attempt === undefined ? undefined : readable(attempt.detail, language)}>
                          {attempt === undefined ? (
                            <span className="dim">{text("connectionsNeverYet")}</span>
                          ) : (
                            <>
                              <span className={attempt.outcome === "failed" ? "bad" : undefined}>
                                {text(OUTCOMES[attempt.outcome])}
                              </span>{" "}
                              <span className="dim nowrap">{momentText(attempt.ended_at, language, "brief")}</span>
                            </>
                          )}
                        </td>
                        <td className="nowrap wide-column">
                          {end !== undefined
                            ? dayText(end, language)
                            : hasSecrets
                              ? text("connectionsSecretEndUnknown")
                              : text("connectionsNoSecret")}
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </Scrolls>
          )}
          {rows.length > 0 && <p className="sub foot-note">{text("timesInUtc")}</p>}
        </section>
      )}
      {opened !== undefined && (
        <ConnectionPanel
          key={opened.connection.name}
          name={opened.connection.name}
          health={opened.health}
          part={search.part ?? "access"}
          alerts={(alerts.data ?? [])
            .filter((alert) => alert.connection === opened.connection.name)
            .map((alert) => ({ alert: alert.alert, text: asSentence(readable(alert.text, language)) }))}
          onPart={(part) => void navigate({ search: (now) => ({ ...now, part }), replace: true, resetScroll: false })}
          onClose={() => {
            open(undefined);
            // Where one was in the list.
            document.querySelector<HTMLElement>("tr.chosen button")?.focus();
          }}
        />
      )}
      {search.add === "yes" && mayChange && (
        <Dialog open onOpenChange={(_, change) => !change.open && open(undefined)}>
          <DialogSurface aria-describedby={undefined} className="wide-dialog">
            <DialogBody>
              <DialogTitle>{text("connectionsAdd")}</DialogTitle>
              <DialogContent>
                <ConnectionForm
                  submitLabel={text("connectionsAdd")}
                  onDone={(name) => open(name)}
                  onCancel={() => open(undefined)}
                />
              </DialogContent>
            </DialogBody>
          </DialogSurface>
        </Dialog>
      )}
    </main>
  );
};
