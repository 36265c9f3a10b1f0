// In a process of its own, since the library keeps the first source of managed identities that it finds.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { ManagedIdentityCredential } from "@azure/identity";

const standIn = JSON.parse(readFileSync(process.env.STAND_IN_FILE, "utf8"));

test("the managed identity of App Service signs in", async () => {
  process.env.IDENTITY_ENDPOINT = standIn.app_service;
  process.env.IDENTITY_HEADER = standIn.app_service_header;
  const token = await new ManagedIdentityCredential().getToken("https://storage.azure.com/.default");
  const claims = JSON.parse(Buffer.from(token.token.split(".")[1], "base64url"));
  assert.equal(claims.appid, standIn.apps["managed-identity"].client_id);
  assert.equal(claims.aud, "https://storage.azure.com");
});
