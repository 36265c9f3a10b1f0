// Taking the answer along: as a link, a command, a file.
import { Menu, MenuItem, MenuItemLink, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import type { ReactElement } from "react";

import type { CostAnswer, Row } from "../api/queries";
import { type Language, monthText } from "../format/format";
import { type Texts, useTexts } from "../i18n/texts";
import { isPartner, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { CopyButton } from "../ui/parts";
import { save } from "../ui/save";
import { useWorkbook, type WorkbookOf } from "../ui/workbook";
import type { Columns } from "./columns";
import { commandOf, type CostView, requestOf } from "./search";

// A spreadsheet would run a cell that begins so.
const FORMULA = /^[=+\-@\t\r]/;
const AMOUNT = /^-?\d+(\.\d+)?$/;

const cell = (value: string): string => {
  const safe = FORMULA.test(value) && !AMOUNT.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** All rows of the answer with all digits, as CSV. */
export const csvOf = (answer: Pick<CostAnswer, "columns" | "rows">): string => {
  const names = answer.columns.map((column) => column.name);
  const lines = [names, ...(answer.rows as Row[]).map((row) => names.map((name) => row[name] ?? ""))];
  return lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
};

const CSV = "text/csv;charset=utf-8";

type FileScope = Pick<CostView, "from" | "to" | "connection" | "where">;

const scopeOf = (view: FileScope): URLSearchParams => {
  const scope = new URLSearchParams(view.from === view.to ? { month: view.to } : { from: view.from, to: view.to });
  if (view.connection !== undefined) scope.set("connection", view.connection);
  const customer = view.where.find((filter) => filter.column === "CustomerId")?.values;
  if (customer?.length === 1 && customer[0] !== undefined) scope.set("customer", customer[0]);
  return scope;
};

export const fileAt = (path: string, view: FileScope, format: string): string => {
  const query = scopeOf(view);
  query.set("format", format);
  return `/api/v1/datasets/${path}?${query.toString()}`;
};

export const saveCsv = (answer: Pick<CostAnswer, "columns" | "rows">, name: string): void =>
  save(csvOf(answer), `${name}.csv`, CSV);

const monthsOf = (period: { from: string; to: string }, language: Language): string =>
  period.from === period.to
    ? monthText(period.to, language)
    : `${monthText(period.from, language)} – ${monthText(period.to, language)}`;

/** The answer as a workbook that says what was asked, and for which months. */
export const workbookOfCosts = (view: CostView, answer: CostAnswer, columns: Columns, texts: Texts): WorkbookOf => {
  const { text, language } = texts;
  const title = [
    text("workbookTitle", {
      metric: columns.metricLabel(view.metric),
      columns: view.by.map(columns.label).join(", "),
      months: monthsOf(view, language),
    }),
    ...(view.before === undefined ? [] : [`${text("compareWith")}: ${monthsOf(view.before, language)}`]),
    ...(view.connection === undefined ? [] : [`${text("connection")}: ${view.connection}`]),
    ...view.where.map((filter) => `${text("filter")}: ${columns.label(filter.column)} = ${filter.values.join(", ")}`),
    ...new Set([...answer.holes, ...answer.notices]),
    text("currenciesNeverAdd"),
  ];
  const sheet = { columns: answer.columns, rows: answer.rows as Row[], totals: answer.totals as Row[] };
  return { sheet, title, name: `costs-${periodOf(view)}.xlsx` };
};

const periodOf = (view: CostView): string => (view.from === view.to ? view.to : `${view.from}..${view.to}`);

export const Downloads = ({
  view,
  columns,
  answer,
}: {
  view: CostView;
  columns: Columns;
  answer: CostAnswer | undefined;
}): ReactElement => {
  const me = useMe();
  const texts = useTexts();
  const { text } = texts;
  const makeWorkbook = useWorkbook();
  // A link carries no header: while acting as a customer, files would be the partner's.
  const hasFiles = me.acting_as === undefined;
  return (
    <>
      <CopyButton
        content={() => location.href}
        label={text("copyLink")}
        className="control icon-on-small"
        icon="link"
      />
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <button type="button" className="control large-only">
            <Icon name="terminal" />
            {text("command")}
          </button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {isPartner(me) && (
              <MenuItem onClick={() => void navigator.clipboard.writeText(commandOf(view))}>
                {text("copyCommand")}
              </MenuItem>
            )}
            <MenuItem onClick={() => void navigator.clipboard.writeText(requestOf(view, location.origin))}>
              {text("copyRequest")}
            </MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <button type="button" className="control icon-on-phone">
            <Icon name="download" />
            <span>{text("download")}</span>
          </button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItem
              disabled={answer === undefined}
              onClick={() => {
                if (answer !== undefined) void makeWorkbook(workbookOfCosts(view, answer, columns, texts));
              }}
            >
              {text("tableAsXlsx")}
            </MenuItem>
            <MenuItem
              disabled={answer === undefined}
              onClick={() => {
                if (answer !== undefined) saveCsv(answer, `costs-${periodOf(view)}`);
              }}
            >
              {text("tableAsCsv")}
            </MenuItem>
            {hasFiles && (
              <>
                <MenuItemLink href={fileAt("focus", view, "csv")} download>
                  {text("focusAsCsv")}
                </MenuItemLink>
                <MenuItemLink href={fileAt("focus", view, "parquet")} download>
                  {text("focusAsParquet")}
                </MenuItemLink>
              </>
            )}
            {hasFiles && isPartner(me) && (
              <>
                <MenuItemLink href={fileAt("charges", view, "csv.gz")} download>
                  {text("chargesAsCsv")}
                </MenuItemLink>
                <MenuItemLink href={fileAt("charges", view, "parquet")} download>
                  {text("chargesAsParquet")}
                </MenuItemLink>
              </>
            )}
          </MenuList>
        </MenuPopover>
      </Menu>
    </>
  );
};
