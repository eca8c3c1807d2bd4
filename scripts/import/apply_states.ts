import type { Receipt } from "../../supabase/functions/ingest-benchmark/receipt/receipt_schema.ts";
import { listConfigurations, type ListedConfiguration } from "../cli/listed_configuration.ts";
import { callFunction, type Project } from "../cli/project.ts";
import type { RunState } from "./imported_run.ts";

/** What {@link applyStates} decided. */
export interface AppliedStates {
  baselines: number;
  checkouts: number;
  voided: number;
}

interface Decision {
  kind: string;
  snapshot_version: number | null;
}

/** A run that was imported, and what its source says of it besides. */
export interface StoredState {
  state: RunState;
  receipt: Receipt;
}

const REASON = "not active in the system it was imported from";

/**
 * Repeats the decisions that the source shows: which run is current where it is not the newest, which
 * is the baseline, which are not active any more. Never over what was decided since, and never over a
 * run that came since: importing again goes on where it stopped, and takes nothing back.
 */
export async function applyStates(project: Project, stored: StoredState[]): Promise<AppliedStates> {
  const applied: AppliedStates = { baselines: 0, checkouts: 0, voided: 0 };
  if (!stored.some(({ state }) => !state.isActive || state.isBaseline || state.isCurrent)) {
    return applied;
  }
  const configurations = Map.groupBy(stored, ({ receipt }) => receipt.configuration.id);
  const pointers = await readPointers(project);
  for (const [id, runs] of configurations) {
    const decisions = await callFunction<Decision[]>(project, "export_decisions", {
      p_configuration_id: id,
    });
    const decided = (...kinds: string[]) => decisions.filter(({ kind }) => kinds.includes(kind));
    for (const { state, receipt: { snapshot_version: version } } of runs) {
      if (state.isActive) continue;
      if (decided("void", "unvoid").some((one) => one.snapshot_version === version)) continue;
      await callFunction(project, "void_snapshot", {
        p_configuration_id: id,
        p_version: version,
        p_reason: REASON,
      });
      applied.voided++;
    }
    const baseline = runs.find(({ state }) => state.isBaseline);
    if (baseline !== undefined && decided("baseline").length === 0) {
      await callFunction(project, "set_baseline", {
        p_configuration_id: id,
        p_version: baseline.receipt.snapshot_version,
      });
      applied.baselines++;
    }
    const newest = Math.max(...runs.map(({ receipt }) => receipt.snapshot_version));
    const isOvertaken = pointers.get(id)!.last_version > newest;
    const current = runs.find(({ state }) => state.isCurrent && state.isActive);
    if (current !== undefined && !isOvertaken && decided("checkout").length === 0) {
      if (await checkout(project, current.receipt)) applied.checkouts++;
    }
  }
  return applied;
}

/** @returns Whether it was not current already. */
async function checkout(project: Project, receipt: Receipt): Promise<boolean> {
  const { configuration, snapshot_version } = receipt;
  // Anew: what is void now cannot be current any more.
  const now = (await readPointers(project)).get(configuration.id)!;
  if (now.current_version === snapshot_version || now.void_versions.includes(snapshot_version)) {
    return false;
  }
  await callFunction(project, "checkout_snapshot", {
    p_model_version: configuration.model_version,
    p_dataset_version: configuration.dataset_version,
    p_prompt_version: configuration.prompt_version,
    p_environment: configuration.environment,
    p_snapshot_version: snapshot_version,
    p_variant: configuration.variant,
  });
  return true;
}

async function readPointers(project: Project): Promise<Map<string, ListedConfiguration>> {
  return new Map((await listConfigurations(project)).map((one) => [one.id, one]));
}
