import { parseOptions, UsageError } from "../cli/command.ts";
import { callFunction, findProject } from "../cli/project.ts";
import { COMMON_OPTIONS, onlyPositional } from "./options.ts";

/** `admin public-read on|off`. */
export async function managePublicRead(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions({
    args,
    allowPositionals: true,
    options: COMMON_OPTIONS,
  });
  const state = onlyPositional(positionals, "on or off");
  if (state !== "on" && state !== "off") {
    throw new UsageError(`public-read takes on or off: current value is ${state}.`);
  }
  const isOn = await callFunction<boolean>(
    await findProject(values["data-dir"]),
    "set_public_read",
    { p_on: state === "on" },
  );
  if (values.json) console.log(JSON.stringify({ public_read: isOn }));
  else {
    console.log(
      isOn ? "Everybody who has the publishable key may read." : "Only signed-in users may read.",
    );
  }
  return 0;
}
