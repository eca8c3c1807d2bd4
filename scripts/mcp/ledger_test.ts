import assert from "node:assert/strict";
import { openLedger, READING_FUNCTIONS, type ReadingFunction } from "./ledger.ts";

const SCHEMAS = new URL("../../supabase/schemas/", import.meta.url);

Deno.test("what is called is what readers may call, and changes nothing", async () => {
  const grants = await Deno.readTextFile(new URL("99_grants.sql", SCHEMAS));
  const [, readers] = /^-- Readers\.(.*?)^-- The ingest function/ms.exec(grants) ?? [];
  let schema = "";
  for await (const { name } of Deno.readDir(SCHEMAS)) {
    schema += await Deno.readTextFile(new URL(name, SCHEMAS));
  }
  for (const name of READING_FUNCTIONS) {
    assert.ok(readers?.includes(`'public.${name}(`), `${name} is for readers`);
    const [, volatility] =
      new RegExp(`create function public\\.${name}\\(.*?^(stable|volatile)$`, "ms").exec(schema) ??
        [];
    assert.equal(volatility, "stable", name);
  }
});

Deno.test("nothing else is called, whatever the key", async () => {
  const ledger = openLedger({ url: "http://127.0.0.1:9", apiKey: "secret" });
  await assert.rejects(
    ledger.call("void_snapshot" as ReadingFunction),
    /void_snapshot is no reading function/,
  );
});
