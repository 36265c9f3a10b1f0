// A few screens as they should look, against pictures in tests/golden. What depends on the machine is fixed: the window,
// the clock, the font (fonts-dejavu-core) and characters that this font lacks.
//
//   PAGE_GOLDEN=write python3 -B tests/page/test_journeys.py PROGRAM PAGE golden      writes the pictures anew
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";

import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

import { ADDRESS, as, asOwner, VIEWER } from "./journey.mjs";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "golden");
const FAILURES = process.env.PAGE_FAILURES;
const WRITES = process.env.PAGE_GOLDEN === "write";
const NOW = "2026-11-22T12:00:00Z"; // the day of the service
const VIEWPORT = { width: 1120, height: 700 };
const BYTES_MAX = 60_000;
const OFF_MAX = 0.001; // of all pixels; those at the edges of letters and lines are not counted
const COLOR_OFF_MAX = 0.15;

const FONT = `
  *, *::before, *::after { font-family: "DejaVu Sans" !important; caret-color: transparent !important; }
  code, pre, pre *, kbd, .mono, .mono *, .exact *, .joint *, .cm-editor * { font-family: "DejaVu Sans Mono" !important; }`;

// Scripts that the font does not have would be drawn with whatever the machine has.
const FOREIGN = /[\u0900-\u0DFF\u0E00-\u0FFF\u1100-\u11FF\u3000-\u9FFF\uA960-\uD7FF\uF900-\uFAFF\uFF00-\uFFEF]/gu;
const SYMBOLS = /[\u{1F000}-\u{1FAFF}]/gu;

const SCREENS = [
  { name: "home", path: "/", shows: (page) => page.getByText("6 savings") }, // the last answer to come
  { name: "costs", path: "/costs", shows: (page) => page.getByRole("img", { name: /October 2026/ }) },
  { name: "proof", path: "/proof", shows: (page) => page.getByRole("status").getByText("Everything holds") },
  { name: "rules", path: "/rules", shows: (page) => page.getByRole("textbox", { name: /rules/i }) },
  { name: "portal", path: "/portal", isCustomers: true, shows: (page) => page.getByRole("table").first() },
];

/** How full the disk is depends on the machine. */
const withoutDisk = (body) => {
  const told = JSON.parse(body);
  return JSON.stringify({ ...told, alerts: told.alerts.filter((alert) => alert.kind !== "disk-low") });
};

const prepare = async (page) => {
  await page.clock.setFixedTime(new Date(NOW));
  await page.route(
    (url) => url.pathname.startsWith("/api/") && !url.pathname.endsWith("/events"),
    async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace(FOREIGN, "x").replace(SYMBOLS, "x");
      const isAlerts = new URL(route.request().url()).pathname.endsWith("/alerts");
      await route.fulfill({ response: answer, body: isAlerts ? withoutDisk(body) : body });
    },
  );
};

const open = async (page, screen) => {
  await page.goto(`${ADDRESS}${screen.path}`);
  await page.addStyleTag({ content: FONT });
  await screen.shows(page).waitFor();
  await page.waitForFunction(() => document.querySelector(".skeleton, [aria-busy=true]") === null);
};

const pictureIn = async (page, colorScheme) => {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.evaluate(async () => {
    document.activeElement?.blur();
    await document.fonts.ready;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  });
  return PNG.sync.read(await page.screenshot({ animations: "disabled", caret: "hide" }));
};

const chunk = (type, data) => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
};

/** A PNG of the 256 colors that are used most, which is a third of one with all: other colors become the nearest. */
const packed = ({ width, height, data }) => {
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) {
    const color = data.readUIntBE(at, 3);
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const colors = [...counts.keys()].sort((left, right) => counts.get(right) - counts.get(left));
  const palette = colors.slice(0, 256);
  const off = (left, right) =>
    [16, 8, 0].reduce((sum, shift) => sum + (((left >> shift) & 255) - ((right >> shift) & 255)) ** 2, 0);
  const nearest = (color) => palette.reduce((best, one, at) => (off(one, color) < off(palette[best], color) ? at : best), 0);
  const places = new Map(colors.map((color, at) => [color, at < 256 ? at : nearest(color)]));
  const rows = Buffer.alloc(height * (width + 1)); // each begins with its filter: none
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    rows[pixel + Math.floor(pixel / width) + 1] = places.get(data.readUIntBE(pixel * 4, 3));
  }
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0]); // 8 bits a pixel, of a palette
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]))),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
};

const compare = (name, actual) => {
  const file = join(FOLDER, `${name}.png`);
  if (WRITES || !existsSync(file)) {
    assert.ok(WRITES, `${file} does not exist: write it with PAGE_GOLDEN=write`);
    const bytes = packed(actual);
    assert.ok(bytes.length <= BYTES_MAX, `${name}: ${bytes.length} bytes are more than ${BYTES_MAX}`);
    writeFileSync(file, bytes);
    return;
  }
  const expected = PNG.sync.read(readFileSync(file));
  const { width, height } = expected;
  assert.deepEqual([actual.width, actual.height], [width, height], name);
  const difference = new PNG({ width, height });
  const off = pixelmatch(expected.data, actual.data, difference.data, width, height, { threshold: COLOR_OFF_MAX });
  if (off <= OFF_MAX * width * height) return;
  mkdirSync(FAILURES, { recursive: true });
  writeFileSync(join(FAILURES, `golden-${name}-actual.png`), packed(actual));
  writeFileSync(join(FAILURES, `golden-${name}-difference.png`), PNG.sync.write(difference));
  assert.fail(`${name}: ${off} pixels differ; see golden-${name}-*.png in ${FAILURES}`);
};

const look = async (page, screens) => {
  await prepare(page);
  for (const screen of screens) {
    await open(page, screen);
    for (const theme of ["light", "dark"]) compare(`${screen.name}-${theme}`, await pictureIn(page, theme));
  }
};

const OPTIONS = { viewport: VIEWPORT, bypassCSP: true };

test("screens look as they should, light and dark", () =>
  asOwner("golden", OPTIONS, (page) =>
    look(
      page,
      SCREENS.filter((screen) => screen.isCustomers !== true),
    ),
  ));

test("the portal looks as it should, light and dark", () =>
  as(VIEWER, "golden-portal", OPTIONS, async (page) => {
    await page.goto(ADDRESS);
    await page.getByRole("banner").waitFor();
    await look(
      page,
      SCREENS.filter((screen) => screen.isCustomers === true),
    );
  }));
