import { describe, expect, it } from "vitest";

import { browserOf } from "./browsers";
import { PARTNER_ROLES, ALL_ROLES, CUSTOMER_ROLES, rolesBeside } from "./roles";

describe("a browser", () => {
  it("is called as people call it, with its system", () => {
    const edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0";
    expect(browserOf(edge)).toBe("Edge · Windows");
    expect(browserOf("Mozilla/5.0 (Linux; Android 15) Gecko/133.0 Firefox/133.0")).toBe("Firefox · Android");
    expect(browserOf("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15")).toBe(
      "Safari · macOS",
    );
  });

  it("that is none is called as it calls itself", () => {
    expect(browserOf("curl/8.11.0")).toBe("curl/8.11.0");
    expect(browserOf("")).toBe("—");
  });
});

describe("roles", () => {
  it("are offered without making a customer's person one of the partner's", () => {
    expect(rolesBeside("finance", ALL_ROLES)).toEqual(PARTNER_ROLES);
    expect(rolesBeside("customer-viewer", ALL_ROLES)).toEqual(CUSTOMER_ROLES);
  });
});
