// What needs somebody, one row and one button each; only the first button is the primary one.
import { Link } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";

import { amountText, changeText, exactText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { Pill, type Tone } from "../ui/parts";
import type { Action, Level, Money } from "./actions";

const SHOWN_FIRST = 5;

const TONES: Record<Level, Tone> = { blocks: "bad", soon: "warn", close: "none", saving: "info" };

export const MoneyText = ({ money, isChange = false }: { money: Money; isChange?: boolean }): ReactElement => {
  const { language } = useTexts();
  const { amount, currency } = money;
  return (
    <b className="nowrap" title={exactText(amount, currency, language)}>
      {currency} {isChange ? changeText(amount, currency, language) : amountText(amount, currency, language)}
    </b>
  );
};

const MoneyList = ({ money, isChange = false }: { money: readonly Money[]; isChange?: boolean }): ReactElement => (
  <>
    {money.map((one, position) => (
      <span key={one.currency}>
        {position > 0 && " "}
        <MoneyText money={one} isChange={isChange} />
      </span>
    ))}
  </>
);

const ActionRow = ({ action, isFirst }: { action: Action; isFirst: boolean }): ReactElement => {
  const { text } = useTexts();
  return (
    <li className="action" data-tone={TONES[action.level]}>
      <span className="mark">
        <Icon name={action.icon} size={20} />
      </span>
      <div className="what">
        <h3>{action.title}</h3>
        <p className="dim">
          {action.parts?.map((part, position) => (
            <span key={part.name}>
              {position > 0 && " · "}
              <bdi>{part.name}</bdi> <MoneyList money={part.money} />
            </span>
          ))}
          {action.parts !== undefined && action.why !== "" && " · "}
          {action.why}
        </p>
      </div>
      <div className="worth">
        {action.money !== undefined && (
          <div className="money">
            <MoneyList money={action.money} isChange={action.isChange === true} />
          </div>
        )}
        {action.fact !== undefined && <b>{action.fact}</b>}
        {action.subFact !== undefined && <div className="dim">{action.subFact}</div>}
      </div>
      <div className="deed">
        {action.target !== undefined && action.label !== undefined && (
          <Link
            to={action.target.to}
            search={action.target.search as never}
            className={isFirst ? "control primary" : "control"}
            aria-label={`${text(action.label)}: ${action.title}`}
          >
            <span>{text(action.label)}</span>
            <span className="small-only" aria-hidden="true">
              <Icon name="forward" />
            </span>
          </Link>
        )}
      </div>
    </li>
  );
};

export const NeedsAction = ({
  actions,
  isPending,
}: {
  actions: readonly Action[];
  isPending: boolean;
}): ReactElement => {
  const { text, plural } = useTexts();
  const [isAll, setAll] = useState(false);
  const count = (...levels: Level[]): number => actions
      .filter((action) => levels.includes(action.level))
      .reduce((sum, action) => sum + (action.standsFor ?? 1), 0);
  const blocks = count("blocks");
  const soon = count("soon", "close");
  const saving = count("saving");
  const shown = isAll ? actions : actions.slice(0, SHOWN_FIRST);
  return (
    <section className="card needs-action" aria-label={text("homeNeedsAction")}>
      <header>
        <h2>{text("homeNeedsAction")}</h2>
        {blocks > 0 && <Pill tone="bad">{plural("homeBlocks", blocks)}</Pill>}
        {soon > 0 && <Pill tone="warn">{plural("homeSoon", soon)}</Pill>}
        {saving > 0 && <Pill tone="info">{plural("homeSavings", saving)}</Pill>}
      </header>
      {isPending && actions.length === 0 && (
        <ul aria-hidden="true">
          {[1, 2, 3].map((row) => (
            <li key={row} className="action">
              <span className="skeleton" />
              <div className="what">
                <span className="skeleton" />
              </div>
              <span className="skeleton" />
              <span className="skeleton" />
            </li>
          ))}
        </ul>
      )}
      {!isPending && actions.length === 0 && (
        <p className="nothing-to-do">
          <Icon name="check" size={20} />
          {text("homeNothing")}
        </p>
      )}
      {shown.length > 0 && (
        <ul>
          {shown.map((action, position) => (
            <ActionRow key={action.id} action={action} isFirst={position === 0} />
          ))}
        </ul>
      )}
      {actions.length > SHOWN_FIRST && (
        <footer>
          <button type="button" className="link" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
            {isAll ? text("homeShowFewer") : plural("homeShowAll", actions.length)}
          </button>
        </footer>
      )}
    </section>
  );
};
