-- Which projects of which CI systems may write, and what of it is published.

create domain benchmark_private.issuer_kind as text
  constraint issuer_kind_check check (value in ('github', 'gitlab', 'circleci', 'buildkite'));
comment on domain benchmark_private.issuer_kind is
  'Whose tokens an issuer signs, and so which claims they have.';

create table benchmark_private.issuers (
  url text not null,
  kind benchmark_private.issuer_kind not null,
  added_at timestamptz not null default clock_timestamp(),
  constraint issuers_pkey primary key (url),
  constraint issuers_url_check check (url ~ '^https://[^[:space:][:cntrl:]?#]+[^/]$'
    or url ~ '^http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?(/[^[:space:][:cntrl:]?#]*)?$')
);
comment on table benchmark_private.issuers is
  'Issuers beyond the public ones that may be trusted: a GitHub Enterprise Server, a GitLab of one''s own. url is exactly the iss of the tokens.';

create function benchmark_private.is_public_issuer(p_url text, p_kind text) returns boolean
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return case p_kind
    when 'github' then p_url = 'https://token.actions.githubusercontent.com'
    when 'gitlab' then p_url = 'https://gitlab.com'
    when 'buildkite' then p_url = 'https://agent.buildkite.com'
    -- One an organization.
    when 'circleci' then p_url ~ '^https://oidc\.circleci\.com/org/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    else false
  end;
end;
$$;
comment on function benchmark_private.is_public_issuer(text, text) is
  'Whether an issuer is the one that everybody uses of a CI system, and needs no entry in issuers.';

create table benchmark_private.trust_rules (
  id bigint generated always as identity,
  kind benchmark_private.issuer_kind not null default 'github',
  issuer text not null,
  repository text not null,
  repository_id text not null,
  repository_owner_id text not null,
  workflow text,
  ref_pattern text,
  github_environment text,
  environments benchmark_private.environment_label[] not null,
  allows_candidates boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  removed_at timestamptz,
  constraint trust_rules_pkey primary key (id),
  constraint trust_rules_issuer_check check (issuer ~ '^https?://[^[:space:][:cntrl:]?#]+[^/]$'),
  constraint trust_rules_repository_check check (repository ~ '^[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)+$'
    and (kind <> 'github' or repository ~ '^[^/]+/[^/]+$')),
  constraint trust_rules_ids_check check (
    case when kind in ('github', 'gitlab') then repository_id ~ '^[0-9]+$' and repository_owner_id ~ '^[0-9]+$'
      else repository_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        and repository_owner_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' end),
  constraint trust_rules_github_check check (kind = 'github' or (workflow is null and github_environment is null)),
  constraint trust_rules_workflow_check check (workflow ~ '^([A-Za-z0-9._-]+/[A-Za-z0-9._-]+/)?\.github/workflows/[^/]+\.ya?ml$'),
  constraint trust_rules_ref_pattern_check check (ref_pattern ~ '^refs/[^[:cntrl:]]+$'),
  constraint trust_rules_environments_check check (cardinality(environments) > 0)
);
create index trust_rules_repository_id_idx on benchmark_private.trust_rules (repository_id);
comment on table benchmark_private.trust_rules is
  'Which projects may write. issuer, repository_id and repository_owner_id decide (of GitLab the ids of project and namespace, of CircleCI of project and organization, of Buildkite of pipeline and organization); repository is for people, because a name can be deleted and taken by somebody else; of CircleCI it decides, too, because only it tells a fork (unless it is the two ids: then nobody said it). Removed rules stay, so that an old entry''s rule can be looked up.';
comment on column benchmark_private.trust_rules.issuer is
  'Exactly the iss of the tokens: ids of one GitHub server mean nothing on another.';
comment on column benchmark_private.trust_rules.workflow is
  'Path of the only workflow file allowed, or null for any. With OWNER/REPO/ in front: a reusable workflow of another repository.';
comment on column benchmark_private.trust_rules.ref_pattern is
  'Pattern of the git refs that are published, or null for any: * stands for any characters but /, ** for any. Runs of other refs are candidates.';
comment on column benchmark_private.trust_rules.allows_candidates is
  'Whether runs that this rule does not publish may be stored as candidates; else they are refused.';

create function benchmark_private.ref_matches(p_ref text, p_pattern text) returns boolean
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- As a rule a pattern is a name, and needs no regular expression.
  return p_pattern is null or p_ref = p_pattern or (strpos(p_pattern, '*') > 0 and p_ref ~ ('^' ||
    replace(replace(replace(
      regexp_replace(p_pattern, '([].+?^${}()|[\\])', '\\\1', 'g'),
      '**', E'\x01'), '*', '[^/]*'), E'\x01', '.*')
    || '$'));
end;
$$;
comment on function benchmark_private.ref_matches(text, text) is
  'Whether a git ref matches a pattern in which * stands for any characters but / and ** for any, as in GitHub''s branch filters. A null pattern is matched by every ref.';

create function benchmark_private.workflow_matches(p_claims jsonb, p_workflow text) returns boolean
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  -- The name in the token and not the one in the rule: the repository may have been renamed.
  v_path text := case when p_workflow like '.github/%' then (p_claims ->> 'repository') || '/' || p_workflow
    else p_workflow end;
begin
  -- What follows the path must be @refs/… or @<commit>: a file name may hold an @, and
  -- "bench.yml@evil.yml" must not pass for "bench.yml".
  return p_workflow is null or (
    starts_with(p_claims ->> 'job_workflow_ref', v_path || '@')
    and substr(p_claims ->> 'job_workflow_ref', length(v_path) + 2) ~ '^(refs/|[0-9a-f]{40,64}$)');
end;
$$;
comment on function benchmark_private.workflow_matches(jsonb, text) is
  'Whether job_workflow_ref of the token''s claims is the given workflow file at any ref; a null file allows every workflow.';

create function benchmark_private.may_publish(p_ref text) returns boolean
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return p_ref like 'refs/%' and p_ref not like 'refs/pull/%' and p_ref not like 'refs/merge-requests/%'
    and p_ref not like 'refs/heads/gh-readonly-queue/%';
end;
$$;
comment on function benchmark_private.may_publish(text) is
  'Whether what ran on a git ref can be published at all: what a pull request or a merge queue ran on is not what the team has accepted, whatever the pattern of a rule says.';

create function benchmark_private.origin_path(p_origin text) returns text
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_path text := lower(p_origin);
begin
  if v_path ~ '^[a-z+]+://' then
    v_path := regexp_replace(v_path, '^[a-z+]+://([^/@]*@)?([^/:@]+)(:[0-9]+)?/', '\2/');
  else
    -- As ssh writes it: git@host:owner/name. Whatever else has an @ or a colon is no address of a repository.
    v_path := regexp_replace(v_path, '^[^/:@]+@([^/:@]+):/?', '\1/');
  end if;
  return regexp_replace(v_path, '(\.git)?/*$', '');
end;
$$;
comment on function benchmark_private.origin_path(text) is
  'The address of a repository, however it is written, as host/owner/name in lower case: github.com/owner/name for https://github.com/Owner/name.git, ssh://git@github.com:22/owner/name and git@github.com:owner/name.';

create function benchmark_private.job_of(p_principal jsonb) returns jsonb
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_claims jsonb := p_principal -> 'claims';
begin
  return coalesce(p_principal -> 'job', jsonb_build_object(
    'project', v_claims -> 'repository', 'project_id', v_claims -> 'repository_id',
    'owner_id', v_claims -> 'repository_owner_id', 'ref', v_claims -> 'ref', 'event_name', v_claims -> 'event_name',
    'may_publish', v_claims ->> 'event_name' not in ('pull_request', 'merge_group')));
end;
$$;
comment on function benchmark_private.job_of(jsonb) is
  'What trust rules decide by, the same for every CI system: {project, project_id, owner_id, ref, event_name, may_publish}. The function says it; for a GitHub principal without it, it follows from the claims.';

create function benchmark_private.authorize_job(
  p_principal jsonb,
  out environments text[],
  out publishing benchmark_private.trust_rules[],
  out candidate_environments text[],
  out trust_rules bigint[]
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_issuer text := p_principal ->> 'issuer';
  v_kind text := replace(p_principal ->> 'method', '-oidc', '');
  v_claims jsonb := p_principal -> 'claims';
  v_job jsonb := benchmark_private.job_of(p_principal);
  v_repository text := v_job ->> 'project';
  v_project_id text := v_job ->> 'project_id';
  v_owner_id text := v_job ->> 'owner_id';
  v_ref text := v_job ->> 'ref';
  v_may_publish boolean := v_job @> '{"may_publish": true}' and benchmark_private.may_publish(v_ref);
  v_strict_environments text[] := '{}'::text[];
  v_strict_rules bigint[] := '{}'::bigint[];
  v_rule benchmark_private.trust_rules;
  v_publishes boolean;
  v_failed text;
  v_expected text;
  v_rule_id bigint;
  v_rule_repository text;
  v_claim text;
begin
  publishing := array[]::benchmark_private.trust_rules[];
  candidate_environments := array[]::text[];
  -- Rule by rule: what one rule publishes says nothing of the labels of another.
  for v_rule in
    select r.*
    from benchmark_private.trust_rules as r
    where r.repository_id = v_project_id
      and r.repository_owner_id = v_owner_id
      and r.issuer = v_issuer
      and r.kind = v_kind
      and r.removed_at is null
      -- The id is that of the project that runs the job, also for a fork.
      and (v_kind <> 'circleci' or r.repository = r.repository_owner_id || '/' || r.repository_id
        or lower(r.repository) = benchmark_private.origin_path(v_repository))
    order by r.id
  loop
    continue when v_rule.workflow is not null and not benchmark_private.workflow_matches(v_claims, v_rule.workflow);
    continue when lower(v_rule.github_environment) <> lower(coalesce(v_claims ->> 'environment', ''));
    v_publishes := v_may_publish and benchmark_private.ref_matches(v_ref, v_rule.ref_pattern);
    if not v_publishes and not v_rule.allows_candidates then
      v_strict_environments := v_strict_environments || v_rule.environments::text[];
      v_strict_rules := v_strict_rules || v_rule.id;
      continue;
    end if;
    trust_rules := trust_rules || v_rule.id;
    environments := case when environments is null then v_rule.environments::text[]
      else array(select distinct e from unnest(environments || v_rule.environments::text[]) as e order by e) end;
    if v_publishes then
      publishing := publishing || v_rule;
    end if;
    if v_rule.allows_candidates then
      candidate_environments := candidate_environments || v_rule.environments::text[];
    end if;
  end loop;
  if p_principal @> '{"dry_run": true}' then
    -- Comparing stores nothing, so a rule that refuses candidates lets them compare; where another
    -- rule lets them be stored, the answer is that rule's.
    if environments is null and v_strict_rules <> '{}' then
      environments := v_strict_environments;
      trust_rules := v_strict_rules;
    end if;
    candidate_environments := environments;
  end if;
  if environments is not null then
    return;
  end if;

  -- Refused. Name the claim that failed in the rule that came closest.
  select case
      when r.issuer <> v_issuer then 'iss'
      when r.repository_owner_id is distinct from v_owner_id then 'owner_id'
      when r.repository_id is distinct from v_project_id then 'project_id'
      when v_kind = 'circleci' and r.repository <> r.repository_owner_id || '/' || r.repository_id
        and lower(r.repository) is distinct from benchmark_private.origin_path(v_repository) then 'vcs-origin'
      when not benchmark_private.workflow_matches(v_claims, r.workflow) then 'job_workflow_ref'
      when lower(r.github_environment) is distinct from lower(v_claims ->> 'environment')
        and r.github_environment is not null then 'environment'
      when v_may_publish then 'ref'
      else 'event_name'
    end,
    case when v_may_publish then r.ref_pattern end, r.id, r.repository
  into v_failed, v_expected, v_rule_id, v_rule_repository
  from benchmark_private.trust_rules as r
  where r.removed_at is null
    and r.kind = v_kind
    and (lower(r.repository) = lower(v_repository) or r.repository_id = v_project_id)
  order by
    r.issuer = v_issuer desc,
    (r.repository_id = v_project_id)::integer + (r.repository_owner_id = v_owner_id)::integer desc,
    benchmark_private.workflow_matches(v_claims, r.workflow) desc,
    r.github_environment is null desc,
    r.id
  limit 1;

  if v_failed is null then
    perform benchmark_private.refuse(403, 'untrusted_repository', case v_kind
      when 'github' then format(
        'Claim repository: no trust rule names %s (repository_id %s, repository_owner_id %s) of %s. Add one with: deno task admin trust add --repository %s --repository-id %s --owner-id %s --ref BRANCH',
        v_repository, v_project_id, v_owner_id, v_issuer, v_repository, v_project_id, v_owner_id)
      when 'gitlab' then format(
        'Claim project_id: no trust rule names %s (project_id %s, namespace_id %s) of %s. Add one with: deno task admin trust add --issuer %s --project %s --project-id %s --namespace-id %s --ref BRANCH',
        v_repository, v_project_id, v_owner_id, v_issuer, v_issuer, v_repository, v_project_id, v_owner_id)
      when 'circleci' then format(
        'Claim project-id: no trust rule names project %s of %s (vcs-origin %s). Add one with: deno task admin trust add --issuer %s --project %s --project-id %s --ref BRANCH',
        v_project_id, v_issuer, coalesce(nullif(v_repository, ''), 'none'), v_issuer,
        coalesce(nullif(benchmark_private.origin_path(v_repository), ''), 'HOST/OWNER/NAME'), v_project_id)
      else format(
        'Claim pipeline_id: no trust rule names %s (pipeline_id %s, organization_id %s). Add one with: deno task admin trust add --issuer buildkite --project %s --pipeline-id %s --organization-id %s --ref BRANCH',
        v_repository, v_project_id, v_owner_id, v_repository, v_project_id, v_owner_id) end);
  elsif v_failed = 'iss' then
    perform benchmark_private.refuse(403, 'claim_mismatch', format(
      'Claim iss: the trust rule for %s is for another issuer than %s.', v_repository, v_issuer));
  elsif v_failed in ('project_id', 'owner_id') then
    v_claim := case
      when v_failed = 'project_id' then case v_kind
        when 'github' then 'repository_id' when 'buildkite' then 'pipeline_id' else 'project_id' end
      else case v_kind
        when 'github' then 'repository_owner_id' when 'gitlab' then 'namespace_id' else 'organization_id' end
    end;
    perform benchmark_private.refuse(403, 'claim_mismatch', format(
      'Claim %s: the trust rule for %s names another id than the token (%s). A %s, or transferred, has new ids: remove the rule and add it anew.',
      v_claim, v_repository, v_job ->> v_failed,
      case when v_kind = 'github' then 'repository deleted and made again' else 'project deleted and made again' end));
  elsif v_failed = 'vcs-origin' then
    perform benchmark_private.refuse(403, 'claim_mismatch', format(
      'Claim vcs-origin: the trust rule is for the repository %s, and the build is of %s. A build of a fork may write nothing. If it is no fork: deno task admin trust remove %s, and add it with --project %s',
      v_rule_repository, coalesce(quote_literal(nullif(v_repository, '')), 'none'), v_rule_id,
      coalesce(nullif(benchmark_private.origin_path(v_repository), ''), 'HOST/OWNER/NAME')));
  elsif v_failed in ('ref', 'event_name') then
    perform benchmark_private.refuse(403, 'claim_mismatch', format(
      'Claim %s: no trust rule of %s publishes %s of the ref %s%s, and candidates are refused (--no-candidates).',
      v_failed, v_repository, v_job ->> 'event_name', quote_literal(v_ref),
      coalesce(' (the rule says ' || v_expected || ')', '')));
  else
    perform benchmark_private.refuse(403, 'claim_mismatch', format(
      'Claim %s: no trust rule of %s allows %s.', v_failed, v_repository,
      coalesce(quote_literal(v_claims ->> v_failed), 'a token without it')));
  end if;
end;
$$;
comment on function benchmark_private.authorize_job(jsonb) is
  'What a verified token of a CI job may write: the environment labels of every trust rule that it meets, those rules whose ref pattern it meets, too, because they publish, the labels under which it may store candidates, and the ids of the rules. Issuer and ids decide, names do not. A rule that refuses candidates counts only where it publishes, or where nothing else is met for a principal with "dry_run": true. Raises PT403 naming the claim that failed.';

create function public.add_trust_rule(
  p_repository text,
  p_repository_id text,
  p_repository_owner_id text,
  p_environments text[],
  p_workflow text default null,
  p_ref_pattern text default null,
  p_github_environment text default null,
  p_issuer text default 'https://token.actions.githubusercontent.com',
  p_allows_candidates boolean default true
) returns bigint
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into benchmark_private.trust_rules (
    issuer, repository, repository_id, repository_owner_id, environments, workflow, ref_pattern,
    github_environment, allows_candidates)
  values (
    p_issuer, p_repository, p_repository_id, p_repository_owner_id, p_environments,
    case when p_workflow not like '%/%' then '.github/workflows/' || p_workflow else p_workflow end,
    case when p_ref_pattern not like 'refs/%' then 'refs/heads/' || p_ref_pattern else p_ref_pattern end,
    p_github_environment, p_allows_candidates)
  returning id;
$$;
comment on function public.add_trust_rule(text, text, text, text[], text, text, text, text, boolean) is
  'Lets a GitHub repository, given by its name and its numeric ids, write the given environment labels; optionally only from one workflow file and one GitHub environment. Runs of refs that match the pattern (a bare name is a branch, null is any ref) are published, others are candidates or, without p_allows_candidates, refused. Returns the id of the rule. For service_role. Raises 23514 or 23502 for a value that is malformed or missing.';

create function public.add_ci_trust_rule(
  p_kind text,
  p_issuer text,
  p_project text,
  p_project_id text,
  p_owner_id text,
  p_environments text[],
  p_ref_pattern text default null,
  p_allows_candidates boolean default true
) returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  -- What it is compared with is written in the same way.
  v_project text := case when p_kind = 'circleci' then benchmark_private.origin_path(p_project) else p_project end;
  v_id bigint;
begin
  if p_kind = 'circleci' and v_project !~ '^[a-z0-9._~-]+(/[a-z0-9._~-]+){2,}$' and v_project <> lower(p_owner_id || '/' || p_project_id) then
    perform benchmark_private.refuse(422, 'validation_failed', format(
      'The project of CircleCI must be the address of its repository, such as github.com/owner/name: current value is %s', p_project));
  end if;
  if not benchmark_private.is_public_issuer(p_issuer, p_kind)
    and not exists (select from benchmark_private.issuers as i where i.url = p_issuer and i.kind = p_kind)
  then
    perform benchmark_private.refuse(422, 'validation_failed', format(
      '%s is not a known issuer of %s. Allow it first: deno task admin issuer add --url %s --kind %s', p_issuer, p_kind, p_issuer, p_kind));
  end if;
  insert into benchmark_private.trust_rules (
    kind, issuer, repository, repository_id, repository_owner_id, environments, ref_pattern, allows_candidates)
  values (
    p_kind, p_issuer, v_project, lower(p_project_id), lower(p_owner_id), p_environments,
    case when p_ref_pattern not like 'refs/%' then 'refs/heads/' || p_ref_pattern else p_ref_pattern end,
    p_allows_candidates)
  returning id into v_id;
  return v_id;
end;
$$;
comment on function public.add_ci_trust_rule(text, text, text, text, text, text[], text, boolean) is
  'Lets a project of GitLab, CircleCI or Buildkite write the given environment labels: p_project is its path, for people (of CircleCI the address of its repository, which decides, too), p_project_id and p_owner_id are its ids (GitLab: project and namespace; CircleCI: project and organization; Buildkite: pipeline and organization). The issuer must be a public one or one of issuers. The rest is as in add_trust_rule(). For service_role. Raises PT422, and 23514 or 23502 for a value that is malformed or missing.';

create function public.add_issuer(p_url text, p_kind text) returns boolean
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into benchmark_private.issuers as i (url, kind) values (p_url, p_kind)
  on conflict on constraint issuers_pkey do update set kind = excluded.kind
  returning true;
$$;
comment on function public.add_issuer(text, text) is
  'Allows trust rules for an issuer beyond the public ones: exactly the iss of its tokens, and whose they are (github, gitlab, circleci, buildkite). For service_role. Raises 23514 for one that is malformed.';

create function public.remove_issuer(p_url text) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from benchmark_private.issuers as i where i.url = p_url;
  return found;
end;
$$;
comment on function public.remove_issuer(text) is
  'Ends an issuer that was allowed: its tokens are refused from then on, whatever rules name it. False when it was none. For service_role.';

create function public.list_issuers() returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('url', i.url, 'kind', i.kind, 'added_at', i.added_at,
    'rules', (select count(*) from benchmark_private.trust_rules as r where r.issuer = i.url and r.kind = i.kind and r.removed_at is null))
    order by i.url), '[]')
  from benchmark_private.issuers as i;
$$;
comment on function public.list_issuers() is
  'The issuers that were allowed beyond the public ones: [{url, kind, added_at, rules}]. For service_role.';

create function public.list_trusted_issuers() returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '5s'
as $$
  select coalesce(jsonb_agg(jsonb_build_object('url', t.issuer, 'kind', t.kind) order by t.issuer), '[]')
  from (
    select distinct r.issuer, r.kind
    from benchmark_private.trust_rules as r
    where r.removed_at is null
      and (benchmark_private.is_public_issuer(r.issuer, r.kind)
        or exists (select from benchmark_private.issuers as i where i.url = r.issuer and i.kind = r.kind))
  ) as t;
$$;
comment on function public.list_trusted_issuers() is
  'The issuers that rules in force name and that are public or were allowed: [{url, kind}]. Tokens of any other are refused before a key is fetched. For service_role.';

create function public.list_trust_rules() returns table (
  id bigint,
  kind text,
  issuer text,
  repository text,
  repository_id text,
  repository_owner_id text,
  workflow text,
  ref_pattern text,
  github_environment text,
  environments text[],
  allows_candidates boolean,
  created_at timestamptz
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select r.id, r.kind::text, r.issuer, r.repository, r.repository_id, r.repository_owner_id, r.workflow, r.ref_pattern,
    r.github_environment, r.environments::text[], r.allows_candidates, r.created_at
  from benchmark_private.trust_rules as r
  where r.removed_at is null
  order by r.repository, r.id;
$$;
comment on function public.list_trust_rules() is 'The trust rules in force. For service_role.';

create function public.remove_trust_rule(p_id bigint) returns boolean
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with removed as (
    update benchmark_private.trust_rules as r
    set removed_at = clock_timestamp()
    where r.id = p_id and r.removed_at is null
    returning 1
  )
  select exists (select from removed);
$$;
comment on function public.remove_trust_rule(bigint) is
  'Ends a trust rule; false when there is none in force with that id. For service_role.';
