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

Deno.test("parseJsonDocument() says where a large body breaks, too", async () => {
  const message = (await codeOf(bytes("[" + "1,".repeat(100_000))))!;
  assert.match(message, /^body_not_json.*ends before it is complete.*column 200002/);
});

Deno.test("parseJsonDocument() names what is no text", async () => {
  const utf16 = Uint8Array.from([0xff, 0xfe, 0x7b, 0, 0x7d, 0]);
  assert.match((await codeOf(utf16))!, /^body_not_utf8.*UTF-16/);
  assert.match((await codeOf(utf16.subarray(2)))!, /^body_not_utf8.*UTF-16/);
  assert.match((await codeOf(Uint8Array.from([0x1f, 0x8b, 8])))!, /^body_not_utf8.*gzip/);
});
