import { type BenchDatabase, fillHistory, openBenchDatabase } from "./bench_database.ts";
import { measureChangePoints } from "./change_points.ts";
import { measureColdImport } from "./cold_import.ts";
import { measureFirstChart } from "./first_chart.ts";
import { measurePosts } from "./http_load.ts";
import { historyCases, ingestCases, measureRates } from "./ingest_rates.ts";
import type { BenchRow } from "./row.ts";
import { measureReaders } from "./readers.ts";
import { type CoverageRow, ITEM_COUNTS, measureHistory, measureStatistics } from "./statistics.ts";
import { measureStoredSize } from "./stored_size.ts";
import { measureTrend } from "./trend_reads.ts";
import { parseOptions, runCommand, UsageError } from "../scripts/cli/command.ts";
import { type Column, renderTable } from "../scripts/cli/table.ts";
import { findBrowser } from "../testing/find_browser.ts";
import { startPostgresServer } from "../testing/postgres_server.ts";
import { startStackProcess } from "../testing/stack_process.ts";

const PARTS = [
  "ingest",
  "reads",
  "function",
  "import",
  "readers",
  "change-points",
  "statistics",
] as const;

const HELP = `
Usage: deno task bench [options]

Measures, and prints tables:
  ingest           ingest_benchmark() on a real Postgres server (DATABASE_URL, else one that it
                   starts) with pgbench, as a ratio to a bare one-row INSERT of the same 4 KB
                   document in the same run, beside the original system's procedure; CPU time of
                   the server for one call, where it can be read; bytes a run
  reads            trends of a short and of a long history, and the dashboard's first chart
  function         posts through the function
  import           the cold import of the function
  readers          every function that readers may call, where reading is as dear as it can be made
  change-points    false alarms and shifts found in simulated histories
  statistics       what the intervals that runs are judged by cover, in simulated pairs of runs

Options:
  --only PART      measure this alone, may be repeated
  --seconds N      length of one measurement (default 5)
  --rounds N       measurements of each, in turn; the median counts (default 5)
  --history N      snapshots of the long history (default 1000000)
  --pairs N        pairs of runs simulated for a figure of statistics (default 2000)
  --tcpd FILE      annotated series to score change points on: {name: {values, annotations}}
  -h, --help       show this
`;

const COLUMNS: Column<BenchRow>[] = [
  { heading: "MEASURED", value: (row) => row.what },
  { heading: "VALUE", value: (row) => row.value, align: "right" },
  { heading: "RATIO", value: (row) => row.ratio ?? "", align: "right" },
];
const CPU_COLUMNS: Column<BenchRow>[] = [
  { heading: "CPU A CALL", value: (row) => row.cpu ?? "", align: "right" },
  { heading: "CPU RATIO", value: (row) => row.cpuRatio ?? "", align: "right" },
];

await runCommand(HELP, async (args) => {
  const { values } = parseOptions({
    args,
    options: {
      only: { type: "string", multiple: true, default: [...PARTS] },
      seconds: { type: "string", default: "5" },
      rounds: { type: "string", default: "5" },
      history: { type: "string", default: "1000000" },
      pairs: { type: "string", default: "2000" },
      tcpd: { type: "string" },
    },
  });
  const unknown = values.only.find((part) => !(PARTS as readonly string[]).includes(part));
  if (unknown !== undefined) {
    throw new UsageError(`--only must be one of ${PARTS.join(", ")}: current value is ${unknown}.`);
  }
  const parts = new Set(values.only);
  const seconds = wholeNumber("seconds", values.seconds);
  const rounds = wholeNumber("rounds", values.rounds);
  const history = wholeNumber("history", values.history);
  const rows: BenchRow[] = [];
  if (parts.has("ingest") || parts.has("reads")) {
    rows.push(...await measureDatabase(parts, seconds, rounds, history));
  }
  if (parts.has("function")) rows.push(...await measureFunction(seconds));
  if (parts.has("import")) rows.push(...await measureImport());
  if (rows.length > 0) {
    const hasCpu = rows.some((row) => row.cpu !== undefined);
    console.log(renderTable(rows, hasCpu ? [...COLUMNS, ...CPU_COLUMNS] : COLUMNS));
  }
  if (parts.has("readers")) {
    progress("Measuring what readers may call");
    const server = await startPostgresServer();
    const readers = await measureReaders(server, 50_000);
    await server.close();
    console.log(renderTable(readers, [
      { heading: "FUNCTION", value: (row) => row.name },
      {
        heading: "LONGEST CALL",
        value: (row) => `${Math.round(row.milliseconds)} ms${row.isCancelled ? ", cancelled" : ""}`,
        align: "right",
      },
      { heading: "BOUND", value: (row) => row.bound },
    ]));
  }
  if (parts.has("change-points")) {
    progress("Measuring change points");
    console.log(renderTable(await measureChangePoints(values.tcpd), [
      { heading: "CHANGE POINTS", value: (row) => row.what },
      { heading: "MEASURED", value: (row) => row.value },
      { heading: "WANTED", value: (row) => row.wanted },
    ]));
  }
  if (parts.has("statistics")) await printStatistics(wholeNumber("pairs", values.pairs));
  return 0;
});

async function printStatistics(pairs: number): Promise<void> {
  const database = await openBenchDatabase();
  try {
    const rows = await measureStatistics(database.pool, pairs, progress);
    console.log(renderTable(rows, [
      { heading: "COVERAGE IN %, AT ITEMS", value: (row) => row.scenario },
      ...ITEM_COUNTS.map((items, index): Column<CoverageRow> => ({
        heading: String(items),
        value: (row) => row.coverage[index]!,
        align: "right",
      })),
    ]));
    console.log(renderTable(rows, [
      { heading: "CALLED WORSE IN %, AT ITEMS", value: (row) => row.scenario },
      ...ITEM_COUNTS.map((items, index): Column<CoverageRow> => ({
        heading: String(items),
        value: (row) => row.worse[index]!,
        align: "right",
      })),
    ]));
    progress("Judging by history");
    console.log(renderTable(await measureHistory(database.pool, pairs), [
      { heading: "NO CHANGE AFTER 20 RUNS, NOISE", value: (row) => row.noise },
      { heading: "CALLED WORSE IN %", value: (row) => row.worse, align: "right" },
    ]));
  } finally {
    await database.close();
  }
}

function wholeNumber(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) {
    throw new UsageError(`--${name} must be a whole number above 0: current value is ${value}.`);
  }
  return number;
}

async function measureDatabase(
  parts: Set<string>,
  seconds: number,
  rounds: number,
  history: number,
): Promise<BenchRow[]> {
  const database = await openBenchDatabase();
  try {
    const rows: BenchRow[] = [];
    // First, on tables that hold nothing else.
    if (parts.has("ingest")) rows.push(...await measureStoredSize(database, progress));
    // Analyzed, as a database in use is: without statistics the planner chooses other plans.
    await fillHistory(database.pool, "short", 1000);
    // Before the long history: what fills it leaves work to the server for minutes.
    if (parts.has("ingest")) {
      rows.unshift(
        ...await measureRates(database, ingestCases(database.version), seconds, rounds, progress),
      );
    }
    progress(`Filling a history of ${history} snapshots`);
    await fillHistory(database.pool, "long", history);
    if (parts.has("ingest")) {
      rows.push(...await measureRates(database, historyCases(history), seconds, rounds, progress));
    }
    if (parts.has("reads")) rows.push(...await measureReads(database, history));
    return rows;
  } finally {
    await database.close();
  }
}

async function measureReads({ pool, url }: BenchDatabase, history: number): Promise<BenchRow[]> {
  progress("Measuring trends and the first chart");
  const short = await measureTrend(pool, "short");
  const long = await measureTrend(pool, "long");
  const rows: BenchRow[] = [
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
  }];
}

async function measureFunction(seconds: number): Promise<BenchRow[]> {
  const server = await startPostgresServer();
  const stacks = [
    ["Postgres server", ["--database-url", await server.createDatabase()]],
    ["embedded Postgres", []],
  ] as const;
  const rows: BenchRow[] = [];
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

async function measureImport(): Promise<BenchRow[]> {
  progress("Measuring the cold import");
  const withCache = await measureColdImport(true, 11);
  const withoutCache = await measureColdImport(false, 11);
  return [
    { what: "cold import over an empty module", value: `${Math.round(withCache)} ms` },
    {
      what: "the same without Deno's code cache",
      value: `${Math.round(withoutCache)} ms`,
    },
  ];
}

/** To standard error: the table alone goes to standard output. */
function progress(message: string): void {
  console.error(`${message} …`);
}
