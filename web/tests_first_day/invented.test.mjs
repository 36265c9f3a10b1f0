// An invented partner moves into an empty home.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ADDRESS, LINK, settled, visit } from "../tests/journey.mjs";

test("an invented partner moves into an empty home", () =>
  visit("invented", {}, async (page) => {
    await page.goto(`${ADDRESS}/sign-in?link=${LINK}`);
    await page.getByRole("button", { name: "Try it with an invented partner" }).click();
    const action = page.getByRole("region", { name: "Needs action" });
    await action.getByRole("heading", { name: /changed after it was locked$/ }).waitFor();
    const { late } = await page.evaluate(async () => (await fetch("/api/v1/late-changes")).json());
    assert.equal(late.length, 1);
    await settled(page); // what tells of the work goes, and what is below it moves
    await action.getByRole("link", { name: /^Review change/ }).click();
    await page.getByRole("heading", { name: "Months", exact: true }).waitFor();
    await page.waitForURL(new RegExp(`at=${encodeURIComponent(`${late[0].connection}/${late[0].month}`)}`));
  }));
