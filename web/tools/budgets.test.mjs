import { describe, expect, it } from "vitest";

import { FIRST_LOAD_MAX, LATER_MAX, SCREEN_MAX, weigh } from "./budgets.mjs";

const MANIFEST = {
  "index.html": { file: "index.js", css: ["index.css"], imports: ["_parts.js"], dynamicImports: ["src/Costs.tsx"] },
  "_parts.js": { file: "parts.js" },
  "src/Costs.tsx": { file: "costs.js", name: "Costs", imports: ["_parts.js", "_table.js"] },
  "_table.js": { file: "table.js" },
};

const weighed = (sizes) => weigh(MANIFEST, (file) => sizes[file] ?? 1);

describe("budgets", () => {
  it("count what every visit loads, and what a screen loads on top", () => {
    expect(weighed({ "parts.js": 10, "table.js": 100 })).toEqual([
      { name: "first load", bytes: 12, limit: FIRST_LOAD_MAX },
      { name: "Costs", bytes: 101, limit: SCREEN_MAX },
    ]);
  });

  it("refuse what weighs too much, by name", () => {
    expect(() => weighed({ "parts.js": FIRST_LOAD_MAX })).toThrow("first load weighs");
    expect(() => weighed({ "table.js": SCREEN_MAX })).toThrow("Costs weighs");
  });

  it("give what a screen loads later a limit of its own", () => {
    const manifest = {
      ...MANIFEST,
      "src/Costs.tsx": { ...MANIFEST["src/Costs.tsx"], dynamicImports: ["src/Editor.tsx"] },
      "src/Editor.tsx": { file: "editor.js", name: "Editor", imports: ["_parts.js", "_table.js", "_text.js"] },
      "_text.js": { file: "text.js" },
    };
    const lines = weigh(manifest, (file) => ({ "text.js": 50 })[file] ?? 1);
    expect(lines.at(-1)).toMatchObject({ name: "Editor", bytes: 51, limit: LATER_MAX });
    expect(() => weigh(manifest, (file) => ({ "text.js": LATER_MAX })[file] ?? 1)).toThrow("Editor weighs");
  });
});
