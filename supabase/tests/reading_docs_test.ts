// What docs/reading.md shows is run as it stands there, by who runs it: an owner that is no
// superuser, and the role that only reads.
import assert from "node:assert/strict";
import pg from "pg";
import { applyMigrations, createSupabaseRoles } from "../../stack/migrations.ts";
import { NoPostgresError, startPostgresServer } from "../../testing/postgres_server.ts";
import { grafanaQuery } from "./grafana_query.ts";

const PAGE = await Deno.readTextFile(new URL("../../docs/reading.md", import.meta.url));
const ROLE = "benchmark_reader";
const SETUP = "A role that only reads";
const ITEMS = 48;

const server = await startPostgresServer().catch((error: unknown) => {
  if (error instanceof NoPostgresError) return error;
  throw error;
});
const isMissing = server instanceof NoPostgresError;

/** Roles are the server's: one of our own, or a run beside this one would make it, too. */
const suffix = crypto.randomUUID().slice(0, 8);
const reader = `${ROLE}_${suffix}`;
const owner = `benchmark_owner_${suffix}`;
let superuserUrl: string;
let owned: pg.Pool;
let read: pg.Pool;

Deno.test.beforeAll(async () => {
  if (isMissing) return;
  superuserUrl = await server.createDatabase();
  const { pathname } = new URL(superuserUrl);
  await asSuperuser(async (client) => {
    await createSupabaseRoles(client as unknown as pg.Pool);
    await client.query(`
      create role ${owner} login nosuperuser createrole password 'owner';
      grant anon, authenticated, service_role to ${owner};
      alter database "${pathname.slice(1)}" owner to ${owner};
      alter schema public owner to ${owner};`);
  });
  owned = poolOf(owner, "owner");
  await applyMigrations(owned);
  await storeRuns();
  for (const block of blocks("sql", (heading) => heading === SETUP)) {
    await owned.query(block.replaceAll(ROLE, reader));
  }
  read = poolOf(reader, "CHANGE_ME");
});

Deno.test.afterAll(async () => {
  if (isMissing) return;
  try {
    await Promise.all([owned?.end(), read?.end()]); // either is missing where the setup failed
    await asSuperuser(async (client) => {
      await client.query(`reassign owned by ${owner} to current_user`);
      await client.query(`drop owned by ${reader}, ${owner}`);
      await client.query(`drop role ${reader}, ${owner}`);
    });
  } finally {
    await server.close();
  }
});

/** Registers a test that needs the server; without one it is skipped, and its name says why. */
function onServer(name: string, run: () => Promise<void>): void {
  const reason = isMissing ? ` (skipped: ${server.message})` : "";
  Deno.test({ name: name + reason, ignore: isMissing, fn: run });
}

function poolOf(user: string, password: string): pg.Pool {
  const url = new URL(superuserUrl);
  url.username = user;
  url.password = password;
  return new pg.Pool({ connectionString: url.href, max: 1 }); // what one query leaves, the next one finds
}

async function asSuperuser(use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

/** Code blocks of a language, of the sections that are wanted. */
function blocks(language: string, isWanted: (heading: string) => boolean = () => true): string[] {
  return PAGE.split(/^## /m).flatMap((section) => {
    const heading = section.slice(0, section.indexOf("\n"));
    if (!isWanted(heading)) return [];
    const found = section.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"));
    return [...found].map(([, code]) => code!);
  });
}

/** The queries of the page, with Grafana's macro replaced: a week around now. */
function queries(): string[] {
  const day = 24 * 60 * 60 * 1000;
  const range = { from: new Date(Date.now() - 6 * day), to: new Date(Date.now() + day) };
  return blocks("sql", (heading) => heading !== SETUP).map((sql) => grafanaQuery(sql, range));
}

/** The one query of the page that holds a text. */
function query(part: string): string {
  const [found, ...more] = queries().filter((sql) => sql.includes(part));
  assert.ok(found !== undefined && more.length === 0, `one query has ${part}`);
  return found;
}

/** Stores runs as the ingest function does: two of a model, of which the second is worse. */
async function storeRuns(): Promise<void> {
  const token = ["00000000000000aa", "ab".repeat(32)];
  const client = await owned.connect();
  await client.query("set role service_role");
  await client.query("select public.create_ingest_token($1, $2, 'test', '{local}')", token);
  await client.query(
    "select public.set_regression_policy('/accuracy', 'higher', 0.05)",
  );
  const run = (failures: number, more: Record<string, unknown>) => ({
    model_version: "m",
    dataset_version: "d",
    prompt_version: "p",
    environment: "local",
    commit_sha: `${failures}123abc`,
    metrics: {
      f1: Number((0.9 - failures / 1000).toFixed(3)),
      accuracy: (ITEMS - failures) / ITEMS,
      tokens: { output: 100 + failures },
    },
    items: {
      ids: Array.from({ length: ITEMS }, (_, item) => `bill-${String(item).padStart(2, "0")}`),
      groups: Array.from({ length: ITEMS }, (_, item) => `group ${item % (ITEMS / 4)}`),
      scores: {
        // Another score before it: the arrays of a run stand one after the other.
        "a score": Array.from({ length: ITEMS }, (_, item) => item + 0.5),
        correct: Array.from({ length: ITEMS }, (_, item) => item >= failures),
      },
    },
    ...more,
  });
  const old = new Date(Date.now() - 3 * 24 * 60 * 60 * 1000).toISOString();
  const results = [
    run(1, { run_id: "1", measured_at: old }),
    run(16, { run_id: "2" }),
    run(40, { run_id: "3", candidate: true }),
    run(30, { run_id: "4" }),
  ];
  for (const result of results) {
    await client.query("select public.ingest_benchmark($1, $2)", [
      { method: "ingest-token", token_id: token[0], secret_hash: token[1] },
      JSON.stringify([result]),
    ]);
  }
  await client.query(
    "select public.void_snapshot(c.id, 4, 'broke') from public.benchmark_configurations as c",
  );
  await client.query("reset role");
  client.release();
}

onServer("every query of the page gives rows to the role that only reads", async () => {
  const all = queries();
  assert.ok(all.length >= 8);
  for (const sql of all) {
    assert.doesNotMatch(sql, /\$__/);
    const { rows } = await read.query(sql);
    assert.ok(rows.length > 0, sql);
  }
});

onServer("a chart has published runs that are not void, when they were measured", async () => {
  const { rows } = await read.query(query("r.f1_score as value"));
  assert.deepEqual(rows.map(({ metric, value }) => [metric, value]), [
    ["m / d / p / local", "0.899"],
    ["m / d / p / local", "0.884"],
  ]);
  const age = Date.now() - rows[0].time.getTime();
  assert.ok(Math.abs(age / (24 * 60 * 60 * 1000) - 3) < 0.1);
  const tokens = await read.query(query("{tokens,output}"));
  assert.deepEqual(tokens.rows.map(({ value }) => value), ["101", "116"]);
});

onServer("what is worse is what the ledger says is worse", async () => {
  const { rows } = await read.query(query("o.since_commit, o.since_at"));
  const { rows: ledger } = await owned.query("select * from public.get_open_regressions()");
  assert.equal(ledger.length, 1);
  assert.deepEqual(
    rows.map((row) => [row.metric, row.severity, row.since_version, row.since_commit]),
    ledger.map((row) => [row.metric, row.severity, row.since_version, row.since_commit]),
  );
  assert.deepEqual([rows[0].metric, rows[0].since_version], ["/accuracy", 2]);
  const { rows: [alert] } = await read.query(query("as open_regressions"));
  assert.equal(alert.open_regressions, "1");
  const verdicts = await read.query(query("j.estimate - j.margin"));
  assert.ok(
    verdicts.rows.some(({ metric, verdict, low, high }) =>
      metric === "/accuracy" && verdict === "worse" && low < high && high < 0
    ),
  );
});

onServer("items are taken out of their arrays as they were sent", async () => {
  const { rows } = await read.query(query("as failed"));
  assert.equal(rows.length, ITEMS / 4);
  assert.deepEqual(rows.slice(0, 5).map((row) => [row.item_group, row.items, row.failed]), [
    ["group 0", "4", "2"],
    ["group 1", "4", "2"],
    ["group 2", "4", "2"],
    ["group 3", "4", "2"],
    ["group 10", "4", "1"],
  ]);
  const flipped = await read.query(query("o.number = 1 and n.number = 0"));
  assert.deepEqual(
    flipped.rows.map(({ id }) => id),
    Array.from({ length: 15 }, (_, item) => `bill-${String(item + 1).padStart(2, "0")}`),
  );
});

onServer("the role may read all that is public, and is granted nothing else", async () => {
  const { rows } = await owned.query(
    `select c.oid::regclass::text as name, has_table_privilege($1, c.oid, 'select') as reads,
       has_table_privilege($1, c.oid, 'insert, update, delete, truncate, references, trigger') as writes,
       c.relkind = 'r' and not exists (select from pg_policy as p where p.polrelid = c.oid and p.polname = $1) as unseen
     from pg_class as c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'p')`,
    [reader],
  );
  assert.ok(rows.length >= 14);
  for (const { name, reads, writes, unseen } of rows) {
    assert.deepEqual({ name, reads, writes, unseen }, {
      name,
      reads: true,
      writes: false,
      unseen: false,
    });
  }
  const { rows: functions } = await owned.query(
    `select p.oid::regprocedure::text as name from pg_proc as p
     where p.pronamespace in ('public'::regnamespace, 'benchmark_private'::regnamespace)
       and has_function_privilege($1, p.oid, 'execute')`,
    [reader],
  );
  assert.deepEqual(functions, []);
});

onServer("it can write nothing, whatever it sets, and sees nothing that is private", async () => {
  const { rows } = await owned.query(
    `select c.relname as name, (select a.attname from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0 and a.attidentity = '' and a.attgenerated = '' order by a.attnum limit 1) as first
     from pg_class as c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`,
  );
  const refused = [
    ...rows.flatMap(({ name, first }) => [
      `insert into public.${name} default values`,
      `update public.${name} set ${first} = ${first}`,
      `delete from public.${name}`,
      `truncate public.${name}`,
    ]),
    "create table public.mine (n integer)",
    "create schema mine",
    "create function benchmark_reading.mine() returns integer language sql as 'select 1'",
    "select public.void_snapshot(gen_random_uuid(), 1, 'why')",
    "select public.ingest_benchmark('{}', '[]')",
    "select public.get_open_regressions()",
    "select * from benchmark_private.settings",
    "select * from benchmark_private.ingest_tokens",
    "select benchmark_private.may_read()",
    "set role service_role",
    `alter role ${reader} bypassrls`,
  ];
  const { rows: [settings] } = await read.query(
    "select current_setting('default_transaction_read_only') as read_only, current_setting('statement_timeout') as timeout",
  );
  assert.deepEqual(settings, { read_only: "on", timeout: "15s" });
  for (const sql of refused) {
    // Anybody can set the mode back: the rights are what counts.
    const code = await read.query(`begin read write; ${sql}; commit`)
      .then(() => "done", (error: pg.DatabaseError) => error.code);
    assert.equal(code, "42501", sql);
    await read.query("rollback");
  }
});

onServer("the setup can be run again, as after an upgrade", async () => {
  const [, ...again] = blocks("sql", (heading) => heading === SETUP);
  for (const block of again) await owned.query(block.replaceAll(ROLE, reader));
  const { rows } = await read.query("select from public.benchmark_snapshots");
  assert.equal(rows.length, 4);
});

onServer("what the page asks PostgREST for is there", async () => {
  const isApi = (heading: string) => heading === "PostgREST and supabase-js";
  const code = [...blocks("sh", isApi), ...blocks("js", isApi)].join("\n");
  const relations = [
    ...code.matchAll(/rest\/v1\/(\w+)\?select=([\w,]+)/g),
    ...code.matchAll(/\.from\("(\w+)"\)\s*\.select\("([\w,]+)"\)/g),
  ];
  assert.equal(relations.length, 2);
  for (const [, name, columns] of relations) {
    await read.query(`select ${columns} from public.${name}`);
  }
  const calls = [
    ...code.matchAll(/rest\/v1\/rpc\/(\w+)/g),
    ...code.matchAll(/\.rpc\("(\w+)", \{(.*?)\}\)/g),
  ];
  assert.equal(calls.length, 3);
  for (const [, name, args = ""] of calls) {
    const { rows: [found] } = await owned.query(
      `select p.proargnames as names, has_function_privilege('anon', p.oid, 'execute') as readable
       from pg_proc as p where p.pronamespace = 'public'::regnamespace and p.proname = $1`,
      [name],
    );
    assert.equal(found?.readable, true, `readers may call ${name}`);
    for (const [, argument] of args.matchAll(/(\w+):/g)) {
      assert.ok(found.names.includes(argument), `${name} takes ${argument}`);
    }
  }
});

Deno.test("the configurations for assistants are JSON, and name the server that is there", () => {
  const configurations = blocks("json").map((text) => JSON.parse(text));
  assert.equal(configurations.length, 2);
  for (const { mcpServers, servers } of configurations) {
    const { command, args } = (mcpServers ?? servers).benchmarks;
    assert.equal(command, "npx");
    const [, path] = /\/(scripts\/mcp\/mcp\.ts)$/.exec(args.at(-1)) ?? [];
    assert.ok(Deno.statSync(new URL(`../../${path}`, import.meta.url)).isFile);
  }
});
