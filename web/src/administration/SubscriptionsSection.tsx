// Report subscriptions: months that customers get by schedule, and what was delivered.
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { customersQuery, queryClient } from "../api/queries";
import { TextField } from "../connections/TextField";
import { monthText, momentText } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { CustomerField } from "../people/CustomerField";
import { JobNote } from "../shell/Job";
import { useScope } from "../shell/scope";
import { hasRight, useMe } from "../shell/session";
import { Beside } from "../ui/Beside";
import { Confirm } from "../ui/Confirm";
import { Icon, type IconName } from "../ui/icons";
import { ChoiceMenu, Empty, FormButtons, Pill, ProblemNote, Segments, type Tone } from "../ui/parts";
import { addressesIn } from "./addresses";
import { Loading, Part } from "./parts";
import { deliveriesQuery, foldersQuery, subscriptionsQuery } from "./queries";
import { useAdministration } from "./search";

type Subscription = Schemas["ReportSubscription"];
type Delivery = Schemas["ReportDelivery"];
type Due = Subscription["due"];

const DUES: readonly (readonly [Due, TextKey])[] = [
  ["on-complete", "adminDueComplete"],
  ["on-lock", "adminDueLock"],
  ["monthly", "adminDueMonthly"],
];

const STATES: Record<Delivery["state"], { tone: Tone; icon: IconName; label: TextKey }> = {
  sending: { tone: "info", icon: "clock", label: "adminSending" },
  sent: { tone: "good", icon: "check", label: "adminSent" },
  unchanged: { tone: "none", icon: "check", label: "adminUnchanged" },
  failed: { tone: "bad", icon: "exclamation", label: "adminFailed" },
  unclear: { tone: "warn", icon: "warning", label: "adminUnclear" },
};

const subscriptionPath = (subscription: string) => ({ params: { path: { subscription } } });

const askSubscriptionsAgain = (): Promise<void> =>
  queryClient.invalidateQueries({ queryKey: subscriptionsQuery.queryKey });

const useWords = () => {
  const { text } = useTexts();
  const customers = useQuery(customersQuery);
  const dues = new Map(DUES);
  return {
    due: (one: Subscription): string => {
      const label = dues.get(one.due);
      return label === undefined ? one.due : text(label, { day: one.day ?? 1 });
    },
    to: (one: Subscription): string => {
      if (one.folder !== undefined && one.folder !== "") return text("adminFolderNamed", { name: one.folder });
      return one.to === undefined || one.to.length === 0 ? text("adminToPeople") : one.to.join(", ");
    },
    whom: (one: Subscription): string =>
      one.all_customers
        ? text("adminAllCustomers")
        : (customers.data?.find((customer) => customer.id === one.customer)?.name ?? one.customer ?? ""),
    file: (one: Subscription): string => (one.dataset === "none" ? text("adminNoFile") : `FOCUS 1.2, ${one.format}`),
  };
};

const BY_MAIL = "*";

const AddSubscription = ({ onDone }: { onDone: () => void }): ReactElement => {
  const { text } = useTexts();
  const { scope } = useScope();
  const folders = useQuery(foldersQuery);
  const [name, setName] = useState("");
  const [isForAll, setForAll] = useState(true);
  const [customer, setCustomer] = useState("");
  const [due, setDue] = useState<Due>("on-lock");
  const [day, setDay] = useState("5");
  const [first, setFirst] = useState(scope.month ?? "");
  const [file, setFile] = useState<"none" | "csv" | "csv.gz" | "parquet">("csv.gz");
  const [folder, setFolder] = useState(BY_MAIL);
  const [to, setTo] = useState("");
  const [again, setAgain] = useState(false);
  const [unknown, setUnknown] = useState(false);
  const isByMail = folder === BY_MAIL;
  const add = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/api/v1/report-subscriptions", {
          body: {
            name: name.trim(),
            ...(isForAll ? { all_customers: true } : { customer }),
            due,
            ...(due === "monthly" ? { day: parseInt(day, 10) } : {}),
            ...(first === "" ? {} : { first_month: first }),
            ...(file === "none" ? { dataset: "none" } : { dataset: "focus", format: file }),
            ...(isByMail ? { to: addressesIn(to) } : { folder }),
            again_on_change: again,
            allow_unknown: unknown,
          },
        }),
      ),
    onSuccess: async () => {
      await askSubscriptionsAgain();
      onDone();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    add.mutate();
  };
  const check = (label: TextKey, isSet: boolean, set: (isSet: boolean) => void): ReactElement => (
    <label className="check wide">
      <input type="checkbox" checked={isSet} onChange={(event) => set(event.target.checked)} />
      {text(label)}
    </label>
  );
  return (
    <form className="connection-form in-card" onSubmit={submit}>
      <div className="fields">
        <TextField
          label={text("name")}
          hint={text("adminNameHint")}
          pattern="[a-z0-9][a-z0-9._\-]*"
          required
          value={name}
          onChange={setName}
        />
        <div>
          <span className="as-label">{text("adminWhom")}</span>
          <Segments
            label={text("adminWhom")}
            choices={[
              { value: "all", label: text("adminAllCustomers") },
              { value: "one", label: text("adminOneCustomer") },
            ]}
            chosen={isForAll ? "all" : "one"}
            onChoose={(value) => setForAll(value === "all")}
          />
        </div>
        {!isForAll && <CustomerField label={text("customer")} required value={customer} onChange={setCustomer} />}
        <div>
          <span className="as-label">{text("adminDue")}</span>
          <ChoiceMenu
            label={text("adminDue")}
            choices={DUES.map(([value, label]) => ({ value, label: text(label, { day }) }))}
            chosen={due}
            onChoose={(value) => setDue(value as Due)}
          />
        </div>
        {due === "monthly" && (
          <TextField
            label={text("adminDueDay")}
            hint={text("adminDueDayHint")}
            required
            pattern="[1-9]|1[0-9]|2[0-8]"
            value={day}
            onChange={setDay}
          />
        )}
        <TextField
          label={text("adminFirstMonth")}
          hint={text("adminFirstMonthHint")}
          pattern="[0-9]{4}-(0[1-9]|1[0-2])"
          value={first}
          onChange={setFirst}
        />
        <div>
          <span className="as-label">{text("adminHow")}</span>
          <ChoiceMenu
            label={text("adminHow")}
            choices={[
              { value: BY_MAIL, label: text("adminByMail") },
              ...(folders.data ?? []).map((one) => ({ value: one, label: text("adminFolderNamed", { name: one }) })),
            ]}
            chosen={folder}
            onChoose={setFolder}
          />
        </div>
        {isByMail && (
          <TextField label={text("adminMailTo")} hint={text("adminMailToPeople")} value={to} onChange={setTo} />
        )}
        <div>
          <span className="as-label">{text("file")}</span>
          <ChoiceMenu
            label={text("file")}
            choices={[
              ...(["csv", "csv.gz", "parquet"] as const).map((one) => ({ value: one, label: `FOCUS 1.2, ${one}` })),
              ...(isByMail ? [{ value: "none", label: text("adminNoFile") }] : []),
            ]}
            chosen={file}
            onChoose={(value) => setFile(value as typeof file)}
          />
        </div>
        {check("adminAgainOnChange", again, setAgain)}
        {check("adminAllowUnknown", unknown, setUnknown)}
      </div>
      {add.isError && <ProblemNote error={add.error} />}
      <FormButtons action={text("adminSubscriptionAdd")} isDisabled={add.isPending} onCancel={onDone} />
    </form>
  );
};

const Deliveries = ({ subscription }: { subscription: string }): ReactElement => {
  const { text, language } = useTexts();
  const asked = useInfiniteQuery(deliveriesQuery(subscription));
  const shown = asked.data?.pages.flatMap((page) => page.items);
  if (asked.isError) return <ProblemNote error={asked.error} onRetry={() => void asked.refetch()} />;
  if (shown === undefined) return <Loading rows={4} columns={4} />;
  if (shown.length === 0) return <p className="dim">{text("adminNoDeliveries")}</p>;
  return (
    <>
      <table>
        <caption className="hidden-text">{text("adminDeliveries")}</caption>
        <thead>
          <tr>
            <th scope="col">{text("month")}</th>
            <th scope="col">{text("customer")}</th>
            <th scope="col">{text("state")}</th>
            <th scope="col">{text("adminWhere")}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((delivery) => {
            const { tone, icon, label } = STATES[delivery.state];
            return (
              <tr key={`${delivery.customer} ${delivery.month} ${delivery.begun_at}`}>
                <th scope="row">{monthText(delivery.month, language, "short")}</th>
                <td>{delivery.customer}</td>
                <td title={momentText(delivery.ended_at ?? delivery.begun_at, language)}>
                  <Pill tone={tone} icon={icon}>
                    {text(label)}
                  </Pill>
                </td>
                <td className="to">{delivery.message ?? delivery.place ?? ""}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {asked.hasNextPage && (
        <button
          type="button"
          className="control small"
          disabled={asked.isFetchingNextPage}
          onClick={() => void asked.fetchNextPage()}
        >
          {text("adminOlderDeliveries")}
        </button>
      )}
    </>
  );
};

const SubscriptionPanel = ({ one, onClose }: { one: Subscription; onClose: () => void }): ReactElement => {
  const me = useMe();
  const { text, language } = useTexts();
  const words = useWords();
  const [isRemoved, setRemoved] = useState(false);
  const run = useMutation({
    mutationFn: () => dataOf(api.POST("/api/v1/report-subscriptions/{subscription}/runs", subscriptionPath(one.name))),
  });
  return (
    <Beside title={one.name} about={words.whom(one)} onClose={onClose}>
      <dl className="facts flush">
        <dt>{text("adminDue")}</dt>
        <dd>{words.due(one)}</dd>
        <dt>{text("adminFirstMonth")}</dt>
        <dd>{one.first_month === "" ? "\u2014" : monthText(one.first_month, language)}</dd>
        <dt>{text("adminTo")}</dt>
        <dd>{words.to(one)}</dd>
        <dt>{text("file")}</dt>
        <dd>{words.file(one)}</dd>
        <dt>{text("adminIfChanged")}</dt>
        <dd>{text(one.again_on_change ? "adminAgain" : "adminOnce")}</dd>
      </dl>
      {hasRight(me, "manage-customers") && (
        <div className="row wrap">
          <button type="button" className="control primary" disabled={run.isPending} onClick={() => run.mutate()}>
            {text("adminRunNow")}
          </button>
          <span className="grow" />
          <button type="button" className="control" onClick={() => setRemoved(true)}>
            {text("portalRemove")}
          </button>
        </div>
      )}
      {run.isError && <ProblemNote error={run.error} />}
      {run.data !== undefined && <JobNote key={run.data.job} job={run.data.job} />}
      <div className="part">
        <h3>{text("adminDeliveries")}</h3>
      </div>
      <Deliveries subscription={one.name} />
      {isRemoved && (
        <Confirm
          title={text("portalRemoveNamed", { name: one.name })}
          action={text("portalRemove")}
          run={async () => {
            await dataOf(api.DELETE("/api/v1/report-subscriptions/{subscription}", subscriptionPath(one.name)));
            await askSubscriptionsAgain();
            onClose();
          }}
          onClose={() => setRemoved(false)}
        >
          {text("adminSubscriptionRemoveMeans")}
        </Confirm>
      )}
    </Beside>
  );
};

export const SubscriptionsSection = (): ReactElement => {
  const me = useMe();
  const { text } = useTexts();
  const { search, change } = useAdministration();
  const subscriptions = useQuery(subscriptionsQuery);
  const words = useWords();
  const [isAdding, setAdding] = useState(false);
  const mayChange = hasRight(me, "manage-customers");
  const opened = subscriptions.data?.find((one) => one.name === search.open);
  return (
    <>
      {subscriptions.isError && (
        <ProblemNote error={subscriptions.error} onRetry={() => void subscriptions.refetch()} />
      )}
      <Part
        title={text("adminSubscriptions")}
        about={text("adminSubscriptionsAbout")}
        deeds={
          mayChange &&
          !isAdding && (
            <button type="button" className="control" onClick={() => setAdding(true)}>
              <Icon name="plus" />
              {text("adminSubscriptionAdd")}
            </button>
          )
        }
      >
        {isAdding && <AddSubscription onDone={() => setAdding(false)} />}
        {subscriptions.isPending && <Loading rows={3} columns={4} />}
        {subscriptions.data?.length === 0 && !isAdding && (
          <Empty title={text("adminNoSubscriptions")}>{text("adminNoSubscriptionsWhy")}</Empty>
        )}
        {subscriptions.data !== undefined && subscriptions.data.length > 0 && (
          <table className="people">
            <caption className="hidden-text">{text("adminSubscriptions")}</caption>
            <thead>
              <tr>
                <th scope="col">{text("name")}</th>
                <th scope="col">{text("customer")}</th>
                <th scope="col">{text("adminDue")}</th>
                <th scope="col">{text("adminTo")}</th>
                <th scope="col" className="wide">
                  {text("file")}
                </th>
              </tr>
            </thead>
            <tbody>
              {subscriptions.data.map((one) => {
                const isOpen = one.name === search.open;
                return (
                  <tr key={one.name} className={isOpen ? "chosen" : undefined}>
                    <th scope="row">
                      <button
                        type="button"
                        className="link"
                        aria-pressed={isOpen}
                        onClick={() => change({ open: isOpen ? undefined : one.name })}
                      >
                        {one.name}
                      </button>
                    </th>
                    <td>
                      <bdi>{words.whom(one)}</bdi>
                    </td>
                    <td>{words.due(one)}</td>
                    <td className="to">{words.to(one)}</td>
                    <td className="wide">{words.file(one)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
      </Part>
      {opened !== undefined && (
        <SubscriptionPanel
          key={opened.name}
          one={opened}
          onClose={() => {
            document.querySelector<HTMLElement>("tr.chosen button")?.focus();
            change({ open: undefined });
          }}
        />
      )}
    </>
  );
};
