import { useEffect, useState } from "preact/hooks";
import { useApp } from "./app_context.ts";
import { type Reader, ReadError } from "./client/read.ts";

/** A document on its way, there, or failed. While it is read again, the last one stays. */
export interface Reading<T, Q = unknown> {
  document: T | null;
  /** What the document answers; null while there is none. */
  query: Q | null;
  error: string | null;
  /** Whether that is because the project did not answer: the page says so above all views. */
  isUnreachable: boolean;
  /** Whether the document is still that of the query before. */
  isBehind: boolean;
  /** Reads again, after an error. */
  retry: () => void;
}

/**
 * Reads a document, and again when the query or the ledger changes.
 *
 * @param query What is asked for; another one, another reading. Null reads nothing.
 */
export function useReading<Q, T>(
  query: Q,
  read: (reader: Reader, query: NonNullable<Q>, signal: AbortSignal) => Promise<T>,
): Reading<T, NonNullable<Q>> {
  const { reader, revision } = useApp();
  const [attempt, setAttempt] = useState(0);
  const key = JSON.stringify(query);
  const [state, setState] = useState<{
    key: string;
    document: T | null;
    query: NonNullable<Q> | null;
    error: Error | null;
  }>({ key, document: null, query: null, error: null });
  useEffect(() => {
    if (query === null || query === undefined) return;
    const stop = new AbortController();
    read(reader, query, stop.signal).then(
      (document) => stop.signal.aborted || setState({ key, document, query, error: null }),
      (error: Error) => {
        if (stop.signal.aborted) return;
        setState((last) => ({
          ...last.key === key ? last : { key, document: null, query: null },
          error,
        }));
      },
    );
    return () => stop.abort();
  }, [key, reader, revision, attempt]);
  return {
    // The document of the last query stays until that of the new one is there: nothing jumps.
    document: state.document,
    query: state.query,
    error: state.error?.message ?? null,
    isUnreachable: state.error instanceof ReadError && state.error.kind === "unreachable",
    isBehind: state.key !== key,
    retry: () => setAttempt((count) => count + 1),
  };
}
