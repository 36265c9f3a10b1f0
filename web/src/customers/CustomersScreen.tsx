// Who the customers are, what they see, and which tenants have no customer yet.
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactElement, useMemo, useRef } from "react";

import { type Customer, customersQuery } from "../api/queries";
import { nameOrder } from "../format/format";
import { type TextKey, useTexts } from "../i18n/texts";
import { Empty, Pill, ProblemNote, ScreenTitle, SkeletonRows } from "../ui/parts";
import { useDocumentTop } from "../ui/place";
import { CustomerPanel } from "./CustomerPanel";
import { TenantsCard } from "./TenantsCard";

const ROW_HEIGHT = 30;
const VIRTUAL_FROM = 80;

export const SEES: Record<Customer["sees"], TextKey> = { list: "seesList", cost: "seesCost", both: "seesBoth" };

export const tenantsOf = (customer: Customer): string[] => [
  ...customer.tenant_ids,
  ...customer.dated_tenants.map((tenant) => tenant.tenant_id),
];

/** Customers with all the words in their name, ids or tenants. */
export const fitting = (customers: readonly Customer[], words: string): Customer[] => {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return customers.filter((customer) => {
    const told = [customer.name, customer.id, customer.external_id, ...tenantsOf(customer)].join(" ").toLowerCase();
    return wanted.every((word) => told.includes(word));
  });
};

const Row = ({
  customer,
  index,
  isChosen,
  onOpen,
}: {
  customer: Customer;
  index: number;
  isChosen: boolean;
  onOpen: () => void;
}): ReactElement => {
  const { text, plural } = useTexts();
  return (
    <tr className={isChosen ? "opens chosen" : "opens"} aria-rowindex={index + 2} onClick={onOpen}>
      <th scope="row" className="name-cell">
        <span className="named">
          <button type="button" className="link" aria-pressed={isChosen} onClick={onOpen}>
            <bdi>{customer.name}</bdi>
          </button>
          {customer.retired_from !== undefined && <Pill tone="none">{text("retired")}</Pill>}
        </span>
      </th>
      <td className="mono nowrap phone-not">{customer.id}</td>
      <td className="large-only-cell">{customer.external_id}</td>
      <td className="number large-only-cell">{plural("tenantCount", tenantsOf(customer).length)}</td>
      <td>{text(SEES[customer.sees])}</td>
    </tr>
  );
};

const CustomerTable = ({
  customers,
  chosen,
  onOpen,
}: {
  customers: readonly Customer[];
  chosen: string | undefined;
  onOpen: (customer: Customer) => void;
}): ReactElement => {
  const { text } = useTexts();
  const body = useRef<HTMLTableSectionElement>(null);
  const offset = useDocumentTop(body);
  const isVirtual = customers.length > VIRTUAL_FROM;
  const virtual = useWindowVirtualizer({
    count: customers.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: 20,
    scrollMargin: offset,
    enabled: isVirtual,
  });
  const items = virtual.getVirtualItems();
  const first = isVirtual ? (items[0]?.index ?? 0) : 0;
  const last = isVirtual ? (items.at(-1)?.index ?? 0) : customers.length - 1;
  const spaceBefore = isVirtual ? (items[0]?.start ?? offset) - offset : 0;
  const spaceAfter = isVirtual ? virtual.getTotalSize() - ((items.at(-1)?.end ?? offset) - offset) : 0;
  return (
    <table aria-rowcount={customers.length + 1}>
      <caption className="hidden-text">{text("customers")}</caption>
      <thead>
        <tr>
          <th scope="col">{text("name")}</th>
          <th scope="col" className="phone-not">{text("id")}</th>
          <th scope="col" className="large-only-cell">
            {text("externalId")}
          </th>
          <th scope="col" className="number large-only-cell">
            {text("tenants")}
          </th>
          <th scope="col">{text("sees")}</th>
        </tr>
      </thead>
      <tbody ref={body}>
        {spaceBefore > 0 && (
          <tr aria-hidden="true">
            <td colSpan={5} style={{ height: spaceBefore, padding: 0, border: 0 }} />
          </tr>
        )}
        {customers.slice(first, last + 1).map((customer, position) => (
          <Row
            key={customer.id}
            customer={customer}
            index={first + position}
            isChosen={customer.id === chosen}
            onOpen={() => onOpen(customer)}
          />
        ))}
        {spaceAfter > 0 && (
          <tr aria-hidden="true">
            <td colSpan={5} style={{ height: spaceAfter, padding: 0, border: 0 }} />
          </tr>
        )}
      </tbody>
    </table>
  );
};

export const CustomersScreen = (): ReactElement => {
  const { text, plural, language } = useTexts();
  const search = useSearch({ from: "/customers" });
  const navigate = useNavigate({ from: "/customers" });
  const customers = useQuery(customersQuery);
  const sorted = useMemo(() => {
    const order = nameOrder(language);
    return (customers.data ?? []).toSorted((left, right) => order.compare(left.name, right.name));
  }, [customers.data, language]);
  const shown = useMemo(() => fitting(sorted, search.word ?? ""), [sorted, search.word]);
  const chosen = sorted.find((customer) => customer.id === search.customer);
  const open = (customer: string | undefined): void =>
    void navigate({ search: (now) => ({ ...now, customer }), resetScroll: false });
  return (
    <main className={chosen === undefined ? "main" : "main beside-panel"} id="content">
      <div className="row wrap">
        <ScreenTitle>{text("customers")}</ScreenTitle>
        {customers.isSuccess && <span className="sub">{plural("customerCount", sorted.length)}</span>}
      </div>
      <TenantsCard customers={sorted} />
      {customers.isError && <ProblemNote error={customers.error} onRetry={() => void customers.refetch()} />}
      <section className="card" aria-label={text("customers")}>
        <header>
          <h2>{text("customers")}</h2>
          <span className="grow" />
          <input
            className="field narrow"
            type="search"
            aria-label={text("findCustomer")}
            placeholder={text("findCustomer")}
            value={search.word ?? ""}
            onChange={(event) => {
              const word = event.target.value;
              void navigate({
                search: (now) => ({ ...now, word: word === "" ? undefined : word }),
                replace: true,
                resetScroll: false,
              });
            }}
          />
        </header>
        {customers.isPending && (
          <table>
            <SkeletonRows rows={10} columns={5} />
          </table>
        )}
        {customers.isSuccess && sorted.length === 0 && (
          <Empty title={text("noCustomers")} command="apportion customer import customers.csv">
            {text("noCustomersWhy")}
          </Empty>
        )}
        {sorted.length > 0 && shown.length === 0 && <p className="empty dim">{text("nothingFound")}</p>}
        {shown.length > 0 && (
          <CustomerTable customers={shown} chosen={chosen?.id} onOpen={(customer) => open(customer.id)} />
        )}
      </section>
      {chosen !== undefined && <CustomerPanel key={chosen.id} customer={chosen} onClose={() => open(undefined)} />}
    </main>
  );
};
