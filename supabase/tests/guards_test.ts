// Takes out one guard after the other: a test that still passes then guards nothing.
import assert from "node:assert/strict";
import { openTestDatabase } from "../../testing/embedded_database.ts";
import { runPgtap } from "./pgtap.ts";

const database = await openTestDatabase();
Deno.test.afterAll(() => database.close());

const REMOVALS: [guard: string, removal: string, file: string][] = [
  [
    "the append-only trigger",
    "drop trigger refuse_change on public.benchmark_transactions;",
    "append_only.test.sql",
  ],
  [
    "ENABLE ALWAYS",
    "alter table public.benchmark_transactions enable trigger refuse_change;",
    "append_only.test.sql",
  ],
  [
    "statement level",
    `drop trigger refuse_change on public.benchmark_transactions;
     create trigger refuse_change before update or delete on public.benchmark_transactions
       for each row execute function benchmark_private.refuse_change('rows only');
     alter table public.benchmark_transactions enable always trigger refuse_change;`,
    "append_only.test.sql",
  ],
  [
    "the guard of snapshots",
    "drop trigger refuse_change on public.benchmark_snapshot_versions;",
    "append_only.test.sql",
  ],
  [
    "the guard of configurations",
    "drop trigger refuse_removal on public.benchmark_configurations;",
    "append_only.test.sql",
  ],
  [
    "no INSERT for service_role",
    "grant insert on public.benchmark_transactions to service_role;",
    "access.test.sql",
  ],
  [
    "no UPDATE for authenticated",
    "grant update on public.benchmark_configurations to authenticated;",
    "access.test.sql",
  ],
  [
    "no EXECUTE for anon",
    "grant execute on function public.ingest_benchmark(jsonb, jsonb, text) to anon;",
    "access.test.sql",
  ],
  [
    "no way into the private schema",
    "grant usage on schema benchmark_private to anon; grant select on benchmark_private.ingest_tokens to anon;",
    "access.test.sql",
  ],
  [
    "row security",
    "alter table public.benchmark_transactions disable row level security;",
    "access.test.sql",
  ],
  [
    "the policy of anon",
    `drop policy anon_reads_when_public on public.benchmark_transactions;
     create policy anon_reads_when_public on public.benchmark_transactions for select to anon using (true);`,
    "access.test.sql",
  ],
  [
    "the unique run",
    "drop index public.benchmark_snapshot_versions_run_key;",
    "versioning.test.sql",
  ],
  [
    "the unique version",
    "alter table public.benchmark_snapshot_versions drop constraint benchmark_snapshot_versions_pkey cascade;",
    "versioning.test.sql",
  ],
  [
    "the rules of a configuration",
    "drop trigger check_configuration on public.benchmark_configurations;",
    "versioning.test.sql",
  ],
  [
    "the previous hash in the chain",
    `create or replace function benchmark_private.entry_hash(p_entry public.benchmark_transactions) returns bytea
     language plpgsql stable set search_path = '' as $$
     begin return pg_catalog.sha256(pg_catalog.convert_to(p_entry.metrics::text, 'UTF8')); end $$;`,
    "ledger.test.sql",
  ],
  [
    "the owner's id in a trust rule",
    `create or replace function benchmark_private.authorize_github(p_claims jsonb, p_any_ref boolean default false, out environments text[], out trust_rules bigint[])
     language sql stable set search_path = '' as $$
     select r.environments, array[r.id] from benchmark_private.trust_rules as r
     where r.repository = p_claims ->> 'repository' $$;`,
    "authorization.test.sql",
  ],
  [
    "the guard of recorded regressions",
    "drop trigger refuse_change on public.benchmark_regressions;",
    "regressions.test.sql",
  ],
  [
    "the spread of earlier runs",
    `create or replace function benchmark_private.is_outside_spread(p_configuration_id uuid, p_before_version integer, p_keys text[], p_value numeric, p_better text)
     returns boolean language sql as 'select true';`,
    "regressions.test.sql",
  ],
  [
    "row security on trends",
    "alter table public.benchmark_configurations disable row level security; alter table public.benchmark_transactions disable row level security; alter table public.benchmark_snapshot_versions disable row level security;",
    "trends.test.sql",
  ],
];

for (const [guard, removal, file] of REMOVALS) {
  Deno.test(`${file} fails without ${guard}`, async () => {
    // By itself first: a removal that is itself in error would look like a test that fails.
    await database.pglite.exec(`begin; ${removal}; rollback;`);
    const failures = await runPgtap(database, file, removal);
    assert.notDeepEqual(failures, []);
  });
}

Deno.test("the pgTAP files pass with every guard back in place", async () => {
  for (const file of new Set(REMOVALS.map(([, , file]) => file))) {
    assert.deepEqual(await runPgtap(database, file), [], file);
  }
});
