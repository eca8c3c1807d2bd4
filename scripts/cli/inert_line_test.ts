import assert from "node:assert/strict";
import { inertLine } from "./inert_line.ts";

Deno.test("inertLine() holds no command of a runner and moves no cursor", () => {
  assert.equal(inertLine("::error::x"), ": :error::x");
  assert.equal(inertLine("a\n::add-mask::b"), "a ::add-mask::b");
  assert.equal(inertLine("  ::stop"), "  : :stop");
  assert.equal(inertLine("##[group]\u001b[2J\u2028x"), "# #[group] [2J x");
  assert.equal(inertLine("f1 +0.01: fine::"), "f1 +0.01: fine::");
});
