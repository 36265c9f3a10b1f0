// The rules of the list that the month uses, in their order: the other view of the draft.
import { type DragEvent, type ReactElement, useMemo, useState } from "react";

import { useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { Pill } from "../ui/parts";
import { type Difference, type Entry, isMap, keyOfEntry, type Value } from "./outline";
import { type Target, targetOf } from "./target";

const countOf = (value: Value | undefined): number =>
  Array.isArray(value) ? value.length : isMap(value) ? value.size : 0;

/** Who gets it, in a few words. */
const useSummary = (nameOf: (customer: string) => string): ((entry: Entry) => string) => {
  const { text, plural } = useTexts();
  return (entry) => {
    const { value } = entry;
    if (!isMap(value)) return text("rulesNotReadable");
    if (entry.section === "policies") {
      const [used, unused] = [value.get("used"), value.get("unused")];
      const parts = [
        typeof used === "string" ? text("rulesPolicyUsed", { how: used }) : "",
        typeof unused === "string" ? text("rulesPolicyUnused", { how: unused }) : "",
        isMap(unused) ? plural("rulesPolicyKey", countOf(unused.get("key"))) : "",
      ];
      return parts.filter((part) => part !== "").join(" · ") || text("rulesPolicyLeave");
    }
    const assign = value.get("assign");
    if (typeof assign === "string" && assign !== "") return text("rulesTo", { name: nameOf(assign) });
    const share = value.get("share");
    if (!isMap(share)) return text("rulesNoTarget");
    const measure = share.get("in_proportion_to");
    if (typeof measure === "string") return plural("rulesByMeasure", countOf(share.get("over")), { measure });
    if (share.has("equal")) return plural("rulesEqual", countOf(share.get("equal")));
    return plural("rulesPercent", share.size, { parts: [...share.values()].join(" / ") });
  };
};

const SHOWN_MAX = 300;
const FIND_FROM = 12;

export const RuleList = ({
  entries,
  differences,
  selected,
  nameOf,
  onSelect,
  onMove,
  onTarget,
}: {
  entries: readonly Entry[];
  differences: readonly Difference[];
  selected: Entry | undefined;
  nameOf: (customer: string) => string;
  onSelect: (entry: Entry) => void;
  onMove: (entry: Entry, other: Entry) => void;
  /** Who gets what it matches is to be edited. */
  onTarget: (entry: Entry, target: Target) => void;
}): ReactElement => {
  const { text, plural } = useTexts();
  const summaryOf = useSummary(nameOf);
  const [word, setWord] = useState("");
  const [dragged, setDragged] = useState<Entry>();
  const [over, setOver] = useState<Entry>();
  const edits = useMemo(
    () => new Map(differences.map((one) => [keyOfEntry(one), one.edit])),
    [differences],
  );
  const found = entries.filter((entry) => entry.text.toLowerCase().includes(word.toLowerCase()));
  const drop = (event: DragEvent, entry: Entry): void => {
    event.preventDefault();
    if (dragged !== undefined && dragged !== entry) onMove(dragged, entry);
    setDragged(undefined);
    setOver(undefined);
  };
  return (
    <>
      {entries.length > FIND_FROM && (
        <div className="rule-find">
          <input
            className="field"
            type="search"
            aria-label={text("rulesFind")}
            placeholder={text("rulesFind")}
            value={word}
            onChange={(event) => setWord(event.target.value)}
          />
        </div>
      )}
      <ol className="rule-list">
        {found.slice(0, SHOWN_MAX).map((entry) => {
          const edit = edits.get(keyOfEntry(entry));
          const at = entries.indexOf(entry);
          const isSelected = entry === selected;
          const target = isSelected ? targetOf(entry) : undefined;
          const [above, below] = [entries[at - 1], entries[at + 1]];
          return (
            <li
              key={`${entry.place} ${entry.name}`}
              className={[isSelected ? "chosen" : "", over === entry && dragged !== entry ? "target" : ""].join(" ")}
              draggable={entry.isBlock}
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = "move";
                setDragged(entry);
              }}
              onDragEnd={() => {
                setDragged(undefined);
                setOver(undefined);
              }}
              onDragOver={(event) => {
                if (dragged === undefined || !entry.isBlock) return;
                event.preventDefault();
                setOver(entry);
              }}
              onDrop={(event) => drop(event, entry)}
            >
              <button type="button" className="rule" aria-current={isSelected} onClick={() => onSelect(entry)}>
                <span className="place dim">{entry.place}</span>
                <b>
                  <bdi>{entry.name}</bdi>
                </b>
                <span className="dim summary">{summaryOf(entry)}</span>
                {edit !== undefined && edit !== "removed" && (
                  <Pill tone={EDITS[edit].tone}>{text(EDITS[edit].label)}</Pill>
                )}
              </button>
              {isSelected && entry.isBlock && (
                <span className="moves">
                  <button
                    type="button"
                    className="control icon small bare"
                    aria-label={text("rulesUp", { name: entry.name })}
                    disabled={above === undefined || !above.isBlock}
                    onClick={() => above !== undefined && onMove(entry, above)}
                  >
                    <Icon name="chevronUp" />
                  </button>
                  <button
                    type="button"
                    className="control icon small bare"
                    aria-label={text("rulesDown", { name: entry.name })}
                    disabled={below === undefined || !below.isBlock}
                    onClick={() => below !== undefined && onMove(entry, below)}
                  >
                    <Icon name="chevron" />
                  </button>
                </span>
              )}
              {target !== undefined && (
                <span className="who">
                  <button type="button" className="control small" onClick={() => onTarget(entry, target)}>
                    {text("rulesTarget")}
                  </button>
                </span>
              )}
            </li>
          );
        })}
      </ol>
      {found.length > SHOWN_MAX && <p className="sub rule-find">{plural("andMore", found.length - SHOWN_MAX)}</p>}
    </>
  );
};

export const EDITS = {
  added: { tone: "good", label: "rulesEditAdded" },
  changed: { tone: "warn", label: "rulesEditChanged" },
  moved: { tone: "info", label: "rulesEditMoved" },
  removed: { tone: "bad", label: "rulesEditRemoved" },
} as const;
