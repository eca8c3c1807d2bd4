import assert from "node:assert/strict";
import { createLocalJWKSet } from "jose";
import { createApp } from "./app.ts";
import { createIssuerRegistry } from "./principal/issuers/issuer_registry.ts";
import { ProblemError } from "./problem/problem.ts";
import { MAX_PROBLEM_BYTES } from "./problem/problem_response.ts";
import { createRateLimit } from "./rate_limit.ts";
import { MAX_BODY_BYTES, MAX_UNAUTHORIZED_BYTES } from "./request/read_body.ts";
import { allowedMethods, type Route, routes } from "./routes.ts";
import type { Store } from "./store/store.ts";

const TOKEN = `bmk_${"0".repeat(16)}_${"0".repeat(64)}`;

/** The app over a database that knows the token, or knows none. */
function startApp(isKnown: boolean) {
  const calls: string[] = [];
  const answer = (name: string, value: unknown) => () => {
    calls.push(name);
    if (isKnown) return Promise.resolve(value);
    return Promise.reject(new ProblemError("unknown_token", "No ingest token matches."));
  };
  const app = createApp({
    tokenRules: {
      issuers: createIssuerRegistry({
        defaultIssuer: "https://issuer.example",
        list: () => Promise.resolve([]),
        now: Date.now,
        createKeys: () => createLocalJWKSet({ keys: [] }),
      }),
      audience: "a",
      now: Date.now,
    },
    store: {
      ingest: answer("ingest", []),
      preview: answer("preview", []),
      authorize: answer("authorize", undefined),
      receipt: answer("receipt", {}),
      badgeValue: answer("badge", null),
      checkHealth: answer("health", undefined),
    } as unknown as Store,
    rateLimit: createRateLimit(0, Date.now),
    log() {},
    deliveries: { deliver: () => Promise.reject(new Error("nobody asked for it")) },
    publicUrl: "https://project.example",
  });
  const post = async (body: string) => {
    const response = await app.request("/ingest-benchmark", {
      method: "POST",
      headers: { "Authorization": `Bearer ${TOKEN}`, "Content-Type": "application/json" },
      body,
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, bytes, text: new TextDecoder().decode(bytes) };
  };
  return { app, post, calls };
}

/** As many times as fit between begin and end in a body of so many bytes. */
function fill(size: number, begin: string, part: string, end: string): string {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  return begin + part.repeat(Math.floor((size - bytes(begin + end)) / bytes(part))) + end;
}

/** Bodies that are cheap to send, and would be dear to answer. */
const hostile: Record<string, (size: number) => string> = {
  "one key again and again": (size) => fill(size, "{", '"":1,', '"":1}'),
  "the same under a key that is half of the body": (size) =>
    fill(size, `{"metrics":{"${"k".repeat(size / 2)}":{`, '"":1,', '"":1}}}'),
  "the same under 60 long keys": (size) =>
    fill(size, `{"${"k".repeat(size / 130)}":`.repeat(60) + "{", '"":1,', `"":1}${"}".repeat(60)}`),
  "unknown fields": (size) =>
    `{${Array.from({ length: size / 12 }, (_, index) => `"${index}":1`).join()}}`,
  // Their hashes can be foretold: in a Set, or in zod, these took 20 seconds.
  "unknown fields that collide": (size) =>
    `{${Array.from({ length: size / 16 }, (_, index) => `"${index * 65_536}":1`).join()}}`,
  "metrics that collide": (size) =>
    `{"metrics":{${
      Array.from({ length: size / 17 }, (_, index) => `"${index * 65_536}":""`).join()
    }}}`,
  "control characters as keys": (size) => fill(size, "{", '"\\u0000":1,', '"":1}'),
  "lone surrogates": (size) => fill(size, '{"metrics":{"a":[', '"\\ud800",', '""]}}'),
  "nesting without end": (size) => "[".repeat(size / 2) + "]".repeat(size / 2),
  "nesting that does not end": (size) => "[".repeat(size),
  "objects": (size) => fill(size, '{"metrics":[', "{},", "{}]}"),
  "results of nothing": (size) => fill(size, '{"results":[', "{},", "{}]}"),
  "results that are none": (size) => fill(size, '{"results":[', "1,", "1]}"),
  "a hundred results of unknown fields": (size) =>
    `{"results":[${Array(100).fill(fill(size / 102, "{", '"é":1,', '"":1}')).join()}]}`,
  "tags": (size) => fill(size, '{"tags":[', '"",', '""]}'),
  "items of nothing": (size) => fill(size, '{"items":[', "{},", "{}]}"),
  "items that are none": (size) => fill(size, '{"items":[', "1,", "1]}"),
  "items of one id": (size) => fill(size, '{"items":[', '{"id":1,"s":1},', "1]}"),
  "items of wrong scores": (size) =>
    fill(size, '{"items":[', `{"id":1,${'"é":"",'.repeat(14)}"s":""},`, "1]}"),
  "items whose ids collide": (size) =>
    `{"items":[${
      Array.from({ length: Math.min(size / 30, 10_000) }, (_, index) =>
        `{"id":"${index * 65_536}","s":1}`).join()
    }]}`,
  "an item of scores that collide": (size) =>
    `{"items":[{"id":1,"s":1},{${
      Array.from({ length: size / 17 }, (_, index) => `"${index * 65_536}":1`).join()
    }}]}`,
  "items of numbers of twenty digits": (size) =>
    fill(size, '{"items":[', '{"s":12345678901234567890},', "1]}"),
  "an epoch that is no number": (size) =>
    fill(size, '{"items":[', '{"id":1,"s":1,"epoch":{"valueOf":1,"toString":1}},', "1]}"),
  "a long comparison": (size) => fill(size, '{"compare_to":"', ",variant=", '"}'),
  "numbers": (size) => fill(size, '{"metrics":{"a":[', "1,", "1]}}"),
  "numbers of twenty digits": (size) =>
    fill(size, '{"metrics":{"a":[', "12345678901234567890,", "1]}}"),
  "numbers beyond a double": (size) => fill(size, '{"metrics":{"a":[', "1e999,", "1]}}"),
  "a number of zeros": (size) => fill(size, '{"metrics":{"a":1.', "0", "1}}"),
  "a number of nines": (size) => fill(size, '{"metrics":{"a":', "9", "}}"),
  "a long name": (size) => fill(size, '{"model_version":"', "x", '"}'),
  "marks to be put in order": (size) => fill(size, '{"model_version":"a', "\u0301\u0323", '"}'),
  "a name of escapes": (size) => fill(size, '{"model_version":"', "\\n", '"}'),
  "a long commit": (size) => fill(size, '{"commit_sha":"', "0", 'x"}'),
  "a long time": (size) => fill(size, '{"timestamp":"2026-01-31T12:00:00.', "0", 'x"}'),
  "a long run": (size) => fill(size, '{"run_id":"', "😀", '"}'),
  "a list that breaks at its end": (size) => fill(size, "[", "1,", "x"),
  "text that breaks at its end": (size) => fill(size, '"', "\\\\", "\n"),
  "white space": (size) => " ".repeat(size),
  "white space after a text": (size) => fill(size, '{"a":"b"', " ", "}"),
};

Deno.test("POST / answers a hostile body in at most 64 kB and a hundred issues, whoever sends it", async () => {
  const stranger = startApp(false);
  const known = startApp(true);
  for (const [name, make] of Object.entries(hostile)) {
    const bodies = [
      [stranger, make(MAX_UNAUTHORIZED_BYTES)],
      [known, make(MAX_UNAUTHORIZED_BYTES)],
      [known, make(MAX_BODY_BYTES)],
    ] as const;
    for (const [{ post, calls }, body] of bodies) {
      const { status, bytes, text } = await post(body);
      assert.ok([400, 422].includes(status), `${name}: ${status}`);
      assert.ok(bytes.length <= MAX_PROBLEM_BYTES, `${name}: ${bytes.length} bytes`);
      const { errors = [], detail } = JSON.parse(text);
      assert.ok(errors.length <= 100, name);
      assert.ok(detail.length < 500, name);
      for (const issue of errors) {
        assert.ok([...issue.pointer].length <= 200 && [...issue.message].length <= 200, name);
      }
      assert.ok(!calls.includes("ingest"), name);
    }
  }
});

Deno.test("POST / does not even parse more than 64 kB for a credential that nobody knows", async () => {
  const { post, calls } = startApp(false);
  for (const size of [MAX_UNAUTHORIZED_BYTES + 1, MAX_BODY_BYTES]) {
    const { status, text } = await post("[".repeat(size));
    assert.equal(status, 403);
    assert.equal(JSON.parse(text).code, "unknown_token");
  }
  assert.deepEqual(calls, ["authorize", "authorize"]);
  const small = await post("[".repeat(MAX_UNAUTHORIZED_BYTES));
  assert.equal(small.status, 400);
  assert.equal(calls.length, 2, "and asks nobody for less");
});

Deno.test("POST / takes dry_run once, as true or false", async () => {
  const { app, calls } = startApp(true);
  for (const query of ["dry_run=yes", "dry_run=false&dry_run=true", "dry_run"]) {
    const response = await app.request(`/ingest-benchmark?${query}`, {
      method: "POST",
      headers: { "Authorization": `Bearer ${TOKEN}`, "Content-Type": "application/json" },
      body: "{}",
    });
    assert.equal(response.status, 422, query);
    assert.match((await response.json()).detail, /dry_run/);
  }
  assert.deepEqual(calls, []);
});

Deno.test("every path answers another method with 405 and Allow, and HEAD where it answers GET", async () => {
  const { app } = startApp(true);
  for (const route of Object.values(routes) as Route[]) {
    const path = route.path
      .replace("{configuration}", crypto.randomUUID())
      .replace("{version}", "1")
      .replace(
        "badge.svg",
        "badge.svg?environment=local&model_version=m&dataset_version=d&prompt_version=p",
      );
    const request = (method: string) =>
      app.request(`/ingest-benchmark${path}`, {
        method,
        headers: { Authorization: `Bearer ${TOKEN}` },
      });
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const response = await request(method);
      const isAllowed = allowedMethods(route).split(", ").includes(method);
      assert.equal(response.status === 405, !isAllowed, `${method} ${path}: ${response.status}`);
      if (!isAllowed) assert.equal(response.headers.get("allow"), allowedMethods(route));
      if (method === "HEAD" && isAllowed) {
        const get = await request("GET");
        assert.equal(response.status, get.status);
        assert.equal(response.headers.get("content-type"), get.headers.get("content-type"));
        assert.equal(await response.text(), "");
      }
    }
  }
  const elsewhere = await app.request("/ingest-benchmark/receipts/x/0", { method: "POST" });
  assert.equal(elsewhere.status, 404);
});
