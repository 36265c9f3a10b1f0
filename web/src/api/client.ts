// The client of the API: one place for the forgery token, for acting as a customer, and for what went wrong.
import createClient, { type Middleware } from "openapi-fetch";

import type { components, paths } from "./generated/schema";

export type Schemas = components["schemas"];
export type Me = Schemas["Me"];
export type Problem = Schemas["Problem"];

/** An answer of the API that says what went wrong. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }
}

/** No answer came: the service or the network is gone. */
export class ConnectionLost extends Error {}

let forgeryToken = "";
let actsAs = "";
let whenSignedOut = (): void => undefined;

export const setSession = (session: { forgeryToken: string; actsAs: string }): void => {
  forgeryToken = session.forgeryToken;
  actsAs = session.actsAs;
};

/** Called when an answer says that nobody is signed in any more. */
export const onSignedOut = (listener: () => void): void => {
  whenSignedOut = listener;
};

const session: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET" && forgeryToken !== "") request.headers.set("X-Forgery-Token", forgeryToken);
    if (actsAs !== "") request.headers.set("X-Act-As-Customer", actsAs);
    return request;
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") return error;
    return new ConnectionLost("no answer");
  },
};

// `fetch` is looked up at each call, so that tests can stand in for the service.
export const api = createClient<paths>({ baseUrl: location.origin, fetch: (request) => globalThis.fetch(request) });
api.use(session);

type Answer<Data> = { data?: Data; error?: unknown; response: Response };

const problemOf = (answer: Answer<unknown>): Problem => {
  const told = answer.error as Partial<Problem> | undefined;
  if (told !== undefined && typeof told === "object" && typeof told.id === "string") return told as Problem;
  const status = answer.response.status;
  return { type: "", title: answer.response.statusText || `HTTP ${status}`, status, id: "", request_id: "" };
};

/** The data of an answer. Errors: ApiError, ConnectionLost. */
export const dataOf = async <Data>(asked: Promise<Answer<Data>>): Promise<Data> => {
  const answer = await asked;
  if (answer.response.ok) return answer.data as Data;
  const problem = problemOf(answer);
  if (problem.status === 401 && problem.id === "sign-in-needed") whenSignedOut();
  throw new ApiError(problem);
};
