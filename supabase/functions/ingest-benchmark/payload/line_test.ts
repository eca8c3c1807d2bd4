import assert from "node:assert/strict";
import { isLine, line, lineProblem, nameProblem } from "./line.ts";

Deno.test("nameProblem() takes names in any script, and plain emoji", () => {
  for (
    const name of ["model-1", "a b", "Größe", "模型 一", "نموذج", "มอเดล", "한국어", "😀", "👍🏽"]
  ) assert.equal(nameProblem(name), null, name);
});

Deno.test("nameProblem() names the character that is not seen or does more than be seen", () => {
  const cases: [string, RegExp][] = [
    ["a\nb", /control character.*U\+000A at position 2$/],
    ["ab\u0085", /control character.*U\+0085 at position 3$/],
    ["a\u2028b", /line break.*U\+2028 at position 2$/],
    ["a\u202eb", /direction.*U\+202E at position 2$/],
    ["\u061ca", /direction.*U\+061C at position 1$/],
    ["a\u00a0b", /space other than U\+0020.*U\+00A0 at position 2$/],
    ["a\u3000b", /space other than U\+0020.*U\+3000/],
    ["😀\u200b", /invisible.*U\+200B at position 2$/], // counted in characters
    ["a\u2800", /blank.*U\+2800/],
    ["a\ufffe", /no character.*U\+FFFE/],
    ["a\ud800", /no character.*U\+D800/],
    [" a", /begins with white space: U\+0020 at position 1$/],
    ["a ", /ends with white space: U\+0020 at position 2$/],
    [" ", /white space/],
    ["cafe\u0301", /form C, from U\+0065 at position 4 on/],
    ["\u212bngstrom", /form C, from U\+212B at position 1 on/], // Å as the unit
    ["q\u0307\u0323", /form C, from U\+0307 at position 2 on/], // marks in the other order
  ];
  for (const [name, message] of cases) {
    assert.match(nameProblem(name) ?? "accepted", message, JSON.stringify(name));
  }
  for (
    const invisible of [
      "\u00ad", // soft hyphen
      "\u200c",
      "\u200d", // the joiner of emoji sequences
      "\u2060",
      "\u2064",
      "\u2065", // not assigned, and ignorable all the same
      "\ufeff",
      "\ufe0f", // variation selectors
      "\u{e0100}",
      "\u180b",
      "\u{e0041}", // tags
      "\u034f", // combining grapheme joiner
      "\u115f", // fillers, which are letters
      "\u3164",
      "\uffa0",
      "\u17b4",
      "\u{1d173}",
    ]
  ) assert.match(nameProblem(`a${invisible}b`) ?? "accepted", /invisible.*position 2$/);
});

Deno.test("line() counts characters as Postgres does, and looks no further when they are too many", () => {
  const messages = (text: string) =>
    line(200).safeParse(text).error?.issues.map((issue) => issue.message) ?? [];
  assert.deepEqual(messages("😀".repeat(200)), []);
  assert.match(messages("😀".repeat(201))[0]!, /at most 200.*has 201/);
  assert.equal(messages("\u200b".repeat(500_000)).length, 1);
  assert.match(messages("")[0]!, /must not be empty/);
  assert.ok(line(200, 0).safeParse("").success);
});

Deno.test("isLine() holds for what lineProblem() finds nothing in", () => {
  const parts = [
    "a",
    "é",
    "e\u0301",
    " ",
    "😀",
    "\n",
    "\u200b",
    "\u00a0",
    "\ud800",
    "~",
    "!",
    "\u7f8e",
  ];
  const texts = ["", ..."ab".split("")];
  for (const a of parts) for (const b of parts) for (const c of parts) texts.push(a + b + c);
  texts.push("😀".repeat(4), "😀".repeat(5), "aaaa", "aaaaa");
  for (const text of texts) {
    assert.equal(isLine(text, 4), lineProblem(text, 4) === null, JSON.stringify(text));
  }
});
