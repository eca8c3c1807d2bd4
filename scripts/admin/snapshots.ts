import { parseOptions, UsageError } from "../cli/command.ts";
import { callFunction, findProject } from "../cli/project.ts";
import {
  CONFIGURATION_OPTIONS,
  configurationNames,
  configurationReference,
  describe,
  findConfiguration,
  REFERENCE_OPTIONS,
} from "./configurations.ts";
import { versionNumber } from "../cli/version_number.ts";
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
  const version = kind === "baseline" && values.version === "none"
    ? null
    : versionNumber(values.version);
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

/** `admin void`. */
export async function voidSnapshot(args: string[]): Promise<number> {
  const { values } = parseOptions({
    args,
    options: {
      ...COMMON_OPTIONS,
      ...REFERENCE_OPTIONS,
      "version": { type: "string" },
      "reason": { type: "string" },
      "undo": { type: "boolean", default: false },
    },
  });
  const reference = configurationReference(values);
  const version = versionNumber(values.version);
  if (!values.reason) throw new UsageError("--reason is required: it is what people read later.");
  const project = await findProject(values["data-dir"]);
  const id = await findConfiguration(project, reference);
  const isChanged = await callFunction<boolean>(project, "void_snapshot", {
    p_configuration_id: id,
    p_version: version,
    p_reason: values.reason,
    p_void: !values.undo,
  });
  if (values.json) {
    console.log(
      JSON.stringify({ configuration_id: id, version, void: !values.undo, changed: isChanged }),
    );
  } else {
    const state = values.undo ? "not void" : "void";
    console.log(
      `Version ${version} of ${describe(reference)} ${isChanged ? "is" : "was already"} ${state}.`,
    );
  }
  return 0;
}
