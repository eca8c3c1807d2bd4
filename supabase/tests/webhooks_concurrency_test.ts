// Several instances that send at once, on a real Postgres server.
import assert from "node:assert/strict";
import pg from "pg";
import { applyMigrations, createSupabaseRoles } from "../../stack/migrations.ts";
import { NoPostgresError, startPostgresServer } from "../../testing/postgres_server.ts";

const server = await startPostgresServer().catch((error: unknown) => {
  if (error instanceof NoPostgresError) return error;
  throw error;
});
const isMissing = server instanceof NoPostgresError;
Deno.test.afterAll(async () => {
  if (!isMissing) await server.close();
});

/** Registers a test that needs the server; without one it is skipped, and its name says why. */
function onServer(name: string, run: (pool: pg.Pool) => Promise<void>): void {
  const reason = isMissing ? ` (skipped: ${server.message})` : "";
  Deno.test({
    name: name + reason,
    ignore: isMissing,
    async fn() {
      if (isMissing) return;
      const pool = new pg.Pool({ connectionString: await server.createDatabase(), max: 16 });
      // Its end does not wait for the connections, which a server that is closed then ends.
      pool.on("error", () => {});
      try {
        await createSupabaseRoles(pool);
        await applyMigrations(pool);
        await run(pool);
      } finally {
        await pool.end();
      }
    },
  });
}

interface Delivery {
  id: number;
  lease: string;
  event: string;
  webhook_id: number;
  document: { change?: string; run: { configuration: { model_version: string } } };
}

async function addWebhook(pool: pg.Pool, format = "standard"): Promise<void> {
  await pool.query(
    "select create_webhook('https://example.com', '{regression,recovery,first-run,void}', $1, p_format => $2)",
    [`whsec_${"A".repeat(43)}=`, format],
  );
}

async function ingest(
  pool: pg.Pool | pg.PoolClient,
  model: string,
  f1: number,
  series?: string,
  more: Record<string, unknown> = {},
): Promise<void> {
  await pool.query("select ingest_benchmark($1, $2)", [
    { method: "service-role" },
    JSON.stringify([{
      model_version: model,
      dataset_version: "d",
      prompt_version: "p",
      environment: "local",
      commit_sha: "0123abc",
      metrics: { f1 },
      ...series !== undefined && { series },
      ...more,
    }]),
  ]);
}

async function claim(pool: pg.Pool, limit: number): Promise<Delivery[]> {
  const { rows: [row] } = await pool.query("select claim_webhook_deliveries($1) as claimed", [
    limit,
  ]);
  return row.claimed.deliveries;
}

onServer("no delivery is claimed twice, and each regression's events in order", async (pool) => {
  await addWebhook(pool);
  await addWebhook(pool);
  const models = Array.from({ length: 10 }, (_, index) => `model-${index}`);
  await Promise.all(models.map(async (model) => {
    for (const f1 of [0.9, 0.8, 0.7, 0.9, 0.5]) await ingest(pool, model, f1);
  }));
  const sent = new Map<number, string>();
  const arrived: Delivery[] = [];
  await Promise.all(Array.from({ length: 12 }, async () => {
    // Two empty looks in a row: what another one has claimed may make more due.
    for (let empty = 0; empty < 20;) {
      const deliveries = await claim(pool, 3);
      empty = deliveries.length === 0 ? empty + 1 : 0;
      for (const delivery of deliveries) {
        assert.equal(sent.get(delivery.id), undefined, "claimed by somebody else, too");
        sent.set(delivery.id, delivery.lease);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
        arrived.push(delivery);
        await pool.query("select finish_webhook_delivery($1, $2, 200)", [
          delivery.id,
          delivery.lease,
        ]);
      }
      if (deliveries.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }));
  assert.equal(arrived.length, 2 * models.length * 5);
  for (const webhook of [1, 2]) {
    for (const model of models) {
      const changes = arrived.filter(({ webhook_id, event, document }) =>
        Number(webhook_id) === webhook && event !== "first-run" &&
        document.run.configuration.model_version === model
      ).map(({ document }) => document.change);
      assert.deepEqual(changes, ["opened", "worse-still", "recovered", "opened"]);
    }
  }
});

onServer("runs of one configuration at once open one regression", async (pool) => {
  await addWebhook(pool);
  await ingest(pool, "m", 0.9);
  await Promise.all(Array.from({ length: 12 }, () => ingest(pool, "m", 0.7)));
  const { rows } = await pool.query(
    "select d.event from benchmark_private.webhook_deliveries as d order by d.id",
  );
  assert.deepEqual(rows.map(({ event }) => event), ["first-run", "regression"]);
});

onServer("a webhook can be removed while runs are stored", async (pool) => {
  await addWebhook(pool);
  const storing = Array.from({ length: 8 }, async (_, index) => {
    for (const f1 of [0.9, 0.8, 0.7, 0.9]) await ingest(pool, `model-${index}`, f1);
  });
  await pool.query("select remove_webhook(1)");
  await Promise.all(storing);
  const { rows: [row] } = await pool.query(
    "select count(*)::integer as n from public.benchmark_transactions",
  );
  assert.equal(row.n, 32);
});

onServer("Slack gets one message a second, whoever sends", async (pool) => {
  await addWebhook(pool, "slack");
  for (let index = 0; index < 8; index++) await ingest(pool, `model-${index}`, 0.9);
  const at: number[] = [];
  let sending = 0;
  const until = performance.now() + 3_300;
  await Promise.all(Array.from({ length: 12 }, async () => {
    while (performance.now() < until) {
      for (const { id, lease } of await claim(pool, 10)) {
        assert.equal(++sending, 1, "one at a time");
        at.push(performance.now());
        await new Promise((resolve) => setTimeout(resolve, 20));
        sending--;
        await pool.query("select finish_webhook_delivery($1, $2, 200)", [id, lease]);
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
    }
  }));
  assert.ok(at.length >= 3, String(at.length));
  assert.ok(at.slice(1).every((time, index) => time - at[index]! >= 990), at.join(" "));
});

onServer("no more than three of a webhook are sent at once, whoever sends", async (pool) => {
  await addWebhook(pool);
  for (let index = 0; index < 20; index++) await ingest(pool, `model-${index}`, 0.9);
  const claimed = await Promise.all(Array.from({ length: 12 }, () => claim(pool, 10)));
  assert.equal(claimed.flat().length, 3);
});

onServer("what was being stored when it was replaced is told by the next run", async (pool) => {
  await addWebhook(pool);
  await ingest(pool, "old", 0.9, "s");
  await ingest(pool, "old", 0.7, "s");
  const storing = await pool.connect();
  await storing.query("begin");
  await ingest(storing, "old", 0.7, "s");
  await ingest(pool, "new", 0.9, "s");
  await storing.query("commit");
  storing.release();
  await ingest(pool, "old", 0.7, "s", { candidate: true });
  await ingest(pool, "new", 0.9, "s");
  await ingest(pool, "new", 0.9, "s");
  const { rows } = await pool.query(
    `select concat_ws(' ', d.event, d.document ->> 'how') as told
     from benchmark_private.webhook_deliveries as d order by d.id`,
  );
  assert.deepEqual(rows.map(({ told }) => told), [
    "first-run",
    "regression",
    "first-run",
    "recovery replaced",
  ]);
});
