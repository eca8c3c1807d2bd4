// Entries that the database hashed when it stored them, recomputed outside of it.
import assert from "node:assert/strict";
import { openTestDatabase, type TestDatabase } from "../testing/embedded_database.ts";
import { type Random, randomFrom } from "../testing/random.ts";
import { parseWithNumberText } from "./canonical_json.ts";
import { checkEntry, type LedgerEntry } from "./entry_hash.ts";
import { randomObject, randomText } from "./random_document.ts";

const RUNS = 50;
const TOKEN = {
  method: "ingest-token",
  token_id: "00000000000000aa",
  secret_hash: "ab".repeat(32),
};
const JOB = {
  method: "github-oidc",
  issuer: "https://token.actions.githubusercontent.com",
  claims: {
    repository: "octo/bench",
    repository_id: "11",
    repository_owner_id: "22",
    event_name: "push",
    ref: "refs/heads/main",
    job_workflow_ref: "octo/bench/.github/workflows/bench.yml@refs/heads/main",
  },
  attested: { commit_sha: "f".repeat(40), branch_name: "main", run_id: "7", run_attempt: 1 },
  triggered_by: "octo-person",
};

interface Receipt {
  configuration: { id: string };
  snapshot_version: number;
  entry_hash: string;
}

Deno.test("checkEntry() has the hashes and commitments of the database", async (t) => {
  const database = await openTestDatabase();
  await database.pool.query(
    "select public.create_ingest_token($1, $2, 'hashes', '{local}'), public.add_trust_rule('octo/bench', '11', '22', '{local}', p_ref_pattern := 'main')",
    [TOKEN.token_id, TOKEN.secret_hash],
  );
  const next = randomFrom(4);
  const stored: { receipt: Receipt; text: string; entry: LedgerEntry }[] = [];
  for (let run = 0; run < RUNS; run++) {
    const principal = next() < 0.5 ? TOKEN : {
      ...JOB,
      ...(next() < 0.5 && { head_ref: `octo-person:${randomText(next)}` }),
    };
    const receipt = await ingest(database, principal, randomResult(next, run));
    const text = await readEntry(database, receipt);
    stored.push({ receipt, text, entry: parseWithNumberText(text) as LedgerEntry });
  }

  await t.step("of random runs with and without every optional fact", async () => {
    const persons = [];
    for (const { receipt, text, entry } of stored) {
      const { hash, person } = await checkEntry(entry);
      assert.equal(hash, receipt.entry_hash, text);
      persons.push(person);
    }
    assert.deepEqual(new Set(persons), new Set(["none", "intact"]));
  });
  await t.step("each after the one before", () => {
    const hashes = new Map<unknown, string>();
    for (const { receipt, entry } of stored) {
      assert.equal(entry.previous_hash, hashes.get(receipt.configuration.id) ?? null);
      hashes.set(receipt.configuration.id, receipt.entry_hash);
    }
    assert.ok(hashes.size > 1 && hashes.size < RUNS, "some histories are longer than one entry");
  });
  await t.step("and another one as soon as anything else is said", async () => {
    const { entry } = stored.find(({ entry }) => entry.tags !== null && entry.salt !== null)!;
    const { hash } = await checkEntry(entry);
    // What is derived is not covered, nor are values of people but by the commitment.
    const uncovered = [
      ["configuration_id", "created_at", "measured_at", "previous_version", "is_backfill"],
      ["nearest_version", "nearest_configuration_id", "verdict"],
      ["judgements", "entry_hash", "erased_at", "salt", "triggered_by", "notes", "head_ref"],
      ["precision_score", "recall_score", "f1_score", "latency_ms", "cost_per_analysis"],
    ].flat();
    for (const column of Object.keys(entry)) {
      const other = await checkEntry({ ...entry, [column]: ["other"] });
      assert.equal(other.hash === hash, uncovered.includes(column), column);
    }
  });
  await t.step("personal data that is not what was stored", async () => {
    const { entry } = stored.find(({ entry }) => entry.notes !== null)!;
    const changes: LedgerEntry[] = [
      { notes: "other" },
      { head_ref: "other" },
      { triggered_by: "other" },
      { salt: "00" },
      { salt: "no hex" },
      { salt: null },
    ];
    for (const change of changes) {
      const { person } = await checkEntry({ ...entry, ...change });
      assert.equal(person, "broken", JSON.stringify(change));
    }
    const { entry: without } = stored.find(({ entry }) => entry.commitment === null)!;
    assert.equal((await checkEntry({ ...without, notes: "made up" })).person, "broken");
    assert.equal((await checkEntry({ ...without, salt: "00" })).person, "broken");
  });
  await t.step("an entry whose personal data was erased keeps its hash", async () => {
    const { receipt } = stored.find(({ entry }) => entry.notes !== null)!;
    await database.pool.query("select public.erase_personal_data($1, $2, 'asked to')", [
      receipt.configuration.id,
      receipt.snapshot_version,
    ]);
    const entry = parseWithNumberText(await readEntry(database, receipt)) as LedgerEntry;
    assert.deepEqual(await checkEntry(entry), { hash: receipt.entry_hash, person: "erased" });
    assert.match(String(entry.erased_at), /^20/);
  });
  await database.close();
});

/** A result as the function hands it to the database. */
function randomResult(next: Random, run: number): Record<string, unknown> {
  const sometimes = <T>(value: T): T | undefined => next() < 0.5 ? value : undefined;
  const digits = () => Number((next() * 10 ** Math.floor(next() * 8)).toPrecision(12));
  return {
    model_version: next() < 0.5 ? "modèle 😀" : `it's "m" \\ {1}`,
    dataset_version: "d",
    prompt_version: "p/1, ß",
    variant: sometimes("seed 7 · ü"),
    environment: "local",
    commit_sha: "0123abc",
    branch_name: sometimes(`feature/${randomText(next)}`),
    model_provider: sometimes(randomText(next, 5)),
    dataset_size: sometimes(Math.floor(digits())),
    run_id: sometimes(`run ${run}`),
    duration_seconds: sometimes(digits()),
    error_count: sometimes(Math.floor(digits())),
    success_count: sometimes(Math.floor(digits())),
    tags: sometimes(Array.from({ length: Math.floor(next() * 4) }, () => randomText(next))),
    measured_at: sometimes(`2026-01-31T12:00:00.${100_000 + run}+05:45`),
    notes: sometimes(randomText(next, 12)),
    candidate: sometimes(true),
    metrics: { ...randomObject(next, 3), f1: next(), exact: next() * 1e-7 },
  };
}

async function ingest(
  database: TestDatabase,
  principal: Record<string, unknown>,
  result: Record<string, unknown>,
): Promise<Receipt> {
  const { rows: [row] } = await database.pool.query(
    "select public.ingest_benchmark($1, $2) as receipts",
    [JSON.stringify(principal), JSON.stringify([result])],
  );
  return row.receipts[0];
}

async function readEntry(database: TestDatabase, receipt: Receipt): Promise<string> {
  const { rows: [row] } = await database.pool.query(
    "select public.get_ledger_entry($1, $2)::text as text",
    [receipt.configuration.id, receipt.snapshot_version],
  );
  return row.text;
}
