-- The few functions of statistics that Postgres lacks.

create function benchmark_private.normal_cdf(p_x double precision) returns double precision
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_x double precision := abs(p_x);
  v_tail double precision;
begin
  if v_x > 37 then
    v_tail := 0; -- and exp() would be an error: Postgres raises underflow
  elsif v_x < 7.07106781186547 then
    v_tail := exp(-v_x * v_x / 2) * ((((((
      3.52624965998911e-2 * v_x + 0.700383064443688) * v_x + 6.37396220353165) * v_x + 33.912866078383) * v_x
      + 112.079291497871) * v_x + 221.213596169931) * v_x + 220.206867912376)
      / (((((((8.83883476483184e-2 * v_x + 1.75566716318264) * v_x + 16.064177579207) * v_x + 86.7807322029461) * v_x
      + 296.564248779674) * v_x + 637.333633378831) * v_x + 793.826512519948) * v_x + 440.413735824752);
  else
    v_tail := exp(-v_x * v_x / 2) / (v_x + 1 / (v_x + 2 / (v_x + 3 / (v_x + 4 / (v_x + 0.65))))) / 2.506628274631;
  end if;
  return case when p_x > 0 then 1 - v_tail else v_tail end;
end;
$$;
comment on function benchmark_private.normal_cdf(double precision) is
  'The standard normal distribution function, within 1e-15 (algorithm of Hart 1968 as given by West 2005, "Better approximations to cumulative normal functions", Wilmott Magazine). Postgres has erf() from 16 on only.';

create function benchmark_private.normal_quantile(p_probability double precision) returns double precision
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_x double precision := 0;
  v_step double precision;
begin
  -- Newton's method. The distribution function is concave above 0, so the steps come from below and never overshoot.
  for i in 1..100 loop
    v_step := (p_probability - benchmark_private.normal_cdf(v_x)) * 2.506628274631001 * exp(v_x * v_x / 2);
    v_x := v_x + v_step;
    exit when abs(v_step) < 1e-14;
  end loop;
  return v_x;
end;
$$;
comment on function benchmark_private.normal_quantile(double precision) is
  'The inverse of normal_cdf() for a probability from 0.5 to 1 - 1e-9: 1.959964 for 0.975.';

create function benchmark_private.t_quantile(p_degrees double precision, p_normal_quantile double precision)
returns double precision
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return case when p_degrees is null then p_normal_quantile else
    sqrt(p_degrees * (exp((p_normal_quantile * (8 * p_degrees + 3) / (8 * p_degrees + 1)) ^ 2 / p_degrees) - 1)) end;
end;
$$;
comment on function benchmark_private.t_quantile(double precision, double precision) is
  'The quantile of Student''s t for degrees of freedom (null: infinitely many), above 1, at the probability where the normal distribution has p_normal_quantile (Wallace 1959, "Bounds on normal approximations to Student''s and the chi-square distributions", Ann. Math. Statist. 30).';

create function benchmark_private.confidence_quantiles(p_confidence numeric) returns double precision[]
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select benchmark_private.normal_quantile((1 - (1 - p_confidence) / (2 * n))::double precision)
    from generate_series(1, 32) as n
    order by n);
end;
$$;
comment on function benchmark_private.confidence_quantiles(numeric) is
  'Normal quantiles of a two-sided interval when 1, 2, … 32 metrics are judged at once with a joint confidence (Bonferroni: each at 1 - (1 - confidence) / n).';
