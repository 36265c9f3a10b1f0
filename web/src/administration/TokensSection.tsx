// Tokens, with which scripts ask the API.
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { queryClient } from "../api/queries";
import { TextField } from "../connections/TextField";
import { momentText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { CustomerField } from "../people/CustomerField";
import { isOfCustomer, TOKEN_ROLES, type TokenRole } from "../people/roles";
import { Confirm } from "../ui/Confirm";
import { ChoiceMenu, Command, Empty, Pill, ProblemNote } from "../ui/parts";
import { Loading, Part, ShownOnce } from "./parts";
import { tokensQuery } from "./queries";

const askTokensAgain = (): Promise<void> => queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey });

const DAYS = "90";

const AddToken = ({ onMade }: { onMade: (token: Schemas["MadeToken"]) => void }): ReactElement => {
  const { text } = useTexts();
  const [name, setName] = useState("");
  const [role, setRole] = useState<TokenRole>("analyst");
  const [customer, setCustomer] = useState("");
  const [days, setDays] = useState(DAYS);
  const make = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/api/v1/tokens", {
          body: {
            name: name.trim(),
            role,
            days: parseInt(days, 10),
            ...(isOfCustomer(role) ? { customer } : {}),
          },
        }),
      ),
    onSuccess: async (made) => {
      setName("");
      onMade(made);
      await askTokensAgain();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form className="connection-form in-card" onSubmit={submit}>
      <div className="fields">
        <TextField label={text("name")} hint={text("adminTokenNameHint")} required value={name} onChange={setName} />
        <div>
          <span className="as-label">{text("portalRole")}</span>
          <ChoiceMenu
            label={text("portalRole")}
            choices={TOKEN_ROLES.map(([value, label]) => ({ value, label: text(label) }))}
            chosen={role}
            onChoose={(value) => setRole(value as TokenRole)}
          />
        </div>
        {isOfCustomer(role) && (
          <CustomerField label={text("customer")} required value={customer} onChange={setCustomer} />
        )}
        <TextField
          label={text("adminTokenDays")}
          hint={text("adminTokenDaysHint")}
          required
          pattern="[1-9][0-9]{0,3}"
          value={days}
          onChange={setDays}
        />
      </div>
      {make.isError && <ProblemNote error={make.error} />}
      <div className="row">
        <button type="submit" className="control primary" disabled={make.isPending}>
          {text("adminTokenMake")}
        </button>
      </div>
    </form>
  );
};

export const TokensSection = (): ReactElement => {
  const { text, language } = useTexts();
  const tokens = useQuery(tokensQuery);
  const [made, setMade] = useState<Schemas["MadeToken"]>();
  const [revoked, setRevoked] = useState<string>();
  const labels = new Map(TOKEN_ROLES);
  return (
    <>
      <Part title={text("adminTokenMakeOne")}>
        <AddToken onMade={setMade} />
      </Part>
      {made !== undefined && (
        <ShownOnce key={made.id} onClose={() => setMade(undefined)}>
          <span>{text("adminTokenOnce", { name: made.name })}</span>
          <Command line={made.token} />
        </ShownOnce>
      )}
      {tokens.isError && <ProblemNote error={tokens.error} onRetry={() => void tokens.refetch()} />}
      <Part title={text("adminTokens")}>
        {tokens.isPending && <Loading rows={3} columns={5} />}
        {tokens.data?.length === 0 && <Empty title={text("adminNoTokens")}>{text("adminNoTokensWhy")}</Empty>}
        {tokens.data !== undefined && tokens.data.length > 0 && (
          <table className="people">
            <caption className="hidden-text">{text("adminTokens")}</caption>
            <thead>
              <tr>
                <th scope="col">{text("name")}</th>
                <th scope="col">{text("portalRole")}</th>
                <th scope="col" className="wide">
                  {text("adminMadeBy")}
                </th>
                <th scope="col">{text("peopleEnds")}</th>
                <th scope="col" className="wide">
                  {text("peopleUsed")}
                </th>
                <th scope="col">
                  <span className="hidden-text">{text("portalActions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {tokens.data.map((token) => {
                const label = labels.get(token.role);
                return (
                  <tr key={token.id}>
                    <th scope="row">{token.name}</th>
                    <td>
                      {label === undefined ? token.role : text(label)}
                      {token.customer !== undefined && <div className="dim">{token.customer}</div>}
                    </td>
                    <td className="wide dim">
                      <bdi>{token.created_by.replace(/^user:/, "")}</bdi>
                      <div>{momentText(token.created_at, language)}</div>
                    </td>
                    <td>
                      {token.has_ended ? (
                        <Pill tone="warn" icon="clock">
                          {text("adminEnded")}
                        </Pill>
                      ) : (
                        momentText(token.ends_at, language)
                      )}
                    </td>
                    <td className="wide dim">
                      {token.used_at === undefined ? text("portalNeverSeen") : momentText(token.used_at, language)}
                    </td>
                    <td className="number">
                      <button
                        type="button"
                        className="control small"
                        aria-label={text("adminRevokeNamed", { name: token.name })}
                        onClick={() => setRevoked(token.name)}
                      >
                        {text("adminRevoke")}
                      </button>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
      </Part>
      {revoked !== undefined && (
        <Confirm
          title={text("adminRevokeNamed", { name: revoked })}
          action={text("adminRevoke")}
          run={async () => {
            await dataOf(api.DELETE("/api/v1/tokens/{token}", { params: { path: { token: revoked } } }));
            if (made?.name === revoked) setMade(undefined);
            await askTokensAgain();
          }}
          onClose={() => setRevoked(undefined)}
        >
          {text("adminRevokeMeans")}
        </Confirm>
      )}
    </>
  );
};
