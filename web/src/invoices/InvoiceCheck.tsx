// Whether Microsoft's invoices of a month tie, in a word, for other screens.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

import { useTexts } from "../i18n/texts";
import { outcomeOf } from "./invoices";
import { invoicesQuery } from "./queries";

export interface InvoiceCheck {
  isGood: boolean;
  told: ReactElement;
}

/** Nothing while it is not known, or where there is no invoice. Of all connections: an invoice may be of several. */
export const useInvoiceCheck = (month: string, isAsked: boolean): InvoiceCheck | undefined => {
  const { plural } = useTexts();
  const list = useQuery({ ...invoicesQuery({ month }), enabled: isAsked });
  const invoices = list.data?.invoices ?? [];
  if (invoices.length === 0) return undefined;
  const { ties, differs, notCompared } = outcomeOf(invoices);
  const words = [
    ...(differs > 0 ? [plural("homeInvoicesDiffer", differs)] : []),
    ...(notCompared > 0 ? [plural("homeInvoicesNotCompared", notCompared)] : []),
    ...(differs + notCompared === 0 ? [plural("homeInvoicesTie", ties)] : []),
  ];
  return {
    isGood: differs + notCompared === 0,
    told: (
      <Link to="/invoices" search={{ month } as never}>
        {words.join("; ")}
      </Link>
    ),
  };
};
