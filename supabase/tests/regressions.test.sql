-- What counts as a regression: limits, scopes, what is compared with, and the spread of earlier runs.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(48);

select create_ingest_token('00000000000000aa', repeat('ab', 32), 'regression test', '{local,staging}');
create function pg_temp.run(p_model text, p_metrics jsonb, p_environment text default 'local', p_more jsonb default '{}') returns jsonb language sql as $$
  select ingest_benchmark(
    '{"method": "ingest-token", "token_id": "00000000000000aa", "secret_hash": "abababababababababababababababababababababababababababababababab", "attested": [], "claimed": []}',
    jsonb_build_array(jsonb_build_object('model_version', p_model, 'dataset_version', 'd', 'prompt_version', 'p', 'environment', p_environment,
      'commit_sha', '0123abc', 'metrics', p_metrics) || p_more)) -> 0 $$;
-- What is worse of a receipt, in the order of its judgements.
create function pg_temp.worse(p_receipt jsonb) returns jsonb language sql as $$
  select coalesce(jsonb_agg(jsonb_build_object('metric', j -> 'metric', 'severity', j -> 'severity', 'better', j -> 'better',
    'from_version', j -> 'reference_version', 'from', j -> 'from', 'to', j -> 'to', 'change', j -> 'change', 'limit', j -> 'limit',
    'limit_kind', j -> 'limit_kind') order by n) filter (where j ->> 'verdict' = 'worse'), '[]')
  from jsonb_array_elements(p_receipt -> 'judgements') with ordinality as a(j, n) $$;
create function pg_temp.f1(p_model text, p_f1 numeric, p_environment text default 'local') returns jsonb language sql as $$
  select pg_temp.worse(pg_temp.run(p_model, jsonb_build_object('f1', p_f1), p_environment)) $$;
create function pg_temp.id(p_model text, p_environment text default 'local') returns uuid language sql as $$
  select find_configuration(p_model, 'd', 'p', p_environment) $$;

-- As shipped: F1, 0.05.
select is((select array_agg((metric, better, limit_kind, limit_value, severity)::text) from list_regression_policies()),
  array['(/analysis_cost,lower,relative,0.5,warn)', '(/f1,higher,absolute,0.05,fail)', '(/latency_ms,lower,relative,0.5,warn)'],
  'as shipped, F1 may drop by 0.05, latency and cost rise by half');
select is(pg_temp.f1('m', 0.90), '[]', 'a first run is compared with nothing');
select is(pg_temp.f1('m', 0.85), '[]', 'a drop of just the limit is none');
select is(pg_temp.f1('m', 0.7999),
  '[{"metric": "/f1", "severity": "fail", "better": "higher", "from_version": 2, "from": 0.85, "to": 0.7999, "change": -0.0501, "limit": 0.05, "limit_kind": "absolute"}]',
  'a greater one is listed with what it was compared with');
select is(pg_temp.f1('m', 0.99), '[]', 'getting better is no regression');
select is(pg_temp.f1('m', 0.1, 'staging'), '[]', 'another environment is never compared with');
select is(pg_temp.worse(pg_temp.run('m', '{"recall": 0.5}')), '[]', 'a run without the metric is not judged');
select is(pg_temp.worse(pg_temp.run('m', '{"f1": null}')), '[]', 'nor one where it is null');
select is(pg_temp.f1('m', 0.85) #>> '{0,from_version}', '4', 'one after such a run is compared with the last that has it');

-- What is compared with.
select ok(set_baseline(pg_temp.id('m'), 1), 'with a baseline');
select is(pg_temp.f1('m', 0.86), '[]', 'a run is compared with it');
select is(pg_temp.f1('m', 0.80) #>> '{0,from_version}', '1', 'and not with the run before');
select ok(set_baseline(pg_temp.id('m'), null), 'without it');
select ok(checkout_snapshot('m', 'd', 'p', 'local', 1), 'and with an older version checked out');
select is(pg_temp.f1('m', 0.80), '[]', 'a run is compared with the newest before it and not with what was checked out');
select is(pg_temp.run('m', '{"recall": 0.9}') #>> '{previous,snapshot_version}', '10', 'which is what its receipt calls previous');
select set_baseline(pg_temp.id('m'), 11);
select is(pg_temp.f1('m', 0.5) #>> '{0,from_version}', '10', 'a baseline that lacks the metric falls through');
select pg_temp.f1('m', 0.80), set_baseline(pg_temp.id('m'), null);

-- The same receipt again.
create temp table first as
  select pg_temp.run('m', '{"f1": 0.1}', 'local', '{"run_id": "7"}') as receipt;
select is((select receipt #>> '{judgements,0,from}' from first), '0.80', 'a run with an id is judged');
select is(pg_temp.f1('m', 0.9), '[]', 'later runs come');
select ok(set_regression_policy('f1', 'higher', 0.9) is not null, 'the policy changes');
select is(pg_temp.worse(pg_temp.run('m', '{"f1": 0.1}', 'local', '{"run_id": "7"}')), (select pg_temp.worse(receipt) from first), 'and a replay lists what the first receipt listed');
select is((select count(*) from benchmark_regressions where snapshot_version = (select (receipt ->> 'snapshot_version')::int from first)), 1::bigint, 'recorded once');

-- Scopes: the narrowest counts.
select set_regression_policy('f1', 'higher', 0.05);
select set_regression_policy('/f1', 'higher', 0.02, 'absolute', 'warn', 'scoped');
select set_regression_policy('/f1', 'higher', 0.10, 'absolute', 'fail', 'scoped');
select pg_temp.f1('scoped', 0.9);
select is((select array_agg(r ->> 'severity') from jsonb_array_elements(pg_temp.f1('scoped', 0.84)) as r), '{warn}', 'a policy of the model goes before that for all');
select is((select array_agg(r ->> 'severity') from jsonb_array_elements(pg_temp.f1('scoped', 0.60)) as r), '{fail,warn}', 'both its severities are judged');
select set_regression_policy('/f1', 'higher', 0.5, 'absolute', 'fail', null, pg_temp.id('scoped'));
select is(pg_temp.f1('scoped', 0.2), '[]', 'a policy of the configuration goes before both');
select is(jsonb_array_length(pg_temp.f1('other', 0.9) || pg_temp.f1('other', 0.84)), 1, 'and touches no other model');

-- Directions and kinds of limit.
select set_regression_policy('latency_ms', 'lower', 0.2, 'relative', 'warn');
select set_regression_policy('/errors/by~1kind', 'lower', 0, 'absolute', 'fail');
select pg_temp.run('kinds', '{"latency_ms": 100, "errors": {"by/kind": 0}}');
select is(pg_temp.worse(pg_temp.run('kinds', '{"latency_ms": 120, "errors": {"by/kind": 0}}')), '[]', 'a fifth slower is allowed');
select is((pg_temp.worse(pg_temp.run('kinds', '{"latency_ms": 145, "errors": {"by/kind": 1}}'))) #>> '{1,metric}', '/latency_ms', 'more is not');
select is((pg_temp.worse(pg_temp.run('kinds', '{"latency_ms": 100, "errors": {"by/kind": 2}}'))) #>> '{0,metric}', '/errors/by~1kind', 'any number in the document can be judged');
select is(pg_temp.worse(pg_temp.run('kinds', '{"latency_ms": 1, "errors": {"by/kind": "many"}}')), '[]', 'text where a number was does not make a run fail');
select throws_ok($$ select set_regression_policy('/f1', 'sideways', 1) $$, '23514', null, 'a direction that is none is refused');
select throws_ok($$ select set_regression_policy('/f1', 'higher', 'NaN') $$, '23514', null, 'and a limit that is no number');
select throws_ok($$ select set_regression_policy('/f1', 'higher', 1, p_configuration_id => gen_random_uuid()) $$, 'PT404', null, 'and a configuration that is missing');

-- Spread: with eight earlier runs, a change must be outside of it.
select pg_temp.f1('noisy', f) from unnest('{0.9,0.8,0.85,0.8,0.87,0.82,0.9}'::numeric[]) as f;
select is(jsonb_array_length(pg_temp.f1('noisy', 0.8)), 1, 'with seven earlier runs a drop beyond the limit counts');
select is(pg_temp.f1('noisy', 0.9) || pg_temp.f1('noisy', 0.81), '[]', 'with eight, one within their spread does not');
select is(jsonb_array_length(pg_temp.f1('noisy', 0.5)), 1, 'and one outside of it does');
select pg_temp.f1('settled', 0.3 + n * 0.015) from generate_series(1, 40) as n;
select pg_temp.f1('settled', 0.9 - n % 2 * 0.002) from generate_series(1, 20) as n;
select is(jsonb_array_length(pg_temp.f1('settled', 0.84)), 1, 'the spread is that of the last 20 runs');
select pg_temp.f1('steady', 0.9 - n % 2 * 0.002) from generate_series(1, 10) as n;
select is(jsonb_array_length(pg_temp.f1('steady', 0.84)), 1, 'in a history with little noise hardly more than the limit counts');

-- Overflow is noise, never a refusal.
select pg_temp.run('huge', jsonb_build_object('latency_ms', case when n % 2 = 0 then 1 else 1.7e308::numeric end)) from generate_series(1, 12) as n;
select is(pg_temp.worse(pg_temp.run('huge', '{"latency_ms": 2}')), '[]', 'a history of 1 and 1.7e308 is wide');
select is(pg_temp.run('huge', jsonb_build_object('latency_ms', 1.7e308::numeric)) ->> 'published', 'true', 'and refuses nothing');
select pg_temp.run('zero', '{"latency_ms": 0}') from generate_series(1, 9);
select is(pg_temp.worse(pg_temp.run('zero', '{"latency_ms": 0}')), '[]', 'nor does one of zeros');

-- A dry run says the same and stores nothing.
select is(
  preview_benchmark('{"method": "ingest-token", "token_id": "00000000000000aa", "secret_hash": "abababababababababababababababababababababababababababababababab", "attested": [], "claimed": []}',
    '[{"model_version": "steady", "dataset_version": "d", "prompt_version": "p", "environment": "local", "commit_sha": "0123abc", "metrics": {"f1": 0.1}}]') #>> '{0,judgements,0,to}',
  '0.1', 'a dry run is judged');
select is((select count(*) from benchmark_regressions where configuration_id = pg_temp.id('steady')), 1::bigint, 'and nothing of it is recorded');

-- What is worse now.
select is((select array_agg((metric, reference_version, is_baseline, since_version)::text) from get_open_regressions() where configuration_id = pg_temp.id('steady')),
  array['(/f1,10,f,11)'], 'what got worse is open');
select pg_temp.f1('steady', 0.85);
select pg_temp.f1('steady', 0.8);
select pg_temp.f1('steady', 0.82);
select set_baseline(pg_temp.id('steady'), 3);
select is((select array_agg((reference_version, is_baseline, since_version, current_version)::text) from get_open_regressions() where configuration_id = pg_temp.id('steady')),
  array['(3,t,13,14)'], 'since the run after the last that was good enough');
select pg_temp.f1('steady', 0.87);
select checkout_snapshot('steady', 'd', 'p', 'local', 11), set_baseline(pg_temp.id('steady'), 12);
select is((select array_agg((reference_version, since_version, current_version)::text) from get_open_regressions() where configuration_id = pg_temp.id('steady')),
  null, 'what is better than a newer baseline is none');
select set_baseline(pg_temp.id('steady'), 10), set_regression_policy('f1', 'higher', 0.01);
select is((select array_agg((reference_version, since_version, current_version)::text) from get_open_regressions() where configuration_id = pg_temp.id('steady')),
  array['(10,11,15)'], 'a narrower limit opens more; a checkout closes nothing');
select pg_temp.f1('steady', 0.9);
select is_empty($$ select * from get_open_regressions() where configuration_id = pg_temp.id('steady') $$, 'until it is good again');

select * from finish();
rollback;
