import assert from "node:assert/strict";
import { join } from "node:path";
import { UserError } from "../cli/user_error.ts";
import { findLedger } from "./find_ledger.ts";

const NOWHERE = "/nonexistent";

function find(variables: Record<string, string>, dataDirectory = NOWHERE) {
  return findLedger(dataDirectory, new Map(Object.entries(variables)));
}

Deno.test("the key that can only read comes before the secret one", async () => {
  const all = {
    SUPABASE_URL: "https://a.example/",
    SUPABASE_PUBLISHABLE_KEY: "p",
    SUPABASE_SECRET_KEY: "s",
  };
  assert.deepEqual(await find(all), { url: "https://a.example", apiKey: "p" });
  assert.deepEqual(await find({ ...all, SUPABASE_ACCESS_TOKEN: "t" }), {
    url: "https://a.example",
    apiKey: "p",
    accessToken: "t",
  });
  assert.deepEqual(await find({ ...all, SUPABASE_PUBLISHABLE_KEY: "" }), {
    url: "https://a.example",
    apiKey: "s",
  });
});

Deno.test("without the environment it is the local stack", async () => {
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(
    join(directory, "local.env"),
    "SUPABASE_URL=http://127.0.0.1:1\nSUPABASE_PUBLISHABLE_KEY=p\nSUPABASE_SECRET_KEY=s\n",
  );
  assert.deepEqual(await find({}, directory), { url: "http://127.0.0.1:1", apiKey: "s" });
  await Deno.remove(directory, { recursive: true });
});

Deno.test("what is missing is said", async () => {
  await assert.rejects(find({}), (error: UserError) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, /deno task start.*\/nonexistent\/local\.env/);
    return true;
  });
  await assert.rejects(find({ SUPABASE_URL: "https://a.example" }), /the key is missing/);
  await assert.rejects(find({ SUPABASE_PUBLISHABLE_KEY: "p" }), /SUPABASE_URL is missing/);
  await assert.rejects(
    find({
      SUPABASE_URL: "https://a.example",
      SUPABASE_SECRET_KEY: "s",
      SUPABASE_ACCESS_TOKEN: "t",
    }),
    /SUPABASE_PUBLISHABLE_KEY/,
  );
});
