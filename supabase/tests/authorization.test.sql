-- Trust rules and ingest tokens: which credential may write what, and which claim is named.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(38);

create function pg_temp.environments(p_changes jsonb default '{}') returns text[] language sql as $$
  select (benchmark_private.authorize_github('{"repository": "octo/bench", "repository_id": "11", "repository_owner_id": "22",
      "job_workflow_ref": "octo/bench/.github/workflows/bench.yml@refs/heads/main", "ref": "refs/heads/main"}'::jsonb || p_changes)).environments;
$$;
create function pg_temp.token(p_id text, p_hash text) returns text[] language sql as $$
  select (benchmark_private.authorize_token(p_id, decode(p_hash, 'hex'))).environments;
$$;

select throws_like($$ select pg_temp.environments() $$, '%Claim repository: no trust rule names octo/bench%', 'without a rule the repository is named');
select throws_ok($$ select pg_temp.environments() $$, 'PT403', null, 'with 403');

select ok(add_trust_rule('octo/bench', '11', '22', '{github-actions}') > 0, 'a rule is added');
select is(pg_temp.environments(), '{github-actions}', 'it lets the repository in');
select is(pg_temp.environments('{"repository": "octo/renamed", "job_workflow_ref": "octo/renamed/.github/workflows/bench.yml@refs/heads/main"}'), '{github-actions}', 'also under another name: ids decide');
select throws_like($$ select pg_temp.environments('{"repository_id": "99"}') $$, '%Claim repository_id%', 'the same name with another repository_id is refused');
select throws_like($$ select pg_temp.environments('{"repository_owner_id": "99"}') $$, '%Claim repository_owner_id%', 'the same name with another owner is refused');
select throws_ok($$ select pg_temp.environments('{"repository_id": "99"}') $$, 'PT403', null, 'with 403');
select throws_like($$ select pg_temp.environments('{"repository_owner_id": "99", "repository": "evil/bench"}') $$, '%Claim repository_owner_id%', 'the right repository_id with another owner is refused');

select ok(remove_trust_rule((select id from list_trust_rules())), 'a rule is removed');
select throws_ok($$ select pg_temp.environments() $$, 'PT403', null, 'and lets nobody in');
select ok(not remove_trust_rule(-1), 'a rule that is not there cannot be removed');

select ok(add_trust_rule('octo/bench', '11', '22', '{staging}', 'bench.yml', 'main', 'prod') > 0, 'a rule with workflow, ref and GitHub environment');
select is(pg_temp.environments('{"environment": "Prod"}'), '{staging}', 'lets in what meets all three');
select throws_like($$ select pg_temp.environments() $$, '%Claim environment%', 'names a missing environment');
select throws_like($$ select pg_temp.environments('{"environment": "test"}') $$, '%Claim environment%', 'names another environment');
select throws_like($$ select pg_temp.environments('{"environment": "prod", "ref": "refs/heads/dev"}') $$, '%Claim ref:%', 'names another ref');
select throws_like($$ select pg_temp.environments('{"environment": "prod", "job_workflow_ref": "octo/bench/.github/workflows/evil.yml@refs/heads/main"}') $$, '%Claim job_workflow_ref%', 'names another workflow');
select throws_like($$ select pg_temp.environments('{"environment": "prod", "job_workflow_ref": "octo/bench/.github/workflows/bench.yml@evil.yml@refs/heads/main"}') $$, '%Claim job_workflow_ref%', 'a file name with @ is not the workflow');
select throws_like($$ select pg_temp.environments('{"environment": "prod", "job_workflow_ref": "evil/bench/.github/workflows/bench.yml@refs/heads/main"}') $$, '%Claim job_workflow_ref%', 'nor is a file of that name in another repository');
select is(pg_temp.environments('{"environment": "prod", "job_workflow_ref": "octo/bench/.github/workflows/bench.yml@0123456789012345678901234567890123456789"}'), '{staging}', 'a workflow pinned by commit is');

select ok(add_trust_rule('octo/bench', '11', '22', '{local}', 'evil.yml', 'refs/tags/v*') > 0, 'a second rule of the same repository');
select is(pg_temp.environments('{"ref": "refs/tags/v1", "job_workflow_ref": "octo/bench/.github/workflows/evil.yml@refs/tags/v1"}'), '{local}', 'only gives what itself allows');

select ok(benchmark_private.ref_matches('refs/heads/main', 'refs/heads/main'), 'a ref matches itself');
select ok(not benchmark_private.ref_matches('refs/heads/main2', 'refs/heads/main'), 'but no longer one');
select ok(not benchmark_private.ref_matches('refs/heads/mainX', 'refs/heads/main.'), 'a dot is a dot');
select ok(benchmark_private.ref_matches('refs/heads/release/1', 'refs/heads/release/*'), '* matches a name');
select ok(not benchmark_private.ref_matches('refs/heads/release/1/x', 'refs/heads/release/*'), '* stops at a slash');
select ok(benchmark_private.ref_matches('refs/heads/release/1/x', 'refs/heads/release/**'), '** does not');
select throws_ok($$ select add_trust_rule('octo/bench', 'x', '22', '{local}') $$, '23514', null, 'an id must be a number');
select throws_ok($$ select add_trust_rule('octo/bench', '1', '22', '{moon}') $$, '23514', null, 'an environment label must exist');

select create_ingest_token('00000000000000aa', repeat('ab', 32), 'good', '{local}');
select create_ingest_token('00000000000000cc', repeat('ab', 32), 'expired', '{local}', now() - interval '1 second');
select is(pg_temp.token('00000000000000aa', repeat('ab', 32)), '{local}', 'a token lets in');
select isnt((select last_used_at from list_ingest_tokens() where id = '00000000000000aa'), null, 'and its use is recorded');
select throws_ok($$ select pg_temp.token('00000000000000aa', repeat('cd', 32)) $$, 'PT403', null, 'a wrong secret does not');
select throws_ok($$ select pg_temp.token('00000000000000ff', repeat('ab', 32)) $$, 'PT403', null, 'an unknown id does not');
select throws_ok($$ select pg_temp.token('00000000000000cc', repeat('ab', 32)) $$, 'PT401', null, 'an expired one does not');
select ok(revoke_ingest_token('00000000000000aa'), 'a token is revoked');
select throws_ok($$ select pg_temp.token('00000000000000aa', repeat('ab', 32)) $$, 'PT401', null, 'and lets in no longer');

select * from finish();
rollback;
