// Where a part of the page begins, for lists of which only what is in sight is drawn.
import { type RefObject, useLayoutEffect, useState } from "react";

/** How far below the top of the document it is, also when what is above grows later. */
export const useDocumentTop = (part: RefObject<HTMLElement | null>): number => {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = (): void => {
      if (part.current !== null) setTop(Math.round(part.current.getBoundingClientRect().top + window.scrollY));
    };
    measure();
    if (typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [part]);
  return top;
};
