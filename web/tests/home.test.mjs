// Journeys of people through Home and Connections, and the first day as it is later.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ADDRESS, as, asOwner, testLooks, VIEWER } from "./journey.mjs";

const asked = (page, path, body) =>
  page.evaluate(
    async ([of, sent]) => {
      const me = await (await fetch("/api/v1/me")).json();
      const headers = { "Content-Type": "application/json", "X-Forgery-Token": me.forgery_token };
      const options = sent === undefined ? {} : { method: "POST", headers, body: JSON.stringify(sent) };
      return (await fetch(`/api/v1/${of}`, options)).json();
    },
    [path, body],
  );

const region = (page, name) => page.getByRole("region", { name, exact: true });

test("home says which tenants have no customer, with their amounts, and leads there", () =>
  asOwner("home-tenants", {}, async (page) => {
    await page.goto(`${ADDRESS}/`);
    const { rows } = await asked(page, "tenants?month=2026-10");
    const tenants = rows.filter((row) => row.x_CustomerTenantId !== undefined);
    const count = new Set(tenants.map((row) => row.x_CustomerTenantId)).size;
    assert.ok(count > 0);
    const action = region(page, "Needs action")
      .getByRole("listitem")
      .filter({ hasText: `${count} tenants have no customer` });
    await action.waitFor();
    for (const row of tenants) assert.ok((await action.textContent()).includes(row.x_CustomerTenantName));
    await action.getByRole("link", { name: /^Assign tenants/ }).click();
    await page.getByRole("button", { name: `Assign ${tenants[0].x_CustomerTenantName}` }).waitFor();
  }));

test("home says whether October is complete, and whether it adds up", () =>
  asOwner("home-month", {}, async (page) => {
    await page.goto(`${ADDRESS}/?month=2026-10`);
    const { months } = await asked(page, "months?month=2026-10");
    assert.equal(months[0].state, "complete");
    const card = region(page, "Months to close");
    await card.getByRole("row", { name: /^acme/ }).getByText("complete").waitFor();
    await card.getByText(/The proof holds in/).waitFor();
    assert.match(await card.textContent(), /Complete: the files cover the whole month, 0 of [\d,]+ rows rejected/);
    await card.getByRole("link", { name: "See proof" }).click();
    await page.getByRole("heading", { name: "Proof", exact: true }).waitFor();
    await page.waitForURL(/month=2026-10/);
  }));

test("home has the costs of each customer beside the month before, as the service says, and opens why", () =>
  asOwner("home-costs", {}, async (page) => {
    await page.goto(`${ADDRESS}/?month=2026-10`);
    const costs = region(page, "Cost by customer");
    await costs.locator("tfoot").waitFor();
    const answer = await asked(page, "costs/query", {
      month: "2026-10",
      by: ["CustomerId", "CustomerName", "BillingCurrency"],
      metrics: ["BilledCost"],
      compare: "previous",
      sort: "BilledCost",
    });
    const currency = "GBP";
    await costs.getByRole("tab", { name: new RegExp(`^${currency}`) }).click();
    await page.waitForURL(/currency=GBP/);
    const format = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const total = answer.totals.find((row) => row.BillingCurrency === currency);
    const foot = costs.locator("tfoot td");
    assert.equal(await foot.nth(2).textContent(), format.format(total.BilledCost));
    assert.equal(await foot.nth(3).textContent(), format.format(total.BilledCostBefore));
    const first = answer.rows.find((row) => row.BillingCurrency === currency && row.CustomerId !== "unassigned");
    await costs.getByRole("link", { name: first.CustomerName }).click();
    await page.getByRole("complementary").getByText("Why did it change").waitFor();
  }));

test("the people of a customer have the portal as their home, and nothing of connections", () =>
  as(VIEWER, "home-viewer", {}, async (page) => {
    await page.goto(`${ADDRESS}/`);
    await page.waitForURL(`${ADDRESS}/portal`);
    const links = await page.getByRole("navigation", { name: "Screens" }).getByRole("link").allTextContents();
    for (const hidden of ["Home", "Connections"]) assert.ok(!links.includes(hidden));
  }));

test("a connection says how it is, what was imported, and what would change without an import", () =>
  asOwner("connections", {}, async (page) => {
    await page.goto(`${ADDRESS}/`);
    await page.getByRole("heading", { name: "Home", exact: true }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("n");
    await page.getByRole("heading", { name: "Connections", exact: true }).waitFor();
    await page.getByRole("row", { name: /^acme late/ }).waitFor();
    await page.getByRole("button", { name: "acme", exact: true }).click();
    const panel = page.getByRole("complementary", { name: "acme" });
    const known = await asked(page, "connections/acme");
    await panel.getByText(known.actual_url).waitFor();
    await panel.getByRole("button", { name: "Check permissions" }).click();
    await panel.getByRole("list", { name: "Permissions" }).getByRole("listitem").first().waitFor();
    await panel.getByRole("button", { name: "Imports" }).click();
    const imports = (await asked(page, "imports?connection=acme")).items;
    await panel.getByRole("button", { name: /^Withdraw / }).first().waitFor();
    assert.equal(await panel.getByRole("button", { name: /^Withdraw / }).count(), imports.length);
    await panel.getByRole("button", { name: /^Withdraw October 2026, AmortizedCost/ }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/^Reason/).fill("only to see");
    await dialog.getByRole("button", { name: "See what changes" }).click();
    await dialog.getByRole("button", { name: "Withdraw for good" }).waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    assert.deepEqual((await asked(page, "imports?connection=acme")).items, imports);
    await page.reload();
    await panel.getByRole("button", { name: /^Withdraw / }).first().waitFor();
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
  }));

test("the first day shows what is done, also later", () =>
  asOwner("first-day-later", {}, async (page) => {
    await page.goto(`${ADDRESS}/first-day`);
    const steps = page.getByRole("list", { name: "Steps of the first day" });
    await steps.waitFor();
    const day = await asked(page, "first-day");
    const customers = day.steps.find((step) => step.step === "customers").counts;
    assert.ok((await steps.textContent()).includes(`${customers.customers} customers`));
    await region(page, "6 Split and proof").getByText("October 2026 adds up").waitFor();
    await region(page, "4 Customers").getByRole("link", { name: /^Assign \d+ tenants$/ }).waitFor();
    assert.equal(await page.getByRole("button", { name: /invented partner/ }).count(), 0);
  }));

testLooks(["/", "/first-day", "/connections?open=acme&part=imports"]);
