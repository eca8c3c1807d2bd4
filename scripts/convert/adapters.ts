import type { Adapter } from "./adapter.ts";
import { bencher } from "./bencher.ts";
import { everyEvalEver } from "./every_eval_ever.ts";
import { githubActionBenchmark } from "./github_action_benchmark.ts";
import { googleBenchmark } from "./google_benchmark.ts";
import { hyperfine } from "./hyperfine.ts";
import { monitoringResult } from "./ingest_format.ts";
import { inspect } from "./inspect.ts";
import { lmEvaluationHarness } from "./lm_evaluation_harness.ts";
import { aggregatedMetrics, patientBenchmark } from "./medbilldozer.ts";
import { promptfoo } from "./promptfoo.ts";
import { pytestBenchmark } from "./pytest_benchmark.ts";
import { simpleEvals } from "./simple_evals.ts";

/** The shapes that are known, tried in this order. */
export const ADAPTERS: Adapter[] = [
  monitoringResult,
  aggregatedMetrics,
  patientBenchmark,
  lmEvaluationHarness,
  promptfoo,
  inspect,
  everyEvalEver,
  simpleEvals,
  pytestBenchmark,
  hyperfine,
  googleBenchmark,
  githubActionBenchmark,
  // The last: any object of objects with values is one.
  bencher,
];
