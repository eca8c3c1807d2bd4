import assert from "node:assert/strict";
import { UserError } from "../cli/user_error.ts";
import { answer, bounded, refusal } from "./answer.ts";

const rows = (count: number, length: number) =>
  Array.from({ length: count }, () => "x".repeat(length));

Deno.test("what fits is whole, and says so", () => {
  assert.deepEqual(bounded({ metric: "/f1", runs: [1, 2] }, ["runs"]), {
    metric: "/f1",
    runs: [1, 2],
    cut: [],
  });
  assert.deepEqual(bounded({ runs: [1] }, ["runs"], { runs: 7 }).cut, [
    { list: "runs", shown: 1, of: 7 },
  ]);
});

Deno.test("a list has at most 50 rows, and all lists together 20 kB", () => {
  const many = bounded({ runs: rows(80, 1), others: rows(3, 1) }, ["runs", "others"]);
  assert.equal(many.runs.length, 50);
  assert.deepEqual(many.cut, [{ list: "runs", shown: 50, of: 80 }]);
  const long = bounded({ runs: rows(40, 1000), others: rows(3, 100) }, ["runs", "others"]);
  assert.ok(JSON.stringify(long).length < 20_200);
  assert.equal(long.others.length, 3, "the largest is cut first");
  assert.deepEqual(long.cut, [{ list: "runs", shown: long.runs.length, of: 40 }]);
});

Deno.test("the text names what was cut, and ends with a whole line", () => {
  const data = bounded({ runs: rows(80, 1) }, ["runs"]);
  assert.match(answer(data, ["80 runs"]).content[0]!.text, /^80 runs\nCut: 50 of 80 rows of runs/);
  const { text } = answer(data, rows(500, 99)).content[0]!;
  assert.ok(text.length <= 10_000);
  assert.match(text, /\nx{99}\n… the text is cut/);
});

Deno.test("a refusal is for the reader, anything else for the log as well", () => {
  assert.deepEqual(refusal(new UserError("There is no such run.")), {
    content: [{ type: "text", text: "There is no such run." }],
    isError: true,
  });
});
