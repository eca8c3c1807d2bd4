import assert from "node:assert/strict";
import { join } from "node:path";
import { runScript } from "../../testing/run_script.ts";

/** A vendor's API on loopback, which answers as recorded; the first calls fail with 429 and 500. */
function startVendor(answer: (content: string) => unknown) {
  const seen: { path: string; body: Record<string, unknown> }[] = [];
  const faults = [429, 500];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const body = await request.json();
    seen.push({ path: new URL(request.url).pathname, body });
    const fault = faults.shift();
    if (fault !== undefined) {
      return Response.json({ error: { message: "try again" } }, {
        status: fault,
        headers: { "retry-after-ms": "1" },
      });
    }
    const text = JSON.stringify(body);
    // One document that the model answers with something that is not the schema.
    const content = text.includes("bill-007") ? "I cannot do that." : JSON.stringify({
      issues: text.includes("bill-011") ? [{ type: "duplicate_charge", line: 3 }] : [],
    });
    return Response.json(answer(content));
  });
  return { seen, url: `http://127.0.0.1:${server.addr.port}`, close: () => server.shutdown() };
}

const OPENAI = (content: string) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4.1-mini",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }],
  usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
});

const GEMINI = (content: string) => ({
  candidates: [{
    index: 0,
    finishReason: "STOP",
    content: { role: "model", parts: [{ text: content }] },
  }],
  usageMetadata: { promptTokenCount: 1000, candidatesTokenCount: 100, totalTokenCount: 1100 },
});

for (
  const [model, answer, env, cost] of [
    [
      "openai",
      OPENAI,
      (url: string) => ({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: "sk-test" }),
      0.00056,
    ],
    [
      "gemini",
      GEMINI,
      (url: string) => ({ GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: "test" }),
      0.00055,
    ],
  ] as const
) {
  Deno.test(`generate --model ${model} asks through the vendor's SDK and counts what fails`, async () => {
    const vendor = startVendor(answer);
    const directory = await Deno.makeTempDir();
    const run = await runScript("generate", ["--model", model, "--output-dir", directory], {
      env: env(vendor.url),
    });
    assert.equal(run.code, 0, run.stderr);
    const metrics = JSON.parse(
      await Deno.readTextFile(join(directory, `aggregated_metrics_${model}.json`)),
    );
    assert.equal(metrics.total_documents, 48);
    assert.equal(metrics.error_count, 1);
    assert.equal(metrics.individual_results.length, 48);
    assert.ok(metrics.individual_results[6].error_message);
    assert.equal(metrics.individual_results[6].cost, null);
    assert.equal(metrics.individual_results[5].cost, cost);
    assert.equal(metrics.issue_precision, 1);
    assert.equal(metrics.true_positives, 1);
    assert.ok(Math.abs(metrics.total_cost - 47 * cost) < 1e-9, `${metrics.total_cost}`);
    assert.equal(vendor.seen.length, 50, "48 bills, two of them again");
    const request = JSON.stringify(vendor.seen[0]!.body);
    assert.ok(!request.includes("expected_issues"), "the answers are not in the question");
    assert.match(request, /duplicate_charge/);
    await vendor.close();
    await Deno.remove(directory, { recursive: true });
  });
}

Deno.test("generate --model baseline writes the same file each time", async () => {
  const directory = await Deno.makeTempDir();
  const run = async (name: string) => {
    const output = join(directory, name);
    const { code, stderr } = await runScript("generate", [
      "--model",
      "baseline",
      "--output-dir",
      output,
      "--series",
      "auditor",
      "--variant",
      "seed 7",
    ]);
    assert.equal(code, 0, stderr);
    const { individual_results, series, variant, ...metrics } = JSON.parse(
      await Deno.readTextFile(join(output, "aggregated_metrics_baseline.json")),
    );
    assert.equal(individual_results.length, 48);
    assert.deepEqual([series, variant], ["auditor", "seed 7"]);
    return [
      metrics.issue_f1_score,
      metrics.category_metrics,
      individual_results.map((r: { issues_detected: number }) => r.issues_detected),
    ];
  };
  assert.deepEqual(await run("a"), await run("b"));
  await Deno.remove(directory, { recursive: true });
});

Deno.test("generate --without leaves rules out of the baseline, and the file says which", async () => {
  const directory = await Deno.makeTempDir();
  const run = async (...args: string[]) => {
    const { code, stderr } = await runScript("generate", [
      ...["--model", "baseline", "--output-dir", directory, "--series", "bills", ...args],
    ]);
    assert.equal(code, 0, stderr);
    return JSON.parse(await Deno.readTextFile(join(directory, "aggregated_metrics_baseline.json")));
  };
  const whole = await run();
  const broken = await run("--without", "duplicate_charge,upcoding", "--without", "unbundling");
  assert.ok(!("rules_left_out" in whole));
  assert.deepEqual(broken.rules_left_out, ["duplicate_charge", "upcoding", "unbundling"]);
  for (const name of ["model_name", "dataset_version", "prompt_version", "series"]) {
    assert.equal(broken[name], whole[name], name);
  }
  assert.ok(broken.issue_recall < whole.issue_recall);
  assert.equal(broken.category_metrics.upcoding.true_positives, 0);
  assert.deepEqual(
    broken.category_metrics.wrong_quantity,
    whole.category_metrics.wrong_quantity,
    "the other rules are as they were",
  );
  await Deno.remove(directory, { recursive: true });
});

Deno.test("generate says what is wrong", async () => {
  assert.equal((await runScript("generate", ["--model", "other"])).code, 2);
  assert.equal(
    (await runScript("generate", ["--model", "baseline", "--max-cost", "0"])).code,
    2,
  );
  const rule = await runScript("generate", ["--model", "baseline", "--without", "typo"]);
  assert.equal(rule.code, 2);
  assert.match(rule.stderr, /"typo" is none. They are duplicate_charge, unbundling, .*\./);
  const vendor = await runScript("generate", ["--model", "openai", "--without", "upcoding"]);
  assert.equal(vendor.code, 2);
  assert.match(vendor.stderr, /--model baseline only/);
  const keyless = await runScript("generate", ["--model", "openai"], {
    env: { OPENAI_API_KEY: "" },
  });
  assert.equal(keyless.code, 1);
  assert.match(keyless.stderr, /OPENAI_API_KEY is not set/);
  const unpriced = await runScript("generate", ["--model", "openai", "--model-id", "gpt-99"], {
    env: { OPENAI_API_KEY: "x" },
  });
  assert.match(unpriced.stderr, /Cannot tell the cost of gpt-99/);
});
