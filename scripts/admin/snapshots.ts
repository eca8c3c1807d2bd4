import { parseOptions, UsageError } from "../cli/command.ts";
import { callFunction, findProject } from "../cli/project.ts";
import { CONFIGURATION_OPTIONS, configurationNames, findConfiguration } from "./configurations.ts";
import { COMMON_OPTIONS } from "./options.ts";

/** `admin checkout` and `admin baseline`. */
export async function selectSnapshot(
  kind: "checkout" | "baseline",
  args: string[],
): Promise<number> {
  const { values } = parseOptions({
    args,
    options: {
      ...COMMON_OPTIONS,
      ...CONFIGURATION_OPTIONS,
      "version": { type: "string" },
    },
  });
  const names = configurationNames(values);
  if (names === null || !values.version) {
    throw new UsageError(
      "--model, --dataset, --prompt, --environment and --version are all required.",
    );
  }
  const version = kind === "baseline" && values.version === "none" ? null : Number(values.version);
  if (version !== null && !(Number.isInteger(version) && version >= 1)) {
    throw new UsageError(`--version must be a version: current value is ${values.version}.`);
  }
  const project = await findProject(values["data-dir"]);
  if (kind === "checkout") {
    await callFunction(project, "checkout_snapshot", { ...names, p_snapshot_version: version });
  } else {
    const id = await findConfiguration(project, names);
    await callFunction(project, "set_baseline", { p_configuration_id: id, p_version: version });
  }
  if (values.json) console.log(JSON.stringify({ kind, version }));
  else {
    const name = kind === "checkout" ? "current snapshot" : "baseline";
    console.log(
      version === null
        ? `${values.model} has no ${name} any more.`
        : `Version ${version} of ${values.model} is the ${name}.`,
    );
  }
  return 0;
}
