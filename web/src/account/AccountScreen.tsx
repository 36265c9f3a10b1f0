// One's own account: password, one-time codes, and where one is signed in.
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { methodsQuery } from "../api/queries";
import { TextField } from "../connections/TextField";
import { useTexts } from "../i18n/texts";
import { askPeopleAgain, peopleQuery, userPath } from "../people/queries";
import { ALL_ROLES } from "../people/roles";
import { Sessions } from "../people/Sessions";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { Command, CopyButton, Empty, ProblemNote, ScreenTitle } from "../ui/parts";
import { Part, ShownOnce } from "../administration/parts";
import { QrCode } from "./QrCode";

import "../connections/connections.css";
import "../administration/administration.css";

const USER = "user:";

const PasswordPart = (): ReactElement => {
  const { text } = useTexts();
  const [current, setCurrent] = useState("");
  const [wanted, setWanted] = useState("");
  const change = useMutation({
    mutationFn: () => dataOf(api.PUT("/api/v1/me/password", { body: { current, wanted } })),
    onSuccess: async () => {
      setCurrent("");
      setWanted("");
      await askPeopleAgain();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  const put = (set: (value: string) => void) => (value: string) => {
    if (change.isSuccess) change.reset();
    set(value);
  };
  return (
    <Part title={text("password")} about={text("accountPasswordAbout")}>
      <form className="connection-form in-card" onSubmit={submit}>
        <div className="fields">
          <TextField
            label={text("accountCurrent")}
            type="password"
            autoComplete="current-password"
            required
            value={current}
            onChange={put(setCurrent)}
          />
          <TextField label={text("newPassword")} type="password" required value={wanted} onChange={put(setWanted)} />
        </div>
        {change.isError && <ProblemNote error={change.error} />}
        <div className="row wrap">
          <button type="submit" className="control primary" disabled={change.isPending}>
            {text("accountChangePassword")}
          </button>
          {change.isSuccess && (
            <span className="good-line" role="status">
              <Icon name="check" />
              {text("accountPasswordChanged")}
            </span>
          )}
        </div>
      </form>
    </Part>
  );
};

const CodeForm = ({
  label,
  action,
  isBusy,
  error,
  onCode,
}: {
  label: string;
  action: string;
  isBusy: boolean;
  error: unknown;
  onCode: (code: string) => void;
}): ReactElement => {
  const [code, setCode] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onCode(code.trim());
  };
  return (
    <form className="connection-form" onSubmit={submit}>
      <TextField label={label} required mono autoComplete="one-time-code" value={code} onChange={setCode} />
      {error !== null && <ProblemNote error={error} />}
      <div className="row">
        <button type="submit" className="control primary" disabled={isBusy}>
          {action}
        </button>
      </div>
    </form>
  );
};

const SetUp = ({
  user,
  begun,
  onConfirmed,
}: {
  user: string;
  begun: Schemas["OneTimeCodesBegun"];
  onConfirmed: (codes: string[]) => void;
}): ReactElement => {
  const { text } = useTexts();
  const confirm = useMutation({
    mutationFn: (one_time_code: string) =>
      dataOf(api.PUT("/api/v1/users/{user}/one-time-codes", { ...userPath(user), body: { one_time_code } })),
    onSuccess: async (answer) => {
      await askPeopleAgain();
      onConfirmed(answer.recovery_codes);
    },
  });
  return (
    <div className="codes">
      <QrCode content={begun.url} label={text("accountQr")} />
      <div className="stack">
        <p>{text("accountScan")}</p>
        <Command line={begun.secret} />
        <p>
          <a href={begun.url}>{text("accountOpenApp")}</a>
        </p>
        <CodeForm
          label={text("accountFirstCode")}
          action={text("accountCodesConfirm")}
          isBusy={confirm.isPending}
          error={confirm.error}
          onCode={confirm.mutate}
        />
      </div>
    </div>
  );
};

const TurnOff = ({ user, onDone }: { user: string; onDone: () => void }): ReactElement => {
  const { text } = useTexts();
  const remove = useMutation({
    mutationFn: (one_time_code: string) =>
      dataOf(
        api.DELETE("/api/v1/users/{user}/one-time-codes", {
          params: { path: { user }, query: { one_time_code } },
        }),
      ),
    onSuccess: async () => {
      await askPeopleAgain();
      onDone();
    },
  });
  return (
    <CodeForm
      label={text("accountCodeOrRecovery")}
      action={text("accountCodesTurnOff")}
      isBusy={remove.isPending}
      error={remove.error}
      onCode={remove.mutate}
    />
  );
};

type Step = "set up" | "turn off";

/** Who may not ask about people is not told whether they have codes, so both ways are open to them. */
const CodesPart = ({ user }: { user: string }): ReactElement => {
  const me = useMe();
  const { text, plural } = useTexts();
  const people = useQuery({ ...peopleQuery, enabled: hasRight(me, "manage-own-people") });
  const own = people.data?.find((person) => person.name === user);
  const [step, setStep] = useState<Step>();
  const [recovery, setRecovery] = useState<string[]>();
  const [isOff, setOff] = useState(false);
  const start = useMutation({
    mutationFn: () => dataOf(api.POST("/api/v1/users/{user}/one-time-codes", userPath(user))),
    onSuccess: () => {
      setOff(false);
      setRecovery(undefined);
      setStep("set up");
    },
  });
  const state =
    own === undefined
      ? text("accountCodesAbout")
      : own.has_one_time_codes
        ? plural("adminRecoveryLeft", own.recovery_codes)
        : text("accountCodesAreOff");
  return (
    <Part title={text("accountCodes")} about={state}>
      <div className="in-card stack">
        {step === undefined && (
          <div className="row wrap">
            {own?.has_one_time_codes !== true && (
              <button type="button" className="control" disabled={start.isPending} onClick={() => start.mutate()}>
                {text("accountCodesSetUp")}
              </button>
            )}
            {own?.has_one_time_codes !== false && (
              <button
                type="button"
                className="control"
                onClick={() => {
                  setRecovery(undefined);
                  setStep("turn off");
                }}
              >
                {text("accountCodesTurnOff")}
              </button>
            )}
            {isOff && (
              <span className="good-line" role="status">
                <Icon name="check" />
                {text("accountCodesAreOff")}
              </span>
            )}
          </div>
        )}
        {start.isError && <ProblemNote error={start.error} />}
        {step === "set up" && start.data !== undefined && (
          <SetUp
            user={user}
            begun={start.data}
            onConfirmed={(codes) => {
              setRecovery(codes);
              setStep(undefined);
            }}
          />
        )}
        {step === "turn off" && (
          <TurnOff
            user={user}
            onDone={() => {
              setOff(true);
              setStep(undefined);
            }}
          />
        )}
        {step !== undefined && (
          <div className="row">
            <button type="button" className="control" onClick={() => setStep(undefined)}>
              {text("cancel")}
            </button>
          </div>
        )}
        {recovery !== undefined && (
          <ShownOnce onClose={() => setRecovery(undefined)}>
            <span>{text("accountRecovery")}</span>
            <ul className="recovery">
              {recovery.map((code) => (
                <li key={code} className="mono">
                  {code}
                </li>
              ))}
            </ul>
            <div className="row">
              <CopyButton content={() => recovery.join("\n")} label={text("accountCopyAll")} />
            </div>
          </ShownOnce>
        )}
      </div>
    </Part>
  );
};

export const AccountScreen = (): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const methods = useQuery(methodsQuery);
  const label = ALL_ROLES.find(([role]) => role === me.role)?.[1];
  // Who signed in by a link of the command line is no user, and has nothing of all this.
  const user = me.actor.startsWith(USER) && me.acting_as === undefined ? me.actor.slice(USER.length) : undefined;
  return (
    <main className="main account" id="content">
      <div className="row wrap">
        <ScreenTitle>{text("account")}</ScreenTitle>
        <span className="sub">
          <bdi>{me.name}</bdi> · {label === undefined ? me.role : text(label)}
        </span>
      </div>
      <div className="account-parts">
        {user === undefined ? (
          <Empty
            title={text("accountNone")}
            command={me.acting_as === undefined ? "apportion user add NAME --role owner" : undefined}
          >
            {text(me.acting_as === undefined ? "accountNoneWhy" : "accountNoneActing")}
          </Empty>
        ) : (
          <>
            {methods.isError && <ProblemNote error={methods.error} onRetry={() => void methods.refetch()} />}
            {methods.data?.passwords === true && (
              <>
                <PasswordPart />
                <CodesPart user={user} />
              </>
            )}
            <Part title={text("peopleSessions")} about={text("accountSessionsAbout")}>
              <Sessions user={user} />
            </Part>
          </>
        )}
      </div>
    </main>
  );
};

