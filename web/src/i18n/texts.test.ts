import { describe, expect, it } from "vitest";

import de from "./de.json";
import en from "./en.json";
import { textsIn } from "./texts";

const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "").sort();

describe("texts", () => {
  it("exist in both languages, with the same places", () => {
    expect(Object.keys(de)).toEqual(Object.keys(en));
    for (const [key, text] of Object.entries(en)) {
      expect(places(de[key as keyof typeof de]), key).toEqual(places(text));
    }
  });

  it("are used somewhere", async () => {
    const sources = import.meta.glob("../**/*.{ts,tsx}", { query: "?raw", import: "default" });
    let all = "";
    for (const [path, load] of Object.entries(sources))
      if (!path.includes("generated")) all += (await load()) as string;
    const unused = Object.keys(en).filter((key) => !all.includes(`"${key.replace(/_(one|other)$/, "")}"`));
    expect(unused).toEqual([]);
  });

  it("have a form for one and for many", () => {
    expect(textsIn("en").plural("others", 1)).toBe("1 other");
    expect(textsIn("de").plural("others", 2500)).toBe("2.500 weitere");
  });
});
