import assert from "node:assert/strict";
import { readJson } from "./read_input.ts";
import { UserError } from "./user_error.ts";

async function read(content: string | Uint8Array, notes: string[] = []): Promise<unknown> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeFile(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  try {
    return await readJson(path, (sentence) => notes.push(sentence));
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("readJson() keeps every digit and every character", async () => {
  const text = '{"a":123456789012345678901234567890,"b":[0.1,"é😀"],"c":-0.5}';
  assert.deepEqual(
    JSON.stringify(await read(text)),
    text.replace("123456789012345678901234567890", "12345678901234567890123456789e1"),
  );
});

Deno.test("readJson() refuses what parsing would change in silence, and says where", async () => {
  for (
    const [content, message] of [
      ['{"m":{"x":1e400}}', /\/m\/x is beyond the range of a double/],
      ['{"x":1,"x":2}', /\/x is there twice/],
      ['{"x":1,"\\u0078":2}', /\/x is there twice/],
      ['{"x":12345678901234567890123,"x":1}', /\/x is there twice/],
      ['{"x":"\\ud800"}', /\/x holds a lone surrogate/],
      [`{"x":0.${"1".repeat(1001)}}`, /\/x has 1001 digits/],
      [`${"[".repeat(100_000)}${"]".repeat(100_000)}`, /nested deeper than 64/],
      ['{"x":NaN}', /^Cannot read .*json: \/x is NaN, which JSON.* \(line 1, column 6\)\.$/],
      ['{"x":1}\n{"x":2}', /has more after its end.* \(line 2, column 1\)/],
      ['{\n "x": 1e400}', /\/x is beyond .* \(line 2, column 7\)/],
      [
        '{"results":[{},{"metrics":{"f1":1,\n "f1":2}}]}',
        /json: result 2, \/metrics\/f1 is there twice.* \(line 2, column 2\)/,
      ],
      ["", /is empty/],
      [Uint8Array.from([0x22, 0x0a, 0x63, 0xe9, 0x22]), /not valid UTF-8.*line 2, column 2/],
      [Uint8Array.from([0xff, 0xfe, 0x7b, 0, 0x7d, 0]), /is UTF-16: save it as UTF-8/],
      [Uint8Array.from([0x1f, 0x8b, 8, 0]), /compressed \(gzip\): unpack it/],
      [Uint8Array.from([0x22, 0xed, 0xa0, 0x80, 0x22]), /not valid UTF-8/],
    ] as const
  ) {
    await assert.rejects(read(content), (error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("readJson() takes a byte order mark off, and says so", async () => {
  const notes: string[] = [];
  assert.deepEqual(await read('\ufeff{"a":1}', notes), { a: 1 });
  assert.match(notes.join("\n"), /^.*json: begins with a byte order mark.*taken off\.$/);
});

Deno.test("readJson() names every place, as far as people read", async () => {
  await assert.rejects(read(`{"m":{${'"a":1,"a":2,'.repeat(30)}"b":1}}`), (error) => {
    assert.match(String(error), /\n {2}and 39 more\.$/);
    return true;
  });
});
