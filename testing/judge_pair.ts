import type pg from "pg";
import type { SimulatedPair } from "../statistics/simulated_runs.ts";

/** What the database decided about a pair of runs. */
export interface PairJudgement {
  verdict: "worse" | "inconclusive" | "not-worse";
  method: string;
  estimate: number | null;
  /** Half the interval. */
  margin: number | null;
  caveat: string | null;
}

/**
 * Makes the database ready to judge simulated pairs by one policy. The function that judges is the
 * one that judges stored runs; only the reference's items are put there by hand, because storing
 * hundreds of thousands of runs would take hours.
 */
export async function prepareToJudge(
  database: pg.Pool,
  policies: { metric: string; better: string; limit: number; kind: string }[],
): Promise<void> {
  await database.query(`
    update public.benchmark_policies set removed_at = clock_timestamp();
    insert into public.benchmark_configurations (id, model_version, dataset_version, prompt_version, environment)
    values (benchmark_private.configuration_id('simulated', 'd', 'p', 'local', ''), 'simulated', 'd', 'p', 'local');
    insert into public.benchmark_transactions (configuration_id, snapshot_version, created_at, commit_sha,
      model_version, dataset_version, prompt_version, environment, metrics, f1_score, latency_ms, principal, provenance,
      published, entry_hash)
    select c.id, 1, now(), '0123abc', 'simulated', 'd', 'p', 'local', '{"f1": 1, "latency_ms": 1, "accuracy": 1}', 1, 1,
      'simulation', '{}', true, '\\x00'
    from public.benchmark_configurations as c;
    create function public.judge_simulated(p jsonb) returns jsonb language plpgsql as $$
    declare
      v_configuration uuid := benchmark_private.configuration_id('simulated', 'd', 'p', 'local', '');
      v_set public.benchmark_item_sets;
      v_items public.benchmark_items;
      v_judgement benchmark_private.judgement;
    begin
      v_set.ids := array(select lpad(n::text, 6, '0') from generate_series(1, (p ->> 'items')::integer) as n order by n);
      v_set.groups := array(select jsonb_array_elements_text(p -> 'groups'));
      if v_set.groups = '{}' then v_set.groups := null; end if;
      v_set.digest := benchmark_private.item_set_digest(v_set);
      insert into public.benchmark_item_sets values (v_set.*) on conflict do nothing;
      v_items.configuration_id := v_configuration;
      v_items.item_set := v_set.digest;
      v_items.scores := array(select jsonb_array_elements_text(p -> 'scores'));
      v_items.boolean_scores := array(select jsonb_array_elements_text(p -> 'booleans'));
      v_items.snapshot_version := 1;
      v_items.numbers := array(select n::double precision from jsonb_array_elements_text(p -> 'reference') as n);
      delete from public.benchmark_items;
      insert into public.benchmark_items values (v_items.*);
      v_items.snapshot_version := 2;
      v_items.numbers := array(select n::double precision from jsonb_array_elements_text(p -> 'run') as n);
      v_judgement := (benchmark_private.judge(v_configuration, 2, 1, 'simulated', jsonb_build_object(p ->> 'key', 1), v_items,
        row(v_configuration, 1)::benchmark_private.run_key, true, '{}')).judgements[1];
      return jsonb_build_object('verdict', v_judgement.verdict, 'method', v_judgement.method, 'estimate', v_judgement.estimate,
        'margin', v_judgement.margin, 'caveat', v_judgement.caveat);
    end $$;`);
  for (const { metric, better, limit, kind } of policies) {
    await database.query("select public.set_regression_policy($1, $2, $3, $4)", [
      metric,
      better,
      limit,
      kind,
    ]);
  }
}

/** Has the database judge a pair; see {@link prepareToJudge}. */
export async function judgePair(
  database: pg.Pool,
  { metric, scores, booleans, reference, run, groups }: SimulatedPair,
): Promise<PairJudgement> {
  const { rows: [row] } = await database.query("select public.judge_simulated($1) as judgement", [
    JSON.stringify({
      key: metric.slice(1),
      items: reference[0]!.length,
      scores,
      booleans,
      groups: groups ?? [],
      reference: reference.flat(),
      run: run.flat(),
    }),
  ]);
  return row.judgement;
}
