// `deno task test:deploy`: the real Supabase CLI deploys the function to a stand-in of the
// Management API, and the uploaded files alone must serve requests.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./postgres_server.ts";
import { pipeLines } from "./process_output.ts";
import { startStackProcess } from "./stack_process.ts";
import { RESULT } from "./test_app.ts";
import { startWebhookReceiver } from "./webhook_receiver.ts";

const REPOSITORY = fileURLToPath(new URL("../", import.meta.url));
const PROJECT = "abcdefghijklmnopqrst";
const MAX_BUNDLE_BYTES = 5 * 1024 * 1024;

/** What the Management API was sent. */
interface Upload {
  files: Map<string, Uint8Array>;
  metadata: Record<string, unknown>;
}

async function deploy(): Promise<Upload> {
  const upload: Upload = { files: new Map(), metadata: {} };
  const api = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== `/v1/projects/${PROJECT}/functions/deploy`) return Response.json({});
    for (const [name, part] of await request.formData()) {
      if (name === "metadata") {
        const text = typeof part === "string" ? part : await part.text();
        upload.metadata = JSON.parse(text);
      } else if (typeof part !== "string") {
        upload.files.set(part.name, new Uint8Array(await part.arrayBuffer()));
      }
    }
    const slug = searchParams.get("slug");
    return Response.json(
      { id: "1", slug, name: slug, status: "ACTIVE", version: 1, created_at: 1, updated_at: 1 },
      { status: 201 },
    );
  });
  const url = `http://127.0.0.1:${api.addr.port}`;
  const profile = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(
    profile,
    `name: stand-in\napi_url: ${url}\ndashboard_url: ${url}\nproject_host: 127.0.0.1\n`,
  );
  const { success, stdout, stderr } = await new Deno.Command("npx", {
    args: [
      "-y",
      "supabase@3",
      "functions",
      "deploy",
      "ingest-benchmark",
      "--use-api",
      "--yes",
      `--remote=${PROJECT}`,
      "--profile",
      profile,
    ],
    cwd: REPOSITORY,
    env: { SUPABASE_ACCESS_TOKEN: `sbp_${"0".repeat(40)}`, SUPABASE_TELEMETRY_DISABLED: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(success, text(stdout) + text(stderr));
  // With --use-api a file that is missing is a warning and exit 0.
  assert.doesNotMatch(text(stdout) + text(stderr), /WARN|failed to read|not found/i);
  await api.shutdown();
  await Deno.remove(profile);
  return upload;
}

async function unpack(upload: Upload): Promise<string> {
  const directory = await Deno.makeTempDir();
  for (const [name, content] of upload.files) {
    await Deno.mkdir(dirname(join(directory, name)), { recursive: true });
    await Deno.writeFile(join(directory, name), content);
  }
  return directory;
}

/** Serves the unpacked function as the platform does: its entry, its import map, nothing else. */
async function serve(directory: string, upload: Upload, env: Record<string, string>) {
  const port = freePort();
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "serve",
      "-A",
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--config",
      join(directory, String(upload.metadata.import_map_path)),
      join(directory, String(upload.metadata.entrypoint_path)),
    ],
    cwd: directory,
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [stdout, stderr] = [pipeLines(process.stdout), pipeLines(process.stderr)];
  const ready = await Promise.any([stdout.waitFor("istening on"), stderr.waitFor("istening on")])
    .then(() => true, () => false);
  return {
    url: `http://127.0.0.1:${port}/ingest-benchmark`,
    isServing: ready,
    async stop() {
      if (ready) process.kill("SIGTERM");
      await process.status;
      await Promise.all([stdout.done, stderr.done]);
    },
  };
}

Deno.test("the uploaded files alone serve the function", async (t) => {
  const upload = await deploy();
  const dataDirectory = await Deno.makeTempDir();
  const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  const env = {
    SUPABASE_URL: stack.env.SUPABASE_URL,
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: stack.env.SUPABASE_SECRET_KEY }),
  };
  const directory = await unpack(upload);

  await t.step("the function checks credentials itself, and fits", () => {
    assert.equal(upload.metadata.verify_jwt, false);
    assert.ok([...upload.files.keys()].every((name) => !/_test\.ts$|scripts\//.test(name)));
    const bytes = [...upload.files.values()].reduce((sum, file) => sum + file.length, 0);
    assert.ok(bytes < MAX_BUNDLE_BYTES, `${bytes} bytes`);
  });

  await t.step("it stores a result, and what is imported late is there, too", async () => {
    const served = await serve(directory, upload, env);
    assert.ok(served.isServing);
    const receiver = await startWebhookReceiver();
    await stack.rpc("create_webhook", {
      p_url: receiver.url,
      p_events: ["first-run"],
      p_secret: receiver.secret,
      p_allows_private: true,
    });
    const headers = {
      "Authorization": `Bearer ${stack.env.INGEST_TOKEN}`,
      "Content-Type": "application/json",
    };
    const post = (body: string) => fetch(served.url, { method: "POST", headers, body });
    const statuses: [string, Promise<Response>, number][] = [
      ["a result", post(JSON.stringify(RESULT)), 201],
      [
        "more digits than a double",
        post(JSON.stringify(RESULT).replace("400", "9007199254740993.5")),
        201,
      ],
      ["broken JSON", post("{"), 400],
      ["a typo", post(JSON.stringify({ ...RESULT, typo: 1 })), 422],
      [
        "a metric group twice",
        post(
          JSON.stringify({ ...RESULT, category_metrics: {}, metrics: { category_metrics: {} } }),
        ),
        201,
      ],
      ["the OpenAPI document", fetch(`${served.url}/openapi.json`), 200],
      ["the JSON Schema", fetch(`${served.url}/result.schema.json`), 200],
      [
        "a badge, of nothing",
        fetch(
          `${served.url}/badge.svg?model_version=m&dataset_version=d&prompt_version=p&environment=local`,
        ),
        404,
      ],
      ["health", fetch(`${served.url}/healthz`), 200],
    ];
    for (const [name, pending, status] of statuses) {
      const response = await pending;
      assert.equal(response.status, status, `${name}: ${await response.text()}`);
      if (!response.bodyUsed) await response.body?.cancel();
    }
    await receiver.waitFor(() => receiver.accepted().length > 0, "The first run");
    assert.deepEqual(receiver.faults, []);
    await receiver.close();
    await served.stop();
  });

  await t.step("without one of the files it does not serve: this test can fail", async () => {
    await Deno.remove(join(directory, "supabase/functions/ingest-benchmark/principal/bearer.ts"));
    const served = await serve(directory, upload, env);
    assert.equal(served.isServing, false);
    await served.stop();
  });

  await stack.stop();
  await Deno.remove(directory, { recursive: true });
  await Deno.remove(dataDirectory, { recursive: true });
});
