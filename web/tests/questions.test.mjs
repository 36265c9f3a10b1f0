// The ten questions of a billing engineer's month, answered as somebody does who sees the page for the first time: from
// Home, by what it says and leads to. The home is that of `apportion demo`: September locked before its last run came,
// October complete, November open.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ADDRESS, asOwner, asScript, call, money, outcome, percent } from "./journey.mjs";

const MONTH = "2026-10";
const METRIC = "EffectiveCost"; // what Costs shows as it opens
const ROLES = ["owner", "billing-engineer", "finance", "analyst", "operator", "customer-admin", "customer-viewer"];

const region = (place, name) => place.getByRole("region", { name, exact: true });
const button = (place, name) => place.getByRole("button", { name, exact: true });
const cellsOf = async (row) => (await row.locator("td.number").allInnerTexts()).map((cell) => cell.trim());

/** The texts of a table's rows, each below the heading of its group, if there are any. */
const rowsOf = (table) =>
  table.locator("tbody").evaluateAll((groups) =>
    groups.flatMap((group) => {
      const heading = group.querySelector("th[scope=rowgroup] b")?.textContent;
      const rows = heading === undefined ? [...group.rows] : [...group.rows].slice(1);
      const beside = heading === undefined ? [] : [heading];
      return rows.map((row) => [...beside, ...[...row.cells].map((cell) => cell.innerText.trim())]);
    }),
  );

const change = (amount, currency) => money(amount, currency, "exceptZero");
const largest = (of) => (left, right) => Math.abs(Number(right[of])) - Math.abs(Number(left[of]));

/** Everybody begins at Home, and chooses the month that is to be billed. */
const begin = (name, journey) =>
  asOwner(`question-${name}`, {}, async (page) => {
    await page.goto(`${ADDRESS}/`);
    await page.getByRole("button", { name: /^Month: / }).click();
    await page.getByRole("menuitemradio", { name: "October 2026" }).click();
    await page.waitForURL(/month=2026-10/);
    await journey(page);
  });

const goTo = (page, screen) => page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: screen }).click();

const costs = (page, by, more = {}) =>
  call(page, "POST", "costs/query", { month: MONTH, by, metrics: [METRIC], compare: "previous", limit: 10_000, ...more });

const namesOf = async (page) => new Map((await call(page, "GET", "customers")).items.map((one) => [one.id, one.name]));

const costTable = (page, currency) => page.getByRole("table", { name: `Costs in ${currency}`, exact: true });

test("which are the ten costliest customers, against last month?", () =>
  begin("costliest", async (page) => {
    await goTo(page, "Costs");
    const answer = await costs(page, ["CustomerId", "CustomerName", "BillingCurrency"]);
    for (const { BillingCurrency: currency } of answer.totals) {
      await page.getByRole("tab", { name: new RegExp(`^${currency}`) }).click();
      const table = costTable(page, currency);
      await table.waitFor();
      const others = table.getByRole("row", { name: /^\d+ others?/ });
      if ((await others.count()) > 0 && (await others.getByText("closed").count()) > 0) await others.click();
      const wanted = answer.rows
        .filter((row) => row.BillingCurrency === currency && row.CustomerId !== "unassigned")
        .toSorted((left, right) => Number(right[METRIC]) - Number(left[METRIC]))
        .slice(0, 10);
      assert.ok(wanted.length > 1);
      const shown = (await rowsOf(table)).filter(([name]) => !/^(\d+ others?|Unassigned)/.test(name));
      assert.deepEqual(
        shown.slice(0, 10).map((cells) => cells.slice(0, 4)),
        wanted.map((row) => [
          row.CustomerName,
          money(row[METRIC], currency),
          money(row[`${METRIC}Before`], currency),
          change(row[`${METRIC}Difference`], currency),
        ]),
      );
    }
  }));

test("why did a customer's bill rise?", () =>
  begin("rise", async (page) => {
    await goTo(page, "Costs");
    const currency = "EUR";
    const { rows } = await costs(page, ["CustomerId", "CustomerName", "BillingCurrency"]);
    const difference = `${METRIC}Difference`;
    const changed = rows
      .filter((row) => row.BillingCurrency === currency && row.CustomerId !== "unassigned")
      .toSorted(largest(difference));
    const risen = changed.find((row) => !row[difference].startsWith("-"));
    const table = costTable(page, currency);
    await table.getByRole("button", { name: "Change", exact: true }).click();
    await page.waitForURL(/sort=change/);
    await table.locator("tbody tr").first().getByText(changed[0].CustomerName).waitFor();
    await table.getByRole("row", { name: risen.CustomerName }).click();
    const panel = page.getByRole("complementary", { name: risen.CustomerName });
    await panel.getByText(change(risen[difference], currency), { exact: true }).first().waitFor();

    const where = [
      { column: "CustomerId", values: [risen.CustomerId] },
      { column: "BillingCurrency", values: [currency] },
    ];
    const services = (await costs(page, ["ServiceName", "BillingCurrency"], { where })).rows.toSorted(largest(difference));
    const [service] = services;
    const first = panel.getByRole("table").first().locator("tbody tr").first();
    await first.getByText(service.ServiceName).waitFor();
    assert.equal((await cellsOf(first))[2], change(service[difference], currency));
    const share = (100 * Number(service[difference])) / Number(risen[difference]);
    assert.ok(share > 50 && share <= 100); // in this sample
    await panel.getByText(`${percent(share)} of it is ${service.ServiceName}`).waitFor();

    // And what of this service?
    await button(first, service.ServiceName).click();
    await panel.getByRole("heading", { name: `What changed in ${service.ServiceName}` }).waitFor();
    where.push({ column: "ServiceName", values: [service.ServiceName] });
    const [resource] = (await costs(page, ["ResourceName", "BillingCurrency"], { where })).rows.toSorted(
      largest(difference),
    );
    const row = panel.getByRole("table").nth(1).locator("tbody tr").first();
    await row.getByText(resource.ResourceName).waitFor();
    assert.equal((await cellsOf(row))[2], change(resource[difference], currency));
  }));

test("which tenants have no customer?", () =>
  begin("tenants", async (page) => {
    const { rows } = await call(page, "GET", `tenants?month=${MONTH}`);
    const tenants = rows.filter((row) => row.x_CustomerTenantId !== undefined);
    const count = new Set(tenants.map((row) => row.x_CustomerTenantId)).size;
    const action = region(page, "Needs action")
      .getByRole("listitem")
      .filter({ hasText: `${count} tenants have no customer` });
    await action.getByRole("link", { name: /^Assign tenants/ }).click();
    const card = region(page, "Tenants without a customer");
    await card.waitFor();
    assert.equal(await card.locator("tbody tr").count(), count);
    for (const row of tenants) {
      await card
        .getByRole("row", { name: row.x_CustomerTenantName })
        .getByText(`${money(row.BilledCost, row.BillingCurrency)} ${row.BillingCurrency}`)
        .waitFor();
    }
  }));

test("what did a late restatement change behind a lock?", () =>
  begin("late", async (page) => {
    const [late] = (await call(page, "GET", "late-changes")).late;
    assert.deepEqual([late.month, late.because, late.decision], ["2026-09", "locked", "open"]);
    const title = "September 2026 of invented changed after it was locked";
    await page.getByRole("link", { name: `Review change: ${title}` }).click();
    const card = region(page, "Late changes");
    await card.getByText("The month was locked when newer runs came.").waitFor();
    const all = card.getByRole("button", { name: /^Show all / });
    if ((await all.count()) > 0) await all.click();
    assert.deepEqual(
      (await rowsOf(card.getByRole("table"))).toSorted(),
      late.changes
        .map((one) => [
          one.BillingCurrency,
          one.CustomerId === "unassigned" ? "Unassigned" : one.CustomerName,
          money(one.BilledCostBefore, one.BillingCurrency),
          money(one.BilledCostAfter, one.BillingCurrency),
          change(one.BilledCostDifference, one.BillingCurrency),
        ])
        .toSorted(),
    );
    // What is in force, and what waits for the decision.
    const runs = region(page, "Details").getByRole("table");
    assert.deepEqual(await runs.locator(".pill").allInnerTexts(), ["in force", "in force", "held", "held"]);
    // Whoever looks at the alerts reads the same, and no ids.
    await goTo(page, "Administration");
    await page.getByRole("link", { name: "Alerts", exact: true }).click();
    const alerts = page.getByRole("table", { name: "Alerts" });
    await alerts.getByRole("row", { name: /^Newer charges are held · invented/ }).waitFor();
    assert.equal(await alerts.getByText("run-held").count(), 0);
  }));

test("which reservation is badly used, and who pays for it?", () =>
  begin("reservation", async (page) => {
    await goTo(page, "Commitments");
    const inventory = page.getByRole("table", { name: "Inventory" });
    await inventory.waitFor();
    await page.getByRole("button", { name: /^Order: / }).click();
    await page.getByRole("menuitemradio", { name: "Badly used first" }).click();
    await button(page, "Reservations").click();
    await page.waitForURL(/kind=/);
    const report = async (name, ...by) =>
      (await call(page, "GET", `commitment-reports/${name}?month=${MONTH}&${by.map((one) => `by=${one}`).join("&")}`)).rows;
    const used = await report("utilisation", "Commitment");
    const [worst] = used
      .filter((row) => row.CommitmentName.startsWith("VM_RI"))
      .toSorted((left, right) => Number(left.UtilisationPercent) - Number(right.UtilisationPercent));
    const unused = (await report("unused", "Commitment", "Customer")).filter(
      (row) => row.CommitmentId === worst.CommitmentId && row.UnusedCost !== "0",
    );
    const customers = await namesOf(page);
    const first = inventory.locator("tbody tr").first();
    const told = await first.innerText();
    assert.ok(told.includes(worst.CommitmentName), told);
    assert.ok(told.includes(percent(worst.UtilisationPercent)), told);
    for (const row of unused) {
      assert.ok(told.includes(money(row.UnusedCost, row.BillingCurrency)), told);
      assert.ok(told.includes(customers.get(row.CustomerId) ?? "Unassigned"), told);
    }
    await first.click();
    const panel = page.getByRole("complementary", { name: worst.CommitmentName });
    const paid = (await report("savings", "Commitment", "Customer")).filter(
      (row) => row.CommitmentId === worst.CommitmentId,
    );
    const payers = panel.getByRole("table", { name: "Who used it, and who pays for the rest" });
    await payers.waitFor();
    assert.equal(await payers.locator("tbody tr").count(), paid.length);
  }));

test("how do I send a customer its file?", () =>
  begin("send", async (page) => {
    const channel = { server: process.env.PAGE_MAIL, from: "apportion@example.com", to: ["ops@example.com"] };
    await call(page, "PUT", "alert-channels/ops", channel);
    await goTo(page, "Customers");
    const [customer] = (await call(page, "GET", "customers")).items;
    await page.getByRole("searchbox", { name: "Find a customer" }).fill(customer.id);
    await button(page, customer.name).click();
    const panel = page.getByRole("complementary", { name: customer.name });
    await panel.getByLabel("To", { exact: true }).fill("it@customer.example");
    await panel.getByLabel("With the FOCUS file", { exact: false }).check();
    await button(panel, "Preview").click();
    await panel.getByText(new RegExp(`${customer.id}.*\\.csv\\.gz`)).waitFor();
    await button(panel, "Send October 2026").click();
    await panel.getByText("Sent to it@customer.example.").waitFor();
    const [sent] = (await call(page, "GET", "audit?limit=1")).items;
    assert.deepEqual([sent.what, sent.customer], ["report.send", customer.id]);
  }));

test("what would a 30/70 split change, and for whom?", () =>
  begin("split", async (page) => {
    await goTo(page, "Split rules");
    const { yaml } = await call(page, "GET", "documents/rules");
    await page.getByRole("button", { name: /^2 ?monitoring of the platform/ }).click();
    await page.locator(".cm-content:focus").waitFor();
    for (const key of ["ArrowDown", "ArrowDown", "End", "Shift+Home"]) await page.keyboard.press(key);
    const split = "share: {cust-00001: 30, cust-00002: 70}";
    await page.keyboard.insertText(split);
    const table = page.getByRole("table", { name: /^Preview of / });
    await table.waitFor();
    const draft = yaml.replace("assign: cust-00002", split);
    const { changes } = await outcome(page, "POST", "documents/rules/preview", { yaml: draft, month: MONTH });
    const changed = changes.filter((one) => one.BilledCostDifference !== "0");
    assert.ok(changed.length > 1);
    assert.deepEqual(
      (await rowsOf(table)).map((cells) => cells.slice(0, 5)).toSorted(),
      changed
        .map((one) => [
          one.BillingCurrency,
          one.CustomerId === "unassigned" ? "Unassigned" : one.CustomerName,
          money(one.BilledCostOld, one.BillingCurrency),
          money(one.BilledCostNew, one.BillingCurrency),
          change(one.BilledCostDifference, one.BillingCurrency),
        ])
        .toSorted(),
    );
    await button(page, "Discard draft").click();
    assert.equal((await call(page, "GET", "documents/rules")).yaml, yaml);
  }));

// From most to least, as the table says it.
const SUBJECTS = [
  ["Costs, proof, files", ["read-partner-costs", "sees"], ["read-own-costs", "sees their own"]],
  ["Customers and tenants", ["manage-customers", "changes"], ["read-customers", "sees"]],
  ["Looking as a customer", ["act-as-customer", "yes"]],
  ["Split rules, policies", ["apply-documents", "changes"], ["read-documents", "sees"]],
  ["Months, locks, late changes", ["manage-months", "changes"], ["read-months", "sees"]],
  ["Microsoft’s invoices", ["manage-invoices", "changes"], ["read-partner-costs", "sees"]],
  ["Connections, exports, imports", ["manage-connections", "changes"], ["read-connections", "sees"]],
  ["Alerts and channels", ["manage-alerts", "changes"], ["read-alerts", "sees"]],
  ["Jobs, backup, metrics", ["operate", "yes"]],
  ["Questions in SQL", ["ask-in-sql", "yes"]],
  ["Audit log", ["read-audit", "sees"], ["read-own-audit", "sees their own"]],
  ["People, tokens, settings", ["manage-people", "changes"], ["manage-own-people", "changes their own"]],
];

test("who may see what?", () =>
  begin("rights", async (page) => {
    await goTo(page, "Administration");
    const people = page.getByRole("table", { name: "People" });
    const { items } = await call(page, "GET", "users");
    const customers = await namesOf(page);
    for (const person of items) {
      const row = people.getByRole("row", { name: person.name });
      await row.getByText(person.role.replace("customer-admin", "customer administrator").replace("-", " ")).waitFor();
      if (person.customer !== undefined) await row.getByText(customers.get(person.customer)).waitFor();
    }
    const table = page.getByRole("table", { name: "Who may do what" });
    const shown = await table
      .locator("tbody tr")
      .evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
    const rights = [];
    for (const role of ROLES) {
      const customer = role.startsWith("customer-") ? { customer: items.find((one) => one.customer).customer } : {};
      const { token } = await call(page, "POST", "tokens", { name: role, role, days: 1, ...customer });
      rights.push((await asScript(token, "GET", "me")).rights);
    }
    const most = (levels, held) => levels.find(([right]) => held.includes(right))?.[1] ?? "–";
    assert.deepEqual(
      shown,
      SUBJECTS.map(([subject, ...levels]) => [subject, ...rights.map((held) => most(levels, held))]),
    );
  }));

test("is October complete?", () =>
  begin("complete", async (page) => {
    const states = (await call(page, "GET", "months")).months.map((one) => [one.month, one.state]);
    assert.deepEqual(states, [
      ["2026-09", "locked"],
      [MONTH, "complete"],
      ["2026-11", "open"],
    ]);
    const card = region(page, "Months to close");
    await card.getByRole("link", { name: "invented, October 2026: complete" }).waitFor();
    await card.getByText(/Complete: the files cover the whole month, 0 of [\d,]+ rows rejected/).waitFor();
    // A month that is not says so, also where it is compared.
    await goTo(page, "Costs");
    await costTable(page, "EUR").waitFor();
    assert.equal(await page.getByText("is not complete").count(), 0);
    await page.getByRole("button", { name: /^Month: / }).click();
    await page.getByRole("menuitemradio", { name: "November 2026" }).click();
    await page.getByText("November 2026 is not complete: it is compared with all of October").waitFor();
  }));

test("does it add up?", () =>
  begin("proof", async (page) => {
    await region(page, "Months to close").getByRole("link", { name: "See proof" }).click();
    await page.getByRole("status").getByText("Everything holds").waitFor();
    const { holds, months } = await call(page, "GET", `proof?month=${MONTH}`);
    assert.ok(holds);
    const exact = await page.getByRole("table", { name: "Sums" }).locator(".exact").allTextContents();
    const shown = exact.map((text) => text.replaceAll(",", "").replace("−", "-"));
    const sides = ({ source, charges, assigned, unassigned }) => [source, charges, assigned, unassigned];
    assert.deepEqual(
      shown,
      months[0].currencies.flatMap(({ billed, effective }) => [...sides(billed), ...sides(effective)]),
    );
  }));
