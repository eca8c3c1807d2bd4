import assert from "node:assert/strict";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";
import { RESULT } from "../../testing/test_app.ts";

Deno.test("admin policy set looks back at the runs that are stored", async (t) => {
  const dataDirectory = await Deno.makeTempDir();
  const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  const policy = (...args: string[]) =>
    runScript("admin", ["policy", ...args, "--data-dir", dataDirectory]);
  const set = (metric: string, ...args: string[]) =>
    policy("set", "--metric", metric, "--better", "higher", "--limit", "0.02", ...args);
  const history: [string, string, number[]][] = [
    ["falls", "", [0.9, 0.9, 0.8]],
    ["falls", "seed 7", [0.9, 0.7, 0.7]],
    ["mended", "", [0.9, 0.8, 0.9]],
    ["steady", "", [0.9, 0.9, 0.89]],
  ];
  let run = 0;
  // Interleaved: the first to have fallen is told from the first of the list.
  for (const version of [0, 1, 2]) {
    for (const [model_version, variant, values] of history) {
      const response = await stack.post({
        ...RESULT,
        model_version,
        variant,
        commit_sha: `${version}abcdef0123`,
        run_id: `${run++}`,
        metrics: { score: values[version], other: version === 0 ? 0.8 : 0.9 },
      });
      assert.equal(response.status, 201, await response.text());
    }
  }

  await t.step("what is worse now is listed, and since when", async () => {
    const { code, stdout, stderr } = await set("score", "--severity", "warn");
    assert.equal(code, 0, stderr);
    const today = new Date().toISOString().slice(0, 10);
    assert.match(
      stdout,
      new RegExp(`2 configurations are worse by this, the first since 1abcdef \\(${today}\\):`),
    );
    assert.match(
      stdout,
      /MODEL +DATASET +PROMPT +ENVIRONMENT +VARIANT +SINCE VERSION +COMMIT +DATE/,
    );
    const [first, second] = stdout.split("\n").slice(-3);
    assert.match(first!, /falls +data-1 +prompt-1 +local +seed 7 +2 +1abcdef +\d{4}-\d\d-\d\d/);
    assert.match(second!, /falls +data-1 +prompt-1 +local +3 +2abcdef/);
    assert.match((await runScript("verify", ["--data-dir", dataDirectory])).stdout, /intact/);
  });

  await t.step("as JSON, again, and for a single model", async () => {
    const { stdout } = await set("score", "--severity", "warn", "--json");
    const { id, replay } = JSON.parse(stdout);
    assert.equal(typeof id, "number");
    const { open, ...counts } = replay;
    assert.deepEqual(counts, { configurations: 4, runs: 12, with_metric: 12, worse: 3 });
    assert.deepEqual(
      open.map((row: Record<string, unknown>) => [row.model_version, row.since_version]),
      [["falls", 2], ["falls", 3]],
    );
    assert.match(
      (await set("score", "--model", "mended")).stdout,
      /Nothing is worse by this any more; 1 earlier run was\./,
    );
    assert.match(
      (await set("score", "--model", "steady")).stdout,
      /Nothing that is stored is worse by this\./,
    );
    assert.match((await set("other")).stdout, /Nothing that is stored is worse by this\./);
  });

  await t.step("a metric that no run has is a warning", async () => {
    const { code, stdout, stderr } = await set("unseen");
    assert.equal(code, 0);
    assert.match(stdout, /^Policy \d+ is in force\.\n$/);
    assert.match(
      stderr,
      /No run has \/unseen yet: it is judged from the first two that have it\.\n$/,
    );
  });

  await t.step("--no-replay sets the policy alone", async () => {
    const { code, stdout, stderr } = await set("another", "--no-replay", "--json");
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
    assert.equal(JSON.parse(stdout).replay, null);
  });

  await t.step("policy list shows what intervals are made of", async () => {
    const options = ["--confidence", "0.99", "--items", "passed", "--standard-error", "se/pass"];
    const { code, stderr } = await set("pass_rate", ...options, "--no-replay");
    assert.equal(code, 0, stderr);
    const { stdout } = await policy("list");
    assert.match(stdout, /SEVERITY +CONFIDENCE +ITEMS +STANDARD ERROR +SCOPE/);
    assert.match(stdout, /\/pass_rate +higher +0\.02 +fail +99% +passed +\/se\/pass +all/);
    assert.match(stdout, /\/f1 +higher +0\.05 +fail +95% +by name +\/f1_stderr +all/);
  });

  await t.step("wrong usage has exit code 2", async () => {
    const cases: [string[], RegExp][] = [
      [["--confidence", "95"], /--confidence must be 0\.5 to 0\.9999, such as 0\.95/],
      [["--confidence", "0.4"], /--confidence/],
      [["--items", ""], /--items takes the name of a score/],
      [["--standard-error="], /--standard-error a JSON pointer/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await set("f1", ...args);
      assert.equal(code, 2, args.join(" "));
      assert.match(stderr, message);
    }
  });
  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});
