// docs/operating.md: its dump and restore are run as they stand there, by a role that is no superuser.
import assert from "node:assert/strict";
import pg from "pg";
import { applyMigrations, createSupabaseRoles } from "../stack/migrations.ts";
import { binaryDirectories, NoPostgresError, startPostgresServer } from "./postgres_server.ts";

const PAGE = await Deno.readTextFile(new URL("../docs/operating.md", import.meta.url));
const SECTION = PAGE.split(/^## /m).find((section) => section.startsWith("Backup"))!;

const server = await startPostgresServer().catch((error: unknown) => {
  if (error instanceof NoPostgresError) return error;
  throw error;
});
const isMissing = server instanceof NoPostgresError;

Deno.test.afterAll(async () => {
  if (!isMissing) await server.close();
});

Deno.test({
  name: "a ledger is dumped and restored as docs/operating.md says" +
    (isMissing ? ` (skipped: ${server.message})` : ""),
  ignore: isMissing,
  async fn() {
    if (isMissing) return;
    const [sourceUrl, targetUrl] = [await server.createDatabase(), await server.createDatabase()];
    // Roles are the server's, and another run may be beside this one.
    const owner = `benchmark_restorer_${crypto.randomUUID().slice(0, 8)}`;
    const [source, target] = [sourceUrl, targetUrl].map((connectionString) =>
      new pg.Pool({ connectionString, max: 1 })
    ) as [pg.Pool, pg.Pool];
    const directory = await Deno.makeTempDir();
    try {
      await createSupabaseRoles(source);
      await applyMigrations(source);
      await source.query(
        "select public.create_ingest_token('00000000000000aa', repeat('ab', 32), 'test', '{local}')",
      );
      await source.query("select public.set_read_access('public')");
      for (const f1 of [0.9, 0.4]) await source.query(STORE, [f1]);
      const database = new URL(targetUrl).pathname.slice(1);
      await target.query(`
        create role ${owner} login nosuperuser createrole password 'owner';
        grant anon, authenticated, service_role to ${owner};
        alter database "${database}" owner to ${owner};
        alter schema public owner to ${owner};`);
      const restorer = new URL(targetUrl);
      [restorer.username, restorer.password] = [owner, "owner"];

      const script = [...SECTION.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, code]) => code).join(
        "",
      )
        .replace(/^deno task verify .*$/m, "");
      const { code, stderr } = await new Deno.Command("bash", {
        args: ["-eo", "pipefail", "-c", script],
        cwd: directory,
        env: {
          SOURCE_URL: sourceUrl,
          TARGET_URL: restorer.href,
          PATH: [...await binaryDirectories(), Deno.env.get("PATH")].join(":"),
        },
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));

      for (const sql of [LEDGER, GRANTS]) {
        assert.deepEqual((await target.query(sql)).rows, (await source.query(sql)).rows);
      }
      const restored = new pg.Client({ connectionString: restorer.href });
      await restored.connect();
      try {
        const { rows } = await restored.query(STORE, [0.5]);
        assert.equal(rows[0].receipts[0].snapshot_version, 3);
        const verified = await restored.query(
          "select is_intact, problem, entries from verify_ledger()",
        );
        assert.deepEqual(verified.rows, [{ is_intact: true, problem: null, entries: 3 }]);
        await assert.rejects(
          restored.query("delete from public.benchmark_transactions"),
          /the ledger is append-only/,
        );
        await restored.query("set role anon");
        const { rows: read } = await restored.query("select from public.benchmark_snapshots");
        assert.equal(read.length, 3, "read access came along");
      } finally {
        await restored.end();
      }
    } finally {
      await target.query(`reassign owned by ${owner} to current_user`).catch(() => {});
      await target.query(`drop owned by ${owner}; drop role ${owner}`).catch(() => {});
      await Promise.all([source.end(), target.end()]);
      await Deno.remove(directory, { recursive: true });
    }
  },
});

const STORE = `select ingest_benchmark('{"method": "import"}', jsonb_build_array(jsonb_build_object(
  'model_version', 'm', 'dataset_version', 'd', 'prompt_version', 'p', 'environment', 'local',
  'commit_sha', 'c0ffee1', 'metrics', jsonb_build_object('f1', $1::numeric)))) as receipts`;

const LEDGER = `select configuration_id, snapshot_version, entry_hash
  from public.benchmark_transactions order by 1, 2`;

/** What API roles may do; what the owner may is the owner's. */
const GRANTS = `
  select p.oid::regprocedure::text as object, a.grantee::regrole::text, a.privilege_type
  from pg_proc as p cross join lateral aclexplode(p.proacl) as a
  where p.pronamespace in ('public'::regnamespace, 'benchmark_private'::regnamespace) and a.grantee <> p.proowner and a.grantee <> 0
  union all
  select c.oid::regclass::text, a.grantee::regrole::text, a.privilege_type
  from pg_class as c cross join lateral aclexplode(c.relacl) as a
  where c.relnamespace in ('public'::regnamespace, 'benchmark_private'::regnamespace) and a.grantee <> c.relowner and a.grantee <> 0
  order by 1, 2, 3`;
