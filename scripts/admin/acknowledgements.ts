import { parseOptions, UsageError } from "../cli/command.ts";
import { metricPointer } from "../cli/metric_pointer.ts";
import { callFunction, findProject } from "../cli/project.ts";
import {
  configurationReference,
  describe,
  findConfiguration,
  REFERENCE_OPTIONS,
} from "./configurations.ts";
import { versionNumber } from "../cli/version_number.ts";
import { COMMON_OPTIONS } from "./options.ts";

/** `admin acknowledge`. */
export async function acknowledgeRegression(args: string[]): Promise<number> {
  const { values } = parseOptions({
    args,
    options: {
      ...COMMON_OPTIONS,
      ...REFERENCE_OPTIONS,
      "version": { type: "string" },
      "metric": { type: "string" },
      "reason": { type: "string" },
      "as": { type: "string" },
      "undo": { type: "boolean", default: false },
    },
  });
  const reference = configurationReference(values);
  const version = versionNumber(values.version);
  if (!values.metric) throw new UsageError("--metric is required: a JSON pointer such as f1.");
  if (!values.reason) throw new UsageError("--reason is required: it is what people read later.");
  if (values.undo && values.as !== undefined) {
    throw new UsageError("--undo opens it again: leave --as out.");
  }
  const resolution = values.as ?? "accepted";
  if (resolution !== "accepted" && resolution !== "false-positive") {
    throw new UsageError(
      `--as must be accepted or false-positive: current value is ${resolution}.`,
    );
  }
  const metric = metricPointer(values.metric);
  const project = await findProject(values["data-dir"]);
  const id = await findConfiguration(project, reference);
  const isChanged = await callFunction<boolean>(project, "acknowledge_regression", {
    p_configuration_id: id,
    p_version: version,
    p_metric: metric,
    p_reason: values.reason,
    p_resolution: resolution,
    p_undo: values.undo,
  });
  if (values.json) {
    console.log(JSON.stringify({
      configuration_id: id,
      version,
      metric,
      acknowledged: !values.undo,
      ...(!values.undo && { resolution }),
      changed: isChanged,
    }));
  } else {
    const state = values.undo
      ? "open again"
      : resolution === "accepted"
      ? "accepted"
      : "acknowledged as a false positive";
    console.log(
      isChanged
        ? `The regression of ${metric} in version ${version} of ${describe(reference)} is ${state}.`
        : `The regression of ${metric} in version ${version} of ${
          describe(reference)
        } was already ${values.undo ? "open" : "acknowledged, and stays as it is"}.`,
    );
  }
  return 0;
}
