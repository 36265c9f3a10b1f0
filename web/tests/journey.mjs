// What the journeys of people through the page share: a browser for each, the service behind it, and axe.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { chromium } from "playwright-core";

const { PAGE_ADDRESS, PAGE_LINK, PAGE_PASSWORD, PAGE_BROWSER, PAGE_FAILURES, PAGE_CUSTOMERS, PAGE_LOOKS, PAGE_SESSIONS } =
  process.env;
export const ADDRESS = PAGE_ADDRESS;
export const LINK = PAGE_LINK;
export const CUSTOMERS = JSON.parse(PAGE_CUSTOMERS ?? "[]");
export const OWNER = "anna@example.com";
export const VIEWER = "vera@contoso.example";
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const WAIT = 60_000; // as long as a busy machine may need; nothing waits longer than it has to
// Letters and colors are drawn alike on all machines, for pictures that are compared.
const STEADY = ["--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb"];

let browser;
// A session of each person, so that not every journey has to wait for a password: those of the home, and new ones.
const cookieOf = new Map(Object.entries(JSON.parse(PAGE_SESSIONS ?? "{}")));

before(async () => {
  browser = await chromium.launch({ executablePath: PAGE_BROWSER, args: ["--no-sandbox", ...STEADY] });
});
after(() => browser?.close());

const asked = new WeakMap(); // of each page, what it waits for

// The stream of events; and the browser does not say that it has the worker that listens.
const NEVER_ENDS = /\/api\/v1\/events$|\/eventsWorker-/;

const follow = (page) => {
  const waits = new Set();
  asked.set(page, waits);
  page.on("request", (request) => {
    if (request.isNavigationRequest()) waits.clear(); // what the screen before asked for is over
    if (!NEVER_ENDS.test(request.url())) waits.add(request);
  });
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => waits.delete(request));
};

/** A browser of somebody's own; fails on errors of the page, and on requests to anywhere else. */
export const visit = async (name, { alsoAt = [], tracesPictures = true, ...options }, journey) => {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(WAIT);
  const wrong = [];
  context.on("weberror", (error) => wrong.push(error.error().message));
  context.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) wrong.push(message.text());
  });
  context.on("request", (request) => {
    if (![ADDRESS, ...alsoAt, "blob:"].some((begin) => request.url().startsWith(begin))) wrong.push(request.url());
  });
  context.on("page", follow);
  const page = await context.newPage();
  // Screenshots of each moment would take as long as the journeys; the one of the failure is kept.
  await context.tracing.start({ snapshots: tracesPictures });
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

/** In the one session of somebody. */
export const as = (user, name, options, journey) =>
  visit(name, options, async (page, context) => {
    const cookie = cookieOf.get(user);
    if (cookie === undefined) {
      await page.goto(ADDRESS);
      await signIn(page, user);
      await page.getByRole("navigation", { name: "Screens" }).waitFor();
      const [session] = await context.cookies();
      cookieOf.set(user, `${session.name}=${session.value}`);
    } else {
      const [key, value] = cookie.split(/=(.*)/s);
      await context.addCookies([{ name: key, value, url: ADDRESS, httpOnly: true, sameSite: "Lax" }]);
    }
    await journey(page, context);
  });

export const asOwner = (name, options, journey) => as(OWNER, name, options, journey);

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** What breaks the rules of accessibility on what is shown; the context needs `bypassCSP`. */
export const findings = async (page) => {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.addScriptTag({ path: AXE });
  return page.evaluate(async (runOnly) => {
    const found = await globalThis.axe.run(
      { exclude: [["[data-tabster-dummy]"]] },
      { runOnly, resultTypes: ["violations"] },
    );
    return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  }, RULES);
};

const MOMENT = 50;

/** Waits until a screen has all that it asked for, and has drawn it. */
export const settled = async (page) => {
  const end = Date.now() + WAIT;
  for (let quiet = 0; quiet < 2; ) {
    await page.waitForTimeout(MOMENT);
    // Also the browser has to have come so far, however busy the machine is.
    const isDrawn = await page.evaluate(
      () =>
        new Promise((tell) =>
          requestAnimationFrame(() =>
            setTimeout(() => tell(document.querySelector("h1:not([data-left])") && !document.querySelector(".skeleton"))),
          ),
        ),
    );
    const waits = [...asked.get(page)].map((request) => request.url());
    quiet = isDrawn && waits.length === 0 ? quiet + 1 : 0;
    assert.ok(Date.now() < end, `${page.url()} is not there yet: ${isDrawn ? waits.join(", ") : "it still loads"}`);
  }
};

const scrollsSideways = async (page) => {
  const [wide, width] = await page.evaluate(
    () =>
      new Promise((tell) =>
        requestAnimationFrame(() =>
          requestAnimationFrame(() => tell([document.documentElement.scrollWidth, window.innerWidth])),
        ),
      ),
  );
  return wide > width ? [`${wide} wide at ${width}`] : [];
};

/** What is wrong with what is shown, in a theme at a width. */
const faultsOf = async (page, [colorScheme, width]) => {
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme });
  await page.locator(`html[data-theme=${colorScheme}]`).waitFor();
  await settled(page);
  const found = [...(await scrollsSideways(page)), ...(await findings(page))];
  return found.map((fault) => `${width}, ${colorScheme}: ${fault}`);
};

// German has the longest words. In a long run, everything in every way.
const LANGUAGES = PAGE_LOOKS === "all" ? ["de", "en"] : ["de"];
const WIDTHS = [390, 768, 1280, 1920, 2560];
const LOOKS =
  PAGE_LOOKS === "all"
    ? ["light", "dark"].flatMap((theme) => WIDTHS.map((width) => [theme, width]))
    : [
        ["light", 390],
        ["dark", 2560],
      ];

/** In the themes and at the widths of this run. */
const faultsInAllLooks = async (page) => {
  const faults = [];
  for (const look of LOOKS) faults.push(...(await faultsOf(page, look)));
  return faults;
};

/** Goes to a screen as a link does, which is much faster than to load the page again. */
const goWithin = (page, screen) =>
  page.evaluate((to) => {
    // The heading of the screen that is left, if it is another one.
    if (new URL(to, location.href).pathname !== location.pathname) {
      document.querySelector("h1")?.setAttribute("data-left", "");
    }
    history.pushState({}, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, screen);

/** Journeys through the screens: none breaks the rules of accessibility, and none scrolls sideways. */
export const testLooks = (screens, as = asOwner) => {
  for (const language of LANGUAGES) {
    test(`screens can be read by everybody at every width, in ${language}: ${screens[0]} …`, () =>
      as(`looks-${language}`, { bypassCSP: true, tracesPictures: false }, async (page) => {
        await page.addInitScript((chosen) => localStorage.setItem("language", chosen), language);
        await page.goto(`${ADDRESS}${screens[0]}`);
        for (const screen of screens) {
          if (screen !== screens[0]) await goWithin(page, screen);
          assert.deepEqual(await faultsInAllLooks(page), [], screen);
        }
      }));
  }
};

/** Asks the service with the session of the page. */
export const call = (page, method, path, body) =>
  page.evaluate(
    async ([how, where, what]) => {
      const me = await (await fetch("/api/v1/me")).json();
      const headers = { "Content-Type": "application/json", "X-Forgery-Token": me.forgery_token ?? "" };
      const answer = await fetch(`/api/v1/${where}`, {
        method: how,
        headers,
        ...(what === undefined ? {} : { body: JSON.stringify(what) }),
      });
      return answer.status === 204 ? undefined : answer.json();
    },
    [method, path, body],
  );

const AGAIN = 100;

/** What a job of the service comes to, or what it answers without one. */
export const outcome = async (page, method, path, body) => {
  const answer = await call(page, method, path, body);
  if (typeof answer.job !== "number") return answer;
  for (;;) {
    const job = await call(page, "GET", `jobs/${answer.job}`);
    if (job.state !== "running") return job.result;
    await page.waitForTimeout(AGAIN);
  }
};

/** An amount as the page shows it, from all digits; `exceptZero` for changes. */
export const money = (amount, currency, signDisplay = "negative") => {
  const places = currency === "JPY" ? 0 : 2;
  return new Intl.NumberFormat("en-GB", {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
    roundingMode: "halfEven",
    signDisplay,
  })
    .format(amount)
    .replace("-", "−");
};

const TENTHS = new Intl.NumberFormat("en-GB", {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  roundingMode: "halfEven",
});

/** Percent as the page shows them. */
export const percent = (value) => `${TENTHS.format(value)}\u00a0%`;

/** Asks the service as a script does; what it answers, with the status. */
export const asScript = async (token, method, path, body) => {
  const answer = await fetch(`${ADDRESS}/api/v1/${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const told = await answer.text();
  return { status: answer.status, ...(told === "" ? {} : JSON.parse(told)) };
};
