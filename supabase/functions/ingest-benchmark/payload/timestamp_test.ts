import { PGlite } from "@electric-sql/pglite";
import assert from "node:assert/strict";
import { timestamp, timestampProblem } from "./timestamp.ts";

const NOW = Date.parse("2026-01-31T12:00:00Z");

const valid = [
  "2026-01-31T12:00:00Z",
  "0001-01-01T00:00:00Z",
  "0001-01-01T15:59:00+15:59",
  "2026-01-31T12:00:00.5+15:59",
  "2026-01-31T12:00:00-15:59",
  "2026-02-01T12:00:00Z",
  "2026-02-02T03:59:00.000+15:59",
  "2024-02-29T23:59:59-00:00",
  `2026-01-31T12:00:00.${"1".repeat(79)}Z`,
];
const invalid: [string, RegExp][] = [
  ["0000-12-31T23:59:59Z", /^must not be before the year 0001, in UTC$/],
  ["0000-02-29T00:00:00Z", /year 0001/],
  ["0001-01-01T00:00:00+00:01", /year 0001/],
  ["2026-01-31T12:00:00+16:00", /^must have an offset of less than 16 hours: it has \+16:00$/],
  ["2026-01-31T12:00:00.5-16:00", /less than 16 hours: it has -16:00/],
  ["2026-01-31T12:00:00+23:59", /less than 16 hours: it has \+23:59/],
  [
    "2026-02-01T12:00:00.001Z",
    /^lies more than a day in the future: here it is 2026-01-31T12:00:00\.000Z$/,
  ],
  ["2026-02-01T12:00:00-00:01", /more than a day in the future/],
  ["9999-12-31T23:59:59-15:59", /more than a day in the future/],
  [`2026-01-31T12:00:00.${"1".repeat(200)}Z`, /^must have at most 100 characters: it has 221$/],
];

Deno.test("timestampProblem() says which rule a time breaks", () => {
  for (const text of valid) assert.equal(timestampProblem(text, NOW), null, text);
  for (const [text, message] of invalid) assert.match(timestampProblem(text, NOW) ?? "", message);
});

Deno.test("timestamp goes by the clock, and speaks of rules only where there is a time", () => {
  const hoursAhead = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  assert.ok(timestamp.safeParse(hoursAhead(23)).success);
  assert.match(timestamp.safeParse(hoursAhead(25)).error!.issues[0]!.message, /in the future/);
  for (const text of ["10000-01-01T00:00:00Z", "soon +23:59", "2026-02-30T00:00:00+23:59"]) {
    const issues = timestamp.safeParse(text).error?.issues.map(({ message }) => message);
    assert.match(issues?.join("\n") ?? "", /^must be an ISO 8601 time.*$/, text);
  }
});

Deno.test("Postgres takes every time that passes, in the same year", async () => {
  const database = await PGlite.create();
  try {
    for (const text of valid) {
      assert.equal(timestampProblem(text, NOW), null, text);
      const { rows } = await database.query<{ utc: string }>(
        `select to_char($1::text::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS BC') as utc`,
        [text],
      );
      const utc = new Date(text).toISOString().slice(0, 19);
      assert.equal(rows[0]!.utc, `${utc} AD`);
    }
  } finally {
    await database.close();
  }
});
