// Journeys through one's own account, through sessions that end, and through what is heard of others' work.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, request as ask } from "node:http";
import { test } from "node:test";

import { ADDRESS, asOwner, asScript, call, findings, OWNER, signIn, visit } from "./journey.mjs";

const PERSON = "olga@example.com";
const PASSWORD = "five patient blue herons";
const NEXT_PASSWORD = "six hasty yellow newts";

const button = (place, name) => place.getByRole("button", { name, exact: true });
const region = (page, name) => page.getByRole("region", { name, exact: true });

/** With a token of an owner, as another session. */
const withScript = (name, journey) =>
  asOwner(`${name}-script`, {}, async (page) => {
    await page.goto(`${ADDRESS}/account`);
    const { token } = await call(page, "POST", "tokens", { name, role: "owner", days: 1 });
    try {
      await journey(token);
    } finally {
      await call(page, "DELETE", `tokens/${name}`);
    }
  });

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The code of an authenticator app, now or some periods of 30 seconds later. */
const codeOf = (secret, later = 0) => {
  const bits = [...secret.replace(/[\s=]/g, "")].map((one) => BASE32.indexOf(one).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const moment = Buffer.alloc(8);
  moment.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const hash = createHmac("sha1", key).update(moment).digest();
  const number = (hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1_000_000;
  return `${number}`.padStart(6, "0");
};

test("an invited person chooses a password, changes it, and uses one-time codes; a session ends elsewhere", () =>
  withScript("account", async (token) => {
    await asScript(token, "DELETE", `users/${PERSON}`);
    await asScript(token, "POST", "users", { name: PERSON, role: "finance", display_name: "Olga Orlova" });
    const { link } = await asScript(token, "POST", `users/${PERSON}/invitation`);
    await visit("account", { bypassCSP: true }, async (page) => {
      await page.goto(link.replace(/^https?:\/\/[^/]+/, ADDRESS));
      await page.getByLabel("New password", { exact: false }).fill(PASSWORD);
      await button(page, "Sign in").click();
      await page.getByRole("navigation", { name: "Screens" }).waitFor();
      await page.goto(`${ADDRESS}/account`);
      const own = region(page, "Password");
      await own.getByLabel("Current password").fill("it is not this one");
      await own.getByLabel("New password", { exact: false }).fill(NEXT_PASSWORD);
      await button(own, "Change password").click();
      await own.getByRole("alert").getByText(/^request [0-9a-f]{16}$/).waitFor();

      // The other sessions end with the password; this one stays.
      await visit("account-elsewhere", {}, async (other) => {
        await other.goto(`${ADDRESS}/proof?month=2026-09`);
        await signIn(other, PERSON, PASSWORD);
        await other.getByText("Everything holds").waitFor();
        await page.reload();
        const sessions = page.getByRole("table", { name: "Sessions" });
        await sessions.locator("tbody tr").nth(1).waitFor();
        await sessions.getByText("this one").waitFor();
        await own.getByLabel("Current password").fill(PASSWORD);
        await own.getByLabel("New password", { exact: false }).fill(NEXT_PASSWORD);
        await button(own, "Change password").click();
        await own.getByText("Your password has changed.").waitFor();
        await sessions.locator("tbody tr").nth(1).waitFor({ state: "detached" });
        // The stream of events tells it, whatever the other browser does.
        await other.getByText("Your session has ended", { exact: false }).waitFor();
        await signIn(other, PERSON, PASSWORD);
        await other.getByRole("alert").waitFor();
        await signIn(other, PERSON, NEXT_PASSWORD);
        await other.getByText("Everything holds").waitFor();
        assert.match(other.url(), /\/proof\?month=2026-09/);
        await page.reload();
        await button(sessions, "End: Chrome · Linux, 127.0.0.1").click();
        await sessions.locator("tbody tr").nth(1).waitFor({ state: "detached" });
      });

      const codes = region(page, "One-time codes");
      await button(codes, "Set up").click();
      await codes.getByRole("img", { name: "QR code for an authenticator app" }).waitFor();
      assert.deepEqual(await findings(page), []);
      const secret = await codes.locator("pre").first().textContent();
      await codes.getByLabel("First code of the app").fill("000000");
      await button(codes, "Confirm").click();
      await codes.getByRole("alert").waitFor();
      await codes.getByLabel("First code of the app").fill(codeOf(secret));
      await button(codes, "Confirm").click();
      await codes.locator("ul.recovery li").first().waitFor();
      const recovery = await codes.locator("ul.recovery li").allTextContents();
      assert.ok(recovery.length > 5);
      const person = () =>
        asScript(token, "GET", "users").then(({ items }) => items.find((one) => one.name === PERSON));
      assert.deepEqual([(await person()).has_one_time_codes, (await person()).recovery_codes], [true, recovery.length]);
      await page.reload();
      await codes.waitFor();
      assert.equal(await page.getByText(recovery[0]).count(), 0);

      await page.getByRole("button", { name: "Menu of Olga Orlova" }).click();
      await page.getByRole("menuitem", { name: "Sign out" }).click();
      await signIn(page, PERSON, NEXT_PASSWORD);
      await page.getByRole("alert").waitFor();
      await page.getByLabel("Code of the authenticator app").fill(codeOf(secret, 1));
      await button(page, "Sign in").click();
      await codes.waitFor();
      await button(codes, "Turn off").click();
      await codes.getByLabel("Code of the app, or a recovery code").fill(recovery[0]);
      await button(codes, "Turn off").click();
      await codes.getByRole("status").getByText("off").waitFor();
      assert.equal((await person()).has_one_time_codes, false);
    });
    await asScript(token, "DELETE", `users/${PERSON}`);
  }));

/** A way to the service that notes what is asked, and that can be cut. */
const withGate = async (journey) => {
  const { hostname, port } = new URL(ADDRESS);
  const asked = [];
  const sockets = new Set();
  let isCut = false;
  const server = createServer((request, answer) => {
    const { method, url, headers } = request;
    asked.push(`${method} ${url}`);
    const onward = ask({ hostname, port, path: url, method, headers }, (told) => {
      answer.writeHead(told.statusCode, told.headers);
      answer.flushHeaders();
      told.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    if (isCut) socket.destroy();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  try {
    await journey({
      address: `http://127.0.0.1:${server.address().port}`,
      count: (pattern) => asked.filter((one) => pattern.test(one)).length,
      cut: () => {
        isCut = true;
        for (const socket of sockets) socket.destroy();
      },
      join: () => {
        isCut = false;
      },
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
};

const STREAM = /^GET \/api\/v1\/events$/;
const LISTS = /^GET \/api\/v1\/jobs\b/;
const until = async (isSo) => {
  for (let tries = 0; !isSo(); tries += 1) {
    assert.ok(tries < 1200, isSo.toString());
    await new Promise((done) => setTimeout(done, 50));
  }
};

/** The count, once it stays the same for a while. */
const atRest = async (count) => {
  for (let tries = 0; tries < 10; tries += 1) {
    const before = count();
    await new Promise((done) => setTimeout(done, 1500));
    if (count() === before) return before;
  }
  return assert.fail(`still counting: ${count()}`);
};

/** A job of another session. */
const work = async (token) => {
  const { yaml } = await asScript(token, "GET", "documents/rules");
  return asScript(token, "POST", "documents/rules/preview", { yaml, month: "2026-10" });
};
const rowOf = (page, { job }) =>
  page.getByRole("table", { name: "Jobs" }).getByRole("row", { name: new RegExp(`^${job} preview .*done`) });

test("two tabs share one stream, and hear of others' work without asking for it", () =>
  withScript("stream", (token) =>
    withGate((gate) =>
      asOwner("stream", { alsoAt: [gate.address] }, async (page, context) => {
        const path = `${gate.address}/administration?section=jobs`;
        await page.goto(path);
        await page.getByRole("heading", { name: "Jobs", exact: true }).waitFor();
        const second = await context.newPage();
        await second.goto(path);
        await second.getByRole("heading", { name: "Jobs", exact: true }).waitFor();
        await rowOf(page, await work(token)).waitFor();
        assert.equal(gate.count(STREAM), 1);

        // Nobody asks while nothing happens; of a job, its list is asked for when it begins and when it has ended.
        const before = await atRest(() => gate.count(LISTS));
        const job = await work(token);
        await Promise.all([rowOf(page, job).waitFor(), rowOf(second, job).waitFor()]);
        assert.ok(gate.count(LISTS) - before <= 4, `${gate.count(LISTS) - before} requests`);

        // What a job changed is seen elsewhere, too, also when the first tab is gone.
        await second.goto(`${gate.address}/customers?word=cust-00004`);
        const row = second.getByRole("row", { name: /cust-00004/ });
        await row.getByText("List cost").or(row.getByText("list", { exact: false })).first().waitFor();
        const seen = await row.locator("td").last().textContent();
        await page.close();
        await asScript(token, "PATCH", "customers/cust-00004", { sees: "both" });
        await second.waitForFunction(
          (old) => [...document.querySelectorAll("tbody tr td:last-child")].some((cell) => cell.textContent !== old),
          seen,
        );
        assert.equal(gate.count(STREAM), 1);
        await asScript(token, "PATCH", "customers/cust-00004", { sees: "list" });
        await row.getByText(seen, { exact: true }).waitFor();
        await second.close();
      }),
    ),
  ));

test("a connection that is lost is told although nobody asks, and what was missed comes with it", () =>
  withScript("missed", (token) =>
    withGate((gate) =>
      asOwner("missed", { alsoAt: [gate.address] }, async (page) => {
        await page.goto(`${gate.address}/administration?section=jobs`);
        await rowOf(page, await work(token)).waitFor();
        await until(() => gate.count(STREAM) > 0);
        gate.cut();
        await page.getByText("The service does not answer", { exact: false }).waitFor();
        const missed = await work(token);
        await new Promise((done) => setTimeout(done, 1000));
        gate.join();
        await page.getByText("The service does not answer", { exact: false }).waitFor({ state: "detached" });
        await rowOf(page, missed).waitFor();
        await until(() => gate.count(STREAM) > 1);
        await rowOf(page, await work(token)).waitFor();
      }),
    ),
  ));

test("a session that is ended elsewhere is told with the next question, and begun again at the same address", () =>
  withScript("ended", (token) =>
    visit("ended", {}, async (page) => {
      // A browser that hears no events: else the stream may tell it before anything is asked.
      await page.addInitScript(() => delete globalThis.SharedWorker);
      await page.goto(`${ADDRESS}/costs?month=2026-09&by=ServiceName&top=3`);
      await signIn(page, OWNER);
      await page.getByRole("table", { name: /^Costs in / }).waitFor();
      const { items } = await call(page, "GET", "sessions");
      const own = items.find((one) => one.is_own);
      assert.equal((await asScript(token, "DELETE", `sessions/${own.id}`)).status, 204);
      await button(page, "List").click();
      await page.getByText("Your session has ended", { exact: false }).waitFor();
      const left = page.url();
      await signIn(page, OWNER);
      await page.getByRole("table", { name: /^Costs in / }).waitFor();
      assert.equal(page.url(), left);
      for (const said of ["month=2026-09", "by=ServiceName", "top=3", "metric=ListCost"]) {
        assert.ok(left.includes(said), left);
      }
    }),
  ));
