import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { queryClient } from "./api/queries";
import { App } from "./App";
import { prepareSession } from "./shell/session";

configure({ asyncUtilTimeout: 15_000 }); // as long as a busy machine may need

type Answers = Record<string, (body: unknown) => Response>;

const json = (document: unknown, status = 200): Response =>
  new Response(JSON.stringify(document), {
    status,
    headers: { "Content-Type": status < 400 ? "application/json" : "application/problem+json" },
  });

const problem = (status: number, id: string, more = {}): Response =>
  json({ type: "", title: `title of ${id}`, status, id, request_id: "0123456789abcdef", ...more }, status);

const ANNA = { actor: "user:anna", name: "Anna Berg", role: "analyst", rights: ["signed-in", "read-own-costs"] };

let sent: Request[] = [];

// Stands in for the service: what it is not told, it does not know.
const serve = (answers: Answers): void => {
  sent = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push(request.clone());
    const asked = `${request.method} ${new URL(request.url).pathname}`;
    const answer = answers[asked];
    if (answer === undefined) return problem(404, "no-such-resource");
    return answer(request.method === "GET" ? undefined : await request.clone().json());
  });
};

const show = (): void => {
  render(
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>,
  );
};

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }));
  window.scrollTo = vi.fn();
  queryClient.clear();
  prepareSession();
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  history.replaceState(null, "", "/");
});

describe("signing in", () => {
  const nobody = {
    "GET /api/v1/me": () => problem(401, "sign-in-needed"),
    "GET /api/v1/brand": () => json({ has_logo: false }),
  };

  it("offers what there is: a password, the provider, or the command that prints a link", async () => {
    serve({
      ...nobody,
      "GET /api/v1/session/methods": () =>
        json({ passwords: true, provider: { label: "Sign in with Entra ID", url: "/sign-in/provider" } }),
    });
    show();
    const provider = await screen.findByRole("link", { name: "Sign in with Entra ID" });
    expect(provider.getAttribute("href")).toBe("/sign-in/provider?return_to=%2F");
    expect(screen.getByLabelText("Password")).toBeTruthy();
    cleanup();
    queryClient.clear();
    serve({ ...nobody, "GET /api/v1/session/methods": () => json({ passwords: false }) });
    show();
    expect(await screen.findByText("apportion serve --open")).toBeTruthy();
  });

  it("says why it was refused, and signs in with what was typed", async () => {
    let refuses = true;
    serve({
      ...nobody,
      "GET /api/v1/session/methods": () => json({ passwords: true }),
      "GET /api/v1/months": () => json({ months: [] }),
      "GET /api/v1/columns": () => json({ columns: [] }),
      "POST /api/v1/session": () =>
        refuses
          ? problem(403, "sign-in-refused", { detail: "name or password is wrong", next: "try again" })
          : json({ ...ANNA, forgery_token: "token" }),
    });
    show();
    fireEvent.change(await screen.findByLabelText("User"), { target: { value: "anna" } });
    fireEvent.change(screen.getByLabelText("Password"), { target: { value: "secret" } });
    fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("name or password is wrong");
    expect(alert.textContent).toContain("0123456789abcdef");
    refuses = false;
    fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
    expect(await screen.findByText("There is no month yet")).toBeTruthy();
    const posted = sent.filter((request) => request.method === "POST").at(-1);
    expect(await posted?.json()).toEqual({ user: "anna", password: "secret" });
  });

  it("lets an invited person choose a password", async () => {
    history.replaceState(null, "", "/#/invitation/apl_abc-1");
    serve({
      ...nobody,
      "GET /api/v1/session/methods": () => json({ passwords: true }),
      "POST /api/v1/invitations": () => problem(409, "invitation-invalid"),
    });
    show();
    fireEvent.change(await screen.findByLabelText(/New password/), { target: { value: "four unlikely otters" } });
    fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
    expect((await screen.findByRole("alert")).textContent).toContain("title of invitation-invalid");
    const posted = sent.find((request) => request.method === "POST");
    expect(await posted?.json()).toEqual({ secret: "apl_abc-1", password: "four unlikely otters" });
  });
});

describe("the frame", () => {
  it("shows the screens that the person may see, and no others", async () => {
    serve({
      "GET /api/v1/me": () => json(ANNA),
      "GET /api/v1/brand": () => json({ has_logo: false, name: "Nordwind" }),
      "GET /api/v1/months": () => json({ months: [] }),
      "GET /api/v1/columns": () => json({ columns: [] }),
    });
    show();
    expect(await screen.findByRole("link", { name: "Costs" })).toBeTruthy();
    for (const name of ["Months", "Customers", "Proof"]) expect(screen.queryByRole("link", { name })).toBeNull();
    expect(sent.map((request) => new URL(request.url).pathname)).not.toContain("/api/v1/customers");
  });

  it("says that the service does not answer, and asks again when told to", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed")));
    show();
    expect((await screen.findByRole("alert")).textContent).toContain("The service does not answer");
    serve({
      "GET /api/v1/me": () => json(ANNA),
      "GET /api/v1/months": () => json({ months: [] }),
      "GET /api/v1/columns": () => json({ columns: [] }),
    });
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("link", { name: "Costs" })).toBeTruthy();
  });
});
