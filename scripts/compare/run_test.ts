import assert from "node:assert/strict";
import type { ListedConfiguration } from "../cli/listed_configuration.ts";
import { withVersion } from "./run.ts";

const configuration = (current_version: number | null): ListedConfiguration => ({
  id: "00000000-0000-8000-a000-000000000001",
  model_version: "small-1",
  dataset_version: "bills-1",
  prompt_version: "v1",
  environment: "local",
  variant: "",
  series: null,
  last_version: 5,
  current_version,
  void_versions: [],
});

Deno.test("without a version it is the current one, or the newest where nothing is published", () => {
  const version = (current: number | null, named: number | null) =>
    withVersion({ configuration: configuration(current), version: named }, JSON.stringify).version;
  assert.equal(version(3, null), 3);
  assert.equal(version(null, null), 5);
  assert.equal(version(3, 5), 5);
  assert.throws(() => version(3, 6), /no version 6 .* versions 1 to 5/);
});
