import assert from "node:assert/strict";
import { join } from "node:path";
import { reasonToSkip } from "../../../testing/required_tools.ts";
import { forEachCase, SHA, startActionBench, TEXT } from "./action_bench.ts";
import { type Answer, json, receiptOf, receiptsWith } from "./stand_in_server.ts";

const skip = await reasonToSkip("bash", "curl", "jq");
const bytes = (text: string) => new TextEncoder().encode(text);
const none = { ACTIONS_ID_TOKEN_REQUEST_URL: "", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "" };

Deno.test({
  name: "the action sends files as they are, and believes no server" + skip,
  ignore: skip !== "",
  fn: sends,
});

async function sends(t: Deno.TestContext): Promise<void> {
  const bench = await startActionBench();
  const { job, run, server } = bench;

  await t.step(
    "a batch arrives as the bytes of its file, with what it lacks in front",
    async () => {
      const results = [
        `{ "model_version" : "m\\u0041\\/é😀", "metrics":{"big":12345678901234567890 ,"e":1e400,\r\n "x":-0.0,"d":1.10}}`,
        `{}`,
        `{\n\t"metrics": {"a": [ ], "{\\"]": "},{" , "n": [[-1.5E+10, 0.12345678901234567891]]}\n}`,
      ];
      const step = await run({
        "a.json": ` {"results" :\n[ ${results.join(" ,\n ")} ] }\n`,
        "b.json": results[2]!,
      }, { environment: "local", variant: 'a "b" é', token: "" });
      assert.equal(step.code, 0, step.log);
      assert.equal(server.requests[0]!.headers.authorization, "Bearer header.claims.1");
      const head = String.raw`{"environment":"local","variant":"a \"b\" é"`;
      const sent = [...results, results[2]!]
        .map((text) => text === "{}" ? head + "}" : head + "," + text.slice(1));
      assert.equal(server.requests[0]!.body, `{"results":[${sent}]}`);
    },
  );

  await t.step("random documents arrive digit for digit, whatever awk is there", async () => {
    const random = [...randomDocuments(149), String.raw`{"\\":"\\"}`];
    for (const awk of await installedAwks()) {
      const step = await run(
        {
          "a.json": `{"results":[${random.slice(0, 100)}]}`,
          "b.json": `{"results":[${random.slice(100)}]}`,
        },
        {},
        { PATH: `${awk.path}:${Deno.env.get("PATH")}` },
      );
      assert.equal(step.code, 0, awk.name + step.log);
      assert.equal(
        server.requests.map(({ body }) => body.slice('{"results":['.length, -2)).join(","),
        random.join(","),
        awk.name,
      );
      const broken = await run({ "a.json": TEXT.replace("0.5", "[0.5,\n NaN]") }, {}, {
        PATH: `${awk.path}:${Deno.env.get("PATH")}`,
      });
      assert.match(broken.log, /\/metrics\/f1\/1 is NaN, .*\(line 2, column 2\)/, awk.name);
    }
  });

  await t.step("what is no JSON in UTF-8 is refused by name, and nothing is sent", async () => {
    const inBatch = (bad: string) => `{"results":[${TEXT},\n${TEXT.replace("0.5", bad)}]}`;
    const cases: [string | Uint8Array, RegExp][] = [
      [
        inBatch("NaN"),
        /bad\.json: result 2, \/metrics\/f1 is NaN, which JSON does not have.*\(line 2, column 81\)/,
      ],
      [inBatch("-Infinity"), /result 2, \/metrics\/f1 is -Infinity, which JSON does not have/],
      [inBatch("01"), /result 2, \/metrics\/f1 is 01, which is not JSON/],
      [inBatch('"\\x"'), /result 2, \/metrics\/f1: a string holds a backslash/],
      [inBatch('"a\nb"'), /result 2, \/metrics\/f1: a string holds a line break/],
      [
        inBatch("0.5,"),
        /result 2, \/metrics\/f1: a closing bracket stands where a key is expected/,
      ],
      [inBatch("[".repeat(64)), /result 2, \/metrics\/f1.* must not be nested deeper than 64/],
      [inBatch("0.5").slice(0, -2), /bad\.json: result 2: it ends before it is complete/],
      [TEXT + '"', /not a JSON object.*after its end there is more/],
      [TEXT + '\n"', /not a JSON object.*after its end there is more/],
      [`${TEXT}\n${TEXT}`, /after its end there is more: several results belong into/],
      [`[${TEXT}]`, /it is an array/],
      ["", /it is empty/],
      ['"x"', /it is no object/],
      ["{", /bad\.json is not a JSON object/],
      ['{"results":[]}', /bad\.json has no result/],
      ['{"results":null}', /\/results must be an array/],
      ['{"results":[1]}', /bad\.json: result 1 must be a JSON object/],
      [`{"results":[${TEXT}],"notes":"x"}`, /\/notes stands beside results/],
      [`{"notes":"x","results":[${TEXT}]}`, /\/results must stand alone/],
      [
        Uint8Array.from(bytes(TEXT.replace('"m"', '"mé"')), (byte) => byte).filter((byte) =>
          byte !== 0xc3
        ),
        /\/model_version: it is not UTF-8 but, perhaps, Latin-1/,
      ],
      [
        Uint8Array.from([0xff, 0xfe, ...[...TEXT].flatMap((c) => [c.charCodeAt(0), 0])]),
        /bad\.json is UTF-16/,
      ],
      [Uint8Array.from([...TEXT].flatMap((c) => [0, c.charCodeAt(0)])), /bad\.json is UTF-16/],
      [Uint8Array.from([0x1f, 0x8b, 8, 0]), /compressed \(gzip\)/],
      [TEXT + "\0", /NUL bytes/],
      [TEXT.replace("0.5", `"${"x".repeat(1_050_000)}"`), /result 1 has 105\d+ bytes/],
    ];
    await forEachCase(cases, async ({ run, server }, [content, message]) => {
      const step = await run({ "bad.json": content, "good.json": TEXT, "later.json": "{" });
      assert.equal(step.code, 1, String(message));
      const errors = step.log.split("\n").filter((line) => /^::error file=/.test(line));
      const [error, ...others] = errors.filter((line) => line.includes("file=results/bad.json::"));
      assert.match(error ?? "", message);
      assert.deepEqual(others, []);
      assert.match(errors.join("\n"), /file=results\/later\.json/, "all files are looked at");
      assert.equal(server.requests.length, 0);
      assert.match(
        step.summary,
        /^### Benchmarks: nothing stored, \d errors\n\n\*\*Refused\*\*\n\n(.*\n)?- results\/bad\.json/,
      );
    });
  });

  await t.step("a byte order mark is taken off, and said", async () => {
    const step = await run({ "a.json": "\ufeff" + TEXT + "\r\n" });
    assert.equal(step.code, 0, step.log);
    assert.equal(server.requests[0]!.body, `{"results":[${TEXT}]}`);
    assert.match(step.log, /^::notice file=results\/a\.json::.*byte order mark/m);
  });

  await t.step("null is left out: it is filled in where it stands", async () => {
    const nulls =
      `{"environment" : null,"tags":null, "\\u0063ommit_sha":null,"metrics":{"environment":null}}`;
    await run({ "a.json": nulls, "b.json": '{"environment":"staging","commit_sha":"0123abc"}' }, {
      "environment": "local",
      "commit-sha": SHA,
    });
    assert.equal(
      server.requests[0]!.body,
      `{"results":[${
        nulls.replace("null", '"local"').replace('sha":null', `sha":"${SHA}"`)
      },{"environment":"staging","commit_sha":"0123abc"}]}`,
    );
  });

  await t.step("under workflow_run it says which run was measured", async () => {
    const measured = {
      id: 777,
      run_attempt: 2,
      event: "push",
      head_sha: "c".repeat(40),
      head_branch: "release/1.x",
      head_repository: { id: 1, full_name: "octo-org/bench" },
    };
    const facts = {
      commit_sha: measured.head_sha,
      branch_name: "release/1.x",
      run_id: "777",
      run_attempt: 2,
    };
    const candidate = { ...facts, candidate: true };
    const { run_attempt: _, ...own } = { ...facts, run_id: "5" };
    const queue = "gh-readonly-queue/main/pr-7-abc";
    /** What the run's event says otherwise, what is sent, the result, inputs. */
    type Case = [Record<string, unknown>, unknown, string?, Record<string, string>?];
    const cases: Case[] = [
      [{}, facts],
      ...["pull_request", "pull_request_target", "pull_request_review", "merge_group"]
        .map((event): Case => [{ event }, candidate]),
      ...[[queue], [`refs/heads/${queue}`], [queue, "main"], ["main", queue]].map((
        [head_branch, input],
      ): Case => [
        { head_branch },
        { ...candidate, branch_name: input ?? head_branch },
        "{}",
        input === undefined ? {} : { "branch-name": input },
      ]),
      [
        { event: "workflow_dispatch", head_branch: "refs/pull/7/merge" },
        { ...candidate, branch_name: "refs/pull/7/merge" },
      ],
      [
        { head_branch: "fix/gh-readonly-queue/" },
        { ...facts, branch_name: "fix/gh-readonly-queue/" },
      ],
      [{ head_repository: { id: 2, full_name: "octo-org/bench" } }, candidate],
      [{ head_repository: { full_name: "mallory/bench" } }, candidate],
      // A fork that is gone.
      [{ head_repository: null }, candidate],
      [{ event: "pull_request" }, candidate, '{"candidate":false}'],
      // Not another run's attempt.
      [{}, own, '{"run_id":"5"}'],
      [{}, { ...own, run_id: 5, run_attempt: null }, '{"run_attempt":null,"run_id":5}'],
      [{}, { ...facts, run_id: "9", run_attempt: 3 }, '{"run_id":null}', {
        "run-id": "9",
        "run-attempt": "3",
      }],
      [{}, { ...own, run_id: "9" }, "{}", { "run-id": "9" }],
      // A run of one branch cannot pass for another's.
      [{}, { ...candidate, branch_name: "main" }, '{"candidate":false,"branch_name":"main"}'],
      [
        {},
        { ...facts, branch_name: "refs/heads/release/1.x" },
        '{"branch_name":"refs/heads/release/1.x"}',
      ],
    ];
    await forEachCase(
      cases,
      async ({ job, run, server }, [change, expected, text = "{}", more]) => {
        job.event = { workflow_run: { ...measured, ...change }, repository: { id: 1 } };
        const step = await run({ "a.json": text }, more, { GITHUB_EVENT_NAME: "workflow_run" });
        assert.equal(step.code, 0, step.log);
        assert.deepEqual(server.requests[0]!.results[0], expected, JSON.stringify([change, text]));
      },
    );
  });

  await t.step("a pull request claims its head, other events nothing", async () => {
    job.event = { pull_request: { number: 7, head: { sha: "d".repeat(40) } } };
    const event = async (name: string, more = {}) => {
      await run({ "a.json": TEXT }, more, { GITHUB_EVENT_NAME: name });
      const { path, results: [{ commit_sha, branch_name, run_id, candidate }] } = server
        .requests[0]!;
      return [path.includes("dry_run=true"), commit_sha, branch_name ?? run_id, candidate];
    };
    assert.deepEqual(await event("pull_request"), [true, "d".repeat(40), undefined, undefined]);
    job.event = { merge_group: { head_sha: "e".repeat(40) } };
    assert.deepEqual(await event("merge_group"), [true, undefined, undefined, undefined]);
    assert.deepEqual(await event("merge_group", { mode: "ingest", candidate: "true" }), [
      false,
      undefined,
      undefined,
      true,
    ]);
    assert.deepEqual(await event("schedule"), [false, undefined, undefined, undefined]);
    job.event = undefined;
  });

  await t.step("an answer that is not one receipt a result is an error", async () => {
    const cases: [Answer, RegExp][] = [
      [
        (response) => void response.writeHead(201).end(),
        /not with what it should: it is not one JSON document/,
      ],
      [(response) => void response.writeHead(201).end("<html>"), /not JSON/],
      [json(201, { results: [] }), /0 receipts for 2 results/],
      [json(201, [1]), /no array of results/],
      [json(201, { results: [1, 2] }), /receipt 1 is no object/],
      [receiptsWith({ transaction_id: "x" }), /transaction_id that is no UUID/],
      [receiptsWith({ snapshot_version: "1" }), /snapshot_version/],
      [receiptsWith({ snapshot_version: 1.5 }), /snapshot_version/],
      [
        receiptsWith({ entry_hash: "a".repeat(64) + "\n::add-mask::results" }),
        /entry_hash that is not 64/,
      ],
      [receiptsWith({ entry_hash: "a".repeat(64) + "\n" }), /entry_hash that is not 64/],
      [json(204, {}), /HTTP 204/],
      [(response) => void response.writeHead(302, { Location: "/" }).end(), /HTTP 302/],
    ];
    await forEachCase(cases, async ({ run, server }, [answer, message]) => {
      server.answers = Array(6).fill(answer);
      const step = await run({ "a.json": TEXT, "b.json": TEXT });
      assert.equal(step.code, 1, String(message));
      assert.match(step.log, message);
      assert.equal(step.outputs["transaction-ids"], "[]");
      assert.equal(step.outputs.receipts, undefined);
      assert.match(step.summary, /^### Benchmarks: (nothing stored|no receipt), 1 error\n/);
    });
    server.answers = [receiptsWith({})];
    const stored = await run({ "a.json": TEXT }, { mode: "compare" });
    assert.match(stored.log, /does not say dry_run: true/);
    assert.equal(stored.code, 1);
  });

  await t.step("half an answer is asked for again", async () => {
    const half = (declared: boolean): Answer => (response, request) => {
      const text = JSON.stringify({ results: request.results.map((result) => receiptOf(result)) });
      response.writeHead(201, {
        Connection: "close",
        ...declared && { "Content-Length": text.length },
      });
      response.write(
        text.slice(0, text.length / 2),
        () => declared ? response.socket!.destroy() : response.end(),
      );
    };
    server.answers = [half(true), half(false)];
    const step = await run({ "a.json": TEXT }, { token: "" });
    assert.equal(step.code, 0, step.log);
    assert.equal(server.requests.length, 3);
    assert.match(step.log, /Attempt 1 of 6 got no whole answer \(\(18\)/);
  });

  await t.step("an answer without end is cut off", async () => {
    const endless = (headers: Record<string, string>): Answer => (response) => {
      response.writeHead(201, headers);
      const chunk = new Uint8Array(1 << 20).fill(32);
      let left = 3 << 10;
      const more = () => {
        while (left-- > 0 && !response.destroyed) {
          if (!response.write(chunk)) return void response.once("drain", more);
        }
        response.end();
      };
      more();
    };
    for (const headers of [{}, { "Content-Length": String(3 * 2 ** 30) }]) {
      server.answers = [endless(headers as Record<string, string>)];
      const step = await run({ "a.json": TEXT });
      assert.equal(step.code, 1);
      assert.match(step.log, /an answer of more than 32768 kB/);
      assert.equal(server.requests.length, 1);
    }
  });

  await t.step("the server cannot make the job wait for hours", async () => {
    const cases = ["9999", "99999999999999999999", "0000000000061", "08"];
    await forEachCase(cases, async ({ job, run, server }, after) => {
      server.answers = [
        (response) => void response.writeHead(429, { "Retry-After": after }).end("{}"),
      ];
      // A sleep that says how long.
      const bin = await Deno.makeTempDir({ dir: job.directory });
      await Deno.writeTextFile(join(bin, "sleep"), '#!/bin/sh\necho "slept $1"\n', { mode: 0o755 });
      const step = await run({ "a.json": TEXT }, {}, {
        INGEST_FIRST_DELAY_SECONDS: "1",
        PATH: `${bin}:${Deno.env.get("PATH")}`,
      });
      assert.equal(step.code, 0, step.log);
      assert.match(step.log, after === "08" ? /^slept 8$/m : /^slept 60$/m);
    });
  });

  await t.step("a URL is one URL", async () => {
    const step = await run({ "a.json": TEXT }, { url: server.url + "/[1-3]/{a,b}" });
    assert.equal(step.code, 0, step.log);
    assert.equal(server.requests.length, 1);
    assert.equal((await run({ "a.json": TEXT }, { url: server.url + " x" })).code, 1);
  });

  await t.step("what a server says is shown and does nothing", async () => {
    const evil =
      "x\r\n::add-mask::results\n##[add-mask]results\x1b[2J%0A::set-output name=a::b\u2028::error::y";
    server.answers = [json(422, {
      detail: evil,
      errors: [
        { pointer: "/results/08/metrics/f1", message: evil },
        { pointer: evil, message: "second" },
        { pointer: "/results/99999999999999999999", message: "third" },
        { pointer: 7, message: { a: 1 } },
        "fourth",
      ],
    })];
    const nine = `{"results":[${Array(9).fill(TEXT)}]}`;
    const step = await run({ "results.json": nine });
    assert.equal(step.code, 1);
    assert.match(
      step.log,
      /^::error file=results\/results\.json::results\/results\.json: result 9, \/metrics\/f1 x /m,
    );
    assert.match(step.log, /second$/m);
    server.answers = [json(403, { detail: evil })];
    assert.match(
      (await run({ "a.json": TEXT })).log,
      /^::error file=results\/a\.json::x.*\(HTTP 403\)$/m,
    );
    const { transaction_id: _, ...receipt } = receiptOf({ model_version: evil });
    server.answers = [receiptsWith({
      ...receipt,
      previous: { snapshot_version: evil, deltas: { f1: evil } },
      nearest: {
        configuration: evil,
        snapshot_version: evil,
        deltas: { [evil]: evil, f1: [evil] },
      },
      judgements: [{}, 7, {
        metric: evil,
        verdict: evil,
        severity: evil,
        summary: evil,
        reference: evil,
        from: evil,
        to: [evil],
        flipped: {
          worse: evil,
          items: [{ id: evil, change: "worse", from: { [evil]: evil } }, evil],
        },
        evidence: { method: evil, n: evil, interval: [evil, evil], confidence: evil },
      }, {
        verdict: "worse",
        reference: { configuration: { model_version: evil }, snapshot_version: evil },
        from: 1e308,
        evidence: { interval: [1e-320, -1e308], scale: "ratio", confidence: 1e308 },
        flipped: evil,
      }],
      provenance: evil,
    })];
    const stored = await run({ "a.json": TEXT });
    assert.equal(stored.code, 0, stored.log);
    // A head and three verdicts, the sentences of the bad one, the nearest run, changed items and the others,
    // a head and a score, a head and an entry.
    const lines = stored.summary.split("\n").filter((line) => /^(\||- )/.test(line));
    assert.equal(lines.length, 5 + 1 + 1 + 1 + 2 + 3 + 3, stored.summary);
    for (const row of lines.slice(0, 5)) assert.equal(row.match(/(?<!\\)\|/g)!.length, 3, row);
  });

  await t.step("series and compare_to are put in where results name none", async () => {
    const own = '{"series":"own","compare_to":"model_version=a@1"}';
    const nulls = '{"series":null,"compare_to":null}';
    await run({ "a.json": `{"results":[{},${own},${nulls}]}` }, {
      "series": "auditor",
      "compare-to": 'variant=a "b",prompt_version=v=3@2',
    });
    const filled = { series: "auditor", compare_to: 'variant=a "b",prompt_version=v=3@2' };
    assert.deepEqual(server.requests[0]!.results, [filled, JSON.parse(own), filled]);
    await run({ "a.json": "{}" });
    assert.equal(server.requests[0]!.body, '{"results":[{}]}');
  });

  await t.step(
    "what was stored before a request failed is reported, and the place kept",
    async () => {
      // jq does not take the last one, which is why the function refuses it.
      const last = TEXT.replace('"m"', '"\\ud800"');
      assert.notEqual(last, TEXT);
      const many = `{"results":[${[...Array(100).fill(TEXT), last]}]}`;
      server.answers = [
        "right",
        json(422, {
          errors: [{ pointer: "/results/0/metrics/f1", message: "must be a fraction" }],
        }),
      ];
      const step = await run({ "results.json": many });
      assert.equal(step.code, 1);
      assert.match(
        step.log,
        /::results\/results\.json: result 101, \/metrics\/f1 must be a fraction$/m,
      );
      assert.match(step.log, /^::error::100 of 101 results were stored; their receipts are above/m);
      assert.equal(JSON.parse(step.outputs["transaction-ids"]!).length, 100);
      const receipts = JSON.parse(await Deno.readTextFile(step.outputs.receipts!));
      assert.equal(receipts.results.length, 100);
      assert.ok(step.log.includes(JSON.stringify(receipts.results[99])), "in the log, too");
      assert.match(step.summary, /^### Benchmarks: .*; only 100 of 101 results answered$/m);
      assert.match(step.summary, /Only the first 100 of 101 results were stored: the request/);
      assert.match(
        step.summary,
        /\*\*Refused\*\*\n\n- results\/results\.json: result 101, \/metrics\/f1/,
      );
    },
  );

  await t.step("a request that got no answer may have been stored: that is said", async () => {
    server.answers = Array(2).fill((response: { socket: { destroy(): void } }) =>
      response.socket.destroy()
    );
    const step = await run({ "a.json": TEXT }, {}, { INGEST_MAX_ATTEMPTS: "2" });
    assert.equal(step.code, 1);
    assert.equal(server.requests.length, 2);
    assert.match(step.log, /not known/);
    assert.match(step.summary, /^### Benchmarks: no receipt, 1 error$/m);
  });

  await t.step("no credential is an error, but not on a pull request from a fork", async () => {
    const pull = (full_name: string | null) => ({
      pull_request: { number: 1, head: { sha: SHA, repo: full_name && { full_name } } },
    });
    const code = async (event: string, payload: unknown, more = {}) => {
      job.event = payload;
      const inputs = { token: "", ...more };
      const step = await run({ "a.json": TEXT }, inputs, { ...none, GITHUB_EVENT_NAME: event });
      assert.equal(step.outputs.skipped ?? "false", step.code === 0 ? "true" : "false");
      assert.match(step.log, /^::(notice|error)::No credential/m);
      return step.code;
    };
    assert.equal(await code("push", {}), 1);
    assert.equal(await code("schedule", {}), 1);
    assert.equal(await code("pull_request", pull("octo-org/bench")), 1);
    assert.equal(await code("pull_request", pull("mallory/bench")), 0);
    assert.equal(await code("pull_request", pull(null)), 0);
    assert.equal(
      await code("pull_request", pull("mallory/bench"), { "on-missing-credential": "fail" }),
      1,
    );
    assert.equal(await code("push", {}, { "on-missing-credential": "skip" }), 0);
    job.event = undefined;
  });

  await t.step("a token is a token and nothing more", async () => {
    const pasted = await run({ "a.json": TEXT }, { token: "bmk_a_b\n" }, none);
    assert.equal(pasted.code, 0, pasted.log);
    assert.equal(server.requests[0]!.headers.authorization, "Bearer bmk_a_b");
    const evil = await run({ "a.json": TEXT }, { token: "x\nX-Evil: 1%" }, none);
    assert.equal(evil.code, 1);
    assert.equal(server.requests.length, 0);
  });

  await t.step("files are sent once, and a pattern without any is said", async () => {
    const step = await run({ "a.json": TEXT }, {
      files: "results/*.json\r\nresults/a.json\nnothing/*.json",
    });
    assert.equal(step.code, 0, step.log);
    assert.equal(server.requests[0]!.results.length, 1);
    assert.match(step.log, /^::warning::No file matches nothing/m);
  });

  await bench.close();
}

/** JSON objects that are hard to keep: long numbers, every escape, white space, every plane. */
function randomDocuments(count: number): string[] {
  let seed = 42;
  const below = (n: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % n;
  const of = <T>(list: T[]): T => list[below(list.length)]!;
  const space = () => of(["", "", " ", "\n", "\r\n\t"]);
  const digits = (n: number) => Array.from({ length: n }, () => below(10)).join("");
  const number = () =>
    of(["-", ""]) + of(["0", "7" + digits(below(30))]) + of(["", `.${digits(1 + below(30))}`]) +
    of(["", "e5", "E+300", "e-400"]);
  const string = () =>
    `"${
      Array.from({ length: below(8) }, () =>
        of([
          "a",
          '\\"',
          "\\\\",
          "\\n",
          "\\u00e9",
          "é",
          "😀",
          "\u{10ffff}",
          "\u2028",
          "{",
          "]",
          ",",
          ":",
          "\x7f",
        ]))
        .join("")
    }"`;
  const value = (depth: number): string =>
    of(
      depth > 4 ? [number, string] : [
        number,
        string,
        () => of(["true", "false", "null"]),
        () =>
          `[${space()}${
            Array.from({ length: below(4) }, () => value(depth + 1) + space()).join("," + space())
          }]`,
        () => object(depth + 1),
      ],
    )();
  const object = (depth: number): string =>
    `{${space()}${
      Array.from({ length: below(4) }, (_, n) =>
        `"${n}${string().slice(1)}${space()}:${space()}${value(depth)}${space()}`).join(
          "," + space(),
        )
    }}`;
  const documents = Array.from({ length: count }, () => object(0));
  for (const text of documents) JSON.parse(text);
  return documents;
}

/** Directories with an `awk` of each kind that is installed: runners have different ones. */
async function installedAwks(): Promise<{ name: string; path: string }[]> {
  const found = [];
  for (const name of ["mawk", "gawk", "busybox", "original-awk"]) {
    for (const directory of (Deno.env.get("PATH") ?? "").split(":")) {
      const target = join(directory, name);
      if (!await Deno.stat(target).then(() => true, () => false)) continue;
      const path = await Deno.makeTempDir();
      await Deno.symlink(target, join(path, "awk"));
      found.push({ name, path });
      break;
    }
  }
  assert.ok(found.length > 0);
  return found;
}
