import { parseArgs, type ParseArgsConfig } from "node:util";
import { StackError } from "../../stack/stack_error.ts";
import { UserError } from "./user_error.ts";

/** Wrong usage: shown with a pointer to `--help`, exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/**
 * `node:util` `parseArgs` with its complaints as {@link UsageError}s.
 */
export function parseOptions<T extends ParseArgsConfig>(
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/**
 * Runs the main function of a script: prints `--help`, and turns errors into one line and an
 * exit code: 0 done, 1 failed or refused, 2 wrong usage.
 *
 * @param help What `--help` prints.
 * @param main Takes the arguments, returns the exit code.
 */
export async function runCommand(
  help: string,
  main: (args: string[]) => Promise<number>,
): Promise<never> {
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
    console.log(help.trim());
    Deno.exit(0);
  }
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\nSee --help.`);
      Deno.exit(2);
    }
    if (error instanceof UserError || error instanceof StackError) {
      console.error(error.message);
      Deno.exit(1);
    }
    throw error;
  }
}
