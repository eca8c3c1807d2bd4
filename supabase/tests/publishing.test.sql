-- Published or candidate: decided rule by rule, and a candidate never hides what is on the default branch.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(60);

select add_trust_rule('octo/bench', '11', '22', '{github-actions}', p_ref_pattern => 'main');
select add_trust_rule('octo/bench', '11', '22', '{production}', p_ref_pattern => 'refs/heads/release/*', p_github_environment => 'prod');
create function pg_temp.principal(p_changes jsonb default '{}') returns jsonb language sql as $$
  select jsonb_build_object('method', 'github-oidc', 'issuer', 'https://token.actions.githubusercontent.com',
    'attested', '{"commit_sha": "0123456789012345678901234567890123456789", "run_id": "1", "run_attempt": 1}'::jsonb, 'triggered_by', 'octocat', 'claims',
    '{"repository": "octo/bench", "repository_id": "11", "repository_owner_id": "22", "event_name": "push",
      "job_workflow_ref": "octo/bench/.github/workflows/bench.yml@refs/heads/main", "ref": "refs/heads/main"}'::jsonb || p_changes);
$$;
create function pg_temp.run(p_f1 numeric, p_claims jsonb default '{}', p_more jsonb default '{}') returns jsonb language sql as $$
  select ingest_benchmark(pg_temp.principal(p_claims), jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('model_version', 'm', 'dataset_version', 'd', 'prompt_version', 'p',
    'environment', 'github-actions', 'commit_sha', '0123abc', 'metrics', jsonb_build_object('f1', p_f1),
    'branch_name', case when p_claims ->> 'event_name' = 'workflow_run' then null else regexp_replace(coalesce(p_claims ->> 'ref', 'refs/heads/main'), '^refs/(heads|tags)/', '') end) || p_more))) -> 0;
$$;
create function pg_temp.id(p_model text default 'm') returns uuid language sql as $$ select find_configuration(p_model, 'd', 'p', 'github-actions') $$;

-- A feature branch between two runs of main.
select is(pg_temp.run(0.9) ->> 'published', 'true', 'a push to main is published');
create temp table branch as select pg_temp.run(0.5, '{"ref": "refs/heads/feature"}') as receipt;
select is(receipt ->> 'published', 'false', 'a push to another branch is a candidate') from branch;
select is(receipt ->> 'snapshot_version', '2', 'with a version of its own') from branch;
select is(receipt #>> '{judgements,0,from}', '0.9', 'judged against main') from branch;
select is((select current_version from benchmark_configurations where id = pg_temp.id()), 1, 'and never current');
create temp table later as select pg_temp.run(0.8) as receipt;
select is(receipt #>> '{judgements,0,from}', '0.9', 'the next run of main is judged against main') from later;
select is(receipt #>> '{previous,snapshot_version}', '1', 'which is its previous') from later;
select is((select array_agg(is_current || ':' || is_active order by snapshot_version) from benchmark_snapshots where configuration_id = pg_temp.id()), '{false:true,false:false,true:true}', 'a candidate is not active');
select is((select array_agg(snapshot_version order by snapshot_version) from get_trend(pg_temp.id())), '{1,3}', 'nor in a trend');
select is((select array_agg(snapshot_version) from get_snapshot_history('m', 'd', 'p', 'github-actions')), '{3,1}', 'nor in the history of the original');
select is((select run_count from v_performance_trends where model_version = 'm'), 2::bigint, 'nor in a mean');
select is((select array_agg(snapshot_version) from get_snapshot_page(pg_temp.id())), '{3,2,1}', 'but it is kept');
select throws_ok($$ select checkout_snapshot('m', 'd', 'p', 'github-actions', 2) $$, 'PT409', null, 'it cannot be checked out');
select throws_ok($$ select set_baseline(pg_temp.id(), 2) $$, 'PT409', null, 'nor be the baseline');

-- Events.
select is(pg_temp.run(0.8, '{"event_name": "merge_group", "ref": "refs/heads/gh-readonly-queue/main/pr-1-0123"}') ->> 'published', 'false', 'a merge group is a candidate');
select is(pg_temp.run(0.8, '{"event_name": "merge_group"}') ->> 'published', 'false', 'whatever its ref');
select is(pg_temp.run(0.8, '{"event_name": "pull_request", "ref": "refs/pull/7/merge"}') ->> 'published', 'false', 'so is a pull request');
select is(pg_temp.run(0.8, '{"event_name": "pull_request", "ref": "refs/heads/main"}') ->> 'published', 'false', 'also when its ref says main');
select is(pg_temp.run(0.8, '{"event_name": "schedule"}') ->> 'published', 'true', 'the daily run of the default branch is published');
select is(pg_temp.run(0.8, '{"event_name": "schedule"}', '{"branch_name": "release/1", "commit_sha": "4567def"}') ->> 'published', 'false', 'but not what it measured of another branch');
select is(pg_temp.run(0.8, '{"event_name": "workflow_dispatch"}', '{"commit_sha": "4567def"}') ->> 'published', 'true', 'another commit of the same branch is');
select is(pg_temp.run(0.8, '{"event_name": "workflow_run"}') ->> 'published', 'false', 'under workflow_run the branch must be claimed');
select is(pg_temp.run(0.8, '{"event_name": "workflow_run"}', '{"branch_name": "main"}') ->> 'published', 'true', 'and then matches the rule');
select is(pg_temp.run(0.8, '{"event_name": "workflow_run"}', '{"branch_name": "refs/heads/main"}') ->> 'published', 'true', 'by either name');
select is(pg_temp.run(0.8, '{"event_name": "workflow_run"}', '{"branch_name": "feature"}') ->> 'published', 'false', 'or does not');
select is(pg_temp.run(0.8, '{}', '{"candidate": true}') ->> 'published', 'false', 'anyone may send a candidate');
select is(pg_temp.run(0.8, '{"ref": "refs/tags/main"}') ->> 'published', 'false', 'a tag of that name is no branch');

select is(pg_temp.run(0.8, '{"event_name": "workflow_run"}', '{"branch_name": "gh-readonly-queue/main/pr-7-abc"}') ->> 'published', 'false', 'nor is a merge queue''s branch the default one');
select add_trust_rule('octo/any', '61', '22', '{github-actions}');
select is(pg_temp.run(0.8, '{"repository": "octo/any", "repository_id": "61", "job_workflow_ref": "octo/any/.github/workflows/x.yml@refs/heads/main"}', jsonb_build_object('model_version', 'any', 'branch_name', b)) ->> 'published', p, 'a rule for any ref publishes ' || b)
from (values ('feature', 'true'), ('gh-readonly-queue/main/pr-7-abc', 'false'), ('refs/pull/7/merge', 'false')) as x(b, p);

-- Without candidates.
select add_trust_rule('octo/strict', '31', '22', '{github-actions}', p_ref_pattern => 'main', p_allows_candidates => false);
create function pg_temp.strict(p_claims jsonb default '{}', p_more jsonb default '{}') returns jsonb language sql as $$
  select pg_temp.run(0.8, '{"repository": "octo/strict", "repository_id": "31", "job_workflow_ref": "octo/strict/.github/workflows/x.yml@refs/heads/main"}'::jsonb || p_claims, '{"model_version": "strict"}'::jsonb || p_more) $$;
select is(pg_temp.strict() ->> 'published', 'true', 'a rule that refuses candidates publishes its ref');
select throws_ok(format('select pg_temp.strict(%L, %L)', c, m), 'PT403', null, 'and refuses a candidate: ' || c || m)
from (values ('{}', '{"branch_name": "feature"}'), ('{}', '{"candidate": true}'), ('{"event_name": "workflow_run"}', '{}'),
  ('{"event_name": "workflow_run"}', '{"branch_name": "feature"}'), ('{"ref": "refs/heads/feature"}', '{}'), ('{"event_name": "merge_group"}', '{}')) as x(c, m);
select is(preview_benchmark(pg_temp.principal('{"repository": "octo/strict", "repository_id": "31", "ref": "refs/heads/feature"}'),
  '[{"model_version": "strict", "dataset_version": "d", "prompt_version": "p", "commit_sha": "0123abc", "branch_name": "feature", "metrics": {"f1": 0.1}}]') #>> '{0,published}', 'false', 'comparing is no storing');
select add_trust_rule('octo/strict', '31', '22', '{staging}');
select is(preview_benchmark(pg_temp.principal('{"repository": "octo/strict", "repository_id": "31", "ref": "refs/heads/feature"}'),
  '[{"model_version": "strict", "dataset_version": "d", "prompt_version": "p", "commit_sha": "0123abc", "branch_name": "feature", "metrics": {"f1": 0.1}}]') #>> '{0,configuration,environment}', 'staging', 'and where another rule lets it be stored, the answer is that one''s');

-- Rule by rule.
select throws_ok($$ select pg_temp.run(0.8, '{}', '{"environment": "production"}') $$, 'PT403', null, 'a rule that wants more gives no label to a run that lacks it');
select throws_ok($$ select pg_temp.run(0.8, '{"ref": "refs/heads/feature"}', '{"environment": "production"}') $$, 'PT403', null, 'off every ref as well');
select is(pg_temp.run(0.8, '{"environment": "prod"}', '{"environment": "production"}') ->> 'published', 'false', 'a rule publishes to its own environments: main is not production''s branch');
select is(pg_temp.run(0.8, '{"environment": "prod", "ref": "refs/heads/release/2"}', '{"environment": "production"}') ->> 'published', 'true', 'release/2 is');
select is(pg_temp.run(0.8, '{"environment": "prod", "ref": "refs/heads/release/2"}') ->> 'published', 'false', 'and not that of the other rule');

-- A dry run says exactly what storing would.
create temp table preview as select preview_benchmark(pg_temp.principal('{"ref": "refs/heads/feature"}'),
  '[{"model_version": "m", "dataset_version": "d", "prompt_version": "p", "environment": "github-actions", "commit_sha": "0123abc", "branch_name": "feature", "metrics": {"f1": 0.1}}]') -> 0 as answer;
create temp table stored as select pg_temp.run(0.1, '{"ref": "refs/heads/feature"}') as receipt;
select is(answer - 'dry_run' - 'current', (receipt - '{transaction_id,snapshot_version,created_at,entry_hash,provenance,previous,replayed}'::text[])) from preview, stored;
select is(answer -> 'current', receipt -> 'previous', 'and compares with the same') from preview, stored;

-- What is claimed and what is attested.
select is((select array[commit_sha, provenance #>> '{attested,commit_sha}'] from benchmark_transactions where configuration_id = pg_temp.id() and snapshot_version = 1),
  array['0123abc', '0123456789012345678901234567890123456789'], 'the commit that was measured stands beside that of the token');
select is((select array[triggered_by, provenance ->> 'issuer', principal] from benchmark_transactions where configuration_id = pg_temp.id() and snapshot_version = 1),
  array['octocat', 'https://token.actions.githubusercontent.com', 'github:token.actions.githubusercontent.com:11'], 'and who caused it, by which issuer''s word');
select is_empty($$ select 1 from benchmark_transactions where provenance::text like '%octocat%' $$, 'people stand in no provenance');

-- Exactly once, within the principal, by the run that the body names.
select is(pg_temp.run(0.7, '{}', '{"model_version": "once", "run_id": "77", "run_attempt": 2}') ->> 'replayed', 'false', 'a measured run is stored');
select is(pg_temp.run(0.7, '{"jti": "other"}', '{"model_version": "once", "run_id": "77", "run_attempt": 2}') ->> 'replayed', 'true', 'a persist job that runs again stores nothing new');
select is((ingest_benchmark(pg_temp.principal() || '{"triggered_by": "hubot"}', '[{"model_version": "once", "dataset_version": "d", "prompt_version": "p", "environment": "github-actions", "commit_sha": "0123abc", "branch_name": "main", "metrics": {"f1": 0.7}, "run_id": "77", "run_attempt": 2}]') -> 0) ->> 'replayed', 'true', 'whoever starts it');

-- A series belongs to the configuration.
select is(pg_temp.run(0.8, '{"ref": "refs/heads/feature"}', '{"model_version": "s", "series": "bills"}') ->> 'series', null, 'a candidate sets no series');
select is(pg_temp.run(0.8, '{}', '{"model_version": "s", "series": "bills"}') ->> 'series', 'bills', 'the first published run that names one does');
select throws_like($$ select pg_temp.run(0.8, '{}', '{"model_version": "s", "series": "letters"}') $$, '%series is "letters", but this configuration belongs to the series "bills"%', 'a later run with another is refused');
select is(pg_temp.run(0.8, '{}', '{"model_version": "s"}') ->> 'series', 'bills', 'one that names none belongs to it');
select pg_temp.run(0.8, '{}', '{"model_version": "s", "run_id": "1"}');
select throws_ok($$ select pg_temp.run(0.8, '{}', '{"model_version": "s", "run_id": "1", "series": "letters"}') $$, 'PT422', null, 'also when the run is stored already');
select ok(set_series(pg_temp.id('s'), 'letters', 'renamed'), 'a decision changes it');
select is(pg_temp.run(0.8, '{}', '{"model_version": "s", "series": "letters"}') ->> 'series', 'letters', 'and then it is the other');

select * from finish();
rollback;
