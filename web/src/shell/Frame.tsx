// The frame of all screens: who, where, when, and the way to everything else.
import {
  Menu,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";

import { brandQuery, freshnessQuery } from "../api/queries";
import { type Language, momentText, monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { PortalFrame } from "../portal/PortalFrame";
import { Icon, Logo } from "../ui/icons";
import { ChoiceMenu } from "../ui/parts";
import { useConnectionLost } from "./connection";
import { useEvents } from "./events";
import { type Overlay, Overlays, useGlobalKeys } from "./Palette";
import { setLanguage, setTheme, type Theme, useLanguage, useThemeChoice } from "./preferences";
import { useScope } from "./scope";
import { navigationOf } from "./screens";
import { actAs, hasRight, isCustomer, isPartner, signOut, useMe } from "./session";

const ALL = "*";

export const MonthChoice = (): ReactElement | null => {
  const { text, language } = useTexts();
  const { scope, choose } = useScope();
  if (scope.month === undefined) return null;
  const months = scope.months.includes(scope.month) ? scope.months : [...scope.months, scope.month].sort();
  return (
    <ChoiceMenu
      label={text("month")}
      choices={months.toReversed().map((month) => ({ value: month, label: monthText(month, language) }))}
      chosen={scope.month}
      onChoose={(month) => choose({ month })}
    />
  );
};

const ConnectionChoice = (): ReactElement | null => {
  const { text } = useTexts();
  const { scope, choose } = useScope();
  if (scope.connections.length < 2) return null;
  return (
    <ChoiceMenu
      label={text("connection")}
      choices={[
        { value: ALL, label: text("allConnections") },
        ...scope.connections.map((name) => ({ value: name, label: name })),
      ]}
      chosen={scope.connection ?? ALL}
      onChoose={(name) => choose({ connection: name === ALL ? undefined : name })}
      className="control second"
    />
  );
};

const DAY_SECONDS = 86_400;
const LATE_DAYS = 2;

/** How old the oldest data is; says it too when a run is overdue. */
const Freshness = (): ReactElement | null => {
  const me = useMe();
  const { text, language } = useTexts();
  const { scope } = useScope();
  const freshness = useQuery({ ...freshnessQuery, enabled: hasRight(me, "read-connections") });
  const known = (freshness.data ?? [])
    .filter((source) => scope.connection === undefined || source.connection === scope.connection)
    .filter((source) => source.data_as_of !== undefined)
    .sort((left, right) => (left.data_as_of ?? "").localeCompare(right.data_as_of ?? ""));
  const oldest = known[0];
  if (oldest?.data_as_of === undefined) return null;
  const isLate = (oldest.lag_seconds ?? 0) > LATE_DAYS * DAY_SECONDS;
  return (
    <span className="fresh second" title={`${oldest.connection}: ${momentText(oldest.data_as_of, language)}`}>
      <i className={isLate ? "dot late" : "dot"} />
      <span>
        {text(isLate ? "dataOnlyAsOf" : "dataAsOf")} {momentText(oldest.data_as_of, language, "brief")} UTC
      </span>
    </span>
  );
};

const initials = (name: string): string =>
  name
    .split(/[\s@._:-]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((part) => part.slice(0, 1).toUpperCase())
    .join("");

export const PersonMenu = ({ onShow }: { onShow: (overlay: Overlay) => void }): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const theme = useThemeChoice();
  const language = useLanguage();
  const navigate = useNavigate();
  return (
    <Menu
      checkedValues={{ theme: [theme], language: [language] }}
      onCheckedValueChange={(_, change) => {
        const value = change.checkedItems[0];
        if (change.name === "theme") setTheme(value as Theme);
        if (change.name === "language") setLanguage(value as Language);
      }}
    >
      <MenuTrigger disableButtonEnhancement>
        <button type="button" className="control bare" aria-label={text("menuOf", { name: me.name })}>
          <span className="avatar" aria-hidden="true" data-initials={initials(me.name)} />
          <Icon name="chevron" />
        </button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuGroup>
            <MenuGroupHeader>
              {me.name} · {me.role}
            </MenuGroupHeader>
            {me.acting_as === undefined && (
              <MenuItem onClick={() => void navigate({ to: "/account", search: keptScope })}>{text("account")}</MenuItem>
            )}
            <MenuItem onClick={() => onShow("keys")}>{text("keys")}</MenuItem>
          </MenuGroup>
          <MenuDivider />
          <MenuGroup>
            <MenuGroupHeader>{text("theme")}</MenuGroupHeader>
            <MenuItemRadio name="theme" value="system">
              {text("themeSystem")}
            </MenuItemRadio>
            <MenuItemRadio name="theme" value="light">
              {text("themeLight")}
            </MenuItemRadio>
            <MenuItemRadio name="theme" value="dark">
              {text("themeDark")}
            </MenuItemRadio>
          </MenuGroup>
          <MenuDivider />
          <MenuGroup>
            <MenuGroupHeader>{text("language")}</MenuGroupHeader>
            <MenuItemRadio name="language" value="en" lang="en">
              English
            </MenuItemRadio>
            <MenuItemRadio name="language" value="de" lang="de">
              Deutsch
            </MenuItemRadio>
          </MenuGroup>
          <MenuDivider />
          <MenuItem onClick={() => void signOut()}>{text("signOut")}</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
};

const SmallNavigation = (): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <button type="button" className="control icon bare small-only" aria-label={text("menu")}>
          <Icon name="menu" size={18} />
        </button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {navigationOf(me).map((screen) => (
            <Link key={screen.path} to={screen.path} search={keptScope} className="menu-link">
              <MenuItem icon={<Icon name={screen.icon} />} tabIndex={-1}>
                {text(screen.label)}
              </MenuItem>
            </Link>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
};

const keptScope = ((now: Record<string, unknown>) => ({ month: now.month, connection: now.connection })) as never;

const Top = ({ onShow }: { onShow: (overlay: Overlay) => void }): ReactElement => {
  const { text } = useTexts();
  const brand = useQuery(brandQuery);
  const name = brand.data?.name;
  return (
    <header className="top">
      <SmallNavigation />
      <Link to="/" search={keptScope} className="brand" aria-label={name ?? text("product")}>
        {brand.data?.has_logo === true ? <img src="/api/v1/brand/logo" alt="" /> : <Logo />}
        <span>{name ?? text("product")}</span>
      </Link>
      <MonthChoice />
      <ConnectionChoice />
      <button type="button" className="search" onClick={() => onShow("palette")}>
        <Icon name="search" />
        <span>{text("searchOrJump")}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <span className="grow small-only" />
      <button
        type="button"
        className="control icon bare small-only"
        aria-label={text("searchOrJump")}
        onClick={() => onShow("palette")}
      >
        <Icon name="search" size={18} />
      </button>
      <Freshness />
      <PersonMenu onShow={onShow} />
    </header>
  );
};

export const Strips = (): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const isLost = useConnectionLost();
  return (
    <>
      {isLost && (
        <div className="strip warn" role="alert">
          <Icon name="warning" />
          {text("connectionLost")}
        </div>
      )}
      {me.acting_as !== undefined && (
        <div className="strip acting" role="status">
          <Icon name="eye" />
          <span className="grow">{text("actingAs", { customer: me.acting_as })}</span>
          <button type="button" className="control small" onClick={() => actAs("")}>
            {text("stopActing")}
          </button>
        </div>
      )}
    </>
  );
};

export const Frame = (): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const [overlay, setOverlay] = useState<Overlay>();
  useGlobalKeys(setOverlay);
  useEvents(me.forgery_token ?? me.actor, isPartner(me) || hasRight(me, "operate"));
  if (isCustomer(me)) return <PortalFrame overlay={overlay} onShow={setOverlay} />;
  return (
    <div className={me.acting_as === undefined ? "frame" : "frame acts"}>
      <a className="skip" href="#content">
        {text("skip")}
      </a>
      <Top onShow={setOverlay} />
      <Strips />
      <nav className="nav" aria-label={text("screens")}>
        {navigationOf(me).map((screen) => (
          <Link key={screen.path} to={screen.path} search={keptScope} activeProps={ACTIVE} activeOptions={EXACT}>
            <Icon name={screen.icon} />
            {text(screen.label)}
          </Link>
        ))}
        <div className="foot">
          <a href="/licenses.json">{text("licenses")}</a>
        </div>
      </nav>
      <Outlet />
      <Overlays shown={overlay} onShow={setOverlay} />
    </div>
  );
};

// An address begins with that of the first screen; and what it asks for makes no other screen.
const EXACT = { exact: true, includeSearch: false } as const;
const ACTIVE = { className: "active", "aria-current": "page" } as const;
