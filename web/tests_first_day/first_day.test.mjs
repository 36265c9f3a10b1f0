// From an empty home to the first proof and later days, in the browser alone.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ADDRESS, findings, LINK, visit } from "../tests/journey.mjs";

const AZURE = JSON.parse(process.env.PAGE_AZURE);
const ACCOUNT = AZURE.billing_accounts[0];
const STORAGE = AZURE.storage_accounts.partnerexports.resource_id;
const APP = "nobody"; // has no role yet

/** What happens in Azure meanwhile. */
const inAzure = async (command, body) => {
  const answer = await fetch(`${AZURE.control}/stand-in/${command}`, { method: "POST", body: JSON.stringify(body) });
  assert.ok(answer.ok, await answer.text());
};

const asked = (page, path) => page.evaluate(async (of) => (await fetch(`/api/v1/${of}`)).json(), path);

test("an empty home leads to the first proof, without the command line", () =>
  visit("first-day", { bypassCSP: true }, async (page) => {
    await page.goto(`${ADDRESS}/sign-in?link=${LINK}`);
    await page.getByRole("link", { name: "Connect your bill" }).click();
    await page.getByRole("heading", { name: "First day", exact: true }).waitFor();

    const app = AZURE.apps[APP];
    await page.getByLabel("Name", { exact: true }).fill("acme");
    await page.getByLabel("Entra tenant").fill(app.tenant);
    await page.getByLabel("Application (client) id").fill(app.client_id);
    await page.getByLabel("Secret", { exact: true }).fill(app.secret);
    await page.getByLabel("Secret ends on").fill("2028-01-31");
    await page.getByLabel("Billing account", { exact: true }).fill(ACCOUNT.name);
    await page.getByRole("button", { name: "Connect and check" }).click();

    // What failed says which role is missing where, and the command that grants it.
    const permissions = page.getByRole("region", { name: "2 Permissions" });
    const failed = permissions.getByRole("listitem").filter({ hasText: "Read the billing scope" });
    await failed.getByText("Billing account reader", { exact: true }).waitFor();
    assert.match(await failed.locator("pre").textContent(), /^az /);
    assert.ok((await failed.textContent()).includes(ACCOUNT.scope));
    assert.deepEqual(await findings(page), []);

    // Left and opened again, one is where one was.
    await page.goto(`${ADDRESS}/`);
    await page.getByRole("link", { name: "Go on" }).click();
    await failed.waitFor();
    const subscription = STORAGE.split("/").slice(0, 3).join("/");
    await inAzure("grant", { app: APP, role: "Billing account contributor", scope: ACCOUNT.scope });
    await inAzure("grant", { app: APP, role: "Contributor", scope: subscription });
    await inAzure("grant", { app: APP, role: "Storage Blob Data Reader", scope: STORAGE });
    await permissions.getByRole("button", { name: "Check all again" }).click();
    await permissions.getByText("These checks change nothing in Azure.").waitFor();

    const exports = page.getByRole("region", { name: "3 Exports" });
    await exports.getByLabel("Storage account (ARM id)").fill(STORAGE);
    await exports.getByLabel("Container").fill("bills");
    await exports.getByLabel(/price sheet and reservations/).uncheck();
    await exports.getByRole("button", { name: "Plan exports" }).click();
    await exports.getByRole("row", { name: /AmortizedCost .*will be made/ }).waitFor();
    await exports.getByRole("button", { name: "Make 2 exports" }).click();
    await exports.getByRole("row", { name: /AmortizedCost .*made/ }).waitFor();

    const customers = page.getByRole("region", { name: "4 Customers" });
    await customers.getByRole("button", { name: "Get the partner’s list" }).click();
    const one = customers.getByRole("checkbox").first();
    await one.uncheck();
    const count = ACCOUNT.customers.length;
    await customers.getByRole("button", { name: `Add ${count - 1} customers` }).click();
    await customers.getByText(`Added: ${count - 1}, changed: 0`).waitFor();
    assert.equal((await asked(page, "customers")).items.length, count - 1);

    await inAzure("clock", { days: 1 }); // Azure delivers
    const imports = page.getByRole("region", { name: "5 First import" });
    await imports.getByRole("button", { name: "Import now" }).click();
    await imports.getByText("November 2026 is in and can be looked at").waitFor();
    const proof = page.getByRole("region", { name: "6 Split and proof" });
    await proof.getByText(/^November 2026 adds up in /).waitFor();
    assert.equal((await asked(page, "proof")).holds, true);

    await page.getByRole("link", { name: "Go to Home" }).click();
    await page.getByRole("region", { name: "Cost by customer" }).locator("tfoot").waitFor();
    await page.getByRole("link", { name: "See proof" }).click();
    await page.getByText("Everything holds").waitFor();

    // Later: exports as they are, an import withdrawn, the connection removed with what it brought.
    await page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: "Connections" }).click();
    await page.getByRole("button", { name: "acme", exact: true }).click();
    const panel = page.getByRole("complementary", { name: "acme" });
    await panel.getByText("31 Jan 2028").waitFor();
    await panel.getByRole("button", { name: "Exports" }).click();
    await panel.getByRole("button", { name: "Plan exports" }).click();
    await panel.getByRole("row", { name: /ActualCost .*as it should be/ }).waitFor();
    await panel.getByRole("button", { name: "Imports" }).click();
    await panel.getByRole("button", { name: /^Withdraw .*AmortizedCost/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/^Reason/).fill("delivered twice");
    await dialog.getByRole("button", { name: "See what changes" }).click();
    await dialog.getByRole("button", { name: "Withdraw for good" }).click();
    await panel.getByText("withdrawn", { exact: true }).waitFor();
    await panel.getByRole("button", { name: "Access" }).click();
    await panel.getByRole("button", { name: "Remove" }).click();
    await dialog.getByLabel(/^Reason/).fill("it was a test");
    await dialog.getByRole("button", { name: "See what is lost" }).click();
    await dialog.getByText("Lost: November 2026").waitFor();
    await dialog.getByRole("button", { name: "Remove for good" }).click();
    await page.getByText("There is no connection yet").waitFor();
    assert.deepEqual((await asked(page, "connections")).items, []);
  }));
