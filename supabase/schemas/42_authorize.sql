-- From a verified credential to what it may write.

create function benchmark_private.authorize(
  p_principal jsonb,
  out principal text,
  out environments text[],
  out publishing benchmark_private.trust_rules[],
  out candidate_environments text[],
  out provenance jsonb
)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_job record;
begin
  case p_principal ->> 'method'
    when 'ingest-token' then
      environments := benchmark_private.authorize_token(
        p_principal ->> 'token_id', decode(p_principal ->> 'secret_hash', 'hex'));
      principal := 'token:' || (p_principal ->> 'token_id');
      provenance := '{"method": "ingest-token", "attested": {}}';
    when 'github-oidc', 'gitlab-oidc', 'circleci-oidc', 'buildkite-oidc' then
      v_job := benchmark_private.authorize_job(p_principal);
      principal := replace(p_principal ->> 'method', '-oidc', '') || ':' || split_part(p_principal ->> 'issuer', '://', 2) || ':'
        || (benchmark_private.job_of(p_principal) ->> 'project_id');
      environments := v_job.environments;
      publishing := v_job.publishing;
      candidate_environments := v_job.candidate_environments;
      provenance := jsonb_build_object(
        'method', p_principal ->> 'method', 'attested', p_principal -> 'attested',
        'issuer', p_principal ->> 'issuer', 'trust_rules', v_job.trust_rules, 'claims', p_principal -> 'claims');
    when 'service-role' then
      principal := 'service_role';
      provenance := '{"method": "service-role", "attested": {}}';
    when 'import' then
      principal := 'import';
      provenance := '{"method": "import", "attested": {}}';
    else
      perform benchmark_private.refuse(401, 'invalid_credential', 'Unknown kind of principal.');
  end case;
end;
$$;
comment on function benchmark_private.authorize(jsonb) is
  'Who a verified credential is (<kind>:<issuer>:<project id>, token:<id>, service_role or import), which environment labels it may write (null: all), which trust rules publish its runs (null: all its runs are published), under which labels it may store candidates (null: all), and what is stored as provenance. p_principal is {"method": "github-oidc" (or gitlab, circleci, buildkite), "issuer", "claims", "job", "attested", "triggered_by", "head_ref"}, {"method": "ingest-token", "token_id", "secret_hash"} or, for service_role itself, {"method": "service-role"} or {"method": "import"}, which stores a history that was kept elsewhere. Raises PT401 and PT403.';

create function public.check_principal(p_principal jsonb) returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '5s'
as $$
begin
  return (benchmark_private.authorize(p_principal || '{"dry_run": true}')).principal;
end;
$$;
comment on function public.check_principal(jsonb) is
  'The name of a principal that may write or compare anything at all; p_principal as for ingest_benchmark(). For service_role. Raises PT401 and PT403.';
