import { afterEach, beforeAll, describe, expect, it } from "vitest";

import { keepFocusInDialogs } from "./escape";

describe("a dialog whose button has lost the focus", () => {
  beforeAll(keepFocusInDialogs);
  afterEach(() => document.body.replaceChildren());

  it("gets the focus back, and hears Esc once", () => {
    document.body.innerHTML = '<div role="dialog" tabindex="-1"><button type="button">Apply</button></div>';
    const dialog = document.querySelector<HTMLElement>("[role=dialog]");
    const heard: string[] = [];
    dialog?.addEventListener("keydown", (event) => heard.push(event.key));
    document.body.addEventListener("keydown", () => heard.push("body"));
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect(document.activeElement).toBe(dialog);
    expect(heard).toEqual(["Escape", "body"]);
  });

  it("leaves keys alone where the focus is", () => {
    document.body.innerHTML = '<input /><div role="dialog" tabindex="-1"></div>';
    const field = document.querySelector("input");
    field?.focus();
    field?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect(document.activeElement).toBe(field);
  });
});
