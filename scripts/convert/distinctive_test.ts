import assert from "node:assert/strict";
import { parseExactly } from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
import {
  distinctive,
  isMachinery,
  isPlace,
  reproducible,
  withoutAddresses,
} from "./distinctive.ts";
import { digest } from "./names.ts";

const named = (settings: Record<string, unknown>) => distinctive(settings, isMachinery);

Deno.test("distinctive() leaves out credentials, by any spelling of their keys", () => {
  const keys = [
    "api_key",
    "apiKey",
    "API-KEY",
    "OPENAI_API_KEY",
    "x-api-key",
    "token",
    "auth_token",
    "accessToken",
    "hf_token",
    "HF_TOKEN",
    "use_auth_token",
    "aws_session_token",
    "secret",
    "client_secret",
    "aws_secret_access_key",
    "password",
    "dbPassword",
    "authorization",
    "Proxy-Authorization",
    "credentials",
    "privateKey",
    "apiKeyEnvar",
    "cookie",
    "auth",
  ];
  for (const key of keys) {
    for (const value of ["1234", true, { a: 1 }, ["x"]]) {
      assert.deepEqual(named({ [key]: value }), {}, key);
      assert.deepEqual(reproducible({ deep: [{ [key]: value, x: 1 }] }), { deep: [{ x: 1 }] }, key);
    }
  }
});

Deno.test("distinctive() leaves out credentials by their form, under any key", () => {
  const values = [
    "sk-proj-abcdefghijklmnop1234",
    "hf_abcdefghijklmnopqrst",
    "ghp_abcdefghijklmnop1234",
    "AKIAABCDEFGHIJKLMNOP",
    "Bearer abcdefghijklmnop1234",
    "postgres://ada:pw@example.org/db",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
  ];
  for (const value of values) {
    assert.deepEqual(named({ other: value }), {}, value);
    assert.deepEqual(reproducible({ list: [value, 1], other: value }), { list: [1] }, value);
  }
  const plain = { a: "hf_pipeline", b: "sk-learn", c: "https://example.org/a:b", d: "Bearer" };
  assert.deepEqual(named(plain), plain);
});

Deno.test("distinctive() keeps what merely looks like a credential apart, and does not show it", () => {
  for (const key of ["answer_key", "stop_token", "think_end_token", "systemPromptKey", "key"]) {
    assert.deepEqual(named({ [key]: "a" }), { [key]: `#${digest("a")}` });
    assert.notDeepEqual(named({ [key]: "a" }), named({ [key]: "b" }));
  }
  assert.deepEqual(named({ add_bos_token: true, max_tokens: 5, author: "x", tokenizer: "t" }), {
    add_bos_token: true,
    max_tokens: 5,
    author: "x",
    tokenizer: "t",
  });
  assert.deepEqual(named({ pad_token: null, eos_token: "" }), { pad_token: null, eos_token: "" });
});

Deno.test("distinctive() leaves out where, by whom and how fast it was computed", () => {
  for (
    const key of [
      "device",
      "device_map",
      "host",
      "baseUrl",
      "cwd",
      "cacheDir",
      "download_dir",
      "log_dir",
      "pythonExecutable",
      "user",
      "organization",
      "num_workers",
      "max_num_seqs",
      "worker_use_ray",
      "tensor_parallel_size",
      "timeoutMs",
      "trust_remote_code",
    ]
  ) assert.deepEqual(named({ [key]: "x" }), {}, key);
  const kept = { max_length: 1, dtype: "x", user_prompt: "x", cache_salt_free: 1, hostility: 1 };
  assert.deepEqual(Object.keys(named(kept)), ["max_length", "dtype", "user_prompt", "hostility"]);
  assert.deepEqual(named({ extra_body: { user: "x" }, passthrough: {} }), { passthrough: {} });
  assert.deepEqual(named({ extra_body: { user: "x", top_k: 1 } }), { extra_body: { top_k: 1 } });
  assert.ok(isPlace("cache_dir") && !isPlace("user") && !isPlace("timeout"));
});

Deno.test("reproducible() takes out addresses in memory, and keeps schemas and numbers", () => {
  assert.deepEqual(
    reproducible({ f: "<function f at 0x7f00>", g: ["a at 0xFF b"], n: null }),
    { f: "<function f>", g: ["a b"], n: null },
  );
  const schema = { type: "object", properties: { password: { type: "string" } } };
  assert.deepEqual(reproducible({ schema }), { schema });
  const source = "0.123456789012345678901234567890";
  const raw = parseExactly(source, [{ path: [], source }]);
  assert.equal((reproducible({ raw }) as Record<string, unknown>).raw, raw);
  assert.deepEqual(withoutAddresses({ password: "a at 0x1" }), { password: "a" });
});
