// What the database decides, against reference values computed in another way.
import assert from "node:assert/strict";
import { SCENARIOS, type SimulatedPair } from "../../statistics/simulated_runs.ts";
import { openTestDatabase, type TestDatabase } from "../../testing/embedded_database.ts";
import { judgePair, prepareToJudge } from "../../testing/judge_pair.ts";
import { type Random, randomFrom } from "../../testing/random.ts";

const RESAMPLES = 10_000;

let database: TestDatabase;
Deno.test.beforeAll(async () => {
  database = await openTestDatabase();
  await prepareToJudge(database.pool, [
    { metric: "/accuracy", better: "higher", limit: 0.05, kind: "absolute" },
    { metric: "/f1", better: "higher", limit: 0.05, kind: "absolute" },
    { metric: "/latency_ms", better: "lower", limit: 0.1, kind: "relative" },
  ]);
});
Deno.test.afterAll(() => database.close());

Deno.test("judge() gives the intervals that a bootstrap of 10,000 gives, for 50 pairs of runs", async () => {
  const random = randomFrom(9);
  const differences: number[] = [];
  for (let n = 0; n < 50; n++) {
    const scenario = SCENARIOS[n % SCENARIOS.length]!;
    const pair = scenario.simulate(150 + 50 * (n % 4), random);
    const { estimate, margin } = await judgePair(database.pool, pair);
    const [low, high] = bootstrapInterval(pair, random);
    const width = high - low;
    assert.ok(
      Math.abs(estimate! - margin! - low) <= 0.15 * width &&
        Math.abs(estimate! + margin! - high) <= 0.15 * width,
      `${scenario.name}: ${estimate! - margin!} to ${
        estimate! + margin!
      }, bootstrap ${low} to ${high}`,
    );
    differences.push(2 * margin! / width);
  }
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  assert.ok(Math.abs(mean - 1) < 0.05, `as wide on average: ${mean}`);
});

Deno.test("judge() calls a change by noise inconclusive on 48 items and decides it on 1,000", async () => {
  const scenario = SCENARIOS.find(({ name }) => name.startsWith("F1 of counts 0.84 → 0.84"))!;
  const small = await verdicts(scenario.simulate, 48);
  const large = await verdicts(scenario.simulate, 1000);
  assert.ok(small.inconclusive > 5, `48 items: ${JSON.stringify(small)}`);
  assert.deepEqual(large, { "not-worse": 20, inconclusive: 0, worse: 0 });
});

async function verdicts(simulate: (items: number, random: Random) => SimulatedPair, items: number) {
  const random = randomFrom(items);
  const counted = { "not-worse": 0, inconclusive: 0, worse: 0 };
  for (let n = 0; n < 20; n++) {
    counted[(await judgePair(database.pool, simulate(items, random))).verdict]++;
  }
  return counted;
}

/**
 * The percentile interval of the change when whole groups are drawn with replacement: another way
 * to the same, with no jackknife in it.
 */
function bootstrapInterval(pair: SimulatedPair, random: Random): [number, number] {
  const groups = Map.groupBy(
    pair.reference[0]!.map((_, index) => index),
    (index) => pair.groups?.[index] ?? String(index),
  );
  const members = [...groups.values()];
  const terms = (side: number[][], index: number): [number, number] => {
    if (pair.metric === "/f1") {
      const [tp, fp, fn] = side.map((column) => column[index]!);
      return [tp!, tp! + (fp! + fn!) / 2];
    }
    const value = side[0]![index]!;
    return [pair.metric === "/latency_ms" ? -Math.log(value) : value, 1];
  };
  const parts = members.map((group) => {
    const sums = [0, 0, 0, 0];
    for (const index of group) {
      const [u1, v1] = terms(pair.run, index);
      const [u0, v0] = terms(pair.reference, index);
      [u1, v1, u0, v0].forEach((value, position) => sums[position]! += value);
    }
    return sums as [number, number, number, number];
  });
  const changes = new Float64Array(RESAMPLES);
  for (let sample = 0; sample < RESAMPLES; sample++) {
    let u1 = 0, v1 = 0, u0 = 0, v0 = 0;
    for (let n = 0; n < parts.length; n++) {
      const part = parts[Math.floor(random() * parts.length)]!;
      u1 += part[0];
      v1 += part[1];
      u0 += part[2];
      v0 += part[3];
    }
    changes[sample] = u1 / v1 - u0 / v0;
  }
  changes.sort();
  return [changes[Math.floor(0.025 * RESAMPLES)]!, changes[Math.ceil(0.975 * RESAMPLES) - 1]!];
}
