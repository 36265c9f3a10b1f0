// One difference: what both sides say, where Microsoft's line stands, and where the charge comes from.
import type { ReactElement } from "react";

import { Origin } from "../costs/Origin";
import { dayText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Beside } from "../ui/Beside";
import { CopyButton, ProblemNote } from "../ui/parts";
import { BothSides } from "../ui/Sides";
import { idOf, PlaceName, questionOf } from "./Differences";
import { CLASS_TEXTS } from "./invoices";
import { type Invoice, type InvoiceScope, useDifferences } from "./queries";
import type { Class, InvoicesSearch } from "./search";

export const DifferencePanel = ({
  invoice,
  scope,
  class: name,
  search,
  names,
  onClose,
}: {
  invoice: Invoice;
  scope: InvoiceScope;
  class: Class;
  search: InvoicesSearch;
  names: ReadonlyMap<string, string>;
  onClose: () => void;
}): ReactElement => {
  const { text, language } = useTexts();
  const found = useDifferences(questionOf(scope, invoice, name, search));
  const row = found.data?.pages.flatMap((page) => page.rows).find((one) => idOf(one) === search.open);
  return (
    <Beside
      title={text(CLASS_TEXTS[name].name)}
      about={`${invoice.invoice} ${invoice.currency}`}
      onClose={onClose}
      footer={
        row?.FirstRow !== undefined && (
          <footer>
            <span className="mono dim grow cut">apportion explain {row.FirstRow}</span>
            <CopyButton
              content={() => `apportion explain ${row.FirstRow}`}
              label={text("copyCommand")}
              icon="terminal"
            />
          </footer>
        )
      }
    >
      {found.isError && <ProblemNote error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && <span className="skeleton" role="status" aria-label={text("loading")} />}
      {found.isSuccess && row === undefined && <p className="dim">{text("invoicesNotThere")}</p>}
      {row !== undefined && (
        <>
          <BothSides
            sides={[
              { label: text("charges"), amount: row.Charges },
              { label: text("invoicesLines"), amount: row.Lines },
            ]}
            reason={name}
            difference={row.Difference}
            bound={row.Bound}
            currency={invoice.currency}
          />
          <p>
            {text(CLASS_TEXTS[name].why)} <b>{text(CLASS_TEXTS[name].next)}</b>
          </p>
          <dl className="facts flush">
            <dt>{text("customer")}</dt>
            <dd>
              <PlaceName place="CustomerTenantId" row={row} names={names} />
            </dd>
            <dt>{text("invoicesSubscription")}</dt>
            <dd>
              <PlaceName place="Subscription" row={row} names={names} />
            </dd>
            <dt>{text("invoicesProduct")}</dt>
            <dd>
              <PlaceName place="Product" row={row} names={names} />
            </dd>
            {row.Day !== undefined && (
              <>
                <dt>{text("day")}</dt>
                <dd>{dayText(row.Day, language)}</dd>
              </>
            )}
            {row.MeterId !== undefined && (
              <>
                <dt>{text("invoicesMeter")}</dt>
                <dd className="mono">{row.MeterId}</dd>
              </>
            )}
            {row.ResourceId !== undefined && (
              <>
                <dt>{text("resource")}</dt>
                <dd className="mono">{row.ResourceId}</dd>
              </>
            )}
            {row.OtherInvoice !== undefined && (
              <>
                <dt>{text("invoicesOther")}</dt>
                <dd>{row.OtherInvoice}</dd>
              </>
            )}
            <dt>{text("invoicesRowsOnBothSides")}</dt>
            <dd>
              {text("charges")}: {row.ChargeRows} · {text("invoicesLines")}: {row.LineRows}
            </dd>
            {row.FirstLine !== undefined && (
              <>
                <dt>{text("invoicesFirstLine")}</dt>
                <dd className="mono">{row.FirstLine}</dd>
              </>
            )}
          </dl>
          {row.FirstRow === undefined ? (
            <p className="dim">{text("invoicesNoCharge")}</p>
          ) : (
            <Origin row={row.FirstRow} metric="BilledCost" currency={invoice.currency} />
          )}
        </>
      )}
    </Beside>
  );
};
