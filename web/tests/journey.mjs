// What the journeys of people through the page share: a browser for each, the service behind it, and axe.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { chromium } from "playwright-core";

const { PAGE_ADDRESS, PAGE_LINK, PAGE_PASSWORD, PAGE_BROWSER, PAGE_FAILURES, PAGE_CUSTOMERS } = process.env;
export const ADDRESS = PAGE_ADDRESS;
export const LINK = PAGE_LINK;
export const CUSTOMERS = JSON.parse(PAGE_CUSTOMERS ?? "[]");
export const OWNER = "anna@example.com";
export const VIEWER = "vera@contoso.example";
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const WAIT = 20_000;

let browser;
let ownersCookies; // of one session, so that not every journey has to wait for a password

before(async () => {
  browser = await chromium.launch({ executablePath: PAGE_BROWSER, args: ["--no-sandbox"] });
});
after(() => browser?.close());

/** A browser of somebody's own; fails on errors of the page, and on requests to anywhere else. */
export const visit = async (name, options, journey) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) wrong.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(ADDRESS) && !request.url().startsWith("blob:")) wrong.push(request.url());
  });
  await context.tracing.start({ screenshots: true, snapshots: true });
  try {
    await journey(page, context);
    assert.deepEqual(wrong, []);
    await context.tracing.stop();
  } catch (error) {
    mkdirSync(PAGE_FAILURES, { recursive: true });
    await page.screenshot({ path: join(PAGE_FAILURES, `${name}.png`), fullPage: true });
    await context.tracing.stop({ path: join(PAGE_FAILURES, `${name}.zip`) });
    throw error;
  } finally {
    await context.close();
  }
};

export const signIn = async (page, user, password = PAGE_PASSWORD) => {
  await page.getByLabel("User").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
};

/** In the one session of the owner. */
export const asOwner = (name, options, journey) =>
  visit(name, options, async (page, context) => {
    if (ownersCookies === undefined) {
      await page.goto(ADDRESS);
      await signIn(page, OWNER);
      await page.getByRole("navigation", { name: "Screens" }).waitFor();
      ownersCookies = await context.cookies();
    } else {
      await context.addCookies(ownersCookies);
    }
    await journey(page, context);
  });

/** What breaks the rules of accessibility on what is shown; the context needs `bypassCSP`. */
export const findings = async (page) => {
  await page.addScriptTag({ path: AXE }).catch(() => undefined);
  return page.evaluate(async () => {
    const found = await globalThis.axe.run(
      { exclude: [["[data-tabster-dummy]"]] },
      {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
      },
    );
    return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  });
};

/** Journeys through the screens, in both themes, with axe on each. */
export const testAccessibility = (screens) => {
  for (const colorScheme of ["light", "dark"]) {
    test(`no screen breaks the rules of accessibility: ${colorScheme}: ${screens[0]} …`, () =>
      asOwner(`axe-${colorScheme}`, { colorScheme, bypassCSP: true }, async (page) => {
        for (const screen of screens) {
          await page.goto(`${ADDRESS}${screen}`);
          await page.waitForLoadState("networkidle");
          assert.deepEqual(await findings(page), [], screen);
        }
      }));
  }
};

const LOOKS = [
  ["de", 390], // the longest words in the narrowest place
  ["en", 390],
  ["en", 1280],
  ["de", 2560],
];

/** A journey through the screens at each width: none scrolls sideways. */
export const testWidths = (screens) =>
  test(`no screen scrolls sideways, from 390 to 2560 pixels, in either language: ${screens[0]} …`, () =>
    asOwner("widths", {}, async (page) => {
      for (const [language, width] of LOOKS) {
        await page.addInitScript((chosen) => localStorage.setItem("language", chosen), language);
        await page.setViewportSize({ width, height: 900 });
        for (const screen of screens) {
          await page.goto(`${ADDRESS}${screen}`);
          await page.waitForLoadState("networkidle");
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= width, `${screen} is ${wide} wide at ${width}, ${language}`);
        }
      }
    }));
