import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { ItemChanges } from "../../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import type { Config } from "../config.ts";
import type {
  ComparisonDocument,
  CurrentDocument,
  HistoryDocument,
  MetricHistory,
  RegressionsDocument,
  TrendsDocument,
  ViewDocument,
} from "./documents.ts";

/** A reading function of the database failed. */
export class ReadError extends Error {
  override name = "ReadError";
}

/** What the views ask for; every method is one request. */
export interface Reader {
  current(signal: AbortSignal): Promise<CurrentDocument>;
  trends(
    query: {
      configurations: string[];
      metric: string;
      from: string | null;
      to: string | null;
      points: number;
    },
    signal: AbortSignal,
  ): Promise<TrendsDocument>;
  metricHistory(
    configurations: string[],
    metric: string,
    signal: AbortSignal,
  ): Promise<MetricHistory[]>;
  comparison(
    query: { a: string | null; aVersion: number | null; b: string | null; bVersion: number | null },
    signal: AbortSignal,
  ): Promise<ComparisonDocument>;
  /** Which items changed from run A to run B; null where either has none for the metric. */
  itemChanges(
    query: {
      a: string;
      aVersion: number;
      b: string;
      bVersion: number;
      metric: string;
      limit: number;
    },
    signal: AbortSignal,
  ): Promise<ItemChanges | null>;
  regressions(signal: AbortSignal): Promise<RegressionsDocument>;
  history(
    configuration: string | null,
    before: number | null,
    signal: AbortSignal,
  ): Promise<HistoryDocument>;
  /** Changes as soon as anything that is shown may have. */
  cursor(signal: AbortSignal): Promise<string>;
}

/** A client of the project in the configuration. */
export function createProjectClient(config: Config): SupabaseClient {
  const { accessToken } = config;
  return createClient(
    config.url,
    config.publishableKey,
    accessToken === undefined ? {} : { accessToken: () => Promise.resolve(accessToken) },
  );
}

/**
 * A {@link Reader} over the functions of the database. Its methods throw {@link ReadError}.
 *
 * @param onRead Called with every document that a view reads.
 */
export function createReader(
  client: SupabaseClient,
  onRead: (document: ViewDocument) => void,
): Reader {
  const call = async <T>(
    name: string,
    args: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<T> => {
    const { data, error, status } = await client.rpc(name, args).abortSignal(signal);
    signal.throwIfAborted();
    if (error) throw new ReadError(explain(name, status, error.code, error.message));
    return data as T;
  };
  const read = async <T extends ViewDocument>(
    name: string,
    args: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<T> => {
    const document = await call<T>(name, args, signal);
    onRead(document);
    return document;
  };
  return {
    current: (signal) => read("get_dashboard_current", {}, signal),
    trends: ({ configurations, metric, from, to, points }, signal) =>
      read("get_dashboard_trends", {
        p_configuration_ids: configurations.length > 0 ? configurations : null,
        p_metric: metric,
        p_from: from,
        p_to: to,
        p_points: points,
      }, signal),
    metricHistory: (configurations, metric, signal) =>
      call("get_dashboard_metric_history", {
        p_configuration_ids: configurations,
        p_metric: metric,
      }, signal),
    comparison: ({ a, aVersion, b, bVersion }, signal) =>
      read("get_dashboard_comparison", {
        p_configuration_a: a,
        p_version_a: aVersion,
        p_configuration_b: b,
        p_version_b: bVersion,
      }, signal),
    itemChanges: ({ a, aVersion, b, bVersion, metric, limit }, signal) =>
      call("get_item_changes", {
        p_configuration_a: a,
        p_version_a: aVersion,
        p_configuration_b: b,
        p_version_b: bVersion,
        p_metric: metric,
        p_limit: limit,
      }, signal),
    regressions: (signal) => read("get_dashboard_regressions", {}, signal),
    history: (configuration, before, signal) =>
      read("get_dashboard_history", {
        p_configuration_id: configuration,
        p_before_version: before,
      }, signal),
    cursor: (signal) => call("get_ledger_cursor", {}, signal),
  };
}

function explain(name: string, status: number, code: string | undefined, message: string): string {
  if (status === 0 || code === "") {
    return `The project cannot be reached (${message}). Check the network, and url in config.json.`;
  }
  if (code === "PGRST202" || code === "42883") {
    return `The project has no function ${name}: its schema is older than this dashboard. Run supabase db push.`;
  }
  if (status === 401) return `The project does not take the publishable key: ${message}`;
  return `${name} failed (${code ?? status}): ${message}`;
}
