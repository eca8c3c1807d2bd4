import assert from "node:assert/strict";
import { type Schema, Validator } from "@cfworker/json-schema";
import { PUBLIC_URL, RESULT, startTestApp } from "../../../testing/test_app.ts";
import { escapeSegment } from "./json_pointer.ts";
import { createOpenApiDocument } from "./openapi.ts";
import { problems } from "./problem/problem.ts";
import { type Route, routes } from "./routes.ts";
import { VERSION } from "./version.ts";

// deno-lint-ignore no-explicit-any
type Document = any;

/** Validates values against schemas of an OpenAPI 3.1 document, which is JSON Schema 2020-12. */
function validator(document: Document) {
  return (pointer: string, value: unknown) => {
    const validator = new Validator({ $ref: `doc:/#${pointer}` }, "2020-12", false);
    validator.addSchema(document, "doc:/");
    const { valid, errors } = validator.validate(value);
    assert.ok(valid, `${pointer}: ${JSON.stringify(errors)} ${JSON.stringify(value)}`);
  };
}

const escape = (segment: string) => encodeURI(escapeSegment(segment));

Deno.test("openapi.json describes the real responses", async () => {
  const test = await startTestApp();
  const token = await test.createToken(["local"]);
  const document = await (await test.app.request("/ingest-benchmark/openapi.json")).json();
  assert.match(document.openapi, /^3\.1\./);
  const validate = validator(document);
  assert.throws(() => validate("/components/schemas/Receipt", {}), /Receipt/);
  const checkResponse = async (path: string, method: string, response: Response) => {
    const type = response.headers.get("content-type")!;
    const pointer = `/paths/${escape(path)}/${method}/responses/${response.status}/content/${
      escape(type)
    }/schema`;
    validate(pointer, await response.json());
  };
  const run = { ...RESULT, run_id: "1", variant: "seed 1", series: "bill-auditor" };
  const dryRun = (body: unknown) => test.preview(body, token);
  await checkResponse("/", "post", await dryRun(run));
  const first = await test.post(run, token);
  const receiptPath = first.headers.get("location")!.replace(PUBLIC_URL, "/ingest-benchmark");
  await checkResponse("/", "post", first);
  await checkResponse("/", "post", await test.post(run, token));
  await checkResponse("/", "post", await test.post({ ...run, run_id: "2" }, token));
  const worse = { ...run, run_id: "3", metrics: { f1: 0.1 } };
  const dropped = await test.post(worse, token);
  assert.equal((await dropped.clone().json()).regressions.length, 1);
  await checkResponse("/", "post", dropped);
  const items = Array.from({ length: 12 }, (_, id) => ({ id, correct: id > 3 }));
  const withItems = { ...RESULT, model_version: "items", metrics: {}, items };
  await checkResponse("/", "post", await test.post(withItems, token));
  await checkResponse("/", "post", await dryRun(withItems));
  await checkResponse("/", "post", await dryRun({ results: [run, worse] }));
  await checkResponse("/", "post", await test.post({ results: [RESULT, RESULT] }, token));
  const deliver = (credential: string) =>
    test.app.request("/ingest-benchmark/webhooks/deliver", {
      method: "POST",
      headers: { "Authorization": `Bearer ${credential}` },
    });
  await checkResponse("/webhooks/deliver", "post", await deliver(token));
  await checkResponse("/webhooks/deliver", "post", await deliver("x"));
  await checkResponse("/", "post", await test.post({ ...run, notes: "x" }, token));
  await checkResponse("/", "post", await test.post({ typo: 1 }, token));
  await checkResponse("/", "post", await test.post("{", token));
  await checkResponse("/", "post", await test.post(RESULT, "bmk_x"));
  await checkResponse("/", "post", await test.post(RESULT, await test.issuer.sign()));
  await test.trust({ environments: ["local"] });
  await checkResponse("/", "post", await test.post(RESULT, await test.issuer.sign()));
  const pull = await test.issuer.sign({ event_name: "pull_request", run_id: "2" });
  await checkResponse("/", "post", await test.post({ ...RESULT, branch_name: "x" }, pull));
  await checkResponse("/", "post", await test.post({ results: Array(101).fill({}) }, token));
  await checkResponse("/", "post", await test.post(" ".repeat(1_048_577), token));
  await checkResponse("/", "post", await test.post(RESULT, token, { "Content-Type": "x/y" }));
  const badge = await test.app.request("/ingest-benchmark/badge.svg");
  await checkResponse("/badge.svg", "get", badge);
  const authorization = { headers: { Authorization: `Bearer ${token}` } };
  await checkResponse(
    "/receipts/{configuration}/{version}",
    "get",
    await test.app.request(receiptPath, authorization),
  );
  const { responses } = document.paths["/checkpoint"].get;
  const checkpoint = await test.app.request("/ingest-benchmark/checkpoint", authorization);
  assert.ok(responses[checkpoint.status].content[checkpoint.headers.get("content-type")!]);
  await checkResponse(
    "/checkpoint",
    "get",
    await test.app.request("/ingest-benchmark/checkpoint?page=2", authorization),
  );
  await checkResponse("/healthz", "get", await test.app.request("/ingest-benchmark/healthz"));
  validate(
    `/paths/${escape("/")}/post/requestBody/content/${escape("application/json")}/schema`,
    RESULT,
  );
  await test.close();
});

Deno.test("openapi.json has every route, and every status that its problems have", () => {
  // deno-lint-ignore no-explicit-any
  const document = createOpenApiDocument(PUBLIC_URL) as any;
  assert.equal(document.info.version, VERSION);
  assert.equal(Object.keys(document.paths).length, Object.keys(routes).length);
  for (const route of Object.values(routes) as Route[]) {
    const operation = document.paths[route.path][route.method.toLowerCase()];
    assert.equal(operation.security?.length === 0, route.isPublic === true, route.path);
    for (const code of route.problems) {
      const { status, retryable } = problems[code];
      const response = operation.responses[status];
      assert.ok(response.content["application/problem+json"], `${route.path} ${status}`);
      if (retryable) assert.ok(response.headers["Retry-After"], `${route.path} ${status}`);
    }
  }
  assert.ok(document.paths["/badge.svg"].get.responses["404"].content["image/svg+xml"]);
  assert.deepEqual(
    Object.keys(document.paths["/"].post.responses),
    ["200", "201", "400", "401", "403", "409", "413", "415", "422", "429", "500", "503"],
  );
});

Deno.test("result.schema.json takes a valid result and refuses a typo", async () => {
  const test = await startTestApp();
  const response = await test.app.request("/ingest-benchmark/result.schema.json");
  const schema = await response.json();
  assert.equal(schema.$id, `${PUBLIC_URL}/result.schema.json`);
  const validator = new Validator(schema as Schema, "2020-12");
  const validate = (value: unknown) => validator.validate(value).valid;
  assert.ok(validate(RESULT));
  assert.ok(!validate({ ...RESULT, modle_version: "x" }));
  assert.ok(!validate({ ...RESULT, metrics: { f1: 91 } }));
  assert.ok(
    validate({ ...RESULT, environment: "gpu-a100", variant: "", tags: ["a"], series: null }),
  );
  assert.ok(!validate({ ...RESULT, environment: "Moon" }));
  assert.ok(!validate({ ...RESULT, tags: [1] }));
  assert.ok(validate({ ...RESULT, compare_to: "model_version=a", items: null }));
  const item = {
    id: "bill-7",
    group: 3,
    epoch: 2,
    tp: 3,
    fp: null,
    latency_ms: 4.5,
    correct: true,
  };
  assert.ok(validate({ ...RESULT, items: [item, { ...item, id: 8 }] }));
  for (
    const wrong of [
      1,
      { correct: true },
      { id: "a" },
      { ...item, id: "" },
      { ...item, id: 1.5 },
      { ...item, epoch: -1 },
      { ...item, tp: 0.5 },
      { ...item, correct: "yes" },
    ]
  ) assert.ok(!validate({ ...RESULT, items: [wrong] }), JSON.stringify(wrong));
  assert.ok(!validate({ ...RESULT, items: Array(10_001).fill(item) }));
  await test.close();
});
