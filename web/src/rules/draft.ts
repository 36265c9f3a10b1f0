// A draft of a document: kept in this tab until it is applied or discarded, for the person who wrote it.
import { useCallback, useState } from "react";

import type { DocumentName } from "./search";

interface Draft {
  /** The version that it replaces. */
  base: number;
  yaml: string;
}

const nameOf = (document: DocumentName, actor: string): string => `draft of ${document} by ${actor}`;

const kept = (name: string): Draft | undefined => {
  const written = sessionStorage.getItem(name);
  if (written === null) return undefined;
  try {
    const read = JSON.parse(written) as Partial<Draft>;
    return typeof read.base === "number" && typeof read.yaml === "string" ? (read as Draft) : undefined;
  } catch {
    return undefined;
  }
};

const keep = (name: string, draft: Draft | undefined): void => {
  try {
    if (draft === undefined) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(draft));
  } catch {
    // Too large for the browser: it is still on the screen.
  }
};

/** Leaves a draft for the screen of the document to begin with; false if somebody's own is there already. */
export const leaveDraft = (document: DocumentName, actor: string, draft: Draft): boolean => {
  const name = nameOf(document, actor);
  if (kept(name) !== undefined) return false;
  keep(name, draft);
  return true;
};

export const useDraft = (document: DocumentName, actor: string, current: { version: number; yaml: string }) => {
  const name = nameOf(document, actor);
  const [draft, setDraft] = useState(() => kept(name));
  const change = useCallback(
    (next: Draft | undefined) => {
      keep(name, next);
      setDraft(next);
    },
    [name],
  );
  const base = draft?.base ?? current.version;
  const [writes, setWrites] = useState(0);
  const type = (yaml: string): void => change(yaml === current.yaml ? undefined : { base, yaml });
  const write = (yaml: string): void => {
    type(yaml);
    setWrites((count) => count + 1);
  };
  return {
    yaml: draft?.yaml ?? current.yaml,
    base,
    isChanged: draft !== undefined && draft.yaml !== current.yaml,
    /** Others have applied a version since the draft was begun. */
    isBehind: draft !== undefined && draft.base !== current.version,
    /** Another one each time that the text comes from elsewhere than the editor. */
    revision: `${writes} ${current.version}`,
    /** What the editor has already. */
    type,
    write,
    discard: () => write(current.yaml),
    /** The draft replaces the version that is in force now. */
    rebase: () => draft !== undefined && change({ ...draft, base: current.version }),
  };
};
