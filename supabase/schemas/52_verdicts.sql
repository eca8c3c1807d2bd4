-- Judgements with the policies and references that they name.

create function benchmark_private.judgement_documents(
  p_entry public.benchmark_transactions, p_judgements benchmark_private.judgement[]
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
  select jsonb_agg(p.document || jsonb_build_object(
    'from', j.from_value,
    'to', p_entry.metrics #> p.metric_keys,
    'change', (p_entry.metrics #> p.metric_keys)::numeric - j.from_value,
    'method', j.method,
    'caveat', j.caveat,
    'n', j.n,
    'reference_version', j.reference_version,
    'reference_configuration_id', j.reference_configuration_id,
    'is_named', j.is_named,
    'verdict', j.verdict,
    'metrics', j.metrics,
    'is_ratio', j.is_ratio,
    'estimate', j.estimate,
    'margin', j.margin,
    'degrees', j.degrees)
    || case when j.method = 'paired-items' and j.verdict <> 'not-worse' then jsonb_build_object('flipped', (
      select benchmark_private.flipped_items(i, coalesce(j.reference_configuration_id, p_entry.configuration_id),
        j.reference_version, j.policy_id)
      from public.benchmark_items as i
      where i.configuration_id = p_entry.configuration_id and i.snapshot_version = p_entry.snapshot_version))
      else '{}' end order by j.position)
  from unnest(p_judgements) with ordinality as j(estimate, margin, degrees, policy_id, method, verdict,
    reference_version, n, metrics, is_ratio, is_named, is_chosen, caveat, from_value, reference_configuration_id, position)
  join public.benchmark_policies as p on p.id = j.policy_id);
end;
$$;
comment on function benchmark_private.judgement_documents(public.benchmark_transactions, benchmark_private.judgement[]) is
  'The judgements of a run with the policies that they were made by, as judge() gives them: a JSON array, null when there is none. What follows from them is added where it is shown: interval, p-value, what would settle it. Takes no lock.';

create function benchmark_private.run_reference(p_run public.benchmark_transactions) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'configuration', jsonb_build_object(
      'id', p_run.configuration_id,
      'model_version', p_run.model_version,
      'dataset_version', p_run.dataset_version,
      'prompt_version', p_run.prompt_version,
      'environment', p_run.environment,
      'variant', p_run.variant),
    'snapshot_version', p_run.snapshot_version,
    'commit_sha', p_run.commit_sha);
end;
$$;
comment on function benchmark_private.run_reference(public.benchmark_transactions) is
  'A run as receipts name one that another was compared with: {configuration, snapshot_version, commit_sha}.';

create function benchmark_private.judgement_references(
  p_configuration_id uuid, p_previous_version integer, p_judgements benchmark_private.judgement[]
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_agg(benchmark_private.run_reference(r))
    from (
      select distinct coalesce(j.reference_configuration_id, p_configuration_id) as configuration_id, j.reference_version
      from unnest(p_judgements) as j
      where j.reference_configuration_id is not null or j.reference_version is distinct from p_previous_version
    ) as j
    join public.benchmark_transactions as r
      on r.configuration_id = j.configuration_id and r.snapshot_version = j.reference_version);
end;
$$;
comment on function benchmark_private.judgement_references(uuid, integer, benchmark_private.judgement[]) is
  'The runs that a run of a configuration was compared with, each once, but for the one before it (p_previous_version): [{configuration, snapshot_version, commit_sha}]; null when there is none. Takes no lock.';

create view public.benchmark_judgements with (security_invoker = true) as
select
  t.configuration_id,
  t.snapshot_version,
  t.published,
  t.created_at,
  p.metric,
  j.verdict::text as verdict,
  j.method::text as method,
  j.caveat,
  p.severity,
  p.better,
  coalesce(j.reference_configuration_id, t.configuration_id) as reference_configuration_id,
  j.reference_version as from_version,
  j.from_value,
  (t.metrics #> p.metric_keys)::numeric as to_value,
  p.limit_kind,
  p.limit_value,
  j.n,
  j.is_ratio,
  j.estimate,
  j.margin,
  case when j.method = 'history' then (t.metrics #> p.metric_keys)::numeric - p.sign * j.estimate::numeric
    else j.from_value end as basis_value,
  j.is_chosen,
  t.verdict as run_verdict,
  t.measured_at
from public.benchmark_transactions as t
cross join lateral unnest(t.judgements) as j
join public.benchmark_policies as p on p.id = j.policy_id
where t.judgements is not null;
comment on view public.benchmark_judgements is
  'What was found of each run when it was stored, a row a policy, with the evidence: estimate (below 0 is worse) plus and minus margin is the interval, of logarithms where is_ratio. basis_value is what the estimate is the distance from: the median of a history, else from_value; is_chosen where compare_to named the reference.';

create table public.benchmark_replayed_judgements (
  configuration_id uuid not null,
  snapshot_version integer not null,
  policy_id integer not null,
  replayed_at timestamptz not null default clock_timestamp(),
  judgement benchmark_private.judgement not null,
  constraint benchmark_replayed_judgements_pkey primary key (configuration_id, snapshot_version, policy_id)
);
comment on table public.benchmark_replayed_judgements is
  'What a policy that was set later found worse among the runs before it. Beside the verdicts that were stored with the runs, which stay.';

create view public.benchmark_regressions with (security_invoker = true) as
select j.configuration_id, j.snapshot_version, j.metric, j.severity, j.better, j.reference_configuration_id, j.from_version,
  j.from_value, j.to_value, j.limit_kind, j.limit_value, j.published, j.created_at, null::timestamptz as replayed_at,
  j.basis_value, j.is_chosen, j.measured_at
from public.benchmark_judgements as j
-- The verdict of the run, too: it has an index.
where j.run_verdict = 'worse' and j.verdict = 'worse'
union all
select t.configuration_id, t.snapshot_version, p.metric, p.severity, p.better,
  coalesce((r.judgement).reference_configuration_id, t.configuration_id), (r.judgement).reference_version,
  (r.judgement).from_value, (t.metrics #> p.metric_keys)::numeric, p.limit_kind, p.limit_value, t.published, t.created_at,
  r.replayed_at,
  case when (r.judgement).method = 'history' then (t.metrics #> p.metric_keys)::numeric - p.sign * ((r.judgement).estimate)::numeric
    else (r.judgement).from_value end,
  false, t.measured_at
from public.benchmark_replayed_judgements as r
join public.benchmark_policies as p on p.id = r.policy_id
join public.benchmark_transactions as t
  on t.configuration_id = r.configuration_id and t.snapshot_version = r.snapshot_version;
comment on view public.benchmark_regressions is
  'What each run was found worse in, when it was stored by the policies of that time, or by a policy that was set later (replayed_at).';
