import assert from "node:assert/strict";
import { compareTo, parseCompareTo } from "./compare_to.ts";

const ID = "0123abcd-0123-4abc-8abc-0123456789ab";

Deno.test("parseCompareTo() reads names of a configuration, a version with them or not", () => {
  assert.deepEqual(parseCompareTo("model_version=small-2,prompt_version=v3"), {
    model_version: "small-2",
    prompt_version: "v3",
  });
  assert.deepEqual(parseCompareTo("variant=seed 7, environment=local@12"), {
    variant: "seed 7",
    environment: "local",
    snapshot_version: 12,
  });
  assert.deepEqual(parseCompareTo("variant="), { variant: "" });
});

Deno.test("parseCompareTo() ends a value only before a name", () => {
  assert.deepEqual(
    parseCompareTo("variant=linux, seed=7,temperature=0,dataset_version=a=b,c@d@3"),
    { variant: "linux, seed=7,temperature=0", dataset_version: "a=b,c@d", snapshot_version: 3 },
  );
  assert.deepEqual(
    parseCompareTo("model_version=sonnet@20240620,environment=local"),
    { model_version: "sonnet@20240620", environment: "local" },
  );
});

Deno.test("parseCompareTo() reads an id", () => {
  assert.deepEqual(parseCompareTo(ID), { configuration_id: ID });
  assert.deepEqual(parseCompareTo(`${ID.toUpperCase()}@999999999`), {
    configuration_id: ID,
    snapshot_version: 999_999_999,
  });
});

Deno.test("parseCompareTo() says what it cannot read, and what it could", () => {
  const cases: [string, RegExp][] = [
    ["", /must be such as "model_version=small-2,prompt_version=v3".*id.*"@12"/],
    ["small-2", /must be such as/],
    ["model=small-2", /must be such as/],
    ["model_version", /must be such as/],
    [",model_version=a", /must be such as/],
    [ID.slice(1), /must be such as/],
    ["@3", /must be such as/],
    ["model_version=a,model_version=b", /names model_version twice/],
    ["model_version=", /names the model_version wrongly: it must not be empty/],
    ["model_version=a\u200b", /names the model_version wrongly: it has an invisible character/],
    ["model_version=a\nb", /names the model_version wrongly: it has a control character/],
    [`environment=${"x".repeat(41)}`, /names the environment wrongly: it must have at most 40/],
    ["model_version=a@0", /ends with @0, which is no version/],
    ["model_version=a@007", /ends with @007/],
    [`${ID}@1234567890`, /versions are 1 to 999999999/],
    ["x".repeat(1_001), /at most 1000 characters: it has 1001/],
    ["1".repeat(999) + "@", /must be such as/],
  ];
  for (const [text, message] of cases) {
    const problem = parseCompareTo(text);
    assert.match(typeof problem === "string" ? problem : JSON.stringify(problem), message);
    assert.ok((problem as string).length <= 200, "or it would be cut");
    const [issue] = compareTo.safeParse(text).error!.issues;
    assert.equal(issue!.message, problem);
  }
});
