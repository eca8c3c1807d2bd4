import assert from "node:assert/strict";
import { runJob, totalsOf } from "./test_job.ts";

Deno.test("totalsOf() counts what a runner says, and no silence as success", () => {
  const said = "a ... ok (1s)\nb (skipped: no git) ... ignored (0ms)\n\n";
  assert.deepEqual(totalsOf(`${said}ok | 1 passed (2 steps) | 0 failed | 1 ignored (1s)\n`, true), {
    passed: 1,
    failed: 0,
    skipped: ["b (skipped: no git)"],
  });
  assert.deepEqual(totalsOf("FAILED | 3 passed | 2 failed (1s)\n", false), {
    passed: 3,
    failed: 2,
    skipped: [],
  });
  assert.equal(totalsOf("ok | 3 passed | 0 failed (1s)\n", false).failed, 1, "an error outside");
  assert.equal(totalsOf("", false).failed, 1, "it died");
});

Deno.test("runJob() keeps the output of a job together, and whether it passed", async () => {
  const said = await runJob({
    name: "x",
    args: ["eval", "console.error('a'); console.log('b'); Deno.exit(3)"],
    isCheck: true,
  });
  assert.deepEqual([said.passed, said.failed], [0, 1]);
  assert.equal(said.output, "b\na\n");
});
