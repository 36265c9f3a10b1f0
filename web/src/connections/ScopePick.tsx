// Which billing account a connection is for, out of those that it sees.
import { useMutation } from "@tanstack/react-query";
import type { ReactElement } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { askAgain } from "../api/queries";
import { useTexts } from "../i18n/texts";
import { ProblemNote } from "../ui/parts";
import { useWork } from "./queries";
import { WorkNote } from "./WorkNote";

export const ScopePick = ({ connection }: { connection: string }): ReactElement => {
  const { text, plural } = useTexts();
  const path = { connection };
  const work = useWork<Schemas["BillingAccounts"]>({ kind: "connection-scopes", subject: connection }, () =>
    dataOf(api.POST("/api/v1/connections/{connection}/scopes", { params: { path } })),
  );
  const choose = useMutation({
    mutationFn: (account: string) =>
      dataOf(
        api.PATCH("/api/v1/connections/{connection}", { params: { path }, body: { billing_account: account } }),
      ),
    onSuccess: askAgain,
  });
  const accounts = work.result?.billing_accounts;
  return (
    <div className="in-card stack">
      <p>{text("connectionsScopeNeeded")}</p>
      <div className="row">
        <button type="button" className="control primary" disabled={work.isRunning} onClick={() => work.start()}>
          {text("connectionsScopeFind")}
        </button>
      </div>
      <WorkNote work={work} label={text("connectionsScopeFind")} />
      {choose.isError && <ProblemNote error={choose.error} />}
      {accounts?.map((account) => (
        <div key={account.billing_account} className="row wrap">
          <span className="grow">
            <b>{account.name}</b>{" "}
            <span className="dim">
              {plural("connectionsScopeProfiles", account.profiles.length)}, {plural("tenantCount", account.customers.length)}
            </span>
            <br />
            <span className="mono dim">{account.billing_account}</span>
          </span>
          <button
            type="button"
            className="control"
            disabled={choose.isPending}
            aria-label={text("connectionsScopeChooseNamed", { name: account.name })}
            onClick={() => choose.mutate(account.billing_account)}
          >
            {text("connectionsScopeChoose")}
          </button>
        </div>
      ))}
      {accounts?.length === 0 && <p className="sub">{text("connectionsScopeNone")}</p>}
    </div>
  );
};
