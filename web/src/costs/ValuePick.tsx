// Choosing the values of a filter: the most expensive first, each with its amounts, and by a part of their text.
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useDeferredValue, useState } from "react";

import { type CostFilter, costsQuery, costValuesQuery, type Row } from "../api/queries";
import { amountText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { ProblemNote } from "../ui/parts";
import { UNASSIGNED } from "./groups";
import { type CostView, tableQuestion } from "./search";

interface Value {
  value: string;
  name: string;
  amounts: { currency: string; amount: string }[];
}

const LIMIT = 100;
const SHOWN_MAX = 200;

const valuesOf = (rows: readonly Row[], column: string, name: string, metric: string | undefined): Value[] => {
  const values = new Map<string, Value>();
  for (const row of rows) {
    const value = row[column] ?? "";
    const found = values.get(value) ?? { value, name: row[name] ?? value, amounts: [] };
    const amount = metric === undefined ? undefined : row[metric];
    if (amount !== undefined) found.amounts.push({ currency: row.BillingCurrency ?? "", amount });
    values.set(value, found);
  }
  return [...values.values()];
};

// Customers have names: they are asked for as costs, which say both.
const useValues = (view: CostView, column: string, word: string) => {
  const isCustomer = column === "CustomerId";
  const where = view.where.filter((filter) => filter.column !== column);
  const question = tableQuestion({ ...view, by: [column], where, before: undefined });
  const { month, from, to, connection } = question;
  const customers = useQuery({ ...costsQuery(question), enabled: isCustomer });
  const values = useQuery({
    ...costValuesQuery({ column, month, from, to, connection, where, limit: LIMIT, ...(word === "" ? {} : { word }) }),
    enabled: !isCustomer,
  });
  if (!isCustomer) {
    const metric = values.data?.columns.find((one) => one.kind === "money")?.name;
    return { query: values, values: valuesOf((values.data?.rows ?? []) as Row[], column, column, metric) };
  }
  const all = valuesOf((customers.data?.rows ?? []) as Row[], column, "CustomerName", view.metric);
  const wanted = word.toLowerCase();
  const fitting = all.filter((one) => `${one.name} ${one.value}`.toLowerCase().includes(wanted));
  return { query: customers, values: fitting };
};

export const ValuePick = ({
  view,
  column,
  chosen,
  onChange,
}: {
  view: CostView;
  column: string;
  chosen: readonly string[];
  onChange: (filter: CostFilter) => void;
}): ReactElement => {
  const { text, language } = useTexts();
  const [word, setWord] = useState("");
  const { query, values } = useValues(view, column, useDeferredValue(word.trim()));
  const unlisted = chosen.filter((value) => values.every((one) => one.value !== value));
  const shown: Value[] = [
    ...unlisted.map((value) => ({ value, name: value, amounts: [] })),
    ...values.slice(0, SHOWN_MAX),
  ];
  const toggle = (value: string): void =>
    onChange({
      column,
      values: chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value],
    });
  const nameOf = (value: Value): string => {
    if (value.value === UNASSIGNED && column === "CustomerId") return text("unassigned");
    return value.name === "" ? text("noValue") : value.name;
  };
  return (
    <div className="pick">
      <input
        className="field"
        aria-label={text("findValue")}
        placeholder={text("findValue")}
        value={word}
        autoFocus
        onChange={(event) => setWord(event.target.value)}
      />
      {query.isError && <ProblemNote error={query.error} />}
      <ul aria-label={text("values")} aria-busy={query.isFetching}>
        {shown.map((value) => (
          <li key={value.value}>
            <label>
              <input type="checkbox" checked={chosen.includes(value.value)} onChange={() => toggle(value.value)} />
              <bdi className="name" title={nameOf(value)}>
                {nameOf(value)}
              </bdi>
              <span className="dim number">
                {value.amounts
                  .slice(0, 1)
                  .map((one) => `${amountText(one.amount, one.currency, language)} ${one.currency}`)}
                {value.amounts.length > 1 && " +"}
              </span>
            </label>
          </li>
        ))}
      </ul>
      {!query.isFetching && shown.length === 0 && <p className="dim">{text("nothingFound")}</p>}
    </div>
  );
};
