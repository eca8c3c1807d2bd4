import assert from "node:assert/strict";
import { IssueList } from "../problem/issue_list.ts";
import { inspectJsonText, MAX_DEPTH, parseExactly } from "./json_text.ts";

const inspect = (text: string, maxDepth = MAX_DEPTH) => {
  const issues = new IssueList();
  return { ...inspectJsonText(text, maxDepth, issues), issues: issues.first, total: issues.total };
};

const issuesOf = (text: string) => {
  JSON.parse(text); // the scanner relies on valid JSON
  return inspect(text).issues;
};

Deno.test("inspectJsonText() accepts what JSON.parse keeps as it is", () => {
  for (
    const text of [
      "{}",
      '{"a":[1,-0,1.0,1e2,0.1,1e-7,123456789012345],"b":{"a":null,"constructor":true}}',
      ' { "a" : "\\"{[,:\\u0041\\\\" , "b" : [ { "a" : 1 } , { "a" : 2 } ] } ',
      '{"number":0.24641698109917343,"emoji":"😀","escaped":"\\ud83d\\ude00"}',
    ]
  ) {
    assert.deepEqual(inspect(text), {
      issues: [],
      total: 0,
      isTooDeep: false,
      inexact: [],
    }, text);
  }
});

Deno.test("inspectJsonText() names a duplicate key by its pointer", () => {
  const [issue, ...more] = issuesOf('{"a":{"x~/":1,"y":2,"x~/":3}}');
  assert.equal(issue!.pointer, "/a/x~0~1");
  assert.match(issue!.message, /twice/);
  assert.equal(more.length, 0);
  assert.equal(issuesOf('{"a":1,"\\u0061":2}')[0]!.pointer, "/a", "escaped the same key");
  assert.deepEqual(issuesOf('[{"a":1},{"a":2}]'), [], "other objects do not count");
});

Deno.test("inspectJsonText() refuses numbers beyond a double", () => {
  for (const number of ["1e400", "-1e400", "1e-400", "9".repeat(400), `0.${"0".repeat(400)}1`]) {
    const [issue] = issuesOf(`{"metrics":{"n":[0,${number}]}}`);
    assert.equal(issue?.pointer, "/metrics/n/1", number);
    assert.match(issue!.message, /beyond the range/);
  }
  assert.deepEqual(issuesOf("[0e400,-0.0,0.000]"), [], "zero stays zero");
  assert.match(issuesOf(`[0.${"1".repeat(1001)}]`)[0]!.message, /1001 digits/);
});

Deno.test("inspectJsonText() refuses what Postgres cannot store, in values and in keys", () => {
  assert.match(issuesOf('{"a":"x\\u0000"}')[0]!.message, /\\u0000/);
  assert.match(issuesOf('{"a\\u0000":1}')[0]!.message, /key with \\u0000/);
  assert.match(issuesOf('{"a":["\\ud800"]}')[0]!.message, /lone surrogate/);
  const [issue] = issuesOf('{"\\udc00x":1}');
  assert.match(issue!.message, /lone surrogate/);
  assert.ok(issue!.pointer.isWellFormed());
});

Deno.test("inspectJsonText() refuses __proto__ as a key and leaves prototypes alone", () => {
  assert.equal(issuesOf('{"metrics":{"__proto__":{"x":1}}}')[0]!.pointer, "/metrics/__proto__");
  assert.equal(({} as Record<string, unknown>).x, undefined);
  assert.deepEqual(issuesOf('{"a":"__proto__","constructor":{"prototype":1}}'), []);
});

Deno.test("inspectJsonText() refuses a key that is too long, in characters", () => {
  assert.deepEqual(issuesOf(`{"${"😀".repeat(200)}":1}`), []);
  const [issue] = issuesOf(`{"a":{"${"😀".repeat(201)}":1}}`);
  assert.match(issue!.message, /more than 200 characters/);
});

Deno.test("inspectJsonText() counts issues without end and keeps a hundred short ones", () => {
  const { issues, total } = inspect(
    `{"metrics":{"${"k".repeat(500_000)}":{${Array(100_000).fill('"":1').join()}}}}`,
  );
  assert.equal(total, 100_000, "the long key, and all but the first empty one");
  assert.equal(issues.length, 100);
  assert.ok(JSON.stringify(issues).length < 64_000);
});

Deno.test("inspectJsonText() reads long numbers in one go", () => {
  // Time that grows with the square of the length would be minutes here.
  const zeros = "0".repeat(500_000);
  assert.match(issuesOf(`[1.${zeros}1]`)[0]!.message, /500002 digits/);
  assert.deepEqual(issuesOf(`[1.${zeros}]`), []);
  assert.match(issuesOf(`[1${zeros}1]`)[0]!.message, /beyond the range/);
});

Deno.test("inspectJsonText() stops at the depth and does not recurse", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assert.equal(inspect(nested(MAX_DEPTH)).isTooDeep, false);
  assert.equal(inspect(nested(MAX_DEPTH + 1)).isTooDeep, true);
  assert.equal(inspect(nested(500_000)).isTooDeep, true);
});

Deno.test("parseExactly() keeps the decimal value of every number", () => {
  const cases: Record<string, string> = {
    "9007199254740993": "9007199254740993",
    "12345678901234567890.10": "12345678901234567890.1",
    "-0.12345678901234567890123": "-0.12345678901234567890123",
    "0.1": "0.1",
    "1.50": "1.5",
    "1e2": "100",
    "100000000000000000000000001": "100000000000000000000000001",
  };
  for (const [sent, kept] of Object.entries(cases)) {
    assert.equal(decimal(JSON.stringify(exactly(sent))), decimal(kept), sent);
  }
  assert.equal(inspect("[9007199254740993]", 9).inexact.length, 1);
  assert.equal(inspect("[0.10000000000000001]", 9).inexact.length, 1);
  assert.equal(inspect("[0.10000000000000000]", 9).inexact.length, 0);
});

Deno.test("parseExactly() changes nothing but those numbers, wherever they stand", () => {
  const text =
    '{"a":[1,{"b/c":[0.5,12345678901234567890]}],"__proto__":1,"":9007199254740993,"n":null}';
  const exact = exactly(text);
  assert.equal(
    JSON.stringify(exact).replace("1234567890123456789e1", "12345678901234567890")
      .replace("9007199254740993e0", "9007199254740993"),
    text,
  );
  assert.equal(JSON.stringify(exactly("12345678901234567891")), "12345678901234567891e0");
  for (const broken of ["", '"', '{"a', "[1", "12345678901234567890,"]) {
    assert.throws(() => parseExactly(broken, []), SyntaxError);
  }
});

/** As the callers do it: what the scan found is what is put in. */
const exactly = (text: string) => parseExactly(text, inspect(text).inexact);

/** A decimal number without exponent, by arithmetic on its text and not by the code under test. */
function decimal(text: string): string {
  const [, sign, integer, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/
    .exec(text)!;
  const shift = Number(exponent);
  const digits = integer + fraction + "0".repeat(Math.max(0, shift - fraction.length));
  const padded = "0".repeat(Math.max(0, -shift)) + digits;
  const point = integer!.length + shift + Math.max(0, -shift);
  return `${sign}${padded.slice(0, point)}.${padded.slice(point)}`
    .replace(/^(-?)0+(?=\d)/, "$1").replace(/0+$/, "").replace(/\.$/, "");
}
