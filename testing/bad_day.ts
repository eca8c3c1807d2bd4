// A month of runs that ends with a bad day: for screenshots, for the browser's tests, and for
// whoever wants to see what the dashboard says then. The same numbers in every run.
//
//   deno task start --no-sample
//   deno run -A testing/bad_day.ts [--data-dir .local] [--configurations 40] [--runs 30]
import { parseArgs } from "node:util";
import { type LocalEnv, readLocalEnv } from "../stack/local_env.ts";
import { randomFrom } from "./random.ts";

/** What it needs of a stack. */
export interface BadDayStack {
  /** Posts a document to the ingest function. */
  post(body: unknown): Promise<Response>;
  /** Calls an SQL function with the secret key. */
  rpc(name: string, args?: Record<string, unknown>): Promise<Response>;
}

/** The configurations that something happened to, by what it was: their ids. */
export interface BadDay {
  regressed: string;
  slower: string;
  inconclusive: string;
  drifted: string;
  acknowledged: string;
  /** Has a run that was declared void. */
  voided: string;
  /** Has a candidate of a pull request. */
  candidate: string;
}

/** How much there is, and when it ends. */
export interface BadDayOptions {
  /** At least 40 (default 40). */
  configurations?: number;
  /** Of each configuration, one a day (default 30). */
  runs?: number;
  /** When the last of them was measured (default now). */
  end?: Date;
}

const DAY_MS = 86_400_000;
const STEP_MS = 60_000;
const BATCH = 100;
const DRIFT_DAYS = 60;
const BILLS = "medical-bills-2026-10";
const QUESTIONS = "discharge-qa-2026-09";
const LONG_MODEL = "hospital-finance-lab/auditor-mixture-of-experts-8x22b-instruct-2026-10-31-fp8";
const MODELS = [
  "auditor-large-2.0",
  "auditor-small-2.0",
  "gpt-4o-2024-11-20",
  "claude-sonnet-4",
  "gemma-3-27b",
  "llama-3.3-70b",
  "mistral-nemo-12b",
  "qwen2.5-72b",
  "rules-1.4",
  LONG_MODEL,
];
const ITEMS = 200;

interface Names {
  model_version: string;
  dataset_version: string;
  prompt_version: string;
  environment: string;
}

/** Which configuration each event happens to. */
const EVENTS = {
  regressed: place("auditor-large-2.0", BILLS, "production"),
  slower: place("mistral-nemo-12b", QUESTIONS, "production"),
  inconclusive: place("gemma-3-27b", QUESTIONS, "production"),
  drifted: place("llama-3.3-70b", BILLS, "staging"),
  acknowledged: place("qwen2.5-72b", QUESTIONS, "staging"),
  voided: place("gpt-4o-2024-11-20", BILLS, "production"),
  candidate: place("auditor-large-2.0", BILLS, "production"),
};

/**
 * Posts the month through the ingest function, and decides what somebody would have decided.
 *
 * @throws {Error} When the stack refuses something.
 */
export async function postBadDay(stack: BadDayStack, options: BadDayOptions = {}): Promise<BadDay> {
  const { configurations = 40, runs = 30, end = new Date() } = options;
  await rpc(stack, "set_regression_policy", {
    p_metric: "/accuracy",
    p_better: "higher",
    p_limit: 0.05,
  });
  const names = namesOf(configurations);
  const ids: Record<string, string> = {};
  // Drift takes longer than the runs that a run is compared with.
  const drifted = names.findIndex((one) => isSame(one, EVENTS.drifted));
  for (let day = 1 - DRIFT_DAYS; day < 1; day += BATCH) {
    await post(stack, {
      results: Array.from(
        { length: Math.min(BATCH, 1 - day) },
        (_, index) =>
          resultOf(names[drifted]!, drifted, {
            day: day + index,
            runs,
            at: new Date(
              end.getTime() - (runs - day - index) * DAY_MS - (names.length - drifted) * STEP_MS,
            ),
          }),
      ),
    });
  }
  for (let day = 1; day <= runs; day++) {
    const results = names.map((one, index) =>
      resultOf(one, index, {
        day,
        runs,
        // They run one after the other, and the last of them now.
        at: new Date(end.getTime() - (runs - day) * DAY_MS - (names.length - index) * STEP_MS),
      })
    );
    for (let start = 0; start < results.length; start += BATCH) {
      const receipts = await post(stack, { results: results.slice(start, start + BATCH) });
      for (const { configuration } of receipts) {
        for (const [event, place] of Object.entries(EVENTS)) {
          if (isSame(configuration, place)) ids[event] = configuration.id;
        }
      }
    }
  }
  const happened = ids as unknown as BadDay;
  await decide(stack, happened, runs);
  await post(stack, {
    results: [{
      ...resultOf(EVENTS.candidate, 0, { day: runs, runs, at: end }),
      commit_sha: commitOf(runs + 1),
      branch_name: "fix/line-item-parser",
      candidate: true,
      notes: "Parses line items before it counts them",
    }],
  });
  return happened;
}

/** What somebody said of some of these runs. */
async function decide(stack: BadDayStack, happened: BadDay, runs: number): Promise<void> {
  await rpc(stack, "void_snapshot", {
    p_configuration_id: happened.voided,
    p_version: voidDay(runs),
    p_reason: "The harness read the wrong split",
  });
  await rpc(stack, "set_baseline", {
    p_configuration_id: happened.voided,
    p_version: Math.ceil(runs / 3),
  });
  await rpc(stack, "acknowledge_regression", {
    p_configuration_id: happened.acknowledged,
    p_version: runs,
    p_metric: "/latency_ms",
    p_reason: "Answers with its sources now, which takes longer",
  });
}

function namesOf(count: number): Names[] {
  const names: Names[] = [];
  for (let generation = 0; names.length < count; generation++) {
    for (const model of MODELS) {
      for (const dataset_version of [BILLS, QUESTIONS]) {
        for (const environment of ["production", "staging"]) {
          const model_version = generation === 0 ? model : `${model}-tuned-${generation}`;
          names.push(place(model_version, dataset_version, environment));
        }
      }
    }
  }
  return names.slice(0, count);
}

function place(model_version: string, dataset_version: string, environment: string): Names {
  const prompt_version = environment === "production" ? "auditor-v3" : "auditor-v4-draft";
  return { model_version, dataset_version, prompt_version, environment };
}

function isSame(one: Names, other: Names): boolean {
  return one.model_version === other.model_version &&
    one.dataset_version === other.dataset_version && one.environment === other.environment;
}

interface Day {
  /** From 1. */
  day: number;
  runs: number;
  at: Date;
}

function resultOf(names: Names, index: number, { day, runs, at }: Day): Record<string, unknown> {
  const random = randomFrom(index * 10_007 + day);
  // Of about a normal distribution, which is what noise looks like.
  const noise = (spread: number) => (random() + random() + random() - 1.5) * spread;
  const happens = (event: keyof typeof EVENTS) => isSame(names, EVENTS[event]);
  const quality = 0.93 - (index % 10) * 0.017;
  const slower = (happens("slower") && day > runs - 5) ||
    (happens("acknowledged") && day > runs / 2);
  const common = {
    latency_ms: Math.round((300 + (index % 7) * 140 + noise(25)) * (slower ? 1.8 : 1)),
    analysis_cost: Number((0.0008 * (1 + index % 10) + noise(0.00004)).toFixed(6)),
  };
  const result = {
    ...names,
    ...(names.model_version.startsWith("auditor-") && !names.model_version.includes("tuned") && {
      series: `bill-${names.model_version.split("-").slice(0, 2).join("-")}`,
    }),
    commit_sha: commitOf(day),
    branch_name: "main",
    timestamp: at.toISOString(),
    tags: [index % 4 < 2 ? "nightly" : "weekly"],
  };
  if (names.dataset_version === QUESTIONS) {
    // The last run of one forgets a few answers: too few to be sure.
    const forgotten = happens("inconclusive") && day === runs ? 10 : 0;
    const always = randomFrom(index);
    let left = forgotten;
    const items = Array.from({ length: ITEMS }, (_, item) => {
      const isEasy = always() < quality;
      const flips = random() < 0.002;
      const isForgotten = isEasy && left > 0 && item % 13 === 0 && left-- > 0;
      return {
        id: `question-${String(item + 1).padStart(3, "0")}`,
        correct: isForgotten ? false : isEasy !== flips,
      };
    });
    return { ...result, metrics: common, items };
  }
  const fall = happens("regressed") && day > runs * 0.4
    ? 0.09
    : happens("drifted")
    ? 0.0011 * Math.max(0, day + DRIFT_DAYS / 2)
    : 0;
  const f1 = happens("voided") && day === voidDay(runs)
    ? 0.11
    : quality - fall + noise(happens("drifted") ? 0.002 : 0.008);
  const near = (offset: number) => Number((f1 + offset + noise(0.004)).toFixed(4));
  return {
    ...result,
    metrics: {
      f1: Number(f1.toFixed(4)),
      precision: near(0.012),
      recall: near(-0.011),
      ...common,
      category_f1: {
        upcoding: near(-0.02),
        duplicate_charge: near(0.015),
        unbundling: near(-0.035),
      },
    },
  };
}

function voidDay(runs: number): number {
  return Math.ceil(runs * 2 / 3);
}

function commitOf(day: number): string {
  const random = randomFrom(day);
  return Array.from({ length: 40 }, () => Math.floor(random() * 16).toString(16)).join("");
}

interface Receipt {
  configuration: Names & { id: string };
}

async function post(stack: BadDayStack, body: unknown): Promise<Receipt[]> {
  const response = await stack.post(body);
  if (response.status !== 201) throw new Error(`POST: ${response.status} ${await response.text()}`);
  return (await response.json()).results;
}

async function rpc(
  stack: BadDayStack,
  name: string,
  args: Record<string, unknown>,
): Promise<void> {
  const response = await stack.rpc(name, args);
  const text = await response.text();
  if (!response.ok) throw new Error(`${name}: ${response.status} ${text}`);
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      "data-dir": { type: "string", default: ".local" },
      "configurations": { type: "string", default: "40" },
      "runs": { type: "string", default: "30" },
    },
  });
  const env = await readLocalEnv(values["data-dir"]) as LocalEnv;
  if (!env.INGEST_URL) {
    throw new Error(`No local.env in ${values["data-dir"]}: start the stack first.`);
  }
  const happened = await postBadDay({
    post: (body) =>
      fetch(env.INGEST_URL, {
        method: "POST",
        headers: {
          "Authorization": `Bearer ${env.INGEST_TOKEN}`,
          "Content-Type": "application/json",
        },
        body: JSON.stringify(body),
      }),
    rpc: (name, args = {}) =>
      fetch(`${env.SUPABASE_URL}/rest/v1/rpc/${name}`, {
        method: "POST",
        headers: { "apikey": env.SUPABASE_SECRET_KEY, "Content-Type": "application/json" },
        body: JSON.stringify(args),
      }),
  }, {
    configurations: Number(values.configurations),
    runs: Number(values.runs),
  });
  console.log(happened);
}
