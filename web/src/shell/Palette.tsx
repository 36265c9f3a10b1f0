// Go anywhere, do anything, by typing: the palette, and the list of keys.
import { Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type ReactElement, useEffect, useId, useMemo, useState } from "react";

import { customersQuery } from "../api/queries";
import { monthText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { setLanguage, setTheme } from "./preferences";
import { useScope } from "./scope";
import { screensOf } from "./screens";
import { actAs, hasRight, isCustomer, signOut, useMe } from "./session";

interface Deed {
  name: string;
  kind: string;
  run: () => void;
}

const FOUND_MAX = 12;

const useDeeds = (): Deed[] => {
  const me = useMe();
  const { text, language } = useTexts();
  const navigate = useNavigate();
  const { scope, choose } = useScope();
  const readsCustomers = hasRight(me, "read-customers");
  const customers = useQuery({ ...customersQuery, enabled: readsCustomers });
  return useMemo(() => {
    const kept = { month: scope.month, connection: scope.connection };
    const deeds: Deed[] = screensOf(me).map((screen) => ({
      name: text(screen.label),
      kind: text("goTo"),
      run: () => void navigate({ to: screen.path, search: kept as never }),
    }));
    for (const month of scope.months.toReversed()) {
      deeds.push({ name: monthText(month, language), kind: text("month"), run: () => choose({ month }) });
    }
    for (const customer of customers.data ?? []) {
      deeds.push({
        name: `${customer.name} (${customer.id})`,
        kind: text("customer"),
        run: () => void navigate({ to: "/customers", search: { ...kept, customer: customer.id } as never }),
      });
    }
    deeds.push(
      { name: text("themeLight"), kind: text("theme"), run: () => setTheme("light") },
      { name: text("themeDark"), kind: text("theme"), run: () => setTheme("dark") },
      { name: text("themeSystem"), kind: text("theme"), run: () => setTheme("system") },
      { name: "English", kind: text("language"), run: () => setLanguage("en") },
      { name: "Deutsch", kind: text("language"), run: () => setLanguage("de") },
    );
    if (me.acting_as !== undefined) {
      deeds.push({ name: text("stopActing"), kind: text("session"), run: () => actAs("") });
    }
    deeds.push({ name: text("signOut"), kind: text("session"), run: () => void signOut() });
    return deeds;
  }, [me, text, language, navigate, scope, choose, customers.data]);
};

const found = (deeds: readonly Deed[], words: string): Deed[] => {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return deeds
    .filter((deed) => wanted.every((word) => `${deed.name} ${deed.kind}`.toLowerCase().includes(word)))
    .slice(0, FOUND_MAX);
};

const PaletteBody = ({ onDone }: { onDone: () => void }): ReactElement => {
  const { text } = useTexts();
  const list = useId();
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const deeds = found(useDeeds(), words);
  const run = (deed: Deed | undefined): void => {
    if (deed === undefined) return;
    onDone();
    deed.run();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setAt((at + 1) % Math.max(deeds.length, 1));
    else if (event.key === "ArrowUp") setAt((at + deeds.length - 1) % Math.max(deeds.length, 1));
    else if (event.key === "Enter") run(deeds[at]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        className="field"
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={deeds.length > 0 ? `${list}-${at}` : undefined}
        aria-label={text("searchOrJump")}
        placeholder={text("searchOrJump")}
        value={words}
        autoFocus
        onChange={(event) => {
          setWords(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <ul className="found" id={list} role="listbox" aria-label={text("found")}>
        {deeds.map((deed, position) => (
          <li
            key={`${deed.kind} ${deed.name}`}
            id={`${list}-${position}`}
            role="option"
            aria-selected={position === at}
            onClick={() => run(deed)}
          >
            <bdi>{deed.name}</bdi>
            <span className="dim">{deed.kind}</span>
          </li>
        ))}
      </ul>
      {deeds.length === 0 && <p className="dim">{text("nothingFound")}</p>}
    </>
  );
};

const KEYS: readonly (readonly [string, TextKey])[] = [
  ["Ctrl K", "keyPalette"],
  ["?", "keyKeys"],
  ["g h", "home"],
  ["g f", "firstDay"],
  ["g c", "keyCosts"],
  ["g m", "keyMonths"],
  ["g u", "keyCustomers"],
  ["g i", "keyCommitments"],
  ["g p", "keyProof"],
  ["g v", "keyInvoices"],
  ["g n", "connections"],
  ["g a", "adminTitle"],
  ["g o", "account"],
  ["J / K", "keyRows"],
  ["Enter", "keyOpen"],
  ["F", "keyFilter"],
  ["Esc", "keyClose"],
];

const KeysBody = (): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const keys = isCustomer(me)
    ? [
        ...screensOf(me).map((screen) => [`g ${screen.key}`, screen.label] as const),
        ...KEYS.filter(([key]) => !key.startsWith("g ")),
      ]
    : KEYS;
  return (
    <table>
      <tbody>
        {keys.map(([key, label]) => (
          <tr key={key}>
            <td>
              <kbd>{key}</kbd>
            </td>
            <td>{text(label)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

export type Overlay = "palette" | "keys" | undefined;

export const Overlays = ({ shown, onShow }: { shown: Overlay; onShow: (overlay: Overlay) => void }): ReactElement => {
  const { text } = useTexts();
  return (
    <Dialog open={shown !== undefined} onOpenChange={(_, change) => onShow(change.open ? shown : undefined)}>
      <DialogSurface aria-describedby={undefined}>
        <DialogBody>
          <DialogTitle>{text(shown === "keys" ? "keys" : "goTo")}</DialogTitle>
          <DialogContent className="found-in">
            {shown === "keys" ? <KeysBody /> : <PaletteBody onDone={() => onShow(undefined)} />}
          </DialogContent>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
};

const isTyping = (event: globalThis.KeyboardEvent): boolean =>
  event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]") !== null;

/** The keys that work on every screen. */
export const useGlobalKeys = (onShow: (overlay: Overlay) => void): void => {
  const me = useMe();
  const navigate = useNavigate();
  useEffect(() => {
    let begins = false;
    const onKey = (event: globalThis.KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        onShow("palette");
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      const screen = begins ? screensOf(me).find((candidate) => candidate.key === event.key) : undefined;
      begins = event.key === "g";
      if (event.key === "?") onShow("keys");
      if (screen !== undefined) {
        void navigate({
          to: screen.path,
          search: ((now: Record<string, unknown>) => ({ month: now.month, connection: now.connection })) as never,
        });
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [me, navigate, onShow]);
};
