import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Webhook } from "standardwebhooks";

/** What a receiver does with a request: a status, perhaps with headers, or nothing at all. */
export type ReceiverAnswer =
  | number
  | { status: number; headers: Record<string, string> }
  | "silence"
  | "reset";

/** A request that a receiver got. */
export interface Received {
  id: string;
  type: string;
  // deno-lint-ignore no-explicit-any
  data: any;
  headers: Record<string, string>;
  answer: ReceiverAnswer;
}

/** Somebody who is told, on loopback: checks signatures by the library that receivers use. */
export interface WebhookReceiver {
  url: string;
  secret: string;
  /** Used up from the front, one a request; then it is `always`. */
  answers: ReceiverAnswer[];
  always: ReceiverAnswer;
  requests: Received[];
  /** Why requests were no good: signatures, sizes. */
  faults: string[];
  /** Those that were taken, in order. */
  accepted(): Received[];
  /** Resolves when a condition holds. */
  waitFor(condition: () => boolean, what: string): Promise<void>;
  /** Nobody listens any more, until it is up again at the same port. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

const WAIT_MS = 30_000;

/** Starts a receiver. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  let server: Server;
  let port = 0;
  const up = async () => {
    server = createServer((request, response) => void receive(request, response));
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    port = (server.address() as { port: number }).port;
  };
  const down = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const { type, data } = JSON.parse(body);
    try {
      new Webhook(receiver.secret).verify(body, headers);
    } catch (error) {
      receiver.faults.push(`${type}: ${(error as Error).message}`);
    }
    if (body.length > 20_000) receiver.faults.push(`${type}: ${body.length} characters`);
    const answer = receiver.answers.shift() ?? receiver.always;
    receiver.requests.push({ id: headers["webhook-id"]!, type, data, headers, answer });
    if (answer === "silence") return;
    if (answer === "reset") return void request.socket.destroy();
    const { status, headers: more } = typeof answer === "number"
      ? { status: answer, headers: {} }
      : answer;
    response.writeHead(status, more).end(status >= 400 ? "no, thank you" : undefined);
  };
  await up();
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${port}/hook`,
    secret: `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`,
    answers: [],
    always: 204,
    requests: [],
    faults: [],
    accepted: () =>
      receiver.requests.filter(({ answer }) =>
        typeof answer === "number" && answer >= 200 && answer < 300
      ),
    async waitFor(condition, what) {
      for (const until = performance.now() + WAIT_MS; !condition();) {
        if (performance.now() > until) {
          throw new Error(
            `${what} did not come. What came: ${
              JSON.stringify(receiver.requests.map(({ type, id, answer }) => [type, id, answer]))
            }`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    up,
    down,
    close: down,
  };
  return receiver;
}
