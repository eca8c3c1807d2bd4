// Takes out one guard after the other: a test that still passes then guards nothing.
import assert from "node:assert/strict";
import { openTestDatabase } from "../../testing/embedded_database.ts";
import { runPgtap } from "./pgtap.ts";

const database = await openTestDatabase();
Deno.test.afterAll(() => database.close());

const JUDGE =
  "benchmark_private.judge(uuid, integer, integer, text, jsonb, public.benchmark_items, benchmark_private.run_key, boolean, integer[], integer, boolean)";

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
    "the guard of what is about people",
    "drop trigger refuse_unless_erased on public.benchmark_transactions;",
    "deciding.test.sql",
  ],
  [
    "the guard of decisions",
    "drop trigger refuse_change on public.benchmark_decisions;",
    "append_only.test.sql",
  ],
  [
    "a guard over every column",
    "alter table public.benchmark_transactions add column later text;",
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
    `drop policy readers on public.benchmark_transactions;
     create policy readers on public.benchmark_transactions for select to anon using (true);`,
    "access.test.sql",
  ],
  [
    "the unique run",
    "drop index public.benchmark_transactions_run_key;",
    "versioning.test.sql",
  ],
  [
    "the unique version",
    "alter table public.benchmark_transactions drop constraint benchmark_transactions_pkey cascade;",
    "versioning.test.sql",
  ],
  [
    "the rules of a configuration",
    "drop trigger check_configuration on public.benchmark_configurations;",
    "versioning.test.sql",
  ],
  [
    "the previous hash in the chain",
    `create or replace function benchmark_private.entry_hash(p_entry public.benchmark_transactions, p_previous_hash bytea) returns bytea
     language plpgsql stable set search_path = pg_catalog, pg_temp as $$
     begin return sha256(convert_to(p_entry.metrics::text, 'UTF8')); end $$;`,
    "ledger.test.sql",
  ],
  [
    "the owner's id in a trust rule",
    `create or replace function benchmark_private.authorize_job(p_principal jsonb, out environments text[], out publishing benchmark_private.trust_rules[], out candidate_environments text[], out trust_rules bigint[])
     language sql as $$
     select r.environments, array[r], r.environments, array[r.id] from benchmark_private.trust_rules as r
     where r.repository = p_principal #>> '{claims,repository}' $$;`,
    "authorization.test.sql",
  ],
  [
    "the issuer of a trust rule",
    `do $do$ begin execute replace(
       pg_get_functiondef('benchmark_private.authorize_job(jsonb)'::regprocedure), 'and r.issuer = v_issuer', ''); end $do$;`,
    "authorization.test.sql",
  ],
  [
    "what a rule's ref is for",
    `create or replace function benchmark_private.ref_matches(p_ref text, p_pattern text) returns boolean
     language sql immutable as 'select true';`,
    "publishing.test.sql",
  ],
  [
    "the claimed branch",
    `create or replace function benchmark_private.is_published(p_publishing benchmark_private.trust_rules[], p_job jsonb, p_environment text, p_branch text)
     returns boolean language sql as 'select cardinality(p_publishing) > 0';`,
    "publishing.test.sql",
  ],
  [
    "the check of pointers against decisions",
    `create or replace function benchmark_private.broken_pointers() returns table (configuration_id uuid, problem text)
     language sql as 'select null::uuid, null::text where false';`,
    "ledger.test.sql",
  ],
  [
    "the check of the guards' bodies",
    `create or replace function benchmark_private.expected_guard_functions() returns table (function_name text, body_sha256 text)
     language sql as 'select null::text, null::text where false';`,
    "ledger.test.sql",
  ],
  [
    "the salt of what is about people",
    `create or replace function benchmark_private.commitment(p_salt bytea, p_triggered_by text, p_notes text, p_head_ref text) returns bytea
     language sql immutable as $$ select sha256(convert_to(jsonb_build_array(p_triggered_by, p_notes, p_head_ref)::text, 'UTF8')) $$;`,
    "deciding.test.sql",
  ],
  [
    "a clock that only goes up",
    `do $do$ begin execute replace(pg_get_functiondef('public.ingest_benchmark(jsonb, jsonb, text)'::regprocedure),
       'greatest(v_entry.created_at, v_earliest)', 'v_entry.created_at'); end $do$;`,
    "versioning.test.sql",
  ],
  [
    "the path of a security definer function",
    "alter function public.verify_ledger() set search_path = '';",
    "documentation.test.sql",
  ],
  [
    "the spread of earlier runs",
    `do $do$ begin execute replace(pg_get_functiondef('${JUDGE}'::regprocedure), 'if v_judgement.n >= 8 then', 'if false then'); end $do$;`,
    "regressions.test.sql",
  ],
  [
    "joint confidence",
    `do $do$ begin execute replace(pg_get_functiondef('${JUDGE}'::regprocedure), 'least(v_metrics, 32)', '1'); end $do$;`,
    "verdicts.test.sql",
  ],
  [
    "the pairing of items",
    `do $do$ begin execute replace(pg_get_functiondef('${JUDGE}'::regprocedure), 'if p_items.item_set is not null then', 'if false then'); end $do$;`,
    "items.test.sql",
  ],
  [
    "the check of items against their digest",
    `do $do$ begin execute replace(pg_get_functiondef('benchmark_private.broken_entries(uuid)'::regprocedure),
       'when i.item_set is not null', 'when false'); end $do$;`,
    "items.test.sql",
  ],
  [
    "items that stay as they are",
    "drop trigger refuse_change on public.benchmark_items;",
    "items.test.sql",
  ],
  [
    "environments of references",
    `do $do$ begin execute replace(pg_get_functiondef('benchmark_private.find_reference(jsonb, public.benchmark_transactions, text[], integer)'::regprocedure),
       'c.environment = any (p_environments)', 'true'); end $do$;`,
    "items.test.sql",
  ],
  [
    "row security of a table",
    "alter table public.benchmark_items disable row level security",
    "read_access.test.sql",
  ],
  [
    "asking whether the caller is a member",
    "create or replace function benchmark_private.may_read() returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$ select current_setting('role', true) is distinct from 'anon' or benchmark_private.read_access() = 'public' $$",
    "read_access.test.sql",
  ],
  [
    "asking it in a function that reads",
    `do $do$ begin execute replace(pg_get_functiondef('public.list_metrics()'::regprocedure),
       '(select benchmark_private.may_read())', 'true'); end $do$;`,
    "read_access.test.sql",
  ],
  [
    "the time that an entry needs to settle",
    `do $do$ begin execute replace(pg_get_functiondef('public.get_checkpoint(uuid, timestamptz, integer)'::regprocedure),
       'clock_timestamp() - interval ''10 seconds''', 'clock_timestamp()'); end $do$;`,
    "checkpoints.test.sql",
  ],
  [
    "an entry that is missing counting as too young",
    `do $do$ begin execute replace(pg_get_functiondef('public.get_checkpoint(uuid, timestamptz, integer)'::regprocedure),
       'left join public.benchmark_transactions', 'join public.benchmark_transactions'); end $do$;`,
    "checkpoints.test.sql",
  ],
  [
    "telling of a regression once",
    `do $do$ begin execute replace(pg_get_functiondef('benchmark_private.tell_of_run(public.benchmark_transactions, text, benchmark_private.scored_run, jsonb, jsonb)'::regprocedure),
       'continue when v_told.closed_by is null', 'continue when false'); end $do$;`,
    "webhooks.test.sql",
  ],
  [
    "telling only of published runs",
    `do $do$ begin execute replace(pg_get_functiondef('public.ingest_benchmark(jsonb, jsonb, text)'::regprocedure),
       'if v_entry.published and not v_entry.is_backfill and v_principal', 'if v_principal'); end $do$;`,
    "webhooks.test.sql",
  ],
  [
    "the claim of a delivery",
    `do $do$ begin execute replace(pg_get_functiondef('public.claim_webhook_deliveries(integer, numeric)'::regprocedure),
       'coalesce(d.leased_until <= v_now, true)', 'true'); end $do$;`,
    "webhooks.test.sql",
  ],
  [
    "the order of a regression's events",
    `do $do$ begin execute replace(pg_get_functiondef('public.claim_webhook_deliveries(integer, numeric)'::regprocedure),
       'e.topic = d.topic', 'false'); end $do$;`,
    "webhooks.test.sql",
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
