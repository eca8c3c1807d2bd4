import { canonicalJson, type ExactJson, NumberText } from "./canonical_json.ts";
import type { LedgerEntry } from "./entry_hash.ts";
import { sha256Hex } from "./sha256.ts";

/** Scores by their column, and the key of metrics that they are. */
const SCORES: Record<string, string> = {
  f1_score: "f1",
  precision_score: "precision",
  recall_score: "recall",
  latency_ms: "latency_ms",
  cost_per_analysis: "analysis_cost",
};
const TIMES = ["created_at", "measured_at"];

/**
 * Holds what an entry says twice against what its hash covers: the five scores against the metrics,
 * times against their epochs, the id of the configuration against its names. So whoever changed what
 * people look at, and not what is hashed, is found.
 *
 * @returns What is wrong, or null. Verdicts, references, and what was decided are said once only.
 */
export async function derivedProblem(entry: LedgerEntry): Promise<string | null> {
  const metrics = entry.metrics as { [key: string]: ExactJson };
  for (const [column, key] of Object.entries(SCORES)) {
    const score = Object.hasOwn(metrics, key) ? metrics[key]! : null;
    if (canonicalJson(entry[column] ?? null) !== canonicalJson(score)) {
      return `its ${column} is not the ${key} of its metrics`;
    }
  }
  for (const column of TIMES) {
    if (microseconds(entry[column]) !== microsecondsOfEpoch(entry[`${column}_epoch`])) {
      return `its ${column} is not the time that is hashed`;
    }
  }
  return entry.configuration_id === await configurationId(entry)
    ? null
    : "its configuration_id is not that of its names";
}

/** The id of the configuration that an entry names, as `benchmark_private.configuration_id()` derives it. */
export async function configurationId(entry: LedgerEntry): Promise<string> {
  const names = ["model_version", "dataset_version", "prompt_version", "environment", "variant"];
  const hash = await sha256Hex(names.map((name) => entry[name]).join("\x1f"));
  const hex = `${hash.slice(0, 12)}8${hash.slice(13, 16)}a${hash.slice(17, 32)}`;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function microseconds(time: ExactJson | undefined): bigint | null {
  if (time === undefined || time === null) return null;
  const [, seconds = "", fraction = "", zone = ""] =
    /^([\d-]+T[\d:]+?)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)$/.exec(String(time)) ?? [];
  const base = Date.parse(seconds + zone);
  return Number.isNaN(base) ? -1n : BigInt(base) * 1000n + BigInt(fraction.padEnd(6, "0"));
}

function microsecondsOfEpoch(epoch: ExactJson | undefined): bigint | null {
  if (!(epoch instanceof NumberText)) return null;
  const [, sign, seconds, fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(epoch.text) ?? [];
  if (seconds === undefined) return null;
  const micros = BigInt(seconds) * 1_000_000n + BigInt(fraction.slice(0, 6).padEnd(6, "0"));
  return sign === "-" ? -micros : micros;
}
