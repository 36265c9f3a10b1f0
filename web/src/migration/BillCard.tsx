// What the legacy billed, from the reader's own disk: sent, its columns said, and imported once each line fits.
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";

import { Outcome } from "../invoices/UploadCard";
import { forgetFile, sendFile, type Upload } from "../invoices/queries";
import { TextField } from "../connections/TextField";
import { type TextKey, useTexts } from "../i18n/texts";
import { DropZone } from "../ui/DropZone";
import { Icon } from "../ui/icons";
import { ChoiceMenu, ProblemNote } from "../ui/parts";
import { type BillForm, columnsOf, EMPTY_BILL, type Field, FIELDS, formFor, isComplete } from "./bill";
import { importBill } from "./queries";

const FIELD_TEXTS: Record<Field, TextKey> = {
  customer: "customer",
  customer_tenant: "migrationTenant",
  month: "month",
  currency: "currency",
  cost: "migrationCost",
  subscription: "migrationSubscription",
  product: "invoicesProduct",
};
const NEEDED: readonly Field[] = ["customer", "month", "currency", "cost"];

interface Sent {
  name: string;
  upload?: Upload;
  error?: unknown;
}

const Choose = <Value extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: Value;
  choices: readonly (readonly [Value, string])[];
  onChange: (value: Value) => void;
}): ReactElement => (
  <label>
    {label}
    <select
      className="field"
      value={value}
      onChange={(event) => onChange(choices.find(([one]) => one === event.target.value)?.[0] ?? value)}
    >
      {choices.map(([one, name]) => (
        <option key={one} value={one}>
          {name}
        </option>
      ))}
    </select>
  </label>
);

const Columns = ({
  names,
  form,
  onChange,
}: {
  names: readonly string[];
  form: BillForm;
  onChange: (form: BillForm) => void;
}): ReactElement => {
  const { text } = useTexts();
  const set = (change: Partial<BillForm>): void => onChange({ ...form, ...change });
  const choose = (field: Field, column: string): void => {
    const { [field]: _, ...others } = form.columns;
    set({ columns: column === "" ? others : { ...others, [field]: column } });
  };
  return (
    <div className="fields bill-columns">
      {FIELDS.map((field) => (
        <Choose
          key={field}
          label={text(FIELD_TEXTS[field])}
          value={form.columns[field] ?? ""}
          choices={[["", text(NEEDED.includes(field) ? "migrationChooseColumn" : "migrationNoColumn")], ...names.map((name) => [name, name] as const)]}
          onChange={(column) => choose(field, column)}
        />
      ))}
      {form.columns.currency === undefined && (
        <TextField
          label={text("migrationCurrencyIs")}
          hint={text("invoicesCurrencyHint")}
          value={form.currencyIs}
          onChange={(currencyIs) => set({ currencyIs: currencyIs.toUpperCase() })}
        />
      )}
      {form.columns.month === undefined && (
        <TextField
          label={text("migrationMonthIs")}
          hint={text("migrationMonthHint")}
          value={form.monthIs}
          onChange={(monthIs) => set({ monthIs })}
        />
      )}
      {form.columns.subscription !== undefined && (
        <Choose
          label={text("migrationSubscriptionIs")}
          value={form.subscriptionIs}
          choices={[
            ["subscription", text("migrationIsId")],
            ["subscription_name", text("migrationIsName")],
          ]}
          onChange={(subscriptionIs) => set({ subscriptionIs })}
        />
      )}
      {form.columns.product !== undefined && (
        <Choose
          label={text("migrationProductIs")}
          value={form.productIs}
          choices={[
            ["product", text("migrationIsProductId")],
            ["product_name", text("migrationIsName")],
            ["service", text("migrationIsService")],
          ]}
          onChange={(productIs) => set({ productIs })}
        />
      )}
      <Choose
        label={text("migrationDecimalMark")}
        value={form.decimalMark}
        choices={[
          ["point", "1234.5"],
          ["comma", "1234,5"],
        ]}
        onChange={(decimalMark) => set({ decimalMark })}
      />
      <Choose
        label={text("migrationThousandsMark")}
        value={form.thousandsMark}
        choices={[
          ["none", "1234"],
          ["comma", "1,234"],
          ["point", "1.234"],
          ["space", "1 234"],
          ["apostrophe", "1'234"],
        ]}
        onChange={(thousandsMark) => set({ thousandsMark })}
      />
      <Choose
        label={text("migrationDecimals")}
        value={form.decimals}
        choices={[["", text("migrationNotRounded")], ...["0", "1", "2", "3", "4", "5", "6"].map((one) => [one, one] as const)]}
        onChange={(decimals) => set({ decimals })}
      />
      {form.decimals !== "" && (
        <Choose
          label={text("migrationRounding")}
          value={form.rounding}
          choices={[
            ["nearest", text("migrationToNearest")],
            ["down", text("migrationCutOff")],
          ]}
          onChange={(rounding) => set({ rounding })}
        />
      )}
    </div>
  );
};

const hasColumns = (sent: Sent, columns: readonly string[]): boolean => {
  const own = sent.upload?.columns ?? [];
  return own.length === columns.length && own.every((name, position) => name === columns[position]);
};

export const BillCard = ({
  connections,
  onClose,
}: {
  connections: readonly string[];
  /** Unset where there is nothing else to look at. */
  onClose: (() => void) | undefined;
}): ReactElement => {
  const { text, plural } = useTexts();
  const [files, setFiles] = useState<readonly Sent[]>([]);
  const [form, setForm] = useState(EMPTY_BILL);
  const [connection, setConnection] = useState<string>();
  const [jobs, setJobs] = useState<readonly number[]>([]);
  const into = connection ?? connections[0];
  const columns = files.find((one) => one.upload !== undefined)?.upload?.columns ?? [];
  const ready = files.filter((one) => hasColumns(one, columns));
  const isSending = files.some((one) => one.upload === undefined && one.error === undefined);
  // One after the other, so that what is wrong with one of them is told with its name.
  const imports = useMutation({
    mutationFn: async (name: string) => {
      for (const { upload } of ready) {
        if (upload === undefined) continue;
        const { job } = await importBill({
          connection: name,
          upload: upload.id,
          columns: columnsOf(form),
          ...(form.columns.month === undefined ? { month: form.monthIs } : {}),
        });
        setJobs((now) => [...now, job]);
        setFiles((now) => now.filter((one) => one.upload !== upload));
      }
    },
  });
  const send = async (chosen: readonly File[]): Promise<void> => {
    const fresh: Sent[] = chosen.map((file) => ({ name: file.name }));
    imports.reset();
    setFiles((now) => [...now, ...fresh]);
    for (const [at, file] of chosen.entries()) {
      const before = fresh[at];
      const after = await sendFile(file, "bill").then(
        (upload): Sent => ({ name: file.name, upload }),
        (error: unknown): Sent => ({ name: file.name, error }),
      );
      setFiles((now) => now.map((one) => (one === before ? after : one)));
      if (at === 0) setForm((now) => formFor(after.upload?.columns ?? [], now));
    }
  };
  const remove = (sent: Sent): void => {
    setFiles((now) => now.filter((one) => one !== sent));
    if (sent.upload !== undefined) void forgetFile(sent.upload).catch(() => undefined); // it ends by itself
  };
  return (
    <section className="card upload" aria-label={text("migrationAddBill")}>
      <header>
        <h2>{text("migrationAddBill")}</h2>
        <span className="grow" />
        {onClose !== undefined && (
          <button type="button" className="control icon bare" aria-label={text("close")} onClick={onClose}>
            <Icon name="cross" />
          </button>
        )}
      </header>
      <ul className="steps">
        <li>{text("migrationBringProduct")}</li>
        <li>
          {text("migrationBringMicrosoft")} <Link to="/invoices">{text("invoicesAddLines")}</Link>
        </li>
        <li>{text("migrationBringMonths")}</li>
      </ul>
      <DropZone onFiles={(chosen) => void send(chosen)} />
      {files.length > 0 && (
        <ul className="sent" aria-label={text("invoicesFiles")} aria-live="polite">
          {files.map((one, position) => (
            <li key={one.upload?.id ?? `${one.name} ${position}`}>
              <Icon name={ready.includes(one) ? "check" : one.upload === undefined && one.error === undefined ? "clock" : "warning"} />
              <span className="grow">
                <b>{one.name}</b>
                <br />
                {one.error !== undefined && <ProblemNote error={one.error} />}
                {one.error === undefined && one.upload === undefined && (
                  <span className="dim">{text("invoicesSending")}</span>
                )}
                {one.upload !== undefined &&
                  (ready.includes(one) ? (
                    <span className="dim">{plural("migrationColumnCount", columns.length)}</span>
                  ) : (
                    <span className="bad">{text("migrationOtherColumns")}</span>
                  ))}
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
        <>
          <h3>{text("migrationColumnsMean")}</h3>
          <Columns names={columns} form={form} onChange={setForm} />
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
              disabled={isSending || imports.isPending || into === undefined || !isComplete(form)}
              onClick={() => into !== undefined && imports.mutate(into)}
            >
              {plural("invoicesImportFiles", ready.length)}
            </button>
            <span className="dim">
              {text(isComplete(form) ? "migrationImportSays" : "migrationColumnsMissing")}
            </span>
          </footer>
        </>
      )}
      {imports.isError && <ProblemNote error={imports.error} />}
      {jobs.map((job) => (
        <Outcome key={job} job={job} imported="migrationImported" />
      ))}
    </section>
  );
};
