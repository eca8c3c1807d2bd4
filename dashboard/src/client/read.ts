import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { ItemChanges } from "../../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import type { Config } from "../config.ts";
import type {
  ComparisonDocument,
  HistoryDocument,
  LeaderboardDocument,
  MetricHistory,
  OverviewDocument,
  RegressionsDocument,
  RunDocument,
  TrendsDocument,
  ViewDocument,
} from "./documents.ts";

/** A reading function of the database failed. */
export class ReadError extends Error {
  override name = "ReadError";

  /**
   * @param kind Whether the project did not answer, did not take the key or session, or said no.
   */
  constructor(message: string, readonly kind: "unreachable" | "unauthorized" | "failed") {
    super(message);
  }
}

/** What the views ask for; every method is one request. */
export interface Reader {
  overview(candidates: boolean, signal: AbortSignal): Promise<OverviewDocument>;
  run(
    query: { configuration: string; version: number | null },
    signal: AbortSignal,
  ): Promise<RunDocument>;
  leaderboard(
    query: { dataset: string | null; environment: string | null; metric: string | null },
    signal: AbortSignal,
  ): Promise<LeaderboardDocument>;
  trends(
    query: {
      configurations: string[];
      /** Null for the usual one. */
      metric: string | null;
      from: string | null;
      to: string | null;
      points: number;
      candidates: boolean;
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

// The database stops a reading after a second; the rest is the network.
const TIMEOUT_MS = 10_000;

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
 * @param hooks Told of every document that a view reads, and of every answer that did not come.
 */
export function createReader(
  client: SupabaseClient,
  hooks: {
    onRead: (document: ViewDocument) => void;
    onError: (error: ReadError) => void;
  },
): Reader {
  const call = async <T>(
    name: string,
    args: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<T> => {
    // A network that drops what it gets never answers: that is an outage, too.
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const { data, error, status } = await client.rpc(name, args)
      .abortSignal(AbortSignal.any([signal, timeout]));
    signal.throwIfAborted();
    if (error) {
      const failure = timeout.aborted
        ? explain(name, 0, "", `no answer in ${TIMEOUT_MS / 1000} seconds`)
        : explain(name, status, error.code, error.message);
      hooks.onError(failure);
      throw failure;
    }
    return data as T;
  };
  const read = async <T extends ViewDocument>(
    name: string,
    args: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<T> => {
    const document = await call<T>(name, args, signal);
    hooks.onRead(document);
    return document;
  };
  return {
    overview: (candidates, signal) =>
      read("get_dashboard_overview", { p_candidates: candidates }, signal),
    run: ({ configuration, version }, signal) =>
      read(
        "get_dashboard_run",
        { p_configuration_id: configuration, p_version: version },
        signal,
      ),
    leaderboard: ({ dataset, environment, metric }, signal) =>
      read("get_dashboard_leaderboard", {
        p_dataset_version: dataset,
        p_environment: environment,
        p_metric: metric,
      }, signal),
    trends: ({ configurations, metric, from, to, points, candidates }, signal) =>
      read("get_dashboard_trends", {
        p_configuration_ids: configurations.length > 0 ? configurations : null,
        p_metric: metric,
        p_from: from,
        p_to: to,
        p_points: points,
        p_candidates: candidates,
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

function explain(
  name: string,
  status: number,
  code: string | undefined,
  message: string,
): ReadError {
  if (status === 0 || code === "" || status === 502 || status === 503 || status === 504) {
    return new ReadError(
      `The project cannot be reached (${
        message || `HTTP ${status}`
      }). Check the network, and url in config.json.`,
      "unreachable",
    );
  }
  if (code === "PGRST202" || code === "42883") {
    return new ReadError(
      `The project has no function ${name}: its schema is older than this dashboard. Run supabase db push.`,
      "failed",
    );
  }
  if (status === 401) {
    return new ReadError(
      `The project does not take the publishable key, or the session: ${message}`,
      "unauthorized",
    );
  }
  return new ReadError(`${name} failed (${code ?? status}): ${message}`, "failed");
}
