import ipaddr from "ipaddr.js";

/** Why an address must not be sent to. */
export class AddressError extends Error {
  override name = "AddressError";
}

/** Addresses of a name; null where they cannot be looked up. */
export type Resolve = (name: string) => Promise<string[] | null>;

// Names that mean something else in every network.
const INSIDE = /(^|\.)(localhost|local|internal|home\.arpa|lan)$/;

/**
 * Whether an address is one of the public Internet: not private, link-local, loopback, shared,
 * multicast, reserved, nor one that wraps such an address in IPv6.
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === "unicast";
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
  const name = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "").toLowerCase();
  if (ipaddr.isValid(name)) {
    if (!isPublicAddress(name)) throw inside(name);
    return;
  }
  if (INSIDE.test(name) || !name.includes(".")) throw inside(name);
  const hidden = (await resolve(name) ?? []).find((address) => !isPublicAddress(address));
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
  const addresses = found.flatMap((one) => one.status === "fulfilled" ? one.value : []);
  // Of a name that is not found, too: the request will say so.
  return addresses.length > 0 ? addresses : null;
}
