import assert from "node:assert/strict";
import { join } from "node:path";
import { openEmbeddedDatabase } from "../../stack/database.ts";
import { runScript } from "../../testing/run_script.ts";
import { type StackProcess, startStackProcess } from "../../testing/stack_process.ts";
import { RESULT } from "../../testing/test_app.ts";

// What was stored in the last ten seconds is in no checkpoint.
const SETTLED_MS = 11_000;

Deno.test("verify finds by an old checkpoint what the ledger does not show", async (t) => {
  const dataDirectory = await Deno.makeTempDir();
  let stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  const post = async (model_version: string, f1: number) => {
    const response = await stack.post({
      ...RESULT,
      model_version,
      metrics: { f1, big: 1e21, n: 0.1 },
    });
    assert.equal(response.status, 201);
    return await response.json();
  };
  for (const n of [1, 2, 3]) await post("a", n / 10);
  const other = await post("b", 0.5);
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));

  const fetchCheckpoint = async (name: string, query = "") => {
    const file = join(dataDirectory, name);
    await Deno.writeTextFile(file, await checkpointOf(stack, query));
    return file;
  };
  const yesterday = await fetchCheckpoint("yesterday.txt");
  const time = /^time (.*)$/m.exec(await Deno.readTextFile(yesterday))![1]!;
  await post("a", 0.4);
  const verify = (...args: string[]) => runScript("verify", ["--data-dir", dataDirectory, ...args]);
  /** Changes rows as somebody with the rights of the owner can, while the stack is down. */
  const tamper = async (sql: string) => {
    await stack.stop();
    const database = await openEmbeddedDatabase(join(dataDirectory, "postgres"));
    await database.pool.query(sql);
    await database.close();
    stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  };
  const exported = join(dataDirectory, "ledger.jsonl");
  const exportLedger = async () => {
    const { code, stderr } = await runScript("export", [
      "--data-dir",
      dataDirectory,
      "--output",
      exported,
    ]);
    assert.equal(code, 0, stderr);
  };

  await t.step("an untouched ledger has every head, also when more was stored", async () => {
    const { code, stdout } = await verify("--checkpoint", yesterday);
    assert.equal(code, 0, stdout);
    assert.match(
      stdout,
      /^ok {6}checkpoint .*yesterday\.txt of .*: 2 chains, SHA-256 [0-9a-f]{64}$/m,
    );
    assert.match(stdout, /intact: 5 entries in 2 configurations/);
    const { checkpoints } = JSON.parse((await verify("--json", "--checkpoint", yesterday)).stdout);
    assert.equal(checkpoints[0].problem, null);
    assert.equal(checkpoints[0].heads, 2);
  });
  await t.step("an export has them, without a database", async () => {
    await exportLedger();
    const { code, stdout } = await verify("--export", exported, "--checkpoint", yesterday);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ok {6}checkpoint/m);
  });
  await t.step("asked again for yesterday, the function answers the same bytes", async () => {
    const again = await checkpointOf(stack, `?as_of=${time}`);
    assert.equal(again, await Deno.readTextFile(yesterday));
  });
  await t.step(
    "a changed checkpoint, one out of order, and no checkpoint are refused",
    async () => {
      const text = await Deno.readTextFile(yesterday);
      const write = async (name: string, content: string) => {
        await Deno.writeTextFile(join(dataDirectory, name), content);
        return join(dataDirectory, name);
      };
      const changed = await write(
        "changed.txt",
        text.replace(/[0-9a-f]{64}\n$/, "0".repeat(64) + "\n"),
      );
      const old = await write("old.txt", text.replace(/^time ..../m, "time 2020"));
      for (
        const [files, message] of [
          [
            [changed],
            /BROKEN {2}checkpoint .*changed\.txt: it is no whole checkpoint: .*they were changed/,
          ],
          [
            [yesterday, old],
            /BROKEN {2}checkpoint .*old\.txt of 2020-.*is before .*: give the oldest first/,
          ],
          [[exported], /it is no whole checkpoint: line 1 is not benchmark-checkpoint\/v1/],
        ] as const
      ) {
        const args = files.flatMap((file) => ["--checkpoint", file]);
        for (const more of [[], ["--offline"], ["--export", exported]]) {
          const { code, stdout } = await verify(...args, ...more);
          assert.equal(code, 1, stdout);
          assert.match(stdout, message);
        }
      }
      assert.equal((await verify("--offline")).code, 2);
      assert.equal((await verify("--offline", "--checkpoint", old, "--export", exported)).code, 2);
      assert.equal((await verify("--extract", "x")).code, 2);
    },
  );
  await t.step("personal data that was erased breaks no checkpoint", async () => {
    const erased = await stack.rpc("erase_personal_data", {
      p_configuration_id: other.configuration.id,
      p_version: 1,
      p_reason: "asked for",
    });
    assert.equal(erased.status, 200);
    assert.equal((await verify("--checkpoint", yesterday)).code, 0);
  });

  await t.step("a chain rewritten as a whole is found by yesterday's checkpoint", async () => {
    await tamper(`
      alter table public.benchmark_transactions disable trigger refuse_change;
      do $$
      declare
        v_entry public.benchmark_transactions;
        v_before bytea;
      begin
        for v_entry in select * from public.benchmark_transactions where model_version = 'a' order by snapshot_version loop
          v_entry.commit_sha := 'fedcba9';
          v_before := benchmark_private.entry_hash(v_entry, v_before);
          update public.benchmark_transactions set commit_sha = v_entry.commit_sha, entry_hash = v_before
          where configuration_id = v_entry.configuration_id and snapshot_version = v_entry.snapshot_version;
        end loop;
      end $$;
      alter table public.benchmark_transactions enable always trigger refuse_change;`);
    assert.equal((await verify()).code, 0, "the ledger by itself looks intact");
    const { code, stdout } = await verify("--checkpoint", yesterday);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /BROKEN {2}checkpoint .*: version 3 of configuration .*: the ledger has another entry_hash \([0-9a-f]{64}\) than the checkpoint/,
    );
    await exportLedger();
    assert.match(
      (await verify("--export", exported, "--checkpoint", yesterday)).stdout,
      /BROKEN {2}checkpoint .*: version 3 of .*: the export has another entry, which hashes to/,
    );
    // And by a witness that has neither: it asks for yesterday again.
    const replay = await fetchCheckpoint("replay.txt", `?as_of=${time}`);
    const compared = await verify("--offline", "--checkpoint", yesterday, "--checkpoint", replay);
    assert.equal(compared.code, 1);
    assert.match(compared.stdout, /BROKEN .*replay\.txt .*version 3 of .*it was rewritten/);
  });
  await t.step("an end that was cut off with its counter is found, too", async () => {
    await tamper(`
      alter table public.benchmark_transactions disable trigger refuse_change;
      delete from public.benchmark_transactions where model_version = 'a' and snapshot_version >= 3;
      update public.benchmark_configurations set last_version = 2, current_version = 2, reference_version = 2,
        reference_at = (select min(created_at) from public.benchmark_transactions)
      where model_version = 'a';
      alter table public.benchmark_transactions enable always trigger refuse_change;`);
    assert.equal((await verify()).code, 0, "the ledger by itself looks intact");
    assert.match(
      (await verify("--checkpoint", yesterday)).stdout,
      /BROKEN {2}checkpoint .*: version 3 of .*: the entry is not in the ledger: the end of its chain was cut off[^]*^The ledger is not what was kept of it, .*: 1 difference: /m,
    );
    const today = await fetchCheckpoint("today.txt");
    assert.match(
      (await verify("--offline", "--checkpoint", yesterday, "--checkpoint", today)).stdout,
      /BROKEN .*today\.txt .*version 3 of .*its chain ends at version 2: the end was cut off/,
    );
    await exportLedger();
    assert.match(
      (await verify("--export", exported, "--checkpoint", yesterday)).stdout,
      /version 3 of .*: its entry is not in the export/,
    );
  });
  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});

async function checkpointOf(stack: StackProcess, query = ""): Promise<string> {
  const response = await fetch(`${stack.env.INGEST_URL}/checkpoint${query}`, {
    headers: { Authorization: `Bearer ${stack.env.INGEST_TOKEN}` },
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text;
}
