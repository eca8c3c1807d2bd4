-- Trust rules and ingest tokens: which credential may write what, and which claim is named.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(77);

create function pg_temp.principal(p_changes jsonb default '{}', p_issuer text default 'https://token.actions.githubusercontent.com') returns jsonb language sql as $$
  select jsonb_build_object('method', 'github-oidc', 'issuer', p_issuer, 'attested', '{}'::jsonb, 'claims',
    '{"repository": "octo/bench", "repository_id": "11", "repository_owner_id": "22", "event_name": "push",
      "job_workflow_ref": "octo/bench/.github/workflows/bench.yml@refs/heads/main", "ref": "refs/heads/main"}'::jsonb || p_changes);
$$;
create function pg_temp.environments(p_changes jsonb default '{}') returns text[] language sql as $$
  select (benchmark_private.authorize_job(pg_temp.principal(p_changes))).environments;
$$;
create function pg_temp.publishing(p_changes jsonb default '{}') returns integer language sql as $$
  select coalesce(cardinality((benchmark_private.authorize_job(pg_temp.principal(p_changes))).publishing), 0);
$$;
create function pg_temp.token(p_id text, p_hash text) returns text[] language sql as $$
  select benchmark_private.authorize_token(p_id, decode(p_hash, 'hex'));
$$;

select throws_like($$ select pg_temp.environments() $$, '%Claim repository: no trust rule names octo/bench%', 'without a rule the repository is named');
select throws_ok($$ select pg_temp.environments() $$, 'PT403', null, 'with 403');

select ok(add_trust_rule('octo/bench', '11', '22', '{github-actions}') > 0, 'a rule is added');
select throws_like($$ select benchmark_private.authorize_job(pg_temp.principal('{}', 'https://ghes.example/_services/token')) $$, '%Claim iss:%', 'a server of one''s own does not speak for github.com');
select is((benchmark_private.authorize(pg_temp.principal())).principal, 'github:token.actions.githubusercontent.com:11', 'a principal is kind, issuer and id');
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
select is(pg_temp.publishing('{"environment": "prod"}'), 1, 'and publishes it');
select is(pg_temp.environments('{"environment": "prod", "ref": "refs/heads/dev"}'), '{staging}', 'what is of another ref may be written');
select is(pg_temp.publishing('{"environment": "prod", "ref": "refs/heads/dev"}'), 0, 'as a candidate');
select is(pg_temp.publishing('{"environment": "prod", "event_name": "merge_group"}'), 0, 'as is what a merge group ran');
select is(pg_temp.publishing('{"environment": "prod", "event_name": "pull_request"}'), 0, 'and a pull request, whatever its ref');
select throws_like($$ select pg_temp.environments('{"environment": "prod", "job_workflow_ref": "octo/bench/.github/workflows/evil.yml@refs/heads/main"}') $$, '%Claim job_workflow_ref%', 'names another workflow');
select throws_like($$ select pg_temp.environments('{"environment": "prod", "job_workflow_ref": "octo/bench/.github/workflows/bench.yml@evil.yml@refs/heads/main"}') $$, '%Claim job_workflow_ref%', 'a file name with @ is not the workflow');
select throws_like($$ select pg_temp.environments('{"environment": "prod", "job_workflow_ref": "evil/bench/.github/workflows/bench.yml@refs/heads/main"}') $$, '%Claim job_workflow_ref%', 'nor is a file of that name in another repository');
select is(pg_temp.environments('{"environment": "prod", "job_workflow_ref": "octo/bench/.github/workflows/bench.yml@0123456789012345678901234567890123456789"}'), '{staging}', 'a workflow pinned by commit is');

select ok(add_trust_rule('octo/bench', '11', '22', '{local}', 'evil.yml', 'refs/tags/v*') > 0, 'a second rule of the same repository');
select is(pg_temp.environments('{"ref": "refs/tags/v1", "job_workflow_ref": "octo/bench/.github/workflows/evil.yml@refs/tags/v1"}'), '{local}', 'only gives what itself allows');

select ok(benchmark_private.ref_matches('refs/heads/main', 'refs/heads/main'), 'a ref matches itself');
select ok(not benchmark_private.ref_matches('refs/heads/main2', 'refs/heads/main'), 'but no longer one');
select ok(not benchmark_private.ref_matches('refs/heads/mainX', 'refs/heads/main.'), 'a dot is a dot');
select is((select array_agg(benchmark_private.ref_matches('refs/heads/' || x, 'refs/heads/' || x)) from unnest(array['a+b', 'a(b)', 'a[b]c', 'a{2}', '^a$', 'a|b', 'a.b', E'a\\b']) as x), array_fill(true, array[8]), 'signs of regular expressions are literal');
select ok(not benchmark_private.ref_matches('refs/tags/v1', 'refs/heads/v*'), 'a branch pattern means no tag');
select ok(benchmark_private.ref_matches('refs/heads/release/1', 'refs/heads/release/*'), '* matches a name');
select ok(not benchmark_private.ref_matches('refs/heads/release/1/x', 'refs/heads/release/*'), '* stops at a slash');
select ok(benchmark_private.ref_matches('refs/heads/release/1/x', 'refs/heads/release/**'), '** does not');
select throws_ok($$ select add_trust_rule('octo/bench', 'x', '22', '{local}') $$, '23514', null, 'an id must be a number');
select ok(add_trust_rule('octo/bench', '1', '22', '{moon-base-2}') > 0, 'an environment is any label');
select throws_ok($$ select add_trust_rule('octo/bench', '1', '22', '{Moon}') $$, '23514', null, 'of lowercase letters, digits and hyphens');
select throws_ok($$ select add_trust_rule('octo/bench', '1', '22', array[repeat('m', 41)]) $$, '23514', null, 'of at most 40 characters');
select throws_ok($$ select add_trust_rule('octo/bench', '1', '22', '{}') $$, '23514', null, 'and there must be one');
select ok(add_trust_rule('octo/strict', '31', '22', '{local}', p_ref_pattern => 'main', p_allows_candidates => false) > 0, 'a rule without candidates');
select throws_like($$ select pg_temp.environments('{"repository": "octo/strict", "repository_id": "31", "ref": "refs/tags/v1"}') $$, '%Claim ref: no trust rule of octo/strict publishes push of the ref ''refs/tags/v1'' (the rule says refs/heads/main)%', 'refuses them, and names the ref');
select throws_like($$ select pg_temp.environments('{"repository": "octo/strict", "repository_id": "31", "event_name": "pull_request", "ref": "refs/pull/7/merge"}') $$, '%Claim event_name: %', 'or the event');
select is((benchmark_private.authorize_job(pg_temp.principal('{"repository": "octo/strict", "repository_id": "31", "ref": "refs/heads/dev"}') || '{"dry_run": true}')).environments, '{local}', 'comparing is no storing');
select is(pg_temp.environments('{"repository": "octo/strict", "repository_id": "31"}'), '{local}', 'the ref itself is fine');

select create_ingest_token('00000000000000aa', repeat('ab', 32), 'good', '{local}');
select create_ingest_token('00000000000000cc', repeat('ab', 32), 'expired', '{local}', now() - interval '1 second');
select is(pg_temp.token('00000000000000aa', repeat('ab', 32)), '{local}', 'a token lets in');
select isnt((select last_used_at from list_ingest_tokens() where id = '00000000000000aa'), null, 'and its use is recorded');
select throws_ok($$ select pg_temp.token('00000000000000aa', repeat('cd', 32)) $$, 'PT403', null, 'a wrong secret does not');
select throws_ok($$ select pg_temp.token('00000000000000ff', repeat('ab', 32)) $$, 'PT403', null, 'an unknown id does not');
select throws_ok($$ select pg_temp.token('00000000000000cc', repeat('ab', 32)) $$, 'PT401', null, 'an expired one does not');
select ok(revoke_ingest_token('00000000000000aa'), 'a token is revoked');
select throws_ok($$ select pg_temp.token('00000000000000aa', repeat('ab', 32)) $$, 'PT401', null, 'and lets in no longer');

-- Issuers beyond the public ones, and other CI systems.
reset role;
select throws_like($$ select add_ci_trust_rule('gitlab', 'https://gitlab.example', 'g/p', '20', '72', '{local}', 'main') $$, '%is not a known issuer of gitlab%', 'an issuer of one''s own must be allowed first');
select add_issuer('https://gitlab.example', 'github');
select throws_like($$ select add_ci_trust_rule('gitlab', 'https://gitlab.example', 'g/p', '20', '72', '{local}', 'main') $$, '%is not a known issuer of gitlab%', 'for its own kind');
select add_issuer('https://gitlab.example', 'gitlab');
select lives_ok($$ select add_ci_trust_rule('gitlab', 'https://gitlab.example', 'g/p/q', '20', '72', '{local}', 'main') $$, 'and then is');
select throws_ok($$ select add_issuer('http://gitlab.example', 'gitlab') $$, '23514', null, 'only https');
select throws_ok($$ select add_ci_trust_rule('buildkite', 'https://agent.buildkite.com', 'o/p', '20', '72', '{local}', 'main') $$, '23514', null, 'ids of Buildkite are UUIDs');
select is(benchmark_private.origin_path(origin), 'github.com/octo/r', origin) from unnest(array[
  'github.com/octo/r', 'https://github.com/octo/r', 'https://GitHub.com/Octo/R.GIT', 'http://me:secret@github.com/octo/r/', 'ssh://git@github.com:22/octo/r.git',
  'git@github.com:octo/r.git', 'git@github.com:/octo/r']) as origin;
select isnt(benchmark_private.origin_path(origin), 'github.com/octo/r', origin) from unnest(array[
  'evil:x@github.com/octo/r', 'evil@github.com/octo/r', 'https://github.com:x@evil.example/octo/r', 'https://github.com/octo/r/x', 'https://evil.example/github.com/octo/r',
  'evil@evil.example:github.com/octo/r']) as origin;
create function pg_temp.circleci(p_project text) returns text language plpgsql as $$
declare
  v_id bigint := add_ci_trust_rule('circleci',
    'https://oidc.circleci.com/org/1c2d3e4f-0000-4000-8000-00000000000a', p_project,
    '1C2D3E4F-0000-4000-8000-00000000000b', '1c2d3e4f-0000-4000-8000-00000000000a', '{local}', 'main');
begin
  return (select repository from benchmark_private.trust_rules where id = v_id);
end $$;
select is(pg_temp.circleci('https://github.com/Octo/r.git'), 'github.com/octo/r', 'a rule names a repository as it is compared');
select is(pg_temp.circleci('1c2d3e4f-0000-4000-8000-00000000000a/1C2D3E4F-0000-4000-8000-00000000000b'),
  '1c2d3e4f-0000-4000-8000-00000000000a/1c2d3e4f-0000-4000-8000-00000000000b', 'or none, but ids');
select throws_ok($$ select pg_temp.circleci('octo/r') $$, 'PT422', null, 'one without a host could match nothing');
select is((select jsonb_agg(t -> 'url') from jsonb_array_elements(list_trusted_issuers()) as t where t ->> 'kind' = 'gitlab'), '["https://gitlab.example"]', 'it is trusted');
select remove_issuer('https://gitlab.example');
select is((select count(*)::int from jsonb_array_elements(list_trusted_issuers()) as t where t ->> 'kind' = 'gitlab'), 0, 'until it is removed, whatever rules name it');

select * from finish();
rollback;
