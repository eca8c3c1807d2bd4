import assert from "node:assert/strict";
import { checkAccepted } from "./check_accepted.ts";

const RESULT = { model_version: "m", dataset_version: "d", prompt_version: "p", metrics: {} };

Deno.test("checkAccepted() lets pass what the function takes, without a commit and an environment, too", () => {
  checkAccepted(RESULT, "promptfoo", false);
  checkAccepted({ results: [RESULT, RESULT] }, undefined, true);
});

Deno.test("checkAccepted() says what the function would refuse, all of it and where", () => {
  const { model_version: _, ...unnamed } = RESULT;
  assert.throws(
    () =>
      checkAccepted({ results: [RESULT, { ...unnamed, dataset_size: -1 }] }, "promptfoo", false),
    (error: Error) => {
      assert.deepEqual(error.message.split("\n"), [
        "Converted from promptfoo, the document would be refused: result 2, /model_version is required: give it with --model",
        error.message.split("\n")[1],
      ]);
      assert.match(error.message, /\n {2}result 2, \/dataset_size /);
      return true;
    },
  );
  const large = { ...RESULT, notes: "x".repeat(1 << 20) };
  assert.throws(() => checkAccepted(large, undefined, true), /--details cut shortens/);
  assert.throws(() => checkAccepted(large, undefined, false), /No details are left/);
  assert.throws(
    () => checkAccepted({ results: [large] }, undefined, false),
    /a batch can be split/,
  );
});
