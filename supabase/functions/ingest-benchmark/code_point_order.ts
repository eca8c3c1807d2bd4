/**
 * Compares texts by code points: the order of their UTF-8 bytes, which is Postgres' `collate "C"`.
 * JavaScript's `<` compares UTF-16 units, by which an emoji comes before U+FF01.
 *
 * @param a Well-formed, as `b`.
 * @returns Less than 0 when `a` comes first, 0 when they are equal.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const unitOfA = a.charCodeAt(index);
    const unitOfB = b.charCodeAt(index);
    if (unitOfA === unitOfB) continue;
    const isPairInA = isSurrogate(unitOfA);
    // Of two pairs their units decide; one alone is beyond every character of one unit.
    if (isPairInA === isSurrogate(unitOfB)) return unitOfA - unitOfB;
    return isPairInA ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
