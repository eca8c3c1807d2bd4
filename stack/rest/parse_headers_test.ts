import assert from "node:assert/strict";
import { parseReadHeaders } from "./parse_headers.ts";

const parse = (headers: Record<string, string>) => parseReadHeaders(new Headers(headers));

Deno.test("parseReadHeaders() reads what supabase-js sends", () => {
  const plain = { isSingle: false, isCounted: false };
  assert.deepEqual(parse({}), plain);
  assert.deepEqual(parse({ "Accept": "*/*", "Accept-Profile": "public" }), plain);
  assert.deepEqual(parse({ "Accept": "text/html, application/json;q=0.9" }), plain);
  assert.equal(parse({ "Accept": "application/vnd.pgrst.object+json" }).isSingle, true);
  assert.equal(parse({ "Prefer": "handling=lenient, count=exact" }).isCounted, true);
  assert.deepEqual(parse({ "Range": "2-4" }).range, [2, 4]);
  assert.deepEqual(parse({ "Range": "2-" }).range, [2, Infinity]);
  assert.deepEqual(parse({ "Range": "bytes=0-1" }), plain);
});

Deno.test("parseReadHeaders() refuses what it cannot give", () => {
  assert.throws(() => parse({ "Accept-Profile": "benchmark_private" }), {
    status: 406,
    code: "PGRST106",
  });
  assert.throws(() => parse({ "Range": "4-2" }), { status: 416, code: "PGRST103" });
  for (
    const [name, value] of [
      ["Accept", "text/csv"],
      ["Accept", "application/vnd.pgrst.plan+text"],
      ["Accept", "application/vnd.pgrst.array+json;nulls=stripped"],
      ["Prefer", "count=planned"],
      ["Prefer", "count=estimated"],
      ["Prefer", "timezone=Asia/Tokyo"],
    ] as const
  ) {
    assert.throws(() => parse({ [name]: value }), { status: 501, message: /supabase start/ });
  }
});
