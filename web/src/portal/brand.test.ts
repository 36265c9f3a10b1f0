import { describe, expect, it } from "vitest";

import { brandColors } from "./brand";

describe("the partner's colors", () => {
  it("stay as they are where they can be read", () => {
    const brand = { color: "#14495c", dark_color: "#7fc4dd" };
    expect(brandColors(brand, "light")["--brand"]).toBe("#14495c");
    expect(brandColors(brand, "dark")).toMatchObject({ "--brand": "#14495c", "--accent": "#7fc4dd" });
  });

  it("are darkened below white text, and lightened on dark panels", () => {
    expect(brandColors({ color: "#ffd500" }, "light")["--brand"]).toMatch(/^#[0-8]/);
    expect(brandColors({ color: "#000080" }, "dark")["--accent"]).not.toBe("#000080");
  });

  it("are the page's own without a color, or with none that can be read", () => {
    expect(brandColors(undefined, "light")).toEqual({});
    expect(brandColors({ color: "red" }, "light")).toEqual({});
  });
});
