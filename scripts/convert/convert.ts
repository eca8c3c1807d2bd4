import { MAX_BODY_BYTES } from "../../supabase/functions/ingest-benchmark/request/read_body.ts";
import { parseOptions, runCommand, UsageError } from "../cli/command.ts";
import { renderTable } from "../cli/table.ts";
import { UserError } from "../cli/user_error.ts";
import { ADAPTERS } from "./adapters.ts";
import { isSampleFile, readWithSamples } from "./beside.ts";
import { convertDocuments } from "./convert_document.ts";
import { describeConversion } from "./describe_conversion.ts";
import { DETAILS_MODES, MAX_CUT_LENGTH } from "./details.ts";
import { findInputs } from "./find_inputs.ts";
import { NAN_MODES } from "./python_numbers.ts";

const HELP = `
Usage: deno task convert --input FILE|GLOB --output FILE [--model NAME] [options]
       deno task convert --list

Converts result documents to the format that the ingest function takes, checked as the function
checks it. The format is recognised (--list shows the known ones; what has the format of the ledger
is passed through). Samples that lm_eval and Every Eval Ever write beside their results (*.jsonl)
are read, too. What has no field of its own goes under metrics, all of it unless it is too large to be
posted (--details). What is said about single documents, tests or samples goes under items, too, by
which the ledger tells a real change from noise; what of it does not agree with the document's own
scores is left out of items. Standard error says what was made of what, and what was left out.
docs/converting.md says where each name comes from.

Options:
  --input FILE|GLOB        the document, or several of one kind (--input 'results/*.json'), which
                           become one batch; again for more; - reads standard input
  --output FILE            where the result goes, none of the inputs; - writes standard output
  --format NAME            take the document for this format (default: recognised)
  --model NAME             model_version (default the document's)
  --dataset-version NAME   dataset_version (default by format)
  --prompt-version NAME    prompt_version (default by format)
  --environment LABEL      put in environment
  --variant NAME           put in variant (default by format)
  --series NAME            put in series
  --commit-sha SHA         put in commit_sha
  --nan null|refuse        NaN and Infinity, which Python writes and JSON has not: null with a note
                           (default), or an error
  --details keep|cut|drop  what is no score. Default: kept while the result can be posted with it,
                           else the bulkiest is left out. keep: an error instead; cut: texts of more
                           than ${MAX_CUT_LENGTH} characters are shortened first; drop: always left out
  --list                   show the known formats
  -h, --help               show this

Exit code: 0 done, 1 the document cannot be converted, 2 wrong usage.

Examples:
  deno task convert --input aggregated_metrics_openai.json --output result.json --model openai
  deno task convert --input 'results/**/*.json' --output batch.json --environment local
  cat results.json | deno task convert --input - --output - --commit-sha "$(git rev-parse HEAD)"
`;

await runCommand(HELP, async (args) => {
  const { values, positionals } = parseOptions({
    args,
    // What a shell makes of a pattern without quotes.
    allowPositionals: true,
    options: {
      "input": { type: "string", multiple: true },
      "output": { type: "string" },
      "format": { type: "string" },
      "model": { type: "string" },
      "dataset-version": { type: "string" },
      "prompt-version": { type: "string" },
      "environment": { type: "string" },
      "variant": { type: "string" },
      "series": { type: "string" },
      "commit-sha": { type: "string" },
      "nan": { type: "string" },
      "details": { type: "string" },
      "list": { type: "boolean" },
    },
  });
  if (values.list) {
    console.log(renderTable(ADAPTERS, [
      { heading: "FORMAT", value: ({ name }) => name },
      { heading: "RECOGNISED BY", value: ({ description }) => description },
    ]));
    return 0;
  }
  if (values.input === undefined || values.output === undefined) {
    throw new UsageError("--input and --output are required.");
  }
  const format = oneOf("format", values.format, ADAPTERS.map(({ name }) => name));
  const nan = oneOf("nan", values.nan, NAN_MODES);
  const details = oneOf("details", values.details, DETAILS_MODES);
  const note = (sentence: string) => console.error(sentence);

  const inputs = await findInputs([...values.input, ...positionals]);
  await refuseInput(values.output, inputs);
  const documents = [];
  for (const source of inputs) {
    documents.push(await readWithSamples(source, { nan, details }, note));
  }
  const { adapter, document, results, sources } = convertDocuments(documents, {
    format,
    details,
    model: values.model,
    datasetVersion: values["dataset-version"],
    promptVersion: values["prompt-version"],
    environment: values.environment,
    variant: values.variant,
    series: values.series,
    commitSha: values["commit-sha"],
    warn: note,
  });
  await write(document, values.output);
  const given = Object.keys(values).map((name) => `--${name}`);
  note(describeConversion({ format: adapter.name, results, sources, given }));
  return 0;
});

function oneOf<Value extends string>(
  option: string,
  value: string | undefined,
  known: readonly Value[],
): Value | undefined {
  if (value === undefined || known.includes(value as Value)) return value as Value | undefined;
  throw new UsageError(`--${option} must be one of ${known.join(", ")}: it is ${value}.`);
}

/** What was measured must not be gone because of a slip: no input is written over, by whatever name. */
async function refuseInput(output: string, inputs: string[]): Promise<void> {
  const there = await identityOf(output);
  if (output === "-" || there === undefined) return;
  if (isSampleFile(output)) {
    throw new UserError(`Cannot write ${output}: its name is that of samples, which are read.`);
  }
  for (const input of inputs) {
    if (input === "-" || await identityOf(input) !== there) continue;
    throw new UserError(`Cannot write ${output}: it is what is converted. Give another --output.`);
  }
}

/** The same for two names of one file, links to it among them; undefined for none. */
async function identityOf(path: string): Promise<string | undefined> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (info === undefined || !info.isFile) return undefined;
  return info.ino === null ? await Deno.realPath(path) : `${info.dev}:${info.ino}`;
}

async function write(document: Record<string, unknown>, output: string): Promise<void> {
  const readable = `${JSON.stringify(document, null, 2)}\n`;
  // curl posts the file as it is, and the indentation of 10,000 items would be most of it.
  const text = new TextEncoder().encode(readable).length <= MAX_BODY_BYTES
    ? readable
    : JSON.stringify(document);
  if (output === "-") {
    await new Blob([text]).stream().pipeTo(Deno.stdout.writable, { preventClose: true });
    return;
  }
  try {
    await Deno.writeTextFile(output, text);
  } catch (error) {
    throw new UserError(`Cannot write ${output}: ${(error as Error).message}`);
  }
}
