import assert from "node:assert/strict";
import { delivery, recovery, regression, toldRun } from "../../../../testing/webhook_delivery.ts";
import type { Delivery } from "./delivery.ts";
import { MAX_BODY_BYTES, standardBody } from "./standard_payload.ts";

const body = (of: Delivery) => JSON.parse(standardBody(of));
const bytes = (of: Delivery) => new TextEncoder().encode(standardBody(of)).length;

Deno.test("standardBody() has type, the time of the event, and what it is about", () => {
  const { type, timestamp, data } = body(
    delivery({ event: "regression", document: regression() }),
  );
  assert.equal(type, "regression");
  assert.equal(timestamp, "2026-11-25T04:22:54.500000Z");
  assert.deepEqual(
    [data.change, data.metric, data.severity, data.from, data.to, data.told, data.since_version],
    ["opened", "/f1", "fail", 0.89, 0.8, null, 3],
  );
  assert.equal(data.judgement.verdict, "worse");
  assert.equal(data.judgement.reference.snapshot_version, 2);
  assert.deepEqual(data.links, {
    commit: "https://github.com/octo-org/bench/commit/0123456789abcdef0123456789abcdef01234567",
    dashboard:
      "https://bench.example/page/?theme=dark&view=run&configuration=962f50c2-0000-8000-a000-000000000000&version=3",
  });
  assert.equal(data.run.repository, "octo-org/bench");
  assert.equal(data.run.provenance, undefined, "the claims of a token go to nobody");
});

Deno.test("standardBody() is the same in every attempt", () => {
  const told = { event: "recovery", document: recovery() } as const;
  assert.equal(standardBody(delivery(told)), standardBody(delivery(told, { attempt: 7 })));
});

Deno.test("standardBody() links no commit that is only claimed", () => {
  const claimed = [
    { commit_sha: "0000000" },
    { provenance: {} },
    { provenance: { ...toldRun().provenance, claims: { repository: "../../evil" } } },
    { provenance: { ...toldRun().provenance, issuer: "https://issuer.example" } },
  ];
  for (const changes of claimed) {
    const document = recovery({ run: toldRun(changes) });
    assert.equal(body(delivery({ event: "recovery", document })).data.links.commit, null);
  }
});

Deno.test("standardBody() stays below 20,000 bytes, whatever things are called", () => {
  const long = "Ж".repeat(200);
  const run = toldRun({
    configuration: {
      id: "962f50c2-0000-8000-a000-000000000000",
      model_version: long,
      dataset_version: long,
      prompt_version: long,
      environment: "local",
      variant: "Ж".repeat(100),
    },
    series: long,
    branch_name: "Ж".repeat(255),
  });
  const item = (id: number) => ({
    id: `${id}${"Ж".repeat(190)}`,
    group: long,
    change: "worse" as const,
    newly_failing: true,
    from: { [long]: 1 },
    to: { [long]: 0 },
  });
  const document = regression({ run });
  document.judgement!.flipped = {
    common: 10,
    added: 0,
    gone: 0,
    worse: 10,
    better: 0,
    items: Array.from({ length: 10 }, (_, index) => item(index)),
  };
  const shortened = delivery({ event: "regression", document });
  assert.ok(bytes(shortened) < MAX_BODY_BYTES);
  const { flipped } = body(shortened).data.judgement;
  assert.deepEqual([flipped.worse, flipped.items], [10, []]);

  const metric = `/${"Ж".repeat(999)}`;
  const stated = { ...document.judgement!, metric };
  const longest = delivery({
    event: "regression",
    document: regression({ run, metric, judgement: stated }),
  });
  assert.ok(bytes(longest) < MAX_BODY_BYTES);
  assert.equal(body(longest).data.metric, metric);

  const hopeless = delivery({
    event: "regression",
    document: regression({
      run: toldRun({ configuration: { ...run.configuration, model_version: "x".repeat(30_000) } }),
    }),
  });
  assert.ok(bytes(hopeless) < MAX_BODY_BYTES);
  assert.equal(body(hopeless).data.title, "F1 got worse");
});
