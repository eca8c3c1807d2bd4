import { MAX_BATCH } from "../../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { UserError } from "../cli/user_error.ts";
import {
  type Adapter,
  type ConvertOptions,
  hasKeys,
  isNumber,
  type SourceDocument,
  type Warn,
} from "./adapter.ts";
import { ADAPTERS } from "./adapters.ts";
import { checkAccepted } from "./check_accepted.ts";
import { type DetailsMode, fitDetails } from "./details.ts";
import { refuseEqual } from "./equal_configurations.ts";
import { DOCUMENT_VALUES } from "./document_values.ts";
import { finishResult } from "./finish_result.ts";
import { monitoringResult } from "./ingest_format.ts";

export { ADAPTERS };

/** What the caller says about a document and about what becomes of it. */
export interface DocumentOptions extends ConvertOptions {
  /** The name of an adapter that is used, whatever the document looks like. */
  format?: string | undefined;
  environment?: string | undefined;
  /** Instead of what the document gives. */
  variant?: string | undefined;
  series?: string | undefined;
  commitSha?: string | undefined;
  /** Left out, it is `fit`, and `keep` for what has the format already. */
  details?: DetailsMode | undefined;
  /** Whether all results must fit one body (default), or each of them: for who posts them in parts. */
  together?: boolean | undefined;
}

/** A document, and what it is called in messages. */
export interface NamedDocument {
  source: string;
  document: unknown;
  /** Keys that were put into it for its items, and that are not kept under metrics. */
  aside?: string[] | undefined;
}

/** What documents were converted to. */
export interface Conversion {
  adapter: Adapter;
  /** One result, or `{"results": […]}`, that the function accepts. */
  document: SourceDocument;
  results: SourceDocument[];
  /** What each result was made of. */
  sources: string[];
}

/** The adapter of a document; undefined for one that nobody knows. */
export function findAdapter(document: unknown): Adapter | undefined {
  return ADAPTERS.find((candidate) => candidate.matches(document));
}

/**
 * Converts a result document of a known shape to the contract of the ingest function, and checks it
 * against that.
 *
 * @returns One result, or `{"results": […]}` where the document holds several.
 * @throws {UserError} For an unknown shape, with a list of the known ones; for a document without a
 * result; for results that are one configuration; for what the function would refuse, with its place.
 */
export function convertDocument(document: unknown, options: DocumentOptions): SourceDocument {
  return convertDocuments([{ source: "", document }], options).document;
}

/** {@link convertDocument} of several documents of one kind, to one batch. */
export function convertDocuments(
  documents: NamedDocument[],
  options: DocumentOptions,
): Conversion {
  const sources = documents.map((named) =>
    within(named.source, () => resultsOf(named, options, forSource(named.source, options.warn)))
  );
  const [first, ...others] = sources.map(({ adapter }, index) => ({
    adapter,
    source: documents[index]!.source,
  }));
  const other = others.find(({ adapter }) => adapter !== first!.adapter);
  if (other !== undefined) {
    throw new UserError(
      `${first!.source} is ${
        first!.adapter.name
      }, and ${other.source} is ${other.adapter.name}: convert documents of one kind at a time.`,
    );
  }
  const { adapter } = first!;
  const isBatch = sources.length > 1 || sources.some((one) => one.isBatch);
  const results = sources.flatMap((one) => one.results);
  const format = adapter === monitoringResult ? undefined : adapter.name;
  if (format !== undefined) {
    refuseEqual(sources.map((one) => one.results), documents.map(({ source }) => source));
  }
  const together = options.together ?? true;
  if (together && isBatch && results.length > MAX_BATCH) {
    throw new UserError(
      `There are ${results.length} results, and a batch has at most ${MAX_BATCH}: convert fewer files at a time.`,
    );
  }
  const details = options.details ?? (format === undefined ? "keep" : "fit");
  const source = documents.length === 1 ? documents[0]!.source : "";
  const bodies = together ? [results] : results.map((result) => [result]);
  for (const body of bodies) {
    if (body.every((result) => hasKeys(result))) {
      fitDetails(body, details, forSource(source, options.warn));
    }
  }
  // A batch that has the format may have unknown keys beside its results, which are not lost but told.
  const around = Object.assign({}, ...sources.map((one) => one.around));
  const document = isBatch ? { ...around, results } : results[0]!;
  const checked = together || !isBatch ? [document] : results;
  for (const [index, one] of checked.entries()) {
    const place = [source, ...(checked.length > 1 ? [`result ${index + 1}`] : [])];
    within(
      place.filter((part) => part !== "").join(", "),
      () => checkAccepted(one, format, details === "keep"),
    );
  }
  return {
    adapter,
    document,
    results,
    sources: sources.flatMap((one, index) => one.results.map(() => documents[index]!.source)),
  };
}

function resultsOf(
  { document, source, aside }: NamedDocument,
  options: DocumentOptions,
  warn: Warn | undefined,
) {
  const adapter = adapterFor(document, options.format);
  // Of some formats, only the name of the file says what was measured.
  const fileName = source === "" || source === "-" ? undefined : source;
  const own: ConvertOptions & { fileName: string | undefined } = { ...options, warn, fileName };
  const converted = adapter.convert(document as never, own);
  const isBatch = Array.isArray(converted.results);
  const given = isBatch ? converted.results as SourceDocument[] : [converted];
  const { results: _, ...around } = isBatch ? converted : {} as SourceDocument;
  const notes = new Map<string, number[]>();
  const results = given.map((result, index) => {
    if (!hasKeys(result)) return result;
    const own = without(result, aside ?? []);
    const finished = adapter === monitoringResult ? own : finishResult(own, (sentence) => {
      notes.set(sentence, [...notes.get(sentence) ?? [], index + 1]);
    });
    // Last: what the caller says is right, or refused.
    return withOptions(finished, options);
  });
  // What is said of every result is said once.
  for (const [sentence, numbers] of notes) {
    const which = numbers.length === results.length ? "" : `result ${numbers.join(", ")}: `;
    warn?.(which + sentence);
  }
  return { adapter, isBatch, around, results };
}

function adapterFor(document: unknown, format: string | undefined): Adapter {
  if (format !== undefined) {
    const forced = ADAPTERS.find(({ name }) => name === format);
    if (forced === undefined) {
      throw new UserError(
        `There is no format ${format}: the formats are ${
          ADAPTERS.map(({ name }) => name).join(", ")
        }.`,
      );
    }
    if (forced.matches(document)) return forced;
    refuseEmpty(document);
    const other = findAdapter(document);
    throw new UserError(
      `The document is not ${format}, which is ${forced.description}${
        other === undefined ? "" : `: it looks like ${other.name}`
      }.`,
    );
  }
  const adapter = findAdapter(document);
  if (adapter !== undefined) return adapter;
  refuseEmpty(document);
  const known = ADAPTERS.map(({ name, description }) => `  ${name}: ${description}`);
  throw new UserError(`The document has none of the known shapes:\n${known.join("\n")}`);
}

function refuseEmpty(document: unknown): void {
  if (Array.isArray(document) && document.length === 0) {
    throw new UserError("The document holds no result: it is an empty array.");
  }
  if (!hasKeys(document) || !Object.hasOwn(document, "results")) return;
  const { results } = document;
  if (typeof results === "object" && results !== null && Object.keys(results).length === 0) {
    throw new UserError("The document holds no result: its results are empty.");
  }
}

function withOptions(result: SourceDocument, options: DocumentOptions): SourceDocument {
  const { environment, variant, series, commitSha } = options;
  return {
    ...result,
    ...(environment !== undefined && { environment }),
    ...(variant !== undefined && { variant }),
    ...(series !== undefined && { series }),
    ...(commitSha !== undefined && { commit_sha: commitSha }),
  };
}

function without(result: SourceDocument, keys: string[]): SourceDocument {
  const { metrics } = result;
  if (keys.length === 0 || !hasKeys(metrics)) return result;
  const rest = (values: SourceDocument) =>
    Object.fromEntries(
      // A score of such a name is no sample.
      Object.entries(values).filter(([key, value]) => !keys.includes(key) || isNumber(value)),
    );
  const own = metrics[DOCUMENT_VALUES];
  return {
    ...result,
    metrics: {
      ...rest(metrics),
      ...(hasKeys(own) && !isNumber(own) && { [DOCUMENT_VALUES]: rest(own) }),
    },
  };
}

function within<T>(source: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof UserError) || source === "") throw error;
    throw new UserError(`${source}: ${error.message}`);
  }
}

function forSource(source: string, warn: Warn | undefined): Warn | undefined {
  return warn === undefined || source === "" ? warn : (sentence) => warn(`${source}: ${sentence}`);
}
