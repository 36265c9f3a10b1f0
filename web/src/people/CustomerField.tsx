// One of the customers, typed or chosen: there may be thousands, so the browser completes names and ids.
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useId } from "react";

import { customersQuery } from "../api/queries";
import { useTexts } from "../i18n/texts";

/** What a field with `list={id}` completes. */
export const CustomerOptions = ({ id }: { id: string }): ReactElement => {
  const customers = useQuery(customersQuery);
  return (
    <datalist id={id}>
      {customers.data?.map((customer) => (
        <option key={customer.id} value={customer.id}>
          {customer.name}
        </option>
      ))}
    </datalist>
  );
};

export const CustomerField = ({
  value,
  onChange,
  label,
  required = false,
}: {
  /** The id. */
  value: string;
  onChange: (customer: string) => void;
  label: string;
  required?: boolean;
}): ReactElement => {
  const { text } = useTexts();
  const id = useId();
  const customers = useQuery(customersQuery);
  const chosen = customers.data?.find((customer) => customer.id === value);
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="field"
        list={`${id}-customers`}
        required={required}
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        aria-describedby={`${id}-chosen`}
        value={value}
        onChange={(event) => onChange(event.target.value.trim())}
      />
      <CustomerOptions id={`${id}-customers`} />
      <small id={`${id}-chosen`}>
        {chosen === undefined ? text("peopleCustomerHint") : <bdi>{chosen.name}</bdi>}
      </small>
    </div>
  );
};
