// The page as a whole: themes, texts, and whoever is signed in.
import { FluentProvider } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { type ReactElement, useLayoutEffect, useMemo, useState } from "react";

import { meQuery } from "./api/queries";
import { textsIn, TextsProvider, useTexts } from "./i18n/texts";
import { router } from "./router";
import { Invitation, invitationIn } from "./shell/Invitation";
import { useLanguage, useShownTheme } from "./shell/preferences";
import { beginSession, hadSession, MeProvider } from "./shell/session";
import { SignIn } from "./shell/SignIn";
import { THEMES } from "./theme/theme";
import { ProblemNote } from "./ui/parts";

const Gate = (): ReactElement => {
  const { text } = useTexts();
  const me = useQuery(meQuery);
  const [invitation, setInvitation] = useState(() => invitationIn(location.hash));
  const person = me.data ?? undefined;
  if (person !== undefined) beginSession(person);
  if (invitation !== undefined) {
    const leave = (): void => {
      history.replaceState(null, "", "/");
      setInvitation(undefined);
    };
    return <Invitation secret={invitation} onDone={leave} />;
  }
  if (me.isPending)
    return (
      <p className="sign-in" role="status">
        {text("loading")}
      </p>
    );
  if (me.isError && me.data === undefined) {
    return (
      <main className="sign-in">
        <ProblemNote error={me.error} onRetry={() => void me.refetch()} />
      </main>
    );
  }
  if (person === undefined) return <SignIn hasEnded={hadSession()} />;
  return (
    <MeProvider value={person}>
      <RouterProvider router={router} />
    </MeProvider>
  );
};

export const App = (): ReactElement => {
  const language = useLanguage();
  const theme = useShownTheme();
  const texts = useMemo(() => textsIn(language), [language]);
  useLayoutEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dataset.theme = theme;
  }, [language, theme]);
  return (
    <FluentProvider theme={THEMES[theme]} className="page">
      <TextsProvider value={texts}>
        <Gate />
      </TextsProvider>
    </FluentProvider>
  );
};
