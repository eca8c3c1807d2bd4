import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CHECKPOINT_FORMAT, CHECKPOINT_PREDICATE } from "../../ledger/checkpoint.ts";
import { sha256Hex } from "../../ledger/sha256.ts";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";
import { RESULT } from "../../testing/test_app.ts";

// What was stored in the last ten seconds is in no checkpoint.
const SETTLED_MS = 11_000;
const VERIFY = fileURLToPath(new URL("../verify/verify.ts", import.meta.url));

Deno.test("a proof checks where nothing is but Deno and the file", async (t) => {
  const dataDirectory = await Deno.makeTempDir();
  const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  // deno-lint-ignore no-explicit-any
  const receipts: any[] = [];
  for (const n of [1, 2, 3]) {
    const response = await stack.post({
      ...RESULT,
      triggered_by: "ada",
      notes: "only for us",
      tags: ["a"],
      metrics: { f1: n / 10, big: 1e21 },
      items: [{ id: "a", passed: true }],
    });
    const receipt = await response.json();
    assert.equal(response.status, 201, JSON.stringify(receipt));
    receipts.push(receipt);
  }
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  const { id } = receipts[0].configuration;
  const path = (name: string) => join(dataDirectory, name);
  const answer = await fetch(`${stack.env.INGEST_URL}/checkpoint`, {
    headers: { Authorization: `Bearer ${stack.env.INGEST_TOKEN}` },
  });
  const checkpoint = await answer.text();
  await Deno.writeTextFile(path("checkpoint.txt"), checkpoint);
  const statement = {
    subject: [{ name: "checkpoint.txt", digest: { sha256: await sha256Hex(checkpoint) } }],
    predicateType: CHECKPOINT_PREDICATE,
    predicate: {
      format: CHECKPOINT_FORMAT,
      time: /^time (.*)$/m.exec(checkpoint)![1],
      count: 1,
    },
  };
  const bundle = JSON.stringify({
    dsseEnvelope: {
      payload: btoa(JSON.stringify(statement)),
      payloadType: "application/vnd.in-toto+json",
      signatures: [{ sig: "" }],
    },
  });
  await Deno.writeTextFile(path("attestation.json"), `${bundle}\n`);
  const prove = (version: number, ...more: string[]) =>
    runScript("prove", [
      "--data-dir",
      dataDirectory,
      "--configuration",
      id,
      "--version",
      String(version),
      "--output",
      path("proof.json"),
      ...more,
    ]);
  /** In an empty directory, without environment, network or database. */
  const verify = async (text: string, ...more: string[]) => {
    const directory = await Deno.makeTempDir();
    await Deno.writeTextFile(join(directory, "proof.json"), text);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--deny-net", "--quiet", VERIFY, "--proof", "proof.json", ...more],
      cwd: directory,
      clearEnv: true,
      env: {
        NO_COLOR: "1",
        // Where the packages are that were downloaded with the project.
        ...Object.fromEntries(
          ["HOME", "DENO_DIR", "XDG_CACHE_HOME"].flatMap((name) => {
            const value = Deno.env.get(name);
            return value === undefined ? [] : [[name, value]];
          }),
        ),
      },
    }).output();
    const files = Object.fromEntries(
      [...Deno.readDirSync(directory)].filter((entry) => entry.isDirectory)
        .flatMap(({ name }) =>
          [...Deno.readDirSync(join(directory, name))].map((file) => [
            file.name,
            Deno.readTextFileSync(join(directory, name, file.name)),
          ])
        ),
    );
    await Deno.remove(directory, { recursive: true });
    return { code, stdout: new TextDecoder().decode(stdout), stderr, files };
  };

  await t.step("with checkpoint and attestation, up to the head", async () => {
    const { code, stderr } = await prove(
      2,
      "--checkpoint",
      path("checkpoint.txt"),
      "--bundle",
      path("attestation.json"),
      // As somebody's tool may write it.
      "--configuration",
      id.toUpperCase(),
    );
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /Wrote .*proof\.json: 2 entries\. It ends at the head of .*with attestation/,
    );
    const found = await verify(await Deno.readTextFile(path("proof.json")), "--extract", "parts");
    assert.equal(found.code, 0, found.stdout + new TextDecoder().decode(found.stderr));
    assert.ok(
      found.stdout.includes(
        `proved  This is version 2 of model-1 / data-1 / prompt-1 / local, whose entry_hash is ${
          receipts[1].entry_hash
        }:`,
      ),
      found.stdout,
    );
    assert.match(
      found.stdout,
      /metrics \{"f1": 0\.2, "big": 1000000000000000000000, "passed": 1\}/,
    );
    assert.match(
      found.stdout,
      /^proved {2}What it says about people is what its commitment covers/m,
    );
    assert.match(
      found.stdout,
      /^proved {2}It stands in its chain, 1 version before the head in the/m,
    );
    assert.match(found.stdout, /^proved {2}The attestation is about this very checkpoint\.$/m);
    assert.match(
      found.stdout,
      /gh attestation verify DIR\/checkpoint\.txt --bundle DIR\/attestation\.jsonl --repo OWNER\/REPO/,
    );
    assert.match(found.stdout, /^trust {3}That what was measured is true/m);
    assert.deepEqual(found.files, {
      "checkpoint.txt": checkpoint,
      "attestation.jsonl": `${bundle}\n`,
    });
  });
  await t.step("without what it says about people", async () => {
    const { code, stderr } = await prove(3, "--without-personal-data");
    assert.equal(code, 0, stderr);
    const text = await Deno.readTextFile(path("proof.json"));
    assert.doesNotMatch(text, /"ada"|only for us|"id": "a"/);
    const { stdout } = await verify(text);
    assert.match(stdout, /left out or erased; its commitment is/);
    assert.match(stdout, /^trust {3}Nothing says that the ledger ever had it: compare/m);
    const report = JSON.parse((await verify(text, "--json")).stdout);
    assert.equal(report.entry_hash, receipts[2].entry_hash);
    assert.equal(report.configuration_id, id);
    assert.equal(report.checkpoint, null);
  });
  await t.step("and no longer when it was tampered with", async () => {
    await prove(2, "--checkpoint", path("checkpoint.txt"));
    const text = await Deno.readTextFile(path("proof.json"));
    for (
      const [from, to, message] of [
        ['"f1": 0.2', '"f1": 0.9', /version 3 does not follow version 2/],
        ['"f1": 0.3', '"f1": 0.9', /the checkpoint's head, version 3, has the entry_hash/],
        ['"ada"', '"bob"', /what version 2 says about people is not what its commitment covers/],
        ["count 1", "count 0", /its checkpoint is no whole one/],
      ] as const
    ) {
      assert.ok(text.includes(from), from);
      const { code, stdout } = await verify(text.replace(from, to));
      assert.equal(code, 1, stdout);
      assert.match(stdout, /^BROKEN {2}proof\.json: /);
      assert.match(stdout, message);
    }
    assert.equal((await verify("{")).code, 1);
    assert.equal((await verify(text, "--offline")).code, 2);
  });
  await t.step("what cannot be proved is not written", async () => {
    await Deno.remove(path("proof.json"));
    const fresh = await (await stack.post({ ...RESULT, metrics: { f1: 0.4 } })).json();
    assert.equal(fresh.snapshot_version, 4);
    await Deno.writeTextFile(
      path("other.json"),
      bundle.replace(/"payload":"..../, '"payload":"AAAA'),
    );
    for (
      const [args, code, message] of [
        [
          [4, "--checkpoint", path("checkpoint.txt")],
          1,
          /No checkpoint has version 4 of .*ends at version 3/,
        ],
        [[9], 1, /The ledger has no version 9/],
        [[2, "--checkpoint", path("attestation.json")], 1, /is no whole checkpoint/],
        [
          [2, "--checkpoint", path("checkpoint.txt"), "--bundle", path("other.json")],
          1,
          /No bundle attests .*checkpoint\.txt: its attestation is no Sigstore bundle/,
        ],
        [[2, "--bundle", path("attestation.json")], 2, /--bundle needs --checkpoint/],
        [[0], 2, /--version must be a version/],
      ] as [[number, ...string[]], number, RegExp][]
    ) {
      const found = await prove(...args);
      assert.equal(found.code, code, found.stderr);
      assert.match(found.stderr, message);
      await assert.rejects(Deno.stat(path("proof.json")));
    }
  });
  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});
