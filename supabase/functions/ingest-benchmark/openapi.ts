import * as z from "zod";
import { createDocument, type ZodOpenApiResponsesObject } from "zod-openapi";
import { badgeQuerySchema } from "./badge/badge_query.ts";
import { payloadSchema, resultSchema } from "./payload/result_schema.ts";
import { type ProblemCode, problems } from "./problem/problem.ts";
import { problemSchema } from "./problem/problem_schema.ts";
import {
  batchPreviewSchema,
  batchReceiptSchema,
  previewSchema,
  receiptSchema,
} from "./receipt/receipt_schema.ts";

const API_VERSION = "1.1.0";

/**
 * The OpenAPI 3.1 document of the function, made from the schemas that validate its requests
 * and type its responses.
 *
 * @param publicUrl The function's own URL.
 */
export function createOpenApiDocument(publicUrl: string): Record<string, unknown> {
  const receipts = {
    "application/json": { schema: z.union([receiptSchema, batchReceiptSchema]) },
  };
  const document = createDocument({
    openapi: "3.1.0",
    info: {
      title: "ingest-benchmark",
      version: API_VERSION,
      description: "Stores benchmark results as versioned snapshots in a hash-chained ledger.",
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
    paths: {
      "/": {
        post: {
          operationId: "ingestBenchmark",
          summary: "Store one result or a batch",
          requestParams: {
            query: z.object({
              dry_run: z.enum(["true", "false"]).optional().meta({
                description: "true: compare with the current snapshot and store nothing",
              }),
            }),
            header: z.object({
              "Idempotency-Key": z.string().min(1).max(255).optional(),
            }),
          },
          requestBody: {
            required: true,
            content: { "application/json": { schema: payloadSchema } },
          },
          responses: {
            "200": {
              description: "The run was stored before, the first receipt; or a dry run",
              headers: z.object({ "Idempotency-Replayed": z.literal("true").optional() }),
              content: {
                "application/json": {
                  schema: z.union([
                    receiptSchema,
                    batchReceiptSchema,
                    previewSchema,
                    batchPreviewSchema,
                  ]),
                },
              },
            },
            "201": {
              description: "Stored",
              headers: z.object({
                Location: z.string().optional().meta({ description: "The receipt, of one result" }),
              }),
              content: receipts,
            },
            ...problemResponses(Object.keys(problems) as ProblemCode[]),
          },
        },
      },
      "/receipts/{configuration}/{version}": {
        get: {
          operationId: "getReceipt",
          summary: "The receipt of an entry that the same credential stored",
          requestParams: {
            path: z.object({ configuration: z.guid(), version: z.int().min(1) }),
          },
          responses: {
            "200": {
              description: "The receipt",
              content: { "application/json": { schema: receiptSchema } },
            },
            ...problemResponses(["missing_credential", "unknown_token", "not_found"]),
          },
        },
      },
      "/badge.svg": {
        get: {
          operationId: "getBadge",
          summary: "A number of a current snapshot as an SVG badge, where reading is public",
          security: [],
          requestParams: { query: badgeQuerySchema },
          responses: {
            "200": {
              description: "The badge, to be kept for five minutes",
              content: { "image/svg+xml": { schema: z.string() } },
            },
            "304": { description: "The badge of If-None-Match is still right" },
            "404": {
              description: "A badge that says: no data",
              content: { "image/svg+xml": { schema: z.string() } },
            },
            ...problemResponses(["validation_failed", "database_unavailable"]),
          },
        },
      },
      "/healthz": {
        get: {
          operationId: "checkHealth",
          summary: "Whether the database answers",
          security: [],
          responses: {
            "200": {
              description: "It does",
              content: {
                "application/json": { schema: z.strictObject({ status: z.literal("ok") }) },
              },
            },
            ...problemResponses(["database_unavailable"]),
          },
        },
      },
    },
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
function problemResponses(codes: ProblemCode[]): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(codes, (code) => String(problems[code].status));
  return Object.fromEntries(
    [...byStatus].map(([status, shared]) => [status, {
      description: shared.map((code) => `\`${code}\`: ${problems[code].title}`).join("; "),
      content: { "application/problem+json": { schema: problemSchema } },
    }]),
  ) as ZodOpenApiResponsesObject;
}
