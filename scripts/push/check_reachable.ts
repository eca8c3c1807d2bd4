import { connect } from "node:net";
import pRetry from "p-retry";
import { UserError } from "../cli/user_error.ts";
import type { Attempts, IngestTarget } from "./post_results.ts";

/** How long it may take to say that nobody is there. */
const DEADLINE_MS = 10_000;
const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/**
 * Makes sure that somebody takes connections where results go: a request waits for a minute, and a
 * network that drops packets never says no.
 *
 * @throws {UserError} When nobody did within ten seconds, for as long as it was tried again.
 */
export async function checkReachable(
  { url }: IngestTarget,
  { most, firstDelayMs, onRetry }: Attempts,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  // Behind a proxy, names may mean nothing here, and packets to the server be forbidden.
  if (PROXIES.some((name) => Deno.env.get(name) || Deno.env.get(name.toLowerCase()))) return;
  const { hostname, port, protocol } = parseUrl(url);
  const address = {
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port) || (protocol === "https:" ? 443 : 80),
  };
  const until = Date.now() + deadlineMs;
  await pRetry(() => connectOnce(address, until - Date.now()), {
    retries: most - 1,
    minTimeout: firstDelayMs,
    // The last attempt begins while there is time for it.
    maxTimeout: deadlineMs / 4,
    maxRetryTime: deadlineMs,
    onFailedAttempt({ error, attemptNumber, retriesLeft }) {
      if (retriesLeft === 0) return;
      onRetry?.(`Attempt ${attemptNumber} to connect to ${url} failed: ${error.message}.`);
    },
  }).catch((error) => {
    throw new UserError(
      `Cannot connect to ${url}: ${error.message}. Is it the URL of the ingest function, and is that running? (deno task start, for the local stack)`,
    );
  });
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new UserError(
    `Cannot push: INGEST_URL must begin with https:// or http://: it is ${text}.`,
  );
}

function connectOnce(address: { host: string; port: number }, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(address, () => {
      socket.destroy();
      resolve();
    });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error("nothing answers there"));
    }, Math.max(0, timeoutMs));
    socket.on("error", (error: Error & { code?: string }) => {
      clearTimeout(timer);
      reject(new Error(WORDS[error.code ?? ""] ?? error.message));
    });
    socket.on("close", () => clearTimeout(timer));
  });
}

/** What the codes of connections mean. */
const WORDS: Record<string, string> = {
  ECONNREFUSED: "it refuses the connection",
  ENOTFOUND: "there is no server of that name",
  EAI_AGAIN: "its name cannot be looked up",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no network",
};
