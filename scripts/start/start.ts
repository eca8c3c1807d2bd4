import { parseOptions, runCommand, UsageError } from "../cli/command.ts";
import { renderTable } from "../cli/table.ts";
import { ingestSamples } from "../../stack/samples.ts";
import { type Stack, startStack } from "../../stack/stack.ts";

const HELP = `
Usage: deno task start [options]

Starts the local stack: Postgres with the migrations of this project, a gateway that stands for
Supabase's, the ingest function, and the dashboard. On an empty database it ingests the sample
results. Serves until Ctrl-C. For development only.

Options:
  --port N             port on 127.0.0.1 (default 54321)
  --data-dir DIR       where database and local.env are kept (default .local)
  --database-url URL   use this Postgres server instead of the embedded one
  --no-sample          do not ingest the sample results
  --no-dashboard       do not build and serve the dashboard
  -h, --help           show this

Environment:
  GITHUB_OIDC_ISSUER   issuer whose tokens are accepted (default GitHub's)
  INGEST_AUDIENCE      audience those tokens must have (default the function's URL)
  INGEST_RATE_LIMIT    requests a minute and principal, 0 for no limit (default 6000)
  INGEST_WEBHOOK_DELAYS, INGEST_WEBHOOK_TIMEOUT
                       seconds before each attempt to deliver an event (default 0,5,300,1800, ...), and
                       that a receiver has to answer (default 15)

Examples:
  deno task start
  deno task start --port 54400 --data-dir /tmp/bench --no-sample
  deno task start --database-url postgres://postgres@127.0.0.1:5432/postgres
`;

interface LatestBenchmark {
  model_version: string;
  dataset_version: string;
  environment: string;
  variant: string;
  snapshot_version: number;
  f1_score: number | null;
  precision_score: number | null;
  recall_score: number | null;
  latency_ms: number | null;
}

await runCommand(HELP, async (args) => {
  const { values } = parseOptions({
    args,
    options: {
      "port": { type: "string", default: "54321" },
      "data-dir": { type: "string", default: ".local" },
      "database-url": { type: "string" },
      "no-sample": { type: "boolean", default: false },
      "no-dashboard": { type: "boolean", default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new UsageError(`--port must be 1 to 65535: current value is ${values.port}.`);
  }
  const stopped = untilInterrupted();
  const stack = await startStack({
    port,
    dataDirectory: values["data-dir"],
    dashboard: !values["no-dashboard"],
    ...(values["database-url"] !== undefined && { databaseUrl: values["database-url"] }),
  });
  console.log(`Database: ${stack.database.description}`);
  if (stack.migrated.length > 0) console.log(`Migrations applied: ${stack.migrated.length}`);
  if (!values["no-sample"]) {
    const { INGEST_URL, INGEST_TOKEN } = stack.env;
    await withoutRequestLog(() => ingestSamples(stack.database.pool, INGEST_URL, INGEST_TOKEN));
  }
  console.log(`\n${await latestTable(stack)}\n`);
  console.log(introduction(stack, values["data-dir"]));
  await stopped;
  console.log("\nStopping.");
  await stack.close();
  return 0;
});

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => resolve());
    }
  });
}

/** The function logs a line a request, which would cut through the progress bar. */
async function withoutRequestLog(work: () => Promise<unknown>): Promise<void> {
  const log = console.log;
  console.log = () => {};
  try {
    await work();
  } finally {
    console.log = log;
  }
}

async function latestTable(stack: Stack): Promise<string> {
  const { data } = await stack.client.rpc("get_latest_benchmarks").throwOnError();
  const rows = data as LatestBenchmark[];
  if (rows.length === 0) return "No snapshots yet.";
  const score = (value: number | null) => value === null ? "–" : value.toFixed(4);
  return "Latest snapshots\n" + renderTable(rows, [
    { heading: "MODEL", value: (row) => row.model_version },
    { heading: "DATASET", value: (row) => row.dataset_version },
    { heading: "ENVIRONMENT", value: (row) => row.environment },
    ...rows.some((row) => row.variant !== "")
      ? [{ heading: "VARIANT", value: (row: LatestBenchmark) => row.variant }]
      : [],
    { heading: "VERSION", value: (row) => String(row.snapshot_version), align: "right" },
    { heading: "F1", value: (row) => score(row.f1_score), align: "right" },
    { heading: "PRECISION", value: (row) => score(row.precision_score), align: "right" },
    { heading: "RECALL", value: (row) => score(row.recall_score), align: "right" },
    {
      heading: "LATENCY",
      value: (row) => row.latency_ms === null ? "–" : `${row.latency_ms} ms`,
      align: "right",
    },
  ]);
}

function introduction({ env, hasDashboard }: Stack, dataDirectory: string): string {
  const result = JSON.stringify({
    model_version: "my-model-1",
    dataset_version: "my-data-1",
    prompt_version: "my-prompt-1",
    environment: "local",
    commit_sha: "0123abc",
    metrics: { precision: 0.91, recall: 0.88, f1: 0.895, latency_ms: 412, analysis_cost: 0.0042 },
  });
  const dashboard = hasDashboard ? `Dashboard: ${env.SUPABASE_URL}/\n` : "";
  return `${dashboard}Serving ${env.INGEST_URL} (development only). Keys: ${dataDirectory}/local.env
Post a result of your own:

curl -sS ${env.INGEST_URL} -H 'Authorization: Bearer ${env.INGEST_TOKEN}' -H 'Content-Type: application/json' -d '${result}'

Press Ctrl-C to stop.`;
}
