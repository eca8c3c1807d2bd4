-- Who is told, of what, and how often: once a regression, whatever is sent again, restarted or tried at the same time.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(130);

select create_ingest_token('00000000000000aa', repeat('ab', 32), 'webhook test', '{local}');
create function pg_temp.run(p_model text, p_metrics jsonb, p_more jsonb default '{}', p_principal jsonb default null) returns jsonb language sql as $$
  select ingest_benchmark(
    coalesce(p_principal, '{"method": "ingest-token", "token_id": "00000000000000aa", "secret_hash": "abababababababababababababababababababababababababababababababab", "attested": {}}'),
    jsonb_build_array(jsonb_build_object('model_version', p_model, 'dataset_version', 'd', 'prompt_version', 'p', 'environment', 'local',
      'commit_sha', '0123abc', 'triggered_by', 'octocat', 'metrics', p_metrics) || p_more)) -> 0 $$;
create function pg_temp.f1(p_model text, p_f1 numeric, p_more jsonb default '{}') returns integer language sql as $$
  select (pg_temp.run(p_model, jsonb_build_object('f1', p_f1), p_more) ->> 'snapshot_version')::integer $$;
create function pg_temp.id(p_model text) returns uuid language sql as $$
  select find_configuration(p_model, 'd', 'p', 'local') $$;
create temp table seen (id bigint);
-- What was told since this was asked last, to one webhook, in order.
create function pg_temp.told(p_webhook bigint default 1) returns text[] language sql as $$
  with new as (
    insert into seen
    select d.id from benchmark_private.webhook_deliveries as d
    where d.webhook_id = p_webhook and d.id not in (select s.id from seen as s)
    returning id)
  select coalesce(array_agg(concat_ws(' ', d.event, nullif(d.document ->> 'change', ''), d.document ->> 'how', d.document ->> 'metric', d.document ->> 'severity',
    d.document ->> 'value') order by d.id), '{}')
  from new join benchmark_private.webhook_deliveries as d using (id) $$;
create function pg_temp.document(p_change text) returns jsonb language sql as $$
  select d.document from benchmark_private.webhook_deliveries as d where d.document ->> 'change' = p_change order by d.id desc limit 1 $$;
create function pg_temp.secret() returns text language sql as $$ select 'whsec_' || repeat('A', 43) || '=' $$;
alter table benchmark_private.webhooks alter column id restart with 1;

-- Nobody to tell.
select pg_temp.f1('quiet', 0.9), pg_temp.f1('quiet', 0.5);
select is((select count(*) from benchmark_private.webhook_deliveries) + (select count(*) from benchmark_private.told_regressions), 0::bigint, 'without a webhook nothing is written');
select is(pg_temp.run('quiet', '{"f1": 0.5}') ? 'has_webhooks', false, 'and the function is not asked to look');

select is(create_webhook('https://example.com/a', '{regression,recovery,first-run,void}', pg_temp.secret()), 1::bigint, 'a webhook is made');
select is(create_webhook('https://example.com/b', '{regression,recovery}', pg_temp.secret(), '{latency_ms}'), 2::bigint, 'one for a metric');
select is(create_webhook('https://example.com/c', '{regression,recovery}', pg_temp.secret(), null, 'fail'), 3::bigint, 'one for what fails');
select is(create_webhook('https://hooks.slack.com/services/T/B/hidden', '{void}', pg_temp.secret(), p_format => 'slack'), 4::bigint, 'one for Slack');
select is(list_webhooks() #>> '{3,url}', 'https://hooks.slack.com/…', 'whose address is a secret, and not listed');
select unalike(list_webhooks()::text, '%whsec_%', 'nor any secret');
select is(list_webhooks() #> '{1,metrics}', '["/latency_ms"]', 'a metric is a JSON pointer');
select throws_ok($$ select create_webhook('http://example.com', '{void}', pg_temp.secret()) $$, '23514', null, 'http is for loopback only');
select lives_ok($$ do $do$ begin perform create_webhook('http://127.0.0.1:8080/x', '{void}', pg_temp.secret()); raise sqlstate 'ROLLB'; exception when sqlstate 'ROLLB' then null; end $do$ $$, 'where it is allowed');
select throws_ok($$ select create_webhook('https://user:pass@example.com', '{void}', pg_temp.secret()) $$, '23514', null, 'no password in an address');
select throws_ok($$ select create_webhook('https://example.com', '{everything}', pg_temp.secret()) $$, '23514', null, 'no unknown event');
select throws_ok($$ select create_webhook('https://example.com', '{}', pg_temp.secret()) $$, '23514', null, 'some event');
select throws_ok($$ select create_webhook('https://example.com', '{void}', 'secret') $$, '23514', null, 'no secret of another form');

-- One message a regression.
select is(pg_temp.f1('m', 0.90), 1, 'a first run');
select is(pg_temp.told(), array['first-run'], 'is told');
select is((select d.document -> 'metrics' from benchmark_private.webhook_deliveries as d where d.event = 'first-run'), '{"/f1": 0.90}', 'with its scores');
select is(pg_temp.told(3), '{}', 'to who wants it');
select is(pg_temp.run('m', '{"f1": 0.89}') -> 'has_webhooks', 'true', 'the function is asked to look');
select is(pg_temp.told(), '{}', 'a run that is not worse tells nothing');
select is(pg_temp.f1('m', 0.80), 3, 'one that is worse');
select is(pg_temp.told(), array['regression opened /f1 fail 0.80'], 'opens a regression');
select is(pg_temp.document('opened') #>> '{reference_value}', '0.89', 'measured from the run before');
select is(pg_temp.document('opened') #>> '{judgement,verdict}', 'worse', 'with its judgement');
select is(pg_temp.document('opened') #>> '{run,snapshot_version}', '3', 'and its run');
select unalike(pg_temp.document('opened')::text, '%octocat%', 'and nothing about people');
select is(pg_temp.told(3), array['regression opened /f1 fail 0.80'], 'who wants failures is told');
select is(pg_temp.told(2), '{}', 'who wants another metric is not');
select pg_temp.f1('m', 0.76);
select is(pg_temp.told(), '{}', 'a run that stays as bad tells nothing');
select pg_temp.f1('m', 0.74);
select is(pg_temp.told(), array['regression worse-still /f1 fail 0.74'], 'one that is worse than what was told by more than the limit does');
select is(pg_temp.document('worse-still') ->> 'told_value', '0.80', 'and says what was told');
select is(pg_temp.document('worse-still') ->> 'regression_id', pg_temp.document('opened') ->> 'regression_id', 'of the same regression');
select pg_temp.f1('m', 0.70);
select is(pg_temp.told(), '{}', 'and then again nothing until it is worse than that');
select pg_temp.run('m', '{"recall": 0.5}');
select is(pg_temp.told(), '{}', 'a run without the metric tells nothing of it');
select pg_temp.f1('m', 0.84);
select is(pg_temp.told(), array['recovery recovered run /f1 fail 0.84'], 'one that is good enough recovers');
select is(pg_temp.document('recovered') ->> 'regression_id', pg_temp.document('opened') ->> 'regression_id', 'the same regression');
select pg_temp.f1('m', 0.70);
select is(pg_temp.told(), array['regression opened /f1 fail 0.70'], 'falling again opens another');
select is((select count(distinct d.document ->> 'regression_id') from benchmark_private.webhook_deliveries as d where d.event = 'regression' and d.webhook_id = 1), 2::bigint, 'with an id of its own');

-- What tells nothing.
select pg_temp.f1('n', 0.9, '{"run_id": "1"}'), pg_temp.f1('n', 0.5, '{"run_id": "2"}');
select is(pg_temp.told(), array['first-run', 'regression opened /f1 fail 0.5'], 'runs with ids');
select pg_temp.f1('n', 0.9, '{"run_id": "1"}'), pg_temp.f1('n', 0.5, '{"run_id": "2"}');
select is(pg_temp.told(), '{}', 'that are sent again tell nothing');
select pg_temp.f1('n', 0.1, '{"candidate": true}'), pg_temp.f1('c', 0.1, '{"candidate": true}');
select is(pg_temp.told(), '{}', 'candidates tell nothing');
select pg_temp.f1('n', 0.9, '{"candidate": true}');
select is(pg_temp.told(), '{}', 'nor do they recover anything');
select pg_temp.f1('n', 0.1, '{"measured_at": "2020-01-01T00:00:00Z"}');
select is(pg_temp.told(), '{}', 'a backfilled run tells nothing');
select is(pg_temp.f1('c', 0.9), 2, 'the first published run after candidates');
select is(pg_temp.told(), array['first-run'], 'is the first');
select is((select pg_temp.run('c', '{"f1": 0.1}', jsonb_build_object('compare_to', jsonb_build_object('model_version', 'n', 'snapshot_version', 1))) #>> '{judgements,0,verdict}'), 'worse', 'worse than a run that it asked to be compared with');
select is(pg_temp.told(), '{}', 'is no regression');
select preview_benchmark('{"method": "service-role"}', '[{"model_version": "m", "dataset_version": "d", "prompt_version": "p", "environment": "local", "commit_sha": "0123abc", "metrics": {"f1": 0.01}}]');
select is(pg_temp.told(), '{}', 'a dry run tells nothing');
select pg_temp.run('i', '{"f1": 0.9}', '{}', '{"method": "import"}'), pg_temp.run('i', '{"f1": 0.1}', '{}', '{"method": "import"}');
select is(pg_temp.told(), '{}', 'nor does a history that is imported');

-- Runs that are found worse again and again are one regression.
select pg_temp.f1('b', 0.9), pg_temp.told();
select set_baseline(pg_temp.id('b'), 1);
select is((select array_agg((pg_temp.run('b', jsonb_build_object('f1', v)) #>> '{judgements,0,verdict}') order by n) from unnest(array[0.8, 0.8, 0.79]) with ordinality as a(v, n)), array['worse', 'worse', 'worse'], 'against a baseline every run is worse');
select is(pg_temp.told(), array['regression opened /f1 fail 0.8'], 'and told once');
select pg_temp.f1('b', 0.7);
select pg_temp.f1('b', 0.86);
select is(pg_temp.told(), array['regression worse-still /f1 fail 0.7', 'recovery recovered run /f1 fail 0.86'], 'until it is worse still, or recovers');
select count(pg_temp.f1('h', 0.9 + v % 3 * 0.001)) from generate_series(1, 10) as v;
select pg_temp.told();
select is((select array_agg((pg_temp.run('h', jsonb_build_object('f1', v)) #>> '{judgements,0,verdict}') order by n) from unnest(array[0.8, 0.8, 0.79]) with ordinality as a(v, n)), array['worse', 'worse', 'worse'], 'while a history knows better days, too');
select is(pg_temp.told(), array['regression opened /f1 fail 0.8'], 'and that is told once');
select is(pg_temp.document('opened') ->> 'reference_value', '0.901', 'measured from its median');
select count(pg_temp.f1('h', 0.86)), pg_temp.told();

-- Two policies of a metric are two regressions.
select pg_temp.run('l', '{"f1": 0.9, "latency_ms": 100}'), pg_temp.told(2);
select pg_temp.run('l', '{"f1": 0.5, "latency_ms": 200}');
select is(pg_temp.told(), array['first-run', 'regression opened /f1 fail 0.5', 'regression opened /latency_ms warn 200'], 'a run can open several');
select is(pg_temp.told(2), array['regression opened /latency_ms warn 200'], 'filtered by metric');
select set_regression_policy('latency_ms', 'lower', 50, 'absolute', 'fail', 'l');
select pg_temp.run('l', '{"f1": 0.9, "latency_ms": 201}');
select is(pg_temp.told(), array['recovery recovered run /f1 fail 0.9', 'recovery recovered policy /latency_ms warn'], 'what no policy is about any more is over');

-- Decisions.
select pg_temp.f1('a', 0.9), pg_temp.f1('a', 0.7), pg_temp.told();
select acknowledge_regression(pg_temp.id('a'), 2, 'f1', 'a cheaper model');
select is(pg_temp.told(), array['recovery recovered acknowledge /f1 fail 0.7'], 'an acknowledged regression is over');
select is(pg_temp.document('recovered') #>> '{decision,reason}', 'a cheaper model', 'with the reason');
select pg_temp.f1('a', 0.69);
select is(pg_temp.told(), '{}', 'and stays so');
select acknowledge_regression(pg_temp.id('a'), 2, 'f1', 'no', p_undo => true);
select is(pg_temp.told(), array['regression opened /f1 fail 0.69'], 'until that is undone');
select is(pg_temp.document('opened') #>> '{decision,kind}', 'unacknowledge', 'which it says');
select acknowledge_regression(pg_temp.id('a'), 3, 'f1', 'yes'), pg_temp.told();
select pg_temp.f1('a', 0.5);
select is(pg_temp.told(), array['regression opened /f1 fail 0.5'], 'or the metric falls further');
select void_snapshot(pg_temp.id('a'), 4, 'broken harness');
select is((pg_temp.told())[1], 'void void', 'that a run is void is told');
select is(pg_temp.told(4), array['void void'], 'to who wants it');
select pg_temp.f1('v', 0.9), pg_temp.f1('v', 0.5), pg_temp.told();
select void_snapshot(pg_temp.id('v'), 2, 'broken harness');
select is(pg_temp.told(), array['void void', 'recovery recovered void /f1 fail 0.9'], 'a regression whose run is void is over');
select void_snapshot(pg_temp.id('v'), 2, 'it was not', false);
select is(pg_temp.told(), array['void unvoid', 'regression opened /f1 fail 0.5'], 'and is there again with it');
select pg_temp.f1('v', 0.1, '{"candidate": true}'), void_snapshot(pg_temp.id('v'), 3, 'a candidate');
select is(pg_temp.told(), '{}', 'a candidate that is void tells nothing');
select set_baseline(pg_temp.id('v'), 2);
select is(pg_temp.told(), array['recovery recovered baseline /f1 fail 0.5'], 'a baseline that is as bad ends it');
-- A decision about something else.
select pg_temp.run('o', '{"f1": 0.9, "latency_ms": 10}'), pg_temp.run('o', '{"f1": 0.7, "latency_ms": 90}'), pg_temp.run('o', '{"latency_ms": 90}'), pg_temp.told();
select acknowledge_regression(pg_temp.id('o'), 3, 'latency_ms', 'new hardware');
select is(pg_temp.told(), array['recovery recovered acknowledge /latency_ms warn 90'], 'of a metric that the newest run lacks, a decision about another tells nothing');
select void_snapshot(pg_temp.id('o'), 1, 'broken harness');
select is(pg_temp.told(), array['void void'], 'nor does one about a run before it');
select pg_temp.f1('o', 0.7);
select pg_temp.f1('o', 0.6);
select is(pg_temp.told(), array['regression worse-still /f1 fail 0.6'], 'so it is told when it is worse still');
select pg_temp.f1('none', 0.9), pg_temp.f1('none', 0.7), pg_temp.run('none', '{"recall": 0.9}'), pg_temp.told();
select void_snapshot(pg_temp.id('none'), v, 'broken harness') from generate_series(1, 3) as v;
select is(pg_temp.told(), array['void void', 'void void', 'void void', 'recovery recovered void /f1 fail'], 'without any run there is no regression');
select pg_temp.run('f', '{"f1": 0.9, "latency_ms": 10}');
select set_baseline(pg_temp.id('f'), 1), pg_temp.run('f', '{"f1": 0.7, "latency_ms": 90}');
select acknowledge_regression(pg_temp.id('f'), 2, 'f1', 'a cheaper model'), pg_temp.told();
select pg_temp.run('f', '{"f1": 0.5, "latency_ms": 90}');
select is(pg_temp.told(), array['regression opened /f1 fail 0.5'], 'what falls further than was acknowledged');
select acknowledge_regression(pg_temp.id('f'), 3, 'latency_ms', 'new hardware');
select is(pg_temp.told(), array['recovery recovered acknowledge /latency_ms warn 90'], 'is not over by a decision about another metric');
select acknowledge_regression(pg_temp.id('f'), 3, 'f1', 'noise', 'false-positive');
select is(pg_temp.told(), array['recovery recovered acknowledge /f1 fail 0.5'], 'but when that is acknowledged, too');

-- A series.
select pg_temp.f1('s1', 0.9, '{"series": "s"}'), pg_temp.f1('s1', 0.5), pg_temp.told();
select pg_temp.f1('s2', 0.5, '{"series": "s"}');
select is(pg_temp.told(), array['first-run', 'recovery recovered replaced /f1 fail'], 'a configuration that another of its series replaces has no regression any more');
select pg_temp.f1('s2', 0.5);
select is(pg_temp.told(), '{}', 'which is told once');
select pg_temp.f1('s1', 0.52);
select is(pg_temp.told(), array['regression opened /f1 fail 0.52'], 'should it go on, it is open again');
select is(pg_temp.document('opened') ->> 'regression_id', pg_temp.document('recovered') ->> 'regression_id', 'and the same');
select pg_temp.f1('s1', 0.52), pg_temp.f1('s2', 0.5), pg_temp.f1('s1', 0.52);
select is(pg_temp.told(), '{}', 'which is told once, however the two take turns');
select pg_temp.f1('s1', 0.4);
select is(pg_temp.told(), array['regression worse-still /f1 fail 0.4'], 'and like every other');
select pg_temp.f1('s3', 0.1, '{"series": "s", "candidate": true}'), pg_temp.f1('s1', 0.4);
select is(pg_temp.told(), '{}', 'a candidate replaces nothing');
select pg_temp.f1('s3', 0.4, '{"series": "s"}');
select is(pg_temp.told(), array['first-run', 'recovery recovered replaced /f1 fail'], 'until it is published');
select pg_temp.f1('s1', 0.9);
select is(pg_temp.told(), '{}', 'a run of what was replaced that is good tells nothing');

-- Sending.
delete from benchmark_private.webhook_deliveries;
select pg_temp.f1('d', 0.9), pg_temp.f1('d', 0.5), pg_temp.f1('d', 0.9), pg_temp.run('d', '{"f1": 0.9, "latency_ms": 10}'), pg_temp.run('d', '{"f1": 0.9, "latency_ms": 90}');
select set_config('test.claimed', claim_webhook_deliveries(100)::text, true);
select is((select array_agg(concat_ws(' ', d ->> 'webhook_id', d ->> 'event', d #>> '{document,metric}') order by (d ->> 'id')::bigint) from jsonb_array_elements(current_setting('test.claimed')::jsonb -> 'deliveries') as d),
  array['1 first-run', '1 regression /f1', '3 regression /f1', '1 regression /latency_ms', '2 regression /latency_ms'], 'of each regression the first event is sent, to each webhook');
select is(claim_webhook_deliveries(100) -> 'deliveries', '[]', 'once at a time');
select is((select count(distinct d ->> 'event_id') from jsonb_array_elements(current_setting('test.claimed')::jsonb -> 'deliveries') as d), 3::bigint, 'an event has one id');
select is(current_setting('test.claimed')::jsonb #>> '{deliveries,0,secret}', pg_temp.secret(), 'the secret goes to who signs');
create function pg_temp.claimed(p_index integer, p_field text) returns text language sql as $$
  select current_setting('test.claimed')::jsonb -> 'deliveries' -> p_index ->> p_field $$;
create function pg_temp.finish(p_index integer, p_status integer, p_error text default null, p_retry numeric default null, p_is_sent boolean default true) returns text language sql as $$
  select finish_webhook_delivery(pg_temp.claimed(p_index, 'id')::bigint, pg_temp.claimed(p_index, 'lease')::uuid, p_status, p_error, p_retry, p_is_sent) $$;
select is(pg_temp.finish(1, 200), 'delivered', 'one is delivered');
select is(pg_temp.finish(1, 500), null, 'and what was finished stays');
select is((select array_agg(concat_ws(' ', d ->> 'webhook_id', d ->> 'event')) from jsonb_array_elements(claim_webhook_deliveries() -> 'deliveries') as d), array['1 recovery'], 'then the next of that regression is sent');
select is(pg_temp.finish(2, 503, 'HTTP 503', 3600), 'pending', 'one that failed waits');
select is((list_webhook_deliveries(3, 1000) -> -1) - 'id' - 'event_id' - 'created_at' - 'attempted_at' - 'next_attempt_at',
  '{"webhook_id": 3, "event": "regression", "metric": "/f1", "state": "pending", "attempts": 1, "status": 503, "error": "HTTP 503", "finished_at": null}', 'which is shown');
select is(claim_webhook_deliveries() -> 'deliveries', '[]', 'and holds up the next of its regression');
select cmp_ok((claim_webhook_deliveries() ->> 'next_in_seconds')::numeric, '<=', 60.0, 'it says when to ask again');
select is(pg_temp.finish(0, null, null, null, false), 'pending', 'what was not sent is handed back');
select is((select array_agg(concat_ws(' ', d ->> 'event', d ->> 'attempt')) from jsonb_array_elements(claim_webhook_deliveries() -> 'deliveries') as d), array['first-run 1'], 'and no attempt');
update benchmark_private.webhook_deliveries set leased_until = clock_timestamp() where id = pg_temp.claimed(4, 'id')::bigint;
select is((select array_agg(concat_ws(' ', d ->> 'webhook_id', d ->> 'event', d ->> 'attempt')) from jsonb_array_elements(claim_webhook_deliveries() -> 'deliveries') as d), array['2 regression 2'], 'a sender that died is replaced when its minute is over');
select is(pg_temp.finish(4, 200), null, 'and has no say any more');
update benchmark_private.webhook_deliveries set next_attempt_at = clock_timestamp() where state = 'pending' and lease is null;
select set_config('test.claimed', claim_webhook_deliveries(100)::text, true);
select is(pg_temp.finish(0, null, 'timed out'), 'given-up', 'after its last attempt it is given up');
select is((select array_agg(concat_ws(' ', d ->> 'webhook_id', d ->> 'event')) from jsonb_array_elements(claim_webhook_deliveries() -> 'deliveries') as d), array['3 recovery'], 'and the next is sent');
update benchmark_private.webhook_deliveries set leased_until = null where state = 'pending' and webhook_id = 3;
select set_config('test.claimed', claim_webhook_deliveries(100)::text, true), pg_temp.f1('d', 0.2);
select is(pg_temp.finish(0, 410, 'HTTP 410', 5), 'given-up', 'a receiver that is gone');
select isnt(list_webhooks() #>> '{2,disabled_at}', null, 'is told nothing more');
select is((select count(*) from benchmark_private.webhook_deliveries where webhook_id = 3 and state = 'pending'), 0::bigint, 'not even what waited');
update benchmark_private.webhook_deliveries set state = 'given-up', finished_at = clock_timestamp() where state = 'pending';
select is(claim_webhook_deliveries(), '{"deliveries": [], "next_in_seconds": null}', 'without anything to send, nobody need ask again');
select set_config('test.claimed', jsonb_build_object('deliveries', jsonb_build_array(claim_test_delivery(3)))::text, true);
select is(pg_temp.finish(0, 204), 'delivered', 'until it takes a test');
select is(list_webhooks() #>> '{2,disabled_at}', null, 'then it is in force again');
update benchmark_private.webhook_deliveries set finished_at = finished_at - interval '31 days' where state = 'delivered';
select claim_webhook_deliveries();
select is((select count(*) from benchmark_private.webhook_deliveries where state = 'delivered'), 0::bigint, 'what was finished long ago is removed');

-- One that has much to be sent, and Slack.
update benchmark_private.webhook_deliveries set state = 'given-up', finished_at = clock_timestamp() - interval '2 seconds' where state = 'pending';
insert into benchmark_private.webhook_deliveries (webhook_id, event_id, event, topic, document)
select w.id, gen_random_uuid(), 'void', n::text, '{}' from generate_series(1, 20) as n, unnest(array[1, 4]) as w(id) order by w.id, n;
insert into benchmark_private.webhook_deliveries (webhook_id, event_id, event, topic, document) values (2, gen_random_uuid(), 'void', '1', '{}');
create function pg_temp.claim(p_limit integer default 10) returns text language plpgsql as $$
begin
  perform set_config('test.claimed', claim_webhook_deliveries(p_limit)::text, true);
  return (select string_agg(d ->> 'webhook_id', ' ' order by d ->> 'webhook_id') from jsonb_array_elements(current_setting('test.claimed')::jsonb -> 'deliveries') as d);
end $$;
select is(pg_temp.claim(3), '1 2 4', 'webhooks are claimed for in turn');
select is(pg_temp.finish(2, 200), 'delivered', 'what is over');
select is(pg_temp.claim(), '1 1', 'makes room, for three at once of a webhook');
select is(pg_temp.claim(), null, 'and one of Slack');
select cmp_ok((current_setting('test.claimed')::jsonb ->> 'next_in_seconds')::numeric, '>', 50.0, 'until one of them ends');
update benchmark_private.webhook_deliveries set state = 'delivered', finished_at = clock_timestamp(), lease = null, leased_until = null where webhook_id = 4 and lease is not null;
select is(pg_temp.claim(), null, 'of Slack');
select cmp_ok((current_setting('test.claimed')::jsonb ->> 'next_in_seconds')::numeric, '<=', 1.0, 'a second later');
update benchmark_private.webhook_deliveries set attempted_at = attempted_at - interval '1 second', finished_at = finished_at - interval '1 second' where webhook_id = 4;
select is(pg_temp.claim(), '4', 'the next');
update benchmark_private.webhook_deliveries set state = 'given-up', finished_at = clock_timestamp(), lease = null, leased_until = null where state = 'pending';

-- Vault, where it is.
create schema vault;
create table vault.secrets (id uuid default gen_random_uuid(), secret text, name text);
create view vault.decrypted_secrets as select s.id, s.secret as decrypted_secret from vault.secrets as s;
create function vault.create_secret(new_secret text, new_name text default null, new_description text default '') returns uuid language sql as $$
  insert into vault.secrets (secret, name) values ($1, $2) returning id $$;
select create_webhook('https://example.com/vault', '{void}', pg_temp.secret()) as id;
select is((select w.secret from benchmark_private.webhooks as w where w.url like '%/vault'), null, 'where Vault is, no secret stands in the table');
select is(claim_test_delivery((select w.id from benchmark_private.webhooks as w where w.url like '%/vault')) ->> 'secret', pg_temp.secret(), 'and is found');
select remove_webhook((select w.id from benchmark_private.webhooks as w where w.url like '%/vault'));
select is((select count(*) from vault.secrets), 0::bigint, 'and is removed with its webhook');

-- Nobody else.
select throws_ok($$ select remove_webhook(99) $$, 'PT404', null, 'one that is not there is said');
select throws_ok($$ select list_webhook_deliveries(99) $$, 'PT404', null, 'also of deliveries');
set local role service_role;
select throws_ok($$ select * from benchmark_private.webhooks $$, '42501', null, 'service_role reads no secret but those of what it sends');
set local role authenticated;
select throws_ok($$ select list_webhooks() $$, '42501', null, 'a member sees no webhook');
select throws_ok($$ select claim_webhook_deliveries() $$, '42501', null, 'and sends nothing');
set local role anon;
select throws_ok($$ select list_webhook_deliveries() $$, '42501', null, 'nor does anybody else');
reset role;

-- Begun anew when nobody was told in between.
select remove_webhook(1), remove_webhook(2), remove_webhook(3), remove_webhook(4);
select is((select count(*) from benchmark_private.webhook_deliveries), 0::bigint, 'what was still to be sent goes with its webhook');
select pg_temp.f1('d', 0.9);
select set_config('test.id', create_webhook('https://example.com/z', '{regression,recovery}', pg_temp.secret())::text, true);
select pg_temp.f1('d', 0.2);
select is(pg_temp.told(current_setting('test.id')::bigint), array['regression opened /f1 fail 0.2'], 'a webhook that comes later is told of the next regression');

select * from finish();
rollback;
