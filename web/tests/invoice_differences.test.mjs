// Journeys into invoices that do not tie: which reasons there are, which rows they are, and where these come from.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ADDRESS, asOwner, call, money, testLooks } from "./journey.mjs";

const MONTH = "2026-10";
const CLASSES = {
  equal: "Equal",
  rounding: "Rounding",
  "other-invoice": "On another invoice",
  credit: "Credits and refunds",
  tax: "Tax",
  "exchange-rate": "Exchange rate",
  "doubled-lines": "Lines that are there twice",
  "missing-lines": "Missing in Microsoft’s lines",
  "missing-charges": "Missing in the charges",
  unknown: "Unknown",
};
const FAULTS = ["doubled-lines", "doubled-charges", "missing-lines", "missing-charges", "unknown"];

const classesOf = (page) => page.getByRole("table", { name: "Why charges and lines differ" });
const firstThatDiffers = async (page) =>
  (await call(page, "GET", `invoices?month=${MONTH}`)).invoices.find((one) => one.state === "differs");
const differences = (page, { invoice, currency }, query) => {
  const asked = new URLSearchParams({ month: MONTH, invoice, currency, limit: "1000" });
  return call(page, "GET", `reconciliation/differences?${asked}&${query}`);
};
const cellsOf = (table) =>
  table
    .locator("tbody tr")
    .evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));

test("what does not tie comes first, and each reason has its sums and what to do", () =>
  asOwner("differences", {}, async (page) => {
    await page.goto(`${ADDRESS}/invoices?month=${MONTH}`);
    const invoice = await firstThatDiffers(page);
    await page.getByRole("status").getByText(/invoices? do(es)? not tie$/).waitFor();
    const details = page.getByRole("region", { name: `${invoice.invoice} ${invoice.currency}`, exact: true });
    const why = details.getByText("Why it does not tie").locator("..");
    for (const one of invoice.classes.filter((each) => FAULTS.includes(each.class))) {
      const item = why.getByRole("listitem").filter({ hasText: CLASSES[one.class] });
      assert.ok((await item.textContent()).includes(money(one.difference, invoice.currency, "exceptZero")));
    }
    const shown = await cellsOf(classesOf(page));
    assert.equal(shown.length, invoice.classes.length);
    for (const one of invoice.classes) {
      const cells = shown.find(([name]) => name.startsWith(CLASSES[one.class]));
      assert.deepEqual(cells.slice(1, 5), [
        String(one.keys),
        money(one.charges, invoice.currency),
        money(one.lines, invoice.currency),
        money(one.difference, invoice.currency, "exceptZero"),
      ]);
      assert.equal(cells[5], one.class === "unknown" ? "unexplained" : money(one.bound, invoice.currency));
    }
  }));

test("a reason leads to its rows, by customer, to Microsoft’s line and to the charge", () =>
  asOwner("difference-rows", {}, async (page) => {
    await page.goto(`${ADDRESS}/invoices?month=${MONTH}`);
    const invoice = await firstThatDiffers(page);
    await classesOf(page).getByRole("row", { name: /^Unknown/ }).click();
    const rows = page.getByRole("table", { name: `Unknown on invoice ${invoice.invoice}` });
    await rows.waitFor();
    const told = await differences(page, invoice, "class=unknown");
    assert.deepEqual(
      (await cellsOf(rows)).map((cells) => cells.slice(3, 6)),
      told.rows.map((row) => [
        money(row.Charges, invoice.currency),
        money(row.Lines, invoice.currency),
        money(row.Difference, invoice.currency, "exceptZero"),
      ]),
    );
    const { items } = await call(page, "GET", "customers?all=true&limit=1000");
    const nameOf = (tenant) => items.find((one) => one.tenant_ids.includes(tenant))?.name ?? tenant;
    const addedUp = page.getByRole("group", { name: "Added up by" });
    await addedUp.getByRole("button", { name: "Customer" }).click();
    const byCustomer = await differences(page, invoice, "class=unknown&by=CustomerTenantId");
    await page.waitForURL(/by=CustomerTenantId/);
    await page.getByText(/^\d+ sums?$/).waitFor();
    assert.deepEqual(
      (await cellsOf(rows)).map(([customer, keys]) => [customer, keys]),
      byCustomer.rows.map((row) => [nameOf(row.CustomerTenantId), row.Keys]),
    );
    await rows.locator("tbody tr").first().click();
    await page.waitForURL(/customer=/);
    await page.getByRole("button", { name: "Customer: show all" }).waitFor();
    await rows.locator("tbody tr").first().click();
    const panel = page.getByRole("complementary", { name: "Unknown" });
    const [first] = (await differences(page, invoice, `class=unknown&customer=${byCustomer.rows[0].CustomerTenantId}`))
      .rows;
    await panel.getByText(first.FirstLine, { exact: true }).waitFor();
    await panel.getByRole("heading", { name: "Where does it come from" }).waitFor();
    const charge = await call(page, "GET", `charges/${first.FirstRow}`);
    await panel.getByText(charge.file, { exact: true }).waitFor();
    // A colleague with the same rights sees the same.
    const address = page.url();
    await page.goto(`${ADDRESS}/`);
    await page.goto(address);
    await panel.getByText(first.FirstLine, { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Customer: show all" }).click();
    await page.getByText(`${told.row_count} difference`, { exact: false }).first().waitFor();
  }));

test("daily usage is compared as well, down to days", () =>
  asOwner("differences-usage", {}, async (page) => {
    await page.goto(`${ADDRESS}/invoices?month=${MONTH}`);
    const invoice = await firstThatDiffers(page);
    await page
      .getByRole("group", { name: "Compared with" })
      .getByRole("button", { name: "Daily usage" })
      .click();
    await page.waitForURL(/with=usage/);
    const { invoices } = await call(page, "GET", `invoices?month=${MONTH}&dataset=DailyRatedUsage`);
    const usage = invoices.find((one) => one.invoice === invoice.invoice && one.currency === invoice.currency);
    await classesOf(page).getByRole("row", { name: /^Seats and software|^Unknown/ }).first().waitFor();
    assert.equal((await cellsOf(classesOf(page))).length, usage.classes.length);
    await classesOf(page).getByRole("row", { name: /^Unknown/ }).click();
    await page.getByRole("table", { name: /^Unknown on invoice/ }).locator("tbody tr").first().click();
    await page.getByRole("complementary", { name: "Unknown" }).getByText("Meter", { exact: true }).waitFor();
  }));

testLooks([
  `/invoices?month=${MONTH}`,
  `/invoices?month=${MONTH}&class=rounding`,
  `/invoices?month=${MONTH}&class=missing-lines&by=CustomerTenantId`,
  `/proof?month=${MONTH}`,
]);
