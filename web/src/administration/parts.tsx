// Parts that several sections share.
import { type ReactElement, type ReactNode, useEffect, useRef } from "react";

import { useTexts } from "../i18n/texts";
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
