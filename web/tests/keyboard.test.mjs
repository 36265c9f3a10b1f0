// A month's work without a mouse: sign in, filter, drill down, edit a rule, lock a month.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ADDRESS, call, OWNER, visit } from "./journey.mjs";

const STOPS_MAX = 150;
const SPLIT = "share: {cust-00001: 40, cust-00002: 60}";

/** What has the focus, as a screen reader names it. */
const focused = (page) =>
  page.evaluate(() => {
    const at = document.activeElement;
    const label = at?.labels?.[0]?.textContent;
    return {
      name: (at?.getAttribute("aria-label") ?? label ?? at?.textContent ?? "").replace(/\s+/g, " ").trim(),
      isSeen: at?.matches(":focus-visible") === true,
    };
  });

/** Goes from stop to stop until it is there; each has to be seen. */
const goTo = async (page, name, key = "Tab") => {
  const passed = [];
  for (let stops = 0; stops < STOPS_MAX; stops += 1) {
    const at = await focused(page);
    if (stops > 0 && name.test(at.name)) {
      assert.ok(at.isSeen, `${at.name} is not seen to have the focus`);
      return at.name;
    }
    passed.push(at.name.slice(0, 40));
    await page.keyboard.press(key);
  }
  assert.fail(`${name} is not reached: ${passed.join(" | ")}`);
};

const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};

test("a filter, a drill-down, a rule and a lock, by keyboard alone", () =>
  visit("keyboard", {}, async (page) => {
    await page.goto(`${ADDRESS}/costs`);
    await page.getByLabel("Password").waitFor();
    await goTo(page, /^User$/);
    await page.keyboard.type(OWNER);
    await goTo(page, /^Password$/);
    await page.keyboard.type(process.env.PAGE_PASSWORD);
    await press(page, "Enter");
    const table = page.getByRole("table", { name: /^Costs in / });
    await table.waitFor();

    // Past the navigation at once.
    await goTo(page, /^Skip to/, "Shift+Tab").catch(() => goTo(page, /^Skip to/));
    await press(page, "Enter");
    await goTo(page, /^Filter$/);
    await press(page, "Enter");
    await page.getByRole("button", { name: /^Customer CustomerId/ }).waitFor();
    await goTo(page, /^Customer ?CustomerId/);
    await press(page, "Enter");
    await page.getByRole("checkbox").first().waitFor();
    await goTo(page, /Contoso Retail/);
    await press(page, "Space", "Escape");
    await page.getByRole("button", { name: "Remove the filter Customer" }).waitFor();
    await page.waitForURL(/where=CustomerId%3Dcust-00001/);
    await table.getByText("Contoso Retail").waitFor();

    await goTo(page, /^Contoso Retail/);
    await press(page, "Enter");
    const panel = page.getByRole("complementary");
    await panel.getByRole("heading", { name: "Why did it change" }).waitFor();
    await panel.getByRole("table").first().getByRole("button").first().waitFor();
    const service = await panel.getByRole("table").first().getByRole("button").first().textContent();
    await goTo(page, new RegExp(`^${service.replace(/[^\w ]/g, ".")}`));
    await press(page, "Enter");
    await panel.getByRole("heading", { name: /^Charges of / }).waitFor();
    await goTo(page, /where does it come from$/);
    await press(page, "Enter");
    await panel.getByText(/^line \d+$/).waitFor();
    await press(page, "Escape");
    await panel.waitFor({ state: "detached" });

    await press(page, "g", "r");
    await page.getByRole("textbox", { name: /^Text of .*\.yaml$/ }).waitFor();
    const before = await call(page, "GET", "documents/rules");
    await goTo(page, /monitoring of the platform/);
    await press(page, "Enter");
    await page.locator(".cm-content:focus").waitFor();
    await press(page, "ArrowDown", "ArrowDown", "End", "Shift+Home");
    await page.keyboard.insertText(SPLIT);
    await page.getByRole("table", { name: /^Preview of / }).waitFor();
    await page.getByRole("button", { name: "Apply…" }).and(page.locator(":enabled")).waitFor();
    await press(page, "Escape"); // out of the text
    await goTo(page, /^Apply…$/, "Shift+Tab").catch(() => goTo(page, /^Apply…$/));
    await press(page, "Enter");
    const version = before.version + 1;
    await page.getByRole("button", { name: `Apply version ${version}`, exact: true }).waitFor();
    await goTo(page, new RegExp(`^Apply version ${version}$`));
    await press(page, "Enter");
    await page.getByRole("heading", { name: `Version ${version} is in force` }).waitFor();
    assert.ok((await call(page, "GET", "documents/rules")).yaml.includes(SPLIT));
    await press(page, "Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await press(page, "g", "m");
    await page.getByRole("heading", { name: "Months", level: 1 }).waitFor();
    await goTo(page, /^Month: /);
    await press(page, "Enter");
    await page.getByRole("menuitemradio", { name: "August 2026" }).waitFor();
    await goTo(page, /^August 2026/, "ArrowDown");
    await press(page, "Enter");
    await page.waitForURL(/month=2026-08/);
    await page.getByRole("button", { name: "Lock month" }).waitFor();
    await goTo(page, /^Lock month$/);
    await press(page, "Enter");
    await page.getByRole("button", { name: "Lock", exact: true }).waitFor();
    await goTo(page, /^Lock$/);
    await press(page, "Enter");
    await page.getByRole("button", { name: /August 2026: locked/ }).waitFor();
    const { months } = await call(page, "GET", "months?month=2026-08");
    assert.equal(months[0].state, "locked");
  }));
