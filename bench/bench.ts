import pg from "pg";
import { measureColdImport } from "./cold_import.ts";
import { metricsDocument, resultDocument } from "./documents.ts";
import { measurePosts } from "./http_load.ts";
import { measureFirstChart } from "./first_chart.ts";
import { median } from "./median.ts";
import { callsPerSecond, findPgbench } from "./pgbench.ts";
import { measureTrend } from "./trend_reads.ts";
import { parseOptions, runCommand, UsageError } from "../scripts/cli/command.ts";
import { renderTable } from "../scripts/cli/table.ts";
import { applyMigrations, createSupabaseRoles } from "../stack/migrations.ts";
import { findBrowser } from "../testing/browser.ts";
import { startPostgresServer } from "../testing/postgres_server.ts";
import { startStackProcess } from "../testing/stack_process.ts";

const HELP = `
Usage: deno task bench [options]

Measures ingestion on a real Postgres server (DATABASE_URL, else one that it starts), as a ratio
to a bare one-row INSERT of the same 4 KB document in the same run, with pgbench; posts through
the function; the cold import of the function; and how long histories are read and drawn. Prints
a table and writes nothing else.

Options:
  --seconds N      length of one measurement (default 5)
  --rounds N       measurements of each, in turn; the median counts (default 3)
  --history N      snapshots of the long history (default 1000000)
  -h, --help       show this
`;

interface Row {
  what: string;
  value: string;
  ratio: string;
}

const TOKEN = {
  method: "ingest-token",
  token_id: "00000000000000be",
  secret_hash: "be".repeat(32),
  attested: [],
  claimed: ["commit_sha"],
};

await runCommand(HELP, async (args) => {
  const { values } = parseOptions({
    args,
    options: {
      seconds: { type: "string", default: "5" },
      rounds: { type: "string", default: "3" },
      history: { type: "string", default: "1000000" },
    },
  });
  const [seconds, rounds, history] = [values.seconds, values.rounds, values.history].map(Number);
  for (const [name, value] of Object.entries({ seconds, rounds, history })) {
    if (!Number.isInteger(value) || value! < 1) {
      throw new UsageError(`--${name} must be a whole number above 0.`);
    }
  }
  const rows = [
    ...await measureDatabase(seconds!, rounds!, history!),
    ...await measureFunction(seconds!),
    ...await measureImport(),
  ];
  console.log(renderTable(rows, [
    { heading: "MEASURED", value: (row) => row.what },
    { heading: "VALUE", value: (row) => row.value, align: "right" },
    { heading: "RATIO", value: (row) => row.ratio, align: "right" },
  ]));
  return 0;
});

async function measureDatabase(seconds: number, rounds: number, history: number): Promise<Row[]> {
  const pgbench = await findPgbench();
  const server = await startPostgresServer();
  const url = await server.createDatabase();
  const pool = new pg.Pool({ connectionString: url });
  await createSupabaseRoles(pool);
  await applyMigrations(pool);
  await pool.query(`
    create table public.bare (id uuid primary key default gen_random_uuid(),
      created_at timestamptz not null default now(), document jsonb not null);
    select public.create_ingest_token('${TOKEN.token_id}', '${TOKEN.secret_hash}', 'bench', '{local}')`);
  progress(`Filling a history of ${history} snapshots`);
  await fillHistory(pool, "short", 1000);
  await fillHistory(pool, "long", history);
  const { rows: [version] } = await pool.query("show server_version");

  const variables = {
    document: JSON.stringify(metricsDocument()),
    principal: JSON.stringify(TOKEN),
    results: JSON.stringify([resultDocument("MODEL")]),
  };
  const ingest = (model: string) =>
    `select public.ingest_benchmark(:principal::jsonb, replace(:results, 'MODEL', ${model})::jsonb);`;
  const statements = {
    bare: "insert into public.bare (document) values (:document::jsonb);",
    each: ingest("'client-' || :client_id"),
    one: ingest("'one'"),
    short: ingest("'short'"),
    long: ingest("'long'"),
  };
  const measured: Record<string, number[]> = {};
  const cases: [keyof typeof statements, number][] = [
    ["bare", 1],
    ["each", 1],
    ["short", 1],
    ["long", 1],
    ["bare", 8],
    ["each", 8],
    ["one", 8],
  ];
  for (let round = 1; round <= rounds; round++) {
    progress(`Measuring the database, round ${round} of ${rounds}`);
    for (const [name, clients] of cases) {
      // Or the first after a checkpoint would pay for whole pages in the log.
      await pool.query("checkpoint");
      const calls = await callsPerSecond({
        pgbench,
        url,
        sql: statements[name],
        variables,
        clients,
        seconds,
      });
      (measured[`${name}-${clients}`] ??= []).push(calls);
    }
  }
  const reading = await measureReading(pool, url, history);
  await pool.end();
  await server.close();
  const value = (key: string) => median(measured[key]!);
  const row = (what: string, key: string, base: string): Row => ({
    what,
    value: `${Math.round(value(key))}/s`,
    ratio: (value(key) / value(base)).toFixed(2),
  });
  return [
    row(
      `bare INSERT, 1 client (Postgres ${version.server_version.split(" ")[0]})`,
      "bare-1",
      "bare-1",
    ),
    row("ingest_benchmark(), 1 client", "each-1", "bare-1"),
    row("bare INSERT, 8 clients", "bare-8", "bare-8"),
    row("ingest_benchmark(), 8 clients, a configuration each", "each-8", "bare-8"),
    row("ingest_benchmark(), 8 clients, one configuration", "one-8", "bare-8"),
    row("history of 1000 snapshots, 1 client", "short-1", "short-1"),
    row(`history of ${history} snapshots, 1 client`, "long-1", "short-1"),
    ...reading,
  ];
}

async function measureReading(pool: pg.Pool, url: string, history: number): Promise<Row[]> {
  progress("Measuring trends and the first chart");
  const short = await measureTrend(pool, "short");
  const long = await measureTrend(pool, "long");
  const rows: Row[] = [
    { what: "trend of 1000 snapshots", value: `${short.toFixed(1)} ms`, ratio: "1.00" },
    {
      what: `trend of ${history} snapshots`,
      value: `${long.toFixed(1)} ms`,
      ratio: (long / short).toFixed(2),
    },
  ];
  const browserPath = findBrowser();
  if (browserPath === null) {
    progress("No Chromium is installed: the first chart is not measured");
    return rows;
  }
  const { rows: [{ id }] } = await pool.query(
    "select public.find_configuration('long', 'bench-data-1', 'bench-prompt-1', 'local') as id",
  );
  const chart = await measureFirstChart(browserPath, url, id);
  return [...rows, {
    what: `dashboard opened, chart of ${history} snapshots drawn`,
    value: `${Math.round(chart)} ms`,
    ratio: "",
  }];
}

/** Entries as ingest_benchmark() makes them, but for the hashes: computing them would take hours. */
async function fillHistory(pool: pg.Pool, model: string, versions: number): Promise<void> {
  await pool.query(
    `
    with configuration as (
      insert into public.benchmark_configurations
        (id, model_version, dataset_version, prompt_version, environment, last_version, current_version)
      values (benchmark_private.configuration_id($1, 'bench-data-1', 'bench-prompt-1', 'local'),
        $1, 'bench-data-1', 'bench-prompt-1', 'local', $2, $2)
      returning *
    ), entries as (
      select n, c.id, gen_random_uuid() as transaction_id, now() - ($2 - n) * interval '1 second' as at,
        round((0.8 + random() / 10)::numeric, 4) as f1
      from configuration as c, generate_series(1, $2::integer) as n
    ), transactions as (
      insert into public.benchmark_transactions (configuration_id, snapshot_version, created_at, id, commit_sha,
        model_version, dataset_version, prompt_version, environment, metrics, principal, provenance, previous_hash, entry_hash)
      select e.id, e.n, e.at, e.transaction_id, '0123abc', $1, 'bench-data-1', 'bench-prompt-1', 'local',
        jsonb_build_object('f1', e.f1), 'bench', '{}', case when e.n > 1 then '\\x00'::bytea end, '\\x00'
      from entries as e
    )
    insert into public.benchmark_snapshot_versions (configuration_id, snapshot_version, created_at, transaction_id, f1_score, principal)
    select e.id, e.n, e.at, e.transaction_id, e.f1, 'bench' from entries as e`,
    [model, versions],
  );
  await pool.query(
    "vacuum analyze public.benchmark_transactions, public.benchmark_snapshot_versions",
  );
}

async function measureFunction(seconds: number): Promise<Row[]> {
  const server = await startPostgresServer();
  const stacks = [
    ["Postgres server", ["--database-url", await server.createDatabase()]],
    ["embedded Postgres", []],
  ] as const;
  const rows: Row[] = [];
  for (const [name, args] of stacks) {
    progress(`Measuring posts through the function, ${name}`);
    const dataDirectory = await Deno.makeTempDir();
    const stack = await startStackProcess({
      dataDirectory,
      args: ["--no-sample", ...args],
      env: { INGEST_RATE_LIMIT: "0" },
    });
    const { INGEST_URL, INGEST_TOKEN } = stack.env;
    await measurePosts(INGEST_URL, INGEST_TOKEN, 8, 2); // warms up
    const load = await measurePosts(INGEST_URL, INGEST_TOKEN, 8, seconds);
    await stack.stop();
    await Deno.remove(dataDirectory, { recursive: true });
    rows.push({
      what: `posts through the function, 8 at once, ${name}`,
      value: `${Math.round(load.postsPerSecond)}/s`,
      ratio: `p50 ${load.p50Milliseconds.toFixed(1)} ms, p99 ${load.p99Milliseconds.toFixed(1)} ms`,
    });
  }
  await server.close();
  return rows;
}

async function measureImport(): Promise<Row[]> {
  progress("Measuring the cold import");
  const withCache = await measureColdImport(true, 11);
  const withoutCache = await measureColdImport(false, 11);
  return [
    { what: "cold import over an empty module", value: `${Math.round(withCache)} ms`, ratio: "" },
    {
      what: "the same without Deno's code cache",
      value: `${Math.round(withoutCache)} ms`,
      ratio: "",
    },
  ];
}

/** To standard error: the table alone goes to standard output. */
function progress(message: string): void {
  console.error(`${message} …`);
}
