import { createServer, type ServerResponse } from "node:http";

/** A request that was sent to the stand-in. */
export interface SeenRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: Record<string, unknown>;
  body: string;
  /** The results of the body, as JavaScript has them. */
  // deno-lint-ignore no-explicit-any
  results: any[];
}

/** Answers a request instead of the stand-in. */
export type Answer = (response: ServerResponse, request: SeenRequest) => void | Promise<void>;

/** A server that speaks the function's protocol, and misbehaves when told to. */
export interface StandInServer {
  url: string;
  requests: SeenRequest[];
  /** Used up from the front, one a request; "right" is the answer of a function that works. */
  answers: (Answer | "right")[];
  close(): Promise<void>;
}

/** A receipt of a function that works. */
// deno-lint-ignore no-explicit-any
export function receiptOf(result: any, version = 1) {
  return {
    transaction_id: crypto.randomUUID(),
    snapshot_version: version,
    configuration: {
      id: crypto.randomUUID(),
      model_version: result.model_version,
      dataset_version: result.dataset_version,
      prompt_version: result.prompt_version,
      environment: result.environment ?? "github-actions",
      variant: result.variant ?? "",
    },
    series: null,
    published: result.candidate !== true,
    created_at: "2026-01-31T12:00:00.000000Z",
    entry_hash: "0123456789abcdef".repeat(4),
    provenance: { method: "github-oidc", attested: {}, claimed: [] },
    previous: null,
    nearest: null,
    judgements: [],
    regressions: [],
    replayed: false,
  };
}

/** An answer of JSON. */
export const json = (status: number, body: unknown): Answer => (response) => {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
};

/** The receipts of a request with something else in each of them. */
export const receiptsWith = (change: Record<string, unknown>): Answer => (response, request) => {
  const results = request.results.map((result) => ({ ...receiptOf(result), ...change }));
  return json(201, { results })(response, request);
};

const right: Answer = (response, request) => {
  if (!request.path.includes("dry_run=true")) return receiptsWith({})(response, request);
  const results = request.results.map((result) => {
    const { configuration, series, published, nearest, judgements, regressions } = receiptOf(
      result,
    );
    const facts = { configuration, series, published, current: null, nearest };
    return { ...facts, judgements, regressions, dry_run: true };
  });
  return json(200, { results })(response, request);
};

/** Starts a stand-in on loopback. */
export async function startStandInServer(): Promise<StandInServer> {
  const server = createServer(async (incoming, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = new TextDecoder("utf-8", { fatal: true }).decode(
      await new Blob(chunks as BlobPart[]).arrayBuffer(),
    );
    const request: SeenRequest = {
      method: incoming.method!,
      path: incoming.url!,
      headers: incoming.headers,
      body,
      results: body === "" ? [] : JSON.parse(body).results,
    };
    standIn.requests.push(request);
    const answer = standIn.answers.shift() ?? "right";
    await (answer === "right" ? right : answer)(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const standIn: StandInServer = {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}/ingest`,
    requests: [],
    answers: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return standIn;
}
