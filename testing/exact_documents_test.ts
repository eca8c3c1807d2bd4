import assert from "node:assert/strict";
import { join } from "node:path";
import {
  canonicalJson,
  type ExactJson,
  NumberText,
  parseWithNumberText,
} from "../ledger/canonical_json.ts";
import { deepText, randomObjectText } from "./exact_text.ts";
import { startGitHubJob } from "./github_job.ts";
import { randomFrom } from "./random.ts";
import { reasonToSkip } from "./required_tools.ts";
import { runScript } from "./run_script.ts";
import { startStackProcess } from "./stack_process.ts";

const skip = await reasonToSkip("bash", "curl", "jq");
const DOCUMENTS = 60;

Deno.test({
  name: "what a client has is what the ledger gets, through whatever it is sent" + skip,
  ignore: skip !== "",
  async fn(t) {
    const dataDirectory = await Deno.makeTempDir();
    const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
    const url = stack.env.INGEST_URL;
    const job = await startGitHubJob({ sign: () => Promise.reject(new Error("not asked for")) });

    const next = randomFrom(20261125);
    const documents = [
      ...Array.from({ length: DOCUMENTS - 1 }, () => randomObjectText(next, 6)),
      deepText(62),
    ];
    /** Results whose metrics are the documents, told apart by their data set. */
    const resultTexts = (model: string) =>
      documents.map((metrics, index) =>
        `{ "model_version": "${model}", "dataset_version" :"d${index}", "prompt_version":"p",\n "environment":"local", "commit_sha":"0123abc", "metrics": ${metrics} }`
      );
    const batchText = (model: string) => `{"results" : [ ${resultTexts(model).join(" ,\r\n")} ]}`;

    /** Every number and text that is stored of the model is that of the documents. */
    const assertStored = async (model: string) => {
      for (const [index, document] of documents.entries()) {
        const found = await stack.rpc("find_configuration", {
          p_model_version: model,
          p_dataset_version: `d${index}`,
          p_prompt_version: "p",
          p_environment: "local",
        });
        const response = await stack.rpc("get_ledger_entry", {
          p_configuration_id: await found.json(),
          p_snapshot_version: 1,
        });
        const text = await response.text();
        const { metrics } = parseWithNumberText(text) as { metrics: ExactJson };
        assert.equal(
          canonicalJson(metrics),
          canonicalJson(canonicalNumbers(parseWithNumberText(document))),
          document,
        );
      }
    };

    await t.step("HTTP alone", async () => {
      const response = await stack.post(batchText("curl"));
      assert.equal(response.status, 201, await response.text());
      await assertStored("curl");
    });

    await t.step("push, a file a result and a batch", async () => {
      await Deno.mkdir(join(dataDirectory, "single"));
      for (const [index, text] of resultTexts("push-single").entries()) {
        await Deno.writeTextFile(join(dataDirectory, "single", `${index}.json`), text);
      }
      await Deno.writeTextFile(join(dataDirectory, "batch.json"), batchText("push-batch"));
      for (const input of ["single/*.json", "batch.json"]) {
        const pushed = await runScript(
          "push",
          ["--data-dir", dataDirectory, "--input", input, "--notes", "x"],
          { cwd: dataDirectory },
        );
        assert.equal(pushed.code, 0, pushed.stderr);
      }
      await assertStored("push-single");
      await assertStored("push-batch");
    });

    await t.step("the action, a file a result and a batch", async () => {
      for (const model of ["action-single", "action-batch"]) {
        const directory = join(job.directory, model);
        await Deno.mkdir(directory);
        const texts = model === "action-batch" ? [batchText(model)] : resultTexts(model);
        for (const [index, text] of texts.entries()) {
          await Deno.writeTextFile(join(directory, `${index}.json`), text);
        }
        const step = await job.run({
          url,
          files: `${model}/*.json`,
          token: stack.env.INGEST_TOKEN,
          series: "s",
        });
        assert.equal(step.code, 0, step.log);
        await assertStored(model);
      }
    });

    await t.step("import", async () => {
      const lines = resultTexts("import").map((text) =>
        // A line a result: white space outside of strings says nothing.
        text.replaceAll(/"(?:[^"\\]|\\.)*"|[\r\n]/g, (token) => token.length > 1 ? token : " ")
      );
      const file = join(dataDirectory, "lines.jsonl");
      await Deno.writeTextFile(file, lines.join("\n"));
      const imported = await runScript("import", ["--data-dir", dataDirectory, "--input", file]);
      assert.equal(imported.code, 0, imported.stderr);
      await assertStored("import");
    });

    await job.close();
    await stack.stop();
    await Deno.remove(dataDirectory, { recursive: true });
  },
});

/** Numbers in the canonical form of the ledger: plain decimals without zeros that say nothing. */
function canonicalNumbers(value: ExactJson): ExactJson {
  if (value instanceof NumberText) return new NumberText(plainDecimal(value.text));
  if (Array.isArray(value)) return value.map(canonicalNumbers);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, canonicalNumbers(member)]),
  );
}

/** By arithmetic of whole numbers, and so by another way than the function and Postgres. */
function plainDecimal(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)!;
  const shift = Number(exponent) - fraction.length;
  let digits = BigInt(whole + fraction);
  if (digits === 0n) return "0";
  let places = -shift;
  if (places < 0) {
    digits *= 10n ** BigInt(-places);
    places = 0;
  }
  while (places > 0 && digits % 10n === 0n) {
    digits /= 10n;
    places--;
  }
  const padded = String(digits).padStart(places + 1, "0");
  const point = padded.length - places;
  return sign + padded.slice(0, point) + (places > 0 ? `.${padded.slice(point)}` : "");
}
