// The one stream of events that all tabs of a browser share: browsers open few connections to one service at a time.

/** What tabs say: that they listen, in which session, and that they go. */
export type Told = { kind: "open"; session: string } | { kind: "close" };

/** What tabs hear. */
export type Heard = { kind: "live" } | { kind: "lost" } | { kind: "job"; job: unknown };

const ports = new Set<MessagePort>();
let source: EventSource | undefined;
let heardIn = ""; // the session that the stream belongs to

const tell = (heard: Heard): void => {
  for (const port of ports) port.postMessage(heard);
};

const stop = (): void => {
  source?.close();
  source = undefined;
};

const listen = (): void => {
  stop();
  const stream = new EventSource("/api/v1/events");
  source = stream;
  stream.addEventListener("open", () => tell({ kind: "live" }));
  stream.addEventListener("job", (event) => tell({ kind: "job", job: JSON.parse(event.data as string) }));
  // The browser tries again by itself, unless the service has refused.
  stream.addEventListener("error", () => tell({ kind: "lost" }));
};

const take = (port: MessagePort, told: Told): void => {
  if (told.kind === "close") {
    ports.delete(port);
    if (ports.size === 0) stop();
    return;
  }
  ports.add(port);
  const isOfOther = told.session !== heardIn;
  heardIn = told.session;
  if (isOfOther || source === undefined || source.readyState === EventSource.CLOSED) listen();
  else if (source.readyState === EventSource.OPEN) port.postMessage({ kind: "live" } satisfies Heard);
};

(globalThis as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = (event) => {
  const port = event.ports[0];
  if (port === undefined) return;
  port.addEventListener("message", (message: MessageEvent<Told>) => take(port, message.data));
  port.start();
};
