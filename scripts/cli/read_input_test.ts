import assert from "node:assert/strict";
import { readJson } from "./read_input.ts";
import { UserError } from "./user_error.ts";

async function read(content: string | Uint8Array): Promise<unknown> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeFile(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  try {
    return await readJson(path);
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
      ['{"x":NaN}', /as JSON/],
      [Uint8Array.from([0x22, 0x63, 0xe9, 0x22]), /not valid UTF-8/],
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
