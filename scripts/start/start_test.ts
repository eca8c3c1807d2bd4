import assert from "node:assert/strict";
import { join } from "node:path";
import { openEmbeddedDatabase } from "../../stack/database.ts";
import { reasonToSkip } from "../../testing/required_tools.ts";
import { freePort } from "../../testing/postgres_server.ts";
import { runStart, startStackProcess } from "../../testing/stack_process.ts";

Deno.test("start ingests the samples once, prints a curl line that works, and finds its data again", async (t) => {
  const dataDirectory = await Deno.makeTempDir();
  const first = await startStackProcess({ dataDirectory, isFirstStart: true });
  const table = first.output.lines.join("\n");
  assert.match(table, /Migrations applied: 1/);
  assert.match(table, /auditor-large-2\.0 +bills-2026-01 +local +4 +0\.9167/);

  const { mode } = await Deno.stat(join(dataDirectory, "local.env"));
  assert.equal(mode! & 0o777, 0o600);
  assert.deepEqual(Object.keys(first.env), [
    "SUPABASE_URL",
    "SUPABASE_PUBLISHABLE_KEY",
    "SUPABASE_SECRET_KEY",
    "SUPABASE_JWT_SECRET",
    "INGEST_URL",
    "INGEST_TOKEN",
  ]);

  const skip = await reasonToSkip("bash", "curl");
  await t.step({
    name: "the curl line works when pasted" + skip,
    ignore: skip !== "",
    async fn() {
      const curl = first.output.lines.find((line) => line.startsWith("curl "))!;
      const pasted = await new Deno.Command("bash", { args: ["-c", curl] }).output();
      const receipt = JSON.parse(new TextDecoder().decode(pasted.stdout));
      assert.equal(receipt.snapshot_version, 1);
      const logged = await first.output.waitFor(`"versions":[1]`);
      assert.equal(JSON.parse(logged).status, 201);
    },
  });
  assert.equal(await first.stop(), 0);

  const second = await startStackProcess({ dataDirectory, dashboard: true });
  assert.equal(second.env.DASHBOARD_URL, `${second.env.SUPABASE_URL}/`);
  const page = await fetch(second.env.DASHBOARD_URL);
  assert.match(await page.text(), /<script src="\.\/index-[0-9A-Z]{8}\.js" type="module"/);
  assert.match(
    second.output.lines.join("\n"),
    /auditor-large-2\.0 +bills-2026-01 +local +4 +0\.9167/,
  );
  assert.doesNotMatch(second.output.lines.join("\n"), /Ingesting/);
  assert.doesNotMatch(second.output.lines.join("\n"), /Migrations applied/);
  assert.equal(second.env.INGEST_TOKEN, first.env.INGEST_TOKEN, "the token is still good");
  assert.equal(await second.stop("SIGTERM"), 0);
  await Deno.remove(dataDirectory, { recursive: true });
});

Deno.test("start says in one line why it cannot", async (t) => {
  const directory = await Deno.makeTempDir();
  const file = join(directory, "file");
  await Deno.writeTextFile(file, "");
  const free = ["--port", String(freePort())];
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const cases: [string, string[], RegExp, Record<string, string>?][] = [
    [
      "a port in use",
      ["--port", String(listener.addr.port), "--data-dir", join(directory, "a")],
      /it is in use/,
    ],
    [
      "a data directory that is a file",
      [...free, "--data-dir", file],
      /Cannot use the data directory/,
    ],
    [
      "an unreachable database",
      [
        ...free,
        "--data-dir",
        join(directory, "b"),
        "--database-url",
        `postgres://x:secret@127.0.0.1:${freePort()}/x`,
      ],
      /Cannot connect to the database/,
    ],
    [
      "an issuer over plain http",
      [...free, "--data-dir", join(directory, "c")],
      /GITHUB_OIDC_ISSUER must be an https URL/,
      { GITHUB_OIDC_ISSUER: "http://example.com" },
    ],
  ];
  for (const [name, args, message, env] of cases) {
    await t.step(name, async () => {
      const { code, stderr } = await runStart(args, env);
      assert.equal(code, 1, stderr);
      assert.match(stderr, message);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
      assert.doesNotMatch(stderr, /secret/);
    });
  }
  await t.step("a database that a migration fails on", async () => {
    const dataDirectory = join(directory, "conflict");
    const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
    await stack.stop();
    const database = await openEmbeddedDatabase(join(dataDirectory, "postgres"));
    await database.pool.query(
      "delete from supabase_migrations.schema_migrations where version = '20261125000000'",
    );
    await database.close();
    const { code, stderr } = await runStart([...free, "--data-dir", dataDirectory]);
    assert.equal(code, 1);
    assert.match(stderr, /^Cannot prepare the database.*20261125000000.*already exists/);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  });
  await t.step("a data directory of a checkout from before 1.0.0", async () => {
    const dataDirectory = join(directory, "earlier");
    await Deno.mkdir(dataDirectory);
    const database = await openEmbeddedDatabase(join(dataDirectory, "postgres"));
    await database.pool.query(`
      create schema supabase_migrations;
      create table supabase_migrations.schema_migrations (
        version text not null primary key, statements text[], name text);
      insert into supabase_migrations.schema_migrations (version, name)
      values ('20261125010000', 'configurations_transactions_snapshots');`);
    await database.close();
    const { code, stderr } = await runStart([...free, "--data-dir", dataDirectory]);
    assert.equal(code, 1);
    assert.match(stderr, /made by an earlier checkout.*Choose another --data-dir/);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  });
  await t.step("a wrong option is wrong usage", async () => {
    assert.equal((await runStart(["--prot", "1"])).code, 2);
    assert.equal((await runStart(["--port", "x"])).code, 2);
  });
  await t.step("a data directory that another stack has", async () => {
    const dataDirectory = join(directory, "taken");
    const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
    const { code, stderr } = await runStart([
      "--data-dir",
      dataDirectory,
      "--port",
      String(freePort()),
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /another stack is running on it/);
    await stack.stop();
  });
  listener.close();
  await Deno.remove(directory, { recursive: true });
});

Deno.test("nothing that a first start downloads wants to run scripts", async () => {
  // `deno task` downloads all of the lock file, and warns of each package that has scripts.
  const lock = JSON.parse(await Deno.readTextFile(new URL("../../deno.lock", import.meta.url)));
  const packages = Object.entries(lock.npm as Record<string, { scripts?: boolean }>);
  assert.ok(packages.length > 10);
  assert.deepEqual(packages.filter(([, { scripts }]) => scripts).map(([name]) => name), []);
});
