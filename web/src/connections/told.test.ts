import { describe, expect, it } from "vitest";

import { readable } from "./told";

describe("a text of the service", () => {
  it("has no calls of the API, and times as the reader writes them", () => {
    const told = "it is not complete: 2026-09: it is open; wait until it is complete (`GET /api/v1/months`), or say so";
    expect(readable(told, "en")).toBe(
      "it is not complete: September 2026: it is open; wait until it is complete, or say so",
    );
    expect(readable("The export is gone. Call `POST /api/v1/x`.", "en")).toBe("The export is gone.");
  });
});
