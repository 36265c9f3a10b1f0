// The frame of a customer's people: the partner's name, logo and colours, and only what is the customer's own.
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { type ReactElement, useLayoutEffect } from "react";

import { brandQuery } from "../api/queries";
import { useTexts } from "../i18n/texts";
import { MonthChoice, PersonMenu, Strips } from "../shell/Frame";
import { type Overlay, Overlays } from "../shell/Palette";
import { useShownTheme } from "../shell/preferences";
import { navigationOf } from "../shell/screens";
import { useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { SiteName } from "../ui/parts";
import { brandColors } from "./brand";
import "./portal.css";

/** The screens that show one month. */
const OF_A_MONTH: readonly string[] = ["/portal", "/costs"];

const LOGO = "/api/v1/brand/logo";
const NO_LOGO = "/portal.svg";
const ACTIVE = { className: "active", "aria-current": "page" } as const;
const keptMonth = ((now: Record<string, unknown>) => ({ month: now.month })) as never;

/** While the portal is shown, the page has the partner's colours and mark. */
const useBrand = (): { name: string; logo: string | undefined } => {
  const { text } = useTexts();
  const theme = useShownTheme();
  const brand = useQuery(brandQuery);
  const logo = brand.data?.has_logo === true ? LOGO : undefined;
  useLayoutEffect(() => {
    const { style } = document.documentElement;
    const colors = brandColors(brand.data, theme);
    for (const [name, value] of Object.entries(colors)) style.setProperty(name, value);
    return () => {
      for (const name of Object.keys(colors)) style.removeProperty(name);
    };
  }, [brand.data, theme]);
  useLayoutEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (icon === null) return;
    const before = icon.href;
    icon.href = logo ?? NO_LOGO;
    return () => {
      icon.href = before;
    };
  }, [logo]);
  return { name: brand.data?.name ?? text("portalNoName"), logo };
};

export const PortalFrame = ({
  overlay,
  onShow,
}: {
  overlay: Overlay;
  onShow: (overlay: Overlay) => void;
}): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const { name, logo } = useBrand();
  const screens = navigationOf(me);
  const { pathname } = useLocation();
  return (
    <SiteName value={name}>
      <div className={me.acting_as === undefined ? "portal" : "portal acts"}>
        <a className="skip" href="#content">
          {text("skip")}
        </a>
        <header className="portal-bar">
          <Link to="/portal" search={keptMonth} className="portal-brand" aria-label={name}>
            {logo !== undefined && <img src={logo} alt="" />}
            <span>{name}</span>
          </Link>
          <nav className="portal-tabs" aria-label={text("screens")}>
            {screens.map((screen) => (
              <Link
                key={screen.path}
                to={screen.path}
                search={keptMonth}
                activeProps={ACTIVE}
                activeOptions={{ exact: true, includeSearch: false }}
              >
                {text(screen.label)}
              </Link>
            ))}
          </nav>
          <span className="grow" />
          {OF_A_MONTH.includes(pathname) && <MonthChoice />}
          <button
            type="button"
            className="control icon bare find"
            aria-label={text("searchOrJump")}
            title="Ctrl K"
            onClick={() => onShow("palette")}
          >
            <Icon name="search" size={18} />
          </button>
          <PersonMenu onShow={onShow} />
        </header>
        <Strips />
        <div className="portal-page">
          <Outlet />
        </div>
        <footer className="portal-foot">
          <a href="/licenses.json">{text("licenses")}</a>
        </footer>
        <Overlays shown={overlay} onShow={onShow} />
      </div>
    </SiteName>
  );
};
