import { unescapeSegment } from "../../../supabase/functions/ingest-benchmark/json_pointer.ts";

/** A metric as people read it: the keys of its JSON pointer as they are in the document. */
export function metricLabel(pointer: string): string {
  return pointer.replace(/^\//, "").split("/").map((segment) => {
    const key = unescapeSegment(segment);
    // A key may be empty or a space, and a row or a choice must still be seen.
    return key.trim() === "" ? `"${key}"` : key;
  }).join("/");
}
