import assert from "node:assert/strict";
import { openTestDatabase } from "../../testing/embedded_database.ts";
import { pgtapFiles, runPgtap } from "./pgtap.ts";

const database = await openTestDatabase();
Deno.test.afterAll(() => database.close());

for (const file of pgtapFiles()) {
  Deno.test(`pgTAP ${file} on the embedded Postgres`, async () => {
    assert.deepEqual(await runPgtap(database, file), []);
  });
}
