import { toHex } from "../supabase/functions/ingest-benchmark/hex.ts";

/** SHA-256 in hex, of bytes or of a text in UTF-8. */
export async function sha256Hex(content: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}
