import { type Context, Hono } from "hono";
import { etag } from "hono/etag";
import { toStoredResults } from "./payload/stored_result.ts";
import {
  type ValidatedResult,
  validatePayload,
  validationError,
} from "./payload/validate_payload.ts";
import { authenticate } from "./principal/authenticate.ts";
import type { GitHubTokenRules } from "./principal/github_token.ts";
import { type Principal, principalName } from "./principal/principal.ts";
import { ProblemError } from "./problem/problem.ts";
import { problemResponse } from "./problem/problem_response.ts";
import type { RateLimit } from "./rate_limit.ts";
import { readIdempotencyKey } from "./request/idempotency_key.ts";
import { parseJsonDocument } from "./request/json_document.ts";
import { checkBodyHeaders, readBody } from "./request/read_body.ts";
import type { RequestLogEntry } from "./request_log.ts";
import type { Store } from "./store/store.ts";

/** What the app is made of; tests pass real keys and a real store. */
export interface AppDependencies {
  tokenRules: GitHubTokenRules;
  store: Store;
  rateLimit: RateLimit;
  log: (entry: RequestLogEntry) => void;
  /** The function's own public URL, for Location and the OpenAPI document. */
  publicUrl: string;
}

type Env = { Variables: { requestId: string; entry: Partial<RequestLogEntry> } };

/**
 * The ingest function as a hono app.
 *
 * @example
 * ```ts
 * const app = createApp({ tokenRules, store, rateLimit, log, publicUrl });
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
      const cause = error instanceof ProblemError ? error.cause : error;
      c.var.entry.cause = cause instanceof Error ? cause.message : JSON.stringify(cause);
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
  const withFacts = async (validated: ValidatedResult[], principal: Principal) => {
    try {
      return await toStoredResults(validated, principal.facts);
    } catch (error) {
      await deps.store.authorize(principal);
      throw error;
    }
  };

  app.post("/", async (c) => {
    const headers = c.req.raw.headers;
    checkBodyHeaders(headers);
    const principal = await authenticateRequest(c);
    const idempotencyKey = readIdempotencyKey(headers);
    const document = await parseJsonDocument(await readBody(c.req.raw));
    const validated = validatePayload(document);
    const results = await withFacts(validated, principal);
    const isBatch = validated[0]!.pointer !== "";
    if (isDryRun(c.req.query("dry_run"))) {
      const previews = await deps.store.preview(principal, results).catch(pointInto(validated));
      return c.json(isBatch ? { results: previews } : previews[0]!);
    }
    const receipts = await deps.store.ingest(principal, results, idempotencyKey)
      .catch(pointInto(validated));

    const replayed = receipts.every((receipt) => receipt.replayed);
    c.var.entry.versions = receipts.map((receipt) => receipt.snapshot_version);
    c.var.entry.replayed = replayed;
    if (replayed) c.header("Idempotency-Replayed", "true");
    const status = replayed ? 200 : 201;
    if (isBatch) return c.json({ results: receipts }, status);
    const [receipt] = receipts;
    const { configuration, snapshot_version } = receipt!;
    c.header("Location", `${deps.publicUrl}/receipts/${configuration.id}/${snapshot_version}`);
    return c.json(receipt, status);
  });

  app.get("/receipts/:configuration{[0-9a-f-]{36}}/:version{[1-9][0-9]{0,8}}", async (c) => {
    const principal = await authenticateRequest(c);
    const { configuration, version } = c.req.param();
    return c.json(await deps.store.receipt(principal, configuration, Number(version)));
  });

  app.get("/badge.svg", etag(), async (c) => {
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
  });

  app.get("/healthz", async (c) => {
    await deps.store.checkHealth();
    return c.json({ status: "ok" });
  });

  app.get("/openapi.json", async (c) => {
    const { createOpenApiDocument } = await import("./openapi.ts");
    return c.json(createOpenApiDocument(deps.publicUrl));
  });

  app.get("/result.schema.json", async (c) => {
    const { createResultJsonSchema } = await import("./openapi.ts");
    return c.json(createResultJsonSchema(deps.publicUrl), 200, {
      "Content-Type": "application/schema+json",
    });
  });

  for (const path of ["/", "/badge.svg", "/healthz", "/openapi.json", "/result.schema.json"]) {
    const allow = path === "/" ? "POST" : "GET, HEAD";
    app.all(path, () => {
      throw new ProblemError("method_not_allowed", `This path takes ${allow} only.`, {
        headers: { Allow: allow },
      });
    });
  }

  return app;
}

/** The store counts results; where each of them stands in the body, the validation knows. */
function pointInto(validated: ValidatedResult[]): (error: unknown) => never {
  return (error) => {
    if (error instanceof ProblemError) {
      for (const issue of error.errors ?? []) {
        issue.pointer = issue.pointer.replace(
          /^\/results\/(\d+)/,
          (pointer, index) => validated[index]?.pointer ?? pointer,
        );
      }
    }
    throw error;
  };
}

/** Anything but true and false is refused: a typo must not store what should only be compared. */
function isDryRun(value: string | undefined): boolean {
  if (value === undefined || value === "false") return false;
  if (value === "true") return true;
  throw validationError([{ pointer: "", message: "dry_run in the URL must be true or false" }]);
}

/** A URL has no JSON pointers: the message names the parameter. */
function queryError(issues: { path: PropertyKey[]; message: string }[]): ProblemError {
  return validationError(issues.map(({ path, message }) => ({
    pointer: "",
    message: path.length > 0 ? `${path.join(".")} in the URL: ${message}` : `The URL: ${message}`,
  })));
}
