/** What of a receipt's judgement is looked at; see the receipt schema of the function. */
export interface PushJudgement {
  metric: string;
  severity: "warn" | "fail";
  verdict: "worse" | "not-worse" | "inconclusive";
  /** The verdict as one sentence. */
  summary: string;
  evidence: { method: string };
  /** The first of the items that changed. */
  flipped?: { items: { id: string; newly_failing: boolean }[] } | null;
}

/** What has verdicts. */
export interface JudgedReceipt {
  /** The published run before it; null for a first one. */
  previous?: unknown;
  configuration: { model_version: string; variant: string };
  judgements: PushJudgement[];
}

/** Verdicts that `--fail-on` takes: inconclusive fails on worse, too. */
export const FAIL_ON = ["worse", "inconclusive"] as const;

/** What must be, for a gate to let a run pass. */
export interface Gate {
  failOn?: typeof FAIL_ON[number] | undefined;
  /** Everything of severity fail is shown to be no worse. */
  requiresNotWorse: boolean;
}

/** Each judgement as a line: how serious it is, whose it is, and its sentence. */
export function verdictLines(receipts: JudgedReceipt[]): string[] {
  return receipts.flatMap((receipt) =>
    receipt.judgements.map(({ verdict, severity, summary, flipped }) => {
      const name = verdict === "worse" ? `worse (${severity})` : verdict.replace("-", " ");
      const failing = flipped?.items.filter((item) => item.newly_failing).map(({ id }) => id) ?? [];
      const items = failing.length === 0 ? "" : ` Newly failing: ${failing.join(", ")}.`;
      return `${name}: ${nameOf(receipt)}: ${summary}${items}`;
    })
  );
}

/** Of runs that have one to be compared with and no verdict, a sentence each. */
export function unjudgedLines(receipts: JudgedReceipt[]): string[] {
  return receipts.filter(({ judgements, previous }) =>
    judgements.length === 0 && (previous ?? null) !== null
  ).map((receipt) =>
    `${
      nameOf(receipt)
    }: not judged: no policy is about its metrics, or it was measured before the newest run.`
  );
}

/** What does not pass, a sentence each; the same rules as the action has. */
export function gateProblems(receipts: JudgedReceipt[], gate: Gate): string[] {
  return receipts.flatMap((receipt) => {
    const serious = receipt.judgements.filter(({ severity }) => severity === "fail");
    const problems = serious.map((judgement) => problemOf(judgement, gate))
      .filter((problem) => problem !== null);
    if (gate.requiresNotWorse && serious.length === 0) {
      problems.push("no metric with a policy of severity fail was compared with another run");
    }
    return problems.map((problem) => `${nameOf(receipt)}: ${problem}.`);
  });
}

function problemOf({ metric, verdict, evidence }: PushJudgement, gate: Gate): string | null {
  if (verdict !== "not-worse") {
    const fails = gate.requiresNotWorse || gate.failOn === "inconclusive" ||
      gate.failOn === verdict;
    return fails ? `${metric} is ${verdict}` : null;
  }
  return gate.requiresNotWorse && evidence.method === "none"
    ? `${metric} is within the limit, but nothing shows it: send items, a standard error, or 8 earlier runs`
    : null;
}

function nameOf({ configuration: { model_version, variant } }: JudgedReceipt): string {
  return variant === "" ? model_version : `${model_version} (${variant})`;
}
