// Journeys through commitments: what is badly used, who pays for it, who saves.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ADDRESS, asOwner, money, percent, testLooks } from "./journey.mjs";

const MONTH = "2026-10";

/** What the service says to the page, by address, as it comes: each report takes it a while. */
const hear = (page) => {
  const told = new Map();
  page.on("response", (answer) => {
    const { pathname, search } = new URL(answer.url());
    if (!pathname.startsWith("/api/v1/commitment")) return;
    const body = answer.json();
    body.catch(() => undefined); // of a page that was left meanwhile; whoever asks for it gets the error
    told.set(pathname + search, body);
  });
  return async (path) => (await told.get(`/api/v1/${path}`)).rows;
};
const address = (name, ...by) =>
  `commitment-reports/${name}?${["month=" + MONTH, ...by.map((one) => `by=${one}`)].join("&")}`;

/** What the service says when it is asked for something else, with the session of the page. */
const report = (page, path) =>
  page.evaluate(async (asked) => (await (await fetch(asked)).json()).rows, `/api/v1/${path}`);

const inventory = (page) => page.getByRole("table", { name: "Inventory" });
const names = (page) => inventory(page).locator("tbody th .strong").allTextContents();

test("each commitment has its use, what of it was not used and who bears that; sums are those of the service", () =>
  asOwner("commitments", {}, async (page) => {
    const heard = hear(page);
    await page.goto(`${ADDRESS}/commitments?month=${MONTH}&currency=GBP`);
    await inventory(page).waitFor();
    const [list, used, unused, net, customers] = await Promise.all([
      heard(`commitments?month=${MONTH}`),
      heard(address("utilisation", "Commitment")),
      report(page, address("unused", "Commitment", "Customer")),
      report(page, address("savings")),
      report(page, address("savings", "Customer")),
    ]);
    const use = new Map(used.map((row) => [row.CommitmentId, row]));
    assert.ok(unused.length > 0 && list.length > 0);
    const shown = list.filter((one) => one.State === "active" || use.has(one.CommitmentId));
    assert.equal(await inventory(page).locator("tbody tr").count(), shown.length);
    for (const one of shown) {
      const told = await inventory(page)
        .getByRole("row", { name: new RegExp(`^${one.Name}\\b`) })
        .textContent();
      const percentage = use.get(one.CommitmentId)?.UtilisationPercent;
      assert.ok(told.includes(percentage === undefined ? "no use" : percent(percentage)), `${one.Name}: ${told}`);
      for (const part of unused.filter((part) => part.CommitmentId === one.CommitmentId && part.UnusedCost !== "0")) {
        assert.ok(told.includes(`${money(part.UnusedCost, part.BillingCurrency)} ${part.BillingCurrency}`), told);
      }
    }
    const tile = page.getByText("Net saving in October, unused taken off").locator("..");
    for (const row of net) {
      await tile.getByText(money(row.NetSaving, row.BillingCurrency, "exceptZero"), { exact: true }).waitFor();
    }
    const bearers = page.getByRole("table", { name: "Unused, by who bears it" });
    assert.deepEqual(
      (await bearers.locator("td.number").allTextContents()).toSorted(),
      customers
        .filter((row) => row.UnusedCost !== "0")
        .map((row) => money(row.UnusedCost, row.BillingCurrency))
        .toSorted(),
    );
    const savings = page.getByRole("table", { name: "Savings by customer in GBP" });
    const all = page.getByRole("button", { name: /^Show all \d+ customers$/ });
    if ((await all.count()) > 0) await all.click();
    const rows = customers.filter((row) => row.BillingCurrency === "GBP");
    assert.equal(await savings.locator("tbody tr").count(), rows.length);
    const best = rows
      .filter((row) => row.CustomerId !== "unassigned")
      .reduce((first, row) => (Number(row.NetSaving) > Number(first.NetSaving) ? row : first));
    const cells = await savings.locator("tbody tr").first().locator("td").allTextContents();
    assert.equal(cells[4], money(best.NetSaving, "GBP", "exceptZero"));
  }));

test("the worst used is found and opened by keyboard, and the address holds all of it", () =>
  asOwner("commitment", {}, async (page) => {
    const heard = hear(page);
    // The address alone holds the order; the panel, too, once it is open.
    await page.goto(`${ADDRESS}/commitments?month=${MONTH}&sort=used`);
    await inventory(page).waitFor();
    assert.equal(await page.getByRole("button", { name: /^Order: / }).textContent(), "Badly used first");
    const use = (await heard(address("utilisation", "Commitment"))).toSorted(
      (left, right) => Number(left.UtilisationPercent) - Number(right.UtilisationPercent),
    );
    assert.equal((await names(page))[0], use[0].CommitmentName);
    await inventory(page).locator("tbody tr").first().focus();
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    const panel = page.getByRole("complementary", { name: use[0].CommitmentName });
    const payers = panel.getByRole("table", { name: "Who used it, and who pays for the rest" });
    await payers.waitFor();
    const paid = (await heard(address("savings", "Commitment", "Customer"))).filter(
      (row) => row.CommitmentId === use[0].CommitmentId,
    );
    assert.equal(await payers.locator("tbody tr").count(), paid.length);
    await panel.getByText("from charges").first().waitFor();
    for (const said of ["sort=used", `open=${use[0].CommitmentId}`]) assert.ok(page.url().includes(said), said);
    await page.getByRole("button", { name: "Close" }).focus();
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Savings plans", exact: true }).click();
    await page.waitForURL(/kind=Savings/);
    assert.ok((await names(page)).every((name) => name.includes("SavingsPlan")));
    await page.getByRole("searchbox", { name: "Find a commitment" }).fill("nothing is called so");
    await page.getByText("No commitment fits").waitFor();
    await page.getByRole("button", { name: /^Recommendations/ }).click();
    await page.getByText("--reservation-recommendations", { exact: false }).waitFor();
  }));

testLooks(["/commitments?all=yes&show=recommendations"]);
