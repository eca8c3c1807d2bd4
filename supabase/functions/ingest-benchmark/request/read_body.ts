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
  if (Number(headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
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
      if (length > MAX_BODY_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError("body_incomplete", "The body ended before it was complete.", {
      cause: error,
    });
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}

function tooLarge(): ProblemError {
  return new ProblemError(
    "body_too_large",
    `The body must have at most ${MAX_BODY_BYTES} bytes: split the batch.`,
  );
}
