import * as z from "zod";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import { badgeQuerySchema } from "./badge/badge_query.ts";
import { checkpointQuerySchema } from "./checkpoint/checkpoint_query.ts";
import { payloadSchema, resultSchema } from "./payload/result_schema.ts";
import { type ProblemCode, problems } from "./problem/problem.ts";
import { problemSchema } from "./problem/problem_schema.ts";
import {
  batchPreviewSchema,
  batchReceiptSchema,
  previewSchema,
  receiptSchema,
} from "./receipt/receipt_schema.ts";
import { type Route, type RouteName, routes } from "./routes.ts";
import { VERSION } from "./version.ts";

/** What {@link routes} does not say of an operation. */
type Operation = Pick<
  ZodOpenApiOperationObject,
  "operationId" | "summary" | "requestParams" | "requestBody" | "responses"
>;

const json = (schema: z.ZodType) => ({ "application/json": { schema } });
const svg = { "image/svg+xml": { schema: z.string() } };

const operations: Record<RouteName, Operation> = {
  ingest: {
    operationId: "ingestBenchmark",
    summary: "Store one result or a batch",
    requestParams: {
      query: z.object({
        dry_run: z.enum(["true", "false"]).optional().meta({
          description: "true: answer what storing would, and store nothing",
        }),
      }),
      header: z.object({
        "Idempotency-Key": z.string().min(1).max(255).regex(/^[^,]*$/).optional(),
      }),
    },
    requestBody: { required: true, content: json(payloadSchema) },
    responses: {
      "200": {
        description: "The run was stored before, the first receipt; or a dry run",
        headers: z.object({ "Idempotency-Replayed": z.literal("true").optional() }),
        content: json(
          z.union([receiptSchema, batchReceiptSchema, previewSchema, batchPreviewSchema]),
        ),
      },
      "201": {
        description: "Stored",
        headers: z.object({
          Location: z.string().optional().meta({ description: "The receipt, of one result" }),
        }),
        content: json(z.union([receiptSchema, batchReceiptSchema])),
      },
    },
  },
  receipt: {
    operationId: "getReceipt",
    summary: "The receipt of an entry that the same credential stored",
    requestParams: { path: z.object({ configuration: z.guid(), version: z.int().min(1) }) },
    responses: { "200": { description: "The receipt", content: json(receiptSchema) } },
  },
  checkpoint: {
    operationId: "getCheckpoint",
    summary:
      "The newest entry of every configuration at a time, for a witness: benchmark-checkpoint/v1",
    requestParams: { query: checkpointQuerySchema },
    responses: {
      "200": {
        description:
          "A page: header lines (format, time, after, next, count, sha256 of the lines), an empty line, and lines of configuration, version and entry_hash",
        content: { "text/plain; charset=utf-8": { schema: z.string() } },
      },
    },
  },
  deliverWebhooks: {
    operationId: "deliverWebhooks",
    summary: "Send the events that are due to webhooks; for a scheduler, with any credential",
    responses: {
      "200": {
        description: "What came of them",
        content: json(z.strictObject({
          delivered: z.int(),
          failed: z.int().meta({ description: "To be tried again" }),
          given_up: z.int(),
          next_in_seconds: z.number().nullable().meta({
            description: "Until the next is due; null when there is none",
          }),
        })),
      },
    },
  },
  badge: {
    operationId: "getBadge",
    summary: "A number of a current snapshot as an SVG badge, where reading is public",
    requestParams: { query: badgeQuerySchema },
    responses: {
      "200": { description: "The badge, to be kept for five minutes", content: svg },
      "304": { description: "The badge of If-None-Match is still right" },
      "404": { description: "A badge that says: no data", content: svg },
    },
  },
  health: {
    operationId: "checkHealth",
    summary: "Whether the database answers",
    responses: {
      "200": {
        description: "It does",
        content: json(z.strictObject({ status: z.literal("ok") })),
      },
    },
  },
  openApi: {
    operationId: "getOpenApiDocument",
    summary: "This document",
    responses: { "200": { description: "OpenAPI 3.1", content: json(z.looseObject({})) } },
  },
  resultSchema: {
    operationId: "getResultSchema",
    summary: "JSON Schema of one result, for editors",
    responses: {
      "200": {
        description: "JSON Schema, draft 2020-12",
        content: { "application/schema+json": { schema: z.looseObject({}) } },
      },
    },
  },
};

/**
 * The OpenAPI 3.1 document of the function, made from the routes that it serves and from the
 * schemas that validate its requests and type its responses.
 *
 * @param publicUrl The function's own URL.
 */
export function createOpenApiDocument(publicUrl: string): Record<string, unknown> {
  const paths: ZodOpenApiPathsObject = {};
  for (const name of Object.keys(routes) as RouteName[]) {
    const route: Route = routes[name];
    const operation = operations[name];
    paths[route.path] = {
      [route.method.toLowerCase()]: {
        ...operation,
        ...(route.isPublic && { security: [] }),
        responses: { ...problemResponses(route.problems), ...operation.responses },
      },
    };
  }
  const document = createDocument({
    openapi: "3.1.0",
    info: {
      title: "ingest-benchmark",
      version: VERSION,
      description:
        "Stores benchmark results as versioned snapshots in a hash-chained ledger. HEAD is answered where GET is; another method gets 405 and another path 404, as a Problem.",
    },
    servers: [{ url: publicUrl }],
    security: [{ bearer: [] }],
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "A GitHub Actions OIDC token, or an ingest token (bmk_…).",
        },
      },
    },
    paths,
  });
  return document as unknown as Record<string, unknown>;
}

/**
 * JSON Schema (draft 2020-12) of one result, for editors: `"$schema"` of a result file.
 *
 * @param publicUrl The function's own URL.
 */
export function createResultJsonSchema(publicUrl: string): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(resultSchema, { io: "input" });
  return { $schema, $id: `${publicUrl}/result.schema.json`, ...schema };
}

/** One response a status, which lists the codes that share it. */
function problemResponses(codes: readonly ProblemCode[]): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(codes, (code) => String(problems[code].status));
  return Object.fromEntries(
    [...byStatus].map(([status, shared]) => [status, {
      description: shared.map((code) => `\`${code}\`: ${problems[code].title}`).join("; "),
      ...(shared.some((code) => problems[code].retryable) && {
        headers: z.object({
          "Retry-After": z.string().optional().meta({ description: "Seconds" }),
        }),
      }),
      content: { "application/problem+json": { schema: problemSchema } },
    }]),
  ) as ZodOpenApiResponsesObject;
}
