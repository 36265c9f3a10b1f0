// Mails a customer the month that is looked at; what would be sent is shown first.
import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";

import { addressesIn } from "../administration/addresses";
import { api, dataOf, type Schemas } from "../api/client";
import { type Customer, jobQuery } from "../api/queries";
import { TextField } from "../connections/TextField";
import { asSentence, readable } from "../connections/told";
import { monthText, sizeText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { ProblemNote } from "../ui/parts";

import "../connections/connections.css";

type Mail = Schemas["MonthMail"];

const MailShown = ({ mail }: { mail: Mail }): ReactElement => {
  const { text, language } = useTexts();
  const to = mail.to.join(", ");
  return (
    <div className="stack">
      {mail.sent && (
        <p className="good-line" role="status">
          <Icon name="check" />
          {text("sendSent", { to })}
        </p>
      )}
      <dl className="facts flush">
        <dt>{text("sendTo")}</dt>
        <dd>{to}</dd>
        <dt>{text("sendSubject")}</dt>
        <dd>{mail.subject}</dd>
        {mail.attachment !== undefined && (
          <>
            <dt>{text("sendFile")}</dt>
            <dd>
              {mail.attachment.name} <span className="dim">{sizeText(mail.attachment.bytes, language)}</span>
            </dd>
          </>
        )}
      </dl>
      <pre className="mail" tabIndex={0} aria-label={mail.subject}>
        {mail.body}
      </pre>
    </div>
  );
};

export const SendPart = ({ customer, month }: { customer: Customer; month: string }): ReactElement => {
  const { text, language } = useTexts();
  const [to, setTo] = useState("");
  const [attaches, setAttaches] = useState(false);
  const [incomplete, setIncomplete] = useState(false);
  const send = useMutation({
    mutationFn: (dry_run: boolean) =>
      dataOf(
        api.POST("/api/v1/customers/{customer}/sends", {
          params: { path: { customer: customer.id } },
          body: {
            month,
            ...(to.trim() === "" ? {} : { to: addressesIn(to) }),
            attach_focus: attaches,
            incomplete,
            dry_run,
          },
        }),
      ),
  });
  const followed = useQuery(jobQuery(send.data?.job));
  const job = followed.data?.job === send.data?.job ? followed.data : undefined;
  const mail = job?.state === "done" ? (job.result as Mail | undefined) : undefined;
  const isBusy = send.isPending || (send.data !== undefined && (job === undefined || job.state === "running"));
  const isPreviewed = mail !== undefined && !mail.sent && mail.month === month;
  // What was previewed is what is sent: a change begins anew.
  const changed = <Value,>(set: (value: Value) => void) => (value: Value): void => {
    send.reset();
    set(value);
  };
  const check = (label: TextKey, isSet: boolean, set: (isSet: boolean) => void): ReactElement => (
    <label className="check">
      <input type="checkbox" checked={isSet} onChange={(event) => changed(set)(event.target.checked)} />
      {text(label)}
    </label>
  );
  return (
    <>
      <div className="part">
        <h3>{text("sendTitle")}</h3>
        <span className="dim">{text("sendAbout")}</span>
      </div>
      <form
        className="connection-form"
        onSubmit={(event) => {
          event.preventDefault();
          send.mutate(!isPreviewed);
        }}
      >
        <TextField label={text("sendTo")} hint={text("sendToHint")} value={to} onChange={changed(setTo)} />
        <div>
          {check("sendAttach", attaches, setAttaches)}
          {check("sendIncomplete", incomplete, setIncomplete)}
        </div>
        {send.isError && <ProblemNote error={send.error} />}
        {followed.isError && <ProblemNote error={followed.error} onRetry={() => void followed.refetch()} />}
        {job !== undefined && job.state !== "running" && job.state !== "done" && (
          <div className="note bad" role="alert">
            <Icon name="warning" />
            <span>{asSentence(readable(job.error?.message ?? text("jobStopped"), language))}</span>
          </div>
        )}
        {mail !== undefined && <MailShown mail={mail} />}
        <div className="row">
          <button type="submit" className={isPreviewed ? "control primary" : "control"} disabled={isBusy}>
            {isPreviewed ? text("sendNow", { month: monthText(month, language) }) : text("sendPreview")}
          </button>
        </div>
      </form>
    </>
  );
};
