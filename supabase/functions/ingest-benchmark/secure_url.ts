const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether keys may be fetched from there: https, or http on loopback. Over plain http anybody on
 * the way could put in keys of their own.
 */
export function isSecureUrl(text: unknown): text is string {
  if (typeof text !== "string") return false;
  const url = URL.parse(text);
  if (url === null) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname));
}
