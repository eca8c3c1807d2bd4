import assert from "node:assert/strict";
import { ProblemError } from "../problem/problem.ts";
import { parseJsonDocument } from "./json_document.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const codeOf = async (body: Uint8Array) => {
  try {
    await parseJsonDocument(body);
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    return `${error.code}: ${error.message}`;
  }
};

Deno.test("parseJsonDocument() refuses bytes that are not UTF-8", async () => {
  assert.match((await codeOf(new Uint8Array([0x22, 0xff, 0x22])))!, /^body_not_utf8/);
  assert.match((await codeOf(new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])))!, /^body_not_utf8/);
});

Deno.test("parseJsonDocument() refuses a byte order mark", async () => {
  assert.match((await codeOf(bytes("\ufeff{}")))!, /^body_not_json.*byte order mark/);
});

Deno.test("parseJsonDocument() says where JSON breaks and repeats none of it", async () => {
  const message = (await codeOf(bytes('{\n  "a": secret\n}')))!;
  assert.match(message, /^body_not_json.*line 2, column 8/);
  assert.doesNotMatch(message, /secret/);
  assert.match((await codeOf(bytes("")))!, /empty/);
  assert.match((await codeOf(bytes('{"a":')))!, /^body_not_json/);
});

Deno.test("parseJsonDocument() counts depth within a result, in a batch too", async () => {
  const result = (depth: number) => `{"a":`.repeat(depth) + "1" + "}".repeat(depth);
  assert.equal(await codeOf(bytes(result(64))), undefined);
  assert.match((await codeOf(bytes(result(65))))!, /^validation_failed/);
  assert.equal(await codeOf(bytes(`{"results":[${result(64)}]}`)), undefined);
  assert.match((await codeOf(bytes(`{"results":[${result(65)}]}`)))!, /^validation_failed/);
});

Deno.test("parseJsonDocument() keeps exact numbers beside the doubles that are validated", async () => {
  const { value, exact } = await parseJsonDocument(bytes('{"n":9007199254740993}'));
  assert.deepEqual(value, { n: 9007199254740992 });
  assert.match(JSON.stringify(exact), /9007199254740993/);
});
