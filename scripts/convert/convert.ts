import { MAX_BODY_BYTES } from "../../supabase/functions/ingest-benchmark/request/read_body.ts";
import { parseOptions, runCommand, UsageError } from "../cli/command.ts";
import { readJson } from "../cli/read_input.ts";
import type { SourceDocument } from "./adapter.ts";
import { convertDocument } from "./convert_document.ts";

const HELP = `
Usage: deno task convert --input FILE --output FILE [--model NAME] [options]

Converts a result document to the format that the ingest function takes. The shape is detected:
aggregated_metrics_*.json, patient_benchmark_*.json, lm-evaluation-harness results_*.json,
promptfoo output.json, github-action-benchmark custom JSON, or the format itself. What has no
field of its own there goes under metrics: nothing is dropped. What it says about single documents,
tests or samples goes under items, too, by which the ledger tells a real change from noise; what of
it does not agree with the document's own scores, or is too large to post, is left out of items and
named on standard error.

Options:
  --input FILE             the document; - reads standard input
  --output FILE            where the result goes; - writes standard output
  --model NAME             model_version (default the document's model_name)
  --dataset-version NAME   dataset_version (default by shape)
  --prompt-version NAME    prompt_version (default the document's, else v1)
  --environment LABEL      put in environment
  --variant NAME           put in variant
  --series NAME            put in series
  --commit-sha SHA         put in commit_sha
  -h, --help               show this

Exit code: 0 done, 1 the document cannot be converted, 2 wrong usage.

Examples:
  deno task convert --input aggregated_metrics_openai.json --output result.json --model openai
  cat results.json | deno task convert --input - --output - --commit-sha "$(git rev-parse HEAD)"
`;

await runCommand(HELP, async (args) => {
  const { values } = parseOptions({
    args,
    options: {
      "input": { type: "string" },
      "output": { type: "string" },
      "model": { type: "string" },
      "dataset-version": { type: "string" },
      "prompt-version": { type: "string" },
      "environment": { type: "string" },
      "variant": { type: "string" },
      "series": { type: "string" },
      "commit-sha": { type: "string" },
    },
  });
  if (values.input === undefined || values.output === undefined) {
    throw new UsageError("--input and --output are required.");
  }
  const result = convertDocument(await readJson(values.input), {
    model: values.model,
    datasetVersion: values["dataset-version"],
    promptVersion: values["prompt-version"],
    warn: (sentence) => console.error(`${values.input}: ${sentence}`),
  });
  for (const one of (result.results as SourceDocument[] | undefined) ?? [result]) {
    if (values.environment !== undefined) one.environment = values.environment;
    if (values.variant !== undefined) one.variant = values.variant;
    if (values.series !== undefined) one.series = values.series;
    if (values["commit-sha"] !== undefined) one.commit_sha = values["commit-sha"];
  }
  const readable = `${JSON.stringify(result, null, 2)}\n`;
  // curl posts the file as it is, and the indentation of 10,000 items would be most of it.
  const text = new TextEncoder().encode(readable).length <= MAX_BODY_BYTES
    ? readable
    : `${JSON.stringify(result)}\n`;
  if (values.output === "-") await Deno.stdout.write(new TextEncoder().encode(text));
  else await Deno.writeTextFile(values.output, text);
  return 0;
});
