import type { JudgementDocument } from "../receipt/judgement_document.ts";
import { dashboardLink } from "./dashboard_link.ts";
import type { Decision, Delivery, ToldEvent, ToldRun } from "./delivery.ts";
import { eventText, judgementOf, reasonOf } from "./event_text.ts";
import { commitLink, repositoryOf } from "./origin_link.ts";

/** What Standard Webhooks calls a payload. */
export interface StandardPayload {
  type: ToldEvent["event"];
  /** When it happened, not when it is sent. */
  timestamp: string;
  data: Record<string, unknown>;
}

/** Larger ones may be refused; see the specification. */
export const MAX_BODY_BYTES = 20_000;

/**
 * The body of a delivery, the same in every attempt: at most 20,000 bytes, for which single items,
 * and then the judgement, are left out.
 */
export function standardBody(delivery: Delivery): string {
  const { type, timestamp, data } = standardPayload(delivery);
  const judgement = data.judgement as JudgementDocument | null | undefined;
  const smaller: Record<string, unknown>[] = judgement
    ? [
      {
        ...data,
        judgement: {
          ...judgement,
          flipped: judgement.flipped && { ...judgement.flipped, items: [] },
        },
      },
      { ...data, judgement: null },
    ]
    : [];
  for (const candidate of [data, ...smaller]) {
    const body = JSON.stringify({ type, timestamp, data: candidate });
    if (new TextEncoder().encode(body).length < MAX_BODY_BYTES) return body;
  }
  // Names of the greatest length in a script of many bytes; still more than a receiver looks at.
  return JSON.stringify({ type, timestamp, data: { title: data.title, links: data.links } });
}

function standardPayload(delivery: Delivery): StandardPayload {
  const { title, summary } = eventText(delivery);
  return {
    type: delivery.event,
    timestamp: delivery.created_at,
    data: {
      title,
      summary,
      ...facts(delivery),
      links: {
        commit: "run" in delivery.document ? commitLink(delivery.document.run) : null,
        dashboard: dashboardLink(delivery.dashboard_url, delivery),
      },
    },
  };
}

function facts(told: ToldEvent): Record<string, unknown> {
  switch (told.event) {
    case "regression": {
      const { change, value, told_value, told_version, decision, run } = told.document;
      return {
        change,
        ...metricFacts(told.document),
        to: value,
        told: told_value === null ? null : { value: told_value, snapshot_version: told_version },
        run: runFacts(run),
        judgement: judgementOf(told.document),
        decision: decisionFacts(decision),
      };
    }
    case "recovery": {
      const { change, how, value, decision, run } = told.document;
      return {
        change,
        how,
        ...metricFacts(told.document),
        to: value,
        run: runFacts(run),
        decision: decisionFacts(decision),
      };
    }
    case "first-run":
      return { run: runFacts(told.document.run), metrics: told.document.metrics ?? {} };
    case "void": {
      const { change, run, decision } = told.document;
      return { change, run: runFacts(run), decision: decisionFacts(decision) };
    }
    case "test":
      return {};
  }
}

function metricFacts(
  document: (ToldEvent & { event: "regression" | "recovery" })["document"],
): Record<string, unknown> {
  const { regression_id, metric, label, unit, severity, better } = document;
  return {
    regression_id,
    metric,
    label,
    unit,
    severity,
    better,
    since_version: document.opened_version,
    from: document.reference_value,
  };
}

function runFacts(run: ToldRun): Record<string, unknown> {
  const { transaction_id, snapshot_version, configuration, series, commit_sha } = run;
  const { branch_name, run_id, created_at, measured_at, provenance } = run;
  const { id, model_version, dataset_version, prompt_version, environment, variant } =
    configuration;
  return {
    transaction_id,
    snapshot_version,
    configuration: { id, model_version, dataset_version, prompt_version, environment, variant },
    series,
    commit_sha,
    branch_name,
    run_id,
    repository: repositoryOf(provenance),
    created_at,
    measured_at,
  };
}

function decisionFacts(decision: Decision | null): Record<string, unknown> | null {
  if (decision === null) return null;
  const { kind, snapshot_version, reason, resolution } = decision;
  return {
    kind,
    snapshot_version,
    reason: reason === null ? null : reasonOf(reason),
    resolution,
  };
}
