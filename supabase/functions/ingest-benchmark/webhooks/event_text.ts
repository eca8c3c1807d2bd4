import { type JudgementDocument, judgementDocument } from "../receipt/judgement_document.ts";
import { shorten } from "../shorten.ts";
import type {
  Decision,
  RecoveryDocument,
  RegressionDocument,
  ToldEvent,
  ToldRun,
} from "./delivery.ts";

// A reason has up to 2000 characters in the ledger.
const MAX_REASON_LENGTH = 500;

/** An event in words. */
export interface EventText {
  /** What happened, in a few words. */
  title: string;
  /** A sentence that a person can repeat. */
  summary: string;
}

/**
 * An event in words.
 *
 * @example
 * ```ts
 * eventText({ event: "regression", document });
 * // { title: "F1 got worse", summary: "f1 −0.09: beyond the limit of 0.05, …" }
 * ```
 */
export function eventText(told: ToldEvent): EventText {
  switch (told.event) {
    case "regression":
      return regressionText(told.document);
    case "recovery":
      return {
        title: `${metricName(told.document)} recovered`,
        summary: recoverySummary(told.document),
      };
    case "first-run":
      return {
        title: "First published run",
        summary: `${configurationName(told.document.run)} ran for the first time${
          scores(told.document.metrics)
        }.`,
      };
    case "void": {
      const { change, run, decision } = told.document;
      const state = change === "void" ? "is void" : "is no longer void";
      return {
        title: `Run ${state}`,
        summary: `Version ${run.snapshot_version} of ${configurationName(run)} ${state}: ${
          reasonOf(decision.reason)
        }`,
      };
    }
    case "test":
      return {
        title: "Test of the benchmark ledger",
        summary: "This webhook works: what it was made for will arrive like this.",
      };
  }
}

/** The judgement of an event as receipts have it; null where the event is no run's, or had none. */
export function judgementOf(document: RegressionDocument): JudgementDocument | null {
  const { judgement, previous, references, run } = document;
  if (judgement === null) return null;
  return judgementDocument(judgement, {
    configuration: run.configuration,
    previous: previous === null || previous.snapshot_version === null
      ? null
      : { snapshot_version: previous.snapshot_version, commit_sha: previous.commit_sha ?? "" },
    references,
  });
}

/** A reason that somebody gave, as far as messages have room for it. */
export function reasonOf(reason: string | null): string {
  return shorten(reason ?? "", MAX_REASON_LENGTH);
}

/** A number for people: six digits tell two runs apart. */
export function shownNumber(value: number): string {
  return String(Number(value.toPrecision(6))).replaceAll("-", "−");
}

/** A value of a metric for people, with its unit. */
export function shownValue(value: number, { unit }: { unit: string | null }): string {
  return unit === null ? shownNumber(value) : `${shownNumber(value)} ${unit}`;
}

function regressionText(document: RegressionDocument): EventText {
  const { change, value, reference_value, told_value, told_version, decision, metric } = document;
  const was = shownValue(reference_value, document);
  const now = `${metric.slice(1)} ${shownValue(value, document)}`;
  if (change === "worse-still") {
    return {
      title: `${metricName(document)} is worse still`,
      summary: `${now}: worse than the ${
        shownValue(told_value ?? reference_value, document)
      } of version ${told_version} by more than the limit again; it was ${was} before.`,
    };
  }
  const title = `${metricName(document)} got worse`;
  if (decision === null) {
    return { title, summary: judgementOf(document)?.summary ?? `${now}: it was ${was}.` };
  }
  return {
    title,
    summary: `${now}, it was ${was}: the regression is open again, because ${because(decision)}${
      decision.reason === null ? "" : `: ${reasonOf(decision.reason)}`
    }`,
  };
}

function because({ kind, snapshot_version }: Decision): string {
  if (snapshot_version === null) return "there is no baseline any more";
  const what = {
    void: "is void",
    unvoid: "is no longer void",
    acknowledge: "is acknowledged",
    unacknowledge: "is no longer acknowledged",
    baseline: "is the baseline",
  }[kind];
  return `version ${snapshot_version} ${what}`;
}

function recoverySummary(document: RecoveryDocument): string {
  const { how, value, reference_value, metric, run, decision } = document;
  const name = metric.slice(1);
  const why = decision?.reason ? `: ${reasonOf(decision.reason)}` : ".";
  const version = decision?.snapshot_version;
  switch (how) {
    case "run":
      return `${name} ${
        value === null ? "" : `${shownValue(value, document)} `
      }in version ${run.snapshot_version}: no longer worse than ${
        shownValue(reference_value, document)
      } by the limit.`;
    case "acknowledge":
      return decision?.resolution === "false-positive"
        ? `${name}: the regression is acknowledged as a false positive${why}`
        : `${name}: the regression is accepted${why}`;
    case "void":
      return `${name}: the regression is gone, version ${version} is void${why}`;
    case "baseline":
      return version === null
        ? `${name}: the regression is gone, there is no baseline any more.`
        : `${name}: the regression is gone, version ${version} is the baseline.`;
    case "policy":
      return `${name}: no policy is about it any more.`;
    case "replaced":
      return `${name}: ${configurationName(run)} took the place of what had the regression.`;
    default:
      return `${name}: the regression is gone${why}`;
  }
}

function metricName({ label, metric }: { label: string | null; metric: string }): string {
  return label ?? metric.slice(1);
}

function configurationName({ configuration }: ToldRun): string {
  const { model_version, dataset_version, prompt_version, environment, variant } = configuration;
  return [model_version, dataset_version, prompt_version, environment, ...variant ? [variant] : []]
    .join(" / ");
}

function scores(metrics: Record<string, number> | null): string {
  const shown = Object.entries(metrics ?? {}).map(([metric, value]) =>
    `${metric.slice(1)} ${shownNumber(value)}`
  );
  return shown.length === 0 ? "" : `: ${shown.join(", ")}`;
}
