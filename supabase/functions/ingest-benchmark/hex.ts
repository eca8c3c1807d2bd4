/** Bytes as lowercase hex digits. */
export function toHex(bytes: Uint8Array): string {
  // Uint8Array.prototype.toHex is younger than the hosted runtime.
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
