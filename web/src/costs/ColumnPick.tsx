// Choosing a column: the usual ones first, all others and tags by typing.
import { type ReactElement, useState } from "react";

import { useTexts } from "../i18n/texts";
import type { ColumnChoice } from "./columns";

const SHOWN_MAX = 60;

export const ColumnPick = ({
  choices,
  onPick,
}: {
  choices: readonly ColumnChoice[];
  onPick: (column: string) => void;
}): ReactElement => {
  const { text } = useTexts();
  const [word, setWord] = useState("");
  const wanted = word.trim().toLowerCase();
  const fitting = choices.filter((choice) =>
    wanted === "" ? choice.isUsual : `${choice.label} ${choice.name}`.toLowerCase().includes(wanted),
  );
  const shown = fitting.slice(0, SHOWN_MAX);
  return (
    <div className="pick">
      <input
        className="field"
        aria-label={text("findColumn")}
        placeholder={text("findColumn")}
        value={word}
        autoFocus
        onChange={(event) => setWord(event.target.value)}
      />
      <ul aria-label={text("columns")}>
        {shown.map((choice) => (
          <li key={choice.name}>
            <button type="button" onClick={() => onPick(choice.name)}>
              <span className="name">{choice.label}</span>
              {choice.label !== choice.name && <span className="dim mono">{choice.name}</span>}
            </button>
          </li>
        ))}
        {wanted !== "" && (
          <li>
            <button type="button" onClick={() => onPick(`tag.${word.trim()}`)}>
              <span className="name">{text("tag", { key: word.trim() })}</span>
            </button>
          </li>
        )}
      </ul>
      {wanted === "" && <p className="dim">{text("moreByTyping")}</p>}
    </div>
  );
};
