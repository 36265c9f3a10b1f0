// Who may sign in, and as what.
import { useMutation } from "@tanstack/react-query";
import type { ReactElement } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { momentText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { useMe } from "../shell/session";
import { Confirm } from "../ui/Confirm";
import { ChoiceMenu, Pill, ProblemNote } from "../ui/parts";
import { askPeopleAgain, type Invitation, invite, type User, userPath } from "./queries";
import { type Role, type RoleChoices, rolesBeside } from "./roles";

interface Deeds {
  onInvited: (invitation: Invitation) => void;
  onRemove: (person: User) => void;
  /** Where a person has more to see. */
  onOpen?: (person: User) => void;
}

const Seen = ({ person }: { person: User }): ReactElement => {
  const { text, language } = useTexts();
  if (person.disabled) {
    return (
      <Pill tone="warn" icon="lock">
        {text("portalDisabled")}
      </Pill>
    );
  }
  return (
    <span className="dim nowrap">
      {person.seen_at === undefined ? text("portalNeverSeen") : momentText(person.seen_at, language)}
    </span>
  );
};

const PersonRow = ({
  person,
  roles,
  customer,
  isOpen,
  onInvited,
  onRemove,
  onOpen,
}: Deeds & {
  person: User;
  roles: RoleChoices;
  /** Whose person it is, where that is a column. */
  customer: ReactElement | undefined;
  isOpen: boolean;
}): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const isOwn = me.actor === `user:${person.name}`;
  const change = useMutation({
    mutationFn: (body: Schemas["UserChange"]) =>
      dataOf(api.PATCH("/api/v1/users/{user}", { ...userPath(person.name), body })),
    onSuccess: askPeopleAgain,
  });
  const again = useMutation({ mutationFn: () => invite(person.name), onSuccess: onInvited });
  const error = change.error ?? again.error;
  const linkLabel: TextKey = person.has_password ? "portalReset" : "portalInviteAgain";
  const role = roles.find(([value]) => value === person.role);
  return (
    <>
      <tr className={isOpen ? "chosen" : undefined}>
        <th scope="row">
          {onOpen === undefined ? (
            <bdi>{person.display_name}</bdi>
          ) : (
            <button type="button" className="link" aria-pressed={isOpen} onClick={() => onOpen(person)}>
              <bdi>{person.display_name}</bdi>
            </button>
          )}
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
              choices={rolesBeside(person.role, roles).map(([value, label]) => ({ value, label: text(label) }))}
              chosen={person.role}
              onChoose={(value) => change.mutate({ role: value as Role })}
              className="control small"
            />
          )}
        </td>
        {customer !== undefined && <td>{customer}</td>}
        <td className="wide">
          <Seen person={person} />
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
                  onClick={() => onRemove(person)}
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
          <td colSpan={5}>
            <ProblemNote error={error} />
          </td>
        </tr>
      )}
    </>
  );
};

export const PeopleTable = ({
  people,
  roles,
  customerOf,
  opened,
  ...deeds
}: Deeds & {
  people: readonly User[];
  roles: RoleChoices;
  /** Makes a column that says whose person it is. */
  customerOf?: (person: User) => ReactElement;
  opened?: string;
}): ReactElement => {
  const { text } = useTexts();
  return (
    <>
      <caption className="hidden-text">{text("portalPeople")}</caption>
      <thead>
        <tr>
          <th scope="col">{text("name")}</th>
          <th scope="col">{text("portalRole")}</th>
          {customerOf !== undefined && <th scope="col">{text("customer")}</th>}
          <th scope="col" className="wide">
            {text("portalSeen")}
          </th>
          <th scope="col">
            <span className="hidden-text">{text("portalActions")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {people.map((person) => (
          <PersonRow
            key={person.name}
            person={person}
            roles={roles}
            customer={customerOf?.(person)}
            isOpen={opened === person.name}
            {...deeds}
          />
        ))}
      </tbody>
    </>
  );
};

export const RemovePerson = ({ person, onClose }: { person: User; onClose: () => void }): ReactElement => {
  const { text } = useTexts();
  return (
    <Confirm
      title={text("portalRemoveNamed", { name: person.display_name })}
      action={text("portalRemove")}
      run={async () => {
        await dataOf(api.DELETE("/api/v1/users/{user}", userPath(person.name)));
        await askPeopleAgain();
      }}
      onClose={onClose}
    >
      {text("portalRemoveMeans")}
    </Confirm>
  );
};
