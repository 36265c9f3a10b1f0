// Who gets what a rule matches: one customer, or several by percentages, in equal parts or by what they use.
import { Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { type FormEvent, type ReactElement, useId, useState } from "react";

import { difference } from "../format/decimal";
import { exactDigits } from "../format/format";
import { useTexts } from "../i18n/texts";
import { CustomerOptions } from "../people/CustomerField";
import { Icon } from "../ui/icons";
import { FormButtons } from "../ui/parts";
import { type Fault, faultOf, type Kind, MEASURES, type Part, restOf, type Target } from "./target";

const KINDS = [
  { kind: "one", label: "rulesTargetOne" },
  { kind: "percent", label: "rulesTargetPercent" },
  { kind: "equal", label: "rulesTargetEqual" },
  { kind: "measure", label: "rulesTargetMeasure" },
] as const;
const FAULTS = {
  noCustomer: "rulesTargetNoCustomer",
  twice: "rulesTargetTwice",
  noNumber: "rulesTargetNoNumber",
  severalRests: "rulesTargetSeveralRests",
} as const satisfies Record<Exclude<Fault, "notWhole">, string>;
const PARTS_MIN = 2;
const NO_PART: Part = { customer: "", percent: "" };

const PartFields = ({
  part,
  place,
  name,
  options,
  rest,
  onChange,
  onRemove,
}: {
  part: Part;
  place: number;
  /** Of the customer. */
  name: string | undefined;
  options: string;
  /** What it gets if it is left empty; no percentages are asked for without. */
  rest: string | undefined;
  onChange: (part: Part) => void;
  onRemove: (() => void) | undefined;
}): ReactElement => {
  const { text, language } = useTexts();
  const id = useId();
  return (
    <li>
      <span className="grow">
        <input
          className="field"
          list={options}
          aria-label={text("rulesTargetCustomer", { place })}
          aria-describedby={id}
          placeholder={text("peopleCustomerHint")}
          maxLength={200}
          autoComplete="off"
          spellCheck={false}
          value={part.customer}
          onChange={(event) => onChange({ ...part, customer: event.target.value.trim() })}
        />
        <small id={id}>
          <bdi>{name}</bdi>
        </small>
      </span>
      {rest !== undefined && (
        <input
          className="field number percent"
          inputMode="decimal"
          aria-label={text("rulesTargetPercentOf", { place })}
          placeholder={text("rulesTargetRest", { rest: exactDigits(rest, language) })}
          maxLength={20}
          autoComplete="off"
          value={part.percent}
          onChange={(event) => onChange({ ...part, percent: event.target.value })}
        />
      )}
      {onRemove !== undefined && (
        <button
          type="button"
          className="control icon small bare"
          aria-label={text("rulesTargetRemove", { place })}
          onClick={onRemove}
        >
          <Icon name="cross" />
        </button>
      )}
    </li>
  );
};

export const TargetDialog = ({
  name,
  target,
  customers,
  onTake,
  onClose,
}: {
  /** Of the rule. */
  name: string;
  target: Target;
  customers: ReadonlyMap<string, string>;
  onTake: (target: Target) => void;
  onClose: () => void;
}): ReactElement => {
  const { text, language } = useTexts();
  const options = useId();
  const [edited, setEdited] = useState(target);
  const { kind, measure } = edited;
  const lines = kind === "one" ? 1 : Math.max(PARTS_MIN, edited.parts.length);
  const parts = Array.from({ length: lines }, (_, at) => edited.parts[at] ?? NO_PART);
  const asked: Target = { ...edited, parts };
  const change = (next: Partial<Target>): void => setEdited({ ...edited, ...next });
  const put = (at: number, part: Part): void => {
    const all = kind === "one" ? [part, ...edited.parts.slice(1)] : parts.map((one, place) => (place === at ? part : one));
    change({ parts: all });
  };
  const rest = restOf(parts);
  const unknown = parts.find((part) => part.customer !== "" && !customers.has(part.customer));
  const fault = faultOf(asked);
  const isReady = fault === undefined && unknown === undefined;
  const told =
    unknown !== undefined
      ? text("rulesTargetUnknown", { customer: unknown.customer })
      : fault === "notWhole"
        ? text("rulesTargetNotWhole", { sum: exactDigits(difference("100", rest ?? "100"), language) })
        : fault !== undefined
          ? text(FAULTS[fault])
          : kind === "percent"
            ? text("rulesTargetSum")
            : "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isReady) onTake(asked);
  };
  return (
    <Dialog open onOpenChange={(_, change) => !change.open && onClose()}>
      <DialogSurface aria-describedby={undefined}>
        <form onSubmit={submit}>
          <DialogBody>
            <DialogTitle>{text("rulesTargetOf", { name })}</DialogTitle>
            <DialogContent className="stack target">
              <div className="kinds" role="radiogroup" aria-label={text("rulesTargetOf", { name })}>
                {KINDS.map((one) => (
                  <label key={one.kind}>
                    <input
                      type="radio"
                      name="kind"
                      checked={kind === one.kind}
                      onChange={() => change({ kind: one.kind satisfies Kind })}
                    />
                    {text(one.label)}
                  </label>
                ))}
                {kind === "measure" && (
                  <select
                    className="field narrow"
                    aria-label={text("rulesTargetMeasure")}
                    value={measure}
                    onChange={(event) => change({ measure: MEASURES.find((one) => one === event.target.value) ?? measure })}
                  >
                    {MEASURES.map((one) => (
                      <option key={one}>{one}</option>
                    ))}
                  </select>
                )}
              </div>
              {kind === "measure" && <p className="dim">{text("rulesTargetMeasureMeans")}</p>}
              <CustomerOptions id={options} />
              <ol className="parts">
                {parts.map((part, at) => (
                  <PartFields
                    // eslint-disable-next-line react/no-array-index-key
                    key={at}
                    part={part}
                    place={at + 1}
                    name={customers.get(part.customer)}
                    options={options}
                    rest={kind === "percent" ? (rest ?? "") : undefined}
                    onChange={(next) => put(at, next)}
                    onRemove={
                      lines > PARTS_MIN ? () => change({ parts: parts.filter((_, place) => place !== at) }) : undefined
                    }
                  />
                ))}
              </ol>
              {kind !== "one" && (
                <div>
                  <button
                    type="button"
                    className="control small"
                    onClick={() => change({ parts: [...parts, NO_PART] })}
                  >
                    {text("rulesTargetMore")}
                  </button>
                </div>
              )}
              <p className={isReady ? "dim" : "warn"} role="status">
                {told}
              </p>
              <FormButtons action={text("rulesTargetTake")} isDisabled={!isReady} onCancel={onClose} />
            </DialogContent>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
};

