import assert from "node:assert/strict";
import { AddressError, checkPublicAddress, isPublicAddress } from "./public_address.ts";

Deno.test("isPublicAddress() holds for addresses of the public Internet alone", () => {
  for (const address of ["1.1.1.1", "93.184.215.14", "2606:4700::1111"]) {
    assert.ok(isPublicAddress(address), address);
  }
  for (
    const address of [
      "0.0.0.0",
      "10.1.2.3",
      "100.64.0.1",
      "127.0.0.1",
      "169.254.169.254",
      "172.16.0.1",
      "192.168.1.1",
      "198.18.0.1",
      "224.0.0.1",
      "255.255.255.255",
      "::",
      "::1",
      "::ffff:10.0.0.1",
      "::ffff:a9fe:a9fe",
      "64:ff9b::a00:1",
      "2002:a00:1::",
      "fe80::1",
      "fd00:ec2::254",
      "ff02::1",
      "::7f00:1",
      "4000::1",
      "no address",
    ]
  ) assert.ok(!isPublicAddress(address), address);
});

Deno.test("checkPublicAddress() refuses what is inside, however it is written", async () => {
  const nowhere = () => Promise.resolve(null);
  for (
    const url of [
      "https://127.0.0.1/x",
      "https://2130706433/",
      "https://0x7f.1/",
      "https://[::1]/",
      "https://[::ffff:169.254.169.254]/",
      "https://localhost/",
      "https://LOCALHOST./",
      "https://app.localhost/",
      "https://metadata.google.internal/",
      "https://kong/",
      "https://[::127.0.0.1]/",
      "https://a.local../",
    ]
  ) await assert.rejects(checkPublicAddress(new URL(url), nowhere), AddressError, url);
  for (const url of ["https://example.com/", "https://1.1.1.1/"]) {
    await checkPublicAddress(new URL(url), nowhere);
  }
});

Deno.test("checkPublicAddress() refuses a name that nobody knows", async () => {
  // Hosts files and search domains of what connects may know it.
  await assert.rejects(
    checkPublicAddress(new URL("https://kubernetes.default.svc/"), () => Promise.resolve([])),
    /kubernetes\.default\.svc cannot be looked up/,
  );
});

Deno.test("checkPublicAddress() refuses a name with an address inside among its own", async () => {
  const url = new URL("https://example.com/");
  await checkPublicAddress(url, () => Promise.resolve(["93.184.215.14"]));
  await assert.rejects(
    checkPublicAddress(url, () => Promise.resolve(["93.184.215.14", "10.0.0.7"])),
    /example\.com, which is 10\.0\.0\.7 is no address of the public Internet.*--allow-private/,
  );
});
