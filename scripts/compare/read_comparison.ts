import {
  type ItemChanges,
  type JudgedRun,
  type JudgementDocument,
  judgementDocument,
  type StoredJudgement,
} from "../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import type { ConfigurationPart, ListedConfiguration } from "../cli/listed_configuration.ts";
import { callFunction, type Project } from "../cli/project.ts";
import { UserError } from "../cli/user_error.ts";
import type { Run } from "./run.ts";

/** A run of a comparison. */
export interface ComparedRun {
  configuration: Pick<ListedConfiguration, "id" | ConfigurationPart>;
  snapshot_version: number;
  commit_sha: string;
  created_at: string;
}

/** A number of both runs, by its JSON pointer; null where one lacks it. */
export interface ComparedNumber {
  path: string;
  a: number | null;
  b: number | null;
  delta: number | null;
  percent: number | null;
}

/** Run b judged against run a. */
export interface Comparison {
  a: ComparedRun;
  b: ComparedRun;
  judgements: JudgementDocument[];
  metrics: ComparedNumber[];
  item_changes: ItemChanges[];
}

/** What of a comparison is wanted. */
export interface ComparisonFilter {
  /** JSON pointer of the only number that is wanted, and of the object that numbers are in. */
  metric?: string | undefined;
  /** How many items a metric are named at most. */
  items: number;
}

interface Snapshot {
  snapshot_version: number | null;
  commit_sha: string;
  created_at: string;
}

interface ComparisonAnswer {
  a: Snapshot;
  b: Snapshot;
  judgements: { judgements: StoredJudgement[]; references: JudgedRun["references"] } | null;
  metrics: ComparedNumber[];
}

/**
 * Reads how two runs differ. Nothing is stored.
 *
 * @throws {UserError} When neither has the metric that is asked for.
 */
export async function readComparison(
  project: Project,
  a: Run,
  b: Run,
  { metric, items }: ComparisonFilter,
): Promise<Comparison> {
  const runs = {
    p_configuration_a: a.configuration.id,
    p_version_a: a.version,
    p_configuration_b: b.configuration.id,
    p_version_b: b.version,
  };
  const answer = await callFunction<ComparisonAnswer>(project, "get_dashboard_comparison", runs);
  const metrics = answer.metrics.filter(({ path }) =>
    metric === undefined || path === metric || path.startsWith(`${metric}/`)
  );
  if (metric !== undefined && metrics.length === 0) {
    throw new UserError(
      `Neither run has a number ${metric}: without --metric all that there are can be seen.`,
    );
  }
  const judgements = documents(answer, b)
    .filter((judgement) => metric === undefined || judgement.metric === metric);
  const paired = metric !== undefined ? [metric] : judgements
    .filter(({ evidence }) => evidence.method === "paired-items")
    .map((judgement) => judgement.metric);
  const itemChanges = [];
  // Each once: a metric has a policy that warns and one that fails.
  for (const name of new Set(paired)) {
    const changes = await callFunction<ItemChanges | null>(project, "get_item_changes", {
      ...runs,
      p_metric: name,
      p_limit: items,
    });
    if (changes !== null) itemChanges.push(changes);
  }
  return {
    a: comparedRun(a, answer.a),
    b: comparedRun(b, answer.b),
    judgements,
    metrics,
    item_changes: itemChanges,
  };
}

function documents({ judgements: answer }: ComparisonAnswer, b: Run): JudgementDocument[] {
  const { judgements = [], references = null } = answer ?? {};
  return judgements.map((stored) =>
    judgementDocument(stored, { configuration: b.configuration, previous: null, references })
  );
}

function comparedRun({ configuration, version }: Run, snapshot: Snapshot): ComparedRun {
  const { id, model_version, dataset_version, prompt_version, environment, variant } =
    configuration;
  return {
    configuration: { id, model_version, dataset_version, prompt_version, environment, variant },
    snapshot_version: version,
    commit_sha: snapshot.commit_sha,
    created_at: snapshot.created_at,
  };
}
