// docs/contract.md names every field, limit, path, header and error that the function has, and no other.
import assert from "node:assert/strict";
import * as z from "zod";
import { createOpenApiDocument } from "../supabase/functions/ingest-benchmark/openapi.ts";
import { MAX_NUMBERS } from "../supabase/functions/ingest-benchmark/payload/count_numbers.ts";
import { MAX_ITEMS, MAX_SCORES } from "../supabase/functions/ingest-benchmark/payload/items.ts";
import {
  MAX_BATCH,
  payloadSchema,
} from "../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { MAX_ISSUES, problems } from "../supabase/functions/ingest-benchmark/problem/problem.ts";
import { MAX_PROBLEM_BYTES } from "../supabase/functions/ingest-benchmark/problem/problem_response.ts";
import { problemSchema } from "../supabase/functions/ingest-benchmark/problem/problem_schema.ts";
import { receiptSchema } from "../supabase/functions/ingest-benchmark/receipt/receipt_schema.ts";
import {
  MAX_DEPTH,
  MAX_NUMBER_DIGITS,
} from "../supabase/functions/ingest-benchmark/request/json_text.ts";
import {
  MAX_BODY_BYTES,
  MAX_UNAUTHORIZED_BYTES,
} from "../supabase/functions/ingest-benchmark/request/read_body.ts";
import { routes } from "../supabase/functions/ingest-benchmark/routes.ts";

const PAGE = await Deno.readTextFile(new URL("../docs/contract.md", import.meta.url));
// deno-lint-ignore no-explicit-any
type Schema = any;
const SCHEMAS = (createOpenApiDocument("https://example.com") as Schema).components
  .schemas as Record<string, Schema>;

/** The rows of the table whose head begins with a text, as cells. */
function tableOf(head: string): string[][] {
  const lines = PAGE.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  assert.notEqual(start, -1, `docs/contract.md has no table "${head}"`);
  const rows = lines.slice(start + 2);
  return rows.slice(0, rows.findIndex((line) => !line.startsWith("|")))
    .map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}

/** What stands in code in the first cells. */
const namesOf = (head: string) => tableOf(head).map(([cell]) => /^`([^`]+)`$/.exec(cell!)?.[1]);

/** The fields of a schema, with a dot for what stands in an object of its own. */
function fieldsOf(schema: Schema, prefix = ""): string[] {
  if (schema === undefined || schema.$ref) return [];
  if (schema.anyOf) return schema.anyOf.flatMap((one: Schema) => fieldsOf(one, prefix));
  if (schema.type === "array") return fieldsOf(schema.items, prefix);
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => [
    prefix + name,
    ...fieldsOf(value, `${prefix}${name}.`),
  ]);
}

Deno.test("docs/contract.md has a table of every schema, with its fields and no other", () => {
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    // Items have a table of their own.
    const fields = fieldsOf(schema).filter((field) =>
      name !== "BenchmarkResult" || !field.startsWith("items.")
    );
    assert.deepEqual(namesOf(`\`${name}\``), fields, name);
  }
  assert.deepEqual(
    namesOf("of an item"),
    fieldsOf(SCHEMAS.BenchmarkResult.properties.items),
  );
  const tables = [...PAGE.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(([, name]) => name!);
  assert.deepEqual(
    tables.filter((name) => !/-/.test(name)).toSorted(),
    [
      ...Object.keys(SCHEMAS),
      ...["Authorization", "Location", "Allow"], // headers
    ].toSorted(),
  );
});

Deno.test("docs/contract.md says what is required, and every length", () => {
  const { properties, required } = SCHEMAS.BenchmarkResult;
  for (const [cell, isRequired, text] of tableOf("`BenchmarkResult`")) {
    const name = cell!.replaceAll("`", "");
    // Required of the schema; and the commit, which a token may say.
    const expected = required.includes(name) || name === "commit_sha";
    assert.equal(isRequired, expected ? "required" : "", name);
    const lengths = JSON.stringify(properties[name]).matchAll(/"max(?:Length|Items)":(\d+)/g);
    if (["items", "timestamp"].includes(name)) continue;
    for (const [, length] of lengths) {
      assert.ok(text!.includes(Number(length).toLocaleString("en")), `${name}: ${length}`);
    }
  }
});

Deno.test("docs/contract.md has every error with its status, and whether it may be repeated", () => {
  assert.deepEqual(
    tableOf("`code` | status | repeat").map(([code, status, repeat]) => [code, status, repeat]),
    Object.entries(problems).map(([code, { status, retryable }]) => [
      `\`${code}\``,
      String(status),
      retryable ? "yes" : "no",
    ]),
  );
});

Deno.test("docs/contract.md has the limits", () => {
  const limits = {
    "bytes of a body": MAX_BODY_BYTES,
    "bytes of a body that is parsed before the database has accepted the credential":
      MAX_UNAUTHORIZED_BYTES,
    "results of a batch": MAX_BATCH,
    "levels of nesting of a result": MAX_DEPTH,
    "numbers in the metrics of a result, those from items included": MAX_NUMBERS,
    "significant digits of a number": MAX_NUMBER_DIGITS,
    "items of a result": MAX_ITEMS,
    "scores of an item": MAX_SCORES,
    "errors that an answer lists": MAX_ISSUES,
    "bytes of an error": MAX_PROBLEM_BYTES,
  };
  const section = PAGE.split("\n## Limits\n")[1]!.split("\n## ")[0]!;
  for (const [what, limit] of Object.entries(limits)) {
    assert.ok(section.includes(`| ${what} | ${limit.toLocaleString("en")} |`), what);
  }
});

Deno.test("docs/contract.md has every path, and who may ask", () => {
  assert.deepEqual(
    tableOf("method and path").map(([path, credential]) => [path, credential]),
    Object.values(routes).map((route) => [
      `\`${route.method} ${route.path}\``,
      "isPublic" in route && route.isPublic ? "no" : "yes",
    ]),
  );
});

const READ = /headers\.get\("([\w-]+)"\)/g;
const SET = /(?:\.header\(|headers\.set\(|headers\[|headers: \{ )"?([\w-]+)"?(?:,|\]|:)/g;

Deno.test("docs/contract.md has every header that the function reads or sets", async () => {
  const directory = new URL("../supabase/functions/ingest-benchmark/", import.meta.url);
  const files = [
    "app.ts",
    "problem/problem.ts",
    "problem/problem_response.ts",
    "request/read_body.ts",
    "request/idempotency_key.ts",
    "principal/bearer.ts",
  ];
  const source = (await Promise.all(
    files.map((file) => Deno.readTextFile(new URL(file, directory))),
  )).join("\n");
  const documented = (head: string) => namesOf(head).map((name) => name!.toLowerCase()).toSorted();
  const found = (pattern: RegExp) =>
    [...new Set([...source.matchAll(pattern)].map(([, name]) => name!.toLowerCase()))]
      .filter((name) => name !== "content-type" || pattern === READ).toSorted();
  assert.deepEqual(documented("of the request"), found(READ));
  assert.deepEqual(documented("of the answer"), found(SET));
});

Deno.test("docs/contract.md has examples that the schemas take", () => {
  const examples = [...PAGE.matchAll(/^```json\n([^]*?)^```$/gm)].map(([, code]) =>
    JSON.parse(code!)
  );
  const schemas = [payloadSchema, receiptSchema, problemSchema];
  assert.equal(examples.length, schemas.length);
  for (const [index, schema] of schemas.entries()) {
    const parsed = (schema as z.ZodType).safeParse(examples[index]);
    assert.ok(parsed.success, parsed.error ? z.prettifyError(parsed.error) : "");
  }
});
