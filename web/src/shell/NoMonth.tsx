// A screen of a month, while there is none to look at.
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactElement } from "react";

import { useTexts } from "../i18n/texts";
import { Empty, ProblemNote, ScreenTitle, SkeletonRows } from "../ui/parts";

/** `months`: what asks for them; while it does, there are as many rows and columns as the screen will have. */
export const NoMonth = ({
  title,
  label,
  months,
  rows,
  columns,
}: {
  title: string;
  label: string;
  months: UseQueryResult;
  rows: number;
  columns: number;
}): ReactElement => {
  const { text } = useTexts();
  return (
    <main className="main" id="content">
      <ScreenTitle>{title}</ScreenTitle>
      {months.isError && <ProblemNote error={months.error} onRetry={() => void months.refetch()} />}
      <section className="card" aria-label={label}>
        {months.isSuccess ? (
          <Empty title={text("noMonths")} command="apportion sync">
            {text("noMonthsWhy")}
          </Empty>
        ) : (
          <table>
            <SkeletonRows rows={rows} columns={columns} />
          </table>
        )}
      </section>
    </main>
  );
};
