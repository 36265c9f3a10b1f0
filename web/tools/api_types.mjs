// Makes src/api/generated/schema.ts, the types of the API's client, from its description in docs/api.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const output = join(web, "src/api/generated/schema.ts");
const generator = join(web, "api_types/node_modules/openapi-typescript/dist/index.mjs");

const { default: openapiTypes, astToString } = await import(pathToFileURL(generator).href);
const scratch = mkdtempSync(join(tmpdir(), "apportion-api-"));
try {
  const bundle = join(scratch, "openapi.json");
  execFileSync("python3", ["-B", join(web, "../tools/bundle_openapi.py"), bundle], { stdio: "inherit" });
  const types = astToString(await openapiTypes(JSON.parse(readFileSync(bundle, "utf8")), { alphabetize: true }));
  const text = `// Made from docs/api by tools/api_types.mjs.\n${types}`;
  mkdirSync(dirname(output), { recursive: true });
  if (!existsSync(output) || readFileSync(output, "utf8") !== text) writeFileSync(output, text);
} finally {
  rmSync(scratch, { recursive: true });
}
