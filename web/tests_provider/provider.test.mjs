// Signing in with an identity provider: there and back in the browser, by its own pages.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ADDRESS, visit } from "../tests/journey.mjs";

const PROVIDER = process.env.PAGE_PROVIDER;
const LABEL = "Sign in with Contoso";
// Its own pages ask for a font, which is never fetched.
const FONTS = "https://fonts.googleapis.com/css";
const alsoAt = [PROVIDER, FONTS];

const signInThere = async (page, name) => {
  await page.route(`${FONTS}*`, (route) => route.abort());
  await page.getByRole("link", { name: LABEL }).click();
  await page.waitForURL(`${PROVIDER}/**`);
  await page.getByPlaceholder("Enter any login").fill(name);
  await page.getByPlaceholder("and password").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
};

test("who signs in with the provider comes back to the address that they asked for", () =>
  visit("provider", { alsoAt }, async (page) => {
    await page.goto(`${ADDRESS}/customers?view=list`);
    await signInThere(page, "anna");
    await page.getByRole("heading", { name: "Customers", exact: true, level: 1 }).waitFor();
    await page.waitForURL(`${ADDRESS}/customers?view=list`);
    const me = await page.evaluate(async () => (await fetch("/api/v1/me")).json());
    assert.equal(me.actor, "user:anna@example.com");
  }));

test("whom the service does not know is told so, with a way back", () =>
  visit("provider-nobody", { alsoAt }, async (page) => {
    await page.goto(ADDRESS);
    await signInThere(page, "nobody");
    await page.waitForURL(`${ADDRESS}/sign-in/return?**`);
    const told = await page.locator("body").textContent();
    assert.match(told, /ask an owner to add a user with the name that you have there/);
    assert.doesNotMatch(told, /api\/v1/);
    await page.getByRole("link", { name: "Back to signing in" }).click();
    await page.getByRole("link", { name: LABEL }).waitFor();
  }));
