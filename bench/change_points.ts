import { median } from "./median.ts";
import { findChangePoints } from "../statistics/change_points.ts";
import { type Noise, NOISES, normal, simulate } from "../statistics/simulated_series.ts";
import { type Random, randomFrom } from "../testing/random.ts";

/** A figure about finding change points, and what was asked of it. */
export interface ChangePointRow {
  what: string;
  value: string;
  wanted: string;
}

/** A series that people annotated: for each of them the first index of each new segment. */
interface AnnotatedSeries {
  values: number[];
  annotations: Record<string, number[]>;
}

/** An index found this far from an annotated one still counts as it. */
const MARGIN = 5;
/** Simulated histories for a figure. */
const HISTORIES = 1000;
const LENGTHS = [50, 100, 200];

/**
 * Measures what the change points are worth: false alarms, shifts found, what becomes of a drift,
 * the time that 1,000 values take, and F1 on annotated series if there are any.
 *
 * @param tcpdFile Series of the Turing Change Point Dataset as one JSON object:
 *   `{name: {values, annotations}}`.
 */
export async function measureChangePoints(tcpdFile?: string): Promise<ChangePointRow[]> {
  return [
    ...(tcpdFile === undefined ? [] : await scoreAnnotated(tcpdFile)),
    ...Object.entries(NOISES).map(([name, noise]) => falseAlarms(name, noise)),
    ...shiftsFound(),
    changesOnDrift(),
    ...durations(),
  ];
}

async function scoreAnnotated(file: string): Promise<ChangePointRow[]> {
  const all: Record<string, AnnotatedSeries> = JSON.parse(await Deno.readTextFile(file));
  const scores = Object.entries(all).map(([name, { values, annotations }]) => {
    const found = findChangePoints(values).changePoints.map(({ index }) => index);
    return { name, found, score: scoreOf(found, Object.values(annotations)) };
  });
  const mean = scores.reduce((sum, { score }) => sum + score, 0) / scores.length;
  return [
    ...scores.map(({ name, found, score }) => ({
      what: `F1 on ${name}`,
      value: `${score.toFixed(3)} [${found.join(", ")}]`,
      wanted: "",
    })),
    { what: `mean F1 on ${scores.length} series`, value: mean.toFixed(3), wanted: "≥ 0.74" },
  ];
}

/**
 * F1 by van den Burg and Williams 2020, "An evaluation of change point detection algorithms":
 * precision over the union of the annotators, recall averaged over them, 0 a change for all.
 */
function scoreOf(found: number[], annotators: number[][]): number {
  const ours = new Set([0, ...found]);
  const theirs = annotators.map((indices) => new Set([0, ...indices]));
  const union = new Set(theirs.flatMap((indices) => [...indices]));
  const precision = countMatches(union, ours) / ours.size;
  const recalls = theirs.map((indices) => countMatches(indices, ours) / indices.size);
  const recall = recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
  return 2 * precision * recall / (precision + recall);
}

/** Each index found counts once, for the first annotated one that it is nearest to. */
function countMatches(annotated: Set<number>, found: Set<number>): number {
  const left = new Set(found);
  let matches = 0;
  for (const index of [...annotated].sort((a, b) => a - b)) {
    const [nearest] = [...left].filter((other) => Math.abs(other - index) <= MARGIN)
      .sort((a, b) => Math.abs(a - index) - Math.abs(b - index) || a - b);
    if (nearest === undefined) continue;
    left.delete(nearest);
    matches++;
  }
  return matches;
}

function falseAlarms(name: string, noise: Noise): ChangePointRow {
  const shares = LENGTHS.map((length) =>
    share(length, (random) => {
      const { changePoints, unstable } = findChangePoints(noise(length, random));
      return unstable || changePoints.length > 0;
    })
  );
  return {
    what: `false alarms, ${name} (n = ${LENGTHS.join("/")})`,
    value: shares.map((share) => (share * 100).toFixed(1)).join("/") + " %",
    wanted: name === "AR(1) 0.6" ? "≤ 10 %" : "≤ 5 %",
  };
}

function shiftsFound(): ChangePointRow[] {
  const shifts = [
    { size: 1, at: 50, wanted: "" },
    { size: 2, at: 50, wanted: "≥ 90 %" },
    { size: 2, at: 90, wanted: "" },
  ];
  return shifts.map(({ size, at, wanted }) => ({
    what: `shift of ${size} SD at ${at} of 100 found within 3`,
    value: (100 * share(size * 100 + at, (random) => {
      const values = simulate(100, (_, t) => normal(random) + (t < at ? 0 : size));
      return findChangePoints(values).changePoints.some(({ index }) => Math.abs(index - at) <= 3);
    })).toFixed(1) + " %",
    wanted,
  }));
}

function changesOnDrift(): ChangePointRow {
  const random = randomFrom(10);
  let changes = 0;
  for (let i = 0; i < HISTORIES; i++) {
    const values = simulate(100, (_, t) => normal(random) + t / 10);
    changes += findChangePoints(values).changePoints.length;
  }
  return {
    what: "change points on a drift of 10 SD over 100",
    value: (changes / HISTORIES).toFixed(3),
    wanted: "≤ 0.05",
  };
}

/** The share of histories in which it happens. */
function share(seed: number, happens: (random: Random) => boolean): number {
  const random = randomFrom(seed);
  let count = 0;
  for (let i = 0; i < HISTORIES; i++) if (happens(random)) count++;
  return count / HISTORIES;
}

function durations(): ChangePointRow[] {
  const random = randomFrom(1000);
  const histories = {
    "noise": simulate(1000, () => normal(random)),
    "a random walk": simulate(1000, (previous = 0) => previous + normal(random)),
    "a shift every five (the worst)": simulate(
      1000,
      (_, t) => normal(random) + (Math.floor(t / 5) % 2) * 100,
    ),
  };
  return Object.entries(histories).map(([name, values]) => ({
    what: `1,000 values, ${name}`,
    value: `${millisecondsFor(values).toFixed(1)} ms`,
    wanted: "< 50 ms",
  }));
}

function millisecondsFor(values: number[]): number {
  const times: number[] = [];
  for (let round = 0; round < 20; round++) {
    const startedAt = performance.now();
    findChangePoints(values);
    times.push(performance.now() - startedAt);
  }
  return median(times);
}
