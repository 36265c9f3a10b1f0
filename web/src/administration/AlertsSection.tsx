// Alerts, and the channels that they go to.
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { queryClient } from "../api/queries";
import { TextField } from "../connections/TextField";
import { asSentence, readable } from "../connections/told";
import { momentText } from "../format/format";
import { alertKindText } from "../i18n/alerts";
import { useTexts } from "../i18n/texts";
import { JobNote } from "../shell/Job";
import { hasRight, useMe } from "../shell/session";
import { Confirm } from "../ui/Confirm";
import { Icon } from "../ui/icons";
import { Empty, FormButtons, Pill, ProblemNote, Segments } from "../ui/parts";
import { addressesIn } from "./addresses";
import { Loading, Part } from "./parts";
import { alertsOfAllTimesQuery, channelsQuery } from "./queries";
import { useAdministration } from "./search";

type Channel = Schemas["Channel"];
type Kind = Channel["kind"];

const askChannelsAgain = (): Promise<void> => queryClient.invalidateQueries({ queryKey: channelsQuery.queryKey });

const channelPath = (channel: string) => ({ params: { path: { channel } } });

const OPEN = "open";
const ALL = "all";

const Alerts = (): ReactElement => {
  const texts = useTexts();
  const { text, language } = texts;
  const { search, change } = useAdministration();
  const alerts = useQuery(alertsOfAllTimesQuery(search.all === "yes"));
  return (
    <>
      {alerts.isError && <ProblemNote error={alerts.error} onRetry={() => void alerts.refetch()} />}
      <Part
        title={text("adminAlerts")}
        deeds={
          <>
            <span className="grow" />
            <Segments
              label={text("adminAlertsShown")}
              choices={[
                { value: OPEN, label: text("adminAlertsOpen") },
                { value: ALL, label: text("adminAlertsAll") },
              ]}
              chosen={search.all === "yes" ? ALL : OPEN}
              onChoose={(value) => change({ all: value === ALL ? "yes" : undefined })}
            />
          </>
        }
      >
        {alerts.isPending && <Loading rows={3} columns={4} />}
        {alerts.data?.length === 0 && <Empty title={text("adminNoAlerts")}>{text("adminNoAlertsWhy")}</Empty>}
        {alerts.data !== undefined && alerts.data.length > 0 && (
          <table className="people alerts">
            <caption className="hidden-text">{text("adminAlerts")}</caption>
            <thead>
              <tr>
                <th scope="col">{text("adminAlert")}</th>
                <th scope="col">{text("state")}</th>
                <th scope="col">{text("adminAlertSince")}</th>
              </tr>
            </thead>
            <tbody>
              {alerts.data.map((alert) => (
                <tr key={alert.alert}>
                  <th scope="row">
                    <span title={alert.kind}>{alertKindText(alert.kind, texts)}</span>
                    {alert.connection !== "" && <span className="dim"> · {alert.connection}</span>}
                    <div className="dim told">{asSentence(readable(alert.text, language))}</div>
                  </th>
                  <td>
                    {alert.closed_at === undefined ? (
                      <Pill tone="warn" icon="warning">
                        {text("adminAlertIsOpen")}
                      </Pill>
                    ) : (
                      <Pill tone="none" icon="check">
                        {text("adminAlertIsOver")}
                      </Pill>
                    )}
                  </td>
                  <td className="nowrap dim">
                    {momentText(alert.opened_at, language)}
                    {alert.closed_at !== undefined && (
                      <div>{text("adminUntil", { at: momentText(alert.closed_at, language) })}</div>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Part>
    </>
  );
};

const ChannelForm = ({
  channel,
  onDone,
}: {
  /** The one that is replaced. */
  channel: Channel | undefined;
  onDone: () => void;
}): ReactElement => {
  const { text } = useTexts();
  const [kind, setKind] = useState<Kind>(channel?.kind ?? "mail");
  const [name, setName] = useState(channel?.name ?? "");
  const [values, setValues] = useState<Record<string, string>>({
    server: channel?.server ?? "",
    user: channel?.user ?? "",
    from: channel?.from ?? "",
    to: channel?.kind === "mail" ? channel.to.join(", ") : "",
  });
  const valueOf = (field: string): string => (values[field] ?? "").trim();
  const put = (field: string) => (value: string) => setValues({ ...values, [field]: value });
  const save = useMutation({
    mutationFn: () => {
      const fields: readonly (keyof Schemas["ChannelSettings"])[] =
        kind === "webhook" ? ["url", "secret"] : ["server", "user", "password", "from"];
      const body: Schemas["ChannelSettings"] = Object.fromEntries(
        fields.filter((field) => valueOf(field) !== "").map((field) => [field, valueOf(field)]),
      );
      if (kind === "mail") body.to = addressesIn(valueOf("to"));
      return dataOf(api.PUT("/api/v1/alert-channels/{channel}", { ...channelPath(name.trim()), body }));
    },
    onSuccess: async () => {
      await askChannelsAgain();
      onDone();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  const field = (
    name_: string,
    label: Parameters<typeof text>[0],
    more: Partial<Parameters<typeof TextField>[0]> = {},
  ): ReactElement => (
    <TextField key={name_} label={text(label)} value={values[name_] ?? ""} onChange={put(name_)} {...more} />
  );
  return (
    <form className="connection-form in-card" onSubmit={submit}>
      {channel === undefined && (
        <Segments
          label={text("adminChannelKind")}
          choices={[
            { value: "mail", label: text("adminChannelMail") },
            { value: "webhook", label: text("adminChannelWebhook") },
          ]}
          chosen={kind}
          onChoose={(value) => setKind(value as Kind)}
        />
      )}
      <div className="fields">
        {channel === undefined && <TextField label={text("name")} required value={name} onChange={setName} />}
        {kind === "webhook" && [
          field("url", "adminWebhookUrl", { required: true, mono: true, hint: text("adminWebhookUrlHint") }),
          field("secret", "adminWebhookSecret", { type: "password", hint: text("adminWebhookSecretHint") }),
        ]}
        {kind === "mail" && [
          field("server", "adminMailServer", { required: true, mono: true, hint: text("adminMailServerHint") }),
          field("from", "adminMailFrom", { required: true }),
          field("to", "adminMailTo", { required: true, hint: text("adminAddressesHint") }),
          field("user", "user"),
          field("password", "password", { type: "password" }),
        ]}
      </div>
      {channel !== undefined && <p className="sub">{text("adminChannelReplaceMeans")}</p>}
      {save.isError && <ProblemNote error={save.error} />}
      <FormButtons action={text("save")} isDisabled={save.isPending} onCancel={onDone} />
    </form>
  );
};

const ChannelRow = ({
  channel,
  onEdit,
  onRemove,
}: {
  channel: Channel;
  onEdit: () => void;
  onRemove: () => void;
}): ReactElement => {
  const { text } = useTexts();
  const test = useMutation({
    mutationFn: () => dataOf(api.POST("/api/v1/alert-channels/{channel}/test", channelPath(channel.name))),
  });
  return (
    <>
      <tr>
        <th scope="row">{channel.name}</th>
        <td>{text(channel.kind === "mail" ? "adminChannelMail" : "adminChannelWebhook")}</td>
        <td className="to">{channel.to.join(", ")}</td>
        <td>
          <span className="links end">
            {(
              [
                ["adminTest", () => test.mutate(), test.isPending],
                ["adminReplace", onEdit, false],
                ["portalRemove", onRemove, false],
              ] as const
            ).map(([label, run, isBusy]) => (
              <button
                key={label}
                type="button"
                className="control small"
                disabled={isBusy}
                aria-label={`${text(label)}: ${channel.name}`}
                onClick={run}
              >
                {text(label)}
              </button>
            ))}
          </span>
        </td>
      </tr>
      {(test.isError || test.data !== undefined) && (
        <tr>
          <td colSpan={4}>
            {test.isError && <ProblemNote error={test.error} />}
            {test.data !== undefined && <JobNote key={test.data.job} job={test.data.job} />}
          </td>
        </tr>
      )}
    </>
  );
};

const Channels = (): ReactElement => {
  const { text } = useTexts();
  const channels = useQuery(channelsQuery);
  // The channel that is edited; an empty name for a new one.
  const [edited, setEdited] = useState<string>();
  const [removed, setRemoved] = useState<string>();
  return (
    <>
      {channels.isError && <ProblemNote error={channels.error} onRetry={() => void channels.refetch()} />}
      <Part
        title={text("adminChannels")}
        about={text("adminChannelsAbout")}
        deeds={
          edited === undefined && (
            <button type="button" className="control" onClick={() => setEdited("")}>
              <Icon name="plus" />
              {text("adminChannelAdd")}
            </button>
          )
        }
      >
        {edited !== undefined && (
          <ChannelForm
            key={edited}
            channel={channels.data?.find((channel) => channel.name === edited)}
            onDone={() => setEdited(undefined)}
          />
        )}
        {channels.isPending && <Loading rows={2} columns={4} />}
        {channels.data?.length === 0 && edited === undefined && (
          <Empty title={text("adminNoChannels")}>{text("adminNoChannelsWhy")}</Empty>
        )}
        {channels.data !== undefined && channels.data.length > 0 && (
          <table className="people">
            <caption className="hidden-text">{text("adminChannels")}</caption>
            <thead>
              <tr>
                <th scope="col">{text("name")}</th>
                <th scope="col">{text("adminChannelKind")}</th>
                <th scope="col">{text("adminTo")}</th>
                <th scope="col">
                  <span className="hidden-text">{text("portalActions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {channels.data.map((channel) => (
                <ChannelRow
                  key={channel.name}
                  channel={channel}
                  onEdit={() => setEdited(channel.name)}
                  onRemove={() => setRemoved(channel.name)}
                />
              ))}
            </tbody>
          </table>
        )}
      </Part>
      {removed !== undefined && (
        <Confirm
          title={text("portalRemoveNamed", { name: removed })}
          action={text("portalRemove")}
          run={async () => {
            await dataOf(api.DELETE("/api/v1/alert-channels/{channel}", channelPath(removed)));
            await askChannelsAgain();
          }}
          onClose={() => setRemoved(undefined)}
        >
          {text("adminChannelRemoveMeans")}
        </Confirm>
      )}
    </>
  );
};

export const AlertsSection = (): ReactElement => {
  const me = useMe();
  return (
    <>
      <Alerts />
      {hasRight(me, "manage-alerts") && <Channels />}
    </>
  );
};
