// One difference: what both sides say, where the legacy's line stands, and where the charge comes from.
import type { ReactElement } from "react";

import { Origin } from "../costs/Origin";
import { monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Beside } from "../ui/Beside";
import { CopyButton, ProblemNote } from "../ui/parts";
import { BothSides } from "../ui/Sides";
import { idOf, PlaceName, questionOf } from "./CustomerCard";
import { REASON_TEXTS } from "./migration";
import { type MigrationScope, useAmounts } from "./queries";
import type { MigrationClass, MigrationSearch } from "./search";

export const AmountPanel = ({
  scope,
  search,
  onClose,
}: {
  scope: MigrationScope;
  search: MigrationSearch;
  onClose: () => void;
}): ReactElement => {
  const { text, language } = useTexts();
  const found = useAmounts(questionOf(scope, search));
  const row = found.data?.pages.flatMap((page) => page.rows).find((one) => idOf(one) === search.open);
  const reason = row === undefined ? undefined : REASON_TEXTS[row.Class as MigrationClass];
  const currency = row?.BillingCurrency ?? "";
  return (
    <Beside
      title={reason === undefined ? text("details") : text(reason.name)}
      {...(row?.Month === undefined ? {} : { about: `${monthText(row.Month, language)} · ${currency}` })}
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
      {row !== undefined && reason !== undefined && (
        <>
          <BothSides
            sides={[
              { label: text("migrationBefore"), amount: row.Before },
              { label: text("migrationNow"), amount: row.Now },
            ]}
            reason={row.Class}
            difference={row.Difference}
            bound={row.Bound}
            currency={currency}
          />
          <p>
            {text(reason.why)} <b>{text(reason.next)}</b>
          </p>
          <dl className="facts flush">
            <dt>{text("migrationSubscription")}</dt>
            <dd>
              <PlaceName place="Subscription" value={row.Subscription} />
            </dd>
            <dt>{text("invoicesProduct")}</dt>
            <dd>
              <PlaceName place="Product" value={row.Product} />
            </dd>
            {row.OtherCustomer !== undefined && (
              <>
                <dt>{text("migrationOtherCustomer")}</dt>
                <dd>
                  <bdi>{row.OtherCustomer}</bdi>
                </dd>
              </>
            )}
            <dt>{text("invoicesRowsOnBothSides")}</dt>
            <dd>
              {text("migrationBefore")}: {row.LineRows} · {text("migrationNow")}: {row.ChargeRows}
            </dd>
            {row.FirstLine !== undefined && (
              <>
                <dt>{text("migrationFirstLine")}</dt>
                <dd className="mono">{row.FirstLine}</dd>
              </>
            )}
          </dl>
          {row.FirstRow === undefined ? (
            <p className="dim">{text("invoicesNoCharge")}</p>
          ) : (
            <Origin row={row.FirstRow} metric="BilledCost" currency={currency} />
          )}
        </>
      )}
    </Beside>
  );
};
