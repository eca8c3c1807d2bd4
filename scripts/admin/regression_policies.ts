import { parseOptions, UsageError } from "../cli/command.ts";
import { metricPointer } from "../cli/metric_pointer.ts";
import { callFunction, findProject } from "../cli/project.ts";
import { renderTable } from "../cli/table.ts";
import { CONFIGURATION_OPTIONS, configurationNames, findConfiguration } from "./configurations.ts";
import { describeLookBack, lookBack } from "./look_back.ts";
import { COMMON_OPTIONS, onlyPositional } from "./options.ts";

interface PolicyRow {
  id: number;
  metric: string;
  better: "higher" | "lower";
  limit_kind: "absolute" | "relative";
  limit_value: number;
  severity: "warn" | "fail";
  model_version: string | null;
  configuration_id: string | null;
  confidence: number;
  /** The score of the items that gives the metric; null for the one of its name. */
  item_score: string | null;
  /** Null for the metric's own pointer with `_stderr` at its end. */
  standard_error: string | null;
}

/** `admin policy set|list|remove`. */
export async function managePolicies([action, ...args]: string[]): Promise<number> {
  switch (action) {
    case "set":
      return await setPolicy(args);
    case "list":
      return await listPolicies(args);
    case "remove":
      return await removePolicy(args);
    default:
      throw new UsageError("policy takes set, list or remove.");
  }
}

async function setPolicy(args: string[]): Promise<number> {
  const { values } = parseOptions({
    args,
    options: {
      ...COMMON_OPTIONS,
      ...CONFIGURATION_OPTIONS,
      "metric": { type: "string" },
      "better": { type: "string" },
      "limit": { type: "string" },
      "severity": { type: "string", default: "fail" },
      "confidence": { type: "string", default: "0.95" },
      "items": { type: "string" },
      "standard-error": { type: "string" },
      "no-replay": { type: "boolean", default: false },
    },
  });
  const { better, severity, model, dataset, prompt, environment, variant } = values;
  if (!values.metric) throw new UsageError("--metric is required: a JSON pointer such as f1.");
  const metric = metricPointer(values.metric);
  if (better !== "higher" && better !== "lower") {
    throw new UsageError(`--better must be higher or lower: current value is ${better}.`);
  }
  if (severity !== "warn" && severity !== "fail") {
    throw new UsageError(`--severity must be warn or fail: current value is ${severity}.`);
  }
  const limit = /^(\d+(?:\.\d+)?)(%?)$/.exec(values.limit ?? "");
  if (limit === null) {
    throw new UsageError(
      `--limit must be a number, or a percentage such as 10%: current value is ${values.limit}.`,
    );
  }
  const confidence = confidenceOf(values.confidence);
  if (values.items === "" || values["standard-error"] === "") {
    throw new UsageError("--items takes the name of a score, --standard-error a JSON pointer.");
  }
  const names = configurationNames(values);
  if (names === null && (dataset || prompt || environment || variant)) {
    throw new UsageError(
      "A configuration is named by --model, --dataset, --prompt and --environment, and --variant if it has one; --model alone names a model.",
    );
  }
  const project = await findProject(values["data-dir"]);
  const id = await callFunction<number>(project, "set_regression_policy", {
    p_metric: metric,
    p_better: better,
    p_limit: limit[2] === "%" ? Number(limit[1]) / 100 : Number(limit[1]),
    p_limit_kind: limit[2] === "%" ? "relative" : "absolute",
    p_severity: severity,
    p_model_version: names === null ? model ?? null : null,
    p_configuration_id: names === null ? null : await findConfiguration(project, names),
    p_confidence: confidence,
    p_item_score: values.items ?? null,
    p_standard_error: values["standard-error"] ?? null,
  });
  if (!values.json) console.log(`Policy ${id} is in force.`);
  const found = values["no-replay"] ? null : await lookBack(project, id);
  if (values.json) console.log(JSON.stringify({ id, replay: found }));
  if (found?.with_metric === 0) {
    console.error(`No run has ${metric} yet: it is judged from the first two that have it.`);
  } else if (found && !values.json) console.log(describeLookBack(found));
  return 0;
}

function confidenceOf(text: string): number {
  const confidence = /^0?\.\d+$/.test(text) ? Number(text) : NaN;
  if (!(confidence >= 0.5 && confidence <= 0.9999)) {
    throw new UsageError(
      `--confidence must be 0.5 to 0.9999, such as 0.95: current value is ${text}.`,
    );
  }
  return confidence;
}

async function listPolicies(args: string[]): Promise<number> {
  const { values } = parseOptions({ args, options: COMMON_OPTIONS });
  const project = await findProject(values["data-dir"]);
  const rows = await callFunction<PolicyRow[]>(project, "list_regression_policies");
  if (values.json) console.log(JSON.stringify(rows));
  else if (rows.length === 0) console.log("No policies: nothing counts as a regression.");
  else {
    console.log(renderTable(rows, [
      { heading: "ID", value: (row) => String(row.id), align: "right" },
      { heading: "METRIC", value: (row) => row.metric },
      { heading: "BETTER", value: (row) => row.better },
      { heading: "LIMIT", value: limitOf, align: "right" },
      { heading: "SEVERITY", value: (row) => row.severity },
      {
        heading: "CONFIDENCE",
        value: (row) => percent(row.confidence),
        align: "right",
      },
      { heading: "ITEMS", value: (row) => row.item_score ?? "by name" },
      {
        heading: "STANDARD ERROR",
        value: (row) => row.standard_error ?? `${row.metric}_stderr`,
      },
      { heading: "SCOPE", value: scopeOf },
    ]));
  }
  return 0;
}

async function removePolicy(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions({
    args,
    allowPositionals: true,
    options: COMMON_OPTIONS,
  });
  const id = onlyPositional(positionals, "policy id");
  if (!/^[1-9]\d{0,15}$/.test(id)) throw new UsageError(`${id} is not the id of a policy.`);
  const project = await findProject(values["data-dir"]);
  await callFunction(project, "remove_regression_policy", { p_id: Number(id) });
  if (values.json) console.log(JSON.stringify({ id: Number(id), removed: true }));
  else console.log(`Policy ${id} is removed.`);
  return 0;
}

function limitOf(row: PolicyRow): string {
  return row.limit_kind === "relative" ? percent(row.limit_value) : String(row.limit_value);
}

function percent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(6))}%`;
}

function scopeOf(row: PolicyRow): string {
  if (row.configuration_id !== null) return `configuration ${row.configuration_id}`;
  return row.model_version === null ? "all" : `model ${row.model_version}`;
}
