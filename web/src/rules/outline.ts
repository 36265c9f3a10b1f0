// The rules or policies of a document as they stand in its text, also while that has errors.
import { yamlLanguage } from "@codemirror/lang-yaml";

type Node = ReturnType<typeof yamlLanguage.parser.parse>["topNode"];
export type Value = string | readonly Value[] | ReadonlyMap<string, Value>;
export const isMap = (value: Value | undefined): value is ReadonlyMap<string, Value> => value instanceof Map;
export type Section = "rules" | "policies" | "sets";

export interface Entry {
  /** From when on its list holds, as it is written. */
  list: string;
  section: Section;
  /** Its place in the list, from 1. */
  place: number;
  name: string;
  value: Value;
  /** Its lines, with the comment above them. */
  from: number;
  to: number;
  /** The line of its first letter, from 1. */
  line: number;
  /** Has lines of its own, so that it can be moved. */
  isBlock: boolean;
  text: string;
}

const SECTIONS: readonly string[] = ["rules", "policies", "sets"] satisfies Section[];

const childrenOf = (node: Node): Node[] => {
  const children: Node[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
};

const isContent = (node: Node): boolean => /Mapping|Sequence|Literal/.test(node.name);
const contentOf = (node: Node): Node | undefined => childrenOf(node).find(isContent);
const itemsOf = (node: Node): Node[] => node.getChildren("Item");
const pairsOf = (node: Node): Node[] => node.getChildren("Pair");

const scalarOf = (node: Node, text: string): string => {
  const written = text.slice(node.from, node.to);
  if (node.name !== "QuotedLiteral") return written;
  const inner = written.slice(1, -1);
  return written.startsWith("'") ? inner.replaceAll("''", "'") : inner.replace(/\\(["\\])/g, "$1");
};

const keyOf = (pair: Node, text: string): string => {
  const key = pair.getChild("Key");
  const content = key === null ? undefined : contentOf(key);
  return content === undefined ? "" : scalarOf(content, text);
};

const valueOf = (node: Node | undefined, text: string): Value => {
  if (node === undefined) return "";
  if (node.name.endsWith("Mapping")) {
    return new Map(pairsOf(node).map((pair) => [keyOf(pair, text), valueOf(contentOf(pair), text)]));
  }
  if (node.name.endsWith("Sequence")) return itemsOf(node).map((item) => valueOf(contentOf(item), text));
  return scalarOf(node, text);
};

/** The place of the first letter of the line. */
const lineStart = (text: string, at: number): number => text.lastIndexOf("\n", at - 1) + 1;
const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end;
};

const withComment = (text: string, start: number): number => {
  let from = start;
  while (from > 0) {
    const above = lineStart(text, from - 1);
    if (!text.slice(above, from).trimStart().startsWith("#")) return from;
    from = above;
  }
  return from;
};

/** Lines counted from where it was asked last: entries come in the order of the text. */
const lineCounter = (text: string): ((at: number) => number) => {
  let [line, counted] = [1, 0];
  return (at) => {
    for (let end = text.indexOf("\n", counted); end !== -1 && end < at; end = text.indexOf("\n", counted)) {
      line += 1;
      counted = end + 1;
    }
    return line;
  };
};

export const entriesOf = (text: string): Entry[] => {
  const entries: Entry[] = [];
  const lineOf = lineCounter(text);
  const document = yamlLanguage.parser.parse(text).topNode.getChild("Document");
  const lists = document === null ? undefined : contentOf(document);
  for (const item of lists === undefined ? [] : itemsOf(lists)) {
    const list = contentOf(item);
    if (list === undefined || !list.name.endsWith("Mapping")) continue;
    const pairs = pairsOf(list);
    const effective = pairs.find((pair) => keyOf(pair, text) === "effective");
    const since = effective === undefined ? undefined : valueOf(contentOf(effective), text);
    const places = new Map<Section, number>();
    const add = (section: Section, node: Node, name: string | undefined, content: Node | undefined): void => {
      const value = valueOf(content, text);
      const named = value instanceof Map ? value.get("name") : undefined;
      const place = (places.get(section) ?? 0) + 1;
      places.set(section, place);
      const mark = node.name === "Item" ? (node.prevSibling ?? node) : node;
      const start = lineStart(text, mark.from);
      const isBlock = text.slice(start, mark.from).trim() === "" && mark.name !== "[" && mark.name !== ",";
      const to = isBlock ? lineEnd(text, content?.to ?? node.to) : node.to;
      entries.push({
        list: typeof since === "string" ? since : "",
        section,
        place,
        name: name ?? (typeof named === "string" && named !== "" ? named : `rule ${place}`),
        value,
        from: isBlock ? withComment(text, start) : node.from,
        to,
        line: lineOf(mark.from),
        isBlock,
        text: text.slice(mark.from, to),
      });
    };
    for (const pair of pairs) {
      const section = keyOf(pair, text);
      const content = contentOf(pair);
      if (!SECTIONS.includes(section) || content === undefined) continue;
      if (section === "sets") pairsOf(content).forEach((set) => add("sets", set, keyOf(set, text), contentOf(set)));
      else itemsOf(content).forEach((one) => add(section as Section, one, undefined, contentOf(one)));
    }
  }
  return entries;
};

/** From when on the list holds that a month uses; nothing before the first one. */
export const listOf = (entries: readonly Entry[], month: string): string | undefined =>
  [...new Set(entries.map((entry) => entry.list.slice(0, 7)))]
    .filter((list) => list <= month)
    .sort()
    .at(-1);

/** The text with an entry at the place of another one of its list. */
export const moved = (text: string, entry: Entry, other: Entry): string => {
  const block = text.slice(entry.from, entry.to);
  const rest = text.slice(0, entry.from) + text.slice(Math.min(entry.to + 1, text.length));
  if (other.from < entry.from) return `${rest.slice(0, other.from)}${block}\n${rest.slice(other.from)}`;
  const behind = other.to - (entry.to + 1 - entry.from);
  return `${rest.slice(0, behind)}\n${block}${rest.slice(behind)}`;
};

/** The text with another pair in the place of the one that an entry has with one of these keys; else behind its last. */
export const replacedPair = (text: string, entry: Entry, keys: readonly string[], line: string): string => {
  const mark = entry.to - entry.text.length;
  const start = lineStart(text, mark);
  const lines = text.slice(start, entry.to);
  const document = yamlLanguage.parser.parse(lines).topNode.getChild("Document");
  const [item] = document === null ? [] : childrenOf(document).flatMap(itemsOf);
  const content = item === undefined ? undefined : contentOf(item);
  const pairs = content === undefined ? [] : pairsOf(content);
  const pair = pairs.find((one) => keys.includes(keyOf(one, lines)));
  const last = pairs.at(-1);
  if (content === undefined || last === undefined) return text;
  const isFlow = content.name.startsWith("Flow");
  const between = isFlow ? ", " : `\n${" ".repeat(last.from - lineStart(lines, last.from))}`;
  const [from, to] = pair === undefined ? [last.to, last.to] : [pair.from, pair.to];
  return text.slice(0, start + from) + (pair === undefined ? between : "") + line + text.slice(start + to);
};

/** The text with lines behind the last entry of the list that a month uses, and where these lines begin. */
export const withEntry = (
  text: string,
  month: string,
  section: "rules" | "policies",
  lines: readonly string[],
): { text: string; at: number } => {
  const entries = entriesOf(text).filter((entry) => entry.section === section);
  const list = listOf(entries, month);
  const last = entries.findLast((entry) => entry.list.slice(0, 7) === list && entry.isBlock);
  if (last === undefined) {
    const head = text.trim() === "" ? "" : `${text.trimEnd()}\n`;
    const begin = `${head}- effective: ${month}\n  ${section}:\n`;
    return { text: `${begin}${indented(lines, "    ")}\n`, at: begin.length };
  }
  const mark = last.to - last.text.length;
  const indent = text.slice(lineStart(text, mark), mark);
  const begin = `${text.slice(0, last.to)}\n`;
  return { text: `${begin}${indented(lines, indent)}${text.slice(last.to) || "\n"}`, at: begin.length };
};

const indented = (lines: readonly string[], indent: string): string =>
  lines.map((line, at) => `${indent}${at === 0 ? "- " : "  "}${line}`).join("\n");

export interface Difference {
  edit: "added" | "removed" | "changed" | "moved";
  list: string;
  section: string;
  name: string;
  before?: string;
  after?: string;
}

/** The same for an entry and for what differs in it. */
export const keyOfEntry = (entry: Pick<Entry, "list" | "name"> & { section: string }): string =>
  `${entry.list}\n${entry.section}\n${entry.name}`;
/** Its lines as if it stood at the begin of them. */
const shownText = (entry: Entry): string => {
  const [first = "", ...rest] = entry.text.split("\n");
  const indents = rest.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const cut = Math.max(0, Math.min(...indents) - 2);
  return [first, ...rest.map((line) => line.slice(cut))].join("\n");
};
const plainText = (entry: Entry): string =>
  entry.text
    .split("\n")
    .map((line) => line.trim())
    .join("\n");

/** The longest run of rising numbers: what did not move. */
const risingOf = (numbers: readonly number[]): Set<number> => {
  const ends: number[] = [];
  const before = new Map<number, number | undefined>();
  for (const number of numbers) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    before.set(number, low > 0 ? ends[low - 1] : undefined);
    ends[low] = number;
  }
  const rising = new Set<number>();
  for (let number = ends.at(-1); number !== undefined; number = before.get(number)) rising.add(number);
  return rising;
};

/** What differs between two texts, entry by entry, in the order of the second. */
export const differencesOf = (before: readonly Entry[], after: readonly Entry[]): Difference[] => {
  const old = new Map(before.map((entry, at) => [keyOfEntry(entry), { entry, at }]));
  const kept = after.flatMap((entry) => old.get(keyOfEntry(entry))?.at ?? []);
  const rising = risingOf(kept);
  const names = new Set(after.map(keyOfEntry));
  const differences = after.flatMap((entry): Difference[] => {
    const { list, section, name } = entry;
    const text = shownText(entry);
    const found = old.get(keyOfEntry(entry));
    if (found === undefined) return [{ edit: "added", list, section, name, after: text }];
    if (plainText(found.entry) !== plainText(entry)) {
      return [{ edit: "changed", list, section, name, before: shownText(found.entry), after: text }];
    }
    return rising.has(found.at) || section === "sets" ? [] : [{ edit: "moved", list, section, name, after: text }];
  });
  const removed = before
    .filter((entry) => !names.has(keyOfEntry(entry)))
    .map((entry): Difference => {
      const { list, section, name } = entry;
      return { edit: "removed", list, section, name, before: shownText(entry) };
    });
  return [...differences, ...removed];
};

/** Lines that are new or edited, from 1. */
export const markedLines = (
  before: readonly Entry[],
  after: readonly Entry[],
  differences: readonly Difference[],
): Map<number, "added" | "changed"> => {
  const marks = new Map<number, "added" | "changed">();
  const edits = new Map(differences.map((one) => [keyOfEntry(one), one]));
  const old = new Map(before.map((entry) => [keyOfEntry(entry), entry]));
  for (const entry of after) {
    const edit = edits.get(keyOfEntry(entry))?.edit;
    if (edit !== "added" && edit !== "changed") continue;
    const known = new Set(old.get(keyOfEntry(entry))?.text.split("\n").map((line) => line.trim()));
    entry.text.split("\n").forEach((line, at) => {
      if (edit === "added" || !known.has(line.trim())) marks.set(entry.line + at, edit);
    });
  }
  return marks;
};
