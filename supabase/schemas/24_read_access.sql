-- Whether the caller may read: one answer, asked by every policy.

create table benchmark_private.settings (
  is_only_row boolean not null default true,
  public_read boolean not null,
  constraint settings_pkey primary key (is_only_row),
  constraint settings_is_only_row_check check (is_only_row)
);
comment on table benchmark_private.settings is
  'The one row of settings; without it the defaults hold: nothing is public.';

create function benchmark_private.public_read_is_on() returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce((select s.public_read from benchmark_private.settings as s), false);
$$;
comment on function benchmark_private.public_read_is_on() is
  'Whether anon may read. Security definer, because row security evaluates it as the reader, who has no access to the settings.';

create function benchmark_private.may_read() returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  -- The role setting and not current_user, which is the owner in here.
  select current_setting('role', true) is distinct from 'anon' or benchmark_private.public_read_is_on();
$$;
comment on function benchmark_private.may_read() is
  'Whether the caller may read: row security gives anon no rows, which an empty database gives, too. Takes no lock.';

create function public.set_public_read(p_on boolean) returns boolean
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into benchmark_private.settings as s (public_read) values (p_on)
  on conflict on constraint settings_pkey do update set public_read = excluded.public_read
  returning s.public_read;
$$;
comment on function public.set_public_read(boolean) is
  'Lets anon read configurations, runs, decisions and policies, or stops it; returns what is in force now. For service_role.';
