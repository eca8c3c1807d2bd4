-- Who may do what: every grant and every policy, once, here. Hosted projects give none to new
-- tables any more, older ones give all, so both are set to the same: nothing, and then by name.

-- The private schema is usable only so that what readers call can use the few helpers named below;
-- PostgREST does not expose it.
revoke all on schema benchmark_private from public, anon, authenticated, service_role;
grant usage on schema benchmark_private to anon, authenticated, service_role;
revoke all on all tables in schema benchmark_private from public, anon, authenticated, service_role;
revoke all on all functions in schema benchmark_private from public, anon, authenticated, service_role;

-- By name and not "on all": a project has tables and functions of its own in public.
revoke all on
  public.benchmark_configurations, public.benchmark_transactions, public.benchmark_decisions,
  public.benchmark_policies, public.benchmark_trend_buckets, public.benchmark_snapshots,
  public.benchmark_item_sets, public.benchmark_items, public.benchmark_metrics, public.benchmark_replayed_judgements,
  public.benchmark_judgements, public.benchmark_regressions, public.v_latest_benchmarks, public.v_performance_trends
  from public, anon, authenticated, service_role;
grant select on
  public.benchmark_configurations, public.benchmark_transactions, public.benchmark_decisions,
  public.benchmark_policies, public.benchmark_trend_buckets, public.benchmark_snapshots,
  public.benchmark_item_sets, public.benchmark_items, public.benchmark_metrics, public.benchmark_replayed_judgements,
  public.benchmark_judgements, public.benchmark_regressions, public.v_latest_benchmarks, public.v_performance_trends,
  benchmark_private.applicable_policies, benchmark_private.run_scores
  to anon, authenticated, service_role;

alter table public.benchmark_configurations enable row level security;
alter table public.benchmark_transactions enable row level security;
alter table public.benchmark_decisions enable row level security;
alter table public.benchmark_policies enable row level security;
alter table public.benchmark_trend_buckets enable row level security;
alter table public.benchmark_item_sets enable row level security;
alter table public.benchmark_items enable row level security;
alter table public.benchmark_metrics enable row level security;
alter table public.benchmark_replayed_judgements enable row level security;
alter table benchmark_private.trust_rules enable row level security;
alter table benchmark_private.issuers enable row level security;
alter table benchmark_private.ingest_tokens enable row level security;
alter table benchmark_private.idempotency_keys enable row level security;
alter table benchmark_private.settings enable row level security;
alter table benchmark_private.readers enable row level security;
alter table benchmark_private.webhooks enable row level security;
alter table benchmark_private.webhook_deliveries enable row level security;
alter table benchmark_private.told_regressions enable row level security;

-- (select …): evaluated once a query and not once a row
create policy readers on public.benchmark_configurations
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_transactions
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_decisions
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_policies
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_trend_buckets
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_item_sets
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_items
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_metrics
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_replayed_judgements
  for select to anon, authenticated using ((select benchmark_private.may_read()));
-- Said and not only left out, so that nobody takes the absence for an oversight.
create policy nobody on benchmark_private.trust_rules using (false);
create policy nobody on benchmark_private.issuers using (false);
create policy nobody on benchmark_private.ingest_tokens using (false);
create policy nobody on benchmark_private.idempotency_keys using (false);
create policy nobody on benchmark_private.settings using (false);
create policy nobody on benchmark_private.readers using (false);
create policy nobody on benchmark_private.webhooks using (false);
create policy nobody on benchmark_private.webhook_deliveries using (false);
create policy nobody on benchmark_private.told_regressions using (false);

-- The helpers that a function called by readers, or a policy, uses as the reader.
grant execute on function
  benchmark_private.may_read(),
  benchmark_private.read_access(),
  benchmark_private.scores(),
  benchmark_private.metric_pointer(text),
  benchmark_private.metric_keys(text),
  benchmark_private.metric_number(jsonb, text[]),
  benchmark_private.metric_leaves(jsonb),
  benchmark_private.percent_change(numeric, numeric),
  benchmark_private.compared_leaves(jsonb, jsonb),
  benchmark_private.configuration_id(text, text, text, text, text),
  benchmark_private.is_worse(numeric, numeric, integer, numeric, numeric),
  benchmark_private.run_metric(uuid, integer, text),
  benchmark_private.earlier_with_metric(uuid, integer, text, integer),
  benchmark_private.trend_bucket_size(integer),
  benchmark_private.find_version(uuid, timestamptz),
  benchmark_private.metric_values(uuid, text, integer, integer, integer),
  benchmark_private.backfilled_values(uuid, text, timestamptz, timestamptz, integer),
  benchmark_private.newest_configuration(),
  benchmark_private.dashboard_frame(bigint),
  benchmark_private.is_replaced(public.benchmark_configurations),
  benchmark_private.ledger_document(public.benchmark_transactions, bytea),
  benchmark_private.utc_text(timestamptz),
  benchmark_private.t_quantile(double precision, double precision),
  benchmark_private.item_numbers(public.benchmark_items, text),
  benchmark_private.scores_of_metric(public.benchmark_items, text, text),
  benchmark_private.compare_items(public.benchmark_items, public.benchmark_items, text, text, integer, boolean, numeric),
  benchmark_private.item_changes(public.benchmark_items, public.benchmark_items, text, text, integer, integer),
  benchmark_private.flipped_items(public.benchmark_items, uuid, integer, integer),
  benchmark_private.run_reference(public.benchmark_transactions),
  benchmark_private.judgement_references(uuid, integer, benchmark_private.judgement[]),
  benchmark_private.judge(uuid, integer, integer, text, jsonb, public.benchmark_items, benchmark_private.run_key, boolean, integer[], integer, boolean),
  benchmark_private.stored_items(uuid, integer),
  benchmark_private.item_score_of(uuid, text),
  benchmark_private.better_direction(text),
  benchmark_private.regression_states(uuid),
  benchmark_private.metrics_to_choose(benchmark_private.run_key[]),
  benchmark_private.usual_metric(jsonb),
  benchmark_private.dashboard_series(uuid[], text, timestamptz, timestamptz, integer, boolean),
  benchmark_private.dashboard_origin(public.benchmark_transactions),
  benchmark_private.judgement_documents(public.benchmark_transactions, benchmark_private.judgement[])
  to anon, authenticated, service_role;

-- Readers. In loops, so that a function is named once: one that was revoked and not granted, or granted
-- beside rights that it had by default, would be easy to miss.
do $$
declare
  v_function text;
begin
  foreach v_function in array array[
    'public.find_configuration(text, text, text, text, text)',
    'public.list_configurations()',
    'public.get_latest_benchmarks()',
    'public.get_snapshot_history(text, text, text, text, integer, text)',
    'public.get_snapshot_page(uuid, integer, integer)',
    'public.compare_snapshots(text, text, text, text, integer, integer, text)',
    'public.compare_snapshots_all(text, text, text, text, integer, integer, text)',
    'public.detect_regression(text, numeric)',
    'public.get_trend(uuid, text, timestamptz, timestamptz, integer)',
    'public.get_metric_history(uuid, text, integer)',
    'public.list_regression_policies()',
    'public.get_ledger_cursor()',
    'public.get_dashboard_current()',
    'public.get_dashboard_trends(uuid[], text, timestamptz, timestamptz, integer, boolean)',
    'public.get_dashboard_overview(boolean)',
    'public.get_dashboard_run(uuid, integer)',
    'public.get_dashboard_leaderboard(text, text, text)',
    'public.get_dashboard_metric_history(uuid[], text)',
    'public.get_dashboard_comparison(uuid, integer, uuid, integer)',
    'public.get_open_regressions()',
    'public.get_dashboard_regressions()',
    'public.get_dashboard_history(uuid, integer, integer)',
    'public.list_metrics()',
    'public.get_item_changes(uuid, integer, uuid, integer, text, integer)',
    'public.get_judgements(uuid, integer, uuid, integer)',
    'public.get_leaderboard(text, text, text)',
    'public.get_series(text, text, text, text, integer)',
    'public.get_checkpoint(uuid, timestamptz, integer)'
  ] loop
    execute 'revoke all on function ' || v_function || ' from public, anon, authenticated, service_role';
    execute 'grant execute on function ' || v_function || ' to anon, authenticated, service_role';
  end loop;
end;
$$;

-- The ingest function and `deno task admin`, with the secret key.
do $$
declare
  v_function text;
begin
  foreach v_function in array array[
    'public.ingest_benchmark(jsonb, jsonb, text)',
    'public.preview_benchmark(jsonb, jsonb)',
    'public.check_principal(jsonb)',
    'public.get_receipt(jsonb, uuid, integer)',
    'public.get_badge(text, text, text, text, text, text)',
    'public.check_ingest_health()',
    'public.upsert_benchmark_result(text, text, text, text, text, integer, text, text, text, text, jsonb, numeric, text[], text, text)',
    'public.add_trust_rule(text, text, text, text[], text, text, text, text, boolean)',
    'public.add_ci_trust_rule(text, text, text, text, text, text[], text, boolean)',
    'public.add_issuer(text, text)',
    'public.remove_issuer(text)',
    'public.list_issuers()',
    'public.list_trusted_issuers()',
    'public.list_trust_rules()',
    'public.remove_trust_rule(bigint)',
    'public.create_ingest_token(text, text, text, text[], timestamptz)',
    'public.list_ingest_tokens()',
    'public.revoke_ingest_token(text)',
    'public.set_public_read(boolean)',
    'public.get_read_access()',
    'public.set_read_access(text)',
    'public.add_reader(uuid, text)',
    'public.remove_reader(uuid)',
    'public.list_readers()',
    'public.set_regression_policy(text, text, numeric, text, text, text, uuid, numeric, text, text)',
    'public.remove_regression_policy(integer)',
    'public.checkout_snapshot(text, text, text, text, integer, text)',
    'public.set_baseline(uuid, integer)',
    'public.void_snapshot(uuid, integer, text, boolean)',
    'public.set_series(uuid, text, text)',
    'public.acknowledge_regression(uuid, integer, text, text, text, boolean)',
    'public.create_webhook(text, text[], text, text[], text, text, boolean, text)',
    'public.list_webhooks()',
    'public.remove_webhook(bigint)',
    'public.claim_webhook_deliveries(integer, numeric)',
    'public.finish_webhook_delivery(bigint, uuid, integer, text, numeric, boolean)',
    'public.claim_test_delivery(bigint)',
    'public.list_webhook_deliveries(bigint, integer)',
    'public.prune_items(interval)',
    'public.list_policy_scope(integer)',
    'public.replay_policy(integer, uuid)',
    'public.set_metric(text, text, text, text)',
    'public.find_personal_entries(text, uuid)',
    'public.erase_personal_data(uuid, integer, text)',
    'public.verify_ledger()',
    'public.get_ledger_entry(uuid, integer)',
    'public.export_runs(uuid, integer, integer)',
    'public.export_decisions(uuid)'
  ] loop
    execute 'revoke all on function ' || v_function || ' from public, anon, authenticated, service_role';
    execute 'grant execute on function ' || v_function || ' to service_role';
  end loop;
end;
$$;

-- Where Supabase Realtime is, an open dashboard is told of new runs.
do $$
begin
  if exists (select from pg_publication as p where p.pubname = 'supabase_realtime' and not p.puballtables) then
    alter publication supabase_realtime add table public.benchmark_configurations;
  end if;
end;
$$;
