import assert from "node:assert/strict";
import { describeCause, isTransient, toProblem } from "./database_problem.ts";

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

Deno.test("toProblem() says where in the body the results at fault stand", () => {
  const refuse = (details: string, pointers: string[]) =>
    toProblem({ code: "PT409", message: "m", details }, pointers).errors;
  const batch = ["/results/0", "/results/1", "/results/2"];
  const conflict = (rest: string) => `{"code":"run_conflict"${rest}}`;
  assert.deepEqual(
    refuse(conflict(',"result":2,"pointer":"/environment"'), batch),
    [{ pointer: "/results/2/environment", message: "m" }],
  );
  assert.deepEqual(
    refuse(conflict(',"result":0,"pointer":"/environment"'), [""]),
    [{ pointer: "/environment", message: "m" }],
  );
  assert.deepEqual(refuse(conflict(',"result":2,"other":0'), batch), [
    { pointer: "/results/2", message: "m" },
    { pointer: "/results/0", message: "collides with /results/2" },
  ]);
  assert.equal(refuse(conflict(""), batch), undefined);
});

Deno.test("toProblem() decides by the code, and not by the status in the SQLSTATE", () => {
  const refused = toProblem({ code: "PT599", message: "m", details: '{"code":"not_found"}' });
  assert.equal(refused.code, "not_found");
});

Deno.test("describeCause() logs no row", () => {
  const error = {
    code: "23514",
    message: "violates check",
    details: "Failing row contains (octocat).",
  };
  assert.equal(describeCause(error), "23514: violates check");
  assert.equal(describeCause(new Error("reset")), "reset");
  assert.equal(describeCause("x".repeat(9_000)).length, 500);
  assert.equal(describeCause(undefined), "undefined");
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
