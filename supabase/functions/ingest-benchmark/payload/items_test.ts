import assert from "node:assert/strict";
import { IssueList } from "../problem/issue_list.ts";
import { type Items, MAX_ITEMS, readItems } from "./items.ts";

function read(value: unknown): Items | undefined {
  const issues = new IssueList();
  const items = readItems(value, ["items"], issues);
  assert.deepEqual(issues.first, []);
  return items;
}

function issuesOf(value: unknown): string[] {
  const issues = new IssueList();
  assert.equal(readItems(value, ["items"], issues), undefined);
  return issues.first.map(({ pointer, message }) => `${pointer} ${message}`);
}

Deno.test("readItems() makes columns, sorted by the bytes of ids and by epoch", () => {
  assert.deepEqual(
    read([
      { id: "b", z: 1.5, correct: true, group: "x" },
      { correct: null, id: "😀", z: -0 },
      { id: "！", correct: false, z: null, group: null },
      { id: 10, correct: true, z: 2, group: 7 },
      { id: "9", correct: true, z: 3, epoch: 2 },
      { id: "9", correct: true, z: 4, epoch: 0 },
    ]),
    {
      ids: ["10", "9", "9", "b", "！", "😀"],
      epochs: [1, 0, 2, 1, 1, 1],
      groups: ["7", null, null, "x", null, null],
      scores: {
        correct: [true, true, true, true, false, null],
        z: [2, 4, 3, 1.5, null, 0],
      },
    },
  );
});

Deno.test("readItems() leaves out epochs that are all 1, and groups that nothing has", () => {
  const columns = { ids: ["a", "b"], scores: { s: [1, null] } };
  assert.deepEqual(read([{ id: "b", s: null, epoch: 1 }, { id: "a", s: 1, group: null }]), columns);
  assert.deepEqual(Object.keys(read([{ id: "a", y: 1, x: 1, "é": 1, z: 1 }])!.scores), [
    "x",
    "y",
    "z",
    "é",
  ]);
  assert.equal(Object.is(read([{ id: "a", s: -0 }])!.scores.s![0], 0), true);
});

Deno.test("readItems() takes no items for none", () => {
  assert.equal(read([]), undefined);
});

Deno.test("readItems() takes as many as there may be, and looks at none of more", () => {
  const items = Array.from({ length: MAX_ITEMS }, (_, id) => ({ id, s: 1 }));
  assert.equal(read(items)!.ids.length, MAX_ITEMS);
  assert.deepEqual(issuesOf([...items, 1]), ["/items must have at most 10000 items: it has 10001"]);
});

Deno.test("readItems() says what is wrong, and in which item", () => {
  const good = { id: "a", s: 1 };
  const scores = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, 1]));
  const cases: [unknown, RegExp][] = [
    [{}, /^\/items must be an array of items$/],
    ["[]", /^\/items must be an array/],
    [[1], /^\/items\/0 must be a JSON object$/],
    [[good, null], /^\/items\/1 must be a JSON object$/],
    [[good, []], /^\/items\/1 must be a JSON object$/],
    [[{ s: 1 }], /^\/items\/0\/id is required$/],
    [[{ id: "", s: 1 }], /^\/items\/0\/id must not be empty$/],
    [[{ id: "x".repeat(201), s: 1 }], /^\/items\/0\/id must have at most 200 .* has 201$/],
    [[{ id: "a\u200b", s: 1 }], /^\/items\/0\/id has an invisible character: U\+200B/],
    [[{ id: " a", s: 1 }], /^\/items\/0\/id begins with white space/],
    [[{ id: "e\u0301", s: 1 }], /^\/items\/0\/id is not in .* form C/],
    [[{ id: null, s: 1 }], /^\/items\/0\/id must be a string, or an integer from 0/],
    [[{ id: 1.5, s: 1 }], /^\/items\/0\/id must be a string, or an integer/],
    [[{ id: -1, s: 1 }], /^\/items\/0\/id must be/],
    [[{ id: 2 ** 53, s: 1 }], /^\/items\/0\/id must be .* to 9007199254740991$/],
    [[{ id: true, s: 1 }], /^\/items\/0\/id must be/],
    [[{ ...good, group: "" }], /^\/items\/0\/group must not be empty$/],
    [[{ ...good, group: {} }], /^\/items\/0\/group must be a string/],
    [[{ ...good, epoch: 1.5 }], /^\/items\/0\/epoch must be an integer from 0 to 999999999$/],
    [[{ ...good, epoch: -1 }], /epoch/],
    [[{ ...good, epoch: 1e9 }], /epoch/],
    [[{ ...good, epoch: "1" }], /epoch/],
    [[{ ...good, epoch: { toString: 1, valueOf: 1 } }], /epoch/],
    [[{ id: "a" }], /^\/items\/0 must have a score beside id, group and epoch/],
    [[{ id: "a", ...scores(17) }], /^\/items\/0 must have at most 16 scores: it has 17$/],
    [[{ id: "a", "": 1 }], /^\/items\/0\/ must not be empty$/],
    [[{ id: "a", "x\n": 1 }], /^\/items\/0\/x\n has a control character/],
    [[good, { id: "b" }], /^\/items\/1\/s is missing, and item 0 has it: .* null where/],
    [[{ id: "a", valueOf: 1 }, { id: "b" }], /^\/items\/1\/valueOf is missing/],
    [[good, { id: "b", s: 1, t: 1 }], /^\/items\/1\/t is a score that item 0 has not/],
    [[good, { id: "b", s: "1" }], /^\/items\/1\/s must be a number, true, false or null$/],
    [[good, { id: "b", s: [1] }], /^\/items\/1\/s must be a number/],
    [
      [good, { id: "b", s: null }, { id: "c", s: true }],
      /^\/items\/2\/s must be of one kind: it is a number in item 0 and a boolean in item 2$/,
    ],
    [[{ id: "a", tp: 1.5 }], /^\/items\/0\/tp is a count: it must be an integer from 0 on/],
    [[{ id: "a", fp: -1 }], /^\/items\/0\/fp is a count/],
    [[{ id: "a", fn: true }], /^\/items\/0\/fn is a count/],
    [
      [{ id: "b", s: 1 }, good, { id: "c", s: 1 }, good],
      /^\/items\/3 is item 1 again: both have the id "a" and epoch 1/,
    ],
    [[{ id: 1, s: 1, epoch: 2 }, { id: "1", s: 1, epoch: 2 }], /^\/items\/1 is item 0 again/],
  ];
  for (const [value, message] of cases) {
    const issues = issuesOf(value);
    assert.equal(issues.length, 1, JSON.stringify([value, issues]));
    assert.match(issues[0]!, message, JSON.stringify(value));
  }
  assert.equal(read([{ id: "a", ...scores(16) }])!.ids.length, 1);
  assert.deepEqual(read([{ id: "a", tp: 0, fp: null }])!.scores, { fp: [null], tp: [0] });
});

Deno.test("readItems() names every fault at once", () => {
  assert.equal(
    issuesOf([{ id: "a", s: 1, t: 1 }, { id: "a", s: "", u: 1 }, 1, { s: true, t: 1, epoch: 0.5 }])
      .length,
    8,
  );
});

Deno.test("readItems() is quick, whatever the items hold", () => {
  const many = (item: (index: number) => unknown) =>
    Array.from({ length: MAX_ITEMS }, (_, i) => item(i));
  const names = Array.from({ length: 16 }, (_, index) => `score ${index}`);
  const hostile: Record<string, unknown> = {
    "scores": many((id) => Object.fromEntries([["id", id], ...names.map((name) => [name, 0.5])])),
    "long ids": many((index) => ({ id: "é".repeat(95) + (MAX_ITEMS - index), s: true })),
    "ids to be refused": many(() => ({ id: `${"é".repeat(100)}\u200b`, s: true })),
    "ids to be put in order": many(() => ({ id: "a" + "\u0301\u0323".repeat(50), s: true })),
    "the same id": many(() => ({ id: "a", s: true })),
    "wrong scores": many((id) =>
      Object.fromEntries([["id", id], ...names.map((name) => [name, ""])])
    ),
    "other scores": many((id) => ({ id, [`s${id}`]: 1 })),
    "one of many scores that collide": [
      { id: 1, s: 1 },
      Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [index * 65_536, 1])),
    ],
  };
  for (const [name, items] of Object.entries(hostile)) {
    // The fastest of some: what the machine does besides is not measured.
    const times = Array.from({ length: 3 }, () => {
      const startedAt = performance.now();
      readItems(items, ["items"], new IssueList());
      return performance.now() - startedAt;
    });
    // Mostly 10 to 30; a way that grows with the square takes seconds.
    assert.ok(Math.min(...times) < 500, `${name}: ${times} ms`);
  }
});
