// Tables as workbooks (XLSX). Amounts are written into their cells as the decimal text that they are, never by way of a
// floating point number. Spreadsheets read 15 digits of a number: where there are more, a second sheet has all of
// them, as text. Loaded when the first workbook is made.
import { strToU8, zipSync } from "fflate";

import type { Schemas } from "../api/client";
import { minorDigits } from "./format";

export interface Sheet {
  columns: readonly Pick<Schemas["TableColumn"], "name" | "kind">[];
  rows: readonly Record<string, string>[];
  totals: readonly Record<string, string>[];
}

export interface Words {
  numbers: string;
  exact: string;
  /** Says that the other sheet has all digits. */
  rounded: string;
}

const DIGITS_MAX = 15;
const AMOUNT = /^-?\d+(\.\d+)?$/;
const LETTERS = 26;
const TEXT_MAX = 32_767;

/** Whether a spreadsheet would lose digits of a number. */
export const losesDigits = (amount: string): boolean =>
  AMOUNT.test(amount) &&
  amount
    .replace(/[-.]/g, "")
    .replace(/^0+/, "")
    .replace(amount.includes(".") ? /0+$/ : /$/, "").length > DIGITS_MAX;

// XML knows no control characters but these three.
const escaped = (text: string): string =>
  text
    .slice(0, TEXT_MAX)
    // oxlint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, " ")
    .replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const letters = (column: number): string =>
  (column >= LETTERS ? letters(Math.floor(column / LETTERS) - 1) : "") + String.fromCharCode(65 + (column % LETTERS));

// The places of the cells' looks in `STYLES`.
const PLAIN = 0;
const HEAD = 1;
const RIGHT = 2;
const PERCENT = 3;
const MONEY_OF_DIGITS: Record<string, number> = { "0": 4, "2": 5, "3": 6 };
const BOLD_MONEY = 3; // after the same look in regular letters

const FORMATS = ["0.0", "#,##0", "#,##0.00", "#,##0.000"];
const FIRST_FORMAT = 164; // lower numbers are taken

const LOOKS: readonly { font: 0 | 1; format?: number; right?: boolean }[] = [
  { font: 0 },
  { font: 1 },
  { font: 0, right: true },
  { font: 0, format: 0 },
  { font: 0, format: 1 },
  { font: 0, format: 2 },
  { font: 0, format: 3 },
  { font: 1, format: 1 },
  { font: 1, format: 2 },
  { font: 1, format: 3 },
];

const SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml";
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

const lookXml = (look: (typeof LOOKS)[number]): string => {
  const format = look.format === undefined ? 0 : FIRST_FORMAT + look.format;
  const inside = look.right === true ? '<alignment horizontal="right"/>' : "";
  const told = `numFmtId="${format}" fontId="${look.font}" fillId="0" borderId="0" xfId="0"`;
  return `<xf ${told} applyNumberFormat="1" applyFont="1">${inside}</xf>`;
};

const STYLES =
  `${XML}<styleSheet ${SPACE}><numFmts count="${FORMATS.length}">` +
  FORMATS.map((code, at) => `<numFmt numFmtId="${FIRST_FORMAT + at}" formatCode="${code}"/>`).join("") +
  '</numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>' +
  '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>' +
  '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>' +
  '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
  `<cellXfs count="${LOOKS.length}">${LOOKS.map(lookXml).join("")}</cellXfs></styleSheet>`;

const textCell = (place: string, text: string, look: number): string =>
  text === ""
    ? ""
    : `<c r="${place}" s="${look}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;

const NUMBERS: readonly string[] = ["decimal", "percent", "money", "integer"];

const currencyOf = (row: Record<string, string>): string => row.BillingCurrency ?? row.Currency ?? "USD";

const numberLook = (kind: string, row: Record<string, string>, isTotal: boolean): number => {
  if (kind === "percent") return PERCENT;
  if (kind !== "money") return PLAIN;
  const look = MONEY_OF_DIGITS[String(minorDigits(currencyOf(row)))] ?? MONEY_OF_DIGITS["2"] ?? PLAIN;
  return isTotal ? look + BOLD_MONEY : look;
};

const WIDTH_MIN = 10;
const WIDTH_MAX = 48;
const NUMBER_WIDTH = 18;

const sheetXml = (sheet: Sheet, title: readonly string[], isExact: boolean): string => {
  const lines: string[] = [];
  const add = (cells: readonly string[]): void => {
    lines.push(`<row r="${lines.length + 1}">${cells.join("")}</row>`);
  };
  const place = (column: number): string => `${letters(column)}${lines.length + 1}`;
  for (const [at, line] of title.entries()) add([textCell(place(0), line, at === 0 ? HEAD : PLAIN)]);
  add([]);
  const heads = lines.length + 1;
  add(sheet.columns.map((column, at) => textCell(place(at), column.name, HEAD)));
  const addRow = (row: Record<string, string>, isTotal: boolean): void =>
    add(
      sheet.columns.map((column, at) => {
        const value = row[column.name] ?? "";
        if (!NUMBERS.includes(column.kind) || !AMOUNT.test(value)) {
          return textCell(place(at), value, isTotal ? HEAD : PLAIN);
        }
        if (isExact) return textCell(place(at), value, RIGHT);
        return `<c r="${place(at)}" s="${numberLook(column.kind, row, isTotal)}"><v>${value}</v></c>`;
      }),
    );
  for (const row of sheet.rows) addRow(row, false);
  const last = lines.length;
  if (sheet.totals.length > 0) {
    add([]); // the filter ends above it
    for (const row of sheet.totals) addRow(row, true);
  }
  const widths = sheet.columns.map((column, at) => {
    const texts = sheet.rows.slice(0, 200).map((row) => (row[column.name] ?? "").length);
    const longest = Math.max(column.name.length, ...(NUMBERS.includes(column.kind) ? [NUMBER_WIDTH] : texts));
    const width = Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, longest + 2));
    return `<col min="${at + 1}" max="${at + 1}" width="${width}" customWidth="1"/>`;
  });
  return (
    `${XML}<worksheet ${SPACE}><sheetViews><sheetView workbookViewId="0">` +
    `<pane ySplit="${heads}" topLeftCell="A${heads + 1}" activePane="bottomLeft" state="frozen"/>` +
    "</sheetView></sheetViews>" +
    `<cols>${widths.join("")}</cols><sheetData>${lines.join("")}</sheetData>` +
    `<autoFilter ref="A${heads}:${letters(sheet.columns.length - 1)}${Math.max(last, heads)}"/></worksheet>`
  );
};

/** A workbook of one table, below lines that say what it is. */
export const workbookOf = (sheet: Sheet, title: readonly string[], words: Words): Uint8Array<ArrayBuffer> => {
  const loses = [...sheet.rows, ...sheet.totals].some((row) =>
    sheet.columns.some((column) => NUMBERS.includes(column.kind) && losesDigits(row[column.name] ?? "")),
  );
  const names = loses ? [words.numbers, words.exact] : [words.numbers];
  const numbers = names.map((_, at) => at + 1);
  const files: Record<string, string> = {
    "[Content_Types].xml":
      `${XML}<Types xmlns="${PACKAGE}/content-types">` +
      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      '<Default Extension="xml" ContentType="application/xml"/>' +
      `<Override PartName="/xl/workbook.xml" ContentType="${KINDS}.sheet.main+xml"/>` +
      `<Override PartName="/xl/styles.xml" ContentType="${KINDS}.styles+xml"/>` +
      numbers
        .map((at) => `<Override PartName="/xl/worksheets/sheet${at}.xml" ContentType="${KINDS}.worksheet+xml"/>`)
        .join("") +
      "</Types>",
    "_rels/.rels":
      `${XML}<Relationships xmlns="${PACKAGE}/relationships">` +
      `<Relationship Id="rId1" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml":
      `${XML}<workbook ${SPACE} xmlns:r="${RELATIONS}"><sheets>` +
      names.map((name, at) => `<sheet name="${escaped(name)}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`).join("") +
      "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels":
      `${XML}<Relationships xmlns="${PACKAGE}/relationships">` +
      numbers
        .map((at) => `<Relationship Id="rId${at}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${at}.xml"/>`)
        .join("") +
      `<Relationship Id="rId${names.length + 1}" Type="${RELATIONS}/styles" Target="styles.xml"/></Relationships>`,
    "xl/styles.xml": STYLES,
    "xl/worksheets/sheet1.xml": sheetXml(sheet, loses ? [...title, words.rounded] : title, false),
    ...(loses ? { "xl/worksheets/sheet2.xml": sheetXml(sheet, title, true) } : {}),
  };
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));
};
