import { intervalText } from "../compare/judgement_table.ts";
import { percentage, plainNumber, signedNumber } from "../compare/numbers.ts";
import { configurationName } from "../cli/listed_configuration.ts";
import type { JudgedRun, PushJudgement } from "./judged_run.ts";

/**
 * A run as people read it, line by line: where it came from and what it became, then each number that
 * was judged with its change, and why it is not fine where it is not.
 *
 * @param place Where the result is.
 * @param link The run in the dashboard, when that is known.
 * @example
 * ```
 * results.json: small-2, version 5
 *   f1  0.8123 → 0.7901  −0.0222  worse than version 4 (95 % −0.031 to −0.013)
 *     f1 −0.0222 (0.812 → 0.79), 95 % interval −0.031 to −0.013 on 48 items: worse than …
 * ```
 */
export function describeRun(place: string, run: JudgedRun, link?: string): string[] {
  const { configuration, judgements } = run;
  const widest = Math.max(0, ...judgements.map(({ metric }) => nameOf(metric).length));
  return [
    `${place}: ${shortName(configuration)}, ${becameOf(run)}`,
    ...judgements.flatMap((judgement) => judgementLines(judgement, run, widest)),
    ...judgements.length === 0 ? [`  ${unjudged(run)}`] : [],
    ...link === undefined ? [] : [`  ${link}`],
  ];
}

/** The model, and the variant where there is one. */
export function shortName(
  { model_version, variant }: { model_version: string; variant: string },
): string {
  return variant === "" ? model_version : `${model_version} (${variant})`;
}

/** The metric without its leading slash. */
export function nameOf(metric: string): string {
  return metric.replace(/^\//, "");
}

function becameOf({ snapshot_version, published, replayed, previous }: JudgedRun): string {
  const version = snapshot_version === undefined
    ? previous === null ? "not stored" : `not stored, after version ${previous.snapshot_version}`
    : `version ${snapshot_version}`;
  return [version, ...published ? [] : ["candidate"], ...replayed ? ["stored before"] : []]
    .join(", ");
}

function judgementLines(judgement: PushJudgement, run: JudgedRun, widest: number): string[] {
  const { metric, from, to, verdict, summary, flipped } = judgement;
  const name = nameOf(metric).padEnd(widest);
  const change = `${plainNumber(from)} → ${plainNumber(to)}  ${shownChange(judgement)}`;
  const failing = flipped?.items.filter((item) => item.newly_failing).map(({ id }) => id) ?? [];
  return [
    `  ${name}  ${change}  ${verdictText(judgement, run)}`,
    ...verdict === "not-worse" ? [] : [`    ${summary}`],
    ...failing.length === 0 ? [] : [`    Newly failing: ${failing.join(", ")}.`],
  ];
}

/** A relative change where the limit is one, as the limit is read beside it. */
function shownChange({ from, change, limit_kind }: PushJudgement): string {
  if (limit_kind === "absolute" || from === 0) return signedNumber(change);
  const fraction = Number((change / Math.abs(from)).toPrecision(3));
  return `${fraction > 0 ? "+" : fraction === 0 ? "±" : ""}${percentage(fraction)}`
    .replaceAll("-", "−");
}

function verdictText(judgement: PushJudgement, { configuration }: JudgedRun): string {
  const { verdict, severity, reference, evidence } = judgement;
  const words = { "worse": "worse than", "not-worse": "not worse than" } as const;
  const than = verdict === "inconclusive" ? "inconclusive against" : words[verdict];
  const other = reference.configuration.id === configuration.id
    ? ""
    : `${configurationName(reference.configuration)}, `;
  const basis = evidence.interval === null
    ? "by the limit alone"
    : `${percentage(evidence.confidence ?? 0)} ${intervalText(judgement)}`;
  const warns = verdict === "worse" && severity === "warn" ? "a warning; " : "";
  return `${than} ${other}version ${reference.snapshot_version} (${warns}${basis})`;
}

function unjudged({ previous }: JudgedRun): string {
  return previous === null
    ? "Not judged: there is no published run before it."
    : "Not judged: no policy is about its metrics, or it was measured before the newest run.";
}
