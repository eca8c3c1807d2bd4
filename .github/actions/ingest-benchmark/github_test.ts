import assert from "node:assert/strict";
import { join } from "node:path";
import { reasonToSkip } from "../../../testing/required_tools.ts";
import {
  forEachCase,
  inconclusive,
  judgement,
  notWorse,
  policy,
  SHA,
  startActionBench,
  TEXT,
} from "./action_bench.ts";
import { json, receiptsWith } from "./stand_in_server.ts";

const skip = await reasonToSkip("bash", "curl", "jq");

Deno.test({
  name: "the action keeps a comment and makes a check" + skip,
  ignore: skip !== "",
  fn: tellsGitHub,
});

async function tellsGitHub(t: Deno.TestContext): Promise<void> {
  const bench = await startActionBench();
  const { directory, job, run, server } = bench;

  await t.step("only the job's own comment is edited, on whatever page it is", async () => {
    const marker = "<!-- ingest-benchmark -->\n";
    const bot = { login: "github-actions[bot]", type: "Bot" };
    const strangers = [
      { id: 1, body: marker, user: { login: "mallory", type: "User" } },
      { id: 2, body: marker, user: { login: "github-actions[bot]", type: "User" } },
      { id: 3, body: marker, user: { login: "evil[bot]", type: "Bot" } },
      { id: 4, body: marker, user: null },
      { id: 5, body: null, user: bot },
      { id: 6, body: `quoted: ${marker}`, user: bot },
    ];
    const filler = Array.from(
      { length: 100 - strangers.length },
      (_, n) => ({ id: 100 + n, body: "hello", user: bot }),
    );
    let comments = [...strangers, ...filler, { id: 7, body: marker, user: bot }];
    const writes: [string, string, string][] = [];
    const api = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (request.method !== "GET") {
        writes.push([request.method, pathname, (await request.json()).body]);
        return Response.json({});
      }
      const page = Number(searchParams.get("page")) - 1;
      return Response.json(comments.slice(page * 100, page * 100 + 100));
    });
    job.event = { pull_request: { number: 7, head: { sha: SHA } } };
    const env = {
      GITHUB_EVENT_NAME: "pull_request",
      GITHUB_API_URL: `http://127.0.0.1:${api.addr.port}`,
    };
    const comment = (files: Record<string, string>, more = {}) =>
      run(files, { "github-token": "ghs_x", ...more }, env);
    assert.equal((await comment({ "a.json": TEXT })).code, 0);
    comments = comments.slice(0, -1);
    assert.equal((await comment({ "a.json": TEXT }, { mode: "ingest" })).code, 0);
    const long = JSON.stringify({
      results: Array.from({ length: 100 }, (_, n) => ({
        model_version: `${"@".repeat(197)}${n}`,
        dataset_version: "@".repeat(200),
        metrics: {},
      })),
    });
    assert.equal((await comment({ "a.json": long })).code, 0);
    assert.deepEqual(writes.map(([method, path]) => [method, path]), [
      ["PATCH", "/repos/octo-org/bench/issues/comments/7"],
      ["POST", "/repos/octo-org/bench/issues/7/comments"],
      ["POST", "/repos/octo-org/bench/issues/7/comments"],
    ]);
    assert.ok(writes[0]![2].startsWith(`${marker}### Benchmarks: nothing to compare with\n`));
    assert.ok(writes[2]![2].length < 65_536, "GitHub refuses a longer one");
    assert.match(writes[2]![2], /… and \d+ more\./);
    // Every part of it as full as it gets, of characters that are a byte each.
    const name = (n: number) => `${"long-name ".repeat(18)}${n}`;
    const flipped = {
      items: Array(10).fill({ id: "i".repeat(100), change: "worse", from: { a: 1 }, to: { a: 0 } }),
    };
    const reference = { configuration: { model_version: name(0) }, snapshot_version: 1 };
    const all = [judgement(), inconclusive, notWorse].flatMap((one) =>
      Array(20).fill({ ...one, metric: name(1), summary: "s".repeat(600), flipped, reference })
    );
    server.answers = [receiptsWith({ judgements: all, nearest: { ...reference, deltas: {} } })];
    const full = await comment({
      "a.json": JSON.stringify({
        results: Array.from({ length: 100 }, (_, n) => ({
          model_version: name(n),
          dataset_version: name(n),
          prompt_version: name(n),
          metrics: { f1: 0.5, [name(2)]: 1 },
        })),
      }),
    }, { ...policy, mode: "ingest" });
    assert.equal(full.code, 1);
    const body = writes[3]![2];
    assert.ok(body.length > 40_000 && body.length < 65_536, String(body.length));
    assert.ok(full.summary.length < 1_048_576);
    for (const part of ["Fails this step", "Does not fail", "Items that", "All scores", "Entry"]) {
      assert.ok(body.includes(part), part);
    }
    job.event = undefined;
    await api.shutdown();
  });

  /** GitHub's API: comments and check runs, each with the status that it answers. */
  const gitHub = (statuses: { checks?: number; comments?: number } = {}) => {
    const bot = { login: "github-actions[bot]", type: "Bot" };
    const state = {
      // deno-lint-ignore no-explicit-any
      checks: [] as any[],
      paths: [] as string[],
      comments: [] as { id: number; body: string; user: unknown }[],
      writes: 0,
    };
    const api = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { pathname } = new URL(request.url);
      assert.equal(request.headers.get("authorization"), "Bearer ghs_x");
      if (pathname.endsWith("/check-runs")) {
        state.paths.push(`${request.method} ${pathname}`);
        state.checks.push(await request.json());
        return Response.json({ message: "m" }, { status: statuses.checks ?? 201 });
      }
      if (statuses.comments !== undefined) {
        return Response.json({ message: "m" }, { status: statuses.comments });
      }
      if (request.method === "GET") return Response.json(state.comments);
      const { body } = await request.json();
      state.writes++;
      if (request.method === "PATCH") state.comments[0]!.body = body;
      else state.comments.push({ id: 1, body, user: bot });
      return Response.json({}, { status: request.method === "PATCH" ? 200 : 201 });
    });
    const env = { GITHUB_SHA: SHA, GITHUB_API_URL: `http://127.0.0.1:${api.addr.port}` };
    return { state, env, close: () => api.shutdown() };
  };
  const checked = { check: "true", comment: "never", "github-token": "ghs_x" };

  await t.step("a check is made at once, and fails only when the step does", async () => {
    const unproven = judgement({ verdict: "not-worse" }, { method: "none" });
    const cases: [unknown[], Record<string, string>, string, string][] = [
      [[notWorse], policy, "success", "1 fine"],
      [[judgement()], policy, "failure", "1 worse"],
      [[judgement()], {}, "neutral", "1 worse"],
      [[judgement({ severity: "warn" }), notWorse], policy, "neutral", "1 worse, 1 fine"],
      [[inconclusive, notWorse], policy, "neutral", "1 inconclusive, 1 fine"],
      [[inconclusive], { ...policy, "fail-on": "inconclusive" }, "failure", "1 inconclusive"],
      [[inconclusive], { require: "not-worse" }, "failure", "1 inconclusive"],
      [[unproven, notWorse], { require: "not-worse" }, "failure", "1 unproven, 1 fine"],
      [[], {}, "neutral", "nothing to compare with"],
      [[], { require: "not-worse" }, "failure", "nothing to compare with"],
    ];
    await forEachCase(cases, async ({ run, server }, [judgements, more, conclusion, title]) => {
      const github = gitHub();
      server.answers = [receiptsWith({ judgements })];
      const step = await run({ "a.json": TEXT }, { ...checked, ...more }, github.env);
      const name = JSON.stringify([judgements, more]);
      assert.equal(step.code, conclusion === "failure" ? 1 : 0, name + step.log);
      const check = github.state.checks.at(-1)!;
      assert.equal(check.conclusion, conclusion, name);
      assert.equal(check.output.title, title);
      assert.equal(check.status, "completed");
      assert.equal(check.head_sha, SHA);
      assert.equal(check.name, "Benchmarks (persist)");
      assert.equal(check.details_url, "https://github.com/octo-org/bench/actions/runs/9001");
      for (const text of [check.output.text, step.summary]) {
        assert.ok(text.startsWith(`### Benchmarks: ${title}\n`), text);
      }
      assert.deepEqual(github.state.paths, ["POST /repos/octo-org/bench/check-runs"]);
      await github.close();
    });
    const github = gitHub();
    server.answers = [receiptsWith({ judgements: [judgement()] })];
    await run({ "a.json": TEXT }, { ...checked, ...policy }, github.env);
    const worse = github.state.checks[0]!.output;
    assert.match(worse.summary, /^The gate fails\.\n\n- ✗ m: f1 −0\.052 says the function\./);
    assert.match(worse.text, /\| \*\*✗\u00a0f1 worse\*\* \| 0\.91235 → 0\.86 \(−0\.0523\) \|/);
    assert.deepEqual(worse.annotations, [{
      path: "results/a.json",
      start_line: 1,
      end_line: 1,
      annotation_level: "failure",
      title: "Worse",
      message: "m: f1 −0.052 says the function. Compared with p2, version 3.",
    }]);
    server.answers = [receiptsWith({ judgements: [judgement()] })];
    await run({ "a.json": TEXT }, checked, github.env);
    assert.equal(github.state.checks[1]!.output.annotations[0].annotation_level, "warning");
    await github.close();
  });

  await t.step("limits of the input, and a request that failed, are in the check", async () => {
    const github = gitHub();
    const previous = { snapshot_version: 3, deltas: { f1: -0.1 } };
    server.answers = [receiptsWith({ previous })];
    const limits = { ...checked, "fail-on-regression": "f1=0.05" };
    assert.equal((await run({ "a.json": TEXT }, limits, github.env)).code, 1);
    assert.equal(github.state.checks[0]!.conclusion, "failure");
    assert.equal(github.state.checks[0]!.output.title, "1 worse");
    assert.match(
      github.state.checks[0]!.output.annotations[0].message,
      /^m: f1 is worse by 0\.1 than/,
    );
    server.answers = [receiptsWith({ previous, judgements: [judgement()] })];
    await run({ "a.json": TEXT }, limits, github.env);
    assert.equal(github.state.checks[1]!.output.title, "1 worse");
    server.answers = [receiptsWith({ previous: { snapshot_version: 3, deltas: { f1: 0 } } })];
    await run({ "a.json": TEXT }, limits, github.env);
    assert.equal(github.state.checks[2]!.conclusion, "success");
    assert.equal(github.state.checks[2]!.output.title, "1 fine");
    server.answers = [json(422, { detail: "no" })];
    assert.equal((await run({ "a.json": TEXT }, checked, github.env)).code, 1);
    assert.equal(github.state.checks[3]!.conclusion, "failure");
    assert.equal(github.state.checks[3]!.output.title, "nothing stored, 1 error");
    assert.match(github.state.checks[3]!.output.summary, /was refused\.\n\n- results\/a\.json: no/);
    // Before anything is sent, too: whoever waits for the check would wait for ever.
    assert.equal((await run({ "a.json": "{" }, checked, github.env)).code, 1);
    assert.equal(github.state.checks[4]!.conclusion, "failure");
    assert.match(github.state.checks[4]!.output.summary, /- results\/a\.json is not a JSON object/);
    await github.close();
  });

  await t.step("the check is on the commit that people see", async () => {
    const github = gitHub();
    const [head, group, measured] = ["a", "b", "c"].map((digit) => digit.repeat(40));
    const shaOf = async (name: string, event: unknown) => {
      job.event = event;
      const step = await run({ "a.json": TEXT }, { ...checked, comment: "always" }, {
        ...github.env,
        GITHUB_EVENT_NAME: name,
      });
      assert.equal(step.code, 0, step.log);
      job.event = undefined;
      return github.state.checks.at(-1)!.head_sha;
    };
    assert.equal(await shaOf("pull_request", { pull_request: { head: { sha: head } } }), head);
    assert.equal(await shaOf("merge_group", { merge_group: { head_sha: group } }), group);
    assert.equal(server.requests.at(-1)!.path.endsWith("?dry_run=true"), true);
    assert.equal(await shaOf("workflow_run", { workflow_run: { head_sha: measured } }), measured);
    assert.equal(await shaOf("push", { after: head }), SHA);
    assert.equal(github.state.writes, 0, "a merge group has no comment");
    const none = await run({ "a.json": TEXT }, checked, { ...github.env, GITHUB_SHA: "" });
    assert.equal(none.code, 0);
    assert.match(
      none.log,
      /^::warning::There is no check: neither the event nor GITHUB_SHA names/m,
    );
    await run({ "a.json": TEXT }, { ...checked, "check-name": "Gate: linux" }, github.env);
    assert.equal(github.state.checks.at(-1)!.name, "Gate: linux");
    await github.close();
  });

  await t.step("a check fits, shows 50 annotations, and its names are inert", async () => {
    const github = gitHub();
    const names = ["@team", "#1", "https://evil.example", "a|b`c", "<img src=x>", "line\nbreak"];
    server.answers = [receiptsWith({
      judgements: [
        ...names.map((name) => judgement({ metric: name, summary: name })),
        ...Array(500).fill(judgement({ summary: "@".repeat(1_000) })),
      ],
    })];
    const step = await run({ "a\nb.json": TEXT }, { ...checked, ...policy }, github.env);
    assert.equal(step.code, 1);
    const { output } = github.state.checks[0]!;
    for (const part of [output.summary, output.text]) assert.ok(part.length < 65_535);
    assert.equal(output.annotations.length, 50);
    assert.match(output.summary, /Annotations are shown for the first 50 of 506\.$/);
    assert.doesNotMatch(JSON.stringify(output), /@team|#1\b|https:\/\/evil/);
    assert.doesNotMatch(output.summary + output.text, /<img/);
    assert.ok(JSON.stringify(github.state.checks[0]).length < 1_000_000);
    for (const { path } of output.annotations) assert.equal(path, "results/a b.json");
    server.answers = [receiptsWith({ judgements: [judgement()] })];
    await run({ "a.json": TEXT }, { ...checked, files: join(directory, "*.json") }, {
      ...github.env,
      GITHUB_WORKSPACE: job.directory,
    });
    assert.equal(github.state.checks[1]!.output.annotations[0].path, "results/a.json");
    server.answers = [receiptsWith({ judgements: [judgement()] })];
    await run({ "a.json": TEXT }, { ...checked, files: join(directory, "*.json") }, github.env);
    assert.equal(github.state.checks[2]!.output.annotations[0].path, ".github");
    await github.close();
  });

  await t.step(
    "what GitHub refuses fails nothing, loses no receipt, and names the permission",
    async () => {
      job.event = { pull_request: { number: 7, head: { sha: SHA } } };
      for (
        const [status, more] of [[403, " Give the job permissions "], [404, " Give the job"], [
          422,
          "$",
        ], [
          500,
          "$",
        ]] as const
      ) {
        const github = gitHub({ checks: status, comments: status });
        const step = await run({ "a.json": TEXT }, {
          ...checked,
          comment: "always",
          mode: "ingest",
        }, {
          ...github.env,
          GITHUB_EVENT_NAME: "pull_request",
        });
        assert.equal(step.code, 0, step.log);
        assert.ok(step.outputs.receipts);
        const because = `HTTP ${status}\\.${more}`;
        assert.match(
          step.log,
          new RegExp(`^::warning::The check cannot be created: ${because}`, "m"),
        );
        assert.match(
          step.log,
          new RegExp(
            `^::warning::The comments of the pull request cannot be read: ${because}`,
            "m",
          ),
        );
        if (status === 403) {
          assert.match(step.log, /The check.*Give the job permissions checks: write;/);
          assert.match(step.log, /The comments.*Give the job permissions pull-requests: write;/);
        }
        await github.close();
      }
      job.event = undefined;
      const gone = await run({ "a.json": TEXT }, checked, {
        GITHUB_SHA: SHA,
        GITHUB_API_URL: "http://127.0.0.1:9",
        INGEST_MAX_ATTEMPTS: "1",
      });
      assert.equal(gone.code, 0, gone.log);
      assert.match(gone.log, /^::warning::The check cannot be created: no whole answer/m);
      const silent = await run({ "a.json": TEXT }, { check: "true" }, { GITHUB_SHA: SHA });
      assert.equal(silent.code, 0);
      assert.match(silent.log, /^::warning::There is no check: input github-token is empty/m);
    },
  );

  await t.step("on-change, a comment is written when it says something else", async () => {
    const github = gitHub();
    job.event = { pull_request: { number: 7, head: { sha: SHA } } };
    const written = async (judgements: unknown[], comment = "on-change") => {
      const before = github.state.writes;
      server.answers = [receiptsWith({ judgements })];
      const step = await run({ "a.json": TEXT }, {
        comment,
        "github-token": "ghs_x",
        mode: "ingest",
      }, { ...github.env, GITHUB_EVENT_NAME: "pull_request" });
      assert.equal(step.code, 0, step.log);
      return github.state.writes - before;
    };
    assert.equal(await written([notWorse]), 0, "nothing to say yet");
    assert.equal(await written([]), 0);
    assert.equal(await written([inconclusive, notWorse]), 1, "newly inconclusive");
    assert.equal(await written([{ ...inconclusive, to: 0.5 }, notWorse]), 0, "as it was");
    assert.equal(await written([judgement(), notWorse]), 1, "worse");
    assert.equal(await written([judgement(), notWorse]), 1, "still worse");
    assert.equal(await written([notWorse, notWorse]), 1, "not any more: the comment is wrong");
    assert.equal(await written([notWorse, notWorse]), 0, "and then right");
    assert.equal(await written([notWorse, notWorse], "always"), 1);
    assert.equal(await written([notWorse, notWorse], "true"), 1);
    assert.equal(await written([judgement()], "never"), 0);
    assert.equal(await written([judgement()], "false"), 0);
    assert.equal(github.state.comments.length, 1);
    // A refusal: what the comment says of the commit before is not true of this one.
    server.answers = [json(422, { detail: "no" })];
    await run({ "a.json": TEXT }, { comment: "on-change", "github-token": "ghs_x" }, {
      ...github.env,
      GITHUB_EVENT_NAME: "pull_request",
    });
    assert.match(
      github.state.comments[0]!.body,
      /^.*\n### Benchmarks: nothing compared, 1 error\n/,
    );
    assert.match(github.state.comments[0]!.body, /\n<!-- verdicts [0-9a-f]{64} -->$/);
    job.event = undefined;
    await github.close();
  });

  await bench.close();
}
