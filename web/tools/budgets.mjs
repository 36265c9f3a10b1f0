// What the page may weigh, compressed with gzip: what every visit loads, what a screen loads on top, and what a screen
// loads later.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const FIRST_LOAD_MAX = 300 * 1024;
export const SCREEN_MAX = 60 * 1024;
export const LATER_MAX = 160 * 1024;
const ENTRY = "index.html";

/** A part with everything that is loaded with it. */
const loadedWith = (manifest, name, seen = new Set()) => {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const other of manifest[name].imports ?? []) loadedWith(manifest, other, seen);
  return seen;
};

/** Bytes of the files of the parts, each with its styles. */
export const bytesOf = (manifest, names, sizeOf) => {
  const files = new Set();
  for (const name of names) {
    files.add(manifest[name].file);
    for (const style of manifest[name].css ?? []) files.add(style);
  }
  return [...files].reduce((bytes, file) => bytes + sizeOf(file), 0);
};

/** Lines of name, bytes and limit. Throws if something weighs too much. */
export const weigh = (manifest, sizeOf) => {
  const first = loadedWith(manifest, ENTRY);
  const lines = [{ name: "first load", bytes: bytesOf(manifest, first, sizeOf), limit: FIRST_LOAD_MAX }];
  for (const name of manifest[ENTRY].dynamicImports ?? []) {
    const own = [...loadedWith(manifest, name)].filter((part) => !first.has(part));
    lines.push({ name: manifest[name].name ?? name, bytes: bytesOf(manifest, own, sizeOf), limit: SCREEN_MAX });
  }
  const screens = new Set(manifest[ENTRY].dynamicImports ?? []);
  for (const screen of screens) {
    const loaded = loadedWith(manifest, screen);
    const later = new Set([...loaded].flatMap((part) => manifest[part].dynamicImports ?? []));
    for (const name of later) {
      if (first.has(name) || screens.has(name) || lines.some((line) => line.part === name)) continue;
      const own = [...loadedWith(manifest, name)].filter((part) => !loaded.has(part) && !first.has(part));
      const bytes = bytesOf(manifest, own, sizeOf);
      lines.push({ name: manifest[name].name ?? name, bytes, limit: LATER_MAX, part: name });
    }
  }
  const heavy = lines.filter((line) => line.bytes > line.limit);
  if (heavy.length > 0) {
    throw new Error(heavy.map((line) => `${line.name} weighs ${line.bytes} bytes; at most ${line.limit}`).join("\n"));
  }
  return lines;
};

/** Weighs a page that was built and compressed. */
export const checkBudgets = (folder) => {
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  const sizeOf = (file) => readFileSync(join(folder, `${file}.gz`)).length;
  return weigh(manifest, sizeOf).map(
    (line) => `${line.name}: ${Math.ceil(line.bytes / 1024)} of ${line.limit / 1024} KiB`,
  );
};
