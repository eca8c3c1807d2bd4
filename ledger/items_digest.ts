import { canonicalJson, type ExactJson } from "./canonical_json.ts";
import { sha256Hex } from "./sha256.ts";

/**
 * The digest of a run's items, in hex, which its entry hash covers: SHA-256 over the canonical
 * JSON array of a domain, the digest of the item set and the scores, as
 * `benchmark_private.items_digest()` makes it.
 *
 * @param items `{ids, epochs, groups, scores}` as `export_runs()` gives them, numbers as text.
 */
export async function itemsDigest(items: { [key: string]: ExactJson }): Promise<string> {
  const set = await sha256Hex(canonicalJson([
    "benchmark-item-set/v1",
    items.ids ?? null,
    items.epochs ?? null,
    items.groups ?? null,
  ]));
  return await sha256Hex(canonicalJson(["benchmark-items/v1", set, items.scores ?? null]));
}
