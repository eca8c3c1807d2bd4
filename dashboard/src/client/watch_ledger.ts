import type { SupabaseClient } from "@supabase/supabase-js";
import type { Reader } from "./read.ts";

/** How changes reach the page. */
export interface WatchOptions {
  client: SupabaseClient;
  reader: Pick<Reader, "cursor">;
  realtime: boolean;
  /** The cursor of what is shown, which was read with it; null while nothing is. */
  shownCursor: () => string | null;
  /** Called when something that is shown may have changed. */
  onChange: () => void;
}

const POLL_MS = 3_000;
// Beside Realtime, in case an event was lost.
const SLOW_POLL_MS = 60_000;
// After errors: a struggling server is left alone, and an outage of a minute is over in a minute.
const RETRY_MS = 10_000;
// A CI matrix stores many runs at once: one reading for all of them.
const SETTLE_MS = 300;

/**
 * Calls `onChange` for new runs: at once where Supabase Realtime says so, else as soon as the
 * ledger's cursor is another one, and when the project answers again. Rests while the page is
 * hidden.
 *
 * @returns Stops watching.
 */
export function watchLedger(options: WatchOptions): () => void {
  const { client, reader, onChange } = options;
  const stop = new AbortController();
  let isSubscribed = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const schedule = (milliseconds: number) => {
    clearTimeout(timer);
    if (!stop.signal.aborted) timer = setTimeout(poll, milliseconds);
  };
  const poll = async () => {
    if (document.hidden) return schedule(POLL_MS);
    try {
      const cursor = await reader.cursor(stop.signal);
      const shown = options.shownCursor();
      // After an outage also where nothing has changed: a view may have failed in it.
      const isNews = (shown !== null && shown !== cursor) || failures > 0;
      failures = 0;
      if (isNews && !stop.signal.aborted) onChange();
    } catch {
      // The view says what is wrong when it reads; here it only means: later.
      failures++;
    }
    schedule(failures > 3 ? RETRY_MS : isSubscribed && failures === 0 ? SLOW_POLL_MS : POLL_MS);
  };

  const channel = options.realtime
    ? client
      .channel("benchmark_configurations")
      .on(
        "postgres_changes",
        { event: "*", schema: "public", table: "benchmark_configurations" },
        () => schedule(SETTLE_MS),
      )
      .subscribe((status) => {
        isSubscribed = status === "SUBSCRIBED";
        // Once more when subscribed: something may have happened before.
        schedule(isSubscribed ? SETTLE_MS : POLL_MS);
      })
    : null;
  const onVisible = () => !document.hidden && schedule(0);
  document.addEventListener("visibilitychange", onVisible);
  schedule(POLL_MS);

  return () => {
    stop.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onVisible);
    if (channel !== null) client.removeChannel(channel);
  };
}
