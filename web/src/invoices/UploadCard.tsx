// Microsoft's lines of invoices from the reader's own disk: sent, recognised, and imported once somebody has seen what
// they are.
import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactElement, useEffect, useState } from "react";

import type { Schemas } from "../api/client";
import { askAgain, jobQuery } from "../api/queries";
import { FlowProblems } from "../connections/FlowProblems";
import { countText, monthText, sizeText } from "../format/format";
import { type PluralKey, useTexts } from "../i18n/texts";
import { JobNote } from "../shell/Job";
import { DropZone } from "../ui/DropZone";
import { Icon } from "../ui/icons";
import { ChoiceMenu, ProblemNote } from "../ui/parts";
import { forgetFile, importLines, sendFile, type Upload } from "./queries";

interface Sent {
  name: string;
  upload?: Upload;
  error?: unknown;
}

const hasLines = (sent: Sent): sent is Sent & { upload: Upload } =>
  sent.upload?.content === "invoice-lines" && (sent.upload.invoices ?? []).length > 0;

const WhatItIs = ({ sent }: { sent: Sent }): ReactElement => {
  const { text, plural, language } = useTexts();
  if (sent.error !== undefined) return <ProblemNote error={sent.error} />;
  const { upload } = sent;
  if (upload === undefined) return <span className="dim">{text("invoicesSending")}</span>;
  if (upload.content !== "invoice-lines") return <span className="bad">{text("invoicesNoLinesFile")}</span>;
  const invoices = upload.invoices ?? [];
  if (invoices.length === 0) return <span className="bad">{text("invoicesUnbilledFile")}</span>;
  const kind = upload.datasets?.[0] === "DailyRatedUsage" ? "invoicesDailyUsage" : "invoicesReconciliation";
  return (
    <span>
      {text(kind)} · {invoices.join(", ")} · {plural("invoicesLineCount", upload.rows ?? 0)} ·{" "}
      {(upload.months ?? []).map((month) => monthText(month, language, "short")).join(", ")}
      {(upload.rejected ?? 0) > 0 && <b className="bad"> · {plural("invoicesRejected", upload.rejected ?? 0)}</b>}
    </span>
  );
};

/** What an import of lines came to. */
export const Outcome = ({ job, imported }: { job: number; imported: PluralKey }): ReactElement | null => {
  const { text, plural } = useTexts();
  const asked = useQuery(jobQuery(job));
  const isDone = asked.data?.state === "done";
  useEffect(() => {
    if (isDone) void askAgain();
  }, [isDone]);
  if (asked.data?.state !== "done" || asked.data.result === undefined) return <JobNote job={job} />;
  const flow = asked.data.result as Schemas["Flow"];
  const runs = flow.imports.flatMap((imported) => imported.runs).length;
  return (
    <>
      <div className="note" role="status">
        <Icon name="check" />
        {runs > 0 ? plural(imported, runs) : text("invoicesNothingNew")}
      </div>
      <FlowProblems flow={flow} />
    </>
  );
};

export const UploadCard = ({
  connections,
  onClose,
}: {
  connections: readonly string[];
  /** Unset where there is nothing else to look at. */
  onClose: (() => void) | undefined;
}): ReactElement => {
  const { text, plural, language } = useTexts();
  const [files, setFiles] = useState<readonly Sent[]>([]);
  const [connection, setConnection] = useState<string>();
  const into = connection ?? connections[0];
  const ready = files.filter(hasLines);
  const isSending = files.some((one) => one.upload === undefined && one.error === undefined);
  const begins = useMutation({
    mutationFn: ({ into: name, uploads }: { into: string; uploads: readonly Upload[] }) => importLines(name, uploads),
    onSuccess: () => setFiles([]),
  });
  // One after the other: the service takes a few at a time.
  const send = async (chosen: readonly File[]): Promise<void> => {
    const fresh: Sent[] = chosen.map((file) => ({ name: file.name }));
    begins.reset();
    setFiles((now) => [...now, ...fresh]);
    for (const [at, file] of chosen.entries()) {
      const before = fresh[at];
      const after = await sendFile(file).then(
        (upload): Sent => ({ name: file.name, upload }),
        (error: unknown): Sent => ({ name: file.name, error }),
      );
      setFiles((now) => now.map((one) => (one === before ? after : one)));
    }
  };
  const remove = (sent: Sent): void => {
    setFiles((now) => now.filter((one) => one !== sent));
    if (sent.upload !== undefined) void forgetFile(sent.upload).catch(() => undefined); // it ends by itself
  };
  return (
    <section className="card upload" aria-label={text("invoicesAddLines")}>
      <header>
        <h2>{text("invoicesAddLines")}</h2>
        <span className="grow" />
        {onClose !== undefined && (
          <button type="button" className="control icon bare" aria-label={text("close")} onClick={onClose}>
            <Icon name="cross" />
          </button>
        )}
      </header>
      <ol className="steps">
        <li>{text("invoicesStepOpen")}</li>
        <li>{text("invoicesStepDownload")}</li>
        <li>{text("invoicesStepDrop")}</li>
      </ol>
      <DropZone onFiles={(chosen) => void send(chosen)} />
      {files.length > 0 && (
        <ul className="sent" aria-label={text("invoicesFiles")} aria-live="polite">
          {files.map((one, position) => (
            <li key={one.upload?.id ?? `${one.name} ${position}`}>
              <Icon name={hasLines(one) ? "check" : one.upload === undefined && one.error === undefined ? "clock" : "warning"} />
              <span className="grow">
                <b>{one.name}</b>
                {one.upload !== undefined && <span className="dim"> {sizeText(one.upload.bytes, language)}</span>}
                <br />
                <WhatItIs sent={one} />
              </span>
              <button
                type="button"
                className="control icon small bare"
                aria-label={text("invoicesRemoveFile", { name: one.name })}
                onClick={() => remove(one)}
              >
                <Icon name="cross" />
              </button>
            </li>
          ))}
        </ul>
      )}
      {ready.length > 0 && (
        <footer>
          {connections.length > 1 && into !== undefined && (
            <ChoiceMenu
              label={text("connection")}
              choices={connections.map((name) => ({ value: name, label: name }))}
              chosen={into}
              onChoose={setConnection}
            />
          )}
          <button
            type="button"
            className="control primary"
            disabled={isSending || begins.isPending || into === undefined}
            onClick={() => into !== undefined && begins.mutate({ into, uploads: ready.map((one) => one.upload) })}
          >
            {plural("invoicesImportFiles", ready.length)}
          </button>
          <span className="dim">
            {text("invoicesImportSays", {
              count: countText(
                ready.reduce((lines, one) => lines + (one.upload.rows ?? 0), 0),
                language,
              ),
              connection: into ?? "",
            })}
          </span>
        </footer>
      )}
      {begins.isError && <ProblemNote error={begins.error} />}
      {begins.data !== undefined && <Outcome key={begins.data.job} job={begins.data.job} imported="invoicesImported" />}
    </section>
  );
};
