import { Hono } from "hono";
import { cors } from "hono/cors";
import type pg from "pg";
import type { RestAnswer } from "./rest/answer.ts";
import { readTable } from "./rest/read_table.ts";
import type { Caller } from "./rest/transaction.ts";
import { callRpc } from "./rpc.ts";
import { verifySession } from "./session_token.ts";

/** What the gateway stands in front of. */
export interface GatewayOptions {
  pool: pg.Pool;
  publishableKey: string;
  secretKey: string;
  /** Signs the tokens of users, which stand for them beside the publishable key. */
  jwtSecret?: string;
  /** The edge function: it sees the path without `/functions/v1`, as on the hosted platform. */
  ingest: (request: Request) => Response | Promise<Response>;
  /** The dashboard; null for what is none of its files. */
  dashboard?: (request: Request) => Promise<Response | null>;
}

const FUNCTIONS = "/functions/v1";
const RPC = /^\/rest\/v1\/rpc\/([A-Za-z_][A-Za-z0-9_]*)$/;
const TABLE = /^\/rest\/v1\/([^/]+)$/;

/**
 * Stands where the API gateway of Supabase stands. For development only: it knows two keys, tokens
 * of users, one edge function, RPC and reading tables, and nothing more.
 *
 * @returns A handler for `Deno.serve`.
 */
export function createGateway(options: GatewayOptions): (request: Request) => Promise<Response> {
  const app = new Hono();
  // Pages of any origin may ask, as on the hosted platform: what they need is a key.
  app.use("/rest/v1/*", cors({ origin: "*", exposeHeaders: ["Content-Range", "Location"] }));
  app.all("*", (context) => respond(context.req.raw, options));
  return async (request) => await app.fetch(request);
}

async function respond(request: Request, options: GatewayOptions): Promise<Response> {
  const url = new URL(request.url);
  if (/^\/functions\/v1\/ingest-benchmark(\/|$)/.test(url.pathname)) {
    url.pathname = url.pathname.slice(FUNCTIONS.length);
    // Not new Request(url, request): that would tie the new one to the signal of the old.
    const { method, headers, body } = request;
    return await options.ingest(new Request(url, { method, headers, body }));
  }
  const table = tableName(url.pathname);
  if (table !== undefined) {
    const caller = await callerOf(request.headers, options);
    if ("message" in caller) return json(401, caller);
    const { method, headers } = request;
    const read = { method, name: table, params: url.searchParams, headers };
    const answer = await readTable(options.pool, caller, read);
    return toResponse(method === "HEAD" ? { ...answer, body: null } : answer);
  }
  const rpc = RPC.exec(url.pathname)?.[1];
  if (rpc === undefined) {
    return await options.dashboard?.(request) ?? json(404, {
      message:
        "The local gateway serves the dashboard at /, /functions/v1/ingest-benchmark, /rest/v1/rpc/<function>, and /rest/v1/<table or view> for reading. It is for development only.",
    });
  }
  if (request.method !== "POST") {
    return json(405, { message: "Call functions with POST." }, { Allow: "POST" });
  }
  const caller = await callerOf(request.headers, options);
  if ("message" in caller) return json(401, caller);
  const body = await request.text() || "{}";
  if (!isObject(body)) {
    return json(400, {
      code: "PGRST102",
      details: null,
      hint: null,
      message: "Empty or invalid json",
    });
  }
  return toResponse(await callRpc(options.pool, caller, rpc, body));
}

/** Undefined where the path is no table's, or not encoded as a URL is. */
function tableName(path: string): string | undefined {
  const name = TABLE.exec(path)?.[1];
  try {
    return name === undefined ? undefined : decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

function toResponse({ status, body, headers = {} }: RestAnswer): Response {
  return new Response(body, {
    status,
    headers: {
      ...(body !== null && {
        "Content-Type": "application/json; charset=utf-8",
        "Cache-Control": "no-store",
      }),
      ...headers,
    },
  });
}

interface Refusal {
  code?: string;
  message: string;
  hint: string;
}

async function callerOf(headers: Headers, keys: GatewayOptions): Promise<Caller | Refusal> {
  const bearer = headers.get("authorization")?.replace(/^Bearer /i, "");
  const key = headers.get("apikey") ?? bearer;
  if (!key) {
    return { message: "No API key found in request", hint: "Send the header apikey." };
  }
  if (key === keys.secretKey) return { role: "service_role", claims: { role: "service_role" } };
  if (key !== keys.publishableKey) {
    return { message: "Invalid API key", hint: "The keys of this stack are in local.env." };
  }
  if (bearer === undefined || bearer === key || keys.jwtSecret === undefined) {
    return { role: "anon", claims: { role: "anon" } };
  }
  const claims = await verifySession(keys.jwtSecret, bearer);
  return "problem" in claims
    ? {
      code: "PGRST301",
      message: String(claims.problem),
      hint: "Sign it with SUPABASE_JWT_SECRET of local.env: HS256, exp, sub, role authenticated.",
    }
    : { role: "authenticated", claims };
}

function isObject(text: string): boolean {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function json(status: number, body: unknown, headers: HeadersInit = {}): Response {
  return Response.json(body, { status, headers });
}
