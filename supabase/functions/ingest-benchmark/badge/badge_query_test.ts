import assert from "node:assert/strict";
import { badgeQuerySchema } from "./badge_query.ts";

const QUERY = {
  model_version: "m",
  dataset_version: "d",
  prompt_version: "p",
  environment: "gpu-a100",
};

Deno.test("badgeQuerySchema takes any environment, and fills in what is left out", () => {
  assert.deepEqual(badgeQuerySchema.parse(QUERY), { ...QUERY, variant: "", metric: "f1" });
});

Deno.test("badgeQuerySchema refuses what an SVG cannot show", () => {
  for (
    const change of [
      { label: "a\u0001b" },
      { label: "a\nb" },
      { label: "a\ufffe" },
      { label: "\u202eoops" },
      { metric: "/a\u0000" },
      { metric: "/a\u001b" },
      { metric: "/\uffff" },
      { environment: "Moon" },
    ]
  ) assert.ok(!badgeQuerySchema.safeParse({ ...QUERY, ...change }).success, JSON.stringify(change));
});
