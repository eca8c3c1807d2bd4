import { createClient } from "@supabase/supabase-js";
import { UserError } from "../cli/user_error.ts";
import type { Frame, HistoryDocument, LedgerEntry } from "./documents.ts";
import type { LedgerAccess } from "./find_ledger.ts";
import { inert, inertText } from "./inert.ts";

/** What is called at all. Every one of them reads, whatever the key would allow. */
export const READING_FUNCTIONS = [
  "get_dashboard_comparison",
  "get_dashboard_current",
  "get_dashboard_history",
  "get_dashboard_metric_history",
  "get_dashboard_regressions",
  "get_dashboard_trends",
  "get_item_changes",
  "get_series",
  "get_snapshot_page",
  "list_configurations",
  "list_regression_policies",
] as const;

/** See {@link READING_FUNCTIONS}. */
export type ReadingFunction = typeof READING_FUNCTIONS[number];

/** A ledger that can only be read. What it answers is inert: see `inert()`. */
export interface Ledger {
  /**
   * @param columns Of the rows that are wanted, where a few are enough.
   * @throws {UserError} In words that say what to do.
   */
  call<Result>(
    name: ReadingFunction,
    args?: Record<string, unknown>,
    columns?: string[],
  ): Promise<Result>;
}

const TIMEOUT_MS = 20_000;

/** Connects to the ledger; nothing is sent yet. */
export function openLedger({ url, apiKey, accessToken }: LedgerAccess): Ledger {
  const client = createClient(url, apiKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    ...(accessToken !== undefined && { accessToken: () => Promise.resolve(accessToken) }),
  });
  return {
    async call<Result>(
      name: ReadingFunction,
      args: Record<string, unknown> = {},
      columns?: string[],
    ): Promise<Result> {
      // The type says so already; a name that came from elsewhere must not get through.
      if (!READING_FUNCTIONS.includes(name)) throw new Error(`${name} is no reading function.`);
      const request = client.rpc(name, args);
      // The local gateway sends every column all the same.
      const selected = columns === undefined ? request : request.select(columns.join(","));
      const { data, error, status } = await selected.abortSignal(AbortSignal.timeout(TIMEOUT_MS));
      if (error) throw new UserError(inertText(describeFailure(name, url, error, status)));
      const parsed = name === "get_dashboard_history" ? withEntries(data) : data;
      const problem = unreadable(parsed);
      if (problem !== null) throw new UserError(inertText(problem));
      return inert(parsed) as Result;
    },
  };
}

/** Why a document is empty, when the caller may not read; null when they may. */
function unreadable(document: unknown): string | null {
  const { readable, read_access } = Object(document) as Partial<Frame>;
  if (readable !== false) return null;
  const who = read_access === undefined ? "" : ` (reading is for: ${read_access})`;
  return `This key may read nothing${who}. Set SUPABASE_ACCESS_TOKEN to the token of somebody who may read, or SUPABASE_SECRET_KEY without SUPABASE_PUBLISHABLE_KEY, or let everybody read: deno task admin public-read on.`;
}

/** Entries are JSON within a text: what is in them is made inert only where it is parsed. */
function withEntries(document: { entries: string }): HistoryDocument {
  const entries: LedgerEntry[] = JSON.parse(document.entries);
  return { ...document, entries } as unknown as HistoryDocument;
}

function describeFailure(
  name: string,
  url: string,
  { code, message }: { code: string; message: string },
  status: number,
): string {
  if (status === 0) return `Cannot reach ${url}: ${message}`;
  if (status === 401 || status === 403) {
    return `${url} refused the key (${status}): ${message}. Check SUPABASE_PUBLISHABLE_KEY, SUPABASE_ACCESS_TOKEN (they expire) or SUPABASE_SECRET_KEY.`;
  }
  if (code === "57014") {
    return `${name} took longer than the half second that readers have: ask for less, such as one configuration.`;
  }
  if (code === "PGRST202") {
    return `The ledger has no function ${name}: is its schema the one of this checkout (supabase db push)?`;
  }
  return `${name} failed: ${message} (${code || status})`;
}
