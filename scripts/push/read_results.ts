import { glob } from "node:fs/promises";
import { membersOf } from "../cli/json_members.ts";
import { type Note, parseJson, readText } from "../cli/read_input.ts";
import { UserError } from "../cli/user_error.ts";
import { ADAPTERS, convertDocument } from "../convert/convert_document.ts";
import { monitoringResult } from "../convert/medbilldozer.ts";

/** A result, and where it was read. */
export interface SourcedResult {
  source: string;
  /** Its JSON, as it stands in the file. */
  text: string;
  /** JSON pointer of the result in the file: empty, or `/results/<index>`. */
  pointer: string;
  /** The text of the file; undefined where the result was converted, and stands in none. */
  fileText: string | undefined;
}

/**
 * Reads results from a file, the files that a glob matches, or standard input (`-`). A file has
 * one result or `{"results": […]}`, or is a document that can be converted to it.
 *
 * @param note Gets what was converted, and what of it is left out.
 * @throws {UserError} When nothing matches, or a file is not one.
 */
export async function readResults(input: string, note: Note): Promise<SourcedResult[]> {
  const files = input === "-" || await isFile(input)
    ? [input]
    // A file of that name that a pattern matches is a file, and not standard input.
    : (await Array.fromAsync(glob(input))).sort().map((file) => file === "-" ? "./-" : file);
  if (files.length === 0) throw new UserError(`Cannot push: no file matches ${input}.`);
  const results: SourcedResult[] = [];
  for (const file of files) {
    const text = await readText(file, note);
    const value = parseJson(text, file);
    const converted = convert(value, file, note);
    results.push(
      ...converted === undefined
        ? resultsOf(text, file)
        : resultsOf(JSON.stringify(converted), file).map((one) => ({
          ...one,
          fileText: undefined,
        })),
    );
  }
  return results;
}

/**
 * What has the format already is taken as it is (undefined), and so is what nobody knows: the
 * checks name what is wrong.
 */
function convert(value: unknown, source: string, note: Note): unknown {
  const adapter = ADAPTERS.find((one) => one.matches(value));
  if (adapter === undefined || adapter === monitoringResult) return undefined;
  try {
    const result = convertDocument(value, { warn: (sentence) => note(`${source}: ${sentence}`) });
    note(`${source}: converted from ${adapter.name}. See deno task convert --help.`);
    return result;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Such as the model, which a result must name and this document does not.
    throw new UserError(
      `Cannot push ${source}: it is ${adapter.description}. ${error.message} Convert it first: deno task convert --input ${source} --output result.json`,
    );
  }
}

function resultsOf(text: string, source: string): SourcedResult[] {
  const batch = membersOf(text).find(({ key }) => key === "results");
  if (batch === undefined) {
    if (!text.trimStart().startsWith("{")) {
      throw new UserError(`Cannot push ${source}: it holds no result, which is a JSON object.`);
    }
    return [{ source, text, pointer: "", fileText: text }];
  }
  const results: SourcedResult[] = [];
  for (const { key, valueStart, end } of membersOf(text, batch.valueStart)) {
    results.push({
      source,
      text: text.slice(valueStart, end),
      pointer: `/results/${key}`,
      fileText: text,
    });
  }
  if (text[batch.valueStart] !== "[" || results.length === 0) {
    throw new UserError(`Cannot push ${source}: /results must be an array of at least one result.`);
  }
  const stranger = results.find((one) => !one.text.startsWith("{"));
  if (stranger !== undefined) {
    throw new UserError(`Cannot push ${source}: ${stranger.pointer} must be a JSON object.`);
  }
  const beside = membersOf(text).find(({ key }) => key !== "results");
  if (beside !== undefined) {
    throw new UserError(
      `Cannot push ${source}: ${
        JSON.stringify(beside.key)
      } stands beside results, where nothing may stand.`,
    );
  }
  return results;
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
