import type { ProblemCode } from "./problem/problem.ts";

/** One path of the function, and the one method that it takes. */
export interface Route {
  method: "GET" | "POST";
  /** As OpenAPI writes it, below the function's own URL. */
  path: string;
  /** What each `{parameter}` of the path must match; else there is nothing at the path. */
  parameters?: Record<string, string>;
  /** Whether it wants no credential. */
  isPublic?: boolean;
  /** Every way in which a request can fail. */
  problems: readonly ProblemCode[];
}

const DATABASE: ProblemCode[] = ["internal_error", "database_unavailable"];
const CREDENTIAL: ProblemCode[] = [
  "missing_credential",
  "invalid_credential",
  "token_expired",
  "token_revoked",
  "untrusted_repository",
  "claim_mismatch",
  "event_refused",
  "unknown_token",
  "too_many_requests",
  "key_set_unavailable",
];

/** All paths: what the app serves and what the OpenAPI document describes are made from this. */
export const routes = {
  ingest: {
    method: "POST",
    path: "/",
    problems: [
      "body_not_utf8",
      "body_not_json",
      "body_incomplete",
      "invalid_idempotency_key",
      ...CREDENTIAL,
      "environment_not_allowed",
      "run_conflict",
      "idempotency_key_conflict",
      "body_too_large",
      "unsupported_media_type",
      "validation_failed",
      ...DATABASE,
    ],
  },
  receipt: {
    method: "GET",
    path: "/receipts/{configuration}/{version}",
    parameters: { configuration: "[0-9a-f-]{36}", version: "[1-9][0-9]{0,8}" },
    problems: [...CREDENTIAL, "not_found", ...DATABASE],
  },
  checkpoint: {
    method: "GET",
    path: "/checkpoint",
    problems: [...CREDENTIAL, "validation_failed", ...DATABASE],
  },
  deliverWebhooks: {
    method: "POST",
    path: "/webhooks/deliver",
    problems: [...CREDENTIAL, ...DATABASE],
  },
  badge: {
    method: "GET",
    path: "/badge.svg",
    isPublic: true,
    problems: ["validation_failed", "too_many_requests", ...DATABASE],
  },
  health: { method: "GET", path: "/healthz", isPublic: true, problems: DATABASE },
  openApi: { method: "GET", path: "/openapi.json", isPublic: true, problems: ["internal_error"] },
  resultSchema: {
    method: "GET",
    path: "/result.schema.json",
    isPublic: true,
    problems: ["internal_error"],
  },
} as const satisfies Record<string, Route>;

/** A key of {@link routes}. */
export type RouteName = keyof typeof routes;

/** The path as hono writes it. */
export function honoPath(route: Route): string {
  return route.path.replace(
    /\{(\w+)\}/g,
    (_braces, name) => `:${name}{${route.parameters?.[name]}}`,
  );
}

/** The value of Allow: hono answers HEAD wherever it answers GET. */
export function allowedMethods(route: Route): string {
  return route.method === "GET" ? "GET, HEAD" : route.method;
}
