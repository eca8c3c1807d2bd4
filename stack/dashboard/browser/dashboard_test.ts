// The dashboard in a real browser, against the local stack with 5,000 snapshots that came in
// through the function. Its packages are of testing/tools.
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { StackProcess } from "../../../testing/stack_process.ts";
import { signSession } from "../../session_token.ts";
import { assertAccessible, bytesOf, openPage, testDashboard, textOf, until } from "./page.ts";

const SNAPSHOTS = 5_000;
const MODELS = 10;
const RUNS = SNAPSHOTS / (MODELS * 2);
const SHIFTED_AT = 201;

testDashboard("the dashboard in a browser", async (t, browser, stack) => {
  await t.step("says that there is nothing yet", () => emptyStates(browser, stack));
  await fill(stack);
  await t.step("a view is one request, a chart one more", () => requests(browser, stack));
  await t.step("overview: filters, sorting, export", () => overview(browser, stack));
  await t.step("trends: metrics, zoom, marks, export", () => trendsView(browser, stack));
  await t.step("compare: versions and models, categories", () => compareView(browser, stack));
  await t.step("regressions: what, and since when", () => regressionsView(browser, stack));
  await t.step("history: pages, ticks, links, commands", () => historyView(browser, stack));
  await t.step("works by keyboard", () => keyboard(browser, stack));
  await t.step("what is no candidate, not void, erased, decided", () => marks(browser, stack));
  await t.step("a new snapshot appears without reload", () => live(browser, stack));
  await t.step("what is open stays when it is read again", () => stays(browser, stack));
  await t.step("names are text, on the page and in CSV", () => hostileNames(browser, stack));
  await t.step("strange numbers, names and URLs", () => strange(browser, stack));
  await t.step("where Realtime is, it says so", () => realtime(browser, stack));
  await t.step("asks to sign in where reading is not public", () => signIn(browser, stack));
  await t.step("says what is wrong, and reads again", () => errors(browser, stack));
  await t.step("an outage is said, and ends by itself", () => outage(browser, stack));
  await t.step("a refused session is renewed by config.json", () => renewal(browser, stack));
});

/** Each view, and what must be there when it has rendered. */
const VIEWS: [query: string, selector: string][] = [
  ["", "table caption:text('Configurations')"],
  ["?view=trends", ".chart canvas"],
  ["?view=compare", ".chart canvas"],
  ["?view=regressions", "table caption:text('Open regressions')"],
  ["?view=leaderboard", "table caption:text('F1 on')"],
  ["?view=history", ".check-mark.intact"],
];

async function emptyStates(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context, complaints } = await openPage(browser);
  for (const [query] of VIEWS) {
    await page.goto(`${stack.env.SUPABASE_URL}/${query}`);
    await page.getByRole("heading", { name: "No snapshots yet" }).waitFor();
    await assertAccessible(page, `${query} without snapshots`);
  }
  assert.deepEqual(complaints, []);
  await context.close();
}

/** 250 runs of 10 models in 2 environments; every second model falls for good at run 201. */
async function fill(stack: StackProcess): Promise<void> {
  for (let run = 1; run <= RUNS; run += 5) {
    const results = [];
    for (let n = run; n < run + 5; n++) {
      for (let model = 1; model <= MODELS; model++) {
        for (const environment of ["local", "staging"]) {
          results.push(resultOf(model, environment, n));
        }
      }
    }
    const response = await stack.post({ results });
    assert.equal(response.status, 201, await response.clone().text());
    await response.body?.cancel();
  }
  const response = await stack.rpc("set_baseline", {
    p_configuration_id: await configurationId(stack, 2, "local"),
    p_version: 100,
  });
  assert.equal(response.status, 200, await response.text());
}

function resultOf(model: number, environment: string, run: number): Record<string, unknown> {
  // Numbers that look like noise and are the same in every run of the tests.
  const noise = (salt: number) => Math.abs(Math.sin(run * 12.9898 + model * 78.233 + salt) % 1);
  const isShifted = model % 2 === 0 && run >= SHIFTED_AT;
  const f1 = 0.9 - model / 100 - (isShifted ? 0.2 : 0) + noise(1) / 50;
  return {
    model_version: `model-${model}`,
    dataset_version: "data-1",
    prompt_version: "prompt-1",
    environment,
    commit_sha: (run * 1_000_003 + model).toString(16).padStart(40, "0"),
    tags: model <= 3 ? ["small"] : ["large"],
    metrics: {
      f1: Number(f1.toFixed(4)),
      precision: Number((f1 + 0.01).toFixed(4)),
      recall: Number((f1 - 0.01).toFixed(4)),
      latency_ms: 100 * model + Math.round(noise(2) * 20),
      analysis_cost: model / 1000,
      category_f1: {
        upcoding: Number((f1 - noise(3) / 10).toFixed(4)),
        duplicate_charge: Number((f1 - noise(4) / 10).toFixed(4)),
      },
    },
  };
}

async function configurationId(
  stack: StackProcess,
  model: number,
  environment: string,
): Promise<string> {
  const response = await stack.rpc("find_configuration", {
    p_model_version: `model-${model}`,
    p_dataset_version: "data-1",
    p_prompt_version: "prompt-1",
    p_environment: environment,
  });
  return await response.json();
}

/** All that a view reads, in this order. */
const READS: Record<string, string[]> = {
  "": ["get_dashboard_overview"],
  "?view=trends": ["get_dashboard_trends", "get_dashboard_metric_history"],
  "?view=compare": ["get_dashboard_comparison"],
  // Drift is looked for in histories: of three policies, eight of the twenty configurations at once.
  "?view=regressions": [
    "get_dashboard_regressions",
    ...Array<string>(9).fill("get_dashboard_metric_history"),
  ],
  "?view=leaderboard": ["get_dashboard_leaderboard"],
  "?view=history": ["get_dashboard_history", "get_dashboard_trends"],
};

async function requests(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context } = await openPage(browser);
  const calls: string[] = [];
  page.on("request", (request) => {
    const path = /\/(?:rest|functions|auth)\/v1\/(.+)$/.exec(request.url())?.[1];
    // Asked every few seconds, whatever is shown.
    if (path !== undefined && path !== "rpc/get_ledger_cursor") calls.push(path);
  });
  for (const [query, selector] of VIEWS) {
    calls.length = 0;
    await page.goto(`${stack.env.SUPABASE_URL}/${query}`);
    await page.locator(selector).first().waitFor({ state: "attached" });
    await page.waitForLoadState("networkidle");
    assert.deepEqual(
      calls.toSorted(),
      READS[query]!.map((name) => `rpc/${name}`).toSorted(),
      query,
    );
  }
  await context.close();
}

async function overview(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context, complaints } = await openPage(browser);
  await page.goto(`${stack.env.SUPABASE_URL}/`);
  const rows = page.locator("tbody tr");
  await rows.first().waitFor();
  assert.equal(await rows.count(), MODELS * 2);
  assert.equal(await page.locator(".cards").count(), 0, "two environments have no best of all");
  const summary = page.locator(".summary");
  await until(
    "what drifted is counted",
    async () =>
      /^10 regressions open, the oldest since [0-9a-f]{7} on .*; 10 (fine|inconclusive)/.test(
        await summary.innerText(),
      ),
  );
  assert.match(
    await page.getByRole("navigation").getByRole("link", { name: "Regressions" }).innerText(),
    /Regressions\s+10/,
    "the tab carries the count",
  );
  assert.match(await rows.first().innerText(), /✗ worse/);

  await page.getByRole("combobox", { name: "Environment" }).selectOption("staging");
  await page.getByRole("combobox", { name: "Tag" }).selectOption("small");
  await until("three rows", async () => await rows.count() === 3);
  assert.match(page.url(), /environment=staging/);
  await page.reload();
  await rows.first().waitFor();
  assert.equal(await rows.count(), 3, "the URL keeps the filters");
  assert.match(await page.locator(".card").first().innerText(), /Best: F1\s+0\.\d+\s+model-1/);

  await page.getByText("Columns").click();
  await page.getByLabel("Latency (ms)").check();
  assert.match(page.url(), /columns-overview=latency_ms/);
  await page.getByText("Columns").click();
  await page.getByRole("button", { name: "Latency (ms)" }).click();
  const sorted = page.locator("th[aria-sort='descending']");
  assert.match(await sorted.innerText(), /Latency/);
  assert.match(await rows.first().innerText(), /model-3/);

  const csv = await textOf(page, () => page.getByRole("button", { name: "Export CSV" }).click());
  const lines = csv.trim().split("\r\n");
  assert.equal(lines.length, 4, "the rows shown, and a heading");
  assert.match(lines[0]!, /^Configuration,Verdict,Metric,Value,Change,/);
  assert.match(lines[1]!, /^model-3 · data-1 · prompt-1 · staging,/);

  await page.getByRole("button", { name: "Clear filters" }).click();
  await until("all rows", async () => await rows.count() === MODELS * 2);
  await page.getByLabel("Search").fill("model-1 stag");
  await until("what has both words", async () => await rows.count() === 2);
  await page.getByLabel("Search").fill("");
  await page.getByRole("combobox", { name: "Group by" }).selectOption("environment");
  await until("two groups", async () => await page.locator("details.group").count() === 2);
  assert.match(await page.locator("details.group summary").first().innerText(), /5 worse/);
  await page.getByRole("combobox", { name: "Group by" }).selectOption("");
  await page.locator(".summary").getByRole("link", { name: /fine|inconclusive/ }).first().click();
  await until("those alone", async () => await rows.count() < MODELS * 2);
  assert.match(page.url(), /verdict=/);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function trendsView(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context, complaints } = await openPage(browser);
  const id = await configurationId(stack, 2, "local");
  const workers: string[] = [];
  page.on("worker", (worker) => workers.push(worker.url()));
  await page.goto(`${stack.env.SUPABASE_URL}/?view=trends&configurations=${id}&x=time`);
  await page.getByRole("heading", { name: "F1 over time" }).waitFor();
  const marks = page.locator("td", { hasText: "change point" });
  await marks.first().waitFor();
  const counted = () => page.locator(".table .count").innerText();
  assert.equal(await counted(), "250 rows");
  assert.equal(workers.length, 1, "change points are looked for aside");
  assert.match(workers.at(-1)!, new RegExp(`^${stack.env.SUPABASE_URL}/worker\\.js$`));

  const csv = await textOf(page, () => page.getByRole("button", { name: "Export CSV" }).click());
  const marked = csv.split("\r\n").filter((line) => /change point/.test(line));
  assert.equal(marked.length, 1, csv);
  assert.equal(marked[0]!.split(",")[1], String(SHIFTED_AT), "the shift is where it is");
  assert.match(
    csv.split("\r\n").find((line) => line.split(",")[1] === String(SHIFTED_AT))!,
    /regression \(fail\) from/,
  );
  assert.match(csv, /,100,.*baseline/);
  assert.match(marked[0]!, /change point \(shift\) −0\.\d+/, "with its size");

  await page.getByRole("button", { name: "Zoom in" }).click();
  await until("a part of the runs", async () => await counted() !== "250 rows");
  assert.match(page.url(), /from=/);
  await page.getByRole("button", { name: "All" }).click();
  await until("all runs", async () => await counted() === "250 rows");

  const box = (await page.locator(".u-over").boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.3, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 5 });
  await page.mouse.up();
  await until("a part of the runs", async () => await counted() !== "250 rows");
  assert.match(page.url(), /from=/);

  await page.goto(`${stack.env.SUPABASE_URL}/?view=trends&configurations=${id}`);
  await page.getByRole("combobox", { name: "Metric" }).selectOption("/category_f1/upcoding");
  await page.getByRole("heading", { name: "category_f1/upcoding over versions" }).waitFor();
  await page.getByRole("combobox", { name: "Add a configuration" }).selectOption({ index: 1 });
  await until("both configurations", async () => await counted() === "500 rows");

  const png = await bytesOf(page, () => page.getByRole("button", { name: "Export PNG" }).click());
  assert.deepEqual([...png.subarray(1, 4)], [...new TextEncoder().encode("PNG")]);

  const ids = [1, 2, 3, 4, 5, 6, 7].map((model) => configurationId(stack, model, "local"));
  const many = (await Promise.all(ids)).join(",");
  await page.goto(`${stack.env.SUPABASE_URL}/?view=trends&configurations=${many}&metric=/none`);
  await page.getByText("The URL names 7 configurations, and 6 can be told apart").waitFor();
  await page.getByText("None of these has none: this is F1.").waitFor();

  await page.goto(`${stack.env.SUPABASE_URL}/?view=trends&configurations=${id}&x=version`);
  await marks.first().waitFor();
  await page.locator(".plot").focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "model-2, version 250" }).waitFor();
  await page.goBack();
  await marks.first().waitFor();
  const plot = (await page.locator(".u-over").boundingBox())!;
  // The last point is at the right end; how high it is, the first click that hits it says.
  for (let y = 5; y < plot.height && !page.url().includes("view=run"); y += 25) {
    await page.mouse.click(plot.x + plot.width - 1, plot.y + y);
    await page.waitForTimeout(200); // or the next click would be on the run's page
  }
  // Of the last few, whichever is nearest to where the click was.
  await page.getByRole("heading", { name: /^model-2, version 2[45]\d / }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

async function compareView(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context, complaints } = await openPage(browser);
  const id = await configurationId(stack, 2, "local");
  await page.goto(
    `${stack.env.SUPABASE_URL}/?view=compare&a=${id}&a_version=${
      SHIFTED_AT - 1
    }&b=${id}&b_version=${SHIFTED_AT}`,
  );
  const all = page.locator("section.table", { has: page.locator("h2:text-is('Metrics')") });
  const f1 = all.locator("tbody tr").first();
  await f1.waitFor();
  assert.match(
    await f1.innerText(),
    /F1\s.*✗ worse.*▼ −0\.\d+.*−0\.\d+ to −0\.\d+.*20 earlier runs/s,
  );
  const latency = all.locator("tbody tr", { hasText: "Latency (ms)" });
  assert.match(await latency.innerText(), /not worse/);
  assert.equal(
    await latency.locator(".change.worse, .change.better").count(),
    0,
    "what is within noise has no colour",
  );
  await page.getByRole("button", { name: "Swap" }).click();
  await until("A and B swapped", async () => /better.*▲ \+/s.test(await f1.innerText()));

  await page.getByRole("combobox", { name: "Configuration B" }).selectOption(
    await configurationId(stack, 7, "staging"),
  );
  await page.locator(".legend li", { hasText: "B: model-7" }).waitFor();
  assert.match(await page.locator(".chart h2").innerText(), /category_f1/);
  assert.match(await latency.innerText(), /✗ worse/s);
  await page.getByLabel("Version B").fill("999");
  await page.getByLabel("Version B").press("Enter");
  await page.getByRole("heading", { name: "There is no such version" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

async function regressionsView(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context, complaints } = await openPage(browser);
  await page.goto(`${stack.env.SUPABASE_URL}/?view=regressions`);
  const open = page.locator("section.table").first();
  await open.locator("tbody tr").first().waitFor();
  assert.equal(await open.locator("tbody tr").count(), MODELS, "half of the models fell");
  const baselined = open.locator("tbody tr", { hasText: "model-2" }).filter({ hasText: "local" });
  const text = await baselined.innerText();
  assert.match(text, /0\.\d+\s*baseline/);
  assert.match(text, /▼ −0\.\d+ \(−\d+\.\d %\)/);
  const commit = (SHIFTED_AT * 1_000_003 + 2).toString(16).padStart(40, "0");
  assert.equal(await baselined.locator("a:has(code)").getAttribute("title"), commit);
  await page.getByText("Looking for drift").waitFor({ state: "detached" });
  assert.deepEqual(complaints, []);
  await context.close();
}

async function historyView(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context, complaints } = await openPage(browser);
  const id = await configurationId(stack, 2, "local");
  await page.goto(`${stack.env.SUPABASE_URL}/?view=history&configuration=${id}`);
  const rows = page.locator("section.table").first().locator("tbody tr");
  await rows.first().waitFor();
  assert.equal(await rows.count(), 25);
  assert.equal(await page.locator(".check-mark.intact").count(), 25);
  assert.match(await rows.first().innerText(), /250\s*current/);
  await page.getByText("baseline: version 100 instead of none").waitFor();
  await page.getByRole("button", { name: "Older" }).click();
  await page.getByText("Versions 201 to 225 of 250").waitFor();
  assert.match(await rows.last().innerText(), /201\s*regression/);
  await page.getByRole("button", { name: "Newer" }).click();
  await page.getByText("Versions 226 to 250 of 250").waitFor();
  await page.goto(`${stack.env.SUPABASE_URL}/?view=history&configuration=${id}&before=26`);
  await page.getByText("Versions 1 to 25 of 250").waitFor();
  assert.equal(
    await page.locator(".check-mark.intact").count(),
    25,
    "version 1 has none before it",
  );
  await rows.first().locator("summary").click();
  assert.equal(
    await rows.first().locator("pre").nth(1).innerText(),
    "deno task admin baseline --model model-2 --dataset data-1 --prompt prompt-1 --environment local --version 25",
  );
  assert.deepEqual(complaints, []);
  await context.close();
}

async function keyboard(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context } = await openPage(browser);
  await page.goto(`${stack.env.SUPABASE_URL}/`);
  await page.locator("tbody tr").first().waitFor();
  const focused = () => page.evaluate("document.activeElement.textContent.trim()");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Skip to content");
  for (const name of ["Overview", "Trends"]) {
    await page.keyboard.press("Tab");
    assert.equal(await focused(), name);
  }
  await page.keyboard.press("Enter");
  await page.locator(".chart canvas").waitFor();
  assert.match(page.url(), /view=trends/);
  await page.waitForLoadState("networkidle"); // change points are drawn by then
  await page.locator(".plot").focus();
  await page.keyboard.press("ArrowLeft");
  await page.locator(".legend", { hasText: "version 250" }).waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.locator(".legend", { hasText: "version 249" }).waitFor();
  await page.goBack();
  await page.getByRole("button", { name: "Configuration" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("th[aria-sort='ascending']", { hasText: "Configuration" }).waitFor();
  await context.close();
}

/** What history and current show of runs that are more or less than published. */
async function marks(browser: Browser, stack: StackProcess): Promise<void> {
  const post = async (run: number, changes: Record<string, unknown>) => {
    const response = await stack.post({ ...resultOf(1, "staging", run), ...changes });
    assert.equal(response.status, 201, await response.clone().text());
    return (await response.json()).configuration.id as string;
  };
  const decide = async (name: string, args: Record<string, unknown>) => {
    const response = await stack.rpc(name, args);
    assert.equal(response.status, 200, await response.text());
  };
  const candidates = await post(1, { model_version: "never-published", candidate: true });
  const names = { model_version: "marked", variant: "it's seed 7", series: "auditor" };
  const id = await post(1, { ...names, triggered_by: "octocat", notes: "é" });
  await post(2, { ...names, candidate: true });
  await post(3, { ...names, metrics: { f1: 0.1 } });
  await post(4, { ...names, metrics: { f1: 0.8, "up/down": { "a~b": 1 } } });
  const run = (version: number) => ({ p_configuration_id: id, p_version: version });
  await decide("void_snapshot", { ...run(3), p_reason: "the harness was broken" });
  await decide("erase_personal_data", { ...run(1), p_reason: "asked to" });
  await decide("set_baseline", run(4));

  const { page, context, complaints } = await openPage(browser);
  await page.goto(`${stack.env.SUPABASE_URL}/?view=history&configuration=${id}`);
  const rows = page.locator("section.table").first().locator("tbody tr");
  await rows.first().waitFor();
  assert.deepEqual(await rows.locator("td:nth-child(2)").allInnerTexts().then(trimmed), [
    "current baseline",
    "void regression",
    "candidate",
    "erased",
  ]);
  assert.deepEqual(await rows.locator(".check-mark").allInnerTexts(), [
    "✓ verified",
    "✓ verified",
    "✓ verified",
    "✓ verified, personal data erased",
  ]);
  assert.deepEqual(await page.locator("tr.void td:first-child").allInnerTexts(), ["3"]);
  assert.equal(
    await page.evaluate("getComputedStyle(document.querySelector('tr.void')).textDecorationLine"),
    "line-through",
  );
  assert.equal(await rows.locator("summary").count(), 2, "only what is published can be selected");
  await rows.first().locator("summary").click();
  assert.match(
    await rows.first().locator("pre").first().innerText(),
    /admin checkout .* --variant "it's seed 7" --version 4$/,
  );
  const decisions = page.locator("section.table").nth(1).locator("tbody tr");
  assert.deepEqual(await decisions.locator("td:first-child").allInnerTexts(), [
    "baseline: version 4 instead of none",
    "personal data of version 1 erased",
    "version 3 is void",
  ]);
  assert.match(await decisions.nth(2).innerText(), /the harness was broken\s+service_role/);
  await page.getByText("marked · data-1 · prompt-1 · staging · it's seed 7").first().waitFor({
    state: "attached",
  });
  await assertAccessible(page, "marks");

  await page.goto(`${stack.env.SUPABASE_URL}/?series=auditor&columns-overview=version`);
  await page.locator("tbody tr").first().waitFor();
  assert.match(await page.locator("tbody tr").innerText(), /marked.*it's seed 7.*4\s*baseline/s);
  assert.equal(await page.getByText("checked out").count(), 0);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.locator("tbody tr", { hasText: "model-1" }).first().waitFor();
  assert.equal(await page.getByRole("cell", { name: "never-published" }).count(), 0);

  await page.goto(`${stack.env.SUPABASE_URL}/?view=trends&configurations=${id}`);
  await page.getByRole("combobox", { name: "Metric" }).selectOption({ label: "up/down/a~b" });
  await page.getByRole("heading", { name: "up/down/a~b over versions" }).waitFor();
  await page.getByRole("combobox", { name: "Metric" }).selectOption({ label: "F1" });
  await page.locator(".table .count", { hasText: "2 rows" }).waitFor();

  for (const view of ["trends", "compare", "history"]) {
    const query = `?view=${view}&configurations=${candidates}&a=${candidates}&b=${candidates}` +
      `&configuration=${candidates}`;
    await page.goto(`${stack.env.SUPABASE_URL}/${query}`);
    const shown = {
      trends: page.getByRole("heading", { name: "No F1 here" }),
      compare: page.locator("table caption", { hasText: "Metrics" }),
      history: page.locator(".tag", { hasText: "candidate" }),
    }[view]!;
    await shown.waitFor({ state: "attached" });
  }
  assert.deepEqual(complaints, []);
  await context.close();
}

function trimmed(texts: string[]): string[] {
  return texts.map((text) => text.replaceAll(/\s+/g, " ").trim());
}

async function live(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context, complaints } = await openPage(browser);
  await page.goto(`${stack.env.SUPABASE_URL}/`);
  await page.locator("tbody tr").first().waitFor();
  await page.evaluate("window.wasNotReloaded = true");
  const result = { ...resultOf(1, "local", 1), model_version: "just-now" };
  await (await stack.post(result)).body?.cancel();
  await page.locator("tbody tr", { hasText: "just-now" }).waitFor();
  assert.equal(await page.evaluate("window.wasNotReloaded"), true);
  assert.deepEqual(complaints, []);
  await context.close();
}

/** Another run is stored while somebody reads: nothing turns into something else under the pointer. */
async function stays(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context, complaints } = await openPage(browser);
  const id = await configurationId(stack, 3, "local");
  const post = async () => {
    await (await stack.post(resultOf(3, "local", RUNS + 1))).body?.cancel();
  };
  await page.goto(`${stack.env.SUPABASE_URL}/?view=history&configuration=${id}`);
  const rows = page.locator("section.table").first().locator("tbody tr");
  await rows.nth(1).locator("summary").click();
  const opened = page.locator("details.commands[open] pre").first();
  const command = await opened.innerText();
  assert.match(command, /--version 249$/);
  await post();
  await page.getByText("Versions 227 to 251 of 251").waitFor();
  assert.equal(await opened.innerText(), command, "the command is still of the same run");

  await page.goto(`${stack.env.SUPABASE_URL}/?view=trends&configurations=${id}`);
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByText("Page 2 of 6").waitFor();
  await post();
  await page.locator(".table .count", { hasText: "252 rows" }).waitFor();
  assert.equal(await page.getByText("Page 2 of 6").count(), 1, "nor does the page turn back");
  await page.getByRole("button", { name: "Commit" }).click();
  await page.getByText("Page 1 of 6").waitFor();

  await page.goto(`${stack.env.SUPABASE_URL}/`);
  await rows.first().waitFor();
  await page.getByText("Columns").click();
  await page.getByLabel("Branch").last().check();
  const chooser = page.locator("details.chooser[open]");
  assert.equal(await chooser.count(), 1, "open while columns are chosen");
  await page.keyboard.press("Escape");
  assert.equal(await chooser.count(), 0);
  await page.getByText("Columns").click();
  await page.locator(".summary").click();
  assert.equal(await chooser.count(), 0);
  await page.getByRole("button", { name: "Verdict" }).click();
  assert.match(await rows.first().innerText(), /✗ worse/, "sorted by urgency");
  assert.deepEqual(complaints, []);
  await context.close();
}

/** What anybody may store, and what anybody may type. */
async function strange(browser: Browser, stack: StackProcess): Promise<void> {
  const long = (letter: string) => letter.repeat(200);
  let id = "";
  for (const score of [1e-12, -1.7e308, 1.7e308]) {
    const response = await stack.post({
      model_version: long("m"),
      dataset_version: long("d"),
      prompt_version: long("p"),
      environment: "local",
      commit_sha: "0123abc",
      branch_name: long("b"),
      tags: ["t".repeat(100)],
      notes: "note ".repeat(1_999),
      metrics: { score, "": 1, "a,b": 2 },
    });
    assert.equal(response.status, 201, await response.clone().text());
    id = (await response.json()).configuration.id;
  }
  for (const width of [1280, 390]) {
    const { page, context, complaints } = await openPage(browser, { width });
    for (
      const [query, selector] of [
        ["?q=mmmm", "svg.spark"],
        [`?view=trends&configurations=${id}&metric=/score`, ".chart canvas"],
        [
          `?view=history&configuration=${id}&columns-history-${long("m")}=/a%252Cb`,
          ".chart canvas",
        ],
        [`?view=run&configuration=${id}`, ".check-mark.intact"],
        [`?view=compare&a=${id}&b=${id}`, ".legend, table"],
      ] as const
    ) {
      await page.goto(`${stack.env.SUPABASE_URL}/${query}`);
      await page.locator(selector).first().waitFor({ state: "attached" });
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width, query);
      if (width === 390) {
        const isSeen = await page.evaluate(`(() => {
          const link = document.querySelector("nav [aria-current]")?.getBoundingClientRect();
          return !link || (link.left >= 0 && link.right <= innerWidth);
        })()`);
        assert.equal(isSeen, true, `${query}: the menu shows where one is`);
      }
    }
    assert.deepEqual(complaints, []);
    await context.close();
  }

  const { page, context, complaints } = await openPage(browser);
  const known = await configurationId(stack, 1, "local");
  for (
    const [query, text] of [
      ["?view=trends&configurations=nonsense", "Not found: nonsense."],
      [`?view=trends&configurations=${known},${known},x&from=garbage`, "Not found: x."],
      ["?view=history&configuration=nonsense", "There is no such configuration"],
      [`?view=history&configuration=${known}&before=99999999999`, "Versions 226 to 250 of 250"],
      ["?view=run&configuration=nonsense", "There is no such run"],
      [`?view=run&configuration=${known}&version=abc`, "There is no such run"],
      [`?view=run&configuration=${known}&version=99999999999`, "There is no such run"],
      [`?view=compare&a=${known}&a_version=99999999999`, "There is no such version"],
      ["?view=compare&a=x&b=y", "There is no such version"],
      ["?view=leaderboard&dataset=none&metric=garbage", "Nothing has garbage here"],
      ["?view=nothing&verdict=none", "Nothing matches these filters"],
    ] as const
  ) {
    await page.goto(`${stack.env.SUPABASE_URL}/${query}`);
    await page.getByText(text).first().waitFor();
  }
  assert.deepEqual(complaints, [], "and nothing of it is an error of the database");
  await context.close();
}

async function hostileNames(browser: Browser, stack: StackProcess): Promise<void> {
  const names = ['<img src=x onerror="document.title=1">', "=HYPERLINK(1)", 'b, "c"'];
  for (const model_version of names) {
    for (const run of [1, 2]) {
      const response = await stack.post({ ...resultOf(1, "production", run), model_version });
      assert.equal(response.status, 201, await response.text());
    }
  }
  const { page, context, complaints } = await openPage(browser);
  await page.goto(`${stack.env.SUPABASE_URL}/?environment=production`);
  await until("three rows", async () => await page.locator("tbody tr").count() === 3);
  const shown = await page.locator("tbody .configuration > span").allTextContents();
  assert.deepEqual(shown.toSorted(), names.toSorted());
  const csv = await textOf(page, () => page.getByRole("button", { name: "Export CSV" }).click());
  assert.match(csv, /^"?'=HYPERLINK\(1\) · /m);
  assert.match(csv, /^"b, ""c"" · /m);
  for (const [query, selector] of VIEWS) {
    await page.goto(`${stack.env.SUPABASE_URL}/${query}`);
    await page.locator(selector).first().waitFor({ state: "attached" });
    assert.match(await page.title(), /· Benchmarks$/);
  }
  assert.deepEqual(complaints, []);
  await context.close();
}

/**
 * Realtime itself cannot run here: a stand-in speaks its protocol (Phoenix channels) to the real
 * client. That the page does not ask by itself any more shows who told it.
 */
async function realtime(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context, complaints } = await openPage(browser);
  await page.route("**/config.json", async (route) => {
    const config = await (await route.fetch()).json();
    await route.fulfill({ json: { ...config, realtime: true } });
  });
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/rpc/get_ledger_cursor")) asked++;
  });
  let tell: () => void = () => {};
  await page.routeWebSocket(/\/realtime\/v1\/websocket/, (socket) => {
    const send = (event: string, payload: unknown, ref: string | null, topic: string) =>
      socket.send(JSON.stringify([null, ref, topic, event, payload]));
    socket.onMessage((message) => {
      const [, ref, topic, event, payload] = JSON.parse(String(message));
      const changes = payload?.config?.postgres_changes?.map(
        (change: Record<string, unknown>, index: number) => ({ ...change, id: index + 1 }),
      );
      send("phx_reply", { status: "ok", response: { postgres_changes: changes } }, ref, topic);
      if (event !== "phx_join") return;
      const { schema, table } = changes[0];
      const data = { schema, table, type: "UPDATE", columns: [], record: {}, old_record: {} };
      tell = () => send("postgres_changes", { ids: [1], data }, null, topic);
    });
  });
  await page.goto(`${stack.env.SUPABASE_URL}/`);
  await page.locator("tbody tr").first().waitFor();
  await until("the question after subscribing", () => Promise.resolve(asked === 1));
  const result = { ...resultOf(1, "local", 1), model_version: "told-at-once" };
  await (await stack.post(result)).body?.cancel();
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  assert.equal(asked, 1, "it does not ask every few seconds");
  assert.equal(await page.locator("tbody tr", { hasText: "told-at-once" }).count(), 0);
  tell();
  await page.locator("tbody tr", { hasText: "told-at-once" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

async function signIn(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context } = await openPage(browser);
  // As on a hosted project: no session in the configuration.
  await page.route("**/config.json", async (route) => {
    const { accessToken: _, ...config } = await (await route.fetch()).json();
    await route.fulfill({ json: config });
  });
  await page.goto(`${stack.env.SUPABASE_URL}/`);
  await page.getByRole("heading", { name: "Sign in to read" }).waitFor();
  await assertAccessible(page, "sign in");

  await (await stack.rpc("set_public_read", { p_on: true })).body?.cancel();
  await page.locator("tbody tr").first().waitFor();
  await (await stack.rpc("set_public_read", { p_on: false })).body?.cancel();
  await page.getByRole("heading", { name: "Sign in to read" }).waitFor();

  // Supabase Auth cannot run here: a stand-in answers its client as it would.
  const user = { id: crypto.randomUUID(), aud: "authenticated", email: "reader@example.com" };
  const accessToken = await signSession(stack.env.SUPABASE_JWT_SECRET, user, "1h");
  await page.route("**/auth/v1/token?grant_type=password", async (route) => {
    const { email, password } = route.request().postDataJSON();
    await route.fulfill(
      email === user.email && password === "right"
        ? {
          json: {
            access_token: accessToken,
            refresh_token: "refresh",
            token_type: "bearer",
            expires_in: 3600,
            user,
          },
        }
        : { status: 400, json: { error_code: "invalid_credentials", msg: "Invalid login" } },
    );
  });
  await page.route("**/auth/v1/logout*", (route) => route.fulfill({ status: 204, body: "" }));
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Invalid login").waitFor();
  await page.getByLabel("Password").fill("right");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "You are signed in, but not a member" }).waitFor();
  await page.getByText(`deno task admin reader add --email ${user.email}`).waitFor();
  await assertAccessible(page, "no member");
  await (await stack.rpc("add_reader", { p_user_id: user.id, p_email: user.email })).body?.cancel();
  await page.locator("tbody tr").first().waitFor();
  await page.getByText(user.email).waitFor();
  await (await stack.rpc("set_read_access", { p_level: "nobody" })).body?.cancel();
  await page.getByRole("heading", { name: "Reading is closed" }).waitFor();
  await (await stack.rpc("set_read_access", { p_level: "members" })).body?.cancel();
  await page.locator("tbody tr").first().waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to read" }).waitFor();
  await context.close();
}

async function errors(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context } = await openPage(browser);
  await page.route("**/rpc/get_dashboard_overview", (route) => route.abort());
  await page.goto(`${stack.env.SUPABASE_URL}/`);
  await page.getByText("The project cannot be reached").waitFor();
  await assertAccessible(page, "an error");
  await page.unroute("**/rpc/get_dashboard_overview");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator("tbody tr").first().waitFor();

  await page.route("**/rpc/get_dashboard_regressions", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.continue();
  });
  await page.getByRole("navigation").getByRole("link", { name: "Regressions" }).click();
  await page.getByRole("status").waitFor();

  await page.route("**/config.json", (route) => route.fulfill({ status: 404, body: "" }));
  await page.goto(`${stack.env.SUPABASE_URL}/`);
  await page.getByText("config.json cannot be read (HTTP 404)").waitFor();
  await page.route(
    "**/config.json",
    (route) =>
      route.fulfill({ json: { url: stack.env.SUPABASE_URL, publishableKey: "sb_secret_x" } }),
  );
  await page.goto(`${stack.env.SUPABASE_URL}/`);
  await page.getByText("publishableKey is a secret key").waitFor();
  await context.close();
}

async function outage(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context } = await openPage(browser);
  await page.goto(`${stack.env.SUPABASE_URL}/`);
  await page.locator("tbody tr").first().waitFor();
  // A network that swallows what it gets, and one that says no.
  await page.route("**/rest/v1/**", () => {});
  const lost = page.getByText(/^Not connected, data of \d+:\d\d/);
  await lost.waitFor();
  await page.unroute("**/rest/v1/**");
  await page.route("**/rest/v1/**", (route) => route.abort());
  assert.ok(await page.locator("tbody tr").count() > 1, "what was read stays");
  await assertAccessible(page, "an outage");
  await page.getByRole("link", { name: "History" }).click();
  await page.getByRole("heading", { name: "This could not be read" }).waitFor();

  await page.unroute("**/rest/v1/**");
  await lost.waitFor({ state: "detached" });
  await page.locator(".check-mark.intact").first().waitFor();
  await context.close();
}

async function renewal(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context } = await openPage(browser);
  let isRenewed = false;
  await page.route("**/config.json", async (route) => {
    const config = await (await route.fetch()).json();
    await route.fulfill({ json: isRenewed ? config : { ...config, accessToken: "expired" } });
    isRenewed = true;
  });
  await page.goto(`${stack.env.SUPABASE_URL}/`);
  await page.locator("tbody tr").first().waitFor();
  assert.equal(await page.getByRole("heading", { name: "Sign in to read" }).count(), 0);

  // Where it says the same, there is nothing left but to ask.
  await page.unroute("**/config.json");
  await page.route("**/config.json", async (route) => {
    const { accessToken: _, ...config } = await (await route.fetch()).json();
    await route.fulfill({ json: config });
  });
  await page.route(
    "**/rest/v1/**",
    (route) => route.fulfill({ status: 401, json: { code: "PGRST301", message: "JWT expired" } }),
  );
  await page.goto(`${stack.env.SUPABASE_URL}/`);
  await page.getByRole("heading", { name: "Sign in to read" }).waitFor();
  await context.close();
}
