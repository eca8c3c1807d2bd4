import assert from "node:assert/strict";
import { reasonToSkip } from "../../../testing/required_tools.ts";
import {
  forEachCase,
  HEAD,
  inconclusive,
  judgement,
  notWorse,
  policy,
  startActionBench,
  TEXT,
} from "./action_bench.ts";
import { json, receiptOf, receiptsWith } from "./stand_in_server.ts";

const skip = await reasonToSkip("bash", "curl", "jq");

Deno.test({
  name: "the action reports what was found" + skip,
  ignore: skip !== "",
  fn: reports,
});

async function reports(t: Deno.TestContext): Promise<void> {
  const bench = await startActionBench();
  const { judged, run, server } = bench;

  await t.step("names are inert in summary and comment", async () => {
    const DANGEROUS =
      /@team|#1|evil\.example\/|(?<!\\)`code|<img|https:\/\/evil|www\.evil|(?<!\\)!\[|gh-1|:tada:/;
    const names = [
      "@team",
      "\\@team",
      "#1",
      "https://evil.example",
      "www.evil.example",
      "`code` ``two",
      "a|b",
      "<img src=x>",
      "&lt;",
      "line\nbreak",
      "![x](y)",
      "gh-12",
      ":tada:",
    ];
    server.answers = [receiptsWith({ previous: { snapshot_version: 3, deltas: { f1: 0.1 } } })];
    const step = await run({
      "a.json": JSON.stringify({
        results: names.map((name) => ({
          model_version: name,
          dataset_version: name,
          prompt_version: "p",
          variant: name,
          metrics: { f1: 0.5 },
        })),
      }),
    });
    assert.equal(step.code, 0, step.log);
    const [scores, entries] = ["All scores of 13 runs", "Entry hashes of 13 runs"].map((title) =>
      fold(step.summary, title).split("\n").filter((line) => line.startsWith("| "))
    );
    assert.equal(scores!.length, names.length + 2);
    for (const row of scores!) assert.equal(row.match(/(?<!\\)\|/g)!.length, 6, row);
    assert.equal(entries!.length, names.length + 2);
    for (const row of entries!) assert.equal(row.match(/(?<!\\)\|/g)!.length, 4, row);
    assert.doesNotMatch(step.summary, DANGEROUS);
    const { summary } = await judged(names.map((name) =>
      judgement({
        metric: name,
        summary: name,
        reference: { configuration: { model_version: name }, snapshot_version: 1 },
        flipped: { items: [{ id: name, change: "worse", from: { [name]: name } }] },
      })
    ));
    assert.doesNotMatch(summary, DANGEROUS);
    const verdicts = summary.split("\n").filter((line) => /^\| ✗/.test(line));
    assert.equal(verdicts.length, names.length);
    for (const row of verdicts) assert.equal(row.match(/(?<!\\)\|/g)!.length, 3, row);
    assert.match(step.summary, /\| @\u200bteam \|/);
    assert.match(step.summary, /\| \\\\@\u200bteam \|/);
    assert.match(step.summary, /\| &amp;lt; \|/);
  });

  await t.step("the worst stands first, with a sentence each, and items are folded", async () => {
    const slower = judgement(
      { metric: "/latency_ms", better: "lower", severity: "warn", limit_kind: "relative" },
      { method: "history", n: 20, scale: "ratio", interval: [-0.76, -0.31] },
    );
    Object.assign(slower, { from: 400, to: 608 });
    const better = judgement({ metric: "/recall", verdict: "not-worse" }, { interval: [0.1, 0.2] });
    const fell = judgement({ metric: "/precision", to: 0.5 });
    const changed = { change: "worse", newly_failing: true, from: { tp: 1, fn: 0 } };
    const flipped = {
      worse: 12,
      better: 3,
      items: [
        { ...changed, id: "bill|7", to: { tp: 0, fn: 1 } },
        { ...changed, id: "8", to: { tp: 0, fn: 0 } },
        { ...changed, id: "9", newly_failing: false, to: { tp: 1, fn: 2.5 } },
        { ...changed, id: "10", change: "better" },
      ],
    };
    const judgements = [notWorse, slower, better, { ...inconclusive, flipped }, judgement(), fell];
    const step = await judged(judgements, policy);
    assert.equal(step.code, 1, step.log);
    assert.match(step.summary, /^### Benchmarks: 3 worse, 1 inconclusive, 2 fine$/m);
    assert.match(
      step.summary,
      /^Stored as version 1, 6 metrics judged\. Judged against p2, version 3\./m,
    );
    const rows = step.summary.split("\n").filter((line) => /^\| .*→/.test(line));
    assert.deepEqual(rows, [
      "| Verdict | From → to |",
      // What fell further is first.
      "| **✗\u00a0precision worse** | 0.91235 → 0.5 (−0.412) |",
      "| **✗\u00a0f1 worse** | 0.91235 → 0.86 (−0.0523) |",
      "| ✗\u00a0latency\\_ms worse (warning) | 400 → 608 (+52\u00a0%) |",
      "| ?\u00a0f1 inconclusive | 0.91235 → 0.86 (−0.0523) |",
      "| ✓\u00a0recall better | 0.91235 → 0.86 (−0.0523) |",
      "| ✓\u00a0f1 fine | 0.91235 → 0.86 (−0.0523) |",
    ]);
    const says = "m: f1 −0.052 says the function. Compared with p2, version 3.";
    const [seen, ...folds] = step.summary.split("<details><summary>");
    assert.ok(seen!.includes(`**Fails this step**\n\n- ✗ ${says}\n- ✗ ${says}\n\n`), seen!);
    assert.ok(seen!.includes(`**Does not fail this step**\n\n- ✗ ${says}\n- ? ${says}\n\n`), seen!);
    assert.deepEqual(folds.map((one) => one.slice(0, one.indexOf("<"))), [
      "Items that changed, of 1 metric",
      "What the 2 fine stand on",
      "All scores",
      "Entry hashes of 1 run",
    ]);
    assert.ok(folds[0]!.includes(
      "- m, f1: 12 got worse, 3 better. Newly failing: bill\\|7 (tp 1 → 0, fn 0 → 1), 8 (tp 1 → 0). Worse: 9 (fn 0 → 2.5).\n",
    ));
    assert.ok(folds[1]!.includes(`\n\n- ✓ ${says}\n`));
    assert.equal(step.log.match(/^::error::m: f1 −0\.052 says the function\./gm)!.length, 2);
    assert.equal(step.log.match(/^::warning::m: f1 −0\.052 says the function\./gm)!.length, 2);
  });

  await t.step("what is fine and many is folded, what is not never is", async () => {
    const many = (verdict: string, count: number) =>
      Array.from({ length: count }, (_, n) => judgement({ metric: `/${verdict}-${n}`, verdict }));
    const { summary } = await judged([...many("not-worse", 40), ...many("inconclusive", 5)]);
    assert.match(summary, /^### Benchmarks: 5 inconclusive, 40 fine$/m);
    const [seen] = summary.split("<details>");
    assert.equal(seen!.match(/^\| \?/gm)!.length, 5);
    assert.equal(seen!.match(/^\| ✓/gm)!.length, 7);
    assert.equal(fold(summary, "33 more, all fine").match(/^\| ✓/gm)!.length, 33);
    const [bad] = (await judged(many("inconclusive", 40))).summary.split("<details>");
    assert.equal(bad!.match(/^\| \?/gm)!.length, 40);
  });

  await t.step("what runs share is said once, what differs is a column", async () => {
    const one = {
      model_version: "m",
      dataset_version: "d",
      prompt_version: "p",
      metrics: { f1: 0.5 },
    };
    const columns = async (...others: Record<string, unknown>[]) => {
      server.answers = [receiptsWith({ judgements: [notWorse] })];
      const results = [one, ...others.map((other) => ({ ...one, ...other }))];
      const { summary } = await run({ "a.json": JSON.stringify({ results }) });
      const [head] = summary.split("\n").filter((line) => line.startsWith("| Verdict"));
      return [head, /(?:Model|Prompt|Variant|Data set|Environment) \*\*.*\*\*/.exec(summary)?.[0]];
    };
    assert.deepEqual(await columns({ model_version: "n" }), [
      "| Verdict | From → to | Model | Run |",
      "Prompt **p**, data set **d**, environment **github-actions**",
    ]);
    assert.deepEqual(await columns({ variant: "seed 7" }, { prompt_version: "q" }), [
      "| Verdict | From → to | Prompt | Variant | Run |",
      "Model **m**, data set **d**, environment **github-actions**",
    ]);
    assert.deepEqual(await columns({ dataset_version: "e" }, { environment: "local" }), [
      "| Verdict | From → to | Data set | Environment | Run |",
      "Model **m**, prompt **p**",
    ]);
    assert.deepEqual(await columns(), [
      "| Verdict | From → to |",
      "Model **m**, prompt **p**, data set **d**, environment **github-actions**",
    ]);
  });

  await t.step("a run links to the dashboard, wherever that is", async () => {
    const id = "00000000-0000-4000-8000-000000000001";
    const configuration = { id, model_version: "m" };
    const query = `configuration=${id}&version=7`;
    const cases = [
      ["https://bench.example", `https://bench.example/?view=run&${query}`],
      ["https://bench.example/", `https://bench.example/?view=run&${query}`],
      ["https://octo-org.github.io/bench", `https://octo-org.github.io/bench/?view=run&${query}`],
      ["https://bench.example:8443/a.b/", `https://bench.example:8443/a.b/?view=run&${query}`],
      ["https://bench.example/index.html", `https://bench.example/index.html?view=run&${query}`],
      [
        "https://bench.example/?view=compare&theme=dark&version=3#x",
        `https://bench.example/?theme=dark&view=run&${query}`,
      ],
      ["http://127.0.0.1:54321/", `http://127.0.0.1:54321/?view=run&${query}`],
      ["http://[::1]:54321", `http://[::1]:54321/?view=run&${query}`],
    ] as const;
    await forEachCase(cases, async ({ run, server }, [dashboard, link]) => {
      server.answers = [receiptsWith({ configuration, snapshot_version: 7 })];
      const step = await run({ "a.json": TEXT }, { "dashboard-url": dashboard });
      assert.equal(step.code, 0, step.log);
      assert.ok(step.summary.includes(`Stored as [version 7](${link}).`), step.summary);
    });
    const dashboard = { "dashboard-url": "https://bench.example/" };
    const link = `(https://bench.example/?view=run&${query})`;
    server.answers = [receiptsWith({ configuration, snapshot_version: 7, judgements: [notWorse] })];
    const two = await run({ "a.json": TEXT, "b.json": TEXT }, dashboard);
    assert.equal(
      two.summary.split(`| [7]${link} |`).length,
      1 + 2 + 2,
      "both runs, in both tables",
    );
    // A comparison has no version of its own: what it was compared with.
    server.answers = [receiptsWith({
      configuration,
      dry_run: true,
      current: { snapshot_version: 7, deltas: {} },
    })];
    const compared = await run({ "a.json": TEXT }, { ...dashboard, mode: "compare" });
    assert.ok(compared.summary.includes(`Compared with [version 7]${link}. Nothing was stored.`));
    const first = await run({ "a.json": TEXT }, { ...dashboard, mode: "compare" });
    assert.doesNotMatch(first.summary, /bench\.example/, "there is no run to show");
    server.answers = [receiptsWith({ configuration: { id: "x)[y](https://evil.example" } })];
    assert.doesNotMatch((await run({ "a.json": TEXT }, dashboard)).summary, /evil/);
  });

  await t.step("long names are cut in tables, may be broken, and are whole below", async () => {
    const model = `vendor/${"model".repeat(30)}-2026`;
    const names = `"dataset_version":"d","prompt_version":"p","metrics":{"f1":0.5}`;
    server.answers = [receiptsWith({ judgements: [notWorse] })];
    const { summary } = await run({
      "a.json": `{"model_version":"${model}",${names}}`,
      "b.json": TEXT,
    });
    const [row] = summary.split("\n").filter((line) => line.includes("vendor/"));
    const cell = row!.split("|")[3]!.trim();
    assert.match(cell, /^vendor\/<wbr>.*….*-2026$/);
    assert.ok(cell.replaceAll("<wbr>", "").length < 60);
    for (const part of cell.split(/<wbr>|-/)) assert.ok(part.length <= 20, part);
    assert.ok(
      fold(summary, "Entry hashes of 2 runs").includes(`| ${model} / p / d / github-actions |`),
    );
  });

  await t.step("a first run says which run is nearest", async () => {
    const nearest = {
      ...judgement().reference,
      deltas: { precision: null, f1: 0.01, latency_ms: -12.345, recall: 0 },
    };
    server.answers = [receiptsWith({ nearest })];
    const step = await run({ "a.json": TEXT });
    assert.ok(step.summary.includes(
      "**Unjudged**\n\n- m: first run of this configuration; nearest is p2, version 3, unjudged: f1 +0.01, latency\\_ms −12.3, recall ±0.\n",
    ));
    assert.match(step.summary, /^### Benchmarks: nothing to compare with$/m);
    assert.doesNotMatch(step.summary, /Verdict/);
    assert.match(
      step.summary,
      /<details open><summary>All scores<\/summary>\n\n\| Metric \| Value \|/,
    );
    const results = JSON.stringify({ results: Array(5).fill(JSON.parse(TEXT)) });
    server.answers = [receiptsWith({ nearest })];
    assert.match((await run({ "a.json": results })).summary, /<summary>5 first runs, unjudged</);
  });

  await t.step("with policy, only what is worse fails, or what is inconclusive, too", async () => {
    const warns = { severity: "warn" };
    const cases: [unknown[], Record<string, string>, number, string][] = [
      [[judgement()], policy, 1, "true"],
      [[judgement()], {}, 0, "false"],
      [[judgement(warns)], policy, 0, "false"],
      [[inconclusive], policy, 0, "false"],
      [[inconclusive], { ...policy, "fail-on": "worse" }, 0, "false"],
      [[inconclusive], { ...policy, "fail-on": "inconclusive" }, 1, "false"],
      [[judgement()], { ...policy, "fail-on": "inconclusive" }, 1, "true"],
      [[{ ...inconclusive, ...warns }], { ...policy, "fail-on": "inconclusive" }, 0, "false"],
      [[notWorse], { ...policy, "fail-on": "inconclusive" }, 0, "false"],
    ];
    await forEachCase(cases, async ({ judged }, [judgements, more, code, regressed]) => {
      const step = await judged(judgements, more);
      const name = JSON.stringify([judgements, more]);
      assert.equal(step.code, code, name + step.log);
      assert.equal(step.outputs.regressed, regressed, name);
      assert.equal(/^::error::m: f1 −0\.052 says/m.test(step.log), code === 1, name);
    });
    assert.match((await judged([inconclusive], policy)).log, /^::warning::m: f1 −0\.052 says/m);
    const alone = await judged([inconclusive], { "fail-on": "inconclusive" });
    assert.match(
      alone.log,
      /^::error::Input fail-on: inconclusive needs fail-on-regression: policy/m,
    );
    assert.equal(server.requests.length, 0);
  });

  await t.step("with require: not-worse, everything must be shown", async () => {
    const require = { require: "not-worse" };
    const unproven = judgement({ verdict: "not-worse" }, { method: "none", n: null });
    const warns = { severity: "warn" };
    const cases: [unknown, RegExp | null][] = [
      [[notWorse], null],
      [[notWorse, judgement(warns)], null],
      [[notWorse, inconclusive], /^::error::m: f1 −0\.052 says/m],
      [[notWorse, judgement()], /^::error::m: f1 −0\.052 says/m],
      [[unproven], /^::error::.*require: not-worse wants more than the limit: items,/m],
      [[judgement({ verdict: "not-worse" }, { method: "guess" })], /wants more than the limit/],
      [[judgement({ verdict: "fine" })], /^::error::m: f1 −0\.052 says/m],
      [[], /^::error::m: require: not-worse is not met: no metric with a policy of severity fail/m],
      [[{ ...notWorse, ...warns }], /require: not-worse is not met/],
      [undefined, /require: not-worse is not met/],
      ["not-worse", /require: not-worse is not met/],
    ];
    await forEachCase(cases, async ({ judged }, [judgements, message]) => {
      const step = await judged(judgements, require);
      assert.equal(step.code, message === null ? 0 : 1, JSON.stringify(judgements) + step.log);
      if (message === null) assert.doesNotMatch(step.log, /^::error/m);
      else assert.match(step.log, message);
    });
    assert.match((await judged([unproven, notWorse], require)).summary, /: 1 unproven, 1 fine$/m);
    // Of several results, each.
    server.answers = [(response, request) => {
      const results = request.results.map((result, index) => ({
        ...receiptOf(result),
        judgements: index === 0 ? [notWorse] : [],
      }));
      return json(201, { results })(response, request);
    }];
    const step = await run({ "a.json": TEXT, "b.json": TEXT.replace('"m"', '"other"') }, require);
    assert.equal(step.code, 1);
    assert.match(
      step.summary,
      /\*\*Fails this step\*\*\n\n- other: require: not-worse is not met/,
    );
    const preview = await run({ "a.json": TEXT }, { ...require, mode: "compare" });
    assert.equal(preview.code, 1, "of what is only compared, too");
  });

  await t.step("a server cannot make the report take for ever, or hide a failure", async () => {
    const dear = judgement({
      verdict: "not-worse",
      summary: "*".repeat(1_000),
      metric: "@".repeat(1_000),
      flipped: {
        items: Array(10).fill({
          id: "|".repeat(200),
          change: "worse",
          from: { ["_".repeat(200)]: "*".repeat(200) },
        }),
      },
    });
    const startedAt = Date.now();
    const step = await judged([...Array(3_000).fill(dear), judgement()], policy);
    assert.ok(Date.now() - startedAt < 30_000, "in half a minute");
    assert.equal(step.code, 1);
    assert.equal(step.log.match(/^::error::/gm)!.length, 1);
    assert.match(step.summary, /… and \d+ more\./);
    const many = await judged(Array(10_001).fill({}));
    assert.match(many.log, /receipt 1 has more than 10000 judgements/);
    const failing = await judged(Array(250).fill(judgement()), policy);
    assert.equal(failing.log.match(/^::error::m: /gm)!.length, 100);
    assert.match(failing.log, /^::error::… and 150 more\.$/m);
  });

  await t.step("candidates and what was stored before are told apart", async () => {
    const variant = `{${HEAD},"metrics":{"f1":0.5},"variant":"seed 7"}`;
    const step = await run({ "a.json": variant, "b.json": TEXT }, { candidate: "true" });
    assert.match(step.summary, /^\| Variant \| Run \| F1 \|$/m);
    assert.match(step.summary, /^\| seed 7 \| 1 \(candidate\) \| 0\.5 \|$/m);
    assert.match(step.summary, /^\| +\| 1 \(candidate\) \| 0\.5 \|$/m);
    assert.match(
      (await run({ "b.json": TEXT }, { mode: "compare", candidate: "true" })).summary,
      /^1 run compared\. Nothing was stored\./m,
    );
  });

  await t.step("limits of the input are counted as policies are", async () => {
    const previous = { snapshot_version: 3, deltas: { f1: -0.1, recall: 0.01 } };
    const limits = { "fail-on-regression": "f1=0.05,recall=0.05" };
    server.answers = [receiptsWith({ previous })];
    const step = await run({ "a.json": `{${HEAD},"metrics":{"f1":0.5,"recall":0.8}}` }, limits);
    assert.equal(step.code, 1);
    assert.match(step.summary, /^### Benchmarks: 1 worse, 1 fine$/m);
    assert.match(step.summary, /^\| \*\*✗\u00a0f1 worse\*\* \| 0\.6 → 0\.5 \(−0\.1\) \|$/m);
    // What a policy calls fine is one metric all the same.
    server.answers = [receiptsWith({ previous, judgements: [notWorse] })];
    assert.match(
      (await run({ "a.json": `{${HEAD},"metrics":{"f1":0.5}}` }, limits)).summary,
      /^### Benchmarks: 1 worse, 1 fine$/m,
    );
  });

  await bench.close();
}

/** What is folded under a title. */
function fold(summary: string, title: string): string {
  const [, rest] = summary.split(`><summary>${title}</summary>\n\n`);
  assert.ok(rest, `${title} in ${summary}`);
  return rest.split("</details>")[0]!;
}
