// What is set up once and looked after: who may do what, where alerts go, what the service did.
import { Link, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";

import { useTexts } from "../i18n/texts";
import { useMe } from "../shell/session";
import { Empty, ScreenTitle } from "../ui/parts";
import { AlertsSection } from "./AlertsSection";
import { AuditSection } from "./AuditSection";
import { BrandSection } from "./BrandSection";
import { JobsSection } from "./JobsSection";
import { PeopleSection } from "./PeopleSection";
import { type Section, sectionsOf } from "./sections";
import { SettingsSection } from "./SettingsSection";
import { SignInSection } from "./SignInSection";
import { SubscriptionsSection } from "./SubscriptionsSection";
import { TokensSection } from "./TokensSection";

import "../connections/connections.css";
import "./administration.css";

const SHOWN: Record<Section, () => ReactElement> = {
  people: PeopleSection,
  tokens: TokensSection,
  "sign-in": SignInSection,
  audit: AuditSection,
  alerts: AlertsSection,
  jobs: JobsSection,
  subscriptions: SubscriptionsSection,
  brand: BrandSection,
  settings: SettingsSection,
};

export const AdministrationScreen = (): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const search = useSearch({ from: "/administration" });
  const sections = sectionsOf(me);
  const section = sections.find((one) => one.id === (search.section ?? sections[0]?.id));
  const Shown = section === undefined ? undefined : SHOWN[section.id];
  return (
    <main
      className={search.open === undefined ? "main administration" : "main administration beside-panel"}
      id="content"
    >
      <div className="row wrap">
        <ScreenTitle>{text("adminTitle")}</ScreenTitle>
      </div>
      <div className="sections-beside">
        <nav className="sections" aria-label={text("adminSections")}>
          {sections.map((one) => (
            <Link
              key={one.id}
              to="/administration"
              search={(now) => ({ month: now.month, connection: now.connection, section: one.id })}
              resetScroll={false}
              className={one === section ? "active" : undefined}
              aria-current={one === section ? "page" : undefined}
            >
              {text(one.label)}
            </Link>
          ))}
        </nav>
        <div className="section">
          {Shown === undefined ? <Empty title={text("adminNoRight")}>{text("adminNoRightWhy")}</Empty> : <Shown />}
        </div>
      </div>
    </main>
  );
};
