// Clicks through the screens of a large home, and says how long the page needs to draw what the service answers:
//
//   node tools/clicks.mjs 'http://127.0.0.1:8484/sign-in?link=…' [ROUNDS]     run by bench/clicks.py
//
// For each click, of all rounds: the median and the longest time from the last answer (or from the click, where nothing
// is asked) to the moment when the last change is on the screen, and the time from the click to the first change there.
import { chromium } from "playwright-core";

const [link, rounds = "5"] = process.argv.slice(2);
const QUIET = 300; // ms without an answer or a change: all is there
const VIEWPORT = { width: 1440, height: 900 };

/** In the page: when answers came, and when what changed was drawn. */
const watch = () => {
  const seen = { answered: 0, drawn: 0, firstDrawn: 0, changed: 0 };
  globalThis.clicks = seen;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.name.includes("/api/v1/") && !entry.name.endsWith("/events")) {
        seen.answered = Math.max(seen.answered, entry.responseEnd);
      }
    }
  }).observe({ type: "resource" });
  let isAwaited = false;
  const afterDrawing = (tell) =>
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = tell;
      channel.port2.postMessage(undefined);
    });
  const changed = () => {
    seen.changed = performance.now();
    if (isAwaited) return;
    isAwaited = true;
    afterDrawing(() => {
      isAwaited = false;
      seen.drawn = performance.now();
      seen.firstDrawn ||= seen.drawn;
    });
  };
  // Guards of the keyboard's focus come and go without being seen.
  const isGuard = (node) => node instanceof Element && node.matches("[data-tabster-dummy], title, head, style");
  const isSeen = ({ type, attributeName, target, addedNodes, removedNodes }) => {
    if (isGuard(target) || /^(aria-(hidden|busy)|tabindex|name|nonce|data-)/.test(attributeName ?? "")) return false;
    return type !== "childList" || ![...addedNodes, ...removedNodes].every(isGuard);
  };
  document.addEventListener("DOMContentLoaded", () =>
    new MutationObserver((records) => records.some(isSeen) && changed()).observe(document, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    }),
  );
  document.addEventListener("scroll", changed, { capture: true, passive: true });
};

const goWithin = (page, address) =>
  page.evaluate((to) => {
    history.pushState({}, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, address);

const to = (address) => (page) => goWithin(page, address);
const press = (role, name) => (page) => page.getByRole(role, { name }).first().click();

/** Back to the begin, from wherever an earlier round was. */
const toTop = async (page) => {
  await page.mouse.move(VIEWPORT.width / 2, VIEWPORT.height / 2);
  await page.mouse.wheel(0, -400_000);
  await page.waitForTimeout(QUIET);
};

const MONTH = "month=2026-10";
const STEPS = [
  ["costs of a month by customer", to(`/costs?${MONTH}`)],
  ["sorted by change", to(`/costs?${MONTH}&sort=change`)],
  ["others are opened: all customers", to(`/costs?${MONTH}&others=open`)],
  ["scrolled through all customers", (page) => page.mouse.wheel(0, 40_000), toTop],
  ["by service", to(`/costs?${MONTH}&by=ServiceName`)],
  ["3 months by service, each day", to(`/costs?${MONTH}&span=3&by=ServiceName&per=day`)],
  ["12 months by service", to(`/costs?${MONTH}&span=12&by=ServiceName`)],
  ["12 months by customer", to(`/costs?${MONTH}&span=12`)],
  ["12 months by customer and service", to(`/costs?${MONTH}&span=12&by=CustomerId&by=ServiceName`)],
  ["a customer is opened beside it", (page) => page.locator(".costs tbody tr").first().click()],
  ["the next customer", press("button", "Next row")],
  ["by a tag", to(`/costs?${MONTH}&by=tag.env`)],
  ["customers: all of them", to(`/customers?${MONTH}`)],
  ["months", to(`/months?${MONTH}`)],
  ["proof", to(`/proof?${MONTH}`)],
  ["split rules", to(`/rules?${MONTH}`)],
  ["home", to(`/?${MONTH}`)],
  ["search everywhere", (page) => page.keyboard.press("Control+k")],
  ["a word is typed there", (page) => page.keyboard.type("cont")],
];

const measured = async (page, act, prepare) => {
  await prepare?.(page);
  const begin = await page.evaluate(() => {
    Object.assign(globalThis.clicks, { answered: 0, drawn: 0, firstDrawn: 0, changed: 0 });
    return performance.now();
  });
  await act(page);
  await page.waitForFunction((since) => globalThis.clicks.changed > since || globalThis.clicks.answered > since, begin);
  await page.waitForFunction(
    ([since, quiet]) => {
      const { answered, drawn, changed } = globalThis.clicks;
      const isBusy = document.querySelector(".skeleton, [aria-busy=true]") !== null;
      return !isBusy && performance.now() - Math.max(since, answered, drawn, changed) > quiet && drawn >= changed;
    },
    [begin, QUIET],
    { polling: 50 },
  );
  const { answered, drawn, firstDrawn } = await page.evaluate(() => globalThis.clicks);
  return { isAsked: answered > 0, drawing: Math.max(0, drawn - (answered || begin)), first: firstDrawn - begin };
};

const median = (values) => values.toSorted((left, right) => left - right)[values.length >> 1];

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: VIEWPORT, locale: "en-GB", reducedMotion: "reduce" });
page.setDefaultTimeout(60_000);
await page.addInitScript(watch);
await page.goto(link);
await page.getByRole("navigation", { name: "Screens" }).waitFor();
const times = new Map(STEPS.map(([name]) => [name, []]));
for (let round = 0; round < parseInt(rounds, 10); round += 1) {
  for (const [name, act, prepare] of STEPS) {
    times.get(name).push(await measured(page, act, prepare));
    if (name === "a word is typed there") await page.keyboard.press("Escape");
  }
}
await browser.close();
process.stdout.write(
  `${JSON.stringify(
    STEPS.map(([name]) => {
      const all = times.get(name);
      const drawing = all.map((one) => one.drawing);
      return {
        name,
        asked: all.filter((one) => one.isAsked).length,
        median: median(drawing),
        longest: Math.max(...drawing),
        first: median(all.map((one) => one.first)),
      };
    }),
  )}\n`,
);
