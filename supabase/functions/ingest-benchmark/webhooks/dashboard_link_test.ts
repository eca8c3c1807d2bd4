import assert from "node:assert/strict";
import { viewLink } from "./dashboard_link.ts";

Deno.test("viewLink() takes an address as people give it", () => {
  const cases = [
    ["https://bench.example", "https://bench.example/?view=run"],
    ["https://example.com/bench", "https://example.com/bench/?view=run"],
    ["https://example.com/bench/", "https://example.com/bench/?view=run"],
    ["https://example.com/bench/index.html", "https://example.com/bench/index.html?view=run"],
    [
      "https://example.com/?view=trends&configurations=a&metric=%2Ff1&theme=dark#top",
      "https://example.com/?theme=dark&view=run",
    ],
  ] as const;
  for (const [given, link] of cases) {
    assert.equal(viewLink(new URL(given), [["view", "run"]]), link);
  }
});
