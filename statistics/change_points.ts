import { type Piece, PiecewiseModel } from "./piecewise_model.ts";

/**
 * Finds where a history changes its level or its trend.
 *
 * The history is taken for levels and straight lines with noise in which each value may resemble
 * the one before (AR(1)). Candidates come from optimal partitioning; then the change point that
 * explains least is removed again and again, and the model of shortest description is kept. A
 * change point must also stand up to the variance of its own neighbours. Made for monitoring, and
 * so conservative: where nothing changes, it finds something in at most about 5 histories of 100.
 *
 * Values that are no finite numbers are gaps: skipped, and counted in indices. Nothing is found in
 * fewer than ten values, nor within five of an end. Seasons are not modelled. The time grows with
 * the square of the number of values: 1,000 take some 10 ms, 10,000 half a second.
 *
 * Sources: Zhang and Siegmund 2007, "A modified Bayes information criterion" (penalty by length of
 * segment); Davis, Lee and Rodriguez-Yam 2006, "Structural break estimation for nonstationary time
 * series models", and Lu, Lund and Lee 2010, "An MDL approach to the climate segmentation problem"
 * (minimum description length with autocorrelation); Beaulieu and Killick 2018, "Distinguishing
 * trends and shifts from memory in climate data" (level or line, with memory); Hurvich and Tsai
 * 1989, "Regression and time series model selection in small samples" (n/(n−p−1)); Jackson et al.
 * 2005, "An algorithm for optimal partitioning of data on an interval" (candidates); Shi et al.
 * 2022, "Changepoint detection: an analysis of the Central England temperature series" (correlation
 * that is ignored passes for shifts).
 *
 * @throws {TypeError} When a value or a limit is no number.
 * @throws {RangeError} When a limit is below 0 or NaN.
 */
export function findChangePoints(
  values: ArrayLike<number>,
  options: ChangePointOptions = {},
): ChangePoints {
  const limits = readLimits(options);
  const history = readHistory(values);
  const scale = scaleOf(history.values);
  if (!scale) {
    const segments = history.values.length === 0 ? [] : [wholeSegment(history)];
    return { changePoints: [], segments, unstable: false };
  }
  const model = new PiecewiseModel(standardize(history.values, scale));
  const pieces = model.search();
  if (pieces.length - 1 > Math.sqrt(history.values.length)) {
    return { changePoints: [], segments: [], unstable: true };
  }
  const relevant = dropIrrelevant(model, pieces, history, limits);
  const segments = relevant.map((piece) => segmentOf(piece, history, scale));
  return { changePoints: changesBetween(segments), segments, unstable: false };
}

export interface ChangePointOptions {
  /** Changes of less than this share of the level before are left out (0.05 is 5 %). */
  relevantMagnitude?: number | undefined;
  /** Changes of less than this, in the unit of the values, are left out. */
  relevantChange?: number | undefined;
}

export interface ChangePoints {
  changePoints: ChangePoint[];
  /** What lies between them; empty without a value, and when unstable. */
  segments: Segment[];
  /** More changes than a history of levels and trends has; none of them is given then. */
  unstable: boolean;
}

export interface ChangePoint {
  /** Of the first value after the change, among the values that were given. */
  index: number;
  /** A shift from one level to another; a trend when there is a slope on either side. */
  kind: "shift" | "trend";
  /** Median since the change point before. */
  before: number;
  /** Median up to the next change point. */
  after: number;
  /** `after − before`. */
  change: number;
  /** `change / |before|`; null from a level of 0, where every change is beyond any share. */
  relativeChange: number | null;
}

export interface Segment {
  /** Index of the first value. */
  start: number;
  /** Index of the last value, plus one. */
  end: number;
  kind: "level" | "line";
  median: number;
  /** Where the fitted line starts and ends; the median twice for a level. */
  from: number;
  to: number;
}

/** Fewer values have no change point: it takes five on either side. */
const MIN_VALUES = 10;
/** Mean absolute difference of neighbours → standard deviation, for normal noise. */
const DIFFERENCE_TO_DEVIATION = Math.sqrt(Math.PI) / 2;
/** Values are clipped to this many deviations around the median of their neighbourhood … */
const CLIP = 5;
/** … which reaches this far to each side. */
const CLIP_REACH = 3;
/** Each clipping makes an absurd value some ten times smaller in the deviation. */
const MAX_CLIPPINGS = 10;
/** Of the largest value: differences up to this come from the order in which sums were taken. */
const ROUNDING = 1e-12;

/** The finite values, and where each was among those given. */
interface History {
  values: number[];
  indices: number[];
}

/** `value = ((standardized · deviation) + center) · factor`. */
interface Scale {
  /** A power of two near the largest value: sums and differences stay far from overflow. */
  factor: number;
  center: number;
  deviation: number;
}

function readLimits(options: ChangePointOptions): { relative: number; absolute: number } {
  const { relevantMagnitude: relative = 0, relevantChange: absolute = 0 } = options;
  for (
    const [name, limit] of Object.entries({ relevantMagnitude: relative, relevantChange: absolute })
  ) {
    if (typeof limit !== "number") throw new TypeError(`${name} must be a number.`);
    if (!(limit >= 0)) throw new RangeError(`${name} must be 0 or more, not ${limit}.`);
  }
  return { relative, absolute };
}

function readHistory(given: ArrayLike<number>): History {
  const history: History = { values: [], indices: [] };
  for (let i = 0; i < given.length; i++) {
    const value = given[i];
    if (typeof value !== "number") throw new TypeError(`Value ${i} must be a number.`);
    if (!Number.isFinite(value)) continue;
    history.values.push(value + 0); // no −0, which JSON would not tell from 0
    history.indices.push(i);
  }
  return history;
}

/** @returns Nothing when there is nothing to look for. */
function scaleOf(values: number[]): Scale | null {
  if (values.length < MIN_VALUES) return null;
  const largest = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  // The logarithm of the largest number rounds up to 1024, and 2 ** 1024 is infinite.
  const factor = largest === 0 ? 1 : 2 ** Math.min(Math.floor(Math.log2(largest)), 1023);
  const scaled = values.map((value) => value / factor);
  const [low, high] = scaled.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
  if (high - low <= ROUNDING) return null;
  const deviation = deviationOf(scaled);
  return deviation > 0 ? { factor, center: median(scaled), deviation } : null;
}

/**
 * The deviation comes from differences of neighbours, which shifts and trends hardly touch: from
 * their mean, because their median is 0 where most values repeat the one before. Clipped, because
 * one absurd value in the mean would make everything else look small.
 */
function deviationOf(values: number[]): number {
  const middles = localMedians(values);
  let deviation = meanDifference(values) * DIFFERENCE_TO_DEVIATION;
  for (let round = 0; round < MAX_CLIPPINGS; round++) {
    const clipped = clip(values, middles, deviation);
    const next = meanDifference(clipped) * DIFFERENCE_TO_DEVIATION;
    const isSettled = next > deviation / 2;
    deviation = next;
    if (isSettled) break;
  }
  return deviation;
}

function meanDifference(values: number[]): number {
  let sum = 0;
  for (let t = 1; t < values.length; t++) sum += Math.abs(values[t]! - values[t - 1]!);
  return sum / (values.length - 1);
}

function localMedians(values: number[]): number[] {
  return values.map((_, t) =>
    median(values.slice(Math.max(0, t - CLIP_REACH), t + CLIP_REACH + 1))
  );
}

/** A shift survives it, an outlier does not. */
function clip(values: number[], middles: number[], deviation: number): number[] {
  const reach = CLIP * deviation;
  return values.map((value, t) =>
    Math.min(Math.max(value, middles[t]! - reach), middles[t]! + reach)
  );
}

function standardize(values: number[], { factor, center, deviation }: Scale): Float64Array {
  const scaled = values.map((value) => value / factor);
  const clipped = clip(scaled, localMedians(scaled), deviation);
  return Float64Array.from(clipped, (value) => (value - center) / deviation);
}

/** Merges across the change that is smallest against its limit, until all reach theirs. */
function dropIrrelevant(
  model: PiecewiseModel,
  pieces: Piece[],
  history: History,
  limits: { relative: number; absolute: number },
): Piece[] {
  let current = pieces;
  while (current.length > 1) {
    const medians = current.map((piece) => medianOf(piece, history));
    let smallest = -1;
    let lowest = 1 - 1e-9; // a change of just the limit, but for rounding, is relevant
    for (let i = 0; i + 1 < medians.length; i++) {
      const { change, relativeChange } = changeBetween(medians[i]!, medians[i + 1]!);
      const share = Math.min(
        shareOf(limits.absolute, Math.abs(change)),
        shareOf(limits.relative, Math.abs(relativeChange ?? Infinity)),
      );
      if (share < lowest) [smallest, lowest] = [i, share];
    }
    if (smallest < 0) break;
    current = model.merge(current, smallest);
  }
  return current;
}

function shareOf(limit: number, size: number): number {
  if (limit === 0 || size === Infinity) return Infinity;
  return size / limit;
}

function changesBetween(segments: Segment[]): ChangePoint[] {
  return segments.slice(1).map((segment, i) => {
    const previous = segments[i]!;
    const isShift = previous.kind === "level" && segment.kind === "level";
    return {
      index: segment.start,
      kind: isShift ? "shift" : "trend",
      before: previous.median,
      after: segment.median,
      ...changeBetween(previous.median, segment.median),
    };
  });
}

function changeBetween(before: number, after: number) {
  const change = toFinite(after - before);
  const ratio = change / Math.abs(before);
  // Too close to 0 for a ratio that is a number is as good as 0.
  return { change, relativeChange: Number.isFinite(ratio) ? ratio : null };
}

function segmentOf(piece: Piece, history: History, scale: Scale): Segment {
  const middle = medianOf(piece, history);
  const at = (offset: number) =>
    toFinite(
      ((piece.intercept + piece.slope * offset) * scale.deviation + scale.center) * scale.factor,
    );
  return {
    start: history.indices[piece.start]!,
    end: history.indices[piece.end - 1]! + 1,
    kind: piece.isLine ? "line" : "level",
    median: middle,
    from: piece.isLine ? at(0) : middle,
    to: piece.isLine ? at(piece.end - piece.start - 1) : middle,
  };
}

function wholeSegment({ values, indices }: History): Segment {
  const middle = median(values);
  return {
    start: indices[0]!,
    end: indices[indices.length - 1]! + 1,
    kind: "level",
    median: middle,
    from: middle,
    to: middle,
  };
}

function medianOf(piece: Piece, history: History): number {
  return median(history.values.slice(piece.start, piece.end));
}

function median(values: number[]): number {
  const sorted = values.slice().sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle]!;
  const [low, high] = [sorted[middle - 1]!, sorted[middle]!];
  const mean = (low + high) / 2;
  return Number.isFinite(mean) ? mean : low / 2 + high / 2;
}

/** Beyond the largest number there is only the largest number. */
function toFinite(value: number): number {
  return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
}

/** What a policy's limit lets be: changes within it are left out. */
export function relevanceOf(limit: number, kind: "absolute" | "relative"): ChangePointOptions {
  return kind === "absolute" ? { relevantChange: limit } : { relevantMagnitude: limit };
}
