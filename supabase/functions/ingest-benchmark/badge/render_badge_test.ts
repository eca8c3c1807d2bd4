import assert from "node:assert/strict";
import { renderBadge } from "./render_badge.ts";

const titleOf = (svg: string) => /<title>(.*?)<\/title>/.exec(svg)?.[1];

Deno.test("renderBadge() shows the number with four significant digits", () => {
  assert.equal(titleOf(renderBadge("f1", 0.916666)), "f1: 0.9167");
  assert.equal(titleOf(renderBadge("/latency_ms", 1801.5)), "latency_ms: 1802");
  assert.equal(titleOf(renderBadge("f1", 1)), "f1: 1");
});

Deno.test("renderBadge() colours fractions by how good they are, and other numbers alike", () => {
  const colorOf = (svg: string) => /<rect x="\d+" [^>]*fill="(#\w+)"/.exec(svg)![1];
  const fractions = [0.95, 0.85, 0.75, 0.65, 0.55, 0.1].map((f1) => colorOf(renderBadge("f1", f1)));
  assert.equal(new Set(fractions).size, 6);
  const latencies = [0.95, 0.1].map((ms) => colorOf(renderBadge("/latency_ms", ms)));
  assert.equal(new Set([...latencies, ...fractions]).size, 7);
});

Deno.test("renderBadge() says when there is no number", () => {
  assert.equal(titleOf(renderBadge("f1", null)), "f1: no data");
});

Deno.test("renderBadge() takes a label as text and not as markup", () => {
  const svg = renderBadge("a/b~1c", 1, '<script>&"');
  assert.equal(titleOf(svg), "&lt;script&gt;&amp;&quot;: 1");
  assert.equal(titleOf(renderBadge("/a/b~1c", 1)), "b/c: 1");
  assert.equal(titleOf(renderBadge("/a/~01", 1)), "~1: 1");
});
