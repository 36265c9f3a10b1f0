// Makes a workbook of a table when it is asked for.
import { type ReactElement, useCallback } from "react";

import type { Sheet } from "../format/workbook";
import { useTexts } from "../i18n/texts";
import { Icon } from "./icons";
import { save } from "./save";

const TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** A table with what it is about, to be saved under a name. */
export interface WorkbookOf {
  sheet: Sheet;
  title: readonly string[];
  name: string;
}

export const useWorkbook = (): ((workbook: WorkbookOf) => Promise<void>) => {
  const { text } = useTexts();
  return useCallback(
    async ({ sheet, title, name }) => {
      const { workbookOf } = await import("../format/workbook");
      const words = {
        numbers: text("workbookNumbers"),
        exact: text("workbookExact"),
        rounded: text("workbookRounded"),
      };
      save(workbookOf(sheet, title, words), name, TYPE);
    },
    [text],
  );
};

export const WorkbookButton = ({ workbook }: { workbook: WorkbookOf | undefined }): ReactElement => {
  const makeWorkbook = useWorkbook();
  return (
    <button
      type="button"
      className="control"
      disabled={workbook === undefined}
      onClick={() => workbook !== undefined && void makeWorkbook(workbook)}
    >
      <Icon name="download" />
      XLSX
    </button>
  );
};
