// Journeys of people through costs, months, customers and proof. Found by role and name, as people find things.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ADDRESS,
  asOwner,
  call,
  CUSTOMERS,
  findings,
  LINK,
  money,
  OWNER,
  settled,
  signIn,
  testLooks,
  VIEWER,
  visit,
} from "./journey.mjs";

const SCREENS = ["/costs", "/months", "/customers", "/proof"];

const table = (page) => page.getByRole("table", { name: /^Costs in / });
const drawn = (page) => page.getByRole("img", { name: /stacked bars/ });
const digits = (text) => text.replace(/[^\d.−+]/g, "").replace("−", "-");

test("a link signs in once, and leads home, and from there to the costs of the newest month", () =>
  visit("link", {}, async (page) => {
    await page.goto(`${ADDRESS}/sign-in?link=${LINK}`);
    await page.getByRole("heading", { name: "Home", exact: true }).waitFor();
    assert.match(await page.title(), /^Home · Apportion$/);
    await page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: "Costs" }).click();
    await drawn(page).waitFor();
    assert.equal(await page.getByRole("button", { name: /^Month: / }).textContent(), "October 2026");
  }));

test("a wrong password is refused with a reason, a right one shows the costs", () =>
  visit("password", {}, async (page) => {
    await page.goto(`${ADDRESS}/costs?by=ServiceName`);
    await signIn(page, OWNER, "wrong");
    const refusal = await page.getByRole("alert").textContent();
    assert.match(refusal, /request [0-9a-f]{16}/);
    await signIn(page, OWNER);
    await table(page).waitFor();
    await page.waitForURL(/by=ServiceName/);
  }));

test("costs by customer are those of the service, in each currency, and never added", () =>
  asOwner("costs", {}, async (page) => {
    await page.goto(`${ADDRESS}/costs?metric=BilledCost`);
    await table(page).waitFor();
    const answer = await call(page, "POST", "costs/query", {
      month: "2026-10",
      by: ["CustomerId", "BillingCurrency"],
      metrics: ["BilledCost"],
      compare: "previous",
      limit: 10000,
    });
    for (const total of answer.totals) {
      const currency = total.BillingCurrency;
      await page.getByRole("tab", { name: new RegExp(`^${currency}`) }).click();
      const foot = table(page).locator("tfoot td");
      assert.equal(await foot.nth(1).textContent(), money(total.BilledCost, currency));
      assert.equal(
        await foot
          .nth(1)
          .locator("span")
          .first()
          .getAttribute("title")
          .then((title) => digits(title)),
        String(total.BilledCost),
      );
      assert.equal(digits(await foot.nth(2).textContent()), digits(money(total.BilledCostBefore, currency)));
    }
    const names = await table(page).locator("tbody th bdi").allTextContents();
    assert.equal(names.at(-1), "Unassigned");
  }));

test("from a group to its rows, to file and line, by keyboard; the address holds all of it", () =>
  asOwner("drill", {}, async (page) => {
    await page.goto(`${ADDRESS}/costs`);
    const first = table(page).locator("tbody tr").first();
    await first.focus();
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    const panel = page.getByRole("complementary");
    await panel.getByRole("heading", { name: "Why did it change" }).waitFor();
    await panel.getByRole("table").first().getByRole("button").first().click();
    await panel.getByRole("heading", { name: /^Charges of / }).waitFor();
    await panel
      .getByRole("button", { name: /where does it come from$/ })
      .first()
      .click();
    await panel.getByText(/^line \d+$/).waitFor();
    await panel
      .getByText(/part_\d/)
      .first()
      .waitFor();
    const address = page.url();
    await page.reload();
    await page
      .getByRole("complementary")
      .getByText(/^line \d+$/)
      .waitFor();
    assert.equal(page.url(), address);
    await page.getByRole("button", { name: "Close" }).focus();
    await page.keyboard.press("Escape");
    await page.getByRole("complementary").waitFor({ state: "detached" });
  }));

test("groups, filters, measures, months and comparisons are chosen, and a reload shows the same", () =>
  asOwner("explore", {}, async (page) => {
    await page.goto(`${ADDRESS}/costs`);
    await page.getByRole("button", { name: /^Group by: / }).click();
    await page.getByRole("button", { name: /^Service ServiceName/ }).click();
    await table(page).getByRole("button", { name: "Service", exact: true }).waitFor();
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByRole("button", { name: /^Customer CustomerId/ }).click();
    await page.getByRole("checkbox").first().check();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Remove the filter Customer" }).waitFor();
    await page.getByRole("button", { name: "List", exact: true }).click();
    await page.getByRole("button", { name: /^Period: / }).click();
    await page.getByRole("menuitemradio", { name: "3 months" }).click();
    await page.getByText("no earlier month").waitFor();
    await settled(page); // until then, the table is that of the question before
    for (const said of ["by=ServiceName", "where=CustomerId", "metric=ListCost", "span=3"]) {
      assert.ok(page.url().includes(said), `${said} in ${page.url()}`);
    }
    const rows = await table(page).locator("tbody th").allTextContents();
    await page.reload();
    await settled(page);
    assert.deepEqual(await table(page).locator("tbody th").allTextContents(), rows);
  }));

test("beside a panel the choices take less room, and none is lost", () =>
  asOwner("little-room", { bypassCSP: true }, async (page) => {
    await page.goto(`${ADDRESS}/costs?month=2026-10`);
    await table(page).locator("tbody tr").first().click();
    await page.getByRole("complementary").waitFor();
    await page.getByRole("button", { name: /^Measure: / }).click();
    await page.getByRole("menuitemradio", { name: "Billed" }).click();
    await page.waitForURL(/metric=BilledCost/);
    await page.getByRole("button", { name: "More", exact: true }).click();
    const more = page.getByRole("dialog", { name: "More" });
    await more.getByRole("button", { name: "Month", exact: true }).click();
    await page.waitForURL(/per=month/);
    assert.deepEqual(await findings(page), []);
    await more.getByRole("button", { name: "Compare with: September 2026" }).click();
    await page.getByRole("menuitemradio", { name: "August 2026" }).click();
    await page.waitForURL(/compare=2026-08/);
    await more.getByRole("button", { name: "Rows with a colour: top 8" }).click();
    await page.getByRole("menuitemradio", { name: "top 3" }).click();
    await page.waitForURL(/top=3/);
    await page.keyboard.press("Escape");
    await more.waitFor({ state: "detached" });
    await page.getByRole("complementary").waitFor();
  }));

test("a link opens its row, wherever it is in the table", () =>
  asOwner("linked-row", {}, async (page) => {
    await page.goto(`${ADDRESS}/costs?month=2026-10`);
    await table(page).waitFor();
    const { rows } = await call(page, "POST", "costs/query", {
      month: "2026-10",
      by: ["CustomerId", "CustomerName", "BillingCurrency"],
      metrics: ["EffectiveCost"],
      limit: 10000,
    });
    const currencies = (row) => rows.filter((one) => one.CustomerId === row.CustomerId).map((one) => one.BillingCurrency);
    const usd = rows
      .filter((row) => row.BillingCurrency === "USD" && currencies(row).length === 1)
      .toSorted((left, right) => Number(left.EffectiveCost) - Number(right.EffectiveCost));
    const [cheapest] = usd;
    assert.ok(usd.length > 1);
    await page.goto(`${ADDRESS}/costs?month=2026-10&top=1&open=%3D${cheapest.CustomerId}`);
    await page.getByRole("complementary", { name: cheapest.CustomerName }).waitFor();
    await page.getByRole("table", { name: "Costs in USD" }).getByRole("row", { name: cheapest.CustomerName }).waitFor();
  }));

test("others open, and the table adds up", () =>
  asOwner("others", {}, async (page) => {
    await page.goto(`${ADDRESS}/costs?top=3`);
    const others = table(page).getByRole("row", { name: /others/ });
    await others.waitFor();
    const closed = await table(page).locator("tbody tr").count();
    await others.click();
    await page.waitForFunction((count) => document.querySelectorAll("tbody tr").length > count, closed);
    assert.ok(page.url().includes("others=open"));
  }));

test("the proof shows each sum to the last digit", () =>
  asOwner("proof", {}, async (page) => {
    await page.goto(`${ADDRESS}/proof`);
    await page.getByText("Everything holds").waitFor();
    const shown = await page.getByRole("table", { name: "Sums" }).locator(".exact").first().textContent();
    const answer = await page.evaluate(async () => (await fetch("/api/v1/proof?month=2026-10")).json());
    assert.equal(digits(shown), answer.months[0].currencies[0].billed.source);
  }));

test("a month is locked after it was said what that means, and unlocked", () =>
  asOwner("lock", {}, async (page) => {
    await page.goto(`${ADDRESS}/months?month=2026-08`);
    await page.getByRole("button", { name: "Lock month" }).click();
    await page.getByText("Nothing changes a locked month any more", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Lock", exact: true }).click();
    await page.getByRole("button", { name: /August 2026: locked/ }).waitFor();
    await page.getByRole("button", { name: "Unlock month" }).click();
    await page.getByRole("button", { name: "Unlock", exact: true }).click();
    await page.getByRole("button", { name: /August 2026: (open|complete)/ }).waitFor();
  }));

test("a tenant without a customer is assigned, and the work is followed to its end", () =>
  asOwner("assign", {}, async (page) => {
    await page.goto(`${ADDRESS}/customers`);
    const tenants = page.getByRole("region", { name: "Tenants without a customer" });
    await tenants.waitFor();
    const count = await tenants.locator("tbody tr").count();
    await tenants
      .getByRole("button", { name: /^Assign / })
      .first()
      .click();
    await page.getByRole("dialog").getByRole("button", { name: "Assign", exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "detached", timeout: 60_000 });
    await page.waitForFunction(
      (before) => document.querySelectorAll("[aria-label='Tenants without a customer'] tbody tr").length < before,
      count,
    );
  }));

test("a customer's people see their own costs, and nothing else", () =>
  visit("customer", {}, async (page) => {
    await page.goto(ADDRESS);
    await signIn(page, VIEWER);
    await drawn(page).waitFor();
    const screens = page.getByRole("navigation", { name: "Screens" });
    assert.deepEqual(await screens.getByRole("link").allTextContents(), [
      "Costs",
      "Explore",
      "Months and files",
    ]);
    const told = await page.locator("body").textContent();
    for (const name of CUSTOMERS) assert.ok(!told.includes(name) || name === CUSTOMERS[1], name);
    await page.getByRole("link", { name: "Explore" }).click();
    await table(page).waitFor();
    assert.deepEqual(await page.getByRole("group", { name: "Measure" }).getByRole("button").allTextContents(), [
      "List",
    ]);
    await page.goto(`${ADDRESS}/proof`);
    await page.getByRole("alert").first().waitFor();
  }));

test("staff look as a customer, inside a frame that says so", () =>
  asOwner("acting", {}, async (page) => {
    await page.goto(`${ADDRESS}/customers?customer=cust-00002`);
    await page.getByRole("button", { name: "Look as this customer" }).click();
    await page.getByText("You see exactly what the customer cust-00002 sees", { exact: false }).waitFor();
    await drawn(page).waitFor();
    assert.equal(await page.getByRole("link", { name: "Proof" }).count(), 0);
    await page.getByRole("button", { name: "Stop looking as the customer" }).click();
    await page.getByRole("link", { name: "Proof", exact: true }).waitFor();
  }));

test("a session that ends is begun again where it was", () =>
  asOwner("session", {}, async (page, context) => {
    await page.goto(`${ADDRESS}/months`);
    await page.getByRole("heading", { name: "Months", exact: true }).waitFor();
    await context.clearCookies();
    await page.getByRole("link", { name: "Customers" }).click();
    await page.getByText("Your session has ended", { exact: false }).waitFor();
    await signIn(page, OWNER);
    await page.getByRole("heading", { name: "Customers", level: 1 }).waitFor();
  }));

test("a lost connection is told, and all is asked again once it is back", () =>
  asOwner("lost", {}, async (page, context) => {
    await page.goto(`${ADDRESS}/costs`);
    await drawn(page).waitFor();
    await context.setOffline(true);
    await page.getByRole("button", { name: "Billed", exact: true }).click();
    await page.getByText("The service does not answer. What you see is from before", { exact: false }).waitFor();
    await context.setOffline(false);
    await page.getByText("The service does not answer", { exact: false }).first().waitFor({ state: "detached" });
    await drawn(page).waitFor();
  }));

test("the palette goes anywhere, and the theme and the language stay", () =>
  asOwner("palette", {}, async (page) => {
    await page.goto(`${ADDRESS}/costs`);
    await drawn(page).waitFor();
    const choose = async (words) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox").fill(words);
      await page.keyboard.press("Enter");
    };
    await choose("september 2026");
    await page.waitForURL(/month=2026-09/);
    await choose("dark");
    await choose("Deutsch");
    await page.getByRole("heading", { name: "Kosten", exact: true }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Kosten", exact: true }).waitFor();
    assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
    assert.equal(await page.locator("html").getAttribute("lang"), "de");
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await page.getByRole("heading", { name: "Beweis", exact: true }).waitFor();
  }));

testLooks([...SCREENS, "/costs?open=%3Dcust-00001", "/customers?customer=cust-00001", "/nowhere"]);
