// All people of the home: the partner's own, and those of its customers.
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { customersQuery } from "../api/queries";
import { TextField } from "../connections/TextField";
import { momentText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { AddPerson, InvitationNote } from "../people/AddPerson";
import { CustomerField } from "../people/CustomerField";
import { PeopleTable, RemovePerson } from "../people/PeopleTable";
import { askPeopleAgain, type Invitation, peopleQuery, type User, userPath } from "../people/queries";
import { ALL_ROLES, isOfCustomer } from "../people/roles";
import { Sessions } from "../people/Sessions";
import { useMe } from "../shell/session";
import { Beside } from "../ui/Beside";
import { Confirm } from "../ui/Confirm";
import { Pill, ProblemNote } from "../ui/parts";
import { Loading, Part } from "./parts";
import { RightsPart } from "./RightsPart";
import { useAdministration } from "./search";

const PersonForm = ({ person, isOwn }: { person: User; isOwn: boolean }): ReactElement => {
  const { text } = useTexts();
  const [shown, setShown] = useState(person.display_name);
  const [customer, setCustomer] = useState(person.customer ?? "");
  const change = useMutation({
    mutationFn: (body: Schemas["UserChange"]) =>
      dataOf(api.PATCH("/api/v1/users/{user}", { ...userPath(person.name), body })),
    onSuccess: askPeopleAgain,
  });
  const isChanged = shown !== person.display_name || customer !== (person.customer ?? "");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate({ display_name: shown.trim(), ...(isOfCustomer(person.role) ? { customer } : {}) });
  };
  return (
    <form className="connection-form spaced" onSubmit={submit}>
      <div className="fields">
        <TextField label={text("adminShownName")} value={shown} onChange={setShown} required />
        {isOfCustomer(person.role) && (
          <CustomerField label={text("customer")} required value={customer} onChange={setCustomer} />
        )}
      </div>
      {change.isError && <ProblemNote error={change.error} />}
      <div className="row wrap">
        <button type="submit" className="control primary" disabled={!isChanged || change.isPending}>
          {text("save")}
        </button>
        <span className="grow" />
        {!isOwn && (
          <button
            type="button"
            className="control"
            disabled={change.isPending}
            onClick={() => change.mutate({ disabled: !person.disabled })}
          >
            {text(person.disabled ? "adminLetIn" : "adminShutOut")}
          </button>
        )}
      </div>
    </form>
  );
};

const PersonPanel = ({ person, onClose }: { person: User; onClose: () => void }): ReactElement => {
  const me = useMe();
  const { text, plural, language } = useTexts();
  const [isRemovingCodes, setRemovingCodes] = useState(false);
  const isOwn = me.actor === `user:${person.name}`;
  return (
    <Beside title={person.display_name} about={person.name} onClose={onClose}>
      <dl className="facts flush">
        <dt>{text("password")}</dt>
        <dd>{text(person.has_password ? "adminHasPassword" : "adminNoPassword")}</dd>
        <dt>{text("adminCodes")}</dt>
        <dd>
          {person.has_one_time_codes ? plural("adminRecoveryLeft", person.recovery_codes) : text("adminCodesOff")}{" "}
          {person.has_one_time_codes && !isOwn && (
            <button type="button" className="link" onClick={() => setRemovingCodes(true)}>
              {text("adminCodesRemove")}
            </button>
          )}
        </dd>
        <dt>{text("adminAdded")}</dt>
        <dd>{momentText(person.created_at, language)}</dd>
        {person.locked_until !== undefined && (
          <>
            <dt>{text("adminLockedOut")}</dt>
            <dd>
              <Pill tone="warn" icon="lock">
                {text("adminUntil", { at: momentText(person.locked_until, language) })}
              </Pill>
            </dd>
          </>
        )}
      </dl>
      <PersonForm key={`${person.display_name} ${person.customer ?? ""}`} person={person} isOwn={isOwn} />
      <div className="part">
        <h3>{text("peopleSessions")}</h3>
      </div>
      <Sessions user={person.name} />
      {isRemovingCodes && (
        <Confirm
          title={text("adminCodesRemoveOf", { name: person.display_name })}
          action={text("adminCodesRemove")}
          run={async () => {
            await dataOf(api.DELETE("/api/v1/users/{user}/one-time-codes", userPath(person.name)));
            await askPeopleAgain();
          }}
          onClose={() => setRemovingCodes(false)}
        >
          {text("adminCodesRemoveMeans")}
        </Confirm>
      )}
    </Beside>
  );
};

const fits = (person: User, word: string, customer: string): boolean =>
  `${person.name} ${person.display_name} ${person.role} ${person.customer ?? ""} ${customer}`
    .toLowerCase()
    .includes(word.toLowerCase());

export const PeopleSection = (): ReactElement => {
  const { text, plural } = useTexts();
  const { search, change } = useAdministration();
  const people = useQuery(peopleQuery);
  const customers = useQuery(customersQuery);
  const [invitation, setInvitation] = useState<Invitation>();
  const [removed, setRemoved] = useState<User>();
  const names = new Map((customers.data ?? []).map((customer) => [customer.id, customer.name]));
  const nameOf = (person: User): string => names.get(person.customer ?? "") ?? person.customer ?? "";
  const shown = (people.data ?? []).filter((person) => fits(person, search.word ?? "", nameOf(person)));
  const opened = people.data?.find((person) => person.name === search.open);
  return (
    <>
      <Part title={text("portalInviteSomebody")}>
        <AddPerson roles={ALL_ROLES} first="billing-engineer" onDone={setInvitation} />
      </Part>
      {invitation !== undefined && <InvitationNote invitation={invitation} />}
      {people.isError && <ProblemNote error={people.error} onRetry={() => void people.refetch()} />}
      <Part
        title={text("portalPeople")}
        about={people.data === undefined ? undefined : plural("portalPeopleCount", people.data.length)}
        deeds={
          <input
            className="field narrow"
            type="search"
            aria-label={text("adminFindPerson")}
            placeholder={text("adminFindPerson")}
            value={search.word ?? ""}
            onChange={(event) => change({ word: event.target.value || undefined }, true)}
          />
        }
      >
        {people.isPending && <Loading rows={4} columns={5} />}
        {people.data !== undefined && shown.length === 0 && <p className="dim in-card">{text("nothingFound")}</p>}
        {shown.length > 0 && (
          <table className="people">
            <PeopleTable
              people={shown}
              roles={ALL_ROLES}
              customerOf={(person) => <bdi title={person.customer}>{nameOf(person)}</bdi>}
              opened={search.open}
              onInvited={setInvitation}
              onRemove={setRemoved}
              onOpen={(person) => change({ open: person.name === search.open ? undefined : person.name })}
            />
          </table>
        )}
      </Part>
      <RightsPart />
      {opened !== undefined && (
        <PersonPanel
          key={opened.name}
          person={opened}
          onClose={() => {
            document.querySelector<HTMLElement>("tr.chosen button")?.focus();
            change({ open: undefined });
          }}
        />
      )}
      {removed !== undefined && <RemovePerson person={removed} onClose={() => setRemoved(undefined)} />}
    </>
  );
};
