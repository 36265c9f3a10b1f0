// Journeys of an owner through the administration: who may do what, where alerts and months go, what was done.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";

import { ADDRESS, asOwner, asScript, call, CUSTOMERS, findings, testLooks } from "./journey.mjs";

const { PAGE_MAIL, PAGE_FOLDER } = process.env;

const open = async (page, section) => {
  await page.goto(`${ADDRESS}/administration?section=${section}`);
  await page.getByRole("heading", { name: "Administration", exact: true }).waitFor();
};
const region = (page, name) => page.getByRole("region", { name, exact: true });
const button = (place, name) => place.getByRole("button", { name, exact: true });
const pick = async (page, menu, choice) => {
  await page.getByRole("button", { name: menu }).click();
  await page.getByRole("menuitemradio", { name: choice, exact: true }).click();
};
const confirm = async (page, action) => {
  const dialog = page.getByRole("dialog");
  await button(dialog, action).click();
  await dialog.waitFor({ state: "detached" });
};

const ROLES = [
  ["owner", "owner"],
  ["billing-engineer", "billing engineer"],
  ["finance", "finance"],
  ["analyst", "analyst"],
  ["operator", "operator"],
  ["customer-admin", "customer administrator"],
  ["customer-viewer", "customer viewer"],
];

test("a person of each role is invited, changed, shut out and removed, as the service says", () =>
  asOwner("people", {}, async (page) => {
    await open(page, "people");
    const people = page.getByRole("table", { name: "People" });
    const { items: before } = await call(page, "GET", "users");
    const invite = region(page, "Invite somebody");
    for (const [role, label] of ROLES) {
      const name = `${role}@example.org`;
      await invite.getByLabel("E-mail address or short name").fill(name);
      await invite.getByLabel("Name that others see").fill(`The ${role}`);
      await pick(page, /^Role: /, label);
      if (role.startsWith("customer-")) await invite.getByLabel("Customer", { exact: true }).fill("cust-00003");
      await button(invite, "Invite").click();
      await page.getByText(`Hand this link over to ${name}`, { exact: false }).waitFor();
    }
    const { items } = await call(page, "GET", "users");
    for (const [role, label] of ROLES) {
      const person = items.find((one) => one.name === `${role}@example.org`);
      assert.equal(person.role, role);
      assert.equal(person.customer, role.startsWith("customer-") ? "cust-00003" : undefined);
      const told = await people.getByRole("row", { name: new RegExp(`^The ${role} `) }).textContent();
      assert.ok(told.includes(label) && told.includes("never"), told);
      assert.equal(told.includes(CUSTOMERS[2]), role.startsWith("customer-"), told);
    }
    assert.equal(await people.locator("tbody tr").count(), items.length);

    await page.getByRole("searchbox", { name: "Find a person" }).fill("the fin");
    await page.waitForURL(/word=the(\+|%20)fin/);
    assert.equal(await people.locator("tbody tr").count(), 1);
    await pick(page, "Role of The finance: finance", "analyst");
    await button(people, "Role of The finance: analyst").waitFor();
    await button(people, "The finance").click();
    const panel = page.getByRole("complementary", { name: "The finance" });
    await panel.getByLabel("Name that others see").fill("Fred Finance");
    await button(panel, "Save").click();
    const renamed = page.getByRole("complementary", { name: "Fred Finance" });
    await button(renamed, "Let no longer sign in").click();
    await button(renamed, "Let sign in again").waitFor();
    const changed = (await call(page, "GET", "users")).items.find((one) => one.name === "finance@example.org");
    assert.deepEqual([changed.display_name, changed.role, changed.disabled], ["Fred Finance", "analyst", true]);
    await page.reload();
    await button(renamed, "Let sign in again").click();
    await button(renamed, "Let no longer sign in").waitFor();
    await page.keyboard.press("Escape");
    await renamed.waitFor({ state: "detached" });

    await page.getByRole("searchbox", { name: "Find a person" }).fill("example.org");
    for (const [role] of ROLES) {
      await button(people, `Remove ${role === "finance" ? "Fred Finance" : `The ${role}`}`).click();
      await confirm(page, "Remove");
    }
    await page.getByText("Nothing fits").waitFor();
    assert.deepEqual((await call(page, "GET", "users")).items.map((one) => one.name), before.map((one) => one.name));
  }));

test("a token is seen once, works until it is revoked, and the audit log has all of it", () =>
  asOwner("tokens", { bypassCSP: true }, async (page) => {
    await open(page, "tokens");
    const form = region(page, "Make a token for a script");
    await form.getByLabel("Name").fill("nightly-export");
    await pick(page, /^Role: /, "finance");
    await form.getByLabel("Valid for days").fill("7");
    await button(form, "Make token").click();
    const token = await page.getByRole("status").locator("pre").textContent();
    assert.deepEqual(await findings(page), []);
    assert.equal((await asScript(token, "GET", "me")).role, "finance");
    const [listed] = (await call(page, "GET", "tokens")).items;
    assert.equal(listed.name, "nightly-export");
    assert.equal(Math.round((Date.parse(listed.ends_at) - Date.parse(listed.created_at)) / 86_400_000), 7);
    await page.reload();
    const row = page.getByRole("table", { name: "Tokens" }).getByRole("row", { name: /^nightly-export finance/ });
    await row.waitFor();
    assert.ok(!(await page.locator("body").textContent()).includes(token));
    await button(row, "Revoke nightly-export").click();
    await confirm(page, "Revoke");
    await page.getByText("There are no tokens").waitFor();
    assert.equal((await asScript(token, "GET", "me")).status, 401);

    await page.getByRole("link", { name: "Audit log" }).click();
    const log = page.getByRole("table", { name: "Audit log" });
    await log.getByText("token.revoke").or(log.getByText("token.remove")).first().waitFor();
    const { items, next } = await call(page, "GET", "audit?limit=100");
    assert.equal(next === undefined, (await button(page, "Show older entries").count()) === 0);
    assert.equal(await log.locator("tbody tr").count(), items.length);
    await page.getByRole("searchbox", { name: "Find an entry" }).fill("nightly-export");
    const found = items.filter((one) => one.detail.includes("nightly-export"));
    assert.ok(found.length >= 2);
    await page.getByText(`${found.length} of the newest ${items.length}`).waitFor();
    assert.deepEqual(await log.locator("tbody .mono").allTextContents(), found.map((one) => one.what));
    await page.waitForURL(/word=nightly-export/);

    const verdict = await call(page, "GET", "audit/verification");
    const check = region(page, "Is the log as it was written?");
    await check.getByText(verdict.head).waitFor();
    await check.getByText("holds", { exact: true }).waitFor();
    await check.getByLabel("Hash that was kept elsewhere").fill("0".repeat(64));
    await button(check, "Verify").click();
    await check.getByText("broken", { exact: true }).waitFor();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "JSON Lines" }).click(),
    ]);
    assert.equal(file.suggestedFilename(), "audit.jsonl");
  }));

/** As much of an identity provider as setting it up asks for. */
const withProvider = async (journey) => {
  const server = createServer((request, answer) => {
    const issuer = `http://${request.headers.host}`;
    answer.setHeader("Content-Type", "application/json");
    answer.end(
      JSON.stringify(
        request.url === "/jwks"
          ? { keys: [] }
          : {
              issuer,
              authorization_endpoint: `${issuer}/auth`,
              token_endpoint: `${issuer}/token`,
              jwks_uri: `${issuer}/jwks`,
              response_types_supported: ["code"],
              subject_types_supported: ["public"],
              id_token_signing_alg_values_supported: ["RS256"],
            },
      ),
    );
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  try {
    await journey(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
};

test("an identity provider is refused with a reason, set up, has customers' tenants, and is removed", () =>
  withProvider((issuer) =>
    asOwner("sign-in", { bypassCSP: true }, async (page) => {
      await open(page, "sign-in");
      await page.getByText("There is no identity provider").waitFor();
      await button(page, "Set up").click();
      const form = region(page, "Identity provider");
      await form.getByLabel("Issuer").fill(`${issuer}/other`);
      await form.getByLabel("Client ID").fill("apportion");
      await form.getByLabel("Client secret").fill("do not show me");
      await form.getByLabel("Text of the button").fill("Sign in with Contoso");
      await form.getByLabel("Address of this service").fill(ADDRESS);
      await button(form, "Save").click();
      await form.getByRole("alert").getByText(/^request [0-9a-f]{16}$/).waitFor();
      assert.deepEqual(await findings(page), []);
      await form.getByLabel("Issuer").fill(issuer);
      await button(form, "Save").click();
      await form.getByText(`${ADDRESS}/sign-in/return`).waitFor();
      const known = await call(page, "GET", "identity-provider");
      assert.deepEqual([known.issuer, known.client_id, known.has_secret], [issuer, "apportion", true]);
      assert.ok(!(await page.locator("body").textContent()).includes("do not show me"));
      assert.equal((await call(page, "GET", "session/methods")).provider.label, "Sign in with Contoso");

      const tenant = "11111111-2222-4333-8444-555555555555";
      const tenants = region(page, "Customers’ own Entra tenants");
      await tenants.getByLabel("Tenant ID").fill(tenant);
      await tenants.getByLabel("Customer", { exact: true }).fill("cust-00003");
      await button(tenants, "Let its people sign in").click();
      await tenants.getByRole("row", { name: new RegExp(`^${tenant} ${CUSTOMERS[2]}`) }).waitFor();
      assert.deepEqual((await call(page, "GET", "identity-provider/tenants")).items, [
        { tenant, customer: "cust-00003" },
      ]);
      await button(tenants, `Remove ${tenant}`).click();
      await confirm(page, "Remove");
      await tenants.getByText("No tenant is mapped", { exact: false }).waitFor();
      await button(form, "Remove").click();
      await confirm(page, "Remove");
      await page.getByText("There is no identity provider").waitFor();
      assert.equal((await call(page, "GET", "identity-provider")).id, "identity-provider-missing");
    }),
  ));

test("alerts are those of the service, and a channel for mail is added, tried, replaced and removed", () =>
  asOwner("alerts", { bypassCSP: true }, async (page) => {
    await open(page, "alerts");
    const { alerts } = await call(page, "GET", "alerts?all=true");
    await button(page, "Over, too").click();
    await page.waitForURL(/all=yes/);
    const table = page.getByRole("table", { name: "Alerts" });
    if (alerts.length === 0) await page.getByText("No alert is open").waitFor();
    else await table.locator("tbody tr").nth(alerts.length - 1).waitFor();
    assert.equal(await table.locator("tbody tr").count(), alerts.length);

    await button(page, "Add channel").click();
    const form = region(page, "Channels");
    await form.getByLabel("Name").fill("ops");
    await form.getByLabel("Mail server").fill(PAGE_MAIL);
    await form.getByLabel("From").fill("apportion@example.com");
    await form.getByLabel("To", { exact: true }).fill("ops@example.com, oncall@example.com");
    assert.deepEqual(await findings(page), []);
    await button(form, "Save").click();
    const row = form.getByRole("row", { name: /^ops Mail ops@example\.com, oncall@example\.com/ });
    await row.waitFor();
    assert.deepEqual((await call(page, "GET", "alert-channels")).channels.map((one) => [one.name, one.kind, one.to]), [
      ["ops", "mail", ["ops@example.com", "oncall@example.com"]],
    ]);
    await button(row, "Test: ops").click();
    await form.getByText("Done", { exact: true }).waitFor();
    await button(row, "Replace: ops").click();
    await form.getByLabel("To", { exact: true }).fill("ops@example.com");
    await button(form, "Save").click();
    await form.getByRole("row", { name: /^ops Mail ops@example\.com(?!,)/ }).waitFor();

    // Mails to people and customers go out by the same server.
    await page.goto(`${ADDRESS}/customers?customer=cust-00002&month=2026-10`);
    const panel = page.getByRole("complementary", { name: CUSTOMERS[1] });
    await panel.getByLabel("To", { exact: true }).fill("it@contoso.example");
    await button(panel, "Preview").click();
    const mail = panel.locator("pre.mail");
    await mail.waitFor();
    const [previewed] = (await call(page, "GET", "jobs?all=true&limit=1")).items;
    const { result } = await call(page, "GET", `jobs/${previewed.job}`);
    assert.equal(await mail.textContent(), result.body);
    assert.deepEqual([result.sent, result.to, result.month], [false, ["it@contoso.example"], "2026-10"]);
    // Another recipient was not previewed.
    await panel.getByLabel("To", { exact: true }).fill("it@contoso.example, cfo@contoso.example");
    await mail.waitFor({ state: "detached" });
    await panel.getByLabel("With the FOCUS file", { exact: false }).check();
    await button(panel, "Preview").click();
    await panel.getByText("focus-costs", { exact: false }).or(panel.getByText(".csv.gz")).first().waitFor();
    await button(panel, "Send October 2026").click();
    await panel.getByText("Sent to it@contoso.example, cfo@contoso.example.").waitFor();
    const [sent] = (await call(page, "GET", "audit?limit=1")).items;
    assert.deepEqual([sent.what, sent.customer], ["report.send", "cust-00002"]);

    await open(page, "alerts");
    await button(form, "Remove: ops").click();
    await confirm(page, "Remove");
    await page.getByText("There is no channel yet").waitFor();
  }));

test("a report subscription delivers to a folder, and says what it delivered", () =>
  asOwner("subscriptions", { bypassCSP: true }, async (page) => {
    await open(page, "subscriptions");
    await button(page, "Add report subscription").click();
    const form = region(page, "Report subscriptions");
    await form.getByLabel("Name").fill("to the ERP");
    await button(form, "Add report subscription").click();
    assert.equal(await form.getByLabel("Name").evaluate((input) => input.validity.patternMismatch), true);
    await form.getByLabel("Name").fill("to-erp");
    await button(form, "one customer").click();
    assert.deepEqual(await findings(page), []);
    await form.getByLabel("Customer", { exact: true }).fill("cust-00001");
    await pick(page, /^When: /, "when the month is complete");
    await form.getByLabel("First month").fill("2026-10");
    await pick(page, /^How: /, `folder ${PAGE_FOLDER}`);
    await form.getByLabel("Leave unknown costs empty in the file").check();
    await button(form, "Add report subscription").click();
    await button(form, "to-erp").click();
    const panel = page.getByRole("complementary", { name: "to-erp" });
    await panel.getByText("Nothing was delivered yet.").waitFor();
    await button(panel, "Deliver what is due now").click();
    const table = panel.getByRole("table", { name: "Deliveries" });
    await table.waitFor();
    assert.deepEqual(await findings(page), []);
    const path = "report-subscriptions/to-erp";
    const { items } = await call(page, "GET", `${path}/deliveries`);
    assert.ok(items.length > 0 && items.every((one) => one.state === "sent"));
    assert.deepEqual(
      await table.locator("tbody td.to").allTextContents(),
      items.map((one) => one.place),
    );
    await button(panel, "Remove").click();
    await confirm(page, "Remove");
    await page.getByText("There is no report subscription").waitFor();
    assert.equal((await call(page, "GET", path)).status, 404);
  }));

test("the brand and a setting are changed as the service says, within their bounds, and back", () =>
  asOwner("brand-and-settings", {}, async (page) => {
    await open(page, "brand");
    const form = region(page, "Brand");
    await form.getByLabel("Name").fill("Northwind Cloud");
    await form.getByLabel("Color", { exact: true }).fill("#aaaaaa");
    await form.getByText(/at least 4\.5 is needed: choose a darker one$/).waitFor();
    await button(form, "Save").click();
    await form.getByRole("alert").waitFor();
    await form.getByLabel("Color", { exact: true }).fill("#7a1f5c");
    await button(form, "Save").click();
    await form.getByText("Saved").waitFor();
    const brand = await call(page, "GET", "brand");
    assert.deepEqual([brand.name, brand.color], ["Northwind Cloud", "#7a1f5c"]);
    await page.getByRole("banner").getByText("Northwind Cloud").waitFor();
    await form.getByLabel("Name").fill("");
    await form.getByLabel("Color", { exact: true }).fill("");
    await button(form, "Save").click();
    await form.getByText("Saved").waitFor();
    assert.equal((await call(page, "GET", "brand")).name ?? "", "");

    await page.getByRole("link", { name: "Settings" }).click();
    const [setting] = (await call(page, "GET", "settings")).settings;
    const wanted = setting.value === setting.most ? setting.value - 1 : setting.value + 1;
    const field = page.getByLabel(setting.name, { exact: true });
    await field.fill(`${setting.most + 1}`);
    await button(page, `Save: ${setting.name}`).click();
    assert.equal(await field.evaluate((input) => input.validity.rangeOverflow), true);
    await field.fill(`${wanted}`);
    await button(page, `Save: ${setting.name}`).click();
    await button(page, `Default: ${setting.name}`).waitFor();
    assert.equal((await call(page, "GET", "settings")).settings[0].value, wanted);
    await button(page, `Default: ${setting.name}`).click();
    await button(page, `Default: ${setting.name}`).waitFor({ state: "detached" });
    assert.deepEqual((await call(page, "GET", "settings")).settings[0], setting);
  }));

const SECTIONS = ["people", "tokens", "sign-in", "audit", "alerts", "jobs", "subscriptions", "brand", "settings"];
testLooks([
  ...SECTIONS.map((section) => `/administration?section=${section}`),
  "/administration?section=people&open=anna%40example.com",
  "/account",
]);
