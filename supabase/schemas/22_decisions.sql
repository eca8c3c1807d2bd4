-- Everything that people decided about stored runs: who, when, why. The runs stay as they are.

create table public.benchmark_decisions (
  configuration_id uuid not null,
  id bigint generated always as identity,
  decided_at timestamptz not null default clock_timestamp(),
  decided_by text not null default benchmark_private.decided_by(),
  kind text not null,
  snapshot_version integer,
  from_version integer,
  last_version integer not null,
  series text,
  metric text,
  resolution text,
  reason text,
  constraint benchmark_decisions_pkey primary key (configuration_id, id),
  constraint benchmark_decisions_configuration_fkey foreign key (configuration_id)
    references public.benchmark_configurations (id),
  constraint benchmark_decisions_kind_check check (
    kind in ('checkout', 'baseline', 'void', 'unvoid', 'erase', 'series', 'acknowledge', 'unacknowledge')),
  constraint benchmark_decisions_acknowledge_check check (
    kind not in ('acknowledge', 'unacknowledge') or (metric is not null and (resolution is not null) = (kind = 'acknowledge'))),
  constraint benchmark_decisions_resolution_check check (resolution in ('accepted', 'false-positive')),
  constraint benchmark_decisions_reason_check check (
    length(reason) between 1 and 2000 or (reason is null and kind in ('checkout', 'baseline', 'series')))
);
comment on table public.benchmark_decisions is
  'Append-only record of what people decided: which run is current (checkout) or the baseline, which is void, whose personal data was erased, which series a configuration belongs to, which regression is acknowledged.';
comment on column public.benchmark_decisions.snapshot_version is
  'The run decided about; of a checkout or baseline what it points to now, null for none.';
comment on column public.benchmark_decisions.from_version is
  'Of a checkout or baseline, what it pointed to before.';
comment on column public.benchmark_decisions.last_version is
  'The newest version of the configuration when it was decided, so that the order of runs and decisions is known.';
comment on column public.benchmark_decisions.metric is
  'Of an acknowledgement, the metric whose regression it closes.';
comment on column public.benchmark_decisions.resolution is
  'Of an acknowledgement, why: accepted (worse, and meant to be) or false-positive.';
