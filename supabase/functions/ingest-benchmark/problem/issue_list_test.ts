import assert from "node:assert/strict";
import { IssueList } from "./issue_list.ts";

Deno.test("IssueList counts all and keeps the first hundred", () => {
  const issues = new IssueList();
  let read = 0;
  const path = {
    *[Symbol.iterator]() {
      read++;
      yield "k".repeat(100_000);
    },
  };
  for (let i = 0; i < 5_000; i++) issues.add(path, "m");
  assert.equal(issues.total, 5_000);
  assert.equal(issues.first.length, 100);
  assert.equal(read, 100, "no pointer is made for what is not kept");
  assert.equal(issues.first[0]!.pointer.length, 200);
});

Deno.test("IssueList gives pointers that are well-formed, whatever the key", () => {
  const issues = new IssueList();
  issues.add(["\ud800\0"], "m");
  assert.equal(issues.first[0]!.pointer, "/\ufffd\\u0000");
});
