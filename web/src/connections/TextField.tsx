// A field of a form with its label, and a hint that screen readers read after the name.
import { type ReactElement, useId } from "react";

export interface TextFieldLook {
  hint?: string;
  required?: boolean;
  type?: "text" | "password" | "date";
  /** For ids and addresses, which are compared letter by letter. */
  mono?: boolean;
  pattern?: string;
  wide?: boolean;
  autoComplete?: string;
}

export const TextField = ({
  label,
  value,
  onChange,
  hint,
  required,
  type = "text",
  mono = false,
  pattern,
  wide = false,
  autoComplete = type === "password" ? "new-password" : "off",
}: TextFieldLook & { label: string; value: string; onChange: (value: string) => void }): ReactElement => {
  const id = useId();
  return (
    <div className={wide ? "wide" : undefined}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className={mono ? "field mono" : "field"}
        type={type}
        required={required}
        pattern={pattern}
        autoComplete={autoComplete}
        spellCheck={false}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
};
