// The customers of the first day: from the partner's list in Azure, or from a file.
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useRef, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { useWork } from "../connections/queries";
import { WorkNote } from "../connections/WorkNote";
import { csvOf } from "../costs/Downloads";
import { countText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { ProblemNote } from "../ui/parts";

type Customer = Schemas["Customer"];

const FILE_COLUMNS = ["id", "name", "external_id", "tenant_ids", "sees"] as const;

/** The file that adds customers, as the service reads it. */
export const customerFile = (customers: readonly Customer[]): string =>
  csvOf({
    columns: FILE_COLUMNS.map((name) => ({ name, kind: "text" as const })),
    rows: customers.map((customer) => ({
      id: customer.id,
      name: customer.name,
      external_id: customer.external_id,
      tenant_ids: customer.tenant_ids.join(";"),
      sees: customer.sees,
    })),
  });

const Proposed = ({
  proposed,
  isBusy,
  onAdd,
}: {
  proposed: readonly Customer[];
  isBusy: boolean;
  onAdd: (customers: readonly Customer[]) => void;
}): ReactElement => {
  const { text, plural } = useTexts();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const chosen = proposed.filter((customer) => !left.has(customer.id));
  const toggle = (id: string): void =>
    setLeft((now) => {
      const next = new Set(now);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <>
      <ul className="proposed" aria-label={text("firstDayCustomersProposed")}>
        {proposed.map((customer) => (
          <li key={customer.id}>
            <label className="check">
              <input type="checkbox" checked={!left.has(customer.id)} onChange={() => toggle(customer.id)} />
              <bdi className="grow">{customer.name}</bdi>
              <span className="mono dim large-only">{customer.id}</span>
            </label>
          </li>
        ))}
      </ul>
      <div className="row in-card">
        <button
          type="button"
          className="control primary"
          disabled={isBusy || chosen.length === 0}
          onClick={() => onAdd(chosen)}
        >
          {plural("firstDayCustomersAdd", chosen.length)}
        </button>
        {left.size > 0 && (
          <button type="button" className="control quiet" onClick={() => setLeft(new Set())}>
            {text("firstDayChooseAll")}
          </button>
        )}
      </div>
    </>
  );
};

const BYTES_MAX = 4_194_304;

const FromFile = ({
  isBusy,
  onImport,
}: {
  isBusy: boolean;
  onImport: (upload: string) => void;
}): ReactElement => {
  const { text, plural } = useTexts();
  const input = useRef<HTMLInputElement>(null);
  const upload = useMutation({
    mutationFn: (file: File) =>
      dataOf(
        api.POST("/api/v1/uploads", {
          params: { query: { name: file.name } },
          body: file as unknown as string,
          bodySerializer: (body) => body,
          headers: { "Content-Type": "application/octet-stream" },
        }),
      ),
  });
  const sent = upload.data;
  const isOfCustomers = sent?.content === "customers";
  return (
    <>
      <button type="button" className="control" disabled={upload.isPending} onClick={() => input.current?.click()}>
        {text(upload.isPending ? "firstDayFileSending" : "firstDayFileChoose")}
      </button>
      <input
        ref={input}
        type="file"
        accept=".csv,text/csv"
        className="hidden-text"
        tabIndex={-1}
        aria-label={text("firstDayFileChoose")}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file !== undefined) upload.mutate(file);
          event.target.value = "";
        }}
      />
      {upload.isError && <ProblemNote error={upload.error} />}
      {sent !== undefined && !isOfCustomers && (
        <div className="note bad" role="alert">
          <Icon name="warning" />
          <span>{text("firstDayFileNotCustomers", { name: sent.name })}</span>
        </div>
      )}
      {sent !== undefined && isOfCustomers && (sent.faults ?? []).length > 0 && (
        <div className="note bad" role="alert">
          <Icon name="warning" />
          <div>
            <b>{text("firstDayFileFaults", { name: sent.name })}</b>
            <ul>
              {sent.faults?.map((fault) => (
                <li key={`${fault.where} ${fault.what}`}>
                  {fault.where} {fault.what}
                  {fault.why !== undefined && `: ${fault.why}`}
                </li>
              ))}
            </ul>
          </div>
        </div>
      )}
      {sent !== undefined && isOfCustomers && (sent.faults ?? []).length === 0 && sent.bytes <= BYTES_MAX && (
        <button type="button" className="control primary" disabled={isBusy} onClick={() => onImport(sent.id)}>
          {plural("firstDayCustomersAdd", sent.rows ?? 0)}
        </button>
      )}
    </>
  );
};

export const CustomersCard = ({
  connection,
  canDiscover,
  without,
  customers,
}: {
  connection: string;
  canDiscover: boolean;
  without: readonly string[];
  customers: number;
}): ReactElement => {
  const { text, plural, language } = useTexts();
  const discover = useWork<Schemas["CustomerDiscovery"]>({ kind: "customer-discover", subject: connection }, () =>
    dataOf(api.POST("/api/v1/customers/discover", { body: { connection } })),
  );
  const add = useWork<Schemas["ImportedCustomers"], { file: string } | { upload: string }>(
    { kind: "customer-import", subject: "" },
    (from) =>
      dataOf(
        "file" in from
          ? api.POST("/api/v1/customers/import", {
              params: { query: {} },
              body: from.file,
              bodySerializer: (body) => body,
              headers: { "Content-Type": "text/csv" },
            })
          : api.POST("/api/v1/customers/import", { params: { query: { upload: from.upload } } }),
      ),
  );
  // What was proposed before customers were added is asked for anew.
  const isCurrent = (discover.job?.job ?? 0) > (add.job?.job ?? 0);
  const proposed = isCurrent ? (discover.result?.proposed ?? []) : [];
  const isBusy = add.isRunning;
  return (
    <>
      <div className="in-card stack">
        <p className="sub">
          {customers === 0 ? text("firstDayCustomersNone") : plural("firstDayCustomersThere", customers)}
          {without.length > 0 && ` ${text("firstDayCustomersWithout", { names: without.slice(0, 4).join(", ") })}`}
          {without.length > 4 && ` ${plural("andMore", without.length - 4)}`}
        </p>
        <div className="row wrap">
          {canDiscover && (
            <button
              type="button"
              className={customers === 0 && proposed.length === 0 ? "control primary" : "control"}
              disabled={discover.isRunning}
              onClick={() => discover.start()}
            >
              {text("firstDayCustomersDiscover")}
            </button>
          )}
          <FromFile isBusy={isBusy} onImport={(upload) => add.start({ upload })} />
          {without.length > 0 && (
            <Link to="/customers" className="control">
              {plural("firstDayAssignTenants", without.length)}
            </Link>
          )}
        </div>
      </div>
      <WorkNote work={discover} label={text("firstDayCustomersDiscover")} />
      <WorkNote work={add} label={text("firstDayCustomersAdding")} />
      {isCurrent &&
        discover.result?.not_asked.map((failure) => (
          <div key={`${failure.id} ${failure.where ?? ""}`} className="note warn">
            <Icon name="warning" />
            <div>
              <b>{failure.what}</b>
              {failure.why !== undefined && <p>{failure.why}</p>}
            </div>
          </div>
        ))}
      {proposed.length > 0 && (
        <Proposed
          key={discover.job?.job}
          proposed={proposed}
          isBusy={isBusy}
          onAdd={(chosen) => add.start({ file: customerFile(chosen) })}
        />
      )}
      {isCurrent && discover.result !== undefined && proposed.length === 0 && (
        <p className="in-card sub">{plural("firstDayCustomersAllKnown", discover.result.known)}</p>
      )}
      {add.result !== undefined && !isCurrent && (
        <p className="in-card good-line">
          <Icon name="check" />
          {text("firstDayCustomersAdded", {
            added: countText(add.result.added, language),
            changed: countText(add.result.changed, language),
            same: countText(add.result.same, language),
          })}
        </p>
      )}
    </>
  );
};
