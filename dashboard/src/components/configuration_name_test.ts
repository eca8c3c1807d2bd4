import assert from "node:assert/strict";
import { configurationName, distinctNames } from "./configuration_name.ts";

const NAMES = {
  model_version: "m",
  dataset_version: "d",
  prompt_version: "p",
  environment: "local",
  variant: "",
};

Deno.test("configurationName() has the variant where there is one", () => {
  assert.equal(configurationName(NAMES), "m · d · p · local");
  assert.equal(configurationName({ ...NAMES, variant: "seed 7" }), "m · d · p · local · seed 7");
});

Deno.test("distinctNames() leaves out what all have in common", () => {
  assert.deepEqual(distinctNames([NAMES, { ...NAMES, environment: "staging" }]), [
    "m · local",
    "m · staging",
  ]);
  assert.deepEqual(distinctNames([NAMES, { ...NAMES, variant: "seed 7" }]), ["m", "m · seed 7"]);
  assert.deepEqual(distinctNames([NAMES]), ["m"]);
});
