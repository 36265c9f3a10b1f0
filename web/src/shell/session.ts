// Who is signed in, and as which customer they look.
import { createContext, useContext } from "react";

import { api, dataOf, type Me, onSignedOut, setSession } from "../api/client";
import { meQuery, queryClient } from "../api/queries";

const ACTS_AS = "acts as";

const MeContext = createContext<Me | null>(null);
export const MeProvider = MeContext.Provider;

/** Of a part that is shown to people who are signed in only. */
export const useMe = (): Me => {
  const me = useContext(MeContext);
  if (me === null) throw new Error("nobody is signed in");
  return me;
};

export type Right = Me["rights"][number];
export const hasRight = (me: Me, right: Right): boolean => me.rights.includes(right);
export const isPartner = (me: Me): boolean => hasRight(me, "read-partner-costs");

/** Whether only what is one customer's own is shown: to its people, and to staff who look as the customer. */
export const isCustomer = (me: Me): boolean => me.customer !== undefined || me.acting_as !== undefined;

let began = false;

/** Whether somebody was signed in since the page was loaded. */
export const hadSession = (): boolean => began;

/** Takes over what the service says about who is signed in. */
export const beginSession = (me: Me): void => {
  began = true;
  setSession({ forgeryToken: me.forgery_token ?? "", actsAs: sessionStorage.getItem(ACTS_AS) ?? "" });
};

/** Before anything is asked: as whom, and what happens when a session ends. */
export const prepareSession = (): void => {
  setSession({ forgeryToken: "", actsAs: sessionStorage.getItem(ACTS_AS) ?? "" });
  onSignedOut(() => queryClient.setQueryData(meQuery.queryKey, null));
};

/**
 * Sees exactly what a customer sees; `""` ends it. The page begins again, so that nothing is left of what was seen
 * before. The service writes it into its audit log.
 */
export const actAs = (customer: string): void => {
  if (customer === "") sessionStorage.removeItem(ACTS_AS);
  else sessionStorage.setItem(ACTS_AS, customer);
  location.assign("/");
};

const forgetAnswers = (): void => queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== "me" });

/** Somebody has signed in, perhaps another person than before: nothing of theirs is kept. */
export const signedIn = (me: Me): void => {
  forgetAnswers();
  beginSession(me);
  queryClient.setQueryData(meQuery.queryKey, me);
};

export const signOut = async (): Promise<void> => {
  await dataOf(api.DELETE("/api/v1/session"));
  sessionStorage.removeItem(ACTS_AS);
  queryClient.setQueryData(meQuery.queryKey, null);
  forgetAnswers();
};
