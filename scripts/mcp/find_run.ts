import leven from "leven";
import {
  type CompareTo,
  parseCompareTo,
} from "../../supabase/functions/ingest-benchmark/payload/compare_to.ts";
import { shorten } from "../../supabase/functions/ingest-benchmark/shorten.ts";
import { CONFIGURATION_PARTS, configurationName } from "../cli/listed_configuration.ts";
import { UserError } from "../cli/user_error.ts";
import { namedBy, type NamedRun, type Run } from "../compare/run.ts";
import type { LedgerConfiguration, SeriesDocument } from "./documents.ts";
import { quoted } from "./inert.ts";
import type { Ledger } from "./ledger.ts";

/** See {@link Run}. */
export type FoundRun = Run<LedgerConfiguration>;

const SERIES = "series:";
/** Candidates beyond it are counted. */
const SHOWN = 8;
const NEAREST = 3;
/** Of what is compared with every name there is. */
const MAX_COMPARED_LENGTH = 200;

/** The name of a series, of a text such as series:bill-auditor; else null. */
export function seriesName(text: string): string | null {
  return text.startsWith(SERIES) ? text.slice(SERIES.length) : null;
}

/**
 * Every configuration.
 *
 * @throws {UserError} When there is none, or none may be read.
 */
export async function readConfigurations(ledger: Ledger): Promise<LedgerConfiguration[]> {
  const configurations = await ledger.call<LedgerConfiguration[]>("list_configurations");
  if (configurations.length > 0) return configurations;
  await ledger.call("get_dashboard_current"); // says so, when nothing may be read
  throw new UserError("No run is stored yet.");
}

/**
 * Finds what a text names, as `deno task compare` takes it: an id, names such as
 * `model_version=M,prompt_version=P`, or `series:NAME` for its newest published run; all with
 * `@VERSION`, but the last. A bare name that is a model's is taken for that.
 *
 * @throws {UserError} When it names none, or several.
 */
export async function findRun(
  ledger: Ledger,
  configurations: LedgerConfiguration[],
  text: string,
): Promise<NamedRun<LedgerConfiguration>> {
  const series = seriesName(text);
  return series === null
    ? findConfiguration(configurations, text)
    : await newestOfSeries(ledger, configurations, series);
}

/** {@link findRun} of a configuration. */
export function findConfiguration(
  configurations: LedgerConfiguration[],
  text: string,
): NamedRun<LedgerConfiguration> {
  const named = parseName(configurations, text);
  const found = namedBy(configurations, named);
  const [only, ...others] = found;
  if (only === undefined) throw new UserError(describeUnknown(configurations, named, text));
  if (others.length > 0) {
    throw new UserError(
      `${
        quoted(text)
      } names ${found.length} configurations. Say more of its parts (variant= for none), or its id:\n${
        listed(found)
      }`,
    );
  }
  return { configuration: only, version: named.snapshot_version ?? null };
}

/** The names that are most like another one, quoted, the most alike first. */
export function nearestNames(name: string, names: Iterable<string>): string {
  const wanted = shorten(name, MAX_COMPARED_LENGTH).toLowerCase();
  const distances = [...new Set(names)].map((one) => {
    const other = one.toLowerCase();
    // What contains it is meant more likely than what is as short.
    const isPart = wanted !== "" && other.includes(wanted);
    return { one, distance: isPart ? 0 : leven(wanted, other) };
  });
  return distances.sort((a, b) => a.distance - b.distance).slice(0, NEAREST)
    .map(({ one }) => quoted(one)).join(", ");
}

function parseName(configurations: LedgerConfiguration[], text: string): CompareTo {
  const named = parseCompareTo(text);
  if (typeof named !== "string") return named;
  const [, model = text, version] = /^(.*)@([1-9]\d{0,8})$/s.exec(text) ?? [];
  if (configurations.some((one) => one.model_version === model)) {
    return {
      model_version: model,
      ...(version !== undefined && { snapshot_version: Number(version) }),
    };
  }
  const nearest = nearestNames(model, configurations.map((one) => one.model_version));
  throw new UserError(
    `${
      quoted(shorten(text, MAX_COMPARED_LENGTH))
    } names no run: it ${named}; or series:NAME. Models with the nearest names: ${nearest}.`,
  );
}

function describeUnknown(
  configurations: LedgerConfiguration[],
  named: CompareTo,
  text: string,
): string {
  const wrong = CONFIGURATION_PARTS.flatMap((part) => {
    const value = named[part];
    const values = configurations.map((one) => one[part]);
    return value === undefined || values.includes(value)
      ? []
      : [`There is no ${part} ${quoted(value)}; the nearest are ${nearestNames(value, values)}.`];
  });
  if (wrong.length > 0) return wrong.join(" ");
  const likeness = (one: LedgerConfiguration) =>
    CONFIGURATION_PARTS.filter((part) => named[part] !== undefined && named[part] === one[part])
      .length;
  const alike = configurations.toSorted((a, b) => likeness(b) - likeness(a));
  return `There is no configuration ${quoted(text)}. There are:\n${listed(alike)}`;
}

/** Configurations as a message lists them: a line each, the first few. */
function listed(configurations: LedgerConfiguration[]): string {
  const lines = configurations.slice(0, SHOWN)
    .map((one) => `${one.id}  ${quoted(configurationName(one))}`);
  const left = configurations.length - lines.length;
  return [...lines, ...left > 0 ? [`… and ${left} more: the tool current finds them`] : []]
    .join("\n");
}

async function newestOfSeries(
  ledger: Ledger,
  configurations: LedgerConfiguration[],
  series: string,
): Promise<NamedRun<LedgerConfiguration>> {
  const { runs } = await ledger.call<SeriesDocument>("get_series", {
    p_series: series,
    p_limit: 1,
  });
  const newest = runs.at(-1);
  const configuration = configurations.find(({ id }) => id === newest?.configuration_id);
  if (newest === undefined || configuration === undefined) {
    throw new UserError(describeUnknownSeries(configurations, series));
  }
  return { configuration, version: newest.snapshot_version };
}

/** Says that a series has no run, and which there are. */
export function describeUnknownSeries(
  configurations: LedgerConfiguration[],
  series: string,
): string {
  const names = configurations.flatMap((one) => one.series ?? []);
  return `The series ${quoted(series)} has no published run. ${
    names.length === 0
      ? "No configuration belongs to a series."
      : `The nearest are ${nearestNames(series, names)}.`
  }`;
}
