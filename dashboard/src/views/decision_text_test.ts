import assert from "node:assert/strict";
import type { Decision } from "../client/documents.ts";
import { decisionText } from "./decision_text.ts";

Deno.test("decisionText() says what was decided, also where it is none", () => {
  const decision = (change: Partial<Decision>): Decision => ({
    id: 1,
    kind: "checkout",
    decided_at: "",
    decided_by: "",
    snapshot_version: 2,
    from_version: 3,
    series: null,
    metric: null,
    resolution: null,
    reason: null,
    ...change,
  });
  const cases: [Partial<Decision>, string][] = [
    [{}, "current: version 2 instead of version 3"],
    [{ snapshot_version: null }, "current: none instead of version 3"],
    [{ kind: "baseline", from_version: null }, "baseline: version 2 instead of none"],
    [{ kind: "void" }, "version 2 is void"],
    [{ kind: "unvoid" }, "version 2 is no longer void"],
    [{ kind: "erase" }, "personal data of version 2 erased"],
    [{ kind: "series", series: "auditor" }, "series: auditor"],
    [{ kind: "series" }, "series: none"],
    [
      { kind: "acknowledge", metric: "/f1", resolution: "false-positive" },
      "f1 of version 2 acknowledged: false-positive",
    ],
    [{ kind: "unacknowledge", metric: "/f1" }, "f1 of version 2 no longer acknowledged"],
  ];
  for (const [change, text] of cases) assert.equal(decisionText(decision(change)), text);
});
