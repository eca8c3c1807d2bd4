-- Who sends what is in the outbox, and what came of it.

create index webhook_deliveries_turn_idx
  on benchmark_private.webhook_deliveries (webhook_id, next_attempt_at, id) where state = 'pending';
create index webhook_deliveries_leased_idx
  on benchmark_private.webhook_deliveries (webhook_id) where lease is not null;

create function benchmark_private.delivery_document(
  p_delivery benchmark_private.webhook_deliveries, p_webhook benchmark_private.webhooks
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'id', p_delivery.id,
    'lease', p_delivery.lease,
    'attempt', p_delivery.attempts,
    'event_id', p_delivery.event_id,
    'event', p_delivery.event,
    'document', p_delivery.document,
    'created_at', benchmark_private.utc_text(p_delivery.created_at),
    'webhook_id', p_webhook.id,
    'url', p_webhook.url,
    'format', p_webhook.format,
    'allows_private', p_webhook.allows_private,
    'dashboard_url', p_webhook.dashboard_url,
    'secret', benchmark_private.webhook_secret(p_webhook.secret, p_webhook.secret_id));
end;
$$;
comment on function benchmark_private.delivery_document(benchmark_private.webhook_deliveries, benchmark_private.webhooks) is
  'What it takes to send a delivery, secret and all.';

create function benchmark_private.free_places(p_webhook benchmark_private.webhooks, p_now timestamptz) returns integer
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_webhook.format = 'slack' and (exists (
      select
      from benchmark_private.webhook_deliveries as d
      where d.webhook_id = p_webhook.id and d.state <> 'pending' and d.attempted_at is not null
        and d.finished_at > p_now - interval '1 second')
    or exists (
      select
      from benchmark_private.webhook_deliveries as d
      where d.webhook_id = p_webhook.id and d.state = 'pending' and d.attempted_at > p_now - interval '1 second'))
  then
    return 0;
  end if;
  return greatest(case p_webhook.format when 'slack' then 1 else 3 end - (
    select count(*)
    from benchmark_private.webhook_deliveries as d
    where d.webhook_id = p_webhook.id and d.state = 'pending' and d.lease is not null and d.leased_until > p_now)::integer, 0);
end;
$$;
comment on function benchmark_private.free_places(benchmark_private.webhooks, timestamptz) is
  'How many deliveries of a webhook may be claimed now: so many that three are being sent at once, of Slack one, and a second after the one before ended. Who claims holds the lock of the webhook.';

create function public.claim_webhook_deliveries(p_limit integer default 10, p_lease_seconds numeric default 60)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
set statement_timeout = '5s'
as $$
declare
  v_deliveries jsonb;
  v_webhooks bigint[];
  v_now timestamptz := clock_timestamp();
begin
  -- Also where the last webhook was removed: what was finished is kept for so long and no longer.
  delete from benchmark_private.webhook_deliveries as d
  where d.id in (
    select o.id
    from benchmark_private.webhook_deliveries as o
    where o.state <> 'pending' and o.finished_at < v_now - interval '30 days'
    order by o.finished_at
    limit 100
    for update skip locked);
  if not benchmark_private.has_webhooks() then
    return jsonb_build_object('deliveries', '[]'::jsonb, 'next_in_seconds', null);
  end if;
  -- Who sends for a webhook at the same time counts what is being sent, one after another; what
  -- somebody else is counting, he claims.
  select coalesce(array_agg(l.id), '{}') into v_webhooks
  from (
    select w.id
    from benchmark_private.webhooks as w
    where w.disabled_at is null and exists (
      select
      from benchmark_private.webhook_deliveries as d
      where d.webhook_id = w.id and d.state = 'pending' and d.next_attempt_at <= v_now)
    order by w.id
    for no key update of w skip locked
  ) as l;
  v_now := clock_timestamp();
  with due as (
    select o.id
    from (
      select d.id, d.next_attempt_at, row_number() over (partition by w.id order by d.next_attempt_at, d.id) as turn
      from benchmark_private.webhooks as w
      cross join lateral (
        select d.id, d.next_attempt_at
        from benchmark_private.webhook_deliveries as d
        where d.webhook_id = w.id
          and d.state = 'pending'
          and d.next_attempt_at <= v_now
          and coalesce(d.leased_until <= v_now, true)
          and not exists (
            select
            from benchmark_private.webhook_deliveries as e
            where e.webhook_id = d.webhook_id and e.topic = d.topic and e.id < d.id and e.state = 'pending')
        order by d.next_attempt_at, d.id
        limit benchmark_private.free_places(w, v_now)
        for update of d skip locked
      ) as d
      where w.id = any (v_webhooks)
    ) as o
    -- In turn: one that has much to be sent keeps none of the others waiting.
    order by o.turn, o.next_attempt_at, o.id
    limit least(greatest(p_limit, 1), 100)
  ), claimed as (
    update benchmark_private.webhook_deliveries as d
    set lease = gen_random_uuid(),
      leased_until = v_now + make_interval(secs => least(greatest(p_lease_seconds, 1), 600)::double precision),
      attempts = d.attempts + 1,
      attempted_at = v_now
    from due
    where d.id = due.id
    returning d as delivery
  )
  select coalesce(jsonb_agg(benchmark_private.delivery_document(c.delivery, w) order by (c.delivery).id), '[]')
  into v_deliveries
  from claimed as c
  join benchmark_private.webhooks as w on w.id = (c.delivery).webhook_id;
  v_now := clock_timestamp();
  return jsonb_build_object('deliveries', v_deliveries, 'next_in_seconds', (
    -- Not greatest(): of null and 0 it is 0.
    select case when count(n.at) > 0 then greatest(extract(epoch from min(n.at) - v_now), 0) end
    from (
      select least(l.until, case
        when benchmark_private.free_places(w, v_now) > 0 then d.next_attempt_at
        -- Slack's pause. Else it is when one of those that are being sent ends, which who sends it knows.
        when l.until is null and d.next_attempt_at is not null then greatest(d.next_attempt_at, v_now + interval '1 second') end) as at
      from benchmark_private.webhooks as w
      cross join lateral (
        select min(d.leased_until) as until
        from benchmark_private.webhook_deliveries as d
        where d.webhook_id = w.id and d.state = 'pending' and d.lease is not null and d.leased_until > v_now
      ) as l
      left join lateral (
        select d.next_attempt_at
        from benchmark_private.webhook_deliveries as d
        where d.webhook_id = w.id
          and d.state = 'pending'
          and coalesce(d.leased_until <= v_now, true)
          and not exists (
            select
            from benchmark_private.webhook_deliveries as e
            where e.webhook_id = d.webhook_id and e.topic = d.topic and e.id < d.id and e.state = 'pending')
        order by d.next_attempt_at, d.id
        limit 1
      ) as d on true
      where w.disabled_at is null
    ) as n));
end;
$$;
comment on function public.claim_webhook_deliveries(integer, numeric) is
  'Takes up to p_limit (1 to 100) deliveries that are due for the caller to send within p_lease_seconds (1 to 600): {deliveries: [{id, lease, attempt, event_id, event, document, created_at, webhook_id, url, format, allows_private, dashboard_url, secret}], next_in_seconds: until the next is due, null when there is none}. Of a topic only the first that is pending; of a webhook so many that three are being sent at once (see free_places()), and each in turn, so that none keeps another waiting; what another caller has claimed is left out until its time is over, so two never send the same at once. Removes what was finished 30 days ago, 100 at a time. For service_role. Locks the webhooks that it claims for against others that claim; waits for nobody.';

create function public.finish_webhook_delivery(
  p_id bigint,
  p_lease uuid,
  p_status integer default null,
  p_error text default null,
  p_retry_in_seconds numeric default null,
  p_is_sent boolean default true
) returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
as $$
declare
  v_delivery benchmark_private.webhook_deliveries;
  v_is_delivered boolean := coalesce(p_status between 200 and 299, false);
  v_is_gone boolean := coalesce(p_status = 410, false);
  v_now timestamptz := clock_timestamp();
begin
  -- The webhook before the delivery, as removing one does: neither then waits in a circle.
  perform from benchmark_private.webhooks as w
  where w.id = (select d.webhook_id from benchmark_private.webhook_deliveries as d where d.id = p_id)
  for key share of w;
  update benchmark_private.webhook_deliveries as d
  set state = case
      when v_is_delivered then 'delivered'
      when not p_is_sent then 'pending'
      when v_is_gone or p_retry_in_seconds is null then 'given-up'
      else 'pending' end,
    finished_at = case when v_is_delivered or (p_is_sent and (v_is_gone or p_retry_in_seconds is null)) then v_now end,
    attempts = case when p_is_sent then d.attempts else d.attempts - 1 end,
    next_attempt_at = case when p_is_sent and p_retry_in_seconds is not null
      then v_now + make_interval(secs => least(greatest(p_retry_in_seconds, 0), 2592000)::double precision)
      else d.next_attempt_at end,
    status = case when p_is_sent then p_status else d.status end,
    error = case when p_is_sent then left(p_error, 500) else d.error end,
    lease = null,
    leased_until = null
  where d.id = p_id and d.lease = p_lease and d.state = 'pending'
  returning d.* into v_delivery;
  if not found then
    -- Somebody else claimed it when the time was over, or the webhook was removed.
    return null;
  end if;
  if v_is_gone then
    update benchmark_private.webhooks as w set disabled_at = v_now
    where w.id = v_delivery.webhook_id and w.disabled_at is null;
    update benchmark_private.webhook_deliveries as d
    set state = 'given-up', finished_at = v_now, lease = null, leased_until = null,
      error = 'the webhook was disabled: the receiver answered 410'
    where d.webhook_id = v_delivery.webhook_id and d.state = 'pending';
  elsif v_is_delivered and v_delivery.event = 'test' then
    perform pg_advisory_xact_lock(hashtextextended('webhooks', 4));
    if not benchmark_private.has_webhooks() then
      delete from benchmark_private.told_regressions;
    end if;
    update benchmark_private.webhooks as w set disabled_at = null
    where w.id = v_delivery.webhook_id and w.disabled_at is not null;
  end if;
  return v_delivery.state;
end;
$$;
comment on function public.finish_webhook_delivery(bigint, uuid, integer, text, numeric, boolean) is
  'Says what came of a delivery that was claimed: the receiver''s status or why there was none, and in how many seconds to try again, null for never. 2xx is delivered; 410 disables the webhook and gives up all that it was still to be sent; a test that is delivered puts a disabled webhook in force again. p_is_sent false hands it back as it was. Returns the state (pending, delivered, given-up); null when the lease was lost to somebody else. For service_role. Locks delivery and webhook; 55P03 after 4 s.';

create function public.claim_test_delivery(p_webhook_id bigint) returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_webhook benchmark_private.webhooks;
  v_delivery benchmark_private.webhook_deliveries;
begin
  select w.* into v_webhook from benchmark_private.webhooks as w where w.id = p_webhook_id;
  perform benchmark_private.check_webhook_exists(p_webhook_id, found);
  insert into benchmark_private.webhook_deliveries as d
    (webhook_id, event_id, event, topic, document, attempts, attempted_at, lease, leased_until)
  values (p_webhook_id, gen_random_uuid(), 'test', gen_random_uuid()::text, '{}', 1, clock_timestamp(),
    gen_random_uuid(), clock_timestamp() + interval '1 minute')
  returning d.* into v_delivery;
  return benchmark_private.delivery_document(v_delivery, v_webhook);
end;
$$;
comment on function public.claim_test_delivery(bigint) is
  'A test event for a webhook, also for one that is disabled, claimed by the caller, who sends it and says what came of it; the document is one of claim_webhook_deliveries(). For service_role. Raises PT404.';

create function public.list_webhook_deliveries(p_webhook_id bigint default null, p_limit integer default 50)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform benchmark_private.check_webhook_exists(p_webhook_id, p_webhook_id is null or exists (
    select from benchmark_private.webhooks as w where w.id = p_webhook_id));
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', d.id, 'webhook_id', d.webhook_id, 'event_id', d.event_id, 'event', d.event,
      'metric', d.document ->> 'metric', 'created_at', d.created_at,
      'state', d.state, 'attempts', d.attempts, 'status', d.status, 'error', d.error,
      'attempted_at', d.attempted_at, 'finished_at', d.finished_at,
      'next_attempt_at', case when d.state = 'pending' then d.next_attempt_at end) order by d.id desc), '[]')
    from (
      select d.*
      from benchmark_private.webhook_deliveries as d
      where p_webhook_id is null or d.webhook_id = p_webhook_id
      order by d.id desc
      limit least(greatest(p_limit, 1), 1000)
    ) as d);
end;
$$;
comment on function public.list_webhook_deliveries(bigint, integer) is
  'The newest deliveries of a webhook, or of all, the newest first: [{id, webhook_id, event_id, event, metric, created_at, state, attempts, status, error, attempted_at, finished_at, next_attempt_at}]. For service_role. Raises PT404.';
