import assert from "node:assert/strict";
import { checkBodyHeaders, MAX_BODY_BYTES, readBody } from "./read_body.ts";

const check = (headers: Record<string, string>) => () => checkBodyHeaders(new Headers(headers));

Deno.test("checkBodyHeaders() takes JSON in UTF-8 only", () => {
  for (
    const type of [
      "application/json",
      "application/json; charset=utf-8",
      "Application/JSON;charset=UTF-8",
      'application/json; charset="utf-8"',
    ]
  ) check({ "content-type": type })();
  for (
    const type of [
      "",
      "text/plain",
      "application/json; charset=utf-16",
      "application/jsonp",
      "application/x-www-form-urlencoded",
    ]
  ) assert.throws(check({ "content-type": type }), { code: "unsupported_media_type" }, type);
});

Deno.test("checkBodyHeaders() refuses a Content-Encoding", () => {
  const headers = { "content-type": "application/json", "content-encoding": "gzip" };
  assert.throws(check(headers), { code: "unsupported_media_type" });
});

Deno.test("checkBodyHeaders() refuses a Content-Length over the cap without reading", () => {
  const type = { "content-type": "application/json" };
  check({ ...type, "content-length": String(MAX_BODY_BYTES) })();
  assert.throws(check({ ...type, "content-length": String(MAX_BODY_BYTES + 1) }), {
    code: "body_too_large",
    message: /at most 1048576 bytes and has 1048577/,
  });
  assert.throws(check({ ...type, "content-length": "1400000" }), { message: /about 74 % fits/ });
  assert.throws(check({ ...type, "content-length": "9".repeat(15) }), {
    message: /split the batch\.$/,
  });
});

Deno.test("readBody() stops in a stream that passes the cap", async () => {
  let pulled = 0;
  let cancelled = false;
  const body = new ReadableStream({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(65_536));
      if (pulled === 64) controller.close(); // or without the cap the test would never end
    },
    cancel() {
      cancelled = true;
    },
  });
  const request = new Request("http://x/", { method: "POST", body });
  await assert.rejects(readBody(request), { code: "body_too_large" });
  assert.ok(cancelled);
  assert.ok(pulled <= MAX_BODY_BYTES / 65_536 + 3, `${pulled} chunks were read`);
});

Deno.test("readBody() calls a broken stream incomplete", async () => {
  const body = new ReadableStream({
    start: (controller) => controller.error(new Error("connection reset")),
  });
  const request = new Request("http://x/", { method: "POST", body });
  await assert.rejects(readBody(request), { code: "body_incomplete" });
});

Deno.test("readBody() gives the bytes of all chunks in order", async () => {
  const request = new Request("http://x/", { method: "POST", body: "abc" });
  assert.equal(new TextDecoder().decode(await readBody(request)), "abc");
});

Deno.test("readBody() says how many items of a body without length would have fit", async () => {
  const refusal = async (text: string) => {
    let offset = 0;
    const bytes = new TextEncoder().encode(text);
    const body = new ReadableStream({
      pull(controller) {
        if (offset >= bytes.length) return controller.close();
        controller.enqueue(bytes.subarray(offset, offset += 300_000));
      },
    });
    const error = await readBody(new Request("http://x/", { method: "POST", body })).catch((e) =>
      e
    );
    assert.equal(error.code, "body_too_large");
    return error.message;
  };
  const item = `{"id" : "${"x".repeat(80)}","correct":true}`; // 107 bytes with the comma
  assert.match(
    await refusal(`{"metrics":{"id":1},"items": [${Array(20_000).fill(item).join()}]}`),
    /About 9800 of these items fit: send fewer scores of an item, or shorter ids\.$/,
  );
  assert.match(
    await refusal(`{"metrics":[${'{"id":1},'.repeat(200_000)}1]}`),
    /split the batch\.$/,
  );
});
