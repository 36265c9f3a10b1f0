// The total of an invoice of which there is only the PDF.
import { Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useId, useState } from "react";

import { askAgain } from "../api/queries";
import { useTexts } from "../i18n/texts";
import { FormButtons, ProblemNote } from "../ui/parts";
import { plainAmount } from "./amounts";
import { enterTotal, type Invoice } from "./queries";

const Field = ({
  label,
  hint,
  value,
  fault,
  onChange,
  ...input
}: {
  label: string;
  hint: string;
  value: string;
  fault?: string | undefined;
  onChange: (value: string) => void;
  inputMode?: "decimal";
  maxLength: number;
  placeholder?: string;
  pattern?: string;
  type?: "month";
}): ReactElement => {
  const id = useId();
  return (
    <label className="asked">
      <span>{label}</span>
      <input
        className="field"
        required
        autoComplete="off"
        spellCheck={false}
        aria-describedby={id}
        aria-invalid={fault !== undefined}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        {...input}
      />
      <small id={id} className={fault === undefined ? undefined : "bad"}>
        {fault ?? hint}
      </small>
    </label>
  );
};

export const TotalDialog = ({
  month,
  invoice,
  onClose,
}: {
  month: string;
  /** What is looked at: its number is the likely one, if it has no total yet. */
  invoice: Invoice | undefined;
  onClose: () => void;
}): ReactElement => {
  const { text, language } = useTexts();
  const known = invoice?.total === undefined ? invoice : undefined;
  const [number, setNumber] = useState(known?.invoice ?? "");
  const [ofMonth, setOfMonth] = useState(known?.month ?? month);
  const [currency, setCurrency] = useState(known?.currency ?? "");
  const [total, setTotal] = useState("");
  const [isTried, setTried] = useState(false);
  const amount = plainAmount(total, language);
  const enters = useMutation({
    mutationFn: enterTotal,
    onSuccess: async () => {
      await askAgain();
      onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (amount === undefined) return;
    enters.mutate({ invoice: number.trim(), month: ofMonth, currency: currency.trim().toUpperCase(), total: amount });
  };
  return (
    <Dialog open onOpenChange={(_, change) => !change.open && onClose()}>
      <DialogSurface aria-describedby={undefined}>
        <DialogBody>
          <DialogTitle>{text("invoicesEnterTotal")}</DialogTitle>
          <DialogContent>
            <form className="stack total-of-invoice" onSubmit={submit}>
              <p>{text("invoicesEnterTotalWhy")}</p>
              <Field
                label={text("invoicesNumber")}
                hint={text("invoicesNumberHint")}
                value={number}
                onChange={setNumber}
                maxLength={64}
                pattern="\s*[A-Za-z0-9\-]+\s*"
              />
              <Field
                label={text("month")}
                hint={text("invoicesMonthHint")}
                value={ofMonth}
                onChange={setOfMonth}
                maxLength={7}
                type="month"
              />
              <div className="row wrap">
                <Field
                  label={text("invoicesTotalBeforeTax")}
                  hint={text("invoicesTotalHint")}
                  fault={isTried && amount === undefined ? text("invoicesTotalFault") : undefined}
                  value={total}
                  onChange={setTotal}
                  maxLength={40}
                  inputMode="decimal"
                  placeholder={language === "de" ? "41.404,42" : "41,404.42"}
                />
                <Field
                  label={text("currency")}
                  hint={text("invoicesCurrencyHint")}
                  value={currency}
                  onChange={setCurrency}
                  maxLength={3}
                  pattern="[A-Za-z]{3}"
                />
              </div>
              {enters.isError && <ProblemNote error={enters.error} />}
              <FormButtons action={text("invoicesEnter")} isDisabled={enters.isPending} onCancel={onClose} />
            </form>
          </DialogContent>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
};
