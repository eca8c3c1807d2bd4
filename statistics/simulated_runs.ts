// Pairs of runs over the same items whose true difference is known, for the tests and the bench.
import type { Random } from "../testing/random.ts";
import { normal } from "./simulated_series.ts";

/** What single items scored in a reference and in the run after it. */
export interface SimulatedPair {
  /** The pointer of the metric that the items give. */
  metric: string;
  /** Names of the scores. */
  scores: string[];
  /** Those of them that are true or false, as 1 and 0. */
  booleans: string[];
  /** For each score the number of every item, in the reference and in the new run. */
  reference: number[][];
  run: number[][];
  /** Which items belong together; none when each stands alone. */
  groups?: string[];
}

/** How pairs come about, and the change that their interval must cover, below 0 worse. */
export interface Scenario {
  name: string;
  /** The change in the metric; of the logarithm for latency. */
  change: number;
  simulate: (items: number, random: Random) => SimulatedPair;
}

/** Issues of an item, on average. */
const ISSUES = 1.5;
/** Items of a cluster. */
const CLUSTER = 5;

/** The scenarios of docs/judging.md. */
export const SCENARIOS: Scenario[] = [
  accuracy(0.8, 0.8, 0.3),
  accuracy(0.8, 0.8, 0.7),
  accuracy(0.8, 0.75, 0.3),
  accuracy(0.8, 0.75, 0.7),
  counts("F1 of counts", { recall: 0.85, wrong: 0.25 }, { recall: 0.77, wrong: 0.28 }, 0.7),
  counts("F1 of counts", { recall: 0.85, wrong: 0.25 }, { recall: 0.85, wrong: 0.25 }, 0.7),
  counts("sparse F1", { recall: 0.97, wrong: 0.045 }, { recall: 0.91, wrong: 0.075 }, 0.7),
  latency(1),
  latency(1.2),
  clusters(),
];

/** Whether the same latent number decides both runs: the correlation of their answers. */
function latentPair(random: Random, correlation: number): [number, number] {
  const first = random();
  return [first, random() < correlation ? first : random()];
}

function accuracy(before: number, after: number, correlation: number): Scenario {
  return {
    name: `accuracy ${before} → ${after}, correlation ${correlation}`,
    change: after - before,
    simulate(items, random) {
      const pairs = Array.from({ length: items }, () => latentPair(random, correlation));
      return {
        metric: "/accuracy",
        scores: ["correct"],
        booleans: ["correct"],
        reference: [pairs.map(([latent]) => Number(latent < before))],
        run: [pairs.map(([, latent]) => Number(latent < after))],
      };
    },
  };
}

/** How well issues are found: the share that is, and wrong findings an item. */
interface Finder {
  recall: number;
  wrong: number;
}

function counts(name: string, before: Finder, after: Finder, correlation: number): Scenario {
  // In expectation: F1 = TP / (TP + (FP + FN) / 2).
  const f1 = ({ recall, wrong }: Finder) =>
    ISSUES * recall / (ISSUES * recall + (wrong + ISSUES * (1 - recall)) / 2);
  return {
    name: `${name} ${f1(before).toFixed(2)} → ${f1(after).toFixed(2)}, correlation ${correlation}`,
    change: f1(after) - f1(before),
    simulate(items, random) {
      const rows = Array.from({ length: items }, () => {
        const issues = 1 + Number(random() < ISSUES - 1);
        const found = Array.from({ length: issues }, () => latentPair(random, correlation));
        const [wrongBefore, wrongAfter] = latentPair(random, correlation);
        const row = (finder: Finder, side: 0 | 1, latent: number) => {
          const tp = found.filter((pair) => pair[side] < finder.recall).length;
          return [tp, Number(latent < finder.wrong), issues - tp];
        };
        return { reference: row(before, 0, wrongBefore), run: row(after, 1, wrongAfter) };
      });
      const columns = (side: "reference" | "run") =>
        [0, 1, 2].map((column) => rows.map((row) => row[side][column]!));
      return {
        metric: "/f1",
        scores: ["tp", "fp", "fn"],
        booleans: [],
        reference: columns("reference"),
        run: columns("run"),
      };
    },
  };
}

function latency(factor: number): Scenario {
  return {
    name: `latency × ${factor}`,
    change: -Math.log(factor),
    simulate(items, random) {
      const usual = Array.from({ length: items }, () => Math.exp(6 + 0.8 * normal(random)));
      const measured = (times: number) =>
        usual.map((value) => value * times * Math.exp(0.4 * normal(random)));
      return {
        metric: "/latency_ms",
        scores: ["latency_ms"],
        booleans: [],
        reference: [measured(1)],
        run: [measured(factor)],
      };
    },
  };
}

function clusters(): Scenario {
  return {
    name: `accuracy in clusters of ${CLUSTER}, no change`,
    change: 0,
    simulate(items, random) {
      const groups: string[] = [];
      const reference: number[] = [];
      const run: number[] = [];
      // What makes a document hard is the same in both runs, what goes wrong with it is not.
      for (let item = 0; item < items; item++) {
        if (item % CLUSTER === 0) {
          const share = Math.min(Math.max(0.8 + 0.25 * normal(random), 0), 1);
          const shift = 0.3 * normal(random);
          for (let n = item; n < Math.min(item + CLUSTER, items); n++) {
            groups.push(`document ${item / CLUSTER}`);
            reference.push(Number(random() < share - shift / 2));
            run.push(Number(random() < share + shift / 2));
          }
        }
      }
      return {
        metric: "/accuracy",
        scores: ["correct"],
        booleans: ["correct"],
        reference: [reference],
        run: [run],
        groups,
      };
    },
  };
}
