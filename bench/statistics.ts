import type pg from "pg";
import { type Scenario, SCENARIOS } from "../statistics/simulated_runs.ts";
import { normal, simulate } from "../statistics/simulated_series.ts";
import { judgePair, prepareToJudge } from "../testing/judge_pair.ts";
import { type Random, randomFrom } from "../testing/random.ts";

/** Coverage of the intervals of a scenario, for each number of items. */
export interface CoverageRow {
  scenario: string;
  /** For each of {@link ITEM_COUNTS}. */
  coverage: string[];
  /** How often a run is called worse, likewise. */
  worse: string[];
}

/** How many items runs have. */
export const ITEM_COUNTS = [20, 30, 48, 100, 300, 1000];

const HISTORY = 20;

/** The policies by which simulated runs are judged. */
const POLICIES = [
  { metric: "/accuracy", better: "higher", limit: 0.02, kind: "absolute" },
  { metric: "/f1", better: "higher", limit: 0.02, kind: "absolute" },
  { metric: "/latency_ms", better: "lower", limit: 0.05, kind: "relative" },
];

/**
 * Repeats the simulation of docs/judging.md on the functions that judge: how often a 95 % interval
 * covers the true change, and how often a run is called worse.
 *
 * @param pairs Pairs of runs simulated for each figure.
 */
export async function measureStatistics(
  database: pg.Pool,
  pairs: number,
  progress: (message: string) => void,
): Promise<CoverageRow[]> {
  await prepareToJudge(database, POLICIES);
  const rows: CoverageRow[] = [];
  for (const [index, scenario] of SCENARIOS.entries()) {
    progress(`Judging ${scenario.name} (${index + 1} of ${SCENARIOS.length})`);
    const row: CoverageRow = { scenario: scenario.name, coverage: [], worse: [] };
    for (const items of ITEM_COUNTS) {
      const { covered, worse } = await judgeMany(
        database,
        scenario,
        items,
        pairs,
        index * 7919 + items,
      );
      row.coverage.push(percent(covered));
      row.worse.push(percent(worse));
    }
    rows.push(row);
  }
  return rows;
}

async function judgeMany(
  database: pg.Pool,
  scenario: Scenario,
  items: number,
  pairs: number,
  seed: number,
) {
  const random = randomFrom(seed);
  let covered = 0;
  let worse = 0;
  for (let n = 0; n < pairs; n++) {
    const judgement = await judgePair(database, scenario.simulate(items, random));
    if (judgement.estimate === null || judgement.margin === null) continue; // not covered
    if (Math.abs(judgement.estimate - scenario.change) <= judgement.margin) covered++;
    if (judgement.verdict === "worse") worse++;
  }
  return { covered: covered / pairs, worse: worse / pairs };
}

/** How often a run without change lies outside of its history, for each kind of noise. */
export async function measureHistory(
  database: pg.Pool,
  histories: number,
): Promise<{ noise: string; worse: string }[]> {
  const noises: [string, (random: Random) => number[]][] = [
    ["normal", (random) => simulate(HISTORY + 1, () => normal(random))],
    [
      "AR(1) 0.5",
      (random) =>
        simulate(
          HISTORY + 1,
          (before) =>
            before === undefined ? normal(random) : 0.5 * before + Math.sqrt(0.75) * normal(random),
        ),
    ],
    ["accuracy of 48 items", (random) =>
      simulate(HISTORY + 1, () => {
        let correct = 0;
        for (let item = 0; item < 48; item++) correct += Number(random() < 0.8);
        return correct / 48;
      })],
    ["Student's t, 3 degrees", (random) =>
      simulate(HISTORY + 1, () => {
        const chi = normal(random) ** 2 + normal(random) ** 2 + normal(random) ** 2;
        return normal(random) / Math.sqrt(chi / 3);
      })],
  ];
  const rows = [];
  for (const [index, [noise, draw]] of noises.entries()) {
    const random = randomFrom(index + 1);
    const series = Array.from(
      { length: histories },
      () => draw(random).map((value) => value + 100),
    );
    await database.query(
      `
        insert into public.benchmark_transactions (configuration_id, snapshot_version, created_at, commit_sha,
          model_version, dataset_version, prompt_version, environment, metrics, f1_score, principal, provenance,
          published, entry_hash)
        select lpad(to_hex(h.n + $2 * 1000000), 32, '0')::uuid, v.n, now(), '0123abc', 'history', 'd', 'p', 'local',
          jsonb_build_object('f1', v.value), (v.value #>> '{}')::numeric, 'simulation', '{}', true, '\\x00'
        from jsonb_array_elements($1) with ordinality as h(value, n),
          jsonb_array_elements(h.value) with ordinality as v(value, n)
        where v.n <= ${HISTORY}`,
      [JSON.stringify(series), index],
    );
    const { rows: [counted] } = await database.query(
      `
      select avg((j.estimate + j.margin < 0)::integer) as share
      from jsonb_array_elements($1) with ordinality as h(value, n),
        unnest((benchmark_private.judge(lpad(to_hex(h.n + $2 * 1000000), 32, '0')::uuid, ${
        HISTORY + 1
      }, ${HISTORY},
          'history', jsonb_build_object('f1', h.value -> ${HISTORY}), null,
          row(lpad(to_hex(h.n + $2 * 1000000), 32, '0')::uuid, ${HISTORY})::benchmark_private.run_key, false, '{}')).judgements) as j`,
      [JSON.stringify(series), index],
    );
    rows.push({ noise, worse: percent(Number(counted.share)) });
  }
  return rows;
}

function percent(share: number): string {
  return (share * 100).toFixed(1);
}
