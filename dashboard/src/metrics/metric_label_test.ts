import assert from "node:assert/strict";
import { metricLabel } from "./metric_label.ts";

Deno.test("metricLabel() has keys as they are in the document", () => {
  assert.equal(metricLabel("/f1"), "f1");
  assert.equal(metricLabel("/by_domain/imaging/f1"), "by_domain/imaging/f1");
  assert.equal(metricLabel("/up~1down/a~0b~01"), "up/down/a~b~1");
  assert.equal(metricLabel("/"), '""', "what is blank can be seen");
  assert.equal(metricLabel("/ /f1"), '" "/f1');
});
