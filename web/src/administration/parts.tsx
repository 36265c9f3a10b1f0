// Parts that several sections share.
import { type ReactElement, type ReactNode, useEffect, useRef } from "react";

import { useTexts } from "../i18n/texts";
import { useEscape } from "../ui/escape";
import { Icon } from "../ui/icons";
import { SkeletonRows } from "../ui/parts";

/** A card with a heading, and what can be done on its right. */
export const Part = ({
  title,
  about,
  deeds,
  children,
}: {
  title: string;
  about?: string;
  deeds?: ReactNode;
  children: ReactNode;
}): ReactElement => (
  <section className="card" aria-label={title}>
    <header>
      <h2>{title}</h2>
      {about !== undefined && <span className="sub grow">{about}</span>}
      {deeds}
    </header>
    {children}
  </section>
);

/** What is shown once, with the words that say so. It takes the focus, since it is gone with the next step. */
export const ShownOnce = ({ children, onClose }: { children: ReactNode; onClose: () => void }): ReactElement => {
  const { text } = useTexts();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.focus(), []);
  return (
    <div className="note warn" role="status" tabIndex={-1} ref={place}>
      <Icon name="warning" />
      <div className="grow stack">{children}</div>
      <button type="button" className="control icon bare" aria-label={text("close")} onClick={onClose}>
        <Icon name="cross" />
      </button>
    </div>
  );
};

export const Loading = ({ rows, columns }: { rows: number; columns: number }): ReactElement => (
  <table>
    <SkeletonRows rows={rows} columns={columns} />
  </table>
);

/** A panel beside the page, closed with Esc. */
export const Beside = ({
  title,
  about,
  onClose,
  children,
}: {
  title: string;
  about?: string;
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
    </aside>
  );
};
