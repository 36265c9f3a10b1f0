// Adds a person and invites them at once: by mail, or with a link to hand over.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, dataOf } from "../api/client";
import { momentText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { ChoiceMenu, Command, ProblemNote } from "../ui/parts";
import { CustomerField } from "./CustomerField";
import { askPeopleAgain, type Invitation, invite } from "./queries";
import { isOfCustomer, type Role, type RoleChoices } from "./roles";

export const InvitationNote = ({ invitation }: { invitation: Invitation }): ReactElement => {
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

export const AddPerson = ({
  roles,
  first,
  ofCustomer,
  onDone,
}: {
  roles: RoleChoices;
  /** The role that is chosen as the form opens. */
  first: Role;
  /** The customer that the person belongs to; unset where it is asked for. */
  ofCustomer?: string;
  onDone: (invitation: Invitation | undefined) => void;
}): ReactElement => {
  const { text } = useTexts();
  const [name, setName] = useState("");
  const [shown, setShown] = useState("");
  const [role, setRole] = useState(first);
  const [chosen, setChosen] = useState("");
  const asksCustomer = ofCustomer === undefined && isOfCustomer(role);
  const customer = ofCustomer ?? (asksCustomer ? chosen : undefined);
  const add = useMutation({
    mutationFn: async () => {
      const user = name.trim();
      await dataOf(
        api.POST("/api/v1/users", {
          body: {
            name: user,
            role,
            ...(customer === undefined ? {} : { customer }),
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
        choices={roles.map(([value, label]) => ({ value, label: text(label) }))}
        chosen={role}
        onChoose={(value) => setRole(value as Role)}
      />
      {asksCustomer && <CustomerField label={text("customer")} required value={chosen} onChange={setChosen} />}
      <button type="submit" className="control primary" disabled={add.isPending}>
        {text("portalInvite")}
      </button>
      {add.isError && <ProblemNote error={add.error} />}
    </form>
  );
};
