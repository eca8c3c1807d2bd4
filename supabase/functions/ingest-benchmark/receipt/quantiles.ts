// What a verdict is read from. The database has the same functions (supabase/schemas): it decides,
// and here follows what is said of the decision.

/**
 * The probability that a standard normal number is beyond z, for z ≥ 0, to 15 decimals (algorithm
 * of Hart 1968 as given by West 2005, "Better approximations to cumulative normal functions").
 */
export function normalTail(z: number): number {
  if (z > 37) return 0;
  const density = Math.exp(-z * z / 2);
  if (z >= 7.07106781186547) {
    return density / (z + 1 / (z + 2 / (z + 3 / (z + 4 / (z + 0.65))))) / 2.506628274631;
  }
  const numerator = (((((3.52624965998911e-2 * z + 0.700383064443688) * z + 6.37396220353165) * z +
                33.912866078383) * z + 112.079291497871) * z + 221.213596169931) * z +
    220.206867912376;
  const denominator = ((((((8.83883476483184e-2 * z + 1.75566716318264) * z + 16.064177579207) * z +
                    86.7807322029461) * z + 296.564248779674) * z + 637.333633378831) * z +
        793.826512519948) * z + 440.413735824752;
  return density * numerator / denominator;
}

/**
 * The standard normal quantile, of a probability from 0.5 to 1 - 1e-9.
 *
 * @example
 * ```ts
 * normalQuantile(0.975); // 1.959964
 * ```
 */
export function normalQuantile(probability: number): number {
  // Newton's method. Above 0 the distribution function is concave: it never overshoots.
  let z = 0;
  for (let round = 0; round < 100; round++) {
    const density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    const step = (probability - (1 - normalTail(z))) / density;
    z += step;
    if (Math.abs(step) < 1e-14) break;
  }
  return z;
}

/**
 * The quantile of Student's t where the normal distribution has `quantile` (Wallace 1959, "Bounds on
 * normal approximations to Student's and the chi-square distributions", Ann. Math. Statist. 30).
 *
 * @param degrees Of freedom; null is infinitely many.
 */
export function tQuantile(degrees: number | null, quantile: number): number {
  if (degrees === null) return quantile;
  const shrunk = quantile * (8 * degrees + 3) / (8 * degrees + 1);
  return Math.sqrt(degrees * Math.expm1(shrunk ** 2 / degrees));
}

/**
 * How likely a t at least as far from 0 is when nothing changed: {@link tQuantile} inverted.
 *
 * @param t The change in standard errors, ≥ 0; infinite without any error.
 */
export function twoSidedProbability(degrees: number | null, t: number): number {
  if (degrees === null) return 2 * normalTail(t);
  const shrunk = (8 * degrees + 1) / (8 * degrees + 3);
  return 2 * normalTail(shrunk * Math.sqrt(degrees * Math.log1p(t * t / degrees)));
}
