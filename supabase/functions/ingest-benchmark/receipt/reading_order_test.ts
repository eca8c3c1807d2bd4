import assert from "node:assert/strict";
import { previewInReadingOrder, receiptInReadingOrder, type Stored } from "./reading_order.ts";
import { type Preview, previewSchema, type Receipt, receiptSchema } from "./receipt_schema.ts";

const configuration = {
  id: "00000000-0000-4000-8000-000000000000",
  model_version: "m",
  dataset_version: "d",
  prompt_version: "p",
  environment: "local",
  variant: "",
};
const deltas = { precision: null, recall: null, f1: -0.1, latency_ms: null, analysis_cost: null };
const judgement = {
  metric: "/f1",
  better: "higher",
  limit_kind: "absolute",
  limit: 0.05,
  severity: "fail",
  policy_confidence: 0.95,
  from: 0.9,
  to: 0.8,
  change: -0.1,
  method: "none",
  caveat: null,
  n: null,
  reference_version: 1,
  reference_configuration_id: null,
  verdict: "worse",
  metrics: null,
  is_ratio: false,
  estimate: null,
  margin: null,
  degrees: null,
} as const;

/** As jsonb gives it: keys in another order. */
const reversed = <Value>(value: Value): Value =>
  Array.isArray(value)
    ? value.map(reversed) as Value
    : typeof value === "object" && value !== null
    ? Object.fromEntries(
      Object.entries(value).reverse().map(([key, member]) => [key, reversed(member)]),
    ) as Value
    : value;

const shared = { configuration, series: null, published: true };
const previous = { snapshot_version: 1, commit_sha: "0123abc", deltas };
const rest = {
  nearest: { configuration, ...previous },
  judgements: [judgement],
  references: null,
};

Deno.test("receiptInReadingOrder() and previewInReadingOrder() order every field of the schema", () => {
  const receipt = receiptInReadingOrder(reversed({
    transaction_id: configuration.id,
    snapshot_version: 2,
    ...shared,
    created_at: "2026-01-31T12:00:00Z",
    entry_hash: "0".repeat(64),
    provenance: { method: "ingest-token", attested: {}, claimed: [], computed: ["/f1"] },
    previous,
    ...rest,
    replayed: false,
  }) as unknown as Stored<Receipt>);
  const preview = previewInReadingOrder(
    reversed({ ...shared, current: previous, ...rest, dry_run: true }) as unknown as Stored<
      Preview
    >,
  );
  // Not in the schema, and so not in the answer.
  assert.ok(!("references" in receipt) && !("references" in preview));
  for (const [answer, schema] of [[receipt, receiptSchema], [preview, previewSchema]] as const) {
    // zod gives keys in the order of the schema.
    const parsed = schema.parse(answer);
    assert.deepEqual(Object.keys(answer), Object.keys(parsed));
    for (const [index, judgement] of answer.judgements.entries()) {
      const expected = parsed.judgements[index]!;
      assert.deepEqual(Object.keys(judgement), Object.keys(expected));
      assert.deepEqual(Object.keys(judgement.evidence), Object.keys(expected.evidence));
      assert.match(judgement.summary, /^f1 −0\.1: beyond the limit of 0\.05/);
    }
    assert.deepEqual(Object.keys(answer.regressions[0]!), Object.keys(parsed.regressions[0]!));
  }
});
