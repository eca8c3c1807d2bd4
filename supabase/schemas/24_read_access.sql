-- Whether the caller may read: one answer, asked by every policy and by every function that reads.

create table benchmark_private.settings (
  is_only_row boolean not null default true,
  read_access text not null default 'members',
  constraint settings_pkey primary key (is_only_row),
  constraint settings_is_only_row_check check (is_only_row),
  constraint settings_read_access_check check (read_access in ('members', 'signed-in', 'public', 'nobody'))
);
comment on table benchmark_private.settings is
  'The one row of settings; without it the defaults hold: only members read.';
comment on column benchmark_private.settings.read_access is
  'Who may read: members (the readers below), signed-in (whoever has an account: sign-up is open on a new project), public (everybody who has the publishable key) or nobody.';

create table benchmark_private.readers (
  user_id uuid not null,
  email text,
  added_at timestamptz not null default clock_timestamp(),
  added_by text not null default benchmark_private.decided_by(),
  constraint readers_pkey primary key (user_id),
  constraint readers_email_check check (length(email) between 3 and 320)
);
comment on table benchmark_private.readers is
  'Members: the users of Supabase Auth that may read. A table and no claim of their token, so that who is removed reads nothing at once.';

create function benchmark_private.read_access() returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce((select s.read_access from benchmark_private.settings as s), 'members');
$$;
comment on function benchmark_private.read_access() is
  'Who may read: members, signed-in, public or nobody.';

create function benchmark_private.caller_id() returns uuid
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  -- Not auth.uid(): a plain Postgres has no schema auth.
  v_sub text := nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub';
begin
  return case when v_sub ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then v_sub::uuid end;
end;
$$;
comment on function benchmark_private.caller_id() is
  'The user that the request''s token names; null when it names none.';

create function benchmark_private.may_read() returns boolean
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  -- The role setting and not current_user, which is the owner in here.
  v_role text := current_setting('role', true);
begin
  if v_role is distinct from 'anon' and v_role is distinct from 'authenticated' then
    -- service_role, and whoever logs in at the database: grants and policies decide about them.
    return true;
  end if;
  return case benchmark_private.read_access()
    when 'public' then true
    -- An anonymous sign-in is nobody's account.
    when 'signed-in' then v_role = 'authenticated'
      and (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'is_anonymous') is distinct from 'true'
    when 'members' then v_role = 'authenticated' and exists (
      select from benchmark_private.readers as r where r.user_id = benchmark_private.caller_id())
    else false
  end;
end;
$$;
comment on function benchmark_private.may_read() is
  'Whether the caller may read: decided by the setting read_access and the table of members, at once and not when a token is renewed. Row security gives who may not no rows, which an empty database gives, too. Takes no lock.';

create function public.get_read_access() returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select benchmark_private.read_access();
$$;
comment on function public.get_read_access() is
  'Who may read: members, signed-in, public or nobody. For service_role.';

create function public.set_read_access(p_level text) returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_level is null or p_level <> all ('{members,signed-in,public,nobody}') then
    perform benchmark_private.refuse(422, 'validation_failed', format(
      'Read access is members, signed-in, public or nobody: it cannot be %s.', quote_nullable(p_level)));
  end if;
  insert into benchmark_private.settings as s (read_access) values (p_level)
  on conflict on constraint settings_pkey do update set read_access = excluded.read_access;
  return benchmark_private.read_access();
end;
$$;
comment on function public.set_read_access(text) is
  'Sets who may read (members, signed-in, public, nobody), and returns what is in force now. For service_role. Raises PT422.';

create function public.set_public_read(p_on boolean) returns boolean
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select public.set_read_access(case when p_on then 'public' else 'members' end) = 'public';
$$;
comment on function public.set_public_read(boolean) is
  'set_read_access(''public''), or (''members''); returns whether reading is public now. For service_role.';

create function public.add_reader(p_user_id uuid, p_email text default null) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into benchmark_private.readers as r (user_id, email) values (p_user_id, p_email)
  on conflict on constraint readers_pkey do update set email = coalesce(excluded.email, r.email);
  return true;
end;
$$;
comment on function public.add_reader(uuid, text) is
  'Makes a user of Supabase Auth a member, who may read; the email is what people recognise them by. For service_role.';

create function public.remove_reader(p_user_id uuid) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from benchmark_private.readers as r where r.user_id = p_user_id;
  return found;
end;
$$;
comment on function public.remove_reader(uuid) is
  'Makes a user no member any more, at once; false when it was none. For service_role.';

create function public.list_readers() returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(to_jsonb(r) order by r.added_at, r.user_id), '[]') from benchmark_private.readers as r;
$$;
comment on function public.list_readers() is
  'Members: [{user_id, email, added_at, added_by}]. For service_role.';
