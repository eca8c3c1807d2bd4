import type { CompareTo } from "../../supabase/functions/ingest-benchmark/payload/compare_to.ts";
import {
  CONFIGURATION_PARTS,
  configurationName,
  type ListedConfiguration,
} from "../cli/listed_configuration.ts";
import { UserError } from "../cli/user_error.ts";

/** A run, or with null a configuration whose run a rule chooses. */
export interface NamedRun<Configuration extends ListedConfiguration = ListedConfiguration> {
  configuration: Configuration;
  version: number | null;
}

/** A stored run. */
export interface Run<Configuration extends ListedConfiguration = ListedConfiguration>
  extends NamedRun<Configuration> {
  version: number;
}

/** Makes a name what a message may show. */
export type Show = (name: string) => string;

/** Those that have every part that is named. */
export function namedBy<Configuration extends ListedConfiguration>(
  configurations: Configuration[],
  named: CompareTo,
): Configuration[] {
  return configurations.filter((one) =>
    (named.configuration_id === undefined || one.id === named.configuration_id) &&
    CONFIGURATION_PARTS.every((part) => named[part] === undefined || named[part] === one[part])
  );
}

/**
 * The run that is meant: without a version the current one, or the newest where nothing was
 * published.
 *
 * @throws {UserError} When there is no such version.
 */
export function withVersion<Configuration extends ListedConfiguration>(
  { configuration, version }: NamedRun<Configuration>,
  show: Show,
): Run<Configuration> {
  const { current_version, last_version } = configuration;
  const chosen = version ?? current_version ?? last_version;
  if (chosen > last_version) {
    throw new UserError(
      `There is no version ${chosen} of ${
        show(configurationName(configuration))
      }: it has versions 1 to ${last_version}.`,
    );
  }
  return { configuration, version: chosen };
}

/**
 * Two runs to be compared, as {@link withVersion} has them; the second is the newest where both
 * name one configuration.
 *
 * @param names How the two were called, for a message.
 * @throws {UserError} When there is no such version, or both are the same.
 */
export function twoRuns<Configuration extends ListedConfiguration>(
  first: NamedRun<Configuration>,
  second: NamedRun<Configuration>,
  names: [a: string, b: string],
  show: Show,
): { a: Run<Configuration>; b: Run<Configuration> } {
  const isSame = first.configuration.id === second.configuration.id;
  const a = withVersion(first, show);
  const b = withVersion({
    ...second,
    version: second.version ?? (isSame ? second.configuration.last_version : null),
  }, show);
  if (isSame && a.version === b.version) {
    const { id, last_version } = a.configuration;
    throw new UserError(
      `${names[0]} and ${names[1]} are both version ${a.version} of ${
        show(configurationName(a.configuration))
      }: ${
        last_version === 1
          ? "it has no other run."
          : `give one of them another version, as in ${id}@${a.version === 1 ? 2 : a.version - 1}.`
      }`,
    );
  }
  return { a, b };
}
