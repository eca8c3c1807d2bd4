import assert from "node:assert/strict";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";
import { RESULT } from "../../testing/test_app.ts";

Deno.test("admin acknowledge closes an open regression, and opens it again", async () => {
  const dataDirectory = await Deno.makeTempDir();
  const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  const acknowledge = (...args: string[]) =>
    runScript("admin", ["acknowledge", ...args, "--data-dir", dataDirectory]);
  const open = async (): Promise<{ configuration_id: string; metric: string }[]> =>
    await (await stack.rpc("get_open_regressions")).json();
  for (const f1 of [0.9, 0.8]) {
    const response = await stack.post({ ...RESULT, metrics: { f1 } });
    assert.equal(response.status, 201, await response.text());
  }
  const id = (await open())[0]!.configuration_id;
  const byId = ["--configuration", id, "--version", "2", "--metric", "f1"];
  const byName = ["--model", "model-1", "--dataset", "data-1", "--prompt", "prompt-1"];

  const accepted = await acknowledge(...byId, "--reason", "a cheaper model");
  assert.equal(accepted.code, 0, accepted.stderr);
  assert.match(accepted.stdout, /regression of \/f1 in version 2 of .* is accepted/);
  assert.deepEqual(await open(), []);
  const again = await acknowledge(...byId, "--reason", "twice");
  assert.match(again.stdout, /was already acknowledged/);

  const named = [...byName, "--environment", "local", "--version", "2", "--metric", "/f1"];
  const undone = await acknowledge(...named, "--reason", "too early", "--undo", "--json");
  assert.deepEqual(JSON.parse(undone.stdout), {
    configuration_id: id,
    version: 2,
    metric: "/f1",
    acknowledged: false,
    changed: true,
  });
  assert.deepEqual((await open()).map(({ metric }) => metric), ["/f1"]);
  const falsely = await acknowledge(...named, "--reason", "noise", "--as", "false-positive");
  assert.match(falsely.stdout, /acknowledged as a false positive/);
  const history = await (await stack.rpc("get_dashboard_history")).json();
  assert.deepEqual(
    history.decisions.map((row: Record<string, unknown>) => [row.kind, row.resolution, row.reason]),
    [
      ["acknowledge", "false-positive", "noise"],
      ["unacknowledge", null, "too early"],
      ["acknowledge", "accepted", "a cheaper model"],
    ],
  );

  const none = await acknowledge(...named, "--version", "1", "--reason", "x");
  assert.equal(none.code, 1);
  assert.match(none.stderr, /Version 1 is part of no regression of \/f1.*\/f1 since version 2/);
  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});

Deno.test("admin acknowledge refuses wrong usage", async () => {
  const run = ["--configuration", crypto.randomUUID(), "--version", "1"];
  const cases: [string[], RegExp][] = [
    [[...run, "--reason", "x"], /--metric is required/],
    [[...run, "--metric", "f1"], /--reason is required/],
    [[...run.slice(0, 2), "--metric", "f1", "--reason", "x"], /--version N is required/],
    [[...run, "--metric", "f1", "--reason", "x", "--as", "fine"], /accepted or false-positive/],
    [[...run, "--metric", "f1", "--reason", "x", "--as", "accepted", "--undo"], /leave --as out/],
    [["--version", "1", "--metric", "f1", "--reason", "x"], /Name the configuration/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await runScript("admin", ["acknowledge", ...args]);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, message);
  }
});
