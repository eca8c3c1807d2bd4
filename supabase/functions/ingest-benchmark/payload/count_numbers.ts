/** The most numbers that the metrics of one result may have: each is a curve that people can ask for. */
export const MAX_NUMBERS = 5_000;

/**
 * How many numbers stand in JSON values, however deep.
 *
 * Without recursion: it must hold for a document of any depth.
 */
export function countNumbers(values: unknown[]): number {
  const open = [...values];
  let count = 0;
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === "number") count++;
    else if (typeof value === "object" && value !== null) {
      for (const member of Object.values(value)) open.push(member);
    }
  }
  return count;
}
