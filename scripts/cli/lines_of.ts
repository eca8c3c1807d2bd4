import { UserError } from "./user_error.ts";

/**
 * The lines of a text file, a line feed between them. Not by readline, which ends a line at U+2028,
 * too, as texts in JSON may hold it.
 *
 * @throws {UserError} When it cannot be read, or is not UTF-8.
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = "";
  try {
    const file = await Deno.open(path);
    const text = file.readable.pipeThrough(new TextDecoderStream("utf-8", { fatal: true }));
    for await (const chunk of text) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      yield* lines;
    }
  } catch (error) {
    throw new UserError(`Cannot read ${path}: ${(error as Error).message}`);
  }
  if (rest !== "") yield rest;
}
