-- What is not called through the API lives here, and how a function refuses.
--
-- Every function, in every file, sets `search_path = pg_catalog, pg_temp`. An empty path still
-- looks into pg_temp first for types: whoever can make a temporary domain named `text` would run
-- its check as the owner of a security definer function. With pg_temp named last, built-in names
-- win. Whatever is ours is written with its schema.

create schema benchmark_private;
comment on schema benchmark_private is
  'Trust rules, ingest tokens and the functions behind the API. Must never be added to the exposed schemas of PostgREST.';

create domain benchmark_private.environment_label as text
  constraint environment_label_check check (value ~ '^[a-z0-9][a-z0-9-]{0,39}$');
comment on domain benchmark_private.environment_label is
  'Where a run was measured: 1 to 40 lowercase letters, digits and hyphens, not starting with a hyphen.';

create function benchmark_private.refuse(
  p_status integer,
  p_code text,
  p_message text,
  p_result integer default null,
  p_pointer text default null,
  p_other integer default null
) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  -- PTnnn is PostgREST's way to choose the HTTP status; DETAIL carries what a program needs.
  raise exception using
    errcode = 'PT' || p_status::text,
    message = p_message,
    detail = jsonb_strip_nulls(jsonb_build_object(
      'code', p_code, 'result', p_result, 'pointer', p_pointer, 'other', p_other))::text;
end;
$$;
comment on function benchmark_private.refuse(integer, text, text, integer, text, integer) is
  'Raises SQLSTATE PT<status> with p_message, and DETAIL {"code", "result", "pointer", "other"}: result is the index of the result at fault in the request, pointer the JSON pointer into that result, other the index of a second result that it collides with.';

create function benchmark_private.decided_by() returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub',
    nullif(current_setting('role', true), 'none'),
    session_user);
end;
$$;
comment on function benchmark_private.decided_by() is
  'Who is making a decision: the subject of the caller''s JWT, else the role that was set, else the login role.';

create function benchmark_private.utc_text(p_at timestamptz) returns text
language plpgsql
stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The text of a timestamptz depends on the session's TimeZone; a receipt must not.
  return to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
end;
$$;
comment on function benchmark_private.utc_text(timestamptz) is
  'A point in time as ISO 8601 text in UTC with six decimals of a second, whatever the session''s time zone.';
