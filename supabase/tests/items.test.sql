-- Results of single items: what is stored, what is judged by them, and what becomes of them.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(67);

select create_ingest_token('00000000000000aa', repeat('ab', 32), 'items test', '{local,staging}');
select create_ingest_token('00000000000000bb', repeat('ab', 32), 'staging only', '{staging}');
create function pg_temp.post(p_model text, p_more jsonb, p_token text default '00000000000000aa') returns jsonb language sql as $$
  select ingest_benchmark(
    jsonb_build_object('method', 'ingest-token', 'token_id', p_token, 'secret_hash', repeat('ab', 32)),
    jsonb_build_array(jsonb_build_object('model_version', p_model, 'dataset_version', 'd', 'prompt_version', 'p', 'environment', 'local',
      'commit_sha', '0123abc', 'metrics', '{"f1": 0.9}'::jsonb) || p_more)) -> 0 $$;
create function pg_temp.id(p_model text, p_environment text default 'local') returns uuid language sql as $$
  select find_configuration(p_model, 'd', 'p', p_environment) $$;
-- Items 001, 002 … of which those of p_wrong are missed.
create function pg_temp.counts(p_count integer, p_wrong integer[]) returns jsonb language sql as $$
  select jsonb_build_object('items', jsonb_build_object(
    'ids', jsonb_agg(lpad(n::text, 3, '0') order by n),
    'scores', jsonb_build_object('tp', jsonb_agg((n <> all (p_wrong))::integer order by n), 'fp', jsonb_agg(0 order by n),
      'fn', jsonb_agg((n = any (p_wrong))::integer order by n))))
  from generate_series(1, p_count) as n $$;
create function pg_temp.scores(p_name text, p_values jsonb) returns jsonb language sql as $$
  select jsonb_build_object('items', jsonb_build_object(
    'ids', (select jsonb_agg(lpad(n::text, 3, '0') order by n) from generate_series(1, jsonb_array_length(p_values)) as n),
    'scores', jsonb_build_object(p_name, p_values))) $$;
create function pg_temp.j(p_receipt jsonb, p_metric text default '/f1') returns jsonb language sql as $$
  select j from jsonb_array_elements(p_receipt -> 'judgements') as j where j ->> 'metric' = p_metric limit 1 $$;

-- Stored once, under the hash of the entry.
create temp table first as select pg_temp.post('m', pg_temp.counts(48, '{10,20,30,40}') || '{"run_id": "1"}') as receipt;
select is((select receipt -> 'judgements' from first), '[]', 'a first run is compared with nothing');
select is((select scores from benchmark_items where configuration_id = pg_temp.id('m')), '{fn,fp,tp}', 'its items are stored, scores by name');
select isnt((select items_digest from benchmark_transactions where configuration_id = pg_temp.id('m')), null, 'their digest is in the entry');
select is(pg_temp.post('m', pg_temp.counts(48, '{10,20,30,40}') || '{"run_id": "1"}') -> 'entry_hash', (select receipt -> 'entry_hash' from first), 'the same run again is the same entry');
select throws_ok($$ select pg_temp.post('m', pg_temp.counts(48, '{10,20,30,41}') || '{"run_id": "1"}') $$, 'PT409', null, 'with other items it is refused');
select throws_ok($$ select pg_temp.post('m', '{"run_id": "1"}') $$, 'PT409', null, 'without its items, too');
select pg_temp.post('m', pg_temp.counts(48, '{10}'));
select is((select count(*)::int from benchmark_item_sets), 1, 'two runs over the same items share their ids');
select is(benchmark_private.item_scores(i), pg_temp.counts(48, '{10}') #> '{items,scores}', 'the scores are read as they were sent') from benchmark_items as i where i.snapshot_version = 2;
select is((select count(*)::int from verify_ledger() where not is_intact), 0, 'the ledger is intact');
select throws_ok('update benchmark_items set numbers = numbers', '42501', null, 'items are not changed');
select throws_ok('truncate benchmark_items', '42501', null, 'nor truncated');

savepoint before;
alter table benchmark_items disable trigger refuse_change;
update benchmark_items set numbers[1] = 7 where snapshot_version = 2;
alter table benchmark_items enable always trigger refuse_change;
select is((select (first_broken_version, problem)::text from verify_ledger() where not is_intact), '(2,"the results of its items are not those of its items_digest")', 'who changes one is found out');
rollback to before;
savepoint before;
alter table benchmark_item_sets disable trigger refuse_change;
update benchmark_item_sets set ids[1] = 'other';
alter table benchmark_item_sets enable always trigger refuse_change;
select is((select count(*)::int from verify_ledger() where problem like 'item set %'), 1, 'as is who renames one');
rollback to before;

-- What is not stored.
select throws_ok(format('select pg_temp.post(%L, %L)', 'bad', i), 'PT422', null, w)
from (values
  ('{"items": {"ids": [], "scores": {"x": []}}}', 'no items'),
  ('{"items": {"ids": ["a", "b"], "scores": {"x": [1]}}}', 'a score that lacks an item'),
  ('{"items": {"ids": ["b", "a"], "scores": {"x": [1, 2]}}}', 'ids out of order'),
  ('{"items": {"ids": ["a", "a"], "scores": {"x": [1, 2]}}}', 'an id twice'),
  ('{"items": {"ids": ["a", "b"], "epochs": [1], "scores": {"x": [1, 2]}}}', 'epochs that lack one'),
  ('{"items": {"ids": ["a", "b"], "scores": {}}}', 'no score'),
  ('{"items": {"ids": ["a", "b"], "scores": {"x": [1, true]}}}', 'numbers beside booleans'),
  ('{"items": {"ids": ["a", "b"], "scores": {"x": [1, 0.12345678901234567890]}}}', 'a number that is no double')
) as bad(i, w);
select is((select count(*)::int from benchmark_item_sets), 1, 'nothing of it is left');
select lives_ok($$ select pg_temp.post('epochs', '{"items": {"ids": ["a", "a", "b"], "epochs": [1, 2, 1], "scores": {"x": [1, 2, null]}}}') $$, 'an id twice in two epochs is fine');

-- Verdicts by paired items.
select is(pg_temp.j(pg_temp.post('m', pg_temp.counts(48, '{10,20,1,2,3}') || '{"candidate": true}')) ->> 'verdict', 'inconclusive', 'four bills more of 48 prove nothing');
select is(pg_temp.j(pg_temp.post('m', pg_temp.counts(48, '{10,20}'))) ->> 'verdict', 'not-worse', 'one bill more shows that it is hardly worse');
select is(pg_temp.j(pg_temp.post('m', pg_temp.counts(48, '{10,20}'))) - '{margin,degrees,from,to,change,flipped}'::text[],
  '{"n": 48, "better": "higher", "caveat": "identical", "limit": 0.05, "limit_kind": "absolute", "method": "paired-items", "metric": "/f1", "metrics": 1, "policy_confidence": 0.95, "reference_configuration_id": null, "reference_version": 4, "severity": "fail", "verdict": "not-worse", "estimate": 0, "is_named": false, "is_ratio": false}',
  'the same answers are not worse');
create temp table fall as select pg_temp.post('m', pg_temp.counts(48, '{10,20,1,2,3,4,5,6,7,8,9,11,12,13,14}')) as receipt;
select is((select pg_temp.j(receipt) ->> 'verdict' from fall), 'worse', 'thirteen of them do');
select is((select jsonb_path_query_array(pg_temp.j(receipt), '$.flipped.items[*].id') from fall), '["001", "002", "003", "004", "005", "006", "007", "008", "009", "011"]', 'its judgement names the first ten');
select is((select pg_temp.j(receipt) #> '{flipped,items,0}' from fall),
  '{"id": "001", "group": null, "change": "worse", "newly_failing": true, "from": {"tp": 1, "fp": 0, "fn": 0}, "to": {"tp": 0, "fp": 0, "fn": 1}}', 'with what they were and are');
select is((select (pg_temp.j(receipt) #>> '{flipped,worse}')::int from fall), 13, 'and how many');
-- F1 from sums of counts: 46/(46+1) and 33/(33+7.5).
select is((select round((pg_temp.j(receipt) ->> 'estimate')::numeric, 10) from fall), round(33 / 40.5 - 46 / 47.0, 10), 'the estimate is the difference of F1');
select is(pg_temp.j(pg_temp.post('m', pg_temp.counts(9, '{}') || '{"candidate": true}')) ->> 'caveat', 'too-few-items', 'nine items prove nothing');
select is(pg_temp.j(pg_temp.post('m', pg_temp.counts(40, '{10,20,1,2,3,4,5,6,7,8,9,11,12,13,14}') || '{"candidate": true}')) ->> 'caveat', 'too-few-common-items', 'nor does a run that leaves out a sixth');
select is(pg_temp.j(pg_temp.post('m', pg_temp.scores('other', (select jsonb_agg(1) from generate_series(1, 48))) || '{"candidate": true}')) ->> 'method', 'none', 'items without the counts are no evidence for F1');

select pg_temp.post('empty', '{"items": {"ids": ["01","02","03","04","05","06","07","08","09","10","11","12"], "scores": {"tp": [0,1,1,1,1,1,1,1,1,1,1,1], "fp": [0,0,0,0,0,0,0,0,0,0,0,0], "fn": [0,0,0,0,0,0,0,0,0,0,0,0]}}}');
select is(pg_temp.j(pg_temp.post('empty', '{"items": {"ids": ["01","02","03","04","05","06","07","08","09","10","11","12"], "scores": {"tp": [0,1,1,1,1,1,1,1,1,1,1,0], "fp": [0,0,0,0,0,0,0,0,0,0,0,0], "fn": [0,0,0,0,0,0,0,0,0,0,0,1]}}}')) ->> 'verdict', 'inconclusive', 'an item with nothing to find counts for nothing');
select pg_temp.post('nil', '{"items": {"ids": ["01","02","03","04","05","06","07","08","09","10","11","12"], "scores": {"tp": [0,0,0,0,0,0,0,0,0,0,0,0], "fp": [0,0,0,0,0,0,0,0,0,0,0,0], "fn": [0,0,0,0,0,0,0,0,0,0,0,0]}}}');
select is(pg_temp.j(pg_temp.post('nil', '{"items": {"ids": ["01","02","03","04","05","06","07","08","09","10","11","12"], "scores": {"tp": [0,0,0,0,0,0,0,0,0,0,0,0], "fp": [0,0,0,0,0,0,0,0,0,0,0,0], "fn": [0,0,0,0,0,0,0,0,0,0,0,0]}}}')) ->> 'caveat', 'undefined', 'and where all are such there is no F1');
select pg_temp.post('one', '{"items": {"ids": ["01","02","03","04","05","06","07","08","09","10","11","12"], "scores": {"tp": [1,0,0,0,0,0,0,0,0,0,0,0], "fp": [0,0,0,0,0,0,0,0,0,0,0,0], "fn": [0,0,0,0,0,0,0,0,0,0,0,0]}}}');
select is(pg_temp.j(pg_temp.post('one', '{"items": {"ids": ["01","02","03","04","05","06","07","08","09","10","11","12"], "scores": {"tp": [0,0,0,0,0,0,0,0,0,0,0,0], "fp": [0,0,0,0,0,0,0,0,0,0,0,0], "fn": [1,0,0,0,0,0,0,0,0,0,0,0]}}}')) ->> 'caveat', 'undefined', 'nor where one item decides it');

-- Booleans, means, ratios, groups.
select set_regression_policy('/accuracy', 'higher', 0.05), set_regression_policy('/quality', 'higher', 0.05, p_item_score => 'rubric');
create function pg_temp.booleans(p_count integer, p_wrong integer) returns jsonb language sql as $$
  select jsonb_agg(n > p_wrong order by n) from generate_series(1, p_count) as n $$;
select pg_temp.post('b', pg_temp.scores('correct', pg_temp.booleans(400, 40)) || '{"metrics": {"accuracy": 0.9}}');
select is(pg_temp.j(pg_temp.post('b', pg_temp.scores('correct', pg_temp.booleans(400, 100)) || '{"metrics": {"accuracy": 0.75}}'), '/accuracy') ->> 'verdict', 'worse', 'a boolean correct gives accuracy');
select pg_temp.post('q', pg_temp.scores('rubric', (select jsonb_agg(n % 5 order by n) from generate_series(1, 100) as n)) || '{"metrics": {"quality": 2}}');
select is(pg_temp.j(pg_temp.post('q', pg_temp.scores('rubric', (select jsonb_agg(n % 5 + 1 order by n) from generate_series(1, 100) as n)) || '{"metrics": {"quality": 3}}'), '/quality') ->> 'verdict', 'not-worse', 'a policy can name the score of another name');
select pg_temp.post('l', pg_temp.scores('latency_ms', (select jsonb_agg(100 + n order by n) from generate_series(1, 100) as n)) || '{"metrics": {"latency_ms": 150.5}}');
create temp table slow as select pg_temp.j(pg_temp.post('l', pg_temp.scores('latency_ms', (select jsonb_agg(2 * (100 + n) order by n) from generate_series(1, 100) as n)) || '{"metrics": {"latency_ms": 301}}'), '/latency_ms') as j;
select is((select (j -> 'is_ratio', round((j ->> 'estimate')::numeric, 10), j ->> 'verdict')::text from slow), (to_jsonb(true), round(-ln(2.0), 10), 'worse')::text, 'latency with a relative limit is judged by its ratio');
select pg_temp.post('z', pg_temp.scores('latency_ms', '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]') || '{"metrics": {"latency_ms": 5.5}}');
select is(pg_temp.j(pg_temp.post('z', pg_temp.scores('latency_ms', '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]') || '{"metrics": {"latency_ms": 5.6}}'), '/latency_ms') -> 'is_ratio', 'false', 'not where a number is 0');
select pg_temp.post('h', pg_temp.scores('latency_ms', '[1e200, 2e200, 3e200, 1, 2, 3, 4, 5, 6, 7, 8, 9]') || '{"metrics": {"latency_ms": 1}}'), set_regression_policy('/latency_ms', 'lower', 10, 'absolute', 'warn');
select is(pg_temp.j(pg_temp.post('h', pg_temp.scores('latency_ms', '[2e200, 3e200, 9e200, 1, 2, 3, 4, 5, 6, 7, 8, 9]') || '{"metrics": {"latency_ms": 1}}'), '/latency_ms') ->> 'caveat', 'undefined', 'numbers whose squares are none refuse nothing');
select set_regression_policy('/tp', 'higher', 5), set_regression_policy('/percent', 'higher', 2, p_item_score => 'rubric'), set_regression_policy('/aaa', 'higher', 0.1);
select pg_temp.post('tp', pg_temp.counts(48, '{}') || '{"metrics": {"tp": 300}}');
select is(pg_temp.j(pg_temp.post('tp', pg_temp.counts(48, '{}') || '{"metrics": {"tp": 198}}'), '/tp') ->> 'verdict', 'worse', 'a count is no mean over items');
select pg_temp.post('pc', pg_temp.scores('rubric', pg_temp.booleans(48, 5)) || '{"metrics": {"percent": 89.6}}');
select is(pg_temp.j(pg_temp.post('pc', pg_temp.scores('rubric', pg_temp.booleans(48, 25)) || '{"metrics": {"percent": 47.9}}'), '/percent') ->> 'method', 'none', 'a score on another scale than its metric is no evidence');
create temp table wide as
select pg_temp.post('w' || w.n, pg_temp.scores('aaa', w.values) || '{"metrics": {"aaa": 1}}') as first,
  pg_temp.j(pg_temp.post('w' || w.n, pg_temp.scores('aaa', w.others) || '{"metrics": {"aaa": 1}}'), '/aaa') as second
from (values
  (1, (select jsonb_agg(1.7e308::numeric) from generate_series(1, 12)), (select jsonb_agg(1.7e308::numeric) from generate_series(1, 12))),
  (2, (select jsonb_agg(case n % 2 when 0 then 1.7e308 else -1.7e308 end) from generate_series(1, 12) as n), (select jsonb_agg(case n % 2 when 0 then -1.7e308 else 1.7e308 end) from generate_series(1, 12) as n)),
  (3, (select jsonb_agg(case n % 2 when 0 then 1e-300 else 0 end) from generate_series(1, 12) as n), (select jsonb_agg(case n % 2 when 0 then 1e-300 else 1 end * 1e-5) from generate_series(1, 12) as n)),
  (4, (select jsonb_agg(1e-200) from generate_series(1, 12) as n), (select jsonb_agg(n * 1e-200) from generate_series(1, 12) as n))
) as w(n, values, others);
select is((select array_agg(second ->> 'method' order by second ->> 'method') from wide), '{paired-items,paired-items,paired-items,paired-items}', 'whatever numbers items have, the run is stored and judged');
select lives_ok($$ select get_leaderboard('d', 'local', '/aaa') $$, 'and shown');
create function pg_temp.grouped(p_bump integer) returns jsonb language sql as $$
  select jsonb_build_object('metrics', '{"accuracy": 0.5}'::jsonb, 'items', jsonb_build_object(
    'ids', jsonb_agg(lpad(n::text, 3, '0') order by n), 'groups', jsonb_agg('g' || n / 10 order by n),
    'scores', jsonb_build_object('correct', jsonb_agg((n + p_bump) % 3 > 0 order by n))))
  from generate_series(1, 199) as n $$;
select pg_temp.post('g', pg_temp.grouped(0));
select is((pg_temp.j(pg_temp.post('g', pg_temp.grouped(1)), '/accuracy') ->> 'degrees')::int, 19, 'items of a group count as one');
create function pg_temp.repeated(p_first boolean) returns jsonb language sql as $$
  select jsonb_build_object('metrics', '{"accuracy": 0.5}'::jsonb, 'items', jsonb_build_object(
    'ids', jsonb_agg(lpad((n / 2)::text, 3, '0') order by n), 'epochs', jsonb_agg(n % 2 order by n),
    'scores', jsonb_build_object('correct', jsonb_agg(case when n % 2 = 0 then p_first else not p_first end order by n))))
  from generate_series(0, 59) as n $$;
select pg_temp.post('e', pg_temp.repeated(true));
select is(pg_temp.j(pg_temp.post('e', pg_temp.repeated(false)), '/accuracy') ->> 'caveat', 'identical', 'epochs are averaged first');
select is((pg_temp.j(pg_temp.post('e', pg_temp.repeated(false)), '/accuracy') ->> 'n')::int, 30, 'so that they are one item');

-- Several metrics at once.
select pg_temp.post('two', pg_temp.scores('correct', pg_temp.booleans(100, 10)) || '{"metrics": {"accuracy": 0.9, "quality": 1}}');
select is((pg_temp.j(pg_temp.post('two', pg_temp.scores('correct', pg_temp.booleans(100, 10)) || '{"metrics": {"accuracy": 0.9, "quality": 1}}'), '/accuracy') ->> 'metrics')::int, 1, 'a metric without an interval does not count');

-- Across configurations.
select pg_temp.post('old', pg_temp.counts(100, '{1}') || '{"series": "bills"}');
create temp table new as select pg_temp.post('new', pg_temp.counts(100, '{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20}') || '{"series": "bills", "run_id": "n", "metrics": {"f1": 0.8}}') as receipt;
select is((select pg_temp.j(receipt) ->> 'verdict' from new), 'worse', 'a new model is judged against the newest run of its series');
select is((select receipt #>> '{references,0,configuration,model_version}' from new), 'old', 'which is named');
select is((select pg_temp.post('new', pg_temp.counts(100, '{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20}') || '{"series": "bills", "run_id": "n", "metrics": {"f1": 0.8}}') - 'replayed'),
  (select receipt - 'replayed' from new), 'and again the same receipt');
select is((select array_agg((model_version, since_version)::text) from get_open_regressions() as r join benchmark_configurations as c on c.id = r.reference_configuration_id where r.configuration_id = pg_temp.id('new')),
  array['(old,1)'], 'it is open since the new model came');
select is_empty($$ select * from get_open_regressions() where configuration_id = pg_temp.id('old') $$, 'and nothing of the model that it replaced');
select is(pg_temp.post('pr', pg_temp.counts(100, '{1}') || '{"series": "bills", "candidate": true, "prompt_version": "p2"}') #>> '{judgements,0,verdict}', 'not-worse', 'a candidate with another prompt, too');
select is(pg_temp.post('lone', pg_temp.counts(100, '{1}')) #>> '{nearest,configuration,model_version}' is not null, true, 'without a series a first run is shown beside the nearest');
select is(pg_temp.post('lone', '{"compare_to": {"model_version": "old"}, "candidate": true}') #>> '{references,0,configuration,model_version}', 'old', 'compare_to names another reference');
select throws_ok($$ select pg_temp.post('lone', '{"compare_to": {"model_version": "none"}}') $$, 'PT422', null, 'one that is missing is refused');
select throws_ok($$ select pg_temp.post('lone', '{"environment": "staging", "compare_to": {"model_version": "old", "environment": "local"}}', '00000000000000bb') $$, 'PT422', null, 'as is one that the credential may not write');

-- Reading.
select is(get_item_changes(pg_temp.id('m'), 1, pg_temp.id('m'), 2) - 'items', '{"metric": "/f1", "scores": ["tp", "fp", "fn"], "common": 48, "added": 0, "gone": 0, "worse": 0, "better": 3}', 'which items changed between two runs');
select is(get_leaderboard('d', 'local') #>> '{rows,0,method}', 'leader', 'a leaderboard begins with the leader');
select is((select array_agg(s #>> '{model_version,1}') from jsonb_array_elements(get_series('bills') -> 'changes') as s), '{new}', 'a series knows when its model changed');

-- Pruning.
select is((prune_items('0 days') ->> 'runs')::int, (select count(*)::int from benchmark_transactions where items_digest is not null and not published),
  'the last 20 published runs keep their items');
select pg_temp.post('m', '{}') from generate_series(1, 21);
select is((prune_items('0 days') ->> 'runs')::int > 0, true, 'older ones lose them');
select is((select count(*)::int from benchmark_items where configuration_id = pg_temp.id('m')), 0, 'all of them');
select is((select (is_intact, pruned > 0)::text from verify_ledger() where configuration_id = pg_temp.id('m')), '(t,t)', 'the chain holds, and says so');

select * from finish();
rollback;
