-- Metrics by JSON pointer, and the five scores that have columns of their own.

create function benchmark_private.scores()
returns table (metric text, key text, is_fraction boolean)
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  values
    ('/f1', 'f1', true),
    ('/precision', 'precision', true),
    ('/recall', 'recall', true),
    ('/latency_ms', 'latency_ms', false),
    ('/analysis_cost', 'analysis_cost', false);
$$;
comment on function benchmark_private.scores() is
  'The numbers that have columns of their own in benchmark_transactions: their JSON pointer, their key in the metrics, and whether they are fractions from 0 to 1.';

create function benchmark_private.metric_pointer(p_metric text) returns text
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return case when left(p_metric, 1) = '/' then p_metric else '/' || p_metric end;
end;
$$;
comment on function benchmark_private.metric_pointer(text) is
  'A metric as the JSON pointer that it is stored under: f1 is taken for /f1.';

create function benchmark_private.metric_keys(p_metric text) returns text[]
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keys text[] := array[]::text[];
  v_key text;
begin
  if length(p_metric) > 1000 then
    -- As long as metric_leaves() shows one, and a policy takes one.
    return null;
  end if;
  foreach v_key in array
    string_to_array(substr(benchmark_private.metric_pointer(p_metric), 2), '/') loop
    -- ~1 first: ~01 stands for ~1 and not for /.
    v_keys := v_keys || replace(replace(v_key, '~1', '/'), '~0', '~');
  end loop;
  return v_keys;
end;
$$;
comment on function benchmark_private.metric_keys(text) is
  'The keys of a JSON pointer (RFC 6901), for the operators #> and #>>; null for one of over 1000 characters. f1 is taken for /f1.';

create function benchmark_private.metric_number(p_metrics jsonb, p_keys text[]) returns numeric
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_value jsonb := p_metrics #> p_keys;
begin
  -- Looked at first: a metric that is text in one run must not make that run fail.
  return case when jsonb_typeof(v_value) = 'number' then v_value::numeric end;
end;
$$;
comment on function benchmark_private.metric_number(jsonb, text[]) is
  'The number at a path of a metrics document; null when there is none or something else stands there.';

create function benchmark_private.percent_change(p_from numeric, p_to numeric) returns numeric
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return (p_to - p_from) / nullif(abs(p_from), 0) * 100;
end;
$$;
comment on function benchmark_private.percent_change(numeric, numeric) is
  'By how many percent of |p_from| p_to differs from it; null when p_from is 0. Of the absolute value, so that the sign is the direction of the change for negative numbers, too.';

create function benchmark_private.metric_leaves(p_document jsonb)
returns table (path text, value numeric)
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  -- What the ingest function lets in has at most 5,000 numbers under keys of at most 200
  -- characters. Bounded here as well: reading must not depend on who wrote. A row is a number and
  -- the pointer to it, so a long key above many numbers would be copied as often.
  with recursive nodes as (
    select ''::text as path, p_document as node
    union all
    select n.path || '/' || child.key, child.value
    from nodes as n
    cross join lateral (
      select replace(replace(e.key, '~', '~0'), '/', '~1') as key, e.value
      from jsonb_each(case when jsonb_typeof(n.node) = 'object' then n.node else '{}' end) as e
      where length(e.key) <= 200
      union all
      select (a.ordinality - 1)::text, a.value
      from jsonb_array_elements(
        case when jsonb_typeof(n.node) = 'array' then n.node else '[]' end)
        with ordinality as a
    ) as child
    where length(n.path) < 1000 and jsonb_typeof(child.value) in ('number', 'object', 'array')
  )
  select n.path, n.node::numeric
  from nodes as n
  where jsonb_typeof(n.node) = 'number'
  limit 5000;
$$;
comment on function benchmark_private.metric_leaves(jsonb) is
  'The numbers in a document with their JSON pointers (RFC 6901), the outermost first: at most 5000, and none below a key of over 200 or a pointer of over 1000 characters.';
