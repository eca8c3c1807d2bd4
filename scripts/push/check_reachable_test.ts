import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { checkReachable } from "./check_reachable.ts";

const DEADLINE_MS = 1_500;

/** How long it took to say that nobody is there, what it said, and what before. */
async function refusalBy(url: string, firstDelayMs = 200) {
  const notes: string[] = [];
  const startedAt = Date.now();
  const error = await checkReachable(
    { url, token: "x" },
    { most: 20, firstDelayMs, onRetry: (note) => notes.push(note) },
    DEADLINE_MS,
  ).then(() => null, (error) => error);
  return { message: error?.message as string, notes, ms: Date.now() - startedAt };
}

Deno.test("checkReachable() says at the deadline that a port refuses, and why it tries again", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}/functions/v1/ingest-benchmark`;
  assert.equal((await refusalBy(url)).message, undefined);
  listener.close();
  const { message, notes, ms } = await refusalBy(url);
  assert.match(message, /^Cannot connect to http:.*: it refuses the connection\. Is it the URL/);
  assert.ok(notes.length > 1, String(notes));
  assert.match(notes[0]!, /^Attempt 1 to connect to http:.* failed: it refuses the connection\.$/);
  assert.ok(ms < DEADLINE_MS + 500, `${ms} ms`);
});

Deno.test("checkReachable() does not wait longer for a server that says nothing", async () => {
  // Nobody accepts, and the queue is full: what comes then is dropped, as by a firewall.
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  const waiting: Socket[] = [];
  for (let i = 0; i < 8; i++) {
    waiting.push(connect({ host: "127.0.0.1", port }).on("error", () => {}));
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { message, ms } = await refusalBy(`http://127.0.0.1:${port}`);
  assert.match(message, /: nothing answers there\./);
  assert.ok(ms >= DEADLINE_MS - 50 && ms < DEADLINE_MS + 500, `${ms} ms`);
  for (const socket of waiting) socket.destroy();
  listener.close();
});

Deno.test("checkReachable() refuses what is no URL", async () => {
  assert.match(
    (await refusalBy("localhost:54321")).message,
    /INGEST_URL must begin with https:\/\/ or http:\/\/: it is localhost:54321/,
  );
});
