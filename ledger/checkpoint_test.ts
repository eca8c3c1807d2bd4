import assert from "node:assert/strict";
import {
  CHECKPOINT_FORMAT,
  CheckpointError,
  type CheckpointHead,
  contradiction,
  parseCheckpoint,
} from "./checkpoint.ts";
import { sha256Hex } from "./sha256.ts";

const TIME = "2026-01-31T12:00:00.000000Z";
const LATER = "2026-02-01T12:00:00.000000Z";
const id = (n: number) => `00000000-0000-8000-a000-00000000000${n}`;
const hash = (n: number) => String(n).repeat(64);

async function page(
  heads: [configuration: string, version: number, entryHash: string][],
  header: { time?: string; after?: string; next?: string; count?: number; sha256?: string } = {},
): Promise<string> {
  const lines = heads.map((head) => `${head.join(" ")}\n`).join("");
  const { time = TIME, after = "-", next = "-", count = heads.length } = header;
  const sha256 = header.sha256 ?? await sha256Hex(lines);
  return `${CHECKPOINT_FORMAT}\ntime ${time}\nafter ${after}\nnext ${next}\ncount ${count}\nsha256 ${sha256}\n\n${lines}`;
}

const A: [string, number, string] = [id(1), 3, hash(1)];
const B: [string, number, string] = [id(2), 5, hash(2)];
const C: [string, number, string] = [id(3), 1, hash(3)];

Deno.test("parseCheckpoint() reads one page, several, and one without heads", async () => {
  const whole = await page([A, B, C]);
  const checkpoint = await parseCheckpoint(whole);
  assert.equal(checkpoint.time, TIME);
  assert.deepEqual([...checkpoint.heads.keys()], [id(1), id(2), id(3)]);
  assert.deepEqual(
    checkpoint.heads.get(id(2)),
    {
      configuration: id(2),
      version: 5,
      entryHash: hash(2),
    } satisfies CheckpointHead,
  );
  assert.equal(checkpoint.digest, await sha256Hex(whole));
  const pages = await page([A, B], { next: id(2) }) + await page([C], { after: id(2) });
  assert.deepEqual((await parseCheckpoint(pages)).heads, checkpoint.heads);
  // A page of configurations that had no entry yet.
  const sparse = await page([], { next: id(2) }) + await page([C], { after: id(2) });
  assert.equal((await parseCheckpoint(sparse)).heads.size, 1);
  assert.equal((await parseCheckpoint(await page([]))).heads.size, 0);
});

Deno.test("parseCheckpoint() refuses what was changed, cut off, doubled or put in", async () => {
  const whole = await page([A, B, C]);
  const first = await page([A], { next: id(1) });
  const cases: [string, RegExp][] = [
    ["", /line 1 is not benchmark-checkpoint\/v1/],
    ["\n", /line 1 is not benchmark-checkpoint\/v1/],
    [whole.slice(0, -1), /its last line has no end: it was cut off/],
    [whole.slice(0, whole.lastIndexOf(id(3))), /has 2 lines and not 3: it was cut off/],
    [whole.replace(hash(2), hash(4)), /another SHA-256 than its header says: they were changed/],
    [whole.replace(" 5 ", " 4 "), /another SHA-256/],
    [whole.replace(`${id(1)} 3`, `${id(1)} 03`), /line 8 is not a configuration, a version and/],
    [whole.replaceAll("\n", "\r\n"), /line 1 is not/],
    [whole.replace("count 3", "count 2"), /another SHA-256/],
    [whole.replace("count", "Count"), /line 5 is not the count of a header/],
    [whole.replace("T12", " 12"), /line 2 is not the time of a header/],
    [whole.replace("\n\n", "\nx\n"), /line 7 is not empty/],
    [await page([B, A]), /line 9 is not in the order of the ids/],
    [await page([A, A]), /line 9 is not in the order of the ids/],
    [first, /the page after .*1 is missing: it was cut off/],
    [first + await page([B], { after: id(2) }), /a page is missing or doubled/],
    [first + first, /a page is missing or doubled/],
    [await page([B], { after: id(1) }), /comes after .*1, and not after -/],
    [whole + whole, /a page follows the last one/],
    [first + await page([B], { after: id(1), time: LATER }), /is of 2026-02-01.*, the first of/],
    [first + await page([A], { after: id(1) }), /not in the order of the ids/],
    [await page([C], { next: id(2) }) + await page([], { after: id(2) }), /not in the order/],
    [`${whole}more\n`, /line 11 is not benchmark-checkpoint/],
  ];
  for (const [text, message] of cases) {
    await assert.rejects(parseCheckpoint(text), (error: Error) => {
      assert.ok(error instanceof CheckpointError);
      assert.match(error.message, message);
      return true;
    }, text);
  }
});

Deno.test("contradiction() names the first chain that is gone, shorter or rewritten", async () => {
  const of = async (heads: [string, number, string][], time = LATER) =>
    await parseCheckpoint(await page(heads, { time }));
  const earlier = await of([A, B], TIME);
  const found = async (heads: [string, number, string][], time?: string) =>
    contradiction(earlier, await of(heads, time));
  assert.equal(await found([A, B]), null);
  assert.equal(await found([A, [id(2), 6, hash(6)], C]), null, "more is no contradiction");
  assert.deepEqual(await found([A]), {
    configuration: id(2),
    version: 5,
    problem: "the configuration is gone",
  });
  assert.match((await found([[id(1), 2, hash(9)], B]))!.problem, /ends at version 2: the end was/);
  const rewritten = await found([A, [id(2), 5, hash(9)]]);
  assert.equal(rewritten?.configuration, id(2));
  assert.match(rewritten!.problem, /entry_hash was 2+, and is 9+: it was rewritten/);
  assert.match(
    contradiction(await of([A]), await of([A], TIME))!.problem,
    /its time .* is before .*: give the oldest first/,
  );
  // The same question has the same answer for ever.
  assert.equal(await found([A, B], TIME), null);
  assert.match((await found([A, [id(2), 6, hash(6)]], TIME))!.problem, /at the same time the last/);
  assert.match((await found([A, B, C], TIME))!.problem, /was not there at the same time before/);
});
