import { parseOptions, UsageError } from "../cli/command.ts";
import { callFunction, findProject } from "../cli/project.ts";
import { COMMON_OPTIONS, onlyPositional } from "./options.ts";

const LEVELS: Record<string, string> = {
  "members": "Members may read (deno task admin reader list), and nobody else.",
  "signed-in": "Everybody who is signed in may read.",
  "public": "Everybody who has the publishable key may read.",
  "nobody": "Nobody may read through the API, members neither.",
};

const SIGN_UP_WARNING =
  "Warning: on a new Supabase project anybody can sign up, and so read. Close it: Authentication, Sign In / Providers, Allow new users to sign up, off (or enable_signup = false under [auth] in supabase/config.toml). Or keep to members: deno task admin read-access members.";

/** `admin read-access [LEVEL]`. */
export async function manageReadAccess(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions({
    args,
    allowPositionals: true,
    options: COMMON_OPTIONS,
  });
  const project = await findProject(values["data-dir"]);
  if (positionals.length === 0) {
    report(await callFunction<string>(project, "get_read_access"), values.json);
    return 0;
  }
  const level = onlyPositional(positionals, Object.keys(LEVELS).join(", "));
  if (!Object.hasOwn(LEVELS, level)) {
    throw new UsageError(
      `read-access takes ${Object.keys(LEVELS).join(", ")}: current value is ${level}.`,
    );
  }
  report(await callFunction<string>(project, "set_read_access", { p_level: level }), values.json);
  if (level === "signed-in") console.error(SIGN_UP_WARNING);
  return 0;
}

/** `admin public-read on|off`: the short form for public and members. */
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
  const project = await findProject(values["data-dir"]);
  const isOn = await callFunction<boolean>(project, "set_public_read", { p_on: state === "on" });
  if (values.json) console.log(JSON.stringify({ public_read: isOn }));
  else console.log(LEVELS[isOn ? "public" : "members"]);
  return 0;
}

function report(level: string, isJson: boolean): void {
  console.log(isJson ? JSON.stringify({ read_access: level }) : LEVELS[level]);
}
