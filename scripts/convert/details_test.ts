import assert from "node:assert/strict";
import { parseExactly } from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
import { convertDocument } from "./convert_document.ts";
import { bytesOf, type DetailsMode, fitDetails } from "./details.ts";

// deno-lint-ignore no-explicit-any
type Result = any;

function fit(results: Result[], mode: DetailsMode = "fit") {
  const notes: string[] = [];
  fitDetails(results, mode, (note) => notes.push(note));
  return { metrics: results.map((result) => result.metrics), notes };
}

const text = (kilobytes: number) => "x".repeat(kilobytes << 10);

Deno.test("fitDetails() leaves what fits as it is", () => {
  const result = { metrics: { f1: 0.5, list: [1, "x", { a: null }], note: text(500) } };
  const before = structuredClone(result);
  for (const mode of ["fit", "keep"] as const) assert.deepEqual(fit([result], mode).notes, []);
  assert.deepEqual(result, before);
});

Deno.test("fitDetails() leaves out the bulkiest details until the rest fits, and says which", () => {
  const { metrics, notes } = fit([{
    metrics: {
      f1: 0.5,
      by_category: { a: { f1: 1 }, b: { f1: 0 } },
      config: { model: "m" },
      results: { version: 3, answers: [text(900)], prompt: { raw: "Q" } },
      logs: [text(400)],
    },
    items: [{ id: 1, f1: 1 }],
  }]);
  assert.deepEqual(metrics, [{
    f1: 0.5,
    by_category: { a: { f1: 1 }, b: { f1: 0 } },
    config: { model: "m" },
    results: { version: 3, prompt: { raw: "Q" } },
    logs: [text(400)],
  }]);
  assert.deepEqual(notes, [
    "Left out of metrics: /results/answers: with it, what is posted would be larger than 1 MiB.",
  ]);
  const both = fit([{ metrics: { a: [text(900)], b: text(1100), c: ["kept"] } }]);
  assert.deepEqual(both.metrics, [{ a: [text(900)], c: ["kept"] }]);
});

Deno.test("fitDetails() makes room in all results of a batch alike", () => {
  const result = (answers: number) => ({
    metrics: { pass_rate: 1, results: { answers: [text(answers)], prompt: "p" } },
  });
  const results = [result(700), result(10), result(500)];
  const { metrics, notes } = fit(results);
  const kept = { pass_rate: 1, results: { prompt: "p" } };
  assert.deepEqual(metrics, [kept, kept, kept]);
  assert.equal(notes.length, 1);
});

Deno.test("fitDetails() leaves out what has too many numbers, but never scores", () => {
  const scores = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`s${n}`, n]));
  const { metrics, notes } = fit([{ metrics: { scores, f1: 1, times: Array(2500).fill(1.5) } }]);
  assert.deepEqual(metrics, [{ scores, f1: 1 }]);
  assert.match(notes[0]!, /^Left out of metrics: \/times: .*more than the 5000 numbers/);
  // Those with more digits than a double count, too.
  const source = "0.12345678901234567890";
  const raw = parseExactly(source, [{ path: [], source }]);
  assert.deepEqual(fit([{ metrics: { f1: 1, times: Array(5100).fill(raw) } }]).metrics, [{
    f1: 1,
  }]);
  const many = {
    metrics: { scores: Object.fromEntries(Array.from({ length: 6000 }, (_, n) => [`s${n}`, n])) },
  };
  assert.equal(
    Object.keys(fit([many]).metrics[0].scores).length,
    6000,
    "for the function to refuse",
  );
});

Deno.test("fitDetails() puts null where a result is nested too deep", () => {
  const nested = (depth: number): unknown => depth === 0 ? "bottom" : [nested(depth - 1)];
  const kept = fit([{ metrics: { a: nested(62), f1: 1 } }]);
  assert.deepEqual(kept, { metrics: [{ a: nested(62), f1: 1 }], notes: [] });
  const { metrics, notes } = fit([{ metrics: { a: nested(63), f1: 1 } }]);
  assert.equal(metrics[0].f1, 1);
  assert.match(JSON.stringify(metrics[0].a), /^\[{62}null\]{62}$/);
  assert.match(notes[0]!, /^Left out of metrics: \/a(\/0){62}.*nested deeper than 64/);
});

Deno.test("fitDetails() leaves items out only where nothing else is left", () => {
  const items = (length: number) =>
    Array.from({ length }, (_, n) => ({ id: `${n}`.padEnd(190, "i"), x: 1 }));
  const roomy: Result = { metrics: { f1: 1, log: [text(500)] }, items: items(4500) };
  const made = fit([roomy]);
  assert.deepEqual(made.metrics, [{ f1: 1 }]);
  assert.equal(roomy.items.length, 4500);
  const huge: Result = { metrics: { f1: 1 }, items: items(9000) };
  const { notes } = fit([huge]);
  assert.deepEqual(huge, { metrics: { f1: 1 } });
  assert.match(notes[0]!, /without items: with them it would be larger than the 1 MiB/);
});

Deno.test("drop leaves out all that is no score, and cut shortens long texts first", () => {
  const metrics = () => ({
    f1: 0.5,
    valid: true,
    none: null,
    model_name: "m",
    by_category: { a: { f1: 1 } },
    individual_results: [{ a: 1 }],
    config: { model: "m" },
    log: text(2),
  });
  const { individual_results: _i, config: _c, log: _l, ...scores } = metrics();
  const dropped = fit([{ metrics: metrics() }], "drop");
  assert.deepEqual(dropped.metrics, [scores]);
  assert.deepEqual(dropped.notes, [
    "Left out of metrics: /individual_results, /config, /log (--details drop).",
  ]);
  const cut = fit([{ metrics: { ...metrics(), deep: [{ answer: "😀".repeat(1001) }] } }], "cut");
  assert.equal(cut.metrics[0].log, `${"x".repeat(999)}…`);
  assert.equal(cut.metrics[0].deep[0].answer, `${"😀".repeat(999)}…`);
  assert.deepEqual(cut.metrics[0].config, { model: "m" });
  assert.deepEqual(cut.notes, ["Texts of metrics cut to 1000 characters: 2 (--details cut)."]);
  const many = fit([{ metrics: { f1: 1, list: Array(3000).fill(text(2)) } }], "cut");
  assert.deepEqual(many.metrics, [{ f1: 1 }]);
});

Deno.test("convertDocument() does with details as it is told", () => {
  const document = {
    model_name: "m",
    total_documents: 1,
    issue_f1_score: 0.5,
    individual_results: [{ document_name: "a", answer: text(1100) }],
  };
  const metrics = (details?: DetailsMode) =>
    convertDocument(document, { details }).metrics as Record<string, unknown>;
  assert.deepEqual(metrics(), { model_name: "m", f1: 0.5 });
  assert.deepEqual(metrics("drop"), { model_name: "m", f1: 0.5 });
  assert.ok(bytesOf([{ metrics: metrics("cut") }]) < 2000);
  assert.throws(() => metrics("keep"), /bytes, and may have 1048576\. --details cut shortens/);
  assert.equal(document.individual_results[0]!.answer.length, 1100 << 10, "the document stays");
  // What has the format already is somebody's own words.
  const own = {
    model_version: "m",
    dataset_version: "d",
    prompt_version: "p",
    metrics: { f1: 1, log: text(1100) },
  };
  assert.throws(() => convertDocument(own, {}), /--details drop/);
  assert.deepEqual(convertDocument(own, { details: "drop" }).metrics, { f1: 1 });
});
