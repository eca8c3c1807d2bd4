-- Verdicts by standard errors and by history, what people say about them, and policies that look back.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(69);

select create_ingest_token('00000000000000aa', repeat('ab', 32), 'verdicts test', '{local}');
create function pg_temp.post(p_model text, p_metrics jsonb, p_more jsonb default '{}') returns jsonb language sql as $$
  select ingest_benchmark(
    jsonb_build_object('method', 'ingest-token', 'token_id', '00000000000000aa', 'secret_hash', repeat('ab', 32)),
    jsonb_build_array(jsonb_build_object('model_version', p_model, 'dataset_version', 'd', 'prompt_version', 'p', 'environment', 'local',
      'commit_sha', '0123abc', 'metrics', p_metrics) || p_more)) -> 0 $$;
create function pg_temp.j(p_model text, p_metrics jsonb, p_metric text default '/f1') returns jsonb language sql as $$
  select j from jsonb_array_elements(pg_temp.post(p_model, p_metrics) -> 'judgements') as j where j ->> 'metric' = p_metric limit 1 $$;
create function pg_temp.id(p_model text) returns uuid language sql as $$
  select find_configuration(p_model, 'd', 'p', 'local') $$;
create function pg_temp.near(p_value jsonb, p_expected numeric) returns boolean language sql as $$
  select abs(p_value::text::numeric - p_expected) < 1e-6 * greatest(1, abs(p_expected)) $$;

-- The functions that Postgres lacks; reference values of scipy.stats.
select ok(abs(benchmark_private.normal_cdf(1.959963984540054) - 0.975) < 1e-12, 'normal distribution');
select ok(abs(benchmark_private.normal_cdf(-8) / 6.220960574271819e-16 - 1) < 1e-7, 'in its tail');
select is(benchmark_private.normal_cdf(-40) + benchmark_private.normal_cdf(40), 1::double precision, 'and beyond');
select ok(abs(benchmark_private.normal_quantile(0.975) - 1.959963984540054) < 1e-12, 'its inverse');
select ok(abs(benchmark_private.normal_quantile(0.99999) - 4.264890793922602) < 1e-9, 'in its tail');
select ok(abs(benchmark_private.t_quantile(9, 1.959963984540054) - 2.2621571627409915) < 0.002, 'Student''s t with 9 degrees');
select ok(abs(benchmark_private.t_quantile(47, 1.959963984540054) - 2.0117405137297655) < 0.0002, 'and with 47');
select is(benchmark_private.t_quantile(null, 1.96), 1.96::double precision, 'without degrees it is normal');

-- Nothing but the limit.
select pg_temp.post('none', '{"f1": 0.9}');
select is(pg_temp.j('none', '{"f1": 0.85}') - '{from,to,change}'::text[],
  '{"metric": "/f1", "better": "higher", "limit": 0.05, "limit_kind": "absolute", "severity": "fail", "policy_confidence": 0.95, "method": "none", "caveat": null, "n": null, "reference_version": 1, "reference_configuration_id": null, "verdict": "not-worse", "metrics": null, "is_named": false, "is_ratio": false, "estimate": null, "margin": null, "degrees": null}',
  'with one run before, the limit alone decides');
select is(pg_temp.j('none', '{"f1": 0.79}') ->> 'verdict', 'worse', 'either way');
select set_regression_policy('/alpha', 'higher', 0.05);
select pg_temp.post('alpha', '{"alpha": 0.5, "f1": 0.9}');
select is(pg_temp.j('alpha', '{"alpha": 0.4, "f1": 0.9}', '/alpha') ->> 'verdict', 'worse', 'also of a number that is no score, before any that is');

-- Standard errors.
select pg_temp.post('se', '{"f1": 0.9, "f1_stderr": 0.01}');
select ok(pg_temp.near(j -> 'margin', 1.959963984540054 * sqrt(0.01 ^ 2 + 0.02 ^ 2)) and pg_temp.near(j -> 'estimate', -0.08) and j ->> 'verdict' = 'worse' and j ->> 'method' = 'standard-errors', 'standard errors of both runs add up')
from (select pg_temp.j('se', '{"f1": 0.82, "f1_stderr": 0.02}')) as s(j);
select is(pg_temp.j('se', '{"f1": 0.75, "f1_stderr": 0.05}') ->> 'verdict', 'inconclusive', 'large ones decide nothing');
select is(pg_temp.j('se', '{"f1": 0.76, "f1_stderr": 0.001}') ->> 'verdict', 'inconclusive', 'nor does one of them');
select is(pg_temp.j('se', '{"f1": 0.80, "f1_stderr": 0.001}') ->> 'verdict', 'not-worse', 'small ones do');
select is(pg_temp.j('se', '{"f1": 0.80, "f1_stderr": 0}') ->> 'caveat', 'no-standard-error', 'one of 0 is none');
select set_regression_policy('/own', 'lower', 1, 'absolute', 'fail', p_standard_error => 'spread/own', p_confidence => 0.99);
select pg_temp.post('own', '{"own": 10, "spread": {"own": 0.1}}');
select ok(pg_temp.near(j -> 'margin', 2.5758293035489 * sqrt(0.02)) and pg_temp.near(j -> 'estimate', -2), 'a policy can name the standard error and the confidence') from (select pg_temp.j('own', '{"own": 12, "spread": {"own": 0.1}}', '/own')) as s(j);

-- History: 0.80 to 0.99, ten above and ten below 0.895; the median distance from it is 0.05.
select pg_temp.post('h', jsonb_build_object('f1', 0.79 + n * 0.01)) from generate_series(1, 20) as n;
create temp table history as select pg_temp.j('h', '{"f1": 0.6}') as j;
select is((select (j ->> 'method', j ->> 'n', j ->> 'verdict')::text from history), '(history,20,worse)', 'from eight runs on their spread decides');
select ok((select pg_temp.near(j -> 'estimate', 0.6 - 0.895) from history), 'from their median');
select ok((select pg_temp.near(j -> 'margin', (benchmark_private.t_quantile(7.4, 1.959963984540054) * 1.4826 * 0.05 * sqrt(1 + pi() / 40))::numeric) from history), 'with 1.4826 times the median distance, widened for 20 runs');
select ok((select abs((j ->> 'margin')::numeric / (1.4826 * 0.05) - 2.43) < 0.01 from history), 'which is 2.43 of them');
select is(pg_temp.j('h', '{"f1": 0.89}') ->> 'verdict', 'inconclusive', 'in a wide history nothing is shown');
select pg_temp.post('odd', jsonb_build_object('f1', 0.90 + n * 0.001)) from generate_series(1, 9) as n;
select ok((select pg_temp.near(j -> 'margin', (benchmark_private.t_quantile(3.33, 1.959963984540054) * 1.4826 * 0.002 * sqrt(1 + pi() / 18))::numeric) from (select pg_temp.j('odd', '{"f1": 0.9}')) as s(j)), 'of an odd number, too');
select pg_temp.post('flat', '{"f1": 0.9}') from generate_series(1, 9);
select is(pg_temp.j('flat', '{"f1": 0.9}') ->> 'verdict', 'not-worse', 'in a flat history the same is not worse');
select is(pg_temp.j('flat', '{"f1": 0.5}') ->> 'caveat', 'no-spread', 'and of anything less there is no telling');
select pg_temp.post('mostly', jsonb_build_object('f1', case when n = 4 then 0.8 else 0.9 end)) from generate_series(1, 10) as n;
select ok((select pg_temp.near(j -> 'margin', (benchmark_private.t_quantile(3.7, 1.959963984540054) * 1.2533 * 0.01 * sqrt(1 + pi() / 20))::numeric) from (select pg_temp.j('mostly', '{"f1": 0.9}')) as s(j)), 'where most are the same, by the mean distance');
select pg_temp.post('gap', jsonb_build_object('f1', 0.79 + n * 0.01)) from generate_series(1, 12) as n;
select pg_temp.post('gap', '{"recall": 1}') from generate_series(1, 12);
select is((pg_temp.j('gap', '{"f1": 0.8}') ->> 'n')::int, 12, 'runs without the metric do not count');
select pg_temp.post('two', jsonb_build_object('f1', 0.79 + n * 0.01, 'latency_ms', 100 + n)) from generate_series(1, 10) as n;
select is((pg_temp.j('two', '{"f1": 0.8, "latency_ms": 100}') ->> 'metrics')::int, 1, 'what warns does not widen what fails');
select set_regression_policy('/latency_ms', 'lower', 0.5, 'relative', 'fail');
select is((pg_temp.j('two', '{"f1": 0.8, "latency_ms": 100}') ->> 'metrics')::int, 2, 'two that fail at once');
select ok((select pg_temp.near(j -> 'margin', (benchmark_private.t_quantile(0.37 * 12, benchmark_private.normal_quantile(1 - 0.05 / 4)) * 1.4826 * 0.03 * sqrt(1 + pi() / 24))::numeric) from (select pg_temp.j('two', '{"f1": 0.8, "latency_ms": 100}')) as s(j)), 'widen each other''s intervals');
select pg_temp.post('back', jsonb_build_object('f1', 0.79 + n * 0.01), jsonb_build_object('measured_at', now() - interval '1 day' + n * interval '1 minute')) from generate_series(1, 20) as n;
select pg_temp.post('back', '{"f1": 0.1}', jsonb_build_object('measured_at', now() - interval '2 days')) from generate_series(1, 5);
select ok((select pg_temp.near(j -> 'estimate', 0.6 - 0.895) from (select pg_temp.j('back', '{"f1": 0.6}')) as s(j)), 'backfilled runs do not push newer ones out');

-- A reference that somebody names is one run, and as uncertain as this one.
select pg_temp.post('named', jsonb_build_object('f1', 0.500 + n % 5 * 0.001)) from generate_series(1, 20) as n;
select pg_temp.post('named', '{"f1": 0.9}'), set_baseline(pg_temp.id('named'), 21);
select ok(pg_temp.near(j -> 'estimate', -0.4) and pg_temp.near(j -> 'margin', (benchmark_private.t_quantile(7.4, 1.959963984540054) * 1.4826 * 0.001 * sqrt(2::numeric))::numeric) and j ->> 'verdict' = 'worse', 'a fall from the baseline is one, also where the history never was so good') from (select pg_temp.j('named', '{"f1": 0.5}')) as s(j);
select ok(get_judgements(pg_temp.id('named'), 21, pg_temp.id('named'), 3) #>> '{judgements,0,verdict}' = 'worse', 'an older run can be compared with a newer one');
select set_baseline(pg_temp.id('named'), null);
select pg_temp.post('asked', '{"f1": 0.5}', '{"compare_to": {"model_version": "named", "snapshot_version": 21}}'), pg_temp.post('asked', '{"f1": 0.5}');
select is_empty($$ select * from get_open_regressions() where configuration_id = pg_temp.id('asked') $$, 'what one run was asked to be compared with opens nothing');
select is(pg_temp.post('named', '{"f1": 0.5}', '{"compare_to": {"model_version": "alpha"}, "measured_at": "2020-01-01T00:00Z"}') #>> '{references,0,configuration,model_version}', 'alpha', 'a run from long ago is judged where it asks for it');

-- What is stored is what is said.
select is(pg_temp.post('two', '{"f1": 0.5, "latency_ms": 300}', '{"run_id": "7"}') - 'replayed', pg_temp.post('two', '{"f1": 0.5, "latency_ms": 300}', '{"run_id": "7"}') - 'replayed', 'a replay says the same');
select is((select array_agg(metric || ' ' || verdict order by metric) from benchmark_judgements where configuration_id = pg_temp.id('two') and snapshot_version = 14), '{"/f1 worse","/latency_ms worse","/latency_ms worse"}', 'as does the record');
select is((select verdict::text from benchmark_transactions where configuration_id = pg_temp.id('two') and snapshot_version = 14), 'worse', 'a run has its gravest verdict');
select set_regression_policy('/f1', 'higher', 0.5);
select is((select min(limit_value) from benchmark_judgements where configuration_id = pg_temp.id('two') and snapshot_version = 14 and metric = '/f1'), 0.05, 'by the policy of its time');

-- Policies are kept.
select is(set_regression_policy('/f1', 'higher', 0.5), (select id from list_regression_policies() where metric = '/f1'), 'the same policy again is the same');
select isnt(set_regression_policy('/f1', 'higher', 0.05), (select max(id) from benchmark_policies where removed_at is not null), 'another one takes its place');
select is((select count(*)::int from list_regression_policies() where metric = '/f1'), 1, 'one is in force');
select throws_ok($$ select set_regression_policy('/f1', 'higher', 0.5, p_confidence => 1) $$, '23514', null, 'certainty is refused');

-- Looking back.
select pg_temp.post('late', jsonb_build_object('tokens', t)) from unnest('{100,101,99,100,102,150,151,149}'::int[]) as t;
create temp table policy as select set_regression_policy('/tokens', 'lower', 0.2, 'relative') as id;
select is((select list_policy_scope(id) @> array[pg_temp.id('late')] from policy), true, 'a policy counts for every configuration');
select is((select replay_policy(id, pg_temp.id('late')) - 'open' from policy), '{"runs": 8, "with_metric": 8, "worse": 1}', 'set later it looks back');
select is((select since_version from get_open_regressions() where configuration_id = pg_temp.id('late')), 6, 'and opens what it finds');
select is((select replay_policy(id, pg_temp.id('late')) ->> 'worse' from policy), '1', 'again it finds the same');
select is((select count(*)::int from benchmark_regressions where configuration_id = pg_temp.id('late')), 1, 'once');
select is((select judgements from benchmark_transactions where configuration_id = pg_temp.id('late') and snapshot_version = 6), null, 'what was stored with the run stays');
select is((select replay_policy(id, pg_temp.id('h')) ->> 'with_metric' from policy), '0', 'a metric that no run has is said');
select pg_temp.post('voided', jsonb_build_object('tokens', t)) from unnest('{100,10,100,100}'::int[]) as t;
select void_snapshot(pg_temp.id('voided'), 2, 'broken');
select is((select replay_policy(id, pg_temp.id('voided')) from policy), '{"runs": 3, "with_metric": 3, "worse": 0, "open": null}', 'void runs are nothing to look back at');
select throws_ok($$ select replay_policy(0, pg_temp.id('late')) $$, 'PT404', null, 'a missing policy is refused');

-- Acknowledging.
select throws_ok($$ select acknowledge_regression(pg_temp.id('late'), 5, 'tokens', 'x') $$, 'PT404', null, 'a version without a regression is refused');
select throws_ok($$ select acknowledge_regression(pg_temp.id('late'), 6, 'tokens', '') $$, 'PT422', null, 'and a decision without a reason');
select throws_ok($$ select acknowledge_regression(pg_temp.id('late'), 6, 'tokens', 'x', 'wrong') $$, 'PT422', null, 'and another resolution');
select ok(acknowledge_regression(pg_temp.id('late'), 6, 'tokens', 'longer answers are wanted'), 'a regression is acknowledged');
select ok(not acknowledge_regression(pg_temp.id('late'), 7, 'tokens', 'again'), 'once is enough');
select ok(acknowledge_regression(pg_temp.id('late'), 7, 'tokens', 'it was noise', 'false-positive') and acknowledge_regression(pg_temp.id('late'), 6, 'tokens', 'longer answers are wanted'), 'but what it is called can change');
select is_empty($$ select * from get_open_regressions() where configuration_id = pg_temp.id('late') $$, 'it is closed');
select is((select r ->> 'acknowledged_reason' from jsonb_array_elements(get_dashboard_regressions() -> 'acknowledged') as r), 'longer answers are wanted', 'with who and why');
select pg_temp.post('late', '{"tokens": 152}');
select is_empty($$ select * from get_open_regressions() where configuration_id = pg_temp.id('late') $$, 'also for the next run at that level');
select pg_temp.post('late', '{"tokens": 100}'), pg_temp.post('late', '{"tokens": 200}');
select is((select since_version from get_open_regressions() where configuration_id = pg_temp.id('late')), 11, 'but not when it recovers and gets worse again');
select pg_temp.post('other', '{"recall": 0.9, "f1": 0.9}'), pg_temp.post('other', '{"f1": 0.5}');
select acknowledge_regression(pg_temp.id('other'), 2, 'f1', 'broken harness', 'false-positive');
select ok(acknowledge_regression(pg_temp.id('other'), 2, 'f1', 'it was real', p_undo => true), 'an acknowledgement is taken back');
select is((select array_agg(kind || coalesce(' ' || resolution, '') order by id) from benchmark_decisions where configuration_id = pg_temp.id('other')), '{"acknowledge false-positive",unacknowledge}', 'both are on record');

-- Under a baseline one regression lasts, however far it falls.
select pg_temp.post('based', '{"f1": 0.9}');
select set_baseline(pg_temp.id('based'), 1), pg_temp.post('based', '{"f1": 0.7}');
select acknowledge_regression(pg_temp.id('based'), 2, 'f1', 'a cheaper model');
select pg_temp.post('based', '{"f1": 0.68}');
select is_empty($$ select * from get_open_regressions() where configuration_id = pg_temp.id('based') $$, 'what was accepted stays so at that level');
select pg_temp.post('based', '{"f1": 0.5}');
select is((select since_version from get_open_regressions() where configuration_id = pg_temp.id('based')), 2, 'a further fall is open again');
select ok(acknowledge_regression(pg_temp.id('based'), 4, 'f1', 'and cheaper still'), 'and can be accepted, too');

-- The catalogue.
select ok(set_metric('tokens', 'Tokens', 'tok', 'lower') and set_metric('/tokens', p_label => 'Tokens an answer'), 'metrics have names and units');
select is((select (label, unit, better)::text from list_metrics() where metric = '/tokens'), '("Tokens an answer",tok,lower)', 'which are changed one by one');

select * from finish();
rollback;
