import assert from "node:assert/strict";
import { isTransient, toProblem } from "./database_problem.ts";

const problem = (code: string, details: string | null = null) =>
  toProblem({ code, details, message: "select secret from somewhere" });

Deno.test("toProblem() answers an outage or an overload with database_unavailable", () => {
  for (
    const code of [
      "",
      "08006",
      "53300",
      "57P01",
      "57014",
      "40001",
      "40P01",
      "55P03",
      "PGRST000",
      "PGRST003",
    ]
  ) {
    assert.equal(problem(code).code, "database_unavailable", code);
    assert.ok(Number(problem(code).headers["Retry-After"]) > 0);
  }
});

Deno.test("toProblem() takes code and pointer that the database raised", () => {
  const raised = toProblem({
    code: "PT403",
    message: "Claim ref: no",
    details: '{"code":"claim_mismatch","pointer":"/environment"}',
  });
  assert.equal(raised.code, "claim_mismatch");
  assert.equal(raised.message, "Claim ref: no");
  assert.deepEqual(raised.errors, [{ pointer: "/environment", message: "Claim ref: no" }]);
});

Deno.test("toProblem() never shows SQL", () => {
  for (
    const code of ["22003", "23514", "42501", "42883", "PGRST202", "P0001", "XX000", "PT403", ""]
  ) {
    assert.ok(!problem(code, "not json").message.includes("select"), code);
  }
  assert.equal(problem("22003").code, "validation_failed");
  assert.equal(problem("42883").code, "internal_error");
});

Deno.test("isTransient() holds for what was rolled back because of others", () => {
  const transient = (code: string) => isTransient({ code, details: null, message: "" });
  for (const code of ["40001", "40P01", "55P03", "57014", "23505"]) {
    assert.ok(transient(code), code);
  }
  for (const code of ["", "08006", "PT409", "23514"]) assert.ok(!transient(code), code);
});
