/** One line a request; no payload, no secret. */
export interface RequestLogEntry {
  request_id: string;
  method: string;
  path: string;
  status: number;
  milliseconds: number;
  principal?: string;
  /** Versions written, in the order of the receipts. */
  versions?: number[];
  replayed?: boolean;
  /** Code of the problem that was answered. */
  problem?: string;
  /** What happened below, for a 5xx only. */
  cause?: string;
  /** Claims of a GitHub token that nobody has classified. */
  unclassified_claims?: string[];
}

/** Writes one entry as one line of JSON, which keeps line breaks in names from forging lines. */
export function logRequest(entry: RequestLogEntry): void {
  console.log(JSON.stringify(entry));
}
