// Rows of a table, by keyboard.
import type { KeyboardEvent } from "react";

/** J, K and the arrows lead to the next row and the one before, Enter and the space bar open it; other keys do what
 * `others` says of them. */
export const onRowKey = (
  event: KeyboardEvent<HTMLTableRowElement>,
  open: () => void,
  others: Readonly<Record<string, () => void>> = {},
): void => {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  const step = key === "j" || key === "arrowdown" ? "nextElementSibling" : "previousElementSibling";
  const other = others[key];
  if (["j", "k", "arrowdown", "arrowup"].includes(key)) (event.currentTarget[step] as HTMLElement | null)?.focus();
  else if (key === "enter" || key === " ") open();
  else if (other !== undefined) other();
  else return;
  event.preventDefault();
};
