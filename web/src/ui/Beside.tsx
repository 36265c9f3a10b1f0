// A panel beside the page.
import { type ReactElement, type ReactNode, useEffect, useRef } from "react";

import { useTexts } from "../i18n/texts";
import { useEscape } from "./escape";
import { Icon } from "./icons";

/** Takes the focus, and is closed with Esc. */
export const Beside = ({
  title,
  about,
  footer,
  onClose,
  children,
}: {
  title: string;
  about?: string;
  footer?: ReactNode;
  onClose: () => void;
  children: ReactNode;
}): ReactElement => {
  const { text } = useTexts();
  const closes = useRef<HTMLButtonElement>(null);
  useEffect(() => closes.current?.focus(), []);
  useEscape(onClose);
  return (
    <aside className="panel" aria-label={title}>
      <header>
        <div className="title">
          <h2>
            <bdi>{title}</bdi>
          </h2>
          {about !== undefined && <p className="dim">{about}</p>}
        </div>
        <button type="button" className="control icon bare" aria-label={text("close")} ref={closes} onClick={onClose}>
          <Icon name="cross" />
        </button>
      </header>
      <div className="body" tabIndex={0} role="region" aria-label={text("details")}>
        {children}
      </div>
      {footer}
    </aside>
  );
};
