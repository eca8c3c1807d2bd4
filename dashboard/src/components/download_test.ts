import assert from "node:assert/strict";
import { toCsv } from "./download.ts";

Deno.test("toCsv() quotes what needs it, and lets no name become a formula", () => {
  assert.equal(
    toCsv(["Model", "F1"], [['a,"b"', 0.5], ["=1+1", null], ["-model", 1]]),
    'Model,F1\r\n"a,""b""",0.5\r\n"\'=1+1",\r\n"\'-model",1',
  );
});
