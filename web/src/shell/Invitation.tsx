// Accepting an invitation, or a reset: choosing a password. The link's secret is in the part of the address that
// browsers send to nobody.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, ApiError, dataOf } from "../api/client";
import { useTexts } from "../i18n/texts";
import { Logo } from "../ui/icons";
import { ProblemNote, ScreenTitle } from "../ui/parts";
import { signedIn } from "./session";

const INVITATION = /^#\/invitation\/([\w-]+)$/;

/** The secret of the invitation that the address is, if it is one. */
export const invitationIn = (hash: string): string | undefined => INVITATION.exec(hash)?.[1];

export const Invitation = ({ secret, onDone }: { secret: string; onDone: () => void }): ReactElement => {
  const { text } = useTexts();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const accept = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/api/v1/invitations", {
          body: { secret, password, ...(code === "" ? {} : { one_time_code: code }) },
        }),
      ),
    onSuccess: (me) => {
      onDone();
      signedIn(me);
    },
  });
  const needsCode =
    code !== "" || (accept.error instanceof ApiError && accept.error.problem.id === "one-time-code-wrong");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    accept.mutate();
  };
  return (
    <main className="sign-in">
      <section className="card" aria-label={text("choosePassword")}>
        <div className="row">
          <Logo />
          <ScreenTitle>{text("choosePassword")}</ScreenTitle>
        </div>
        <form onSubmit={submit}>
          {accept.isError && <ProblemNote error={accept.error} />}
          <label>
            {text("newPassword")}
            <input
              className="field"
              type="password"
              autoComplete="new-password"
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </label>
          {needsCode && (
            <label>
              {text("oneTimeCode")}
              <input
                className="field"
                autoComplete="one-time-code"
                value={code}
                onChange={(event) => setCode(event.target.value)}
              />
            </label>
          )}
          <button type="submit" className="control primary" disabled={accept.isPending}>
            {text("signIn")}
          </button>
        </form>
      </section>
    </main>
  );
};
