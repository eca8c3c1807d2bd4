import { type Context, type Handler, Hono } from "hono";
import { etag } from "hono/etag";
import { type StoredResult, toStoredResults } from "./payload/stored_result.ts";
import { type Payload, validatePayload, validationError } from "./payload/validate_payload.ts";
import { authenticate } from "./principal/authenticate.ts";
import type { JobTokenRules } from "./principal/job_token.ts";
import { type Principal, principalName } from "./principal/principal.ts";
import { IssueList } from "./problem/issue_list.ts";
import { ProblemError } from "./problem/problem.ts";
import { problemResponse } from "./problem/problem_response.ts";
import type { RateLimit } from "./rate_limit.ts";
import { readIdempotencyKey } from "./request/idempotency_key.ts";
import { parseJsonDocument } from "./request/json_document.ts";
import { checkBodyHeaders, MAX_UNAUTHORIZED_BYTES, readBody } from "./request/read_body.ts";
import type { RequestLogEntry } from "./request_log.ts";
import { allowedMethods, honoPath, type RouteName, routes } from "./routes.ts";
import { describeCause } from "./store/database_problem.ts";
import type { Store } from "./store/store.ts";
import type { Deliveries } from "./webhooks/deliveries.ts";

/** What the app is made of; tests pass real keys and a real store. */
export interface AppDependencies {
  tokenRules: JobTokenRules;
  store: Store;
  rateLimit: RateLimit;
  log: (entry: RequestLogEntry) => void;
  deliveries: Pick<Deliveries, "deliver">;
  /** The function's own public URL, for Location and the OpenAPI document. */
  publicUrl: string;
}

type Env = { Variables: { requestId: string; entry: Partial<RequestLogEntry> } };

/**
 * The ingest function as a hono app.
 *
 * @example
 * ```ts
 * const app = createApp({ tokenRules, store, rateLimit, log, deliveries, publicUrl });
 * const response = await app.request("/ingest-benchmark/healthz");
 * ```
 */
export function createApp(deps: AppDependencies): Hono<Env> {
  const app = new Hono<Env>({ strict: false }).basePath("/ingest-benchmark");

  app.use(async (c, next) => {
    const startedAt = performance.now();
    c.set("requestId", crypto.randomUUID());
    c.set("entry", {});
    await next();
    c.header("X-Request-Id", c.var.requestId);
    deps.log({
      request_id: c.var.requestId,
      method: c.req.method,
      path: new URL(c.req.url).pathname,
      status: c.res.status,
      milliseconds: Math.round((performance.now() - startedAt) * 10) / 10,
      ...c.var.entry,
    });
  });

  const answerProblem = (error: unknown, c: Context<Env>) => {
    const response = problemResponse(error, c.var.requestId);
    c.var.entry.problem = error instanceof ProblemError ? error.code : "internal_error";
    if (response.status >= 500) {
      c.var.entry.cause = describeCause(error instanceof ProblemError ? error.cause : error);
    }
    return response;
  };
  app.onError(answerProblem);
  // Answered and not thrown: hono would leave the middleware above without its turn.
  app.notFound((c) =>
    answerProblem(
      new ProblemError(
        "not_found",
        `There is nothing at this path. Results are posted to ${deps.publicUrl}; its routes are in ${deps.publicUrl}/openapi.json.`,
      ),
      c,
    )
  );

  const authenticateRequest = async (c: Context<Env>) => {
    const { principal, unclassified } = await authenticate(c.req.raw.headers, deps.tokenRules);
    c.var.entry.principal = principalName(principal);
    if (unclassified.length > 0) c.var.entry.unclassified_claims = unclassified;
    deps.rateLimit(
      principal.method === "ingest-token"
        // With the hash: whoever only knows the id must not use up somebody else's limit.
        ? `${principal.tokenId}:${principal.secretHash}`
        : principalName(principal),
    );
    return principal;
  };

  /** Whoever is not trusted learns that first, and not what the token says of the body. */
  const withFacts = async (payload: Payload, principal: Principal): Promise<StoredResult[]> => {
    try {
      return await toStoredResults(payload.results, principal);
    } catch (error) {
      await deps.store.authorize(principal);
      throw error;
    }
  };

  const handlers: Record<RouteName, Handler<Env>[]> = {
    ingest: [async (c) => {
      const { headers } = c.req.raw;
      checkBodyHeaders(headers);
      const principal = await authenticateRequest(c);
      const idempotencyKey = readIdempotencyKey(headers);
      const isDryRun = readDryRun(c.req.queries("dry_run"));
      const body = await readBody(c.req.raw);
      // A token of the right form may still be nobody's; only the database knows.
      if (body.byteLength > MAX_UNAUTHORIZED_BYTES) await deps.store.authorize(principal);
      const payload = validatePayload(await parseJsonDocument(body));
      const results = await withFacts(payload, principal);
      /** One result is answered with one object, a batch with a batch. */
      const answer = <Answer>(answers: Answer[]) =>
        payload.isBatch ? { results: answers } : answers[0]!;

      if (isDryRun) return c.json(answer(await deps.store.preview(principal, results)));
      const receipts = await deps.store.ingest(principal, results, idempotencyKey);
      const replayed = receipts.every((receipt) => receipt.replayed);
      c.var.entry.versions = receipts.map((receipt) => receipt.snapshot_version);
      c.var.entry.replayed = replayed;
      if (replayed) c.header("Idempotency-Replayed", "true");
      if (!payload.isBatch) {
        const { configuration, snapshot_version } = receipts[0]!;
        c.header("Location", `${deps.publicUrl}/receipts/${configuration.id}/${snapshot_version}`);
      }
      return c.json(answer(receipts), replayed ? 200 : 201);
    }],

    receipt: [async (c) => {
      const principal = await authenticateRequest(c);
      const { configuration, version } = c.req.param() as Record<string, string>;
      return c.json(await deps.store.receipt(principal, configuration!, Number(version)));
    }],

    checkpoint: [async (c) => {
      const principal = await authenticateRequest(c);
      const { checkpointQuerySchema } = await import("./checkpoint/checkpoint_query.ts");
      const query = checkpointQuerySchema.safeParse(c.req.query());
      if (!query.success) throw queryError(query.error.issues);
      return c.body(await deps.store.checkpoint(principal, query.data), 200, {
        "Content-Type": "text/plain; charset=utf-8",
        "Cache-Control": "no-store",
      });
    }],

    deliverWebhooks: [async (c) => {
      await deps.store.authorize(await authenticateRequest(c));
      return c.json(await deps.deliveries.deliver());
    }],

    badge: [etag(), async (c) => {
      deps.rateLimit("badge"); // of everybody together: there is no principal
      // Imported when asked for: they are not on the way of a result.
      const [{ badgeQuerySchema }, { renderBadge }] = await Promise.all([
        import("./badge/badge_query.ts"),
        import("./badge/render_badge.ts"),
      ]);
      const query = badgeQuerySchema.safeParse(c.req.query());
      if (!query.success) throw queryError(query.error.issues);
      const value = await deps.store.badgeValue(query.data);
      return c.body(
        renderBadge(query.data.metric, value, query.data.label),
        value === null ? 404 : 200,
        { "Content-Type": "image/svg+xml", "Cache-Control": "public, max-age=300" },
      );
    }],

    health: [async (c) => {
      await deps.store.checkHealth();
      return c.json({ status: "ok" });
    }],

    openApi: [async (c) => {
      const { createOpenApiDocument } = await import("./openapi.ts");
      return c.json(createOpenApiDocument(deps.publicUrl));
    }],

    resultSchema: [async (c) => {
      const { createResultJsonSchema } = await import("./openapi.ts");
      return c.json(createResultJsonSchema(deps.publicUrl), 200, {
        "Content-Type": "application/schema+json",
      });
    }],
  };

  for (const name of Object.keys(routes) as RouteName[]) {
    const path = honoPath(routes[name]);
    app.on(routes[name].method, [path], ...handlers[name]);
    app.all(path, () => {
      const allow = allowedMethods(routes[name]);
      throw new ProblemError("method_not_allowed", `This path takes ${allow} only.`, {
        headers: { Allow: allow },
      });
    });
  }

  return app;
}

/** Anything but one true or false is refused: a typo must not store what should only be compared. */
function readDryRun([value = "false", ...more]: string[] = []): boolean {
  if (more.length === 0 && value === "false") return false;
  if (more.length === 0 && value === "true") return true;
  throw queryError([{ path: ["dry_run"], message: "must be true or false, once" }]);
}

/** A URL has no JSON pointers: the message names the parameter. */
function queryError(found: { path: PropertyKey[]; message: string }[]): ProblemError {
  const issues = new IssueList();
  for (const { path, message } of found) {
    issues.add(
      [],
      path.length > 0 ? `${path.join(".")} in the URL: ${message}` : `The URL: ${message}`,
    );
  }
  return validationError(issues, "");
}
