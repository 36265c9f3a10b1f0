import { describe, expect, it } from "vitest";

import { inBase64 } from "../administration/logo";
import { addressesIn } from "../administration/addresses";
import { modulesOf } from "./QrCode";

describe("a QR code", () => {
  it("has the corners that readers look for, with white around them", () => {
    const { path, side } = modulesOf("otpauth://totp/Apportion:anna@example.com?secret=XU3ZGKVY2CBZBD4X&issuer=Apportion");
    const modules = side - 8;
    expect((modules - 17) % 4).toBe(0);
    for (const corner of ["M4 4h", `M${modules + 3} 4h`, `M4 ${modules + 3}h`]) expect(path).toContain(corner);
    expect(path).not.toMatch(/M[0-3] /);
  });
});

describe("a logo", () => {
  it("is the same in base64, however long it is", () => {
    const bytes = Uint8Array.from({ length: 20_000 }, (_, at) => (at * 7) % 256);
    expect(inBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
  });
});

describe("mail addresses", () => {
  it("are taken as they were typed or pasted", () => {
    expect(addressesIn(" a@example.com, b@example.com;\nc@example.com ")).toEqual([
      "a@example.com",
      "b@example.com",
      "c@example.com",
    ]);
    expect(addressesIn("")).toEqual([]);
  });
});
