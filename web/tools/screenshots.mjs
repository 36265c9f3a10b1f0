// Takes the pictures of the page that README.md shows, light and dark, of the home that `make demo-web` serves:
//
//   node tools/screenshots.mjs 'http://127.0.0.1:8484/sign-in?link=…' [FOLDER]     to FOLDER, else to ../docs/images
import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const [link, chosen] = process.argv.slice(2);
const folder = resolve(chosen ?? join(dirname(fileURLToPath(import.meta.url)), "../../docs/images"));
const VIEWPORT = { width: 1280, height: 860 };
const SCREENS = { costs: "/costs" };

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: VIEWPORT, locale: "en-GB", reducedMotion: "reduce" });
await page.clock.setFixedTime(new Date("2026-11-22T12:00:00Z")); // the day on which the demo takes place
await page.goto(link);
await page.getByRole("navigation", { name: "Screens" }).waitFor();
for (const [name, path] of Object.entries(SCREENS)) {
  await page.goto(new URL(path, link).href);
  await page.getByRole("main").getByRole("table").first().waitFor();
  await page.waitForFunction(() => document.querySelector(".skeleton, [aria-busy=true]") === null);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), animations: "disabled" });
  }
}
await browser.close();
