// What a real day does: the benchmark runs, its results are converted, the action posts them.
import assert from "node:assert/strict";
import { join } from "node:path";
import { startFaultProxy } from "./fault_proxy.ts";
import { startGitHubJob } from "./github_job.ts";
import { startOidcIssuer } from "./oidc_issuer.ts";
import { freePort } from "./postgres_server.ts";
import { reasonToSkip } from "./required_tools.ts";
import { runScript } from "./run_script.ts";
import { startStackProcess } from "./stack_process.ts";
import { trustRepository } from "./trust_repository.ts";

const skip = await reasonToSkip("bash", "curl", "jq");

Deno.test({
  name: "a day: generate, convert, post, again, as a replay, and through a crash" + skip,
  ignore: skip !== "",
  async fn(t) {
    const dataDirectory = await Deno.makeTempDir();
    const port = freePort();
    const url = `http://127.0.0.1:${port}/functions/v1/ingest-benchmark`;
    const issuer = await startOidcIssuer(url);
    const start = () =>
      startStackProcess({
        dataDirectory,
        port,
        args: ["--no-sample"],
        env: { GITHUB_OIDC_ISSUER: issuer.url },
      });
    let stack = await start();
    const job = await startGitHubJob(issuer);
    const proxy = await startFaultProxy(url);
    const inputs = { url: proxy.url, audience: url, files: "results/*.json" };
    const versions = async () => {
      const { stdout } = await runScript("verify", ["--json", "--data-dir", dataDirectory]);
      const report = JSON.parse(stdout);
      assert.ok(report.is_intact, stdout);
      return report.chains.map((chain: { entries: number }) => chain.entries);
    };

    await t.step("the benchmark runs and its metrics are converted", async () => {
      const generated = await runScript("generate", [
        "--model",
        "baseline",
        "--output-dir",
        job.directory,
      ]);
      assert.equal(generated.code, 0, generated.stderr);
      await Deno.mkdir(join(job.directory, "results"));
      const converted = await runScript("convert", [
        "--input",
        join(job.directory, "aggregated_metrics_baseline.json"),
        "--output",
        join(job.directory, "results", "baseline.json"),
      ]);
      assert.equal(converted.code, 0, converted.stderr);
    });

    await t.step("before the repository is trusted, the refusal says what to do", async () => {
      job.claims = { run_id: "1" };
      const step = await job.run(inputs);
      assert.equal(step.code, 1);
      assert.match(
        step.log,
        /deno task admin trust add --repository octo-org\/bench --repository-id 1001 --owner-id 2002/,
      );
    });

    await t.step("the first run becomes version 1", async () => {
      await trustRepository(dataDirectory, issuer);
      const step = await job.run(inputs);
      assert.equal(step.code, 0, step.log);
      assert.equal(step.outputs["snapshot-versions"], "[1]");
      assert.match(step.summary, /^Stored as version 1\. Model \*\*baseline\*\*, /m);
      assert.match(step.summary, /^\| F1 \| 0\.8831 \|$/m);
    });

    await t.step("a second attempt becomes version 2, a replay stores nothing", async () => {
      job.claims = { run_id: "1", run_attempt: "2" };
      assert.equal((await job.run(inputs)).outputs["snapshot-versions"], "[2]");
      const replay = await job.run(inputs);
      assert.equal(replay.outputs["snapshot-versions"], "[2]");
      assert.match(replay.summary, /2 \(stored before\)/);
      assert.deepEqual(await versions(), [2]);
    });

    await t.step("killed between request and response, the run is stored once", async () => {
      job.claims = { run_id: "2" };
      proxy.faults = ["lost-response"];
      proxy.requests = 0;
      let hasEnded = false;
      const running = job.run(inputs, { INGEST_FIRST_DELAY_SECONDS: "1" })
        .finally(() => hasEnded = true);
      while (proxy.faults.length > 0 && !hasEnded) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await stack.stop("SIGKILL");
      stack = await start();
      const step = await running;
      assert.equal(step.code, 0, step.log);
      assert.equal(step.outputs["snapshot-versions"], "[3]");
      assert.ok(proxy.requests > 1);
      assert.deepEqual(await versions(), [3]);
    });

    await proxy.close();
    await job.close();
    await stack.stop();
    await issuer.close();
    await Deno.remove(dataDirectory, { recursive: true });
  },
});
