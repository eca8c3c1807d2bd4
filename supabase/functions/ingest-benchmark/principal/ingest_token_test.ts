import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { generateIngestToken, parseIngestToken } from "./ingest_token.ts";

Deno.test("parseIngestToken() gives the id and the SHA-256 of the secret", async () => {
  const { token, id, secretHash } = await generateIngestToken();
  assert.match(token, /^bmk_[0-9a-f]{16}_[0-9a-f]{64}$/);
  const secret = token.split("_")[2]!;
  assert.equal(secretHash, createHash("sha256").update(secret).digest("hex"));
  const principal = await parseIngestToken(token);
  assert.deepEqual([principal.tokenId, principal.secretHash], [id, secretHash]);
  assert.ok(!JSON.stringify(principal).includes(secret), "the secret goes no further");
});

Deno.test("generateIngestToken() never gives the same twice", async () => {
  assert.notEqual((await generateIngestToken()).token, (await generateIngestToken()).token);
});

Deno.test("parseIngestToken() refuses any other form, and does not repeat it", async () => {
  const { token } = await generateIngestToken();
  for (const bad of ["bmk_", token.slice(0, -1), token + "0", token.toUpperCase(), "bmk_a_b"]) {
    await assert.rejects(parseIngestToken(bad), (error: Error & { code: string }) => {
      assert.equal(error.code, "invalid_credential");
      assert.ok(bad.length < 10 || !error.message.includes(bad));
      return true;
    });
  }
});
