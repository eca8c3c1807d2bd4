import assert from "node:assert/strict";
import { distinctNames } from "./configuration_name.ts";

const NAMES = {
  model_version: "m",
  dataset_version: "d",
  prompt_version: "p",
  environment: "local",
};

Deno.test("distinctNames() leaves out what all have in common", () => {
  assert.deepEqual(distinctNames([NAMES, { ...NAMES, environment: "staging" }]), [
    "m · local",
    "m · staging",
  ]);
  assert.deepEqual(distinctNames([NAMES]), ["m"]);
});
