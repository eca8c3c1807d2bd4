import assert from "node:assert/strict";
import { lineProblem } from "../../supabase/functions/ingest-benchmark/payload/line.ts";
import { parseExactly } from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
import { cleanName, digest, joinNames, nameOf, nameWith, settingsName } from "./names.ts";

const DIGEST = "#[0-9a-f]{12}";

Deno.test("digest() is the same for any order of keys, and another for any other value", () => {
  assert.match(digest({ a: 1 }), /^[0-9a-f]{12}$/);
  assert.equal(digest({ a: 1, b: { c: [2], d: 3 } }), digest({ b: { d: 3, c: [2] }, a: 1 }));
  assert.notEqual(digest([1, 2]), digest([2, 1]));
  const raw = (source: string) => parseExactly(source, [{ path: [], source }]);
  assert.notEqual(
    digest({ t: raw("0.10000000000000000000000000001") }),
    digest({ t: raw("0.10000000000000000000000000002") }),
  );
});

Deno.test("cleanName() leaves a name as it is, and takes off what cannot be seen around it", () => {
  for (const name of ["a", "org/tiny-1b", "Größe 😀", "a #b", "x".repeat(200), "😀".repeat(200)]) {
    assert.equal(cleanName(name), name);
  }
  for (const same of [" a b", "a b\n", "\t a b \r\n", "\u00a0a b", "a b\u2028"]) {
    assert.equal(cleanName(same), "a b");
  }
  assert.equal(cleanName("Gro\u0308ße"), "Größe");
});

Deno.test("cleanName() marks with a digest what it changes or cuts", () => {
  for (
    const [text, start] of [
      ["Checks the answers.\nRuns nightly.\n", "Checks the answers. Runs nightly."],
      ["a\u200bb", "ab"],
      ["a\u0000b", "ab"],
      ["a\u202eb", "ab"],
      ["a\ud800b", "a\ufffdb"],
      ["👨\u200d👩", "👨👩"],
      ["❤\ufe0f", "❤"],
      ["a\t\u3000b", "a b"],
      ["a\ufffdb", "a\ufffdb"],
    ] as const
  ) {
    const name = cleanName(text)!;
    assert.equal(lineProblem(name, 200), null, JSON.stringify(text));
    assert.ok(name.startsWith(`${start} #`), name);
    assert.match(name, new RegExp(` ${DIGEST}$`));
  }
  const long = cleanName("x".repeat(300))!;
  assert.equal([...long].length, 200);
  assert.match(long, new RegExp(`^x+… ${DIGEST}$`));
  assert.equal([...cleanName("😀".repeat(201))!].length, 200);
  assert.equal([...cleanName("x".repeat(101), 100)!].length, 100);
});

Deno.test("cleanName() never makes one name of two texts that look different", () => {
  const long = "x".repeat(250);
  const texts = ["a b", "a\nb", "a\tb", "a\n\nb", "ab", "a\u200bb", "a\u00adb", long, `${long}y`];
  texts.push("a\ud800b", "a\ud801b", "a\ufffdb");
  assert.equal(new Set(texts.map((text) => cleanName(text))).size, texts.length);
  assert.equal(cleanName("a\r\nb"), cleanName("a\nb"), "line ends of Windows are the same text");
});

Deno.test("cleanName() says when nothing is left", () => {
  for (const text of ["", " ", "\n", "\u200b", "\u2800", " \u0000 "]) {
    assert.equal(cleanName(text), undefined);
  }
});

Deno.test("joinNames() lists names, and marks with a digest what it cuts", () => {
  assert.equal(joinNames(["a@1", "b@2"]), "a@1,b@2");
  assert.equal(joinNames([]), "");
  const tasks = Array.from({ length: 57 }, (_, n) => `mmlu_prox_subject_${n}@1`);
  const name = joinNames(tasks);
  assert.match(name, new RegExp(`^mmlu_prox_subject_0@1,.* and \\d+ more ${DIGEST}$`));
  assert.ok(name.length <= 200);
  const others = [
    tasks.with(56, "mmlu_prox_subject_56@2"),
    tasks.with(56, "other@1"),
    tasks.slice(1),
  ];
  assert.equal(new Set([tasks, ...others].map((list) => joinNames(list))).size, 4);
  assert.notEqual(joinNames(["a,b"]), joinNames(["a", "b"]));
  assert.notEqual(joinNames(["x".repeat(300), "a"]), joinNames(["x".repeat(300), "b"]));
  for (const odd of [["x".repeat(300)], ["", "a"], ["a\nb"], ["y".repeat(199), "b"]]) {
    assert.equal(lineProblem(joinNames(odd), 200), null);
  }
});

Deno.test("settingsName() names settings in the order of keys, and bulky ones by a digest", () => {
  assert.equal(settingsName({ top_p: 0.9, temperature: 0, seed: null }), "temperature=0,top_p=0.9");
  assert.equal(settingsName({ do_sample: true, none: undefined, empty: "" }), "do_sample=true");
  assert.equal(settingsName({}), "");
  assert.match(settingsName({ stop: ["a"] }), new RegExp(`^stop=${DIGEST}$`));
  assert.notEqual(settingsName({ a: "1,b=2" }), settingsName({ a: 1, b: 2 }));
  const source = "0.123456789012345678901234567890";
  const raw = parseExactly(source, [{ path: [], source }]);
  assert.equal(settingsName({ t: raw }), "t=12345678901234567890123456789e-29");
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`setting_${n}`, n]));
  assert.equal(lineProblem(settingsName(many), 100), null);
  assert.notEqual(settingsName(many), settingsName({ ...many, setting_29: 30 }));
});

Deno.test("nameWith() adds what tells a name from others, and nameOf() takes texts and numbers", () => {
  assert.equal(nameWith("gsm8k@3", undefined, "limit=100", ""), "gsm8k@3 limit=100");
  const long = "x".repeat(190);
  assert.notEqual(nameWith(long, "limit=1000"), nameWith(long, "limit=1001"));
  assert.equal(lineProblem(nameWith(long, "limit=1000"), 200), null);
  assert.equal(nameOf(3), "3");
  assert.equal(nameOf(" a\n"), "a");
  for (const none of [null, undefined, {}, [], ""]) assert.equal(nameOf(none), undefined);
});
