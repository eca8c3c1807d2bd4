import { MAX_DEPTH } from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
import { parseJson, readText } from "../cli/read_input.ts";
import { UserError } from "../cli/user_error.ts";
import type { Warn } from "./adapter.ts";
import type { DetailsMode } from "./details.ts";
import { monitoringResult } from "./ingest_format.ts";
import { type NanMode, withoutPythonNumbers } from "./python_numbers.ts";
import { replaceTooDeep, replaceUnstorable } from "./unstorable_text.ts";

/** How a document is read that may hold what JSON or Postgres has not. */
export interface ReadOptions {
  /** Left out, it is `null`. */
  nan?: NanMode | undefined;
  /** With `keep`, what cannot be stored is an error. */
  details?: DetailsMode | undefined;
}

/**
 * Reads a result document as tools write them: numbers keep every digit, Python's NaN becomes null,
 * and what Postgres cannot store gives way, each with a note.
 *
 * @param path A file, or `-` for standard input.
 * @throws {UserError} When it cannot be read, is empty, or no JSON.
 */
export async function readDocument(
  path: string,
  options: ReadOptions,
  note: Warn,
): Promise<unknown> {
  // What is said of reading names the file itself.
  return parseDocument(await readText(path, note), path, options, note);
}

/** {@link readDocument} of a text. */
export function parseDocument(
  text: string,
  source: string,
  options: ReadOptions,
  note: Warn,
): unknown {
  if (text.trim() === "") {
    throw new UserError(`Cannot convert ${source}: it is empty and holds no result.`);
  }
  const own = (sentence: string) => note(`${source}: ${sentence}`);
  const json = withoutPythonNumbers(text, source, options.nan ?? "null", own);
  if (options.details === "keep") return parseJson(json, source);
  const storable = replaceUnstorable(json);
  const shallow = replaceTooDeep(storable.text, MAX_FILE_DEPTH);
  const document = parseJson(shallow.text, source);
  const isChanged = storable.pointers.length + shallow.pointers.length > 0;
  // What has the format already is somebody's own words: nothing is taken out of it unasked.
  if (isChanged && options.details === undefined && monitoringResult.matches(document)) {
    return parseJson(json, source);
  }
  if (storable.pointers.length > 0) {
    own(
      `U+0000 and lone surrogates, which Postgres cannot store, became U+FFFD: ${
        listed(storable.pointers)
      } (--details keep makes it an error).`,
    );
  }
  if (shallow.pointers.length > 0) {
    own(
      `what is nested deeper than ${MAX_DEPTH} became null: ${
        listed(shallow.pointers)
      } (--details keep makes it an error).`,
    );
  }
  return document;
}

// "results" and its array come before a result in a batch.
const MAX_FILE_DEPTH = MAX_DEPTH + 2;
const MAX_LISTED = 5;

function listed(pointers: string[]): string {
  const more = pointers.length - MAX_LISTED;
  return pointers.slice(0, MAX_LISTED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
