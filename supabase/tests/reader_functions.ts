/** A function that anon or authenticated may execute: what bounds it, and a call at its bounds. */
export interface ReaderFunction {
  /** Why it cannot make the database work for long, whatever is stored. */
  bound: string;
  /** The dearest call there is, in the database that {@link hostileDatabase} makes. */
  call: string;
}

const BIG = "public.find_configuration('big', 'd', 'p', 'local')";
const EIGHT = `array[${Array(9).fill(BIG).join(", ")}]`;
const NAMES = "'big', 'd', 'p', 'local'";
const DOCUMENT = `(select t.metrics from public.benchmark_transactions as t
  where t.configuration_id = ${BIG} and t.snapshot_version = 2)`;

const ITEMS = `benchmark_private.stored_items(${BIG}, 2)`;
const OTHER_ITEMS = `benchmark_private.stored_items(${BIG}, 3)`;

/**
 * Every function that anon or authenticated may execute. Those of `public` can be called through
 * PostgREST and have a statement_timeout of half a second (the overview of one), which PostgREST puts in force; the
 * others are only reached through them.
 *
 * `deno task bench --only readers` measures each call.
 */
export const READER_FUNCTIONS: Record<string, ReaderFunction> = {
  "public.find_configuration": {
    bound: "one row by its key",
    call: `select public.find_configuration(${NAMES})`,
  },
  "public.list_configurations": {
    bound: "a row a configuration",
    call: "select public.list_configurations()",
  },
  "public.get_latest_benchmarks": {
    bound: "a run a configuration; timeout",
    call: "select count(*) from public.get_latest_benchmarks()",
  },
  "public.get_snapshot_history": {
    bound: "p_limit runs without their documents; timeout",
    call: `select count(*) from public.get_snapshot_history(${NAMES}, 1000000)`,
  },
  "public.get_snapshot_page": {
    bound: "at most 1000 runs and half a million characters of documents",
    call: `select count(p.metrics::text) from public.get_snapshot_page(${BIG}, null, 1000000) as p`,
  },
  "public.compare_snapshots": {
    bound: "ten numbers",
    call: `select count(*) from public.compare_snapshots(${NAMES}, 1, 2)`,
  },
  "public.compare_snapshots_all": {
    bound: "5000 numbers of each of two documents",
    call: `select count(*) from public.compare_snapshots_all(${NAMES}, 2, 3)`,
  },
  "public.detect_regression": {
    bound: "two runs a configuration of one model",
    call: "select count(*) from public.detect_regression('big')",
  },
  "public.get_trend": {
    bound: "buckets for scores, 1000 documents for other numbers; timeout",
    call: `select count(*) from public.get_trend(${BIG}, '/own', null, null, 1000000)`,
  },
  "public.get_metric_history": {
    bound: "at most 1000 documents; timeout",
    call: `select count(*) from public.get_metric_history(${BIG}, '/own', 1000000)`,
  },
  "public.list_regression_policies": {
    bound: "a row a policy, which only service_role makes",
    call: "select count(*) from public.list_regression_policies()",
  },
  "public.get_ledger_cursor": {
    bound: "a row a configuration",
    call: "select public.get_ledger_cursor()",
  },
  "public.get_dashboard_current": {
    bound: "a run a configuration, without documents",
    call: "select public.get_dashboard_current()",
  },
  "public.get_dashboard_trends": {
    bound: "get_trend() of eight configurations; timeout",
    call: `select public.get_dashboard_trends(${EIGHT}, '/own', null, null, 1000000, true)`,
  },
  "public.get_dashboard_overview": {
    bound: "2000 runs with 44 numbers of each of 1500, of documents of at most 8000 bytes; timeout",
    call: "select public.get_dashboard_overview(true), public.get_dashboard_overview(false)",
  },
  "public.get_dashboard_run": {
    bound: "5000 numbers of each of two documents, 10,000 items of each of two runs; timeout",
    call: `select public.get_dashboard_run(${BIG}, 2)`,
  },
  "public.get_dashboard_leaderboard": {
    bound: "get_leaderboard(), and five documents; timeout",
    call: "select public.get_dashboard_leaderboard('d', 'local', '/f1')",
  },
  "public.get_dashboard_metric_history": {
    bound: "get_metric_history() of eight configurations; timeout",
    call: `select public.get_dashboard_metric_history(${EIGHT}, '/own')`,
  },
  "public.get_dashboard_comparison": {
    bound: "5000 numbers of each of two documents",
    call: `select public.get_dashboard_comparison(${BIG}, 2, ${BIG}, 3)`,
  },
  "public.get_open_regressions": {
    bound: "1000 runs a policy and configuration that is worse; timeout",
    call: "select count(*) from public.get_open_regressions()",
  },
  "public.get_dashboard_regressions": {
    bound: "get_open_regressions(); timeout",
    call: "select public.get_dashboard_regressions()",
  },
  "public.get_dashboard_history": {
    bound: "201 runs, a million characters of documents, 1000 decisions",
    call: `select public.get_dashboard_history(${BIG}, null, 1000000)`,
  },
  "public.list_metrics": {
    bound: "a row a metric, which only service_role makes",
    call: "select count(*) from public.list_metrics()",
  },
  "public.get_item_changes": {
    bound: "10,000 items of each of two runs; timeout",
    call: `select public.get_item_changes(${BIG}, 2, ${BIG}, 3, '/f1', 1000000)`,
  },
  "public.get_judgements": {
    bound:
      "10,000 items of each of two runs for each policy, which only service_role makes; timeout",
    call: `select public.get_judgements(${BIG}, 2, ${BIG}, 3)`,
  },
  "public.get_leaderboard": {
    bound: "a run a configuration, and 10,000 items of each of twenty; timeout",
    call: "select public.get_leaderboard('d', 'local', '/f1')",
  },
  "public.get_series": {
    bound: "1000 runs a configuration of a series, and 1000 documents; timeout",
    call: "select public.get_series('none', '/own', null, null, 1000000)",
  },
  "public.get_checkpoint": {
    bound: "thirty-two entries, by their key, of each of 1000 configurations; timeout",
    call: "select public.get_checkpoint(null, '2000-01-01', 1000000)",
  },
  "benchmark_private.may_read": {
    bound: "one row",
    call: "select benchmark_private.may_read()",
  },
  "benchmark_private.scores": {
    bound: "constant",
    call: "select count(*) from benchmark_private.scores()",
  },
  "benchmark_private.metric_pointer": {
    bound: "its argument",
    call: "select benchmark_private.metric_pointer('f1')",
  },
  "benchmark_private.metric_keys": {
    bound: "1000 characters of its argument",
    call: "select benchmark_private.metric_keys(repeat('/a', 500))",
  },
  "benchmark_private.metric_number": {
    bound: "its argument",
    call: `select benchmark_private.metric_number(${DOCUMENT}, '{f1}')`,
  },
  "benchmark_private.metric_leaves": {
    bound: "5000 numbers under pointers of about 1000 characters",
    call: `select count(*) from benchmark_private.metric_leaves(${DOCUMENT})`,
  },
  "benchmark_private.percent_change": {
    bound: "constant",
    call: "select benchmark_private.percent_change(1, 2)",
  },
  "benchmark_private.compared_leaves": {
    bound: "twice metric_leaves()",
    call: `select count(*) from benchmark_private.compared_leaves(${DOCUMENT}, ${DOCUMENT})`,
  },
  "benchmark_private.configuration_id": {
    bound: "its arguments",
    call: `select benchmark_private.configuration_id(${NAMES}, '')`,
  },
  "benchmark_private.is_worse": {
    bound: "constant",
    call: "select benchmark_private.is_worse(1, 2, 1, 0.1, 0)",
  },
  "benchmark_private.run_metric": {
    bound: "one document",
    call: `select benchmark_private.run_metric(${BIG}, 2, '/own')`,
  },
  "benchmark_private.earlier_with_metric": {
    bound: "1000 documents",
    call: `select count(*) from benchmark_private.earlier_with_metric(${BIG}, 1000000, '/none', 1)`,
  },
  "benchmark_private.trend_bucket_size": {
    bound: "constant",
    call: "select benchmark_private.trend_bucket_size(100)",
  },
  "benchmark_private.find_version": {
    bound: "31 rows",
    call: `select benchmark_private.find_version(${BIG}, now())`,
  },
  "benchmark_private.metric_values": {
    bound: "what get_trend() asks of it",
    call: `select count(*) from benchmark_private.metric_values(${BIG}, '/own', 1, 5000)`,
  },
  "benchmark_private.backfilled_values": {
    bound: "20000 rows, 1000 documents",
    call:
      `select count(*) from benchmark_private.backfilled_values(${BIG}, '/own', null, null, 1000)`,
  },
  "benchmark_private.read_access": {
    bound: "a row",
    call: "select benchmark_private.read_access()",
  },
  "benchmark_private.newest_configuration": {
    bound: "a row a configuration",
    call: "select benchmark_private.newest_configuration()",
  },
  "benchmark_private.metrics_to_choose": {
    bound: "eight documents",
    call:
      `select benchmark_private.metrics_to_choose(array[row(${BIG}, 2), row(${BIG}, 3)]::benchmark_private.run_key[])`,
  },
  "benchmark_private.usual_metric": {
    bound: "a row a policy, which only service_role makes, for each number of eight documents",
    call:
      `select benchmark_private.usual_metric((select jsonb_agg('/' || n) from generate_series(1, 5000) as n))`,
  },
  "benchmark_private.dashboard_series": {
    bound: "get_trend() of eight configurations, and 200 documents of each",
    call: `select benchmark_private.dashboard_series(${EIGHT}, '/own', null, null, 1000, true)`,
  },
  "benchmark_private.dashboard_origin": {
    bound: "one run",
    call: `select benchmark_private.dashboard_origin(t) from public.benchmark_transactions as t
      where t.configuration_id = ${BIG} and t.snapshot_version = 2`,
  },
  "benchmark_private.judgement_documents": {
    bound: "10,000 items of each of two runs a judgement",
    call: `select benchmark_private.judgement_documents(t, t.judgements)
      from public.benchmark_transactions as t where t.configuration_id = ${BIG} and t.verdict = 'worse'`,
  },
  "benchmark_private.is_replaced": {
    bound: "a row a configuration of a series",
    call:
      "select count(*) from public.benchmark_configurations as c where benchmark_private.is_replaced(c)",
  },
  "benchmark_private.dashboard_frame": {
    bound: "a row a configuration, and regression_states()",
    call: "select benchmark_private.dashboard_frame()",
  },
  "benchmark_private.ledger_document": {
    bound: "one run",
    call: `select benchmark_private.ledger_document(t, null) from public.benchmark_transactions as t
      where t.configuration_id = ${BIG} and t.snapshot_version = 2`,
  },
  "benchmark_private.utc_text": {
    bound: "constant",
    call: "select benchmark_private.utc_text(now())",
  },
  "benchmark_private.t_quantile": {
    bound: "constant",
    call: "select benchmark_private.t_quantile(9, 1.96)",
  },
  "benchmark_private.stored_items": {
    bound: "one run",
    call: `select benchmark_private.stored_items(${BIG}, 2)`,
  },
  "benchmark_private.item_score_of": {
    bound: "a row a policy, which only service_role makes",
    call: `select benchmark_private.item_score_of(${BIG}, '/f1')`,
  },
  "benchmark_private.item_numbers": {
    bound: "one run",
    call: `select benchmark_private.item_numbers(${ITEMS}, 'tp')`,
  },
  "benchmark_private.scores_of_metric": {
    bound: "sixteen scores",
    call: `select benchmark_private.scores_of_metric(${ITEMS}, '/f1', null)`,
  },
  "benchmark_private.compare_items": {
    bound: "10,000 items of each of two runs",
    call:
      `select benchmark_private.compare_items(${ITEMS}, ${OTHER_ITEMS}, '/f1', null, 1, false, null)`,
  },
  "benchmark_private.item_changes": {
    bound: "10,000 items of each of two runs",
    call: `select benchmark_private.item_changes(${ITEMS}, ${OTHER_ITEMS}, '/f1', null, 1, 10000)`,
  },
  "benchmark_private.flipped_items": {
    bound: "10,000 items of each of two runs",
    call: `select benchmark_private.flipped_items(${ITEMS}, ${BIG}, 3, 1)`,
  },
  "benchmark_private.run_reference": {
    bound: "one run",
    call: `select benchmark_private.run_reference(t) from public.benchmark_transactions as t
      where t.configuration_id = ${BIG} and t.snapshot_version = 2`,
  },
  "benchmark_private.judgement_references": {
    bound: "a run a judgement",
    call: `select benchmark_private.judgement_references(t.configuration_id, 1, t.judgements)
      from public.benchmark_transactions as t where t.configuration_id = ${BIG} and t.verdict = 'worse'`,
  },
  "benchmark_private.judge": {
    bound: "10,000 items of each of two runs, or 1000 documents, for each policy",
    call: `select benchmark_private.judge(${BIG}, 1000000, 2, 'big', '{"f1": 1}', ${ITEMS},
      row(${BIG}, 3)::benchmark_private.run_key, true, '{}')`,
  },
  "benchmark_private.better_direction": {
    bound: "a row a metric and a policy",
    call: "select benchmark_private.better_direction('/own')",
  },
  "benchmark_private.regression_states": {
    bound: "1000 runs a policy and configuration that is worse",
    call: "select count(*) from benchmark_private.regression_states()",
  },
};

/**
 * Stores what makes reading dear, past the ingest function: a long history, documents of a
 * megabyte with hundreds of thousands of numbers, keys of half a megabyte, many configurations.
 */
export function hostileDatabase(configurations: number, runs: number): string {
  return `
  insert into public.benchmark_configurations (id, model_version, dataset_version, prompt_version, environment, last_version, current_version, reference_version)
  select benchmark_private.configuration_id('m' || n, 'd', 'p', 'local', ''), 'm' || n, 'd', 'p', 'local', 1, 1, 1
  from generate_series(1, ${configurations}) as n
  union all
  select benchmark_private.configuration_id('big', 'd', 'p', 'local', ''), 'big', 'd', 'p', 'local', ${runs}, ${runs}, ${runs};
  insert into public.benchmark_transactions (configuration_id, snapshot_version, created_at, commit_sha, model_version, dataset_version,
    prompt_version, environment, f1_score, metrics, principal, provenance, published, judgements, verdict, entry_hash)
  select c.id, n, timestamptz '2026-01-01T00:00Z' + n * interval '1 minute', '0123abc', c.model_version, c.dataset_version, c.prompt_version,
    c.environment, case when c.model_version = 'big' and (n = 2 or n > ${runs} - 25) then 0.1 when n = 3 then 0.9 else 0.5 end,
    case when c.model_version = 'big' and (n = 2 or n > ${runs} - 25) then jsonb_build_object('f1', 0.1, 'own', 1, repeat('k', 500000), '[1]'::jsonb,
        'many', (select jsonb_agg(x) from generate_series(1, 100000) as x))
      when n = 3 then jsonb_build_object('f1', 0.9, 'own', 1, 'many', (select jsonb_object_agg(repeat('k', 100) || x, x) from generate_series(1, 8000) as x))
      else jsonb_build_object('f1', 0.5, 'own', n) end,
    'test', '{}', true, case when c.last_version = ${runs} and n = ${runs} then array[
      row(null, null, null, (select p.id from public.benchmark_policies as p where p.metric = '/f1'), 'none', 'worse', 1, null, null, false, false, false, null, 0.9, null)
        ::benchmark_private.judgement] end,
    case when c.last_version = ${runs} and n = ${runs} then 'worse'::benchmark_private.verdict end, '\\x00'
  from public.benchmark_configurations as c cross join lateral generate_series(1, c.last_version) as n;
  insert into public.benchmark_item_sets (digest, ids)
  select digest, array(select digest::text || lpad(n::text, 190, '0') from generate_series(1, 10000) as n order by n)
  from unnest('{a,b}'::bytea[]) as digest;
  insert into public.benchmark_items (configuration_id, snapshot_version, item_set, scores, boolean_scores, numbers)
  select c.id, v.version, case v.version when 2 then 'a' else 'b' end::bytea, '{fn,fp,tp}', '{}',
    array(select (n * v.version) % 3 from generate_series(1, 30000) as n)
  from public.benchmark_configurations as c cross join (values (1), (2), (3)) as v(version)
  where c.model_version = 'big' or (v.version = 1 and c.model_version ~ '^m[0-9]$');`;
}
