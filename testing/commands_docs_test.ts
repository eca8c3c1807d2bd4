// The commands of README.md, docs/commands.md and docs/reading.md are run as they stand there, in a copy of the checkout,
// and the functions of docs/reading.md are those that readers may call.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openTestDatabase } from "./embedded_database.ts";
import { freePort } from "./postgres_server.ts";
import { pipeLines } from "./process_output.ts";
import { reasonToSkip } from "./required_tools.ts";

const PROJECT = fileURLToPath(new URL("../", import.meta.url));
const PAGES = ["README.md", "docs/commands.md", "docs/reading.md"];
const read = (name: string) => Deno.readTextFile(join(PROJECT, name));

/** What cannot be run here, and why. */
const LEFT_OUT: [RegExp, string][] = [
  [/\btask start\b/, "the test has it running"],
  [/\btask test\b/, "this is one of them"],
  [/--invite\b/, "the local stack has no Supabase Auth"],
  [/^claude /, "a program of others"],
  [/bad_day\.ts/, "the browser's tests run it"],
];

const RESULT = {
  model_version: "gpt-x",
  dataset_version: "d",
  prompt_version: "p",
  environment: "local",
  commit_sha: "0123abc",
  metrics: { f1: 0.9 },
};
/** Files that the commands take for granted. */
const FILES: Record<string, unknown> = {
  "results/one.json": { ...RESULT, model_version: "pushed" },
  "results_2026.json": {
    model_name: "converted",
    total_documents: 1,
    issue_f1_score: 0.5,
  },
  "runs.jsonl": { ...RESULT, model_version: "imported", timestamp: "2026-01-31T12:00:00Z" },
};

const skip = await reasonToSkip("bash", "curl", "git");

Deno.test({
  name: "the commands of README.md and of two pages of docs do what they say" + skip,
  ignore: skip !== "",
  async fn(t) {
    const { copy, bin } = await copyCheckout();
    for (const [name, content] of Object.entries(FILES)) {
      await Deno.mkdir(dirname(join(copy, name)), { recursive: true });
      await Deno.writeTextFile(join(copy, name), JSON.stringify(content));
    }
    const github = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      () => Response.json({ id: 1, owner: { id: 2 }, default_branch: "main" }),
    );
    const env = {
      NO_COLOR: "1",
      PATH: `${bin}:${Deno.env.get("PATH")}`,
      GITHUB_API_URL: `http://127.0.0.1:${github.addr.port}`,
    };
    const port = freePort();
    const start = new Deno.Command("npx", {
      args: ["-y", "deno@2", "task", "start", "--port", String(port), "--no-dashboard"],
      cwd: copy,
      env,
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const output = pipeLines(start.stdout);
    const run = async (script: string) => {
      const { code, stdout, stderr } = await new Deno.Command("bash", {
        args: ["-c", `${PRELUDE}\n${script}`],
        cwd: copy,
        env,
      }).output();
      const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assert.equal(code, 0, `${said}\n${complained}`);
      return said!;
    };
    try {
      await output.waitFor("Press Ctrl-C");
      const [first] = JSON.parse(await run(PREPARE)).results;
      for (const page of PAGES) {
        await t.step(page, async () => {
          const commands = commandsOf(await read(page)).filter((command) =>
            !LEFT_OUT.some(([pattern]) => pattern.test(command))
          );
          assert.ok(commands.length > 0);
          const script = commands.join("\n")
            .replaceAll(
              "--configuration ID --version 42",
              `--configuration ${first.configuration.id} --version 2`,
            );
          await run(script);
        });
      }
    } finally {
      start.kill("SIGINT");
      await Promise.all([start.status, output.done]);
      await github.shutdown();
      await Deno.remove(copy, { recursive: true });
      await Deno.remove(bin, { recursive: true });
    }
  },
});

/** Stops at the first command that fails, and names it; an answer that is an error is a failure. */
const PRELUDE = `set -eEo pipefail
trap 'echo "failed: $BASH_COMMAND" >&2' ERR
curl() { command curl --fail-with-body "$@"; }
unset INIT_CWD # of the task that runs the tests
set -a; . .local/local.env; set +a`;

/** Runs that are compared and acknowledged, a receipt and a checkpoint that were kept. */
const PREPARE = `
post() { curl -sS "$INGEST_URL" -H "Authorization: Bearer $INGEST_TOKEN" -H 'Content-Type: application/json' -d "$1"; }
post '{"results":[${JSON.stringify({ ...RESULT, run_id: "1" })},${
  JSON.stringify({ ...RESULT, run_id: "2", metrics: { f1: 0.5 } })
},${JSON.stringify({ ...RESULT, model_version: "gpt-y" })}]}' > receipts.json
curl -sS "$INGEST_URL/checkpoint" -H "Authorization: Bearer $INGEST_TOKEN" > yesterday.txt
cat receipts.json`;

/** The commands of a page, each with its lines that are continued. */
function commandsOf(page: string): string[] {
  return [...page.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, code]) =>
    code!.split(/(?<!\\)\n(?! {2})/).filter((command) => command.trim() !== "")
  );
}

/** What git would commit of the checkout, and a folder with the Deno that runs this. */
async function copyCheckout(): Promise<{ copy: string; bin: string }> {
  const [copy, bin] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  const { success } = await new Deno.Command("bash", {
    args: [
      "-c",
      'git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2>/dev/null | tr "\\n" "\\0" | xargs -0 cp --parents -t "$1"',
      "-",
      copy,
    ],
    cwd: PROJECT,
  }).output();
  assert.ok(success);
  await Deno.symlink(Deno.execPath(), join(bin, "deno"));
  // npx -y deno@2 …
  await Deno.writeTextFile(join(bin, "npx"), '#!/bin/sh\nshift 2\nexec deno "$@"\n', {
    mode: 0o755,
  });
  return { copy, bin };
}

Deno.test("docs/reading.md has every function that readers may call, as it is, and a call of each", async () => {
  const page = await read("docs/reading.md");
  const database = await openTestDatabase();
  const { rows } = await database.pool.query(`
    select p.proname as name, pg_get_function_arguments(p.oid) as arguments, pg_get_function_result(p.oid) as result
    from pg_proc as p
    where p.pronamespace = 'public'::regnamespace and has_function_privilege('anon', p.oid, 'execute')
      and p.proname not like 'get\\_dashboard\\_%'`);
  await database.close();
  const expected = rows.map(({ name, arguments: list, result }) => {
    const parameters = list.replaceAll(
      / DEFAULT (NULL|'[^']*'|[^ ,:]+)(::[a-z ]+)?/g,
      (_: string, value: string) => ` = ${value === "NULL" ? "null" : value}`,
    )
      .replaceAll("timestamp with time zone", "timestamptz");
    const answer = result.replace(/^TABLE\(.*/, "table").replace("SETOF", "setof");
    return `\`${name}(${parameters})\` → \`${answer}\``;
  });
  const documented = [...page.matchAll(/^`\w+\(.*\)` → `.*`$/gm)].map(([line]) => line);
  assert.deepEqual(documented.toSorted(), expected.toSorted());
  for (const { name } of rows) {
    assert.match(page, new RegExp(`^(ID=\\$\\()?curl .*/rpc/${name}" `, "m"));
  }
});
