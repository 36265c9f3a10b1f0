// What was shown stays until what comes next is whole.
import { useState } from "react";

/** The value, or the last one that was there. */
export const useLast = <Value>(value: Value | undefined): Value | undefined => {
  const [last, setLast] = useState(value);
  if (value !== undefined && value !== last) setLast(value);
  return value ?? last;
};
