// Small parts that every screen uses. They know no route and ask the API nothing.
import { Menu, MenuItemRadio, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import { createContext, type ReactElement, type ReactNode, useContext, useEffect, useRef, useState } from "react";

import { ApiError, ConnectionLost } from "../api/client";
import { type TextKey, type Texts, useTexts } from "../i18n/texts";
import { Icon, type IconName } from "./icons";

/** The end of a form: what it does, and the way out. */
export const FormButtons = ({
  action,
  isDisabled,
  onCancel,
}: {
  action: string;
  isDisabled: boolean;
  onCancel?: () => void;
}): ReactElement => {
  const { text } = useTexts();
  return (
    <div className="row wrap">
      <button type="submit" className="control primary" disabled={isDisabled}>
        {action}
      </button>
      {onCancel !== undefined && (
        <button type="button" className="control" onClick={onCancel}>
          {text("cancel")}
        </button>
      )}
    </div>
  );
};

/** What the page calls itself, where that is not the product's name. */
export const SiteName = createContext<string | undefined>(undefined);

/** The first heading of a screen: takes the focus when the screen is opened, so that screen readers say where one is. */
export const ScreenTitle = ({ children }: { children: string }): ReactElement => {
  const heading = useRef<HTMLHeadingElement>(null);
  const { text } = useTexts();
  const site = useContext(SiteName) ?? text("product");
  useEffect(() => {
    document.title = `${children} · ${site}`;
  }, [children, site]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [children]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
};

export interface Choice {
  value: string;
  label: string;
}

/** A button that shows what is chosen, and opens the choices. */
export const ChoiceMenu = ({
  label,
  choices,
  chosen,
  onChoose,
  className = "control",
}: {
  label: string;
  choices: readonly Choice[];
  chosen: string;
  onChoose: (value: string) => void;
  className?: string;
}): ReactElement => (
  <Menu
    checkedValues={{ choice: [chosen] }}
    onCheckedValueChange={(_, change) => {
      const value = change.checkedItems[0];
      if (value !== undefined) onChoose(value);
    }}
  >
    <MenuTrigger disableButtonEnhancement>
      <button type="button" className={className} aria-label={`${label}: ${labelOf(choices, chosen)}`}>
        {labelOf(choices, chosen)}
        <Icon name="chevron" />
      </button>
    </MenuTrigger>
    <MenuPopover>
      <MenuList>
        {choices.map((choice) => (
          <MenuItemRadio key={choice.value} name="choice" value={choice.value}>
            {choice.label}
          </MenuItemRadio>
        ))}
      </MenuList>
    </MenuPopover>
  </Menu>
);

const labelOf = (choices: readonly Choice[], value: string): string =>
  choices.find((choice) => choice.value === value)?.label ?? value;

/** A few choices side by side. */
export const Segments = ({
  label,
  choices,
  chosen,
  onChoose,
}: {
  label: string;
  choices: readonly Choice[];
  chosen: string;
  onChoose: (value: string) => void;
}): ReactElement => (
  <span className="segments" role="group" aria-label={label}>
    {choices.map((choice) => (
      <button
        key={choice.value}
        type="button"
        aria-pressed={choice.value === chosen}
        onClick={() => onChoose(choice.value)}
      >
        {choice.label}
      </button>
    ))}
  </span>
);

export type Tone = "good" | "warn" | "bad" | "info" | "none";

export const Pill = ({ tone, icon, children }: { tone: Tone; icon?: IconName; children: ReactNode }): ReactElement => (
  <span className={`pill ${tone}`}>
    {icon !== undefined && <Icon name={icon} size={12} />}
    {children}
  </span>
);

/** Copies a text, and says so. */
export const CopyButton = ({
  content,
  label,
  className = "control small",
  icon,
}: {
  content: () => string;
  label: string;
  className?: string;
  icon?: IconName;
}): ReactElement => {
  const { text } = useTexts();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      className={className}
      onClick={() => void navigator.clipboard.writeText(content()).then(() => setCopied(true))}
    >
      {icon !== undefined && <Icon name={copied ? "check" : icon} />}
      <span aria-live="polite">{copied ? text("copied") : label}</span>
    </button>
  );
};

export const Command = ({ line }: { line: string }): ReactElement => {
  const { text } = useTexts();
  return (
    <span className="command">
      <pre>{line}</pre>
      <CopyButton content={() => line} label={text("copy")} />
    </span>
  );
};

/** What went wrong, why, and what can be done, with the number of the request. */
export const ProblemNote = ({ error, onRetry }: { error: unknown; onRetry?: () => void }): ReactElement => {
  const { text } = useTexts();
  const problem = error instanceof ApiError ? error.problem : undefined;
  const title = problem?.title ?? text(error instanceof ConnectionLost ? "noAnswer" : "brokenHere");
  return (
    <div className="note bad" role="alert">
      <Icon name="warning" />
      <div className="grow">
        <b>{title}</b>
        {problem?.detail !== undefined && problem.detail !== title && <p>{problem.detail}</p>}
        {problem?.next !== undefined && (
          <p>
            {text("next")}: {problem.next}
          </p>
        )}
        {problem !== undefined && problem.request_id !== "" && (
          <p className="dim mono">{text("request", { id: problem.request_id })}</p>
        )}
      </div>
      {onRetry !== undefined && (
        <button type="button" className="control small" onClick={onRetry}>
          {text("again")}
        </button>
      )}
    </div>
  );
};

/** Nothing is there yet: why, and the next step. */
export const Empty = ({
  title,
  children,
  command,
}: {
  title: string;
  children: ReactNode;
  command?: string;
}): ReactElement => (
  <div className="empty">
    <h2>{title}</h2>
    <p>{children}</p>
    {command !== undefined && <Command line={command} />}
  </div>
);

/** Around a table that may be wider than its place. Once it is, the keyboard has to reach it, too. */
export const Scrolls = ({
  isStale = false,
  children,
}: {
  isStale?: boolean;
  children: ReactNode;
}): ReactElement => {
  const { text } = useTexts();
  const place = useRef<HTMLDivElement>(null);
  const [label, setLabel] = useState<string>();
  useEffect(() => {
    const element = place.current;
    if (element === null || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => {
      const name = element.querySelector("caption")?.textContent ?? text("details");
      setLabel(element.scrollWidth > element.clientWidth ? name : undefined);
    });
    for (const one of [element, ...element.children]) observer.observe(one);
    return () => observer.disconnect();
  }, [text]);
  return (
    <div
      className={isStale ? "scrolls stale" : "scrolls"}
      ref={place}
      {...(label === undefined ? {} : { tabIndex: 0, role: "region", "aria-label": label })}
    >
      {children}
    </div>
  );
};

/** Rows of the shape that is about to come. */
export const SkeletonRows = ({ rows, columns }: { rows: number; columns: number }): ReactElement => {
  const { text } = useTexts();
  return (
    <>
      <caption className="hidden-text" role="status">
        {text("loading")}
      </caption>
      <tbody aria-hidden="true">
        {Array.from({ length: rows }, (_, row) => (
          <tr key={row}>
            {Array.from({ length: columns }, (_, column) => (
              <td key={column}>
                <span className="skeleton" />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </>
  );
};

/** The word for the state of a bill month; one that the page does not know is shown as the service calls it. */
export const stateWord = (state: string, { text }: Pick<Texts, "text">): string => {
  const label = MONTH_STATES[state]?.label;
  return label === undefined ? state : text(label);
};

export const MonthStatePill = ({ state }: { state: string }): ReactElement => {
  const texts = useTexts();
  const look = MONTH_STATES[state] ?? { tone: "none" as const, icon: "clock" as const };
  return (
    <Pill tone={look.tone} icon={look.icon}>
      {stateWord(state, texts)}
    </Pill>
  );
};

/** How each state of a bill month looks: always a colour, a shape and a word. */
export const MONTH_STATES: Record<string, { tone: Tone; icon: IconName; label?: TextKey }> = {
  missing: { tone: "bad", icon: "exclamation", label: "stateMissing" },
  partial: { tone: "warn", icon: "half", label: "statePartial" },
  late: { tone: "warn", icon: "lock", label: "stateLate" },
  open: { tone: "none", icon: "clock", label: "stateOpen" },
  complete: { tone: "good", icon: "check", label: "stateComplete" },
  locked: { tone: "none", icon: "lock", label: "stateLocked" },
};
