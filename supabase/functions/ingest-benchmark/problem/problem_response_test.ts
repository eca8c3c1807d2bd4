import assert from "node:assert/strict";
import { ProblemError } from "./problem.ts";
import { MAX_PROBLEM_BYTES, problemResponse } from "./problem_response.ts";

Deno.test("problemResponse() cuts pointers and messages on whole characters", async () => {
  const error = new ProblemError("validation_failed", "d", {
    errors: [{ pointer: "/" + "😀".repeat(300), message: "é".repeat(200) }],
  });
  const { errors } = await problemResponse(error, "r").json();
  assert.equal(errors[0].pointer, "/" + "😀".repeat(198) + "…");
  assert.equal(errors[0].message, "é".repeat(200));
});

Deno.test("problemResponse() never answers more than 64 kB", async () => {
  // A control character has one byte here and six as JSON.
  for (const character of ["x", "é", "\u0001", "😀"]) {
    const text = character.repeat(100_000);
    const errors = Array(5_000).fill({ pointer: text, message: text });
    const response = problemResponse(
      new ProblemError("validation_failed", text, { errors }),
      "r",
    );
    const bytes = new Uint8Array(await response.arrayBuffer());
    assert.ok(bytes.length <= MAX_PROBLEM_BYTES, `${bytes.length} bytes of ${character}`);
    const problem = JSON.parse(new TextDecoder().decode(bytes));
    assert.ok(problem.errors.length > 10 && problem.errors.length <= 100);
  }
});

Deno.test("problemResponse() shows nothing of an error that nobody foresaw", async () => {
  const text = await problemResponse(new Error("select secret"), "r").text();
  assert.ok(!text.includes("secret"));
  assert.equal(JSON.parse(text).code, "internal_error");
});
