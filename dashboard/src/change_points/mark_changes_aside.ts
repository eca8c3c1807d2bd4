import type { MetricHistory } from "../client/documents.ts";
import type { Changes } from "./mark_changes.ts";

/**
 * `markChanges()` in a worker, so that the page stays responsive.
 *
 * @throws {Error} When the worker fails or cannot be loaded, and when the signal aborts.
 */
export function markChangesAside(
  histories: MetricHistory[],
  signal: AbortSignal,
): Promise<Changes> {
  // Beside the page's script once it is built: see build.ts.
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  return new Promise<Changes>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Changes>) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message || "the worker cannot be loaded"));
    signal.addEventListener("abort", () => reject(signal.reason));
    worker.postMessage(histories);
  }).finally(() => worker.terminate());
}
