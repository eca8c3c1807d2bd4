import assert from "node:assert/strict";
import { fitPiece, type Piece, type Totals, totalsAfter, totalsOf } from "./piecewise_model.ts";
import { randomFrom } from "../testing/random.ts";
import { normal } from "./simulated_series.ts";

const random = randomFrom(1);
const VALUES = Float64Array.from({ length: 80 }, () => normal(random));

function assertClose(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${what}: ${actual}, not ${expected}`);
}

Deno.test("a piece is the least-squares fit, with the sums of its residuals", () => {
  for (const isLine of [false, true]) {
    const piece = fitPiece(VALUES, 10, 40, isLine);
    const residuals = Array.from(
      VALUES.slice(10, 40),
      (value, t) => value - piece.intercept - piece.slope * t,
    );
    // The normal equations
    assertClose(residuals.reduce((sum, residual) => sum + residual, 0), 0, "sum");
    const moment = residuals.reduce((sum, residual, t) => sum + residual * t, 0);
    if (isLine) assertClose(moment, 0, "moment");
    else assert.equal(piece.slope, 0);
    assertClose(piece.squares, residuals.reduce((sum, residual) => sum + residual ** 2, 0), "Σ r²");
    const lagged = residuals.slice(1).reduce(
      (sum, residual, t) => sum + residual * residuals[t]!,
      0,
    );
    assertClose(piece.lagged, lagged, "Σ r·r before");
    assertClose(piece.firstResidual, residuals[0]!, "first");
    assertClose(piece.lastResidual, residuals[29]!, "last");
  }
});

Deno.test("the sums after a replacement are those of the pieces after it", () => {
  const ends = [12, 30, 35, 60, 80];
  const pieces = ends.map((end, i) => fitPiece(VALUES, ends[i - 1] ?? 0, end, i % 2 === 0));
  for (const count of [1, 2]) {
    for (let first = 0; first + count <= pieces.length; first++) {
      for (const isLine of [false, true]) {
        const { start } = pieces[first]!;
        const piece = fitPiece(VALUES, start, pieces[first + count - 1]!.end, isLine);
        const after: Piece[] = pieces.toSpliced(first, count, piece);
        const actual = totalsAfter(totalsOf(pieces), pieces, first, count, piece);
        for (const [name, expected] of Object.entries(totalsOf(after))) {
          assertClose(actual[name as keyof Totals], expected, `${name} of ${count} at ${first}`);
        }
      }
    }
  }
});

Deno.test("the sums are over all residuals, as if there were no pieces", () => {
  const pieces = [fitPiece(VALUES, 0, 30, false), fitPiece(VALUES, 30, 80, true)];
  const residuals = pieces.flatMap(({ start, end, intercept, slope }) =>
    Array.from(VALUES.slice(start, end), (value, t) => value - intercept - slope * t)
  );
  const totals = totalsOf(pieces);
  const lagged = residuals.slice(1).reduce((sum, residual, t) => sum + residual * residuals[t]!, 0);
  assertClose(totals.squares, residuals.reduce((sum, residual) => sum + residual ** 2, 0), "Σ r²");
  assertClose(totals.lagged, lagged, "Σ r·r before");
  assertClose(totals.weights, Math.log(30) + 4 * Math.log(50), "weights");
  assert.deepEqual([totals.changes, totals.parameters], [1, 3]);
});
