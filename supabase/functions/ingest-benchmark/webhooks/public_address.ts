import ipaddr from "ipaddr.js";

/** Why an address must not be sent to. */
export class AddressError extends Error {
  override name = "AddressError";
}

/** Addresses of a name, none where it has none; null where the platform offers no lookup. */
export type Resolve = (name: string) => Promise<string[] | null>;

// Names that mean something else in every network.
const INSIDE = /(^|\.)(localhost|local|internal|home\.arpa|lan)$/;

/**
 * Whether an address is one of the public Internet: not private, link-local, loopback, shared,
 * multicast, reserved, nor one that wraps such an address in IPv6.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== "unicast") return false;
  // Of IPv6, only 2000::/3 is given to anybody; elsewhere are forms that wrap an IPv4 address.
  return parsed.kind() === "ipv4" || (parsed.toByteArray()[0]! & 0xe0) === 0x20;
}

/**
 * Refuses an address inside: whoever may add a webhook must not reach by it what only this machine
 * can reach, such as the metadata service of a cloud.
 *
 * The name is resolved once more by what connects. Who controls it can answer differently then (DNS
 * rebinding): this platform cannot pin an address, so what is inside must not trust by address
 * alone.
 *
 * @throws {AddressError} That says which address it is.
 */
export async function checkPublicAddress(
  url: URL,
  resolve: Resolve = resolveByDns,
): Promise<void> {
  // The parser of URLs has made 127.0.0.1 of 0x7f.1 and the like.
  const name = url.hostname.replace(/^\[|\]$/g, "").replace(/\.+$/, "").toLowerCase();
  if (ipaddr.isValid(name)) {
    if (!isPublicAddress(name)) throw inside(name);
    return;
  }
  if (INSIDE.test(name) || !name.includes(".")) throw inside(name);
  const addresses = await resolve(name);
  // What connects may still know it: /etc/hosts and search domains name what is inside.
  if (addresses?.length === 0) {
    throw new AddressError(`${name} cannot be looked up, so it is not known whether it is inside.`);
  }
  const hidden = addresses?.find((address) => !isPublicAddress(address));
  if (hidden !== undefined) throw inside(`${name}, which is ${hidden}`);
}

function inside(what: string): AddressError {
  return new AddressError(
    `${what} is no address of the public Internet. Add the webhook with --allow-private if that is meant.`,
  );
}

/** By the DNS that the platform offers. Some offers none: then only what a URL says is checked. */
export async function resolveByDns(name: string): Promise<string[] | null> {
  if (typeof Deno.resolveDns !== "function") return null;
  const found = await Promise.allSettled([
    Deno.resolveDns(name, "A"),
    Deno.resolveDns(name, "AAAA"),
  ]);
  return found.flatMap((one) => one.status === "fulfilled" ? one.value : []);
}
