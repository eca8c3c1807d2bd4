-- What the dashboard reads at once: the overview, a run, trends with candidates, a leaderboard.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(35);

select create_ingest_token('00000000000000aa', repeat('ab', 32), 'dashboard test', '{local,staging}');
create function pg_temp.run(p_model text, p_metrics jsonb, p_more jsonb default '{}') returns jsonb language sql as $$
  select ingest_benchmark(
    '{"method": "ingest-token", "token_id": "00000000000000aa", "secret_hash": "abababababababababababababababababababababababababababababababab", "attested": [], "claimed": []}',
    jsonb_build_array(jsonb_build_object('model_version', p_model, 'dataset_version', 'd', 'prompt_version', 'p', 'environment', 'local',
      'commit_sha', '0123abc', 'metrics', p_metrics) || p_more)) -> 0 $$;
create function pg_temp.id(p_model text) returns uuid language sql as $$
  select find_configuration(p_model, 'd', 'p', 'local') $$;
create function pg_temp.overview(p_model text, p_candidates boolean default false) returns jsonb language sql as $$
  select r from jsonb_array_elements(get_dashboard_overview(p_candidates) -> 'runs') as r
  where r ->> 'configuration_id' = pg_temp.id(p_model)::text $$;

select is(get_dashboard_overview() -> 'runs', '[]', 'nothing stored, nothing shown');
select is(get_dashboard_run(gen_random_uuid()) -> 'run', 'null', 'a run that there is not is null');
select is(get_dashboard_leaderboard() #> '{leaderboard,rows}', '[]', 'nor has anything a leader');
select is(get_dashboard_trends() -> 'series', '[]', 'nor a trend');

-- One that falls, in F1 and latency; one that has only a number of its own; a candidate.
select pg_temp.run('fell', jsonb_build_object('f1', 0.9, 'latency_ms', 100, 'own', n)) from generate_series(1, 4) as n;
select pg_temp.run('fell', '{"f1": 0.5, "latency_ms": 100}', '{"commit_sha": "badbad1", "timestamp": "2026-01-02T03:04:05Z"}');
select pg_temp.run('own', jsonb_build_object('deep', jsonb_build_object('accuracy', n / 10.0))) from generate_series(1, 2) as n;
select pg_temp.run('own', '{"deep": {"accuracy": 0.9}}', '{"candidate": true, "branch_name": "topic"}');
select pg_temp.run('own', '{"deep": {"accuracy": 0.8}}', '{"candidate": true, "branch_name": "topic"}');
select pg_temp.run('own', '{"deep": {"accuracy": 0.7}}', '{"candidate": true, "branch_name": "other"}');
select pg_temp.run('first', '{"f1": 0.8}');

select is(jsonb_array_length(get_dashboard_overview() -> 'runs'), 3, 'a row a configuration');
select is(get_dashboard_overview() #>> '{runs,0,configuration_id}', pg_temp.id('fell')::text, 'what is worse first');
select is((get_dashboard_overview() -> 'regressions' -> 0) - array['since_at'] ->> 'since_commit', 'badbad1', 'with the commit since which');
select is(get_dashboard_history(pg_temp.id('fell')) ->> 'open_regressions', '1', 'their number is on every page');
select is(pg_temp.overview('fell') - array['at', 'configuration_id', 'judgement', 'attested', 'issuer', 'repository', 'run_id', 'run_attempt', 'branch_name', 'tags'],
  '{"is_replaced": false, "snapshot_version": 5, "published": true, "commit_sha": "badbad1", "f1": 0.5, "latency_ms": 100, "analysis_cost": null, "verdict": "worse", "metric": "/f1", "value": 0.5, "spark": [[0.9, 0.9, 0.9, 0.9, 0.5], null]}',
  'the newest run, and what was before');
select is(pg_temp.overview('fell') #>> '{judgement,verdict}', 'worse', 'with what was found of it');
select is(pg_temp.overview('own') ->> 'metric', '/deep/accuracy', 'a configuration without F1 shows what it has');
select is(pg_temp.overview('own') #> '{spark,0}', '[0.1, 0.2]', 'of published runs');
select is(pg_temp.overview('first') -> 'judgement', 'null', 'a first run is not judged');
select is((select array_agg(r ->> 'snapshot_version' order by r ->> 'snapshot_version') from jsonb_array_elements(get_dashboard_overview(true) -> 'runs') as r), array['4', '5'],
  'of candidates, the newest of each branch');
select is((select bool_or((r ->> 'published')::boolean) from jsonb_array_elements(get_dashboard_overview(true) -> 'runs') as r), false, 'and nothing else');

select void_snapshot(pg_temp.id('own'), 2, 'a test');
select is(pg_temp.overview('own') #> '{spark,0}', '[0.1]', 'nor what is void');

select pg_temp.run('long', jsonb_build_object('f1', n / 1000.0)) from generate_series(1, 47) as n;
select is(pg_temp.overview('long') #> '{spark,1}', '[0.003, 0.008, 0.013]', 'of what was before, every fifth run');

-- Two limits of a metric, of which one warns and one fails.
select set_regression_policy('/f1', 'higher', 0.01, 'absolute', 'warn');
select is(get_dashboard_history(pg_temp.id('fell')) ->> 'open_regressions', '1', 'what is beyond two limits is one');
select is(get_dashboard_overview() ->> 'open_regressions', '1', 'on the overview, too');
select pg_temp.run('blank', '{"": 1, "own": 2}');
select is(pg_temp.overview('blank') ->> 'metric', '/own', 'a number without a name is not what a person must see');
select is(get_dashboard_trends(array[pg_temp.id('blank')]) -> 'metrics', '["/own"]', 'nor can it be chosen');

-- A run.
select is(get_dashboard_run(pg_temp.id('fell'), 5) #>> '{reference,snapshot_version}', '4', 'a run stands beside what it was judged against');
select is(get_dashboard_run(pg_temp.id('fell')) #>> '{run,snapshot_version}', '5', 'left out, it is the newest published one');
select is(get_dashboard_run(pg_temp.id('fell'), 5) #>> '{judged,judgements,0,verdict}', 'worse', 'with the verdicts of when it was stored');
select is((select array_agg(m ->> 'path' order by m ->> 'path') from jsonb_array_elements(get_dashboard_run(pg_temp.id('fell'), 5) -> 'metrics') as m),
  array['/f1', '/latency_ms', '/own'], 'and every number of either');
select is((get_dashboard_run(pg_temp.id('fell'), 5) ->> 'entry')::jsonb ->> 'entry_hash', get_dashboard_run(pg_temp.id('fell'), 5) #>> '{run,entry_hash}',
  'the entry is there to be checked');
select is(get_dashboard_run(pg_temp.id('fell'), 5) ->> 'chain_hash', (get_dashboard_run(pg_temp.id('fell'), 5) ->> 'entry')::jsonb ->> 'previous_hash',
  'and what it continues');
select ok(get_dashboard_run(pg_temp.id('own'), 2) @> '{"decisions": [{"kind": "void", "reason": "a test"}]}', 'and what somebody decided of it');
select is(get_dashboard_run(pg_temp.id('first'), 1) #>> '{run,verdict}', null, 'a first run has no verdict');

-- Trends.
select is(get_dashboard_trends(array[pg_temp.id('own')]) ->> 'metric', '/deep/accuracy', 'a trend of what there is');
select is(get_dashboard_trends(array[pg_temp.id('own')], '/f1') ->> 'metric', '/deep/accuracy', 'also where another number is asked for');
select is(get_dashboard_trends(array[pg_temp.id('own'), pg_temp.id('fell')], '/f1') ->> 'metric', '/f1', 'unless one of them has it');
select is(get_dashboard_trends(array[pg_temp.id('fell')], '/own') ->> 'metric', '/own', 'or had it');
select is(get_dashboard_trends(array[pg_temp.id('own')]) #> '{series,0,candidates}', '[]', 'candidates are left out');
select is(jsonb_array_length(get_dashboard_trends(array[pg_temp.id('own')], null, null, null, 500, true) #> '{series,0,candidates}'), 3, 'unless they are asked for');

select * from finish();
rollback;
