// Journeys of whoever closes a month: Microsoft's lines are added, and the invoices tie.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { ADDRESS, asOwner, call, money, settled, testLooks } from "./journey.mjs";

const MONTH = "2026-10";
const FOLDER = process.env.PAGE_INVOICES;
const FILES = readdirSync(FOLDER)
  .filter((name) => name.endsWith("_Reconciliation.csv"))
  .toSorted();
const NUMBERS = FILES.map((name) => name.split("_")[0]);

const list = (page) => page.getByRole("table", { name: "Invoices", exact: true });
const rowOf = (page, number) => list(page).getByRole("row", { name: new RegExp(`^${number}`) });
const invoices = async (page) => (await call(page, "GET", `invoices?month=${MONTH}`)).invoices;

// Nothing is known yet, so this comes first: each test finds what the one before has left.
testLooks([`/invoices?month=${MONTH}`]);

test("an invoice that only charges name is not compared, and its unknown sums are not zero", () =>
  asOwner("invoices-none", {}, async (page) => {
    await page.goto(`${ADDRESS}/invoices?month=${MONTH}`);
    const all = await invoices(page);
    assert.deepEqual(all.map((one) => one.invoice).toSorted(), NUMBERS);
    await page.getByRole("status").getByText(`${all.length} of ${all.length} invoices are not compared yet`).waitFor();
    for (const one of all) {
      const cells = await rowOf(page, one.invoice).getByRole("cell").allTextContents();
      assert.deepEqual(cells, ["not compared", money(one.charges, one.currency), "unknown", "unknown"]);
    }
    await page.getByText("download the reconciliation file").first().waitFor();
  }));

test("a total is entered as it stands on the invoice, ties, and is removed", () =>
  asOwner("invoices-total", {}, async (page) => {
    await page.goto(`${ADDRESS}/invoices?month=${MONTH}`);
    const [first] = await invoices(page);
    await rowOf(page, first.invoice).click();
    await page.getByRole("button", { name: "Enter total" }).click();
    const dialog = page.getByRole("dialog", { name: "Enter total" });
    assert.equal(await dialog.getByLabel(/^Invoice/).inputValue(), first.invoice);
    assert.equal(await dialog.getByLabel(/^Currency/).inputValue(), first.currency);
    const total = dialog.getByLabel(/^Total before tax/);
    await total.fill("twelve");
    await dialog.getByRole("button", { name: "Enter" }).click();
    await dialog.getByText("This is not an amount as it is written in English").waitFor();
    await total.fill("1.00");
    await dialog.getByRole("button", { name: "Enter" }).click();
    await dialog.waitFor({ state: "detached" });
    await rowOf(page, first.invoice).getByText("does not tie").waitFor();
    await page.getByText("The charges do not come to the total that was entered").waitFor();
    await page.getByRole("button", { name: "Remove total" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove total" }).click();
    await rowOf(page, first.invoice).getByText("not compared").waitFor();
    await page.getByRole("button", { name: "Enter total" }).click();
    await total.fill(money(first.charges, first.currency)); // with separators, as people copy it
    await page.keyboard.press("Enter");
    await rowOf(page, first.invoice).getByText("ties").waitFor();
    await call(page, "DELETE", `invoices/${first.invoice}`);
  }));

test("files are dropped and chosen, recognised before they are imported, and then all invoices tie", () =>
  asOwner("invoices-files", {}, async (page) => {
    await page.goto(`${ADDRESS}/invoices?month=${MONTH}`);
    await page.getByRole("button", { name: "Add Microsoft’s lines" }).first().click();
    const card = page.getByRole("region", { name: "Add Microsoft’s lines" });
    const chooser = card.getByLabel("Choose files…").last();
    await chooser.setInputFiles([
      ...FILES.map((name) => ({ name, mimeType: "text/csv", buffer: readFileSync(join(FOLDER, name)) })),
      { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("hello") },
    ]);
    const sent = card.getByRole("list", { name: "Files" });
    for (const [at, name] of FILES.entries()) {
      const lines = readFileSync(join(FOLDER, name), "utf8").trimEnd().split("\n").length - 1;
      await sent
        .getByRole("listitem")
        .filter({ hasText: name })
        .getByText(`Reconciliation · ${NUMBERS[at]} · ${lines} lines · Oct 2026`)
        .waitFor();
    }
    await sent.getByText("These are no lines of a Microsoft invoice").waitFor();
    await sent.getByRole("button", { name: "Remove notes.txt" }).click();
    // Dropped, as from a folder.
    const usage = `${NUMBERS[0]}_BilledUsage.csv`;
    const data = await page.evaluateHandle(
      ([name, text]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], name, { type: "text/csv" }));
        return transfer;
      },
      [usage, readFileSync(join(FOLDER, usage), "utf8")],
    );
    await card.getByText("Drop the files here, or").dispatchEvent("drop", { dataTransfer: data });
    await sent.getByText(`Daily usage · ${NUMBERS[0]}`, { exact: false }).waitFor();
    await card.getByRole("button", { name: `Import ${FILES.length + 1} files` }).click();
    await card.getByText(`${FILES.length + 1} invoices imported`).waitFor();
    await page.getByRole("status").getByText(`All ${FILES.length} invoices of October 2026 tie`).waitFor();
    for (const one of await invoices(page)) {
      assert.equal(one.state, "ties");
      const cells = await rowOf(page, one.invoice).getByRole("cell").allTextContents();
      assert.ok(cells[0].startsWith("ties"), cells[0]);
      assert.deepEqual(cells.slice(1), [
        money(one.charges, one.currency),
        money(one.lines, one.currency),
        money(one.difference, one.currency, "exceptZero"),
      ]);
    }
  }));

test("home, months and the proof say that the invoices tie, and lead to them", () =>
  asOwner("invoices-elsewhere", {}, async (page) => {
    const told = `Microsoft’s ${FILES.length} invoices tie`;
    for (const path of ["/", `/months?month=${MONTH}`]) {
      await page.goto(`${ADDRESS}${path}`);
      await page.getByRole("link", { name: told }).first().click();
      await page.waitForURL(/\/invoices\?month=2026-10/);
    }
    await page.goto(`${ADDRESS}/proof?month=${MONTH}`);
    const ofProof = page.getByRole("region", { name: "Invoices" });
    await ofProof.getByRole("link", { name: new RegExp(`^${NUMBERS[0]}`) }).click();
    await page.getByRole("region", { name: new RegExp(`^${NUMBERS[0]}`) }).waitFor();
  }));

test("by keyboard alone: to the screen, to an invoice, to a reason and to a difference, and back", () =>
  asOwner("invoices-keys", {}, async (page) => {
    await page.goto(`${ADDRESS}/?month=${MONTH}`);
    await settled(page);
    await page.keyboard.press("g");
    await page.keyboard.press("v");
    await page.waitForURL(/\/invoices/);
    await list(page).locator("tbody tr").first().focus();
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    await page.waitForURL(/invoice=/);
    const classes = page.getByRole("table", { name: "Why charges and lines differ" });
    await classes.getByRole("row", { name: /^Rounding/ }).focus();
    await page.keyboard.press("Enter");
    const rows = page.getByRole("table", { name: /^Rounding on invoice / });
    await rows.locator("tbody tr").first().focus();
    await page.keyboard.press("Enter");
    const panel = page.getByRole("complementary", { name: "Rounding" });
    await panel.getByText("Where does it come from").waitFor();
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
  }));

test("what is fetched of invoices is shown, set with an application of its own, and taken away", () =>
  asOwner("invoices-legacy-part", {}, async (page) => {
    await page.goto(`${ADDRESS}/connections?open=acme&part=access`);
    const part = page.getByRole("region", { name: "Microsoft’s invoices" });
    await part.getByText("not fetched", { exact: true }).waitFor();
    await part.getByRole("button", { name: "Fetch them…" }).click();
    await part.getByRole("button", { name: "Save" }).click();
    await part.getByRole("alert").getByText("need a way to sign in").waitFor(); // the connection has none
    await part.getByRole("checkbox", { name: "Daily usage" }).uncheck();
    await part.getByRole("checkbox", { name: "Another application signs in for them" }).check();
    await part.getByLabel("Entra tenant").fill("7eb7a000-0000-4000-8000-000000000001");
    await part.getByLabel("Application (client) id").fill("7eb7a000-0000-4000-8000-000000000002");
    await part.getByLabel("Secret", { exact: true }).fill("nobody may see this");
    await part.getByRole("button", { name: "Save" }).click();
    await part.getByText("fetched", { exact: true }).waitFor();
    const { legacy, secrets } = await call(page, "GET", "connections/acme");
    assert.deepEqual(legacy.fetch, ["reconciliation"]);
    assert.equal(legacy.client_id, "7eb7a000-0000-4000-8000-000000000002");
    assert.equal(secrets.length, 1);
    assert.ok(!(await page.content()).includes("nobody may see this"));
    await part.getByRole("button", { name: "Change…" }).click();
    await part.getByRole("checkbox", { name: "Reconciliation" }).uncheck();
    await part.getByRole("button", { name: "Save" }).click();
    await part.getByText("not fetched", { exact: true }).waitFor();
    const after = await call(page, "GET", "connections/acme");
    assert.equal(after.legacy, undefined);
  }));
