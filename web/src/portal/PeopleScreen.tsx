// Who of the customer's own people may sign in, and as what: for the customer's administrators.
import { Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { queryClient } from "../api/queries";
import { momentText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { ChoiceMenu, Command, Pill, ProblemNote, ScreenTitle, SkeletonRows } from "../ui/parts";
import { peopleQuery } from "./queries";

type User = Schemas["User"];
type Role = "customer-viewer" | "customer-admin";

const ROLES: readonly (readonly [Role, TextKey])[] = [
  ["customer-viewer", "portalViewer"],
  ["customer-admin", "portalAdmin"],
];

const askPeopleAgain = (): Promise<void> => queryClient.invalidateQueries({ queryKey: peopleQuery.queryKey });

const path = (user: string) => ({ params: { path: { user } } });

const invite = (user: string) => dataOf(api.POST("/api/v1/users/{user}/invitation", path(user)));

const InvitationNote = ({ invitation }: { invitation: Schemas["Invitation"] }): ReactElement => {
  const { text, language } = useTexts();
  const values = { user: invitation.user, until: momentText(invitation.ends_at, language) };
  return (
    <div className="note" role="status">
      <Icon name="check" />
      <div className="grow stack">
        <span>{text(invitation.mailed ? "portalMailed" : "portalHandOver", values)}</span>
        {invitation.link !== undefined && <Command line={invitation.link} />}
      </div>
    </div>
  );
};

const AddForm = ({ onDone }: { onDone: (invitation: Schemas["Invitation"] | undefined) => void }): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const [name, setName] = useState("");
  const [shown, setShown] = useState("");
  const [role, setRole] = useState<Role>("customer-viewer");
  const add = useMutation({
    mutationFn: async () => {
      const user = name.trim();
      await dataOf(
        api.POST("/api/v1/users", {
          body: {
            name: user,
            role,
            ...(me.customer === undefined ? {} : { customer: me.customer }),
            ...(shown.trim() === "" ? {} : { display_name: shown.trim() }),
          },
        }),
      );
      await askPeopleAgain();
      return invite(user);
    },
    onSuccess: (invitation) => {
      setName("");
      setShown("");
      onDone(invitation);
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onDone(undefined);
    add.mutate();
  };
  return (
    <form className="add-person" onSubmit={submit}>
      <label>
        {text("portalAddress")}
        <input
          className="field"
          required
          maxLength={254}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <label>
        {text("portalShownName")}
        <input
          className="field"
          maxLength={300}
          autoComplete="off"
          value={shown}
          onChange={(event) => setShown(event.target.value)}
        />
      </label>
      <ChoiceMenu
        label={text("portalRole")}
        choices={ROLES.map(([value, label]) => ({ value, label: text(label) }))}
        chosen={role}
        onChoose={(value) => setRole(value as Role)}
      />
      <button type="submit" className="control primary" disabled={add.isPending}>
        {text("portalInvite")}
      </button>
      {add.isError && <ProblemNote error={add.error} />}
    </form>
  );
};

const PersonRow = ({
  person,
  onInvited,
  onRemove,
}: {
  person: User;
  onInvited: (invitation: Schemas["Invitation"]) => void;
  onRemove: () => void;
}): ReactElement => {
  const me = useMe();
  const { text, language } = useTexts();
  const isOwn = me.actor === `user:${person.name}`;
  const change = useMutation({
    mutationFn: (body: Schemas["UserChange"]) =>
      dataOf(api.PATCH("/api/v1/users/{user}", { ...path(person.name), body })),
    onSuccess: askPeopleAgain,
  });
  const again = useMutation({ mutationFn: () => invite(person.name), onSuccess: onInvited });
  const error = change.error ?? again.error;
  const linkLabel: TextKey = person.has_password ? "portalReset" : "portalInviteAgain";
  const role = ROLES.find(([value]) => value === person.role);
  return (
    <>
      <tr>
        <th scope="row">
          <bdi>{person.display_name}</bdi>
          {person.display_name !== person.name && (
            <div className="dim">
              <bdi>{person.name}</bdi>
            </div>
          )}
        </th>
        <td>
          {isOwn ? (
            role === undefined ? (
              person.role
            ) : (
              text(role[1])
            )
          ) : (
            <ChoiceMenu
              label={text("portalRoleOf", { name: person.display_name })}
              choices={ROLES.map(([value, label]) => ({ value, label: text(label) }))}
              chosen={person.role}
              onChoose={(value) => change.mutate({ role: value as Role })}
              className="control small"
            />
          )}
        </td>
        <td className="wide">
          {person.disabled ? (
            <Pill tone="warn" icon="lock">
              {text("portalDisabled")}
            </Pill>
          ) : person.seen_at === undefined ? (
            <span className="dim">{text("portalNeverSeen")}</span>
          ) : (
            <span className="dim">{momentText(person.seen_at, language)}</span>
          )}
        </td>
        <td>
          <span className="links end">
            {isOwn ? (
              <span className="dim">{text("portalYou")}</span>
            ) : (
              <>
                <button
                  type="button"
                  className="control small"
                  disabled={again.isPending}
                  aria-label={`${text(linkLabel)}: ${person.display_name}`}
                  onClick={() => again.mutate()}
                >
                  {text(linkLabel)}
                </button>
                <button
                  type="button"
                  className="control small"
                  aria-label={text("portalRemoveNamed", { name: person.display_name })}
                  onClick={onRemove}
                >
                  {text("portalRemove")}
                </button>
              </>
            )}
          </span>
        </td>
      </tr>
      {error !== null && (
        <tr>
          <td colSpan={4}>
            <ProblemNote error={error} />
          </td>
        </tr>
      )}
    </>
  );
};

const RemoveDialog = ({ person, onClose }: { person: User; onClose: () => void }): ReactElement => {
  const { text } = useTexts();
  const remove = useMutation({
    mutationFn: () => dataOf(api.DELETE("/api/v1/users/{user}", path(person.name))),
    onSuccess: async () => {
      await askPeopleAgain();
      onClose();
    },
  });
  return (
    <Dialog open onOpenChange={(_, change) => !change.open && onClose()}>
      <DialogSurface aria-describedby={undefined}>
        <DialogBody>
          <DialogTitle>{text("portalRemoveNamed", { name: person.display_name })}</DialogTitle>
          <DialogContent className="stack">
            <p>{text("portalRemoveMeans")}</p>
            {remove.isError && <ProblemNote error={remove.error} />}
            <div className="row">
              <button
                type="button"
                className="control primary"
                disabled={remove.isPending}
                onClick={() => remove.mutate()}
              >
                {text("portalRemove")}
              </button>
              <button type="button" className="control" onClick={onClose}>
                {text("cancel")}
              </button>
            </div>
          </DialogContent>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
};

export const PeopleScreen = (): ReactElement => {
  const { text, plural } = useTexts();
  const people = useQuery(peopleQuery);
  const [invitation, setInvitation] = useState<Schemas["Invitation"]>();
  const [removed, setRemoved] = useState<User>();
  return (
    <main className="portal-main one" id="content">
      <div className="head">
        <ScreenTitle>{text("portalPeople")}</ScreenTitle>
        <p className="sub">{people.data === undefined ? "" : plural("portalPeopleCount", people.data.length)}</p>
      </div>
      <div className="left">
        <section className="card" aria-label={text("portalInvite")}>
          <header>
            <h2>{text("portalInviteSomebody")}</h2>
          </header>
          <AddForm onDone={setInvitation} />
        </section>
        {invitation !== undefined && <InvitationNote invitation={invitation} />}
        {people.isError && <ProblemNote error={people.error} onRetry={() => void people.refetch()} />}
        <section className="card" aria-label={text("portalPeople")}>
          <table className="people">
            {people.isPending && <SkeletonRows rows={4} columns={4} />}
            {people.data !== undefined && (
              <>
                <caption className="hidden-text">{text("portalPeople")}</caption>
                <thead>
                  <tr>
                    <th scope="col">{text("name")}</th>
                    <th scope="col">{text("portalRole")}</th>
                    <th scope="col" className="wide">
                      {text("portalSeen")}
                    </th>
                    <th scope="col">
                      <span className="hidden-text">{text("portalActions")}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {people.data.map((person) => (
                    <PersonRow
                      key={person.name}
                      person={person}
                      onInvited={setInvitation}
                      onRemove={() => setRemoved(person)}
                    />
                  ))}
                </tbody>
              </>
            )}
          </table>
        </section>
      </div>
      {removed !== undefined && <RemoveDialog person={removed} onClose={() => setRemoved(undefined)} />}
    </main>
  );
};
