import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import ajvFormats from "ajv-formats";
import { PUBLIC_URL, RESULT, startTestApp } from "../../../testing/test_app.ts";

// deno-lint-ignore no-explicit-any
type Document = any;

/** Validates values against schemas of an OpenAPI 3.1 document, which is JSON Schema 2020-12. */
function validator(document: Document) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (ajvFormats as unknown as { default: (ajv: Ajv2020) => void }).default(ajv);
  ajv.addSchema({ $id: "doc:/", ...document });
  return (pointer: string, value: unknown) => {
    const validate = ajv.getSchema(`doc:/#${pointer}`)!;
    assert.ok(
      validate(value),
      `${pointer}: ${ajv.errorsText(validate.errors)} ${JSON.stringify(value)}`,
    );
  };
}

const escape = (segment: string) =>
  encodeURIComponent(segment.replaceAll("~", "~0").replaceAll("/", "~1"));

Deno.test("openapi.json describes the real responses", async () => {
  const test = await startTestApp();
  const token = await test.createToken(["local"]);
  const document = await (await test.app.request("/ingest-benchmark/openapi.json")).json();
  assert.match(document.openapi, /^3\.1\./);
  const validate = validator(document);
  const checkResponse = async (path: string, method: string, response: Response) => {
    const type = response.headers.get("content-type")!;
    const pointer = `/paths/${escape(path)}/${method}/responses/${response.status}/content/${
      escape(type)
    }/schema`;
    validate(pointer, await response.json());
  };
  const run = { ...RESULT, run_id: "1" };
  const dryRun = async (body: unknown) =>
    await test.app.request("/ingest-benchmark?dry_run=true", {
      method: "POST",
      headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
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
  await checkResponse("/", "post", await dryRun({ results: [run, worse] }));
  await checkResponse("/", "post", await test.post({ results: [RESULT, RESULT] }, token));
  await checkResponse("/", "post", await test.post({ ...run, notes: "x" }, token));
  await checkResponse("/", "post", await test.post({ typo: 1 }, token));
  await checkResponse("/", "post", await test.post("{", token));
  await checkResponse("/", "post", await test.post(RESULT, "bmk_x"));
  await checkResponse("/", "post", await test.post(RESULT, await test.issuer.sign()));
  const badge = await test.app.request("/ingest-benchmark/badge.svg");
  await checkResponse("/badge.svg", "get", badge);
  const authorization = { headers: { Authorization: `Bearer ${token}` } };
  await checkResponse(
    "/receipts/{configuration}/{version}",
    "get",
    await test.app.request(receiptPath, authorization),
  );
  await checkResponse("/healthz", "get", await test.app.request("/ingest-benchmark/healthz"));
  validate(
    `/paths/${escape("/")}/post/requestBody/content/${escape("application/json")}/schema`,
    RESULT,
  );
  await test.close();
});

Deno.test("result.schema.json takes a valid result and refuses a typo", async () => {
  const test = await startTestApp();
  const response = await test.app.request("/ingest-benchmark/result.schema.json");
  const schema = await response.json();
  assert.equal(schema.$id, `${PUBLIC_URL}/result.schema.json`);
  const ajv = new Ajv2020({ strict: false });
  (ajvFormats as unknown as { default: (ajv: Ajv2020) => void }).default(ajv);
  const validate = ajv.compile(schema);
  assert.ok(validate(RESULT), ajv.errorsText(validate.errors));
  assert.ok(!validate({ ...RESULT, modle_version: "x" }));
  assert.ok(!validate({ ...RESULT, metrics: { f1: 91 } }));
  await test.close();
});
