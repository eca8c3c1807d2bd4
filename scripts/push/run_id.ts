import { createHash } from "node:crypto";

/** Gives results that name no run a run id. */
export interface RunIds {
  /** The same for the same content of the same place; of equal ones in one place, the next. */
  of(place: string, content: string): string;
}

/**
 * Makes run ids of content, so that sending or importing the same again stores nothing twice. Of two
 * that are equal in one place, both are runs.
 *
 * @param prefix Who makes it, for people.
 */
export function createRunIds(prefix: string): RunIds {
  const seen = new Map<string, number>();
  return {
    of(place, content) {
      const key = `${place}\n${content}`;
      const occurrence = (seen.get(key) ?? 0) + 1;
      seen.set(key, occurrence);
      const digest = createHash("sha256").update(`${occurrence}\n${content}`).digest("hex");
      return `${prefix}-${digest.slice(0, 32)}`;
    },
  };
}
