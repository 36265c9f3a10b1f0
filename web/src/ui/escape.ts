// Esc closes panels and dialogs, also after the button that had the focus has gone or is disabled.
import { useEffect, useEffectEvent } from "react";

/** What is open above the panel closes first. */
const ABOVE = "[role=dialog], [role=alertdialog], [role=menu]";

export const useEscape = (onClose: () => void): void => {
  const close = useEffectEvent(onClose);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || document.querySelector(ABOVE) !== null) return;
      const at = document.activeElement;
      if (at === null || at === document.body || at.closest("aside.panel") !== null) close();
    };
    // Before whatever is above has heard of the key, and is gone.
    addEventListener("keydown", onKey, true);
    return () => removeEventListener("keydown", onKey, true);
  }, []);
};

/** A button that is disabled while it works loses the focus. Keys then go on from the dialog that it is in. */
export const keepFocusInDialogs = (): void =>
  addEventListener(
    "keydown",
    (event) => {
      if (document.activeElement !== document.body) return;
      const dialog = [...document.querySelectorAll<HTMLElement>("[role=dialog], [role=alertdialog]")].at(-1);
      if (dialog === undefined) return;
      dialog.focus();
      if (event.key !== "Escape") return;
      event.stopImmediatePropagation();
      dialog.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
    },
    true,
  );
