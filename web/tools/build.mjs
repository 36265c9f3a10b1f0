// Builds the page: types of the API, the bundle, its compressed forms, and what it may weigh.
//
//   node tools/build.mjs [FOLDER]     to FOLDER, else to ../build/release/page
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";

import { checkBudgets } from "./budgets.mjs";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = resolve(process.argv[2] ?? join(web, "../build/release/page"));
const scratch = `${folder}.new`;
const COMPRESSED = new Set([".js", ".css", ".svg", ".json"]);

const filesIn = (place) =>
  readdirSync(place, { recursive: true })
    .map((name) => join(place, name))
    .filter((file) => statSync(file).isFile());

const compress = (file) => {
  const content = readFileSync(file);
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  writeFileSync(`${file}.gz`, gzipSync(content, { level: constants.Z_BEST_COMPRESSION }));
  writeFileSync(`${file}.br`, brotliCompressSync(content, options));
};

execFileSync(process.execPath, [join(web, "tools/api_types.mjs")], { stdio: "inherit" });
process.env.APPORTION_PAGE_FOLDER = scratch;
await build({ root: web, configFile: join(web, "vite.config.ts"), logLevel: "warn" });
filesIn(scratch)
  .filter((file) => COMPRESSED.has(extname(file)))
  .forEach(compress);
for (const line of checkBudgets(scratch)) console.log(line);

// The old page is there until the new one is whole.
mkdirSync(dirname(folder), { recursive: true });
const old = `${folder}.old`;
if (existsSync(folder)) renameSync(folder, old);
renameSync(scratch, folder);
rmSync(old, { recursive: true, force: true });
