import { parseOptions, UsageError } from "../cli/command.ts";
import { metricPointer } from "../cli/metric_pointer.ts";
import { callFunction, findProject } from "../cli/project.ts";
import { renderTable } from "../cli/table.ts";
import { COMMON_OPTIONS } from "./options.ts";

interface MetricRow {
  metric: string;
  label: string | null;
  unit: string | null;
  better: "higher" | "lower" | null;
}

/** `admin metric set|list`. */
export async function manageMetrics([action, ...args]: string[]): Promise<number> {
  switch (action) {
    case "set":
      return await setMetric(args);
    case "list":
      return await listMetrics(args);
    default:
      throw new UsageError("metric takes set or list.");
  }
}

async function setMetric(args: string[]): Promise<number> {
  const { values } = parseOptions({
    args,
    options: {
      ...COMMON_OPTIONS,
      "metric": { type: "string" },
      "label": { type: "string" },
      "unit": { type: "string" },
      "better": { type: "string" },
    },
  });
  if (!values.metric) throw new UsageError("--metric is required: a JSON pointer such as f1.");
  const { label, unit, better } = values;
  if (label === undefined && unit === undefined && better === undefined) {
    throw new UsageError("Say at least one of --label, --unit and --better: the others stay.");
  }
  if (better !== undefined && better !== "higher" && better !== "lower") {
    throw new UsageError(`--better must be higher or lower: current value is ${better}.`);
  }
  checkLength("label", label, 100);
  checkLength("unit", unit, 20);
  const metric = metricPointer(values.metric);
  const project = await findProject(values["data-dir"]);
  await callFunction(project, "set_metric", {
    p_metric: metric,
    p_label: label ?? null,
    p_unit: unit ?? null,
    p_better: better ?? null,
  });
  if (values.json) console.log(JSON.stringify({ metric }));
  else console.log(`${metric} is in the catalogue: deno task admin metric list`);
  return 0;
}

async function listMetrics(args: string[]): Promise<number> {
  const { values } = parseOptions({ args, options: COMMON_OPTIONS });
  const project = await findProject(values["data-dir"]);
  const rows = await callFunction<MetricRow[]>(project, "list_metrics");
  if (values.json) console.log(JSON.stringify(rows));
  else if (rows.length === 0) console.log("No metrics: numbers are shown by their pointers.");
  else {
    console.log(renderTable(rows, [
      { heading: "METRIC", value: (row) => row.metric },
      { heading: "LABEL", value: (row) => row.label ?? "" },
      { heading: "UNIT", value: (row) => row.unit ?? "" },
      { heading: "BETTER", value: (row) => row.better ?? "" },
    ]));
  }
  return 0;
}

function checkLength(option: string, text: string | undefined, most: number): void {
  if (text === undefined) return;
  const length = [...text].length;
  if (length < 1 || length > most) {
    throw new UsageError(`--${option} must have 1 to ${most} characters: it has ${length}.`);
  }
}
