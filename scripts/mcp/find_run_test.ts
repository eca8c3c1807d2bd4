import assert from "node:assert/strict";
import type { LedgerConfiguration } from "./documents.ts";
import { findConfiguration, nearestNames } from "./find_run.ts";

const configuration = (id: number, change: Partial<LedgerConfiguration>): LedgerConfiguration => ({
  id: `00000000-0000-8000-a000-00000000000${id}`,
  model_version: "small-1",
  dataset_version: "bills-1",
  prompt_version: "v1",
  environment: "local",
  variant: "",
  series: null,
  last_version: 5,
  current_version: 3,
  baseline_version: null,
  reference_version: 3,
  void_versions: [],
  ...change,
});
const CONFIGURATIONS = [
  configuration(1, {}),
  configuration(2, { variant: "seed 7" }),
  configuration(3, { model_version: "large-1", current_version: null }),
];
const find = (text: string) => {
  const { configuration, version } = findConfiguration(CONFIGURATIONS, text);
  return [configuration.id.at(-1), version];
};

Deno.test("a configuration is found by its id, its names, or the name of its model", () => {
  assert.deepEqual(find("model_version=small-1,variant="), ["1", null]);
  assert.deepEqual(find("variant=seed 7@4"), ["2", 4]);
  assert.deepEqual(find(`${CONFIGURATIONS[2]!.id}@2`), ["3", 2]);
  assert.deepEqual(find("large-1"), ["3", null]);
  assert.deepEqual(find("large-1@2"), ["3", 2]);
});

Deno.test("what names none or several says which there are", () => {
  assert.throws(() => find("small-1"), /names 2 configurations.*\n.*01 {2}"small-1.*\n.*02 {2}/);
  assert.throws(() => find("large"), /names no run.*nearest names: "large-1", "small-1"/);
  assert.throws(
    () => find("model_version=larg-1,environment=ci"),
    /no model_version "larg-1"; the nearest are "large-1".* no environment "ci"; .* "local"/,
  );
  assert.throws(
    () => find("model_version=large-1,variant=seed 7"),
    /There is no configuration .* There are:\n.*"large-1 /s,
  );
});

Deno.test("a name within another one is nearer than one that is as short", () => {
  assert.equal(
    nearestNames("f1", ["/a1", "/scores/macro/f1", "/b"]).split(", ")[0],
    '"/scores/macro/f1"',
  );
});
