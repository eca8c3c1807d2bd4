-- Paired items: the best evidence there is.

create function benchmark_private.compare_items(
  p_new public.benchmark_items,
  p_old public.benchmark_items,
  p_metric text,
  p_item_score text,
  p_sign integer,
  p_is_relative boolean,
  p_value numeric,
  out n integer,
  out estimate double precision,
  out standard_error double precision,
  out degrees double precision,
  out is_ratio boolean,
  out caveat text
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  -- What a metric is a ratio of: a / (a + b), a / (a + (b + c) / 2), or a mean, which is a / 1.
  v_scores text[] := benchmark_private.scores_of_metric(p_new, p_metric, p_item_score);
  v_is_mean boolean := cardinality(v_scores) = 1;
  v_is_boolean boolean := v_scores <@ p_new.boolean_scores;
  v_a1 double precision[];
  v_b1 double precision[];
  v_c1 double precision[];
  v_a0 double precision[];
  v_b0 double precision[];
  v_c0 double precision[];
  v_set public.benchmark_item_sets;
  v_old_set public.benchmark_item_sets;
  v_old_items integer;
  v_u1 double precision[];
  v_v1 double precision[];
  v_u0 double precision[];
  v_v0 double precision[];
  v_total record := null;
  v_groups integer;
begin
  if not coalesce(p_new.scores @> v_scores and p_old.scores @> v_scores
    and v_is_boolean = (v_scores <@ p_old.boolean_scores), false)
  then
    return;
  end if;
  begin
    v_a1 := benchmark_private.item_numbers(p_new, v_scores[1]);
    v_b1 := benchmark_private.item_numbers(p_new, v_scores[2]);
    v_c1 := benchmark_private.item_numbers(p_new, v_scores[3]);
    v_a0 := benchmark_private.item_numbers(p_old, v_scores[1]);
    v_b0 := benchmark_private.item_numbers(p_old, v_scores[2]);
    v_c0 := benchmark_private.item_numbers(p_old, v_scores[3]);
    -- A score of another name may be on another scale than the metric, percent and not a fraction.
    if p_item_score is not null and p_value is not null
      and (select abs(avg(x)::numeric - p_value) > 0.001 * greatest(1, abs(p_value)) from unnest(v_a1) as x) is not false
    then
      return;
    end if;
    -- Latencies, costs, tokens: positive, skewed, and limited by a share of themselves.
    is_ratio := p_is_relative and v_is_mean and not v_is_boolean
      and not exists (select from unnest(v_a1) as x where x <= 0) and not exists (select from unnest(v_a0) as x where x <= 0);
    if is_ratio then
      v_a1 := array(select ln(x) from unnest(v_a1) with ordinality as x(x) order by x.ordinality);
      v_a0 := array(select ln(x) from unnest(v_a0) with ordinality as x(x) order by x.ordinality);
    end if;

    select s.* into strict v_set from public.benchmark_item_sets as s where s.digest = p_new.item_set;
    if p_new.item_set = p_old.item_set and v_set.epochs is null and v_set.groups is null then
      select array_agg(r.u1) filter (where r.is_pair), array_agg(r.v1) filter (where r.is_pair),
        array_agg(r.u0) filter (where r.is_pair), array_agg(r.v0) filter (where r.is_pair),
        count(*) filter (where r.is_pair), count(r.v0 + r.u0)
      into v_u1, v_v1, v_u0, v_v0, n, v_old_items
      from (
        select p.*, p.u1 + p.v1 + p.u0 + p.v0 is not null as is_pair
        from (
          select i.a1 as u1, case when v_is_mean then 1 when v_c1 is null then i.a1 + i.b1 else i.a1 + (i.b1 + i.c1) / 2 end as v1,
            i.a0 as u0, case when v_is_mean then 1 when v_c0 is null then i.a0 + i.b0 else i.a0 + (i.b0 + i.c0) / 2 end as v0
          from unnest(v_a1, v_b1, v_c1, v_a0, v_b0, v_c0) as i(a1, b1, c1, a0, b0, c0)
        ) as p
      ) as r;
    else
      select s.* into strict v_old_set from public.benchmark_item_sets as s where s.digest = p_old.item_set;
      with new_items as materialized (
        select r.id, min(r.item_group) as item_group, avg(r.u) as u, avg(r.v) as v
        from (
          select i.id, i.item_group, i.a as u,
            case when v_is_mean then 1 when v_c1 is null then i.a + i.b else i.a + (i.b + i.c) / 2 end as v
          from unnest(v_set.ids, v_set.groups, v_a1, v_b1, v_c1) as i(id, item_group, a, b, c)
        ) as r
        where r.u + r.v is not null
        group by r.id
      ),
      old_items as materialized (
        select r.id, avg(r.u) as u, avg(r.v) as v
        from (
          select i.id, i.a as u,
            case when v_is_mean then 1 when v_c0 is null then i.a + i.b else i.a + (i.b + i.c) / 2 end as v
          from unnest(v_old_set.ids, v_a0, v_b0, v_c0) as i(id, a, b, c)
        ) as r
        where r.u + r.v is not null
        group by r.id
      )
      select array_agg(g.u1), array_agg(g.v1), array_agg(g.u0), array_agg(g.v0), sum(g.items),
        (select count(*) from old_items)
      into v_u1, v_v1, v_u0, v_v0, n, v_old_items
      from (
        select sum(a.u) as u1, sum(a.v) as v1, sum(b.u) as u0, sum(b.v) as v0, count(*) as items
        from new_items as a
        join old_items as b using (id)
        -- An id and a group of the same name are not the same.
        group by a.item_group, case when a.item_group is null then a.id end
      ) as g;
    end if;
    n := coalesce(n, 0);
    v_groups := coalesce(cardinality(v_u1), 0);
    degrees := v_groups - 1;
    if v_groups < 2 then
      caveat := case when v_groups = 0 then 'undefined' else 'too-few-items' end;
      degrees := null;
      return;
    end if;

    with g as materialized (
      select g.* from unnest(v_u1, v_v1, v_u0, v_v0) as g(u1, v1, u0, v0)
    ),
    t as (
      select sum(g.u1) as u1, sum(g.v1) as v1, sum(g.u0) as u0, sum(g.v0) as v0,
        avg((g.u1 = g.u0 and g.v1 = g.v0)::integer) as identical,
        case when v_is_boolean or not v_is_mean then 1
          else greatest(max(g.u1 / nullif(g.v1, 0)), max(g.u0 / nullif(g.v0, 0)))
            - least(min(g.u1 / nullif(g.v1, 0)), min(g.u0 / nullif(g.v0, 0))) end as range
      from g
    ),
    e as (
      select t.u1 / nullif(t.v1, 0) - t.u0 / nullif(t.v0, 0) as delta,
        case when t.v1 - g.v1 > 1e-9 * t.v1 and t.v0 - g.v0 > 1e-9 * t.v0 then
          t.u1 / nullif(t.v1, 0) - t.u0 / nullif(t.v0, 0) - ((t.u1 - g.u1) / (t.v1 - g.v1) - (t.u0 - g.u0) / (t.v0 - g.v0)) end as change
      from g cross join t
      where t.v1 > 0 and t.v0 > 0
    )
    select max(e.delta) * p_sign as delta, count(e.change) = v_groups as is_defined, var_samp(e.change) as variance,
      max(abs(e.change)) as largest, (select t.identical from t), (select t.range / nullif(t.v0, 0) from t) as floor
    into v_total
    from e;
    if v_total is null or v_total.is_defined is not true then
      caveat := 'undefined';
      degrees := null;
      return;
    end if;
    estimate := v_total.delta;
    -- Delete-one-group jackknife for a ratio of sums (MacKinnon, Nielsen and Webb 2023, "Fast and
    -- reliable jackknife and bootstrap methods for cluster-robust inference", arXiv 2301.04527; paired
    -- differences and clusters: Miller 2024, "Adding error bars to evals", arXiv 2411.00640). The second
    -- term is ours: where hardly an item changes at all, what is seen to vary is less than what can.
    standard_error := case
      when v_total.identical = 1 then v_total.floor
      else sqrt((v_groups - 1) ^ 2 / v_groups * v_total.variance
        + v_total.identical * (v_total.largest * (v_groups - 1) / v_groups) ^ 2) end;
    caveat := case
      when v_groups < 10 then 'too-few-items'
      when n < 0.95 * v_old_items then 'too-few-common-items'
      when v_total.identical = 1 then 'identical' end;
  exception when numeric_value_out_of_range then
    -- Numbers like 1e200, whose squares are no doubles: the run is stored, only nothing is proved by them.
    n := coalesce(n, 0);
    estimate := null;
    standard_error := null;
    degrees := null;
    is_ratio := false;
    caveat := 'undefined';
  end;
end;
$$;
comment on function benchmark_private.compare_items(public.benchmark_items, public.benchmark_items, text, text, integer, boolean, numeric) is
  'The change of a metric from the items of one run (p_old) to those of another, over the items that both have: n items, estimate (p_sign times new minus old; of mean logarithms where is_ratio), standard error by the delete-one-group jackknife with a floor, degrees of freedom (groups - 1), and what forbids a verdict. Precision, recall and F1 of counts tp, fp, fn, accuracy of a boolean correct, else the mean of the score p_item_score or of the metric''s own name; epochs of an item are averaged first. n is null when either run lacks the scores, or p_item_score does not give the new run''s value (p_value). Reads item sets; takes no lock.';

create function benchmark_private.item_changes(
  p_new public.benchmark_items,
  p_old public.benchmark_items,
  p_metric text,
  p_item_score text,
  p_sign integer,
  p_limit integer
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_scores text[] := benchmark_private.scores_of_metric(p_new, p_metric, p_item_score);
  v_is_mean boolean := cardinality(v_scores) = 1;
  v_new_set public.benchmark_item_sets;
  v_old_set public.benchmark_item_sets;
begin
  if not coalesce(p_new.scores @> v_scores and p_old.scores @> v_scores, false) then
    return null;
  end if;
  select s.* into strict v_new_set from public.benchmark_item_sets as s where s.digest = p_new.item_set;
  select s.* into strict v_old_set from public.benchmark_item_sets as s where s.digest = p_old.item_set;
  return (
    with new_items as (
      select i.id, min(i.item_group) as item_group, avg(i.a) as a, avg(i.b) as b, avg(i.c) as c
      from unnest(v_new_set.ids, v_new_set.groups, benchmark_private.item_numbers(p_new, v_scores[1]),
        benchmark_private.item_numbers(p_new, v_scores[2]), benchmark_private.item_numbers(p_new, v_scores[3])
      ) as i(id, item_group, a, b, c)
      where i.a is not null and (v_is_mean or i.b is not null) and (cardinality(v_scores) < 3 or i.c is not null)
      group by i.id
    ),
    old_items as (
      select i.id, avg(i.a) as a, avg(i.b) as b, avg(i.c) as c
      from unnest(v_old_set.ids, benchmark_private.item_numbers(p_old, v_scores[1]),
        benchmark_private.item_numbers(p_old, v_scores[2]), benchmark_private.item_numbers(p_old, v_scores[3])
      ) as i(id, a, b, c)
      where i.a is not null and (v_is_mean or i.b is not null) and (cardinality(v_scores) < 3 or i.c is not null)
      group by i.id
    ),
    -- Of counts, the mistakes: what was missed and what was found wrongly.
    changes as (
      select n.id, n.item_group, n.a as new_a, n.b as new_b, n.c as new_c, o.a as old_a, o.b as old_b, o.c as old_c,
        o.id is null as is_added, n.id is null as is_gone,
        case when v_is_mean then p_sign * (o.a - n.a) else n.b + coalesce(n.c, 0) - o.b - coalesce(o.c, 0) end as loss,
        case when v_is_mean then o.a = case when p_sign > 0 then 1 else 0 end
          else o.b + coalesce(o.c, 0) = 0 end as was_right
      from new_items as n
      full join old_items as o on o.id = n.id
    )
    select jsonb_build_object(
      'metric', p_metric,
      'scores', to_jsonb(v_scores),
      'common', count(c.loss),
      'added', count(*) filter (where c.is_added),
      'gone', count(*) filter (where c.is_gone),
      'worse', count(*) filter (where c.loss > 0),
      'better', count(*) filter (where c.loss < 0),
      'items', coalesce((
        select jsonb_agg(jsonb_build_object(
          'id', l.id,
          'group', l.item_group,
          'change', case when l.loss > 0 then 'worse' else 'better' end,
          'newly_failing', l.loss > 0 and l.was_right,
          'from', (select jsonb_object_agg(s.score, s.number) from unnest(v_scores, array[l.old_a, l.old_b, l.old_c]) as s(score, number) where s.score is not null),
          'to', (select jsonb_object_agg(s.score, s.number) from unnest(v_scores, array[l.new_a, l.new_b, l.new_c]) as s(score, number) where s.score is not null))
          order by l.loss < 0, l.was_right desc, l.loss desc, l.id collate "C")
        from (
          select k.* from changes as k where k.loss <> 0
          order by k.loss < 0, k.was_right desc, k.loss desc, k.id collate "C"
          limit p_limit
        ) as l), '[]'))
    from changes as c);
exception when numeric_value_out_of_range then
  return null; -- differences that are no doubles
end;
$$;
comment on function benchmark_private.item_changes(public.benchmark_items, public.benchmark_items, text, text, integer, integer) is
  'Which items of a metric changed from one run (p_old) to another: {metric, scores, common, added, gone, worse, better, items: [{id, group, change, newly_failing, from, to}]}, new failures first, then what got worse most, then what got better; at most p_limit items. from and to hold the scores, means over epochs. Null when either run lacks the scores, or their differences are beyond a double. Reads item sets; takes no lock.';
