import type {
  Configuration,
  OpenRegression,
  OverviewDocument,
  OverviewRun,
} from "../client/documents.ts";
import type { LastingFall } from "../change_points/lasting_fall.ts";
import { gravestOfMetric } from "../metrics/gravest_of_metric.ts";
import { intervalOf } from "../metrics/interval_of.ts";
import { configurationName } from "../components/configuration_name.ts";
import { type State, stateOfVerdict, STATES } from "../components/verdict_badge.tsx";

/** A configuration, or a candidate of it, and what is to be said of it. */
export interface OverviewRow extends OverviewRun {
  configuration: Configuration;
  state: State;
  /** How far it has drifted, where it has. */
  fall: LastingFall | null;
  /** The gravest open one. */
  regression: OpenRegression | null;
  /** How many metrics have one: a limit that warns and one that fails can both be exceeded. */
  openRegressions: number;
  /** What the value is compared with; null where there is nothing. */
  from: { configuration_id: string; version: number; value: number; isBaseline: boolean } | null;
  change: number | null;
  better: "higher" | "lower" | null;
  /** Of the change where items or runs give one, in the direction of the metric; a ratio's is in fractions. */
  interval: [number, number] | null;
  /** Whether all of that is on the good side of 0. */
  isBetter: boolean;
}

/**
 * Puts together what the document says in several places.
 *
 * @param drifted Configurations in whose last runs a lasting change for the worse was found.
 * @returns The worst first.
 */
export function overviewRows(
  document: OverviewDocument,
  drifted: ReadonlyMap<string, LastingFall>,
): OverviewRow[] {
  const configurations = new Map(document.configurations.map((one) => [one.id, one]));
  const open = new Map<string, OpenRegression[]>();
  const acknowledged = new Set<string>();
  for (const regression of document.regressions) {
    const { configuration_id } = regression;
    if (regression.acknowledged_at !== null) acknowledged.add(configuration_id);
    else open.set(configuration_id, [...open.get(configuration_id) ?? [], regression]);
  }
  return document.runs.map((run) => {
    const regressions = run.published ? open.get(run.configuration_id) ?? [] : [];
    const regression = regressions.find(({ metric }) => metric === run.metric) ?? null;
    const state = stateOf(run, {
      isOpen: regressions.length > 0,
      isDrifted: drifted.has(run.configuration_id),
      isAcknowledged: acknowledged.has(run.configuration_id),
    });
    return {
      ...run,
      configuration: configurations.get(run.configuration_id)!,
      state,
      fall: state === "drifted" ? drifted.get(run.configuration_id)! : null,
      regression,
      openRegressions: gravestOfMetric(regressions).length,
      ...comparisonOf(run, regression),
    };
  }).sort(byUrgency);
}

function stateOf(
  run: OverviewRun,
  { isOpen, isDrifted, isAcknowledged }: {
    isOpen: boolean;
    isDrifted: boolean;
    isAcknowledged: boolean;
  },
): State {
  if (!run.published) return stateOfVerdict(run.verdict);
  if (run.is_replaced) return "replaced";
  if (isOpen) return "worse";
  if (run.verdict === "inconclusive") return "inconclusive";
  if (isAcknowledged) return "acknowledged";
  if (isDrifted) return "drifted";
  // Worse when it was stored, and not any more: against a limit or a baseline that has changed.
  return run.verdict === null ? "not judged" : "fine";
}

function comparisonOf(
  { judgement, metric, value, configuration_id }: OverviewRun,
  regression: OpenRegression | null,
): Pick<OverviewRow, "from" | "change" | "better" | "interval" | "isBetter"> {
  if (regression !== null) {
    return {
      from: {
        configuration_id: regression.reference_configuration_id,
        version: regression.reference_version,
        value: regression.reference_value,
        isBaseline: regression.is_baseline,
      },
      change: regression.current_value - regression.reference_value,
      better: regression.better,
      interval: null,
      isBetter: false,
    };
  }
  if (judgement === null || judgement.metric !== metric || value === null) {
    return { from: null, change: null, better: null, interval: null, isBetter: false };
  }
  const { better, estimate, margin, from, from_version, reference_configuration_id } = judgement;
  return {
    from: {
      configuration_id: reference_configuration_id ?? configuration_id,
      version: from_version,
      value: from,
      isBaseline: false,
    },
    change: value - from,
    better,
    interval: intervalOf(judgement, better),
    // Below 0 is worse, whatever the direction and the scale.
    isBetter: estimate !== null && margin !== null && estimate - margin > 0,
  };
}

function byUrgency(a: OverviewRow, b: OverviewRow): number {
  return STATES.indexOf(a.state) - STATES.indexOf(b.state) ||
    severityOf(a) - severityOf(b) ||
    relativeSize(b) - relativeSize(a) ||
    compareNames(a, b);
}

function severityOf({ regression, judgement }: OverviewRow): number {
  return (regression ?? judgement)?.severity === "fail" ? 0 : 1;
}

// Of what is fine nobody asks which changed most: by name it is found again.
function relativeSize({ state, change, from }: OverviewRow): number {
  if (state !== "worse" || change === null || from === null) return 0;
  return from.value === 0 ? Infinity : Math.abs(change / from.value);
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function compareNames(a: OverviewRow, b: OverviewRow): number {
  return collator.compare(configurationName(a.configuration), configurationName(b.configuration)) ||
    b.snapshot_version - a.snapshot_version;
}
