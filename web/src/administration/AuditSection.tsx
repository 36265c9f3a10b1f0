// What was done, when and by whom; whether the log is as it was written; and the log as a file.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { customersQuery } from "../api/queries";
import { countText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { AuditTable } from "../people/AuditTable";
import { type AuditEntry, auditQuery } from "../people/queries";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { CopyButton, Pill, ProblemNote } from "../ui/parts";
import { Loading, Part } from "./parts";
import { verificationQuery } from "./queries";
import { useAdministration } from "./search";

const HASH = "[0-9a-f]{64}";

const Verification = (): ReactElement => {
  const { text, plural, language } = useTexts();
  const [typed, setTyped] = useState("");
  const [head, setHead] = useState("");
  const asked = useQuery(verificationQuery(head));
  const verdict = asked.data;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (typed.trim() === head) void asked.refetch();
    else setHead(typed.trim());
  };
  return (
    <Part title={text("adminVerification")} about={text("adminVerificationAbout")}>
      <div className="in-card stack">
        {asked.isError && <ProblemNote error={asked.error} onRetry={() => void asked.refetch()} />}
        {asked.isPending && <span className="skeleton" />}
        {verdict !== undefined && (
          <div className={asked.isFetching ? "row wrap stale" : "row wrap"} role="status">
            <Pill tone={verdict.holds ? "good" : "bad"} icon={verdict.holds ? "check" : "exclamation"}>
              {text(verdict.holds ? "holds" : "broken")}
            </Pill>
            <span>
              {verdict.broken_at === undefined
                ? plural("adminEntries", verdict.entries)
                : text("adminBrokenAt", { number: countText(verdict.broken_at, language) })}
            </span>
            {verdict.missing !== undefined && <span className="bad">{verdict.missing}</span>}
            <span className="mono dim hash" title={verdict.head}>
              {verdict.head}
            </span>
            <CopyButton content={() => verdict.head} label={text("adminCopyHead")} />
          </div>
        )}
        <form className="row wrap" onSubmit={submit}>
          <input
            className="field mono hash-field"
            aria-label={text("adminKeptHash")}
            placeholder={text("adminKeptHash")}
            pattern={HASH}
            title={text("adminKeptHashMeans")}
            spellCheck={false}
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.target.value.trim().toLowerCase())}
          />
          <button type="submit" className="control" disabled={asked.isFetching}>
            <Icon name="shield" />
            {text("adminVerify")}
          </button>
        </form>
      </div>
    </Part>
  );
};

const Export = (): ReactElement => {
  const { text } = useTexts();
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const asked = new URLSearchParams(Object.entries({ from, to }).filter(([, day]) => day !== ""));
  const days = (
    [
      ["adminFirstDay", from, setFrom],
      ["adminLastDay", to, setTo],
    ] as const
  ).map(([label, day, setDay]) => (
    <label key={label} className="pair">
      <span className="label">{text(label)}</span>
      <input className="field day" type="date" value={day} onChange={(event) => setDay(event.target.value)} />
    </label>
  ));
  return (
    <div className="row wrap">
      <span className="label">{text("adminExport")}</span>
      {days}
      <a className="control" href={`/api/v1/audit/export${asked.size === 0 ? "" : `?${asked}`}`} download="audit.jsonl">
        <Icon name="download" />
        {text("adminJsonLines")}
      </a>
    </div>
  );
};

export const AuditSection = (): ReactElement => {
  const me = useMe();
  const { text, plural } = useTexts();
  const { search, change } = useAdministration();
  const audit = useInfiniteQuery(auditQuery);
  const readsCustomers = hasRight(me, "read-customers");
  const customers = useQuery({ ...customersQuery, enabled: readsCustomers });
  const names = new Map((customers.data ?? []).map((customer) => [customer.id, customer.name]));
  const customerOf = (entry: AuditEntry): string => names.get(entry.customer ?? "") ?? entry.customer ?? "";
  const loaded = audit.data?.pages.flatMap((page) => page.items);
  const words = (search.word ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const shown = loaded?.filter((entry) => {
    const told = `${entry.at} ${entry.actor} ${entry.what} ${entry.detail} ${entry.address ?? ""} ${entry.customer ?? ""} ${customerOf(entry)}`;
    return words.every((word) => told.toLowerCase().includes(word));
  });
  return (
    <>
      <Verification />
      {audit.isError && <ProblemNote error={audit.error} onRetry={() => void audit.refetch()} />}
      <Part
        title={text("portalAudit")}
        deeds={
          <>
            <span className="grow" />
            <Export />
          </>
        }
      >
        <div className="in-card row wrap">
          <input
            className="field audit-find"
            type="search"
            aria-label={text("adminFindEntry")}
            placeholder={text("adminFindEntryHint")}
            value={search.word ?? ""}
            onChange={(event) => change({ word: event.target.value || undefined }, true)}
          />
          <span className="sub" role="status">
            {loaded === undefined || shown === undefined
              ? ""
              : words.length === 0
                ? plural("adminNewestEntries", loaded.length)
                : plural("adminFoundEntries", shown.length, { of: loaded.length })}
          </span>
        </div>
        {audit.isPending && <Loading rows={10} columns={5} />}
        {shown?.length === 0 && <p className="dim in-card">{text("nothingFound")}</p>}
        {shown !== undefined && shown.length > 0 && (
          <table className="audit">
            <AuditTable entries={shown} customerOf={customerOf} />
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
            <span className="sub">{text("adminOlderToo")}</span>
          </footer>
        )}
      </Part>
    </>
  );
};
