import assert from "node:assert/strict";
import { type ExactJson, NumberText, parseWithNumberText } from "./canonical_json.ts";
import { CHECKPOINT_FORMAT, CHECKPOINT_PREDICATE } from "./checkpoint.ts";
import { configurationId } from "./derived_columns.ts";
import { checkEntry, type LedgerEntry } from "./entry_hash.ts";
import { checkProof, formatProof, ProofError, type ProofParts } from "./proof.ts";
import { sha256Hex } from "./sha256.ts";

const TIME = "2026-01-31T12:00:00.000000Z";

/** A chain of entries, as `get_ledger_entry()` has them. */
async function chainOf(count: number): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (let version = 1; version <= count; version++) {
    const entry: LedgerEntry = {
      model_version: "m",
      dataset_version: "d",
      prompt_version: "p",
      environment: "local",
      variant: "",
      snapshot_version: new NumberText(String(version)),
      previous_hash: entries.at(-1)?.entry_hash ?? null,
      id: `00000000-0000-4000-8000-00000000000${version}`,
      created_at_epoch: new NumberText(`179564813${version}.683396`),
      principal: "token:a",
      provenance: { method: "ingest-token" },
      published: true,
      commit_sha: "0123abc",
      metrics: { f1: new NumberText(`0.${version}0`), n: new NumberText("12345678901234567890") },
      triggered_by: "ada",
      salt: "00ff",
      verdict: "worse",
    };
    entry.commitment = await sha256Hex(
      new Uint8Array([0, 255, ...new TextEncoder().encode('["ada", null, null]')]),
    );
    entry.entry_hash = (await checkEntry(entry)).hash;
    entries.push(entry);
  }
  return entries;
}

async function checkpointOf(head: LedgerEntry): Promise<string> {
  const { text } = head.snapshot_version as NumberText;
  const line = `${await configurationId(head)} ${text} ${head.entry_hash}\n`;
  return `${CHECKPOINT_FORMAT}\ntime ${TIME}\nafter -\nnext -\ncount 1\nsha256 ${await sha256Hex(
    line,
  )}\n\n${line}`;
}

async function attestationOf(checkpoint: string, change: Record<string, unknown> = {}) {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "checkpoint.txt", digest: { sha256: await sha256Hex(checkpoint) } }],
    predicateType: CHECKPOINT_PREDICATE,
    predicate: { format: CHECKPOINT_FORMAT, time: TIME, count: 1 },
    ...change,
  };
  const payload = btoa(JSON.stringify(statement));
  return JSON.stringify({
    dsseEnvelope: { payload, payloadType: "application/vnd.in-toto+json", signatures: [] },
  });
}

const [one, two, three] = await chainOf(3) as [LedgerEntry, LedgerEntry, LedgerEntry];
const checkpoint = await checkpointOf(three);
const PARTS: ProofParts = {
  entries: [two, three],
  checkpoint,
  attestation: await attestationOf(checkpoint),
  isWithPersonalData: true,
};
const check = (text: string) => checkProof(parseWithNumberText(text));

Deno.test("a proof holds, and shows no more than its hashes cover", async () => {
  const text = formatProof(PARTS);
  assert.doesNotMatch(text, /worse/, "a verdict is derived");
  const report = await check(text);
  assert.equal(report.version, 2);
  assert.equal(report.entryHash, two.entry_hash);
  assert.equal(report.configurationId, await configurationId(two));
  assert.equal(report.person, "intact");
  assert.equal(report.following, 1);
  assert.equal(report.checkpoint?.time, TIME);
  assert.deepEqual(
    [report.attestation?.time, report.attestation?.count],
    [TIME, 1],
  );
  assert.equal(text.match(/"ada"/g)?.length, 1, "of the entries between nobody is named");
});

Deno.test("without personal data, or without checkpoint, the hash holds all the same", async () => {
  const text = formatProof({ ...PARTS, isWithPersonalData: false });
  assert.doesNotMatch(text, /ada|00ff/);
  assert.equal((await check(text)).person, "erased");
  assert.equal((await check(text)).entryHash, two.entry_hash);
  const alone = { ...PARTS, entries: [one], checkpoint: null, attestation: null };
  assert.equal((await check(formatProof(alone))).entryHash, one.entry_hash);
  const head = { ...PARTS, entries: [three], attestation: null };
  assert.equal((await check(formatProof(head))).following, 0);
});

Deno.test("a proof that was tampered with is refused, with the reason", async () => {
  const text = formatProof(PARTS);
  const with_ = (change: Partial<ProofParts>) => formatProof({ ...PARTS, ...change });
  const changed = (entry: LedgerEntry, column: string, value: ExactJson) => ({
    ...entry,
    [column]: value,
  });
  const cases: [string, RegExp][] = [
    [text.replace("0.20", "0.2"), /version 3 does not follow version 2: that hashes to/],
    [
      text.replace("0.30", "0.9"),
      /head, version 3, has the entry_hash .*, and its entry hashes to/,
    ],
    [text.replace('"ada"', '"bob"'), /what version 2 says about people is not what its commitment/],
    [with_({ entries: [changed(two, "commit_sha", "fedcba9"), three] }), /does not follow/],
    [with_({ entries: [two] }), /head is version 3, and its entries end at version 2/],
    [with_({ entries: [one, three] }), /version 3 stands after version 1/],
    [with_({ entries: [three, two] }), /version 2 stands after version 3/],
    [with_({ entries: [changed(three, "model_version", "x")] }), /no head of its configuration/],
    [with_({ entries: [two, changed(three, "model_version", "x")] }), /of another configuration/],
    [with_({ entries: [changed(two, "previous_hash", null), three] }), /names none before it/],
    [
      with_({ entries: [changed(one, "previous_hash", "00")] }),
      /is version 1, and names one before/,
    ],
    [with_({ entries: [changed(two, "snapshot_version", "2")] }), /has no snapshot_version/],
    [with_({ checkpoint: checkpoint.replace(/.{5}\n$/, "00000\n") }), /its checkpoint is no whole/],
    [with_({ checkpoint: null }), /has entries to a head, and no checkpoint/],
    [with_({ checkpoint: null, entries: [two] }), /an attestation, and no checkpoint/],
    [with_({ attestation: "" }), /its attestation is empty/],
    [with_({ attestation: "{}" }), /no Sigstore bundle with an in-toto statement/],
    [
      with_({ attestation: await attestationOf(`${checkpoint} `) }),
      /its attestation is about another file than the checkpoint/,
    ],
    [
      with_({ attestation: await attestationOf(checkpoint, { predicateType: "https://x" }) }),
      /its attestation is not of type urn:benchmark-ledger:checkpoint:v1/,
    ],
    [
      with_({ attestation: await attestationOf(checkpoint, { predicate: { time: TIME } }) }),
      /names another time or count/,
    ],
    [text.replace("benchmark-proof/v1", "benchmark-proof/v2"), /does not call itself/],
    [text.replace('{"id"', '{"verdict": "better", "id"'), /says verdict, which its hash/],
    ["[]", /does not call itself/],
    ['{"format": "benchmark-proof/v1", "entries": []}', /from 1 to 1000 entries/],
    ['{"format": "benchmark-proof/v1", "entries": [7]}', /an entry is none/],
  ];
  for (const [tampered, message] of cases) {
    assert.notEqual(tampered, text, String(message));
    await assert.rejects(check(tampered), (error: Error) => {
      assert.ok(error instanceof ProofError, String(error.stack));
      assert.match(error.message, message);
      return true;
    }, String(message));
  }
});
