// The search for a piecewise model: levels and straight lines with AR(1) noise. Apart from
// change_points.ts, which turns histories into its input and its findings into answers.

/** A level needs this many values. */
const MIN_LEVEL = 5;
/** A line needs more: five values lie on a line too easily. */
const MIN_LINE = 10;
/** Differences below this are rounding, so that equal models stay equal on every machine. */
const EPSILON = 1e-9;
/** Of the noise variance, in the unit of the input: an exact fit must not have infinite likelihood. */
const MIN_VARIANCE = 1e-4;
/** A random walk would explain every shift as noise. */
const MAX_CORRELATION = 0.99;

/** Values `start` to `end` (exclusive), fitted by least squares: `intercept + slope · (t − start)`. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly isLine: boolean;
  readonly intercept: number;
  readonly slope: number;
  /** Sum of squared residuals. */
  readonly squares: number;
  /** Sum of products of residuals with the one before, within the piece. */
  readonly lagged: number;
  readonly firstResidual: number;
  readonly lastResidual: number;
}

/** Sums over the pieces from which a model's length is computed in constant time. */
export interface Totals {
  squares: number;
  lagged: number;
  parameters: number;
  /** Σ w·ln(length): what it takes to tell the pieces' parameters. */
  weights: number;
  changes: number;
  firstSquare: number;
  lastSquare: number;
}

/** Candidates for change points, and the fits of the pieces between them. */
export class PiecewiseModel {
  /** Of unit noise, around 0. */
  readonly #values: Float64Array;
  readonly #fits = new Map<number, Piece>();

  constructor(values: Float64Array) {
    this.#values = values;
  }

  /** The pieces of the best model; always at least one, and they cover all values. */
  search(): Piece[] {
    const candidates = findCandidates(this.#values);
    return this.#checkLocally(this.#eliminate(candidates));
  }

  /** The pieces with `first` and the one after it merged, in the kind that explains more. */
  merge(pieces: Piece[], first: number): Piece[] {
    return replace(pieces, first, 2, this.#bestMerged(pieces, totalsOf(pieces), first).piece);
  }

  /**
   * Removes the change point that explains least, again and again, down to none, and keeps the
   * shortest description on the way; of equal ones that with fewer change points.
   */
  #eliminate(starts: number[]): Piece[] {
    let pieces = this.#toggleKinds(
      starts.map((start, i) => this.#fit(start, starts[i + 1] ?? this.#values.length, false)),
    );
    let best = pieces;
    while (pieces.length > 1) {
      pieces = this.#toggleKinds(this.#removeWeakest(pieces));
      // Fewer change points win ties, hence not "if shorter".
      if (!isShorter(this.#score(totalsOf(best)), this.#score(totalsOf(pieces)))) best = pieces;
    }
    return best;
  }

  #removeWeakest(pieces: Piece[]): Piece[] {
    const totals = totalsOf(pieces);
    let weakest = 0;
    let best = this.#bestMerged(pieces, totals, 0);
    for (let i = 1; i + 1 < pieces.length; i++) {
      const merged = this.#bestMerged(pieces, totals, i);
      if (isShorter(merged.score, best.score)) [weakest, best] = [i, merged];
    }
    return replace(pieces, weakest, 2, best.piece);
  }

  #bestMerged(pieces: Piece[], totals: Totals, first: number): { piece: Piece; score: number } {
    const [start, end] = [pieces[first]!.start, pieces[first + 1]!.end];
    const [level, line] = [false, true].map((isLine) => {
      const piece = this.#fit(start, end, isLine);
      return { piece, score: this.#score(totalsAfter(totals, pieces, first, 2, piece)) };
    }) as [{ piece: Piece; score: number }, { piece: Piece; score: number }];
    return isShorter(line.score, level.score) ? line : level;
  }

  /** Turns levels into lines and back, from left to right, while the description gets shorter. */
  #toggleKinds(pieces: Piece[]): Piece[] {
    let current = pieces;
    let totals = totalsOf(current);
    for (let pass = 0; pass < 2; pass++) {
      const before = current;
      for (let i = 0; i < current.length; i++) {
        const { start, end, isLine } = current[i]!;
        const toggled = this.#fit(start, end, !isLine);
        if (toggled.isLine === isLine) continue;
        const score = this.#score(totalsAfter(totals, current, i, 1, toggled));
        if (!isShorter(score, this.#score(totals))) continue;
        current = replace(current, i, 1, toggled);
        totals = totalsOf(current); // anew, so that rounding does not add up
      }
      if (current === before) break;
    }
    return current;
  }

  /**
   * Takes out change points that only a noisy side makes look good. The model knows one variance;
   * where a side's own is larger, what the change point explains there counts for less.
   */
  #checkLocally(pieces: Piece[]): Piece[] {
    let current = pieces;
    while (current.length > 1) {
      const totals = totalsOf(current);
      const correlation = correlationOf(totals);
      const innovations = this.#innovations(current, correlation);
      let weakest = -1;
      let lowest = -EPSILON;
      for (let i = 0; i + 1 < current.length; i++) {
        const excess = this.#localExcess(current, totals, innovations, correlation, i);
        if (excess < lowest) [weakest, lowest] = [i, excess];
      }
      if (weakest < 0) break;
      current = this.#toggleKinds(this.merge(current, weakest));
    }
    return current;
  }

  /** What the change point after piece `first` explains in its neighbours, less what it costs. */
  #localExcess(
    pieces: Piece[],
    totals: Totals,
    innovations: Float64Array,
    correlation: number,
    first: number,
  ): number {
    const sides = [pieces[first]!, pieces[first + 1]!];
    const whole = meanSquare(innovations, 0, innovations.length);
    const penalty = this.#penalty(totals);
    let lowest = Infinity;
    for (const isLine of [false, true]) {
      const piece = this.#fit(sides[0]!.start, sides[1]!.end, isLine);
      const merged = replace(pieces, first, 2, piece);
      const without = this.#innovations(merged, correlation, piece.start, piece.end);
      let gain = 0;
      for (const { start, end } of sides) {
        const own = meanSquare(innovations, start, end);
        const variance = Math.max(whole, own, MIN_VARIANCE);
        gain += (meanSquare(without, start, end) - own) * (end - start) / variance;
      }
      lowest = Math.min(lowest, gain - (penalty - this.#penalty(totalsOf(merged))));
    }
    return lowest;
  }

  /** What is left of the residuals when the correlation with the one before is taken out. */
  #innovations(pieces: Piece[], correlation: number, from = 0, to = this.#values.length) {
    const innovations = new Float64Array(this.#values.length);
    let previous = 0;
    for (const piece of pieces) {
      if (piece.end < from || piece.start >= to) continue;
      for (let t = piece.start; t < piece.end; t++) {
        const residual = this.#values[t]! - piece.intercept - piece.slope * (t - piece.start);
        // The first value has nothing before it, only the spread of the whole process.
        innovations[t] = t === 0
          ? residual * Math.sqrt(1 - correlation ** 2)
          : residual - correlation * previous;
        previous = residual;
      }
    }
    return innovations;
  }

  /** Least squares, once for each piece; a line where it is long enough for one. */
  #fit(start: number, end: number, wantsLine: boolean): Piece {
    const isLine = wantsLine && end - start >= MIN_LINE;
    const key = (start * (this.#values.length + 1) + end) * 2 + (isLine ? 1 : 0);
    let piece = this.#fits.get(key);
    if (!piece) this.#fits.set(key, piece = fitPiece(this.#values, start, end, isLine));
    return piece;
  }

  /** How long a description of the values the model gives. */
  #score(totals: Totals): number {
    const n = this.#values.length;
    const correlation = correlationOf(totals);
    const noise = totals.squares - 2 * correlation * totals.lagged +
      correlation ** 2 * innerSquares(totals);
    return n * Math.log(Math.max(noise / n, MIN_VARIANCE)) + this.#penalty(totals);
  }

  /** Change points cost their position, pieces the precision of their parameters. */
  #penalty({ changes, parameters, weights }: Totals): number {
    const n = this.#values.length;
    const p = 2 + changes + parameters; // at most 0.4 n + 1, as pieces are no shorter
    return n / (n - p - 1) * (2 * changes * Math.log(n) + weights);
  }
}

function isShorter(a: number, b: number): boolean {
  return a < b - EPSILON;
}

function replace(pieces: Piece[], first: number, count: number, piece: Piece): Piece[] {
  return [...pieces.slice(0, first), piece, ...pieces.slice(first + count)];
}

export function totalsOf(pieces: Piece[]): Totals {
  const totals: Totals = {
    squares: 0,
    lagged: 0,
    parameters: 0,
    weights: 0,
    changes: pieces.length - 1,
    firstSquare: pieces[0]!.firstResidual ** 2,
    lastSquare: pieces[pieces.length - 1]!.lastResidual ** 2,
  };
  for (let i = 0; i < pieces.length; i++) {
    add(totals, pieces[i]!, 1);
    totals.lagged += laggedAcross(pieces[i - 1], pieces[i]);
  }
  return totals;
}

/** The totals with `count` pieces replaced by one, without a walk over all. */
export function totalsAfter(
  before: Totals,
  pieces: Piece[],
  first: number,
  count: number,
  piece: Piece,
) {
  const totals = { ...before };
  const [left, right] = [pieces[first - 1], pieces[first + count]];
  for (let i = first; i < first + count; i++) {
    add(totals, pieces[i]!, -1);
    totals.lagged -= laggedAcross(pieces[i - 1], pieces[i]);
  }
  add(totals, piece, 1);
  totals.lagged += laggedAcross(left, piece) + laggedAcross(piece, right) -
    laggedAcross(pieces[first + count - 1], right);
  totals.changes -= count - 1;
  if (!left) totals.firstSquare = piece.firstResidual ** 2;
  if (!right) totals.lastSquare = piece.lastResidual ** 2;
  return totals;
}

function add(totals: Totals, piece: Piece, sign: 1 | -1): void {
  totals.squares += sign * piece.squares;
  totals.lagged += sign * piece.lagged;
  totals.parameters += sign * (piece.isLine ? 2 : 1);
  // 1 and 4 instead of 1 and 2: lines fit anything smooth, as persistent noise is.
  totals.weights += sign * (piece.isLine ? 4 : 1) * Math.log(piece.end - piece.start);
}

function laggedAcross(left: Piece | undefined, right: Piece | undefined): number {
  return left && right ? left.lastResidual * right.firstResidual : 0;
}

/** Never below 0: runs that alternate are no reason to believe more. */
function correlationOf(totals: Totals): number {
  const correlation = totals.lagged / innerSquares(totals);
  return correlation > 0 ? Math.min(correlation, MAX_CORRELATION) : 0; // NaN of 0/0 is 0 too
}

function innerSquares({ squares, firstSquare, lastSquare }: Totals): number {
  return squares - firstSquare - lastSquare;
}

function meanSquare(values: Float64Array, start: number, end: number): number {
  let sum = 0;
  for (let t = start; t < end; t++) sum += values[t]! ** 2;
  return sum / (end - start);
}

export function fitPiece(values: Float64Array, start: number, end: number, isLine: boolean): Piece {
  const length = end - start;
  const middle = (length - 1) / 2;
  let sum = 0;
  for (let t = start; t < end; t++) sum += values[t]!;
  const mean = sum / length;
  let slope = 0;
  if (isLine) {
    let product = 0;
    for (let t = start; t < end; t++) product += (t - start - middle) * (values[t]! - mean);
    slope = product / (length * (length ** 2 - 1) / 12);
  }
  const intercept = mean - slope * middle;
  let [squares, lagged, previous] = [0, 0, 0];
  for (let t = start; t < end; t++) {
    const residual = values[t]! - intercept - slope * (t - start);
    squares += residual ** 2;
    lagged += residual * previous;
    previous = residual;
  }
  const firstResidual = values[start]! - intercept;
  const fit = { start, end, isLine, intercept, slope, squares, lagged };
  return { ...fit, firstResidual, lastResidual: previous };
}

/**
 * Starts of pieces by optimal partitioning with squared errors: too many rather than too few,
 * because correlation is not looked at yet. Takes n²/2 steps of a few operations.
 */
function findCandidates(values: Float64Array): number[] {
  const n = values.length;
  const penalty = Math.log(n);
  const { sums, products, squares } = prefixSums(values);
  const best = new Float64Array(n + 1).fill(Infinity);
  const previous = new Int32Array(n + 1);
  best[0] = 0;
  for (let end = MIN_LEVEL; end <= n; end++) {
    let lowest = Infinity;
    let from = 0;
    for (let start = 0; start <= end - MIN_LEVEL; start++) {
      const length = end - start;
      const sum = sums[end]! - sums[start]!;
      const level = squares[end]! - squares[start]! - sum * sum / length;
      let cost = level;
      if (length >= MIN_LINE) {
        // Σ (t − mean of t)·y, from sums over the whole series
        const product = products[end]! - products[start]! - sum * (start + (length - 1) / 2);
        const line = level - 12 * product * product / (length * (length * length - 1)) + penalty;
        if (line < cost) cost = line;
      }
      const total = best[start]! + cost;
      if (total < lowest - EPSILON) {
        lowest = total;
        from = start;
      }
    }
    best[end] = lowest + penalty;
    previous[end] = from;
  }
  const starts: number[] = [];
  for (let end = n; end > 0; end = previous[end]!) starts.unshift(previous[end]!);
  return starts;
}

function prefixSums(values: Float64Array) {
  const n = values.length;
  const sums = new Float64Array(n + 1);
  const products = new Float64Array(n + 1);
  const squares = new Float64Array(n + 1);
  for (let t = 0; t < n; t++) {
    const value = values[t]!;
    sums[t + 1] = sums[t]! + value;
    products[t + 1] = products[t]! + t * value;
    squares[t + 1] = squares[t]! + value * value;
  }
  return { sums, products, squares };
}
