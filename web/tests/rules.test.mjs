// Journeys through split rules: a draft, what it would change, applying it, and the way back.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ADDRESS, asOwner, money, outcome, settled, testLooks } from "./journey.mjs";

const MONTH = "2026-10";
const RULE = "monitoring of the platform";
const OLD = "assign: cust-00002";
const SPLIT = "share: {cust-00001: 30, cust-00002: 70}";

const editor = (page) => page.getByRole("textbox", { name: /^Text of .*\.yaml$/ });
const preview = (page) => page.getByRole("table", { name: /^Preview of / });

/** Replaces the line that is some lines below the begin of a rule. */
const rewrite = async (page, rule, lines, content) => {
  await page.getByRole("button", { name: new RegExp(rule) }).first().click();
  await page.locator(".cm-content:focus").waitFor();
  for (let line = 0; line < lines; line += 1) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await page.keyboard.press("Shift+Home");
  await page.keyboard.insertText(content);
};

const apply = async (page, version) => {
  await page.getByRole("button", { name: "Apply…" }).click();
  await page.getByRole("button", { name: `Apply version ${version}`, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: `Version ${version} is in force` }).waitFor();
  return dialog;
};

test("a 30/70 split is previewed as the service says, applied, seen in versions, and gone back from", () =>
  asOwner("rules", {}, async (page) => {
    await page.goto(`${ADDRESS}/rules`);
    await editor(page).waitFor();
    const before = await outcome(page, "GET", "documents/rules");
    const draft = before.yaml.replace(OLD, SPLIT);
    assert.notEqual(draft, before.yaml);
    await rewrite(page, RULE, 2, SPLIT);
    await preview(page).waitFor();
    const told = await outcome(page, "POST", "documents/rules/preview", { yaml: draft, month: MONTH });
    const changes = told.changes.filter((one) => one.BilledCostDifference !== "0");
    assert.ok(changes.length > 1);
    assert.equal(await preview(page).locator("tbody tr").count(), changes.length);
    for (const one of changes) {
      const name = one.CustomerId === "unassigned" ? "Unassigned" : one.CustomerName;
      const row = preview(page).getByRole("row").filter({ hasText: name }).filter({ hasText: one.BillingCurrency });
      assert.deepEqual((await row.locator("td.number").allInnerTexts()).map((cell) => cell.trim()), [
        money(one.BilledCostOld, one.BillingCurrency),
        money(one.BilledCostNew, one.BillingCurrency),
        money(one.BilledCostDifference, one.BillingCurrency, "exceptZero"),
      ]);
    }
    // The draft outlives a reload, and is shown as what differs.
    await page.reload();
    await preview(page).waitFor();
    await page.getByRole("button", { name: "Differences" }).click();
    await page.locator("pre.added").getByText("cust-00002: 70", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Edit", exact: true }).click();

    const next = before.version + 1;
    await page.getByRole("button", { name: "Apply…" }).click();
    const dialog = page.getByRole("dialog");
    for (const [title, sign] of [
      ["Pays more", ""],
      ["Pays less", "-"],
    ]) {
      const own = changes.filter((one) => one.BilledCostDifference.startsWith("-") === (sign === "-"));
      assert.equal(await dialog.getByRole("region", { name: title }).locator("li").count(), Math.min(own.length, 12));
    }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    const done = await apply(page, next);
    const applied = await outcome(page, "GET", "documents/rules");
    assert.deepEqual([applied.version, applied.yaml], [next, draft]);

    // The way back is a draft of the version before, which is previewed like any other.
    await done.getByRole("button", { name: `Go back to version ${before.version}` }).click();
    await preview(page).waitFor();
    const last = await apply(page, next + 1);
    await last.getByRole("button", { name: "Close", exact: true }).click();
    assert.equal((await outcome(page, "GET", "documents/rules")).yaml, before.yaml);

    await page.getByRole("button", { name: "Versions", exact: true }).click();
    const panel = page.getByRole("complementary", { name: "Versions" });
    await panel.getByRole("button", { name: `Version ${next}`, exact: true }).click();
    await panel.locator("pre.added").getByText("cust-00002: 70", { exact: false }).waitFor();
    assert.ok(page.url().includes(`versions=${next}`));
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
  }));

test("a 30/70 split is written by a form, without YAML", () =>
  asOwner("rules-form", {}, async (page) => {
    await page.goto(`${ADDRESS}/rules`);
    await editor(page).waitFor();
    const { yaml } = await outcome(page, "GET", "documents/rules");
    await page.getByRole("button", { name: new RegExp(RULE) }).first().click();
    await page.getByRole("button", { name: "Who gets it…" }).click();
    const dialog = page.getByRole("dialog", { name: `Who gets what “${RULE}” matches?` });
    const take = dialog.getByRole("button", { name: "Write it into the draft" });
    assert.equal(await dialog.getByLabel("Customer 1", { exact: true }).inputValue(), OLD.replace("assign: ", ""));
    await dialog.getByLabel("Percent", { exact: true }).check();
    await dialog.getByLabel("Customer 1", { exact: true }).fill("cust-00001");
    await dialog.getByLabel("Customer 2", { exact: true }).fill("cust-99999");
    await dialog.getByText("There is no customer “cust-99999”").waitFor();
    assert.ok(await take.isDisabled());
    await dialog.getByLabel("Customer 2", { exact: true }).fill("cust-00002");
    await dialog.getByLabel("Percent of customer 1").fill("30");
    await dialog.getByLabel("Percent of customer 2").fill("60");
    await dialog.getByText("The parts add up to 90 % instead of 100 %.").waitFor();
    assert.ok(await take.isDisabled());
    await dialog.getByLabel("Percent of customer 2").fill("");
    assert.equal(await dialog.getByLabel("Percent of customer 2").getAttribute("placeholder"), "rest: 70");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await preview(page).waitFor();
    const kept = await page.evaluate(() => Object.entries(sessionStorage).find(([key]) => key.startsWith("draft of rules"))[1]);
    assert.equal(JSON.parse(kept).yaml, yaml.replace(OLD, SPLIT));
    await page.getByRole("button", { name: "Discard draft" }).click();
    await page.getByText("no changes; edit it to begin a draft").waitFor();
  }));

test("faults are told at their lines, values complete by name, and rules move by keyboard", () =>
  asOwner("rules-draft", {}, async (page) => {
    await page.goto(`${ADDRESS}/rules`);
    await editor(page).waitFor();
    await rewrite(page, RULE, 2, "share: {cust-00001: 30, cust-00002: 60}");
    const checks = page.getByRole("region", { name: "Checks" });
    await checks.getByText("they add up to 90 %", { exact: false }).waitFor();
    assert.ok(await page.getByRole("button", { name: "Apply…" }).isDisabled());
    await page.getByText("Correct the errors", { exact: false }).waitFor();
    await page.locator(".cm-lintRange-error").waitFor();
    await checks.getByRole("button", { name: /^line \d+$/i }).click();
    await page.locator(".cm-content:focus").waitFor();

    await page.getByRole("button", { name: "Discard draft" }).click();
    await page.getByText("no changes; edit it to begin a draft").waitFor();

    // Values are offered with names and amounts, and their ids are inserted.
    const { rows } = await outcome(page, "POST", "costs/query", {
      month: MONTH,
      by: ["CustomerTenantId", "CustomerTenantName", "BillingCurrency"],
      metrics: ["BilledCost"],
      sort: "BilledCost",
      limit: 20,
    });
    const best = rows.find((row) => /^[A-Z]/.test(row.CustomerTenantName ?? ""));
    await rewrite(page, RULE, 1, "when: {CustomerTenantId: }");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Control+Space");
    const offered = page.getByRole("option").filter({ hasText: best.CustomerTenantName }).first();
    await offered.waitFor();
    const amount = `${money(best.BilledCost, best.BillingCurrency)} ${best.BillingCurrency}`;
    assert.ok((await offered.textContent()).includes(amount), await offered.textContent());
    await offered.click();
    await editor(page).getByText(`{CustomerTenantId: ${best.CustomerTenantId}}`).waitFor();
    await page.getByRole("button", { name: "Discard draft" }).click();
    await page.getByText("no changes; edit it to begin a draft").waitFor();

    // A tenant without a customer becomes a rule, its customer chosen by name.
    const tenants = page.getByRole("region", { name: "Unassigned tenants" });
    const tenant = await tenants.locator("li b").first().textContent();
    await tenants.getByRole("button", { name: `Write a rule for ${tenant}` }).click();
    await page.getByRole("option", { name: /^Contoso Retail/ }).waitFor();
    await page.keyboard.type("contoso ret");
    // Only what fits is offered; and a choice right after that is taken for typing, by the clock of the page.
    await page.waitForFunction(() => document.querySelectorAll('[role="option"]').length === 1);
    await page.evaluate(() => new Promise((tell) => setTimeout(tell, 200)));
    await page.keyboard.press("Enter");
    await tenants.getByText("taken by this draft").waitFor();
    await preview(page).getByRole("row").filter({ hasText: "Contoso Retail" }).first().waitFor();

    const list = page.getByRole("region", { name: "Rules", exact: true }).getByRole("list");
    const names = () => list.locator("li b").allTextContents();
    const [first, second] = await names();
    await list.getByRole("button", { name: new RegExp(first) }).first().click();
    await page.getByRole("button", { name: `Move “${first}” down` }).press("Enter");
    await list.locator("li").first().getByText(second).waitFor();
    assert.deepEqual((await names()).slice(0, 2), [second, first]);

    await page.getByRole("link", { name: "Proof" }).click();
    const leave = page.getByRole("dialog", { name: "Leave with a draft?" });
    await leave.getByRole("button", { name: "Leave" }).click();
    await page.waitForURL(/\/proof/);
    await leave.waitFor({ state: "detached" }); // keys are the dialog's until then
    await settled(page);
    await page.keyboard.press("g");
    await page.keyboard.press("r");
    await page.getByRole("button", { name: "Discard draft" }).click();
  }));

test("policies begin with their first one", () =>
  asOwner("policies", {}, async (page) => {
    await page.goto(`${ADDRESS}/rules?document=commitment-policies`);
    await page.getByRole("heading", { name: "There are no policies yet" }).waitFor();
    await page.getByRole("button", { name: "Add" }).click();
    await page.locator(".cm-content:focus").waitFor();
  }));

testLooks(["/rules", "/rules?versions=1", "/rules?document=commitment-policies"]);
