// Journeys of a customer's people through the portal, and of files that people take along.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { strFromU8, unzipSync } from "fflate";

import { ADDRESS, as, asOwner, call, CUSTOMERS, findings, signIn, testLooks, VIEWER, visit } from "./journey.mjs";

const ADMIN = "carl@contoso.example";
const COLOR = "#7a1f5c";
// A red square of 8 by 8.
const LOGO = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR4nGO4o6GBFTEMLQkA3Qx4AXYXGH8AAAAASUVORK5CYII=";

const rounded = (amount, currency) => {
  const places = currency === "JPY" ? 0 : 2;
  return new Intl.NumberFormat("en-GB", {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
    roundingMode: "halfEven",
  })
    .format(amount)
    .replace("-", "−");
};

const withBrand = (journey) =>
  asOwner("brand", {}, async (owner) => {
    await owner.goto(`${ADDRESS}/months`);
    await call(owner, "PUT", "brand", {
      name: "Northwind Cloud",
      color: COLOR,
      support_text: "Ask Northwind about your invoice",
      support_link: "mailto:billing@northwind.example",
      logo: LOGO,
    });
    try {
      await journey();
    } finally {
      await call(owner, "PUT", "brand", { logo: "" });
    }
  });

const lines = (page) => page.getByRole("region", { name: "Costs", exact: true }).getByRole("table");

test("a customer sees the partner's name, logo and colors, and its own costs in each currency", () =>
  withBrand(() =>
    visit("portal", { bypassCSP: true }, async (page) => {
      await page.goto(ADDRESS);
      await signIn(page, VIEWER);
      await page.getByRole("heading", { name: "Costs in October 2026" }).waitFor();
      assert.equal(await page.title(), "Costs in October 2026 · Northwind Cloud");
      const home = page.getByRole("link", { name: "Northwind Cloud" });
      assert.equal(await home.locator("img").evaluate((image) => image.naturalWidth), 8);
      const bar = await page.getByRole("banner").evaluate((element) => getComputedStyle(element).backgroundColor);
      assert.equal(bar, "rgb(122, 31, 92)");
      await page.getByRole("link", { name: "billing@northwind.example" }).waitFor();
      await page.getByText(CUSTOMERS[1], { exact: false }).first().waitFor();
      const told = await page.locator("body").textContent();
      assert.ok(!told.includes("Apportion"));
      for (const name of CUSTOMERS) assert.ok(!told.includes(name) || name === CUSTOMERS[1], name);
      const answer = await call(page, "POST", "costs/query", {
        month: "2026-10",
        by: ["ServiceName", "BillingCurrency"],
        metrics: ["ListCost"],
        compare: "previous",
        limit: 1000,
      });
      assert.ok(answer.totals.length > 1);
      for (const total of answer.totals) {
        const currency = total.BillingCurrency;
        await page.getByRole("button", { name: new RegExp(`^${currency} · List cost`) }).click();
        await page.getByRole("columnheader", { name: `October, ${currency}` }).waitFor();
        const foot = await lines(page).locator("tfoot td").allTextContents();
        assert.ok(foot.includes(rounded(total.ListCost, currency)), foot.join(" | "));
        await page.getByRole("img", { name: new RegExp(`in ${currency}, as stacked bars`) }).waitFor();
        for (const row of answer.rows.filter((one) => one.BillingCurrency === currency)) {
          const shown = await lines(page).getByRole("row", { name: row.ServiceName }).textContent();
          const amount = row.ListCost === undefined ? "unknown" : rounded(row.ListCost, currency);
          assert.ok(shown.includes(amount), `${row.ServiceName}: ${shown}`);
        }
      }
      assert.deepEqual(await findings(page), []);
    }),
  ));

test("a customer takes its months along, and goes from a service to its charges", () =>
  as(VIEWER, "portal-files", {}, async (page) => {
    await page.goto(`${ADDRESS}/portal/files`);
    const row = page.getByRole("row", { name: /^September 2026/ });
    await row.waitFor();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      row.getByRole("link", { name: "FOCUS 1.2 of September 2026, CSV", exact: true }).click(),
    ]);
    const [head, first] = readFileSync(await file.path(), "utf8").split("\n");
    assert.ok(head.includes("BilledCost") && first.length > 0);
    await page.getByRole("link", { name: "Costs", exact: true }).click();
    await lines(page).locator("tbody a").first().click();
    await page.getByRole("complementary").getByRole("heading", { name: "Why did it change" }).waitFor();
    await page.waitForURL(/\/costs\?/);
  }));

test("a customer's administrator invites, changes and removes people, and reads who did it", () =>
  as(ADMIN, "portal-people", { bypassCSP: true }, async (page) => {
    await page.goto(ADDRESS);
    await page.getByRole("link", { name: "People" }).click();
    const people = page.getByRole("table", { name: "People" });
    await people.getByRole("row", { name: /^vera@contoso\.example/ }).waitFor();
    const told = await call(page, "GET", "users");
    assert.equal(await people.locator("tbody tr").count(), told.items.length);
    await page.getByLabel("E-mail address or short name").fill("nina@contoso.example");
    await page.getByLabel("Name that others see").fill("Nina Nowak");
    await page.getByRole("button", { name: "Invite", exact: true }).click();
    await page.getByText("Hand this link over to nina@contoso.example", { exact: false }).waitFor();
    await page.getByText("/#/invitation/", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Role of Nina Nowak: sees costs" }).click();
    await page.getByRole("menuitemradio", { name: "administrator" }).click();
    await page.getByRole("button", { name: "Role of Nina Nowak: administrator" }).waitFor();
    assert.deepEqual(await findings(page), []);
    await page.getByRole("button", { name: "Remove Nina Nowak" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await people.getByRole("row", { name: /^Nina/ }).count(), 0);
    await page.getByRole("link", { name: "Audit log" }).click();
    const audit = page.getByRole("table", { name: "Audit log" });
    await audit.getByText("user.remove").first().waitFor();
    await audit.getByText("your partner").first().waitFor();
    assert.deepEqual(await findings(page), []);
  }));

testLooks(["/portal", "/portal/files", "/portal/people", "/portal/audit"], (name, options, journey) =>
  as(ADMIN, `portal-${name}`, options, journey),
);

test("the table of costs as a workbook has every amount of the service, to the last digit", () =>
  asOwner("workbook", {}, async (page) => {
    await page.goto(`${ADDRESS}/costs?month=2026-10&metric=BilledCost`);
    await page.getByRole("table", { name: /^Costs in / }).waitFor();
    await page.getByRole("button", { name: "Download" }).click();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("menuitem", { name: "This table, all rows (XLSX)" }).click(),
    ]);
    assert.equal(file.suggestedFilename(), "costs-2026-10.xlsx");
    const parts = unzipSync(readFileSync(await file.path()));
    const sheet = (at) => strFromU8(parts[`xl/worksheets/sheet${at}.xml`]);
    const answer = await call(page, "POST", "costs/query", {
      month: "2026-10",
      by: ["CustomerId", "CustomerName", "BillingCurrency"],
      metrics: ["BilledCost"],
      where: [],
      sort: "BilledCost",
      compare: "previous",
      limit: 10000,
    });
    const numbers = [...sheet(1).matchAll(/<v>([^<]*)<\/v>/g)].map((match) => match[1]);
    const names = ["BilledCost", "BilledCostBefore", "BilledCostDifference", "BilledCostPercent"];
    const wanted = [...answer.rows, ...answer.totals].flatMap((row) => names.flatMap((name) => row[name] ?? []));
    assert.deepEqual(numbers.toSorted(), wanted.toSorted());
    const exact = sheet(2);
    for (const amount of wanted) assert.ok(exact.includes(`>${amount}</t>`), amount);
    assert.ok(sheet(1).includes("Billed cost by Customer, October 2026"));
    assert.ok(strFromU8(parts["xl/workbook.xml"]).includes('name="Exact"'));
  }));
