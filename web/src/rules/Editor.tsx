// The text of a draft: YAML with its faults, what was edited, and values that complete themselves.
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  startCompletion,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml as yamlLanguage } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, RangeSet, StateEffect, StateField, Transaction } from "@codemirror/state";
import {
  Decoration,
  drawSelection,
  EditorView,
  gutter,
  GutterMarker,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { type ReactElement, type Ref, useEffect, useEffectEvent, useImperativeHandle, useRef } from "react";

import type { Complete } from "./completion";
import type { Finding } from "./queries";

export interface EditorHandle {
  /** Puts the cursor to the begin of a line, or to a place in it, in sight. */
  goTo: (line: number, column?: number) => void;
  /** Puts the cursor to a place of the text, and offers what can be there. */
  completeAt: (place: number) => void;
}

export type Marks = ReadonlyMap<number, "added" | "changed">;

class Mark extends GutterMarker {
  constructor(override readonly elementClass: string) {
    super();
  }
}

const GUTTER = { added: new Mark("mark-added"), changed: new Mark("mark-changed") };
const LINES = { added: Decoration.line({ class: "cm-edited" }), changed: Decoration.line({ class: "cm-edited" }) };

const setMarks = StateEffect.define<Marks>();

/** The marks at their lines; they move with the text until new ones come. */
const marks = StateField.define({
  create: () => ({ gutter: RangeSet.empty as RangeSet<GutterMarker>, lines: Decoration.none }),
  update(value, change) {
    let next = change.docChanged
      ? { gutter: value.gutter.map(change.changes), lines: value.lines.map(change.changes) }
      : value;
    for (const effect of change.effects) {
      if (!effect.is(setMarks)) continue;
      const { doc } = change.state;
      const known = [...effect.value].filter(([line]) => line <= doc.lines).sort(([left], [right]) => left - right);
      next = {
        gutter: RangeSet.of(known.map(([line, mark]) => GUTTER[mark].range(doc.line(line).from))),
        lines: Decoration.set(known.map(([line, mark]) => LINES[mark].range(doc.line(line).from))),
      };
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field, (value) => value.lines),
});

const PLACE = /line (\d+)(?:, column (\d+))?/;

/** Where a finding is, as the service says it. */
export const placeOf = (finding: Finding): { line: number; column: number } | undefined => {
  const found = PLACE.exec(finding.where ?? "");
  return found === null ? undefined : { line: parseInt(found[1] ?? "1", 10), column: parseInt(found[2] ?? "1", 10) };
};

const faultsIn = (state: EditorState, findings: readonly Finding[]): Diagnostic[] =>
  findings.flatMap((finding) => {
    const place = placeOf(finding);
    if (place === undefined || place.line > state.doc.lines) return [];
    const line = state.doc.line(place.line);
    const from = Math.min(line.from + place.column - 1, line.to);
    const message = [finding.what, finding.next].filter((part) => part !== undefined).join(" – ");
    return [{ from, to: line.to, severity: finding.severity, message }];
  });

const THEME = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--panel)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { font: "12px/18px var(--mono)" },
  ".cm-content": { caretColor: "var(--text)", padding: "6px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--dim)", borderRight: "0" },
  ".cm-activeLine": { backgroundColor: "var(--hover)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--track)",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)" },
  // The usual wave is an image in a data: address, which the page does not allow.
  ".cm-lintRange-error, .cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy" },
  ".cm-lintRange-error": { textDecorationColor: "var(--bad)" },
  ".cm-lintRange-warning": { textDecorationColor: "var(--warn)" },
  ".cm-tooltip": {
    backgroundColor: "var(--panel)",
    color: "var(--text)",
    border: "1px solid var(--line-strong)",
    borderRadius: "6px",
    boxShadow: "var(--shadow)",
    font: "13px/18px var(--font)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { font: "13px/18px var(--font)", maxHeight: "260px", minWidth: "280px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { display: "flex", gap: "12px", padding: "4px 10px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent)",
    color: "var(--accent-text)",
  },
  ".cm-completionLabel": { flex: "1", overflow: "hidden", textOverflow: "ellipsis" },
  ".cm-completionDetail": { fontStyle: "normal", marginLeft: "0", whiteSpace: "nowrap" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
});

/** Styles that scripts make need the nonce of this load. */
const nonce = (): string => document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? "";

export const Editor = ({
  text,
  revision,
  label,
  findings,
  marked,
  complete,
  onChange,
  onLine,
  ref,
}: {
  text: string;
  /** Another one if the text does not come from this editor: then it takes it over. */
  revision: string;
  label: string;
  findings: readonly Finding[];
  marked: Marks;
  complete: Complete;
  onChange: (text: string) => void;
  /** The cursor has come to a line. */
  onLine: (line: number) => void;
  ref: Ref<EditorHandle>;
}): ReactElement => {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const naming = useRef(new Compartment());
  const changed = useEffectEvent(onChange);
  const lineIs = useEffectEvent(onLine);
  const offered = useEffectEvent(complete);
  const asked = useEffectEvent(() => text);

  useEffect(() => {
    if (place.current === null) return;
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: asked(),
        extensions: [
          EditorView.cspNonce.of(nonce()),
          lineNumbers(),
          marks,
          gutter({ class: "cm-marks", markers: (shown) => shown.state.field(marks).gutter }),
          history(),
          drawSelection(),
          indentOnInput(),
          indentUnit.of("  "),
          bracketMatching(),
          closeBrackets(),
          highlightActiveLine(),
          yamlLanguage(),
          syntaxHighlighting(classHighlighter),
          autocompletion({ override: [(context) => offered(context)], icons: false, activateOnTypingDelay: 150 }),
          // Tab stays the key that leaves the editor.
          keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
          naming.current.of([]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((one) => one.annotation(Transaction.remote) === true)) {
              changed(update.state.doc.toString());
            }
            if (update.docChanged || update.selectionSet) {
              lineIs(update.state.doc.lineAt(update.state.selection.main.head).number);
            }
          }),
          THEME,
        ],
      }),
    });
    view.current = made;
    return () => {
      made.destroy();
      view.current = undefined;
    };
  }, []);

  useEffect(() => {
    const attributes = EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" });
    view.current?.dispatch({ effects: naming.current.reconfigure(attributes) });
  }, [label]);

  // Texts that come from elsewhere: a version, a moved rule. What is typed is never taken over, since it may be older
  // than what the editor has. Only what differs is replaced, so that Undo takes it back.
  useEffect(() => {
    const shown = view.current;
    const old = shown?.state.doc.toString();
    const next = asked();
    if (shown === undefined || old === undefined || old === next) return;
    let from = 0;
    while (from < old.length && from < next.length && old[from] === next[from]) from += 1;
    let [oldEnd, newEnd] = [old.length, next.length];
    while (oldEnd > from && newEnd > from && old[oldEnd - 1] === next[newEnd - 1]) {
      oldEnd -= 1;
      newEnd -= 1;
    }
    shown.dispatch({
      changes: { from, to: oldEnd, insert: next.slice(from, newEnd) },
      annotations: Transaction.remote.of(true),
    });
  }, [revision]);

  useEffect(() => {
    const shown = view.current;
    shown?.dispatch(setDiagnostics(shown.state, faultsIn(shown.state, findings)));
  }, [findings]);

  useEffect(() => view.current?.dispatch({ effects: setMarks.of(marked) }), [marked]);

  useImperativeHandle(ref, () => {
    const select = (at: number): void => {
      const shown = view.current;
      if (shown === undefined) return;
      const anchor = Math.min(at, shown.state.doc.length);
      shown.dispatch({ selection: { anchor } });
      shown.focus();
      // The page itself moves only if the editor is out of sight.
      const line = shown.lineBlockAt(anchor);
      const { scrollTop, clientHeight } = shown.scrollDOM;
      if (line.top < scrollTop || line.bottom > scrollTop + clientHeight) {
        shown.scrollDOM.scrollTop = line.top - clientHeight / 2;
      }
      shown.dom.parentElement?.scrollIntoView({ block: "nearest" });
    };
    return {
      goTo: (line, column = 1) => {
        const { doc } = view.current?.state ?? EditorState.create();
        const found = doc.line(Math.max(1, Math.min(line, doc.lines)));
        select(Math.min(found.from + column - 1, found.to));
      },
      completeAt: (at) => {
        select(at);
        if (view.current !== undefined) startCompletion(view.current);
      },
    };
  }, []);

  return <div className="editor" ref={place} />;
};
