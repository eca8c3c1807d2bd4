import assert from "node:assert/strict";
import { toHex } from "./hex.ts";

Deno.test("toHex() writes two lowercase digits a byte", () => {
  assert.equal(toHex(new Uint8Array([0, 10, 171, 255])), "000aabff");
  assert.equal(toHex(new Uint8Array()), "");
});
