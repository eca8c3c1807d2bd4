// What the ledger is for: a rule of the benchmark's baseline is taken out, and the verdict says so.
import assert from "node:assert/strict";
import { join } from "node:path";
import { runScript } from "./run_script.ts";
import { startStackProcess } from "./stack_process.ts";

Deno.test("a rule that is taken out is found worse, by the bills that flipped, on the local stack", async (t) => {
  const directory = await Deno.makeTempDir();
  const stack = await startStackProcess({
    dataDirectory: join(directory, "data"),
    args: ["--no-sample"],
  });
  const measure = async (...options: string[]) => {
    const generated = await runScript("generate", [
      ...["--model", "baseline", "--series", "bills", "--output-dir", directory],
      ...options,
    ]);
    assert.equal(generated.code, 0, generated.stderr);
    const output = join(directory, "result.json");
    const converted = await runScript("convert", [
      ...["--input", join(directory, "aggregated_metrics_baseline.json"), "--output", output],
    ]);
    assert.equal(converted.code, 0, converted.stderr);
    return JSON.parse(await Deno.readTextFile(output));
  };
  const post = async (result: Record<string, unknown>) => {
    const response = await stack.post({ ...result, commit_sha: "0123abc", environment: "local" });
    const receipt = await response.json();
    assert.equal(response.status, 201, JSON.stringify(receipt));
    return receipt;
  };
  const f1Of = (receipt: { judgements: { metric: string }[] }) =>
    // deno-lint-ignore no-explicit-any
    receipt.judgements.find(({ metric }) => metric === "/f1") as any;

  let whole: Record<string, unknown> & { items: Record<string, unknown>[] };
  await t.step("the same bills with the same rules are shown to be no worse", async () => {
    whole = await measure();
    assert.equal(whole.items.length, 48);
    assert.deepEqual((await post(whole)).judgements, []);
    const same = f1Of(await post(await measure()));
    assert.equal(same.verdict, "not-worse");
    assert.equal(same.evidence.method, "paired-items");
    assert.equal(same.evidence.n, 48);
  });

  await t.step("without a rule the verdict names the bills that flipped", async () => {
    const broken = await measure("--without", "duplicate_charge");
    const f1 = f1Of(await post(broken));
    assert.equal(f1.verdict, "worse", f1.summary);
    assert.ok(f1.evidence.interval[1] < 0, f1.summary);
    const mistakes = (item: Record<string, unknown>) => Number(item.fp) + Number(item.fn);
    const flipped = whole.items
      .filter((item, index) => mistakes(broken.items[index]) > mistakes(item))
      .map(({ id }) => id);
    assert.ok(flipped.length > 3);
    assert.equal(f1.flipped.worse, flipped.length);
    assert.deepEqual(
      f1.flipped.items.map(({ id }: { id: string }) => id).toSorted(),
      f1.flipped.items.length < 10
        ? flipped.toSorted()
        : f1.flipped.items.map((one: { id: string }) => one.id).toSorted(),
    );
    for (const { id } of f1.flipped.items) assert.ok(flipped.includes(id), id);
  });

  await t.step("a change by noise is inconclusive on 48 bills and decided on 1,000", async () => {
    // Every tenth bill goes wrong in one run and every tenth other one in the next.
    const noise = (count: number, offset: number) => ({
      ...{
        model_version: `noise-${count}`,
        dataset_version: "d",
        prompt_version: "p",
        metrics: {},
      },
      items: Array.from({ length: count }, (_, n) => {
        const isWrong = n % 10 === offset;
        return { id: n, tp: Number(!isWrong), fp: 0, fn: Number(isWrong) };
      }),
    });
    await post(noise(48, 0));
    assert.equal(f1Of(await post(noise(48, 9))).verdict, "inconclusive");
    await post(noise(1000, 0));
    assert.equal(f1Of(await post(noise(1000, 9))).verdict, "not-worse");
  });

  await stack.stop();
  await Deno.remove(directory, { recursive: true });
});
