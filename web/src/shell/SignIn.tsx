// Signing in: with a password and a code, or with the identity provider. Links that are valid once are opened by the
// service itself.
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, ApiError, dataOf } from "../api/client";
import { brandQuery, methodsQuery } from "../api/queries";
import { useTexts } from "../i18n/texts";
import { Logo } from "../ui/icons";
import { Command, ProblemNote, ScreenTitle } from "../ui/parts";
import { signedIn } from "./session";

const returnTo = (): string => `${location.pathname}${location.search}`;

const PasswordForm = (): ReactElement => {
  const { text } = useTexts();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const signIn = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/api/v1/session", {
          body: { user, password, ...(code === "" ? {} : { one_time_code: code }) },
        }),
      ),
    onSuccess: signedIn,
  });
  const needsCode =
    code !== "" || (signIn.error instanceof ApiError && signIn.error.problem.id === "one-time-code-wrong");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <form onSubmit={submit}>
      {signIn.isError && <ProblemNote error={signIn.error} />}
      <label>
        {text("user")}
        <input
          className="field"
          autoComplete="username"
          required
          value={user}
          onChange={(event) => setUser(event.target.value)}
        />
      </label>
      <label>
        {text("password")}
        <input
          className="field"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </label>
      <label>
        {text(needsCode ? "oneTimeCode" : "oneTimeCodeIfAny")}
        <input
          className="field"
          autoComplete="one-time-code"
          inputMode="numeric"
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
      </label>
      <button type="submit" className="control primary" disabled={signIn.isPending}>
        {text(signIn.isPending ? "signingIn" : "signIn")}
      </button>
    </form>
  );
};

export const SignIn = ({ hasEnded }: { hasEnded: boolean }): ReactElement => {
  const { text } = useTexts();
  const methods = useQuery(methodsQuery);
  const brand = useQuery(brandQuery);
  const provider = methods.data?.provider;
  return (
    <main className="sign-in">
      <section className="card" aria-label={text("signIn")}>
        <div className="row">
          {brand.data?.has_logo === true ? <img className="brand-mark" src="/api/v1/brand/logo" alt="" /> : <Logo />}
          <ScreenTitle>{text("signInTo", { name: brand.data?.name ?? text("product") })}</ScreenTitle>
        </div>
        {hasEnded && (
          <p className="note warn" role="status">
            {text("sessionEnded")}
          </p>
        )}
        {methods.isError && <ProblemNote error={methods.error} onRetry={() => void methods.refetch()} />}
        {provider !== undefined && (
          <a className="control primary" href={`${provider.url}?return_to=${encodeURIComponent(returnTo())}`}>
            {provider.label}
          </a>
        )}
        {methods.data?.passwords === true && <PasswordForm />}
        {methods.data !== undefined && provider === undefined && !methods.data.passwords && (
          <>
            <p>{text("nobodyCanSignIn")}</p>
            <Command line="apportion serve --open" />
          </>
        )}
        {brand.data?.support_text !== undefined && <p className="dim">{brand.data.support_text}</p>}
      </section>
    </main>
  );
};
