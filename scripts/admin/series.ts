import { parseOptions, UsageError } from "../cli/command.ts";
import { callFunction, findProject } from "../cli/project.ts";
import {
  configurationReference,
  describe,
  findConfiguration,
  REFERENCE_OPTIONS,
} from "./configurations.ts";
import { COMMON_OPTIONS } from "./options.ts";

/** `admin series set`. */
export async function manageSeries([action, ...args]: string[]): Promise<number> {
  if (action !== "set") throw new UsageError("series takes set.");
  const { values } = parseOptions({
    args,
    options: {
      ...COMMON_OPTIONS,
      ...REFERENCE_OPTIONS,
      "series": { type: "string" },
      "none": { type: "boolean", default: false },
      "reason": { type: "string" },
    },
  });
  if ((values.series === undefined) !== values.none || values.series === "") {
    throw new UsageError("Give either --series NAME or --none.");
  }
  const reference = configurationReference(values);
  const series = values.series ?? null;
  const project = await findProject(values["data-dir"]);
  const id = await findConfiguration(project, reference);
  await callFunction(project, "set_series", {
    p_configuration_id: id,
    p_series: series,
    p_reason: values.reason ?? null,
  });
  if (values.json) console.log(JSON.stringify({ configuration_id: id, series }));
  else {
    console.log(
      series === null
        ? `${describe(reference)} belongs to no series any more.`
        : `${describe(reference)} belongs to the series ${series}.`,
    );
  }
  return 0;
}
