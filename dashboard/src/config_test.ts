import assert from "node:assert/strict";
import { parseConfig } from "./config.ts";

const CONFIG = { url: "https://ref.supabase.co", publishableKey: "sb_publishable_x" };

Deno.test("parseConfig() takes url and key, and has Realtime on unless told otherwise", () => {
  assert.deepEqual(parseConfig(CONFIG), { ...CONFIG, realtime: true });
  assert.equal(parseConfig({ ...CONFIG, realtime: false }).realtime, false);
});

Deno.test("parseConfig() says what is wrong", () => {
  assert.throws(() => parseConfig({ ...CONFIG, url: "ref" }), /url must be/);
  assert.throws(() => parseConfig({ url: CONFIG.url }), /publishableKey must be/);
  assert.throws(() => parseConfig({ ...CONFIG, publishableKey: "sb_secret_x" }), /secret key/);
  assert.throws(() => parseConfig({ ...CONFIG, realtime: "yes" }), /realtime must be/);
  assert.throws(() => parseConfig(null), /url must be/);
});
