import { parseOptions, UsageError } from "../cli/command.ts";
import { callFunction, findProject } from "../cli/project.ts";
import { UserError } from "../stack/user_error.ts";
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
      "model": { type: "string" },
      "dataset": { type: "string" },
      "prompt": { type: "string" },
      "environment": { type: "string" },
      "version": { type: "string" },
    },
  });
  const { model, dataset, prompt, environment } = values;
  if (!model || !dataset || !prompt || !environment || !values.version) {
    throw new UsageError(
      "--model, --dataset, --prompt, --environment and --version are all required.",
    );
  }
  const version = kind === "baseline" && values.version === "none" ? null : Number(values.version);
  if (version !== null && !(Number.isInteger(version) && version >= 1)) {
    throw new UsageError(`--version must be a version: current value is ${values.version}.`);
  }
  const project = await findProject(values["data-dir"]);
  const names = {
    p_model_version: model,
    p_dataset_version: dataset,
    p_prompt_version: prompt,
    p_environment: environment,
  };
  if (kind === "checkout") {
    await callFunction(project, "checkout_snapshot", { ...names, p_snapshot_version: version });
  } else {
    const id = await callFunction<string | null>(project, "find_configuration", names);
    if (id === null) {
      throw new UserError(`There is no configuration ${Object.values(names).join(" / ")}.`);
    }
    await callFunction(project, "set_baseline", { p_configuration_id: id, p_version: version });
  }
  if (values.json) console.log(JSON.stringify({ kind, version }));
  else {
    const name = kind === "checkout" ? "current snapshot" : "baseline";
    console.log(
      version === null
        ? `${model} has no ${name} any more.`
        : `Version ${version} of ${model} is the ${name}.`,
    );
  }
  return 0;
}
