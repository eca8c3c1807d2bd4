import { type BenchDatabase, GITHUB_JOB, TOKEN } from "./bench_database.ts";
import { metricsDocument, resultDocument } from "./documents.ts";
import { median } from "./median.ts";
import { originalCall } from "./original_system.ts";
import { type CallRate, findPgbench, measureCalls } from "./pgbench.ts";
import type { BenchRow } from "./row.ts";

const BATCH = 100;

/** What is called over and over, and what its rate is a ratio to. */
export interface RateCase {
  what: string;
  clients: number;
  /** A pgbench script. */
  script: string;
  /** Index of the case that it is a ratio to. */
  base: number;
  /** Results of one call. */
  results?: number;
}

/** Measures calls a second and CPU a call, each case in turn and again in each round. */
export async function measureRates(
  database: BenchDatabase,
  cases: RateCase[],
  seconds: number,
  rounds: number,
  progress: (message: string) => void,
): Promise<BenchRow[]> {
  const pgbench = await findPgbench();
  const result = {
    ...resultDocument("MODEL"),
    claimed: ["commit_sha", "branch_name"],
  };
  const variables = {
    document: JSON.stringify(metricsDocument()),
    token: JSON.stringify(TOKEN),
    job: JSON.stringify(GITHUB_JOB),
    results: JSON.stringify([result]),
    ...split("result", JSON.stringify([result]), "MODEL"),
    ...split(
      "run",
      JSON.stringify([{ run_id: "RUN", ...result, run_attempt: 1, claimed: [] }]),
      "RUN",
      "MODEL",
    ),
  };
  const measured: CallRate[][] = cases.map(() => []);
  for (let round = 1; round <= rounds; round++) {
    progress(`Measuring ingestion, round ${round} of ${rounds}`);
    for (const [index, { script, clients }] of cases.entries()) {
      // Or the first after a checkpoint would pay for whole pages in the log.
      await database.pool.query("checkpoint");
      const { url, pool } = database;
      measured[index]!.push(
        await measureCalls({ pgbench, url, pool, script, variables, clients, seconds }),
      );
    }
  }
  const rates = cases.map(({ results = 1 }, index) =>
    median(
      measured[index]!.map((rate) => rate.perSecond * results),
    )
  );
  const cpus = cases.map(({ results = 1 }, index) => {
    const values = measured[index]!.map((rate) => rate.cpuMicroseconds);
    return values.every((value) => value !== null)
      ? median(values.map((value) => value / results))
      : null;
  });
  return cases.map(({ what, base }, index) => {
    const [cpu, baseCpu] = [cpus[index]!, cpus[base]!];
    return {
      what,
      value: `${Math.round(rates[index]!)}/s`,
      ratio: (rates[index]! / rates[base]!).toFixed(2),
      // Of CPU, what a bare INSERT takes over what the call takes: like the other, 1 is as good.
      ...(cpu !== null && baseCpu !== null && {
        cpu: `${Math.round(cpu)} µs`,
        cpuRatio: (baseCpu / cpu).toFixed(2),
      }),
    };
  });
}

/**
 * A text as pgbench variables `<name>_0`, `<name>_1` … without the words between them: pasting is
 * cheaper than replacing, and what it takes to make the argument is no part of the call.
 */
function split(name: string, text: string, ...words: string[]): Record<string, string> {
  const parts = text.split(new RegExp(words.join("|")));
  return Object.fromEntries(parts.map((part, index) => [`${name}_${index}`, part]));
}

const ingest = (model: string) =>
  `select public.ingest_benchmark(:token::jsonb, (:result_0::text || ${model} || :result_1::text)::jsonb);`;

/** A long history against a short one, one call at a time. */
export function historyCases(history: number): RateCase[] {
  return [
    {
      what: "history of 1000 snapshots, 1 client",
      clients: 1,
      script: ingest("'short'"),
      base: 0,
    },
    {
      what: `history of ${history} snapshots, 1 client`,
      clients: 1,
      script: ingest("'long'"),
      base: 0,
    },
  ];
}

/** Ingestion against a bare INSERT of the same document. */
export function ingestCases(version: string): RateCase[] {
  const bare = "insert into public.bare (document) values (:document::jsonb);";
  const each = "'client-' || (:client_id)::text";
  const job = [
    "\\set run random(1, 1000000000000)",
    "select public.ingest_benchmark(:job::jsonb, (:run_0::text || (:run)::text || :run_1::text || 'job-' || (:client_id)::text || :run_2::text)::jsonb);",
  ].join("\n");
  const batch =
    `select public.ingest_benchmark(:token::jsonb, (select jsonb_agg(replace(:results, 'MODEL', 'batch-' || n)::jsonb -> 0) from generate_series(1, ${BATCH}) as n));`;
  const original = originalCall(each, ":document::jsonb");
  return [
    { what: `bare INSERT, 1 client (Postgres ${version})`, clients: 1, script: bare, base: 0 },
    { what: "ingest_benchmark(), 1 client", clients: 1, script: ingest(each), base: 0 },
    { what: "the same with a GitHub token", clients: 1, script: job, base: 0 },
    {
      what: `a batch of ${BATCH}, 1 client, results`,
      clients: 1,
      script: batch,
      base: 0,
      results: BATCH,
    },
    { what: "the original's procedure, 1 client", clients: 1, script: original, base: 0 },
    { what: "bare INSERT, 8 clients", clients: 8, script: bare, base: 5 },
    {
      what: "ingest_benchmark(), 8 clients, a configuration each",
      clients: 8,
      script: ingest(each),
      base: 5,
    },
    { what: "the same with GitHub tokens", clients: 8, script: job, base: 5 },
    {
      what: "ingest_benchmark(), 8 clients, one configuration",
      clients: 8,
      script: ingest("'one'"),
      base: 5,
    },
    {
      what: "the original's procedure, 8 clients, a configuration each",
      clients: 8,
      script: original,
      base: 5,
    },
  ];
}
