/** Bytes as text. */
export interface DecodedJson {
  /** Without the byte order mark, which JSON must not have (RFC 8259 section 8.1). */
  text: string;
  hasByteOrderMark: boolean;
}

/** Why bytes are no JSON text. */
export interface DecodeProblem {
  /** What it is, as the end of a sentence, and what to do. */
  problem: string;
  /** The text before it, where it is about one place. */
  before?: string;
}

/**
 * Decodes a JSON text: the same for a request's body and for a file that is about to become one.
 */
export function decodeJson(bytes: Uint8Array): DecodedJson | DecodeProblem {
  if (isUtf32(bytes)) return { problem: "is UTF-32: save it as UTF-8" };
  if (isUtf16(bytes)) return { problem: "is UTF-16: save it as UTF-8" };
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return { problem: "is compressed (gzip): unpack it" };
  const hasByteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  try {
    // fatal: without it a broken byte becomes U+FFFD in silence, as request.json() does
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text: hasByteOrderMark ? text.slice(1) : text, hasByteOrderMark };
  } catch {
    return {
      problem: "is not valid UTF-8 but, perhaps, Latin-1: save it as UTF-8",
      before: textBeforeBadByte(bytes),
    };
  }
}

/** By its mark; before UTF-16, whose mark it begins with. */
function isUtf32([a, b, c, d]: Uint8Array): boolean {
  return (a === 0xff && b === 0xfe && c === 0 && d === 0) ||
    (a === 0 && b === 0 && c === 0xfe && d === 0xff);
}

/** By its mark, or by the zero in each of the first two ASCII characters that JSON begins with. */
function isUtf16(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  return (a === 0xfe && b === 0xff) || (a === 0xff && b === 0xfe) ||
    (bytes.length >= 4 && ((a === 0 && c === 0) || (b === 0 && d === 0)));
}

/** The decoder does not say where it stopped: so the longest beginning that it takes. */
function textBeforeBadByte(bytes: Uint8Array): string {
  let text = "";
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    try {
      // stream: what may be the beginning of a character is not broken, and left out.
      text = new TextDecoder("utf-8", { fatal: true })
        .decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return text;
}
