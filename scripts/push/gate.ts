import { type JudgedRun, type PushJudgement } from "./judged_run.ts";
import { nameOf, shortName } from "./describe_run.ts";

/** Verdicts that `--fail-on` takes: inconclusive fails on worse, too. */
export const FAIL_ON = ["worse", "inconclusive"] as const;

/** What must be, for a gate to let a run pass. */
export interface Gate {
  /** Of policies of severity fail; undefined with `--no-fail`. */
  failOn: typeof FAIL_ON[number] | undefined;
  /** Everything of severity fail is shown to be no worse. */
  requiresNotWorse: boolean;
}

/** What of a run a gate looks at. */
export type GatedRun = Pick<JudgedRun, "configuration" | "judgements">;

/** What does not pass, a sentence each; the same rules as the action has. */
export function gateProblems(runs: GatedRun[], gate: Gate): string[] {
  return runs.flatMap((run) => {
    const serious = run.judgements.filter(({ severity }) => severity === "fail");
    const problems = serious.map((judgement) => problemOf(judgement, gate))
      .filter((problem) => problem !== null);
    if (gate.requiresNotWorse && serious.length === 0) {
      problems.push("no metric with a policy of severity fail was compared with another run");
    }
    return problems.map((problem) => `${shortName(run.configuration)}: ${problem}.`);
  });
}

function problemOf({ metric, verdict, evidence }: PushJudgement, gate: Gate): string | null {
  if (verdict !== "not-worse") {
    const fails = gate.requiresNotWorse || gate.failOn === "inconclusive" ||
      gate.failOn === verdict;
    return fails ? `${nameOf(metric)} is ${verdict}` : null;
  }
  return gate.requiresNotWorse && evidence.method === "none"
    ? `${
      nameOf(metric)
    } is within the limit, but nothing shows it: send items, a standard error, or 8 earlier runs`
    : null;
}
