import assert from "node:assert/strict";
import { randomFrom } from "../../testing/random.ts";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";

const ITEMS = 60;

/** A result whose first `failures` items fail. */
function result(model_version: string, failures: number, more: Record<string, unknown> = {}) {
  return {
    model_version,
    dataset_version: "bills-1",
    prompt_version: "v1",
    environment: "local",
    commit_sha: `${failures}0abcdef`,
    metrics: { latency_ms: 400 + failures, tokens: { input: 1000, output: 100 + failures } },
    items: Array.from({ length: ITEMS }, (_, item) => ({
      id: `bill-${String(item).padStart(2, "0")}`,
      group: `${item >> 1}`,
      correct: item >= failures,
    })),
    ...more,
  };
}

Deno.test("compare judges one run against another, and shows what differs", async (t) => {
  const dataDirectory = await Deno.makeTempDir();
  const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  const set = async (...policy: string[]) => {
    const { code, stderr } = await runScript("admin", [
      "policy",
      "set",
      ...policy,
      "--no-replay",
      "--data-dir",
      dataDirectory,
    ]);
    assert.equal(code, 0, stderr);
  };
  const compare = (...args: string[]) =>
    runScript("compare", [...args, "--data-dir", dataDirectory]);
  const post = async (...results: unknown[]): Promise<string> => {
    const response = await stack.post({ results });
    const answer = await response.json();
    assert.equal(response.status, 201, JSON.stringify(answer));
    return answer.results[0].configuration.id;
  };
  await set("--metric", "accuracy", "--better", "higher", "--limit", "0.05");
  const small = await post(
    result("small-1", 2),
    result("small-1", 2, { run_id: "2" }),
    result("small-1", 20, { run_id: "3", candidate: true }),
  );
  const large = await post(result("large-1", 1, { series: "auditor", variant: "seed 7" }));
  await post(result("large-1", 1, { prompt_version: "v2", dataset_version: "bills-2" }));

  await t.step("the newest of one configuration against the current one", async () => {
    const { code, stdout, stderr } = await compare("model_version=small-1", small);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
    const today = new Date().toISOString().slice(0, 10);
    assert.ok(stdout.startsWith(
      `A: small-1 / bills-1 / v1 / local, version 2, 20abcde, ${today}\n` +
        `B: small-1 / bills-1 / v1 / local, version 3, 200abcd, ${today}\n\n`,
    ));
    assert.match(stdout, /METRIC +FROM +TO +CHANGE +INTERVAL +VERDICT +LIMIT +EVIDENCE/);
    assert.match(
      stdout,
      /\/accuracy +0\.9667 +0\.6667 +▼ −0\.3 +−0\.\d+ to −0\.\d+ +✗ worse +0\.05, fail +60 items, 95 %/,
    );
    assert.match(stdout, /\/latency_ms +402 +420 +▲ \+18 +– +✓ not worse +50 %, warn +the limit/);
    assert.match(
      stdout,
      /Other numbers that differ:\nNUMBER .*\n\/tokens\/output +102 +120 +\+18 +\+17\.6 %\n\n/,
    );
    assert.match(stdout, /Items of \/accuracy: 60 in both, 18 worse, 0 better:\nITEM +GROUP/);
    assert.match(stdout, /bill-02 +1 +✗ newly failing +1 +0\n/);
    assert.match(stdout, /bill-11 .*\n… and 8 more: --items N\n/);
    assert.match(stdout, /\naccuracy −0\.3 .*: worse than the limit of 0\.05 allows\.\n/);
  });

  await t.step("--json is one document, and --metric and --items limit it", async () => {
    const { stdout } = await compare(`${small}@2`, `${small}@3`, "--json");
    const document = JSON.parse(stdout);
    assert.deepEqual(
      Object.keys(document),
      ["a", "b", "judgements", "metrics", "item_changes", "change_points"],
    );
    assert.deepEqual(document.a.configuration, {
      id: small,
      model_version: "small-1",
      dataset_version: "bills-1",
      prompt_version: "v1",
      environment: "local",
      variant: "",
    });
    assert.deepEqual([document.a.snapshot_version, document.b.snapshot_version], [2, 3]);
    const [accuracy, latency] = document.judgements;
    assert.deepEqual([accuracy.verdict, latency.verdict], ["worse", "not-worse"]);
    assert.ok(accuracy.evidence.p_value < 0.01);
    assert.equal(document.item_changes[0].items.length, 10);
    assert.ok(document.metrics.length > 2);

    const limited = JSON.parse(
      (await compare(`${small}@2`, `${small}@3`, "--json", "--metric", "tokens", "--items", "0"))
        .stdout,
    );
    assert.deepEqual(limited.judgements, []);
    assert.deepEqual(limited.item_changes, []);
    assert.deepEqual(limited.metrics.map(({ path }: { path: string }) => path), [
      "/tokens/input",
      "/tokens/output",
    ]);
    const one = await compare(`${small}@2`, `${small}@3`, "--metric", "accuracy", "--items", "1");
    assert.match(one.stdout, /… and 17 more/);
    assert.doesNotMatch(one.stdout, /latency|tokens/);
    const none = await compare(`${small}@2`, `${small}@3`, "--metric", "nothing");
    assert.equal(none.code, 1);
    assert.match(none.stderr, /Neither run has a number \/nothing/);
  });

  await t.step("--fail-on says what the exit code is about", async () => {
    const code = async (a: string, b: string, word: string) =>
      (await compare(a, b, "--fail-on", word)).code;
    assert.equal(await code(`${small}@2`, `${small}@3`, "worse"), 1);
    assert.equal(await code(`${small}@2`, `${small}@3`, "inconclusive"), 1);
    assert.equal(await code(`${small}@3`, `${small}@2`, "inconclusive"), 0);
    assert.equal(await code(`${small}@1`, `${small}@2`, "inconclusive"), 0);
  });

  await t.step("of two configurations, of a series, and of other data", async () => {
    const { stdout, stderr } = await compare("model_version=small-1@1", "series:auditor", "--json");
    assert.equal(stderr, "");
    const { a, b, judgements } = JSON.parse(stdout);
    assert.deepEqual(
      [a.configuration.model_version, b.configuration.id, b.configuration.variant],
      ["small-1", large, "seed 7"],
    );
    assert.deepEqual(
      judgements.map(({ metric, verdict, reference }: Record<string, unknown>) => [
        metric,
        verdict,
        (reference as { snapshot_version: number }).snapshot_version,
      ]),
      [["/accuracy", "not-worse", 1], ["/latency_ms", "not-worse", 1]],
    );
    const other = await compare("model_version=small-1@1", "dataset_version=bills-2");
    assert.equal(other.code, 0, other.stderr);
    assert.match(other.stderr, /A ran on bills-1 and B on bills-2: what differs may be the data/);
  });

  await t.step("of a configuration without a published run, the newest candidate", async () => {
    const candidate = { prompt_version: "v3", candidate: true };
    await post(
      result("small-1", 3, candidate),
      result("small-1", 4, { ...candidate, run_id: "2" }),
    );
    const { stdout } = await compare(small, "prompt_version=v3", "--json");
    const { a, b } = JSON.parse(stdout);
    assert.deepEqual([a.snapshot_version, b.snapshot_version], [2, 2]);
    assert.equal(b.configuration.prompt_version, "v3");
  });

  await t.step("a run alone against what it was judged against", async () => {
    const versions = async (run: string) => {
      const { a, b } = JSON.parse((await compare(run, "--json")).stdout);
      return [a, b].map((one) => [one.configuration.model_version, one.snapshot_version]);
    };
    assert.deepEqual(await versions(`${small}@3`), [["small-1", 2], ["small-1", 3]]);
    assert.deepEqual(await versions("model_version=small-1,prompt_version=v1"), [["small-1", 1], [
      "small-1",
      2,
    ]]);
    assert.deepEqual(await versions("variant=seed 7"), [["small-1", 2], ["large-1", 1]]);
    const first = await compare(`${small}@1`);
    assert.equal(first.code, 1);
    assert.match(first.stderr, /Version 1 of small-1 .* was compared with nothing .*compare A B/);
  });

  await t.step("what a text does not name is said", async () => {
    const cases: [string[], number, RegExp][] = [
      [[], 2, /Give one run, or two/],
      [["a", "b", "c"], 2, /Give one run, or two/],
      [["small-1"], 2, /small-1 names no run: it must be such as .*; or series:NAME/],
      [[small, "--fail-on", "better"], 2, /--fail-on must be worse or inconclusive/],
      [[small, "--items", "many"], 2, /--items must be a number of 0 to 10000/],
      [[small, "--metric="], 2, /--metric must be a JSON pointer/],
      [["model_version=large-1"], 1, /names 2 configurations[^]*ID +MODEL_VERSION[^]*seed 7/],
      [["model_version=gone"], 1, /no configuration model_version=gone\. There are:[^]*large-1/],
      [["series:gone"], 1, /series gone has no published run\. There are: auditor\./],
      [[`${small}@9`], 1, /no version 9 of small-1 .*: it has versions 1 to 3/],
      [[`${small}@1`, `${small}@1`], 1, /are both version 1 of small-1 .*, as in .*@2\./],
      [[large, "series:auditor"], 1, /are both version 1 of large-1 .*: it has no other run/],
    ];
    for (const [args, expected, message] of cases) {
      const { code, stderr } = await compare(...args);
      assert.equal(code, expected, `${args}: ${stderr}`);
      assert.match(stderr, message);
    }
  });

  await t.step("a shift in B's history is named, unless the policy allows it", async () => {
    const random = randomFrom(1);
    const history = Array.from({ length: 60 }, (_, run) => ({
      ...result("shifting", 0),
      run_id: `${run}`,
      commit_sha: `${String(run).padStart(7, "0")}`,
      items: undefined,
      metrics: { latency_ms: (run < 40 ? 400 : 700) + random() * 20 },
    }));
    await post(...history);
    const { stdout } = await compare("model_version=shifting@39", "model_version=shifting@60");
    const today = new Date().toISOString().slice(0, 10);
    assert.match(
      stdout,
      new RegExp(
        `^/latency_ms shifted from 4\\d\\d\\.?\\d* to 7\\d\\d\\.?\\d* at version 41 \\(0000040, ${today}\\)$`,
        "m",
      ),
    );
    const limit = ["--metric", "latency_ms", "--better", "lower", "--limit", "90%"];
    await set(...limit, "--severity", "warn");
    const allowed = await compare("model_version=shifting@39", "model_version=shifting@60");
    assert.doesNotMatch(allowed.stdout, /shifted/);
  });

  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});

Deno.test("compare --help says what it is given", async () => {
  const { code, stdout } = await runScript("compare", ["--help"]);
  assert.equal(code, 0);
  assert.match(stdout, /series:NAME/);
});
