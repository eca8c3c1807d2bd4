import assert from "node:assert/strict";
import { randomObject } from "../../../../ledger/random_document.ts";
import { randomFrom } from "../../../../testing/random.ts";
import { toPointer } from "../json_pointer.ts";
import { findSyntaxProblem } from "./json_syntax.ts";
import { describePosition } from "./text_position.ts";

const found = (text: string) => {
  const problem = findSyntaxProblem(text);
  return problem &&
    `${toPointer(problem.path)} ${problem.message} (${describePosition(text, problem.offset)})`;
};

Deno.test("findSyntaxProblem() says what is wrong, and where", () => {
  for (
    const [text, expected] of [
      ["", / is empty \(line 1, column 1\)/],
      [" \n", /is empty/],
      ['{"a":', /\/a ends before it is complete \(line 1, column 6\)/],
      ['{"m":{"f1":NaN}}', /^\/m\/f1 is NaN, which JSON does not have.*column 12/],
      ["[1,\n-Infinity]", /^\/1 is -Infinity.*line 2, column 1/],
      ['{"a":True}', /^\/a is True, .*true, false and null/],
      ['{"a":1,}', /comma before its closing bracket.*column 8/],
      ["[1,]", /comma before its closing bracket/],
      ['{"a":01}', /^\/a is a number as JSON does not write it/],
      ['{"a":.5}', /number as JSON/],
      ['{"a":+1}', /number as JSON/],
      ['{"a":1.}', /number as JSON/],
      ["{'a':1}", /^ has a single quote where a key in double quotes/],
      ["{\"a\":'b'}", /^\/a begins with a single quote/],
      ["{a:1}", /no quote where a key in double quotes is expected/],
      ['{"a":1} {"a":2}', /has more after its end.*column 9/],
      ['{"a":1}\n{"a":2}', /has more after its end.*line 2, column 1/],
      ['{"a":"x\ny"}', /^\/a has a line break in a string.*line 1, column 8/],
      ['{"a":"x\ty"}', /^\/a has a control character in a string/],
      ['{"a":"\\x"}', /backslash that escapes nothing.*column 7/],
      ['{"a":"\\u12g4"}', /backslash that escapes nothing/],
      ['{"a":"b', /string without an end.*column 6/],
      ['{"a" 1}', /where a colon is expected|something else/],
      ['{"a":1 "b":2}', /a string where a comma or the end of the object is expected/],
      ["[1}", /closing bracket where a comma or the end of the array/],
      ["]", /closing bracket where a value/],
      ['{"a":1 // why\n}', /something else where a comma/],
      ["[// why\n]", /comment/],
      ['{"a":\u00a01}', /not JSON/],
      [`${"[".repeat(100_000)}`, /nested deeper than 64/],
    ] as const
  ) {
    assert.throws(() => JSON.parse(text), SyntaxError, text);
    assert.match(found(text) ?? "nothing", expected, text.slice(0, 40));
  }
});

Deno.test("findSyntaxProblem() repeats nothing of what was sent but its keys", () => {
  assert.doesNotMatch(found('{"a": secret}')!, /secret/);
});

Deno.test("findSyntaxProblem() agrees with JSON.parse, whatever is taken out of a text", () => {
  const next = randomFrom(7);
  for (let document = 0; document < 200; document++) {
    const text = JSON.stringify(randomObject(next, 3));
    assert.equal(findSyntaxProblem(text), null, text);
    for (let cut = 0; cut < text.length; cut += 1 + text.length / 40) {
      const at = Math.floor(cut);
      for (const broken of [text.slice(0, at) + text.slice(at + 1), text.slice(0, at)]) {
        assert.equal(findSyntaxProblem(broken) === null, parses(broken), broken);
      }
    }
  }
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
