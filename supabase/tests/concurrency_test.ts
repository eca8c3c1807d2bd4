// What one connection cannot show: writers at once, on a real Postgres server.
import assert from "node:assert/strict";
import pg from "pg";
import { applyMigrations, createSupabaseRoles } from "../../stack/migrations.ts";
import { NoPostgresError, startPostgresServer } from "../../testing/postgres_server.ts";
import { type StackProcess, startStackProcess } from "../../testing/stack_process.ts";
import { RESULT } from "../../testing/test_app.ts";

const server = await startPostgresServer().catch((error: unknown) => {
  if (error instanceof NoPostgresError) return error;
  throw error;
});
const isMissing = server instanceof NoPostgresError;

let stack: StackProcess;
let databaseUrl: string;
let dataDirectory: string;

Deno.test.beforeAll(async () => {
  if (isMissing) return;
  databaseUrl = await server.createDatabase();
  dataDirectory = await Deno.makeTempDir();
  stack = await startStackProcess({
    dataDirectory,
    args: ["--database-url", databaseUrl, "--no-sample"],
    env: { INGEST_RATE_LIMIT: "0" },
  });
});
Deno.test.afterAll(async () => {
  if (isMissing) return;
  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
  await server.close();
});

/** Registers a test that needs the server; without one it is skipped, and its name says why. */
function onServer(name: string, run: () => Promise<void>): void {
  const reason = isMissing ? ` (skipped: ${server.message})` : "";
  Deno.test({ name: name + reason, ignore: isMissing, fn: run });
}

async function post(changes: Record<string, unknown>): Promise<{ status: number; body: Receipt }> {
  const response = await stack.post({ ...RESULT, ...changes });
  return { status: response.status, body: await response.json() };
}

interface Receipt {
  transaction_id: string;
  snapshot_version: number;
  entry_hash: string;
}

async function query<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

async function historyOf(model: string) {
  const [row] = await query<{ versions: number[]; current: number[] }>(
    `select array_agg(snapshot_version order by snapshot_version) as versions,
       array_agg(snapshot_version) filter (where is_current) as current
     from public.benchmark_snapshots where model_version = $1`,
    [model],
  );
  return row!;
}

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);

onServer(
  "16 writers with 125 posts each to one configuration give versions 1 to 2000",
  async () => {
    const model = "one-configuration";
    const statuses = await Promise.all(
      upTo(16).map(async (writer) => {
        const seen: number[] = [];
        for (const n of upTo(125)) {
          seen.push((await post({ model_version: model, run_id: `${writer}-${n}` })).status);
        }
        return seen;
      }),
    );
    assert.deepEqual([...new Set(statuses.flat())], [201]);
    const { versions, current } = await historyOf(model);
    assert.deepEqual(versions, upTo(2000));
    assert.deepEqual(current, [2000]);
    const [ledger] = await query<{ intact: boolean }>(
      "select bool_and(is_intact) as intact from public.verify_ledger()",
    );
    assert.equal(ledger!.intact, true);
  },
);

onServer("16 first posts at once to a new configuration give versions 1 to 16", async () => {
  for (const round of upTo(10)) {
    const model = `first-${round}`;
    const answers = await Promise.all(upTo(16).map(() => post({ model_version: model })));
    assert.deepEqual(answers.map((answer) => answer.status), Array(16).fill(201));
    const { versions, current } = await historyOf(model);
    assert.deepEqual(versions, upTo(16));
    assert.deepEqual(current, [16]);
  }
});

onServer("16 identical posts at once store one run and replay it 15 times", async () => {
  for (const round of upTo(10)) {
    const run = { model_version: `identical-${round}`, run_id: "7", run_attempt: 1 };
    const answers = await Promise.all(upTo(16).map(() => post(run)));
    const statuses = answers.map((answer) => answer.status).sort();
    assert.deepEqual(statuses, [...Array(15).fill(200), 201]);
    assert.equal(new Set(answers.map((answer) => answer.body.entry_hash)).size, 1);
    assert.deepEqual((await historyOf(run.model_version)).versions, [1]);
  }
});

onServer(
  "batches that name the same configurations in opposite order do not deadlock",
  async () => {
    const batch = async (models: string[]) => {
      const results = models.map((model_version) => ({ ...RESULT, model_version }));
      const response = await stack.post({ results });
      await response.body?.cancel();
      return response.status;
    };
    const statuses = await Promise.all(
      upTo(60).map((n) => batch(n % 2 ? ["left", "middle", "right"] : ["right", "middle", "left"])),
    );
    assert.deepEqual([...new Set(statuses)], [201]);
    assert.deepEqual((await historyOf("middle")).versions, upTo(60));
  },
);

onServer("batches that leave out what others spell out do not deadlock", async () => {
  const url = await migratedDatabase("");
  const pool = new pg.Pool({ connectionString: url, max: 8 });
  const principal = {
    method: "ingest-token",
    token_id: "00000000000000aa",
    secret_hash: "ab".repeat(32),
  };
  const { environment: _, ...unnamed } = RESULT;
  const local = { ...RESULT, environment: "local" };
  const batches = [
    [{ ...local, variant: "z" }, { ...unnamed, variant: "b" }, unnamed],
    [{ ...local, variant: "" }, { ...local, variant: "b" }, { ...local, variant: "z" }],
  ];
  await Promise.all(
    upTo(200).map((n) =>
      pool.query("select public.ingest_benchmark($1, $2)", [
        principal,
        JSON.stringify(batches[n % 2]),
      ])
    ),
  );
  const { rows } = await pool.query(
    "select count(*)::int as n from public.benchmark_transactions where variant = 'z'",
  );
  assert.equal(rows[0].n, 200);
  await pool.end();
});

onServer("a configuration that somebody holds locked answers 503 and stores nothing", async () => {
  await post({ model_version: "locked" });
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query("begin");
  await client.query(
    "select from public.benchmark_configurations where model_version = 'locked' for update",
  );
  const { status, body } = await post({ model_version: "locked" });
  await client.query("rollback");
  await client.end();
  assert.equal(status, 503, JSON.stringify(body));
  assert.deepEqual((await historyOf("locked")).versions, [1]);
  assert.equal((await post({ model_version: "locked" })).status, 201, "and works again after");
});

onServer("connections that break in the middle lose and double nothing", async () => {
  const model = "broken-connections";
  let isDone = false;
  const breaker = (async () => {
    while (!isDone) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      await query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = ''",
      ).catch(() => {});
    }
  })();
  let refusals = 0;
  await Promise.all(
    upTo(8).map(async (writer) => {
      for (const n of upTo(25)) {
        for (;;) {
          const { status } = await post({ model_version: model, run_id: `${writer}-${n}` });
          if (status < 300) break;
          assert.equal(status, 503);
          refusals++;
        }
      }
    }),
  );
  isDone = true;
  await breaker;
  assert.ok(refusals > 0, "the connections did break");
  assert.deepEqual((await historyOf(model)).versions, upTo(200));
});

onServer("a server that crashes twice under load loses no acknowledged run", async () => {
  const crash = isMissing ? undefined : server.crash;
  if (crash === undefined) return; // DATABASE_URL is somebody else's server
  const receipts = new Map<string, Receipt>();
  const writers = Promise.all(
    upTo(8).map(async (writer) => {
      for (const n of upTo(60)) {
        const run = { model_version: `crash-${writer % 2}`, run_id: `${writer}-${n}` };
        for (;;) {
          const { status, body } = await post(run);
          if (status < 300) {
            receipts.set(run.run_id, body);
            break;
          }
          assert.equal(status, 503, JSON.stringify(body));
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    }),
  );
  for (const acknowledged of [100, 250]) {
    while (receipts.size < acknowledged) await new Promise((resolve) => setTimeout(resolve, 5));
    await crash();
  }
  await writers;
  for (const model of ["crash-0", "crash-1"]) {
    assert.deepEqual((await historyOf(model)).versions, upTo(240));
  }
  const stored = await query<{ id: string; run_id: string; entry_hash: string }>(
    `select id, run_id, encode(entry_hash, 'hex') as entry_hash from public.benchmark_transactions
     where model_version like 'crash-%'`,
  );
  for (const row of stored) {
    assert.equal(row.entry_hash, receipts.get(row.run_id)?.entry_hash);
    assert.equal(row.id, receipts.get(row.run_id)?.transaction_id);
  }
  const [ledger] = await query<{ intact: boolean }>(
    "select bool_and(is_intact) as intact from public.verify_ledger()",
  );
  assert.equal(ledger!.intact, true);
});

/** Calls the SQL function from 16 connections at once; what each of them got. */
async function sixteenAtOnce(url: string, changes: Record<string, unknown>): Promise<string[]> {
  const id = "00000000000000aa";
  const clients = await Promise.all(
    upTo(16).map(async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      return client;
    }),
  );
  const outcomes = await Promise.all(clients.map(async (client) => {
    try {
      const { rows } = await client.query("select public.ingest_benchmark($1, $2) as receipts", [
        { method: "ingest-token", token_id: id, secret_hash: "ab".repeat(32) },
        JSON.stringify([{ ...RESULT, ...changes }]),
      ]);
      return rows[0].receipts[0].replayed ? "replayed" : "stored";
    } catch (error) {
      return (error as pg.DatabaseError).code ?? "lost";
    }
  }));
  await Promise.all(clients.map((client) => client.end()));
  return outcomes.sort();
}

async function migratedDatabase(removal: string): Promise<string> {
  if (isMissing) throw server;
  const url = await server.createDatabase();
  const pool = new pg.Pool({ connectionString: url });
  await createSupabaseRoles(pool);
  await applyMigrations(pool);
  await pool.query(
    "select public.create_ingest_token('00000000000000aa', repeat('ab', 32), 'test', '{local}')",
  );
  await pool.query(removal);
  await pool.end();
  return url;
}

// Holds every writer between reading and writing, so that a missing lock shows each time.
const PAUSE = `
  create function public.pause() returns trigger language plpgsql as $$ begin perform pg_sleep(0.2); return new; end $$;
  create trigger pause before insert on public.benchmark_transactions for each row execute function public.pause();`;

/** Puts other SQL in place of a part of ingest_benchmark(), from one text in it through another. */
function patched(from: string, through: string, replacement: string): string {
  return `do $do$
    declare
      v_source text := pg_get_functiondef('public.ingest_benchmark(jsonb, jsonb, text)'::regprocedure);
      v_start integer := strpos(v_source, $part$${from}$part$);
      v_rest text := substr(v_source, v_start);
      v_end integer := strpos(v_rest, $part$${through}$part$);
    begin
      assert v_start > 0 and v_end > 0;
      execute left(v_source, v_start - 1) || $replacement$${replacement}$replacement$
        || substr(v_rest, v_end + length($part$${through}$part$));
    end $do$;`;
}

onServer("without the run lock, identical posts at once are no longer all replayed", async () => {
  const expected = [...Array(15).fill("replayed"), "stored"];
  const whole = await migratedDatabase("");
  assert.deepEqual(await sixteenAtOnce(whole, { run_id: "1" }), expected);
  const broken = await migratedDatabase(
    PAUSE +
      patched(
        "perform pg_advisory_xact_lock(hashtextextended(jsonb_build_array(v_principal,\n      p_results",
        "1));",
        "perform 1;",
      ),
  );
  assert.notDeepEqual(await sixteenAtOnce(broken, { run_id: "1" }), expected);
});

onServer("without the counter's lock, posts at once are no longer all stored", async () => {
  const whole = await migratedDatabase(PAUSE);
  assert.deepEqual(await sixteenAtOnce(whole, {}), Array(16).fill("stored"));
  // MAX + 1, as in the original system.
  const broken = await migratedDatabase(
    PAUSE + patched(
      "insert into public.benchmark_configurations as c",
      "v_void_versions,\n      v_has_webhooks;",
      `insert into public.benchmark_configurations (id, model_version, dataset_version, prompt_version, environment)
       values (v_entry.configuration_id, v_entry.model_version, v_entry.dataset_version, v_entry.prompt_version, v_entry.environment)
       on conflict do nothing;
       select coalesce(max(t.snapshot_version), 0) + 1 into v_entry.snapshot_version
       from public.benchmark_transactions as t where t.configuration_id = v_entry.configuration_id;`,
    ),
  );
  await sixteenAtOnce(broken, {});
  const outcomes = await sixteenAtOnce(broken, {});
  assert.ok(outcomes.includes("23505"), outcomes.join(" "));
});
