// How much room a part of the page has: where styles alone cannot show less.
import { type RefObject, useLayoutEffect, useState } from "react";

/** How many of the widths, which grow, the part has reached. */
export const useRoom = (part: RefObject<HTMLElement | null>, widths: readonly number[]): number => {
  const [room, setRoom] = useState(widths.length);
  useLayoutEffect(() => {
    const element = part.current;
    if (element === null || typeof ResizeObserver === "undefined") return undefined;
    const measure = (): void => setRoom(widths.filter((width) => element.clientWidth >= width).length);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [part, widths]);
  return room;
};
