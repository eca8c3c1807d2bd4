import { membersOf } from "../cli/json_members.ts";
import { type Note, parseJson, readText } from "../cli/read_input.ts";
import { UserError } from "../cli/user_error.ts";
import type { SourceDocument } from "../convert/adapter.ts";
import { withSamples } from "../convert/beside.ts";
import { convertDocuments, findAdapter } from "../convert/convert_document.ts";
import { refuseEqual } from "../convert/equal_configurations.ts";
import { findInputs } from "../convert/find_inputs.ts";
import { describeConversion } from "../convert/describe_conversion.ts";
import { monitoringResult } from "../convert/ingest_format.ts";
import { parseDocument } from "../convert/read_document.ts";

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
 * Reads results from files, the files that globs match, or standard input (`-`). A file has
 * one result or `{"results": […]}`, or is a document that can be converted to it.
 *
 * @param note Gets what was converted, and what of it is left out.
 * @throws {UserError} When nothing matches, or a file is not one.
 */
export async function readResults(inputs: string[], note: Note): Promise<SourcedResult[]> {
  const results: SourcedResult[] = [];
  const documents = new Map<string, SourceDocument[]>();
  for (const file of await findInputs(inputs)) {
    const text = await readText(file, note);
    if (text.trim() === "") throw new UserError(`Cannot push ${file}: it is empty.`);
    const converted = await convert(text, file, note);
    if (converted !== undefined) documents.set(file, converted);
    results.push(
      ...converted?.map((result, index) => ({
        source: file,
        text: JSON.stringify(result),
        pointer: converted.length === 1 ? "" : `/results/${index}`,
        fileText: undefined,
      })) ?? resultsOf(text, file),
    );
  }
  refuseEqual([...documents.values()], [...documents.keys()]);
  return results;
}

/**
 * The results of a document of another shape; undefined for one that has the format already, or
 * that nobody knows: of these every fault is said, and nothing is made good.
 */
async function convert(
  text: string,
  source: string,
  note: Note,
): Promise<SourceDocument[] | undefined> {
  // Tools write what JSON has not, such as NaN; whether that is let pass depends on the shape.
  const adapter = findAdapter(parseDocument(text, source, {}, () => {}));
  if (adapter === undefined || adapter === monitoringResult) {
    parseJson(text, source);
    return undefined;
  }
  const document = parseDocument(text, source, {}, note);
  const whole = await withSamples(source, document, {}, note);
  const named = whole === undefined
    ? { source, document }
    : { source, document: whole, aside: ["samples"] };
  try {
    const { results, sources } = convertDocuments([named], { warn: note, together: false });
    note(describeConversion({ format: adapter.name, results, sources }));
    return results;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Such as the model, which a result must name and this document does not.
    throw new UserError(
      `Cannot push ${source}, which is ${adapter.name}: ${error.message}\nConvert it first: deno task convert --input ${source} --output result.json`,
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
