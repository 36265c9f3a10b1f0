// Who of the customer's own people may sign in, and as what: for the customer's administrators.
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";

import { useTexts } from "../i18n/texts";
import { AddPerson, InvitationNote } from "../people/AddPerson";
import { PeopleTable, RemovePerson } from "../people/PeopleTable";
import { type Invitation, peopleQuery, type User } from "../people/queries";
import { PORTAL_ROLES } from "../people/roles";
import { useMe } from "../shell/session";
import { ProblemNote, ScreenTitle, SkeletonRows } from "../ui/parts";

export const PeopleScreen = (): ReactElement => {
  const me = useMe();
  const { text, plural } = useTexts();
  const people = useQuery(peopleQuery);
  const [invitation, setInvitation] = useState<Invitation>();
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
          <AddPerson
            roles={PORTAL_ROLES}
            first="customer-viewer"
            ofCustomer={me.customer ?? me.acting_as}
            onDone={setInvitation}
          />
        </section>
        {invitation !== undefined && <InvitationNote invitation={invitation} />}
        {people.isError && <ProblemNote error={people.error} onRetry={() => void people.refetch()} />}
        <section className="card" aria-label={text("portalPeople")}>
          <table className="people">
            {people.isPending && <SkeletonRows rows={4} columns={4} />}
            {people.data !== undefined && (
              <PeopleTable
                people={people.data}
                roles={PORTAL_ROLES}
                onInvited={setInvitation}
                onRemove={setRemoved}
              />
            )}
          </table>
        </section>
      </div>
      {removed !== undefined && <RemovePerson person={removed} onClose={() => setRemoved(undefined)} />}
    </main>
  );
};
