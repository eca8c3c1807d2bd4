import assert from "node:assert/strict";
import { compareCodePoints } from "./code_point_order.ts";

Deno.test("compareCodePoints() sorts as the bytes of UTF-8 do", () => {
  const parts = ["", "a", "b", "~", "é", "\ud7ff", "\ue000", "！", "😀", "\u{10ffff}", "😁"];
  const texts = parts.flatMap((first) => parts.map((second) => first + second));
  const sorted = texts.toSorted(compareCodePoints);
  const hex = (text: string) =>
    Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0"))
      .join("");
  assert.deepEqual(sorted.map(hex), texts.map(hex).sort());
  assert.notDeepEqual(sorted, texts.toSorted(), "and not as JavaScript does");
});
