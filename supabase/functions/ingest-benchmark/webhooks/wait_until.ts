/** What Supabase's runtime has, and plain Deno has not. */
interface EdgeRuntime {
  waitUntil(work: Promise<unknown>): void;
}

/** Keeps the instance alive until work is done that the response does not wait for. */
export function waitUntil(work: Promise<unknown>): void {
  (globalThis as { EdgeRuntime?: EdgeRuntime }).EdgeRuntime?.waitUntil(work);
}
