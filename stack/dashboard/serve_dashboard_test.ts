import assert from "node:assert/strict";
import { join } from "node:path";
import { createDashboardHandler } from "./serve_dashboard.ts";

const CONFIG = {
  url: "http://127.0.0.1:54321",
  publishableKey: "sb_publishable_x",
  realtime: false,
  accessToken: "local_session_x",
};

async function withFiles(
  run: (get: (path: string, init?: RequestInit) => Promise<Response | null>) => Promise<void>,
): Promise<void> {
  const parent = await Deno.makeTempDir();
  const directory = join(parent, "dist");
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(join(directory, "index.html"), "<!doctype html>");
  await Deno.writeTextFile(join(directory, "worker.js"), "2;");
  await Deno.writeTextFile(join(directory, "index-TISIKGA6.js"), "1;");
  await Deno.writeTextFile(join(parent, "secret.json"), "{}");
  const handle = createDashboardHandler(directory, CONFIG.url, () => Promise.resolve(CONFIG));
  await run((path, init) => handle(new Request(`http://127.0.0.1:54321${path}`, init)));
  await Deno.remove(parent, { recursive: true });
}

Deno.test("createDashboardHandler() serves the page, and its assets for good", async () => {
  await withFiles(async (get) => {
    const page = (await get("/?view=trends"))!;
    assert.equal(await page.text(), "<!doctype html>");
    assert.match(page.headers.get("content-type")!, /text\/html/);
    assert.equal(page.headers.get("cache-control"), "no-cache");
    assert.equal(page.headers.get("x-content-type-options"), "nosniff");
    const asset = (await get("/index-TISIKGA6.js", { method: "HEAD" }))!;
    assert.equal(await asset.text(), "");
    assert.match(asset.headers.get("content-type")!, /text\/javascript/);
    assert.match(asset.headers.get("cache-control")!, /immutable/);
    const worker = (await get("/worker.js", { method: "HEAD" }))!;
    assert.equal(worker.headers.get("cache-control"), "no-cache", "its name stays");
    assert.match(worker.headers.get("content-type")!, /text\/javascript/, "a worker needs it");
  });
});

Deno.test("createDashboardHandler() leaves what is no file of the dashboard to others", async () => {
  await withFiles(async (get) => {
    const outside = ["/../secret.json", "/%2e%2e/secret.json", "/..%2fsecret.json"];
    const others = ["/missing.js", "/rest/v1/x", "/..%5csecret.json"];
    for (const path of [...outside, ...others]) assert.equal(await get(path), null, path);
    assert.equal(await get("/", { method: "POST" }), null);
  });
});

Deno.test("createDashboardHandler() gives config.json to pages of this machine only", async () => {
  await withFiles(async (get) => {
    const config = (host: string) => get("/config.json", { headers: { host } });
    const given = (await config("127.0.0.1:54321"))!;
    assert.deepEqual(await given.json(), CONFIG);
    assert.equal(given.headers.get("cache-control"), "no-store");
    assert.equal((await (await config("localhost:54321"))!.json()).url, "http://localhost:54321");
    const refused = (await config("rebound.example:54321"))!;
    assert.equal(refused.status, 403);
    assert.doesNotMatch(await refused.text(), /local_session/);
  });
});
