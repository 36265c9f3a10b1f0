// Whether the page is as narrow as a phone: where styles alone cannot show less.
import { useSyncExternalStore } from "react";

const NARROW = "(max-width: 640px)";

export const useIsNarrow = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      const media = matchMedia(NARROW);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => matchMedia(NARROW).matches,
  );
