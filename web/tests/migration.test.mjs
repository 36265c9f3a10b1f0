// Journeys of whoever leaves a legacy method: its bill is added, what is wrong with it is found, and the report is taken.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { ADDRESS, asOwner, call, money, settled, testLooks } from "./journey.mjs";

const BILL = readFileSync(join(process.env.PAGE_INVOICES, "../legacy/bill-2026-10.csv"), "utf8");
const [HEADER, ...LINES] = BILL.trimEnd().split("\n");
const cellsIn = (line) => {
  const names = HEADER.split(",");
  return Object.fromEntries(line.split(",").map((cell, at) => [names[at], cell]));
};
const PLAIN = LINES.filter((line) => !line.includes('"'));
const DOUBLED = PLAIN.find((line) => cellsIn(line).Subscription !== "" && /^\d{2,}\./.test(cellsIn(line).Cost));
const withCells = (line, change) => {
  const cells = { ...cellsIn(line), ...change };
  return HEADER.split(",")
    .map((name) => cells[name])
    .join(",");
};
const STRANGER = withCells(DOUBLED, { Customer: "Nobody Ltd", Tenant: "", Cost: "7.00" });
const PLANTED = [HEADER, ...LINES, DOUBLED, STRANGER, ""].join("\n");
const SPOILT = [HEADER, withCells(DOUBLED, { Cost: "12,5 EUR" }).replace("12,5", "12.5"), ""].join("\n");

const file = (name, text) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
const bills = (page) => page.getByRole("region", { name: "Add a bill of the legacy" });
const send = (page, ...files) => bills(page).getByLabel("Choose files…").last().setInputFiles(files);
const customers = (page) => page.getByRole("table", { name: "Customers with verdict, legacy and new costs" });
const amounts = (page) => page.getByRole("table", { name: /^Amounts of / });
const cellsOf = (table) =>
  table
    .locator("tbody tr")
    .evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));

// Nothing of the legacy is there, so this comes first: each test finds what the one before has left.
testLooks(["/migration"]);

test("who has nothing of the legacy is told what to bring; a bill whose lines do not fit is refused with these", () =>
  asOwner("migration-none", {}, async (page) => {
    await page.goto(`${ADDRESS}/invoices`);
    await page.getByRole("link", { name: "Migration" }).click();
    await page.getByRole("heading", { name: "Nothing of a legacy method is here yet" }).waitFor();
    await send(page, file("spoilt.csv", SPOILT));
    // Columns with usual names are chosen, and anybody may choose otherwise.
    assert.equal(await bills(page).getByLabel("Amount").inputValue(), "Cost");
    await bills(page).getByLabel("Amount").selectOption("");
    await bills(page).getByText("Customer, month, currency and amount must be said.").waitFor();
    await bills(page).getByLabel("Amount").selectOption("Cost");
    await bills(page).getByRole("button", { name: "Import 1 file" }).click();
    await bills(page).getByRole("alert").getByText("line 2, column Cost: found `12.5 EUR`").waitFor();
    await bills(page).getByRole("button", { name: "Remove spoilt.csv" }).click();
  }));

test("a bill is added, and each customer has a verdict, what is not explained first", () =>
  asOwner("migration-bill", {}, async (page) => {
    await page.goto(`${ADDRESS}/migration`);
    await send(page, file("bill.csv", PLANTED));
    await bills(page).getByText("What do the columns mean?").waitFor();
    await bills(page).getByRole("button", { name: "Import 1 file" }).click();
    await customers(page).waitFor();
    const { items, totals } = await call(page, "GET", "migration/customers?limit=1000");
    assert.deepEqual(
      (await cellsOf(customers(page))).map((cells) => cells.slice(1, 5)),
      items.map((one) => [
        one.verdict,
        money(one.before, one.currency),
        money(one.now, one.currency),
        money(one.difference, one.currency, "exceptZero"),
      ]),
    );
    const sums = await customers(page)
      .locator("tfoot tr")
      .evaluateAll((rows) => rows.map((row) => row.cells[1].textContent.trim()));
    assert.deepEqual(
      sums,
      totals.map((total) => money(total.Before, total.BillingCurrency)),
    );
    const { verdicts } = await call(page, "GET", "migration");
    await page.getByRole("status").getByText(/customers? (is|are) not explained$/).waitFor();
    await page
      .getByRole("group", { name: "Verdict" })
      .getByRole("button", { name: `not explained ${verdicts.not_explained}` })
      .click();
    await page.waitForURL(/verdict=not/);
    await settled(page);
    const shown = await cellsOf(customers(page));
    assert.equal(shown.length, items.filter((one) => one.verdict === "not explained").length);
    assert.ok(shown.some(([name]) => name.startsWith("nobody ltd")));
  }));

test("a customer leads by reason to the doubled line, and to the charge", () =>
  asOwner("migration-drill", {}, async (page) => {
    const { rows } = await (await page.goto(`${ADDRESS}/migration`), call(page, "GET", "migration/amounts?class=doubled-lines"));
    assert.equal(rows.length, 1);
    const [doubled] = rows;
    const { items } = await call(page, "GET", `migration/customers?customer=${doubled.CustomerId}`);
    await page.getByRole("searchbox", { name: "Find a customer" }).fill(doubled.CustomerId);
    await customers(page).getByRole("row", { name: items[0].name }).first().focus();
    await page.keyboard.press("Enter");
    await amounts(page).getByRole("row", { name: /^Lines that are there twice/ }).click();
    await page.getByRole("button", { name: "Reason: show all" }).waitFor();
    await amounts(page).locator("tbody tr").first().click();
    const panel = page.getByRole("complementary", { name: "Lines that are there twice" });
    await panel.getByText(doubled.FirstLine, { exact: true }).waitFor();
    await panel.getByText(doubled.Subscription, { exact: true }).waitFor();
    const charge = await call(page, "GET", `charges/${doubled.FirstRow}`);
    await panel.getByText(charge.file, { exact: true }).waitFor();
    // A colleague with the same rights sees the same.
    const address = page.url();
    await page.goto(`${ADDRESS}/migration`);
    await page.goto(address);
    await panel.getByText(doubled.FirstLine, { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("group", { name: "Added up by" }).getByRole("button", { name: "Subscription" }).click();
    await page.getByRole("button", { name: "Reason: show all" }).click();
    await page.getByRole("checkbox", { name: "Also what is equal" }).check();
    await page.waitForURL(/all=yes/);
    await settled(page);
    const sums = await call(page, "GET", `migration/amounts?customer=${doubled.CustomerId}&all=true&by=Subscription&limit=1000`);
    assert.deepEqual(
      (await cellsOf(amounts(page))).map((cells) => cells[2]),
      sums.rows.map((row) => row.Keys),
    );
    await page.getByRole("button", { name: "All customers" }).click();
    await customers(page).waitFor();
  }));

testLooks([
  "/migration?verdict=not+explained",
  "/migration?customer=-&legacy=nobody+ltd",
  "/migration?show=gained",
  "/migration?show=plan",
]);

test("what was gained and who is who are shown; customers that are missing are added", () =>
  asOwner("migration-plan", {}, async (page) => {
    await page.goto(`${ADDRESS}/migration`);
    await page.getByRole("button", { name: "Gained" }).click();
    const gains = await call(page, "GET", "migration/gains?limit=100");
    const table = page.getByRole("table", { name: "Gained" });
    await table.waitFor();
    assert.equal((await cellsOf(table)).length, gains.rows.length);
    await page.getByRole("button", { name: "Who is who" }).click();
    const plan = page.getByRole("table", { name: "Who is who" });
    await plan.getByRole("row", { name: /^Nobody Ltd/ }).getByText("new", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Add the missing customers" }).click();
    await plan.getByRole("row", { name: /^Nobody Ltd/ }).getByText("known", { exact: true }).waitFor();
    const { items } = await call(page, "GET", "customers?limit=1000");
    assert.ok(items.some((one) => one.name === "Nobody Ltd"));
  }));

test("once the bill is right everything is equal or explained, and the report is taken to be signed", () =>
  asOwner("migration-report", {}, async (page) => {
    await page.goto(`${ADDRESS}/migration`);
    await page.getByRole("button", { name: "Add a bill" }).click();
    await send(page, file("bill.csv", BILL));
    await bills(page).getByRole("button", { name: "Import 1 file" }).click();
    await page.getByRole("status").getByText("Every customer is equal or explained").waitFor();
    const downloads = page.waitForEvent("download");
    await page.getByRole("link", { name: "Report to sign" }).click();
    const report = await downloads;
    assert.equal(report.suggestedFilename(), "migration.html");
    assert.ok(readFileSync(await report.path(), "utf8").includes("Every customer is equal or explained."));
  }));
