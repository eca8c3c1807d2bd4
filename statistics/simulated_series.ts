// Histories whose change points are known, for the tests and the bench.
import type { Random } from "../testing/random.ts";

/** A standard normal number (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** `length` values, each made from the one before. */
export function simulate(
  length: number,
  next: (previous: number | undefined, t: number) => number,
) {
  const values: number[] = [];
  for (let t = 0; t < length; t++) values.push(next(values[t - 1], t));
  return values;
}

export type Noise = (length: number, random: Random) => number[];

/** Noise in which nothing changes; each of about the standard deviation 1, but accuracies. */
export const NOISES = {
  normal: (length, random) => simulate(length, () => normal(random)),
  Laplace: (length, random) => simulate(length, () => laplace(random)),
  "log-normal": (length, random) => simulate(length, () => Math.exp(normal(random))),
  "accuracy of 48 items": (length, random) => simulate(length, () => accuracy(48, 0.8, random)),
  "2 % outliers": (length, random) =>
    simulate(length, () => normal(random) + (random() < 0.02 ? 10 : 0)),
  "AR(1) 0.3": (length, random) => autoregressive(length, 0.3, random),
  "AR(1) 0.6": (length, random) => autoregressive(length, 0.6, random),
} satisfies Record<string, Noise>;

function laplace(random: Random): number {
  const side = random() < 0.5 ? -1 : 1;
  return side * -Math.log(1 - random()) / Math.SQRT2;
}

function accuracy(items: number, probability: number, random: Random): number {
  let correct = 0;
  for (let item = 0; item < items; item++) if (random() < probability) correct++;
  return correct / items;
}

/** Starts in its stationary state, so that there is no settling that looks like a change. */
function autoregressive(length: number, correlation: number, random: Random): number[] {
  const innovation = Math.sqrt(1 - correlation ** 2);
  return simulate(
    length,
    (previous) =>
      previous === undefined
        ? normal(random)
        : correlation * previous + innovation * normal(random),
  );
}
