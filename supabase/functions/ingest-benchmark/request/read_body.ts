import { ProblemError } from "../problem/problem.ts";

/** The largest body accepted. */
export const MAX_BODY_BYTES = 1_048_576;
/** The largest body that is parsed for a credential that the database has not accepted yet. */
export const MAX_UNAUTHORIZED_BYTES = 65_536;

/**
 * Refuses a request by its headers alone, before a byte of the body is read.
 *
 * @throws {ProblemError} `unsupported_media_type` unless `application/json` in UTF-8 without
 * Content-Encoding; `body_too_large` when Content-Length says so.
 */
export function checkBodyHeaders(headers: Headers): void {
  const contentType = headers.get("content-type") ?? "";
  const [mediaType = "", ...parameters] = contentType.split(";").map((part) => part.trim());
  if (mediaType.toLowerCase() !== "application/json") {
    throw new ProblemError(
      "unsupported_media_type",
      contentType === ""
        ? "Content-Type is missing: send application/json."
        : "Content-Type must be application/json.",
    );
  }
  for (const parameter of parameters) {
    if (parameter !== "" && !/^charset="?utf-8"?$/i.test(parameter)) {
      throw new ProblemError(
        "unsupported_media_type",
        "Content-Type may have no parameter but charset=utf-8: JSON is UTF-8 (RFC 8259).",
      );
    }
  }
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding.trim().toLowerCase() !== "identity") {
    // A body of a few kilobytes can unpack to gigabytes.
    throw new ProblemError(
      "unsupported_media_type",
      "Content-Encoding is not supported: send the body uncompressed.",
    );
  }
  const length = Number(headers.get("content-length") ?? 0);
  if (length > MAX_BODY_BYTES) throw tooLarge(`has ${length}`, share(length));
}

/**
 * Reads the body, at most {@link MAX_BODY_BYTES} of it. Counts for itself, because
 * Content-Length may be missing or wrong.
 *
 * @throws {ProblemError} `body_too_large`, as soon as the cap is passed; `body_incomplete` when
 * the connection breaks.
 */
export async function readBody(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.byteLength;
      // Leaving the loop cancels the stream: the rest is never read.
      chunks.push(chunk);
      if (length > MAX_BODY_BYTES) throw tooLarge("has more", itemsThatFit(chunks));
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError("body_incomplete", "The body ended before it was complete.", {
      cause: error,
    });
  }
  return joinBytes(chunks);
}

function joinBytes(chunks: Uint8Array[]): Uint8Array {
  const body = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}

function tooLarge(length: string, items: string): ProblemError {
  return new ProblemError(
    "body_too_large",
    `The body must have at most ${MAX_BODY_BYTES} bytes and ${length}: split the batch.${items}`,
  );
}

const FEWER = "send fewer scores of an item, or shorter ids.";

/** What fits, where nothing was read and the length is all that is known. */
function share(length: number): string {
  const percent = Math.floor(MAX_BODY_BYTES / length * 100);
  if (percent === 0) return "";
  return ` Of one result with items, about ${percent} % fits: ${FEWER}`;
}

/** About how many items stand in what was read, up to the limit. */
function itemsThatFit(chunks: Uint8Array[]): string {
  const text = new TextDecoder().decode(joinBytes(chunks).subarray(0, MAX_BODY_BYTES));
  const start = text.search(/"items"\s*:/);
  let count = 0;
  if (start !== -1) { for (const _ of text.slice(start).matchAll(/"id"\s*:/g)) count++; }
  if (count === 0) return "";
  return ` About ${Number(count.toPrecision(2))} of these items fit: ${FEWER}`;
}
