import type { Receipt } from "../../supabase/functions/ingest-benchmark/receipt/receipt_schema.ts";
import { callFunction, type Project } from "../cli/project.ts";
import type { RunState } from "./imported_run.ts";

/** What {@link applyStates} decided. */
export interface AppliedStates {
  baselines: number;
  checkouts: number;
  voided: number;
}

interface Pointers {
  id: string;
  current_version: number | null;
  baseline_version: number | null;
  void_versions: number[];
}

const REASON = "not active in the system it was imported from";

/**
 * Repeats the decisions that the original system's snapshots show: which run is current where it
 * is not the newest, which is the baseline, which are not active any more. What is so already is
 * left alone, so importing again decides nothing twice.
 */
export async function applyStates(
  project: Project,
  stored: { state: RunState; receipt: Receipt }[],
): Promise<AppliedStates> {
  const applied: AppliedStates = { baselines: 0, checkouts: 0, voided: 0 };
  if (stored.length === 0) return applied;
  const before = await readPointers(project);
  for (const { state, receipt: { configuration, snapshot_version } } of stored) {
    if (state.isActive) continue;
    if (before.get(configuration.id)!.void_versions.includes(snapshot_version)) continue;
    await callFunction(project, "void_snapshot", {
      p_configuration_id: configuration.id,
      p_version: snapshot_version,
      p_reason: REASON,
    });
    applied.voided++;
  }
  // Anew: what is void cannot stay current.
  const pointers = await readPointers(project);
  for (const { state, receipt: { configuration, snapshot_version } } of stored) {
    const now = pointers.get(configuration.id)!;
    if (state.isBaseline && now.baseline_version !== snapshot_version) {
      await callFunction(project, "set_baseline", {
        p_configuration_id: configuration.id,
        p_version: snapshot_version,
      });
      applied.baselines++;
    }
    if (state.isActive && state.isCurrent && now.current_version !== snapshot_version) {
      const { model_version, dataset_version, prompt_version, environment, variant } =
        configuration;
      await callFunction(project, "checkout_snapshot", {
        p_model_version: model_version,
        p_dataset_version: dataset_version,
        p_prompt_version: prompt_version,
        p_environment: environment,
        p_snapshot_version: snapshot_version,
        p_variant: variant,
      });
      applied.checkouts++;
    }
  }
  return applied;
}

async function readPointers(project: Project): Promise<Map<string, Pointers>> {
  const all = await callFunction<Pointers[]>(project, "list_configurations");
  return new Map(all.map((one) => [one.id, one]));
}
