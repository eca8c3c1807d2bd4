// Every view on a bad day, as people see it: an open regression, an inconclusive run, a drift, a
// void run, a candidate; with long names, a thousand configurations, on a phone, and in the dark.
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { type BadDay, postBadDay } from "../../../testing/bad_day.ts";
import type { StackProcess } from "../../../testing/stack_process.ts";
import { assertAccessible, type Look, openPage, testDashboard, until } from "./page.ts";

const SCREENSHOTS = new URL("../../../screenshots/", import.meta.url);
const MANY = 1_000;

const DESKTOP: Look = { theme: "light", width: 1280, height: 900 };
const LOOKS: Record<string, Look> = {
  "1280": DESKTOP,
  "1440-dark": { theme: "dark", width: 1440, height: 900 },
  "phone-dark": { theme: "dark", width: 390, height: 844 },
};

/** Both themes, the table and the card; axe takes as long as all the rest. */
const ACCESSIBLE = ["1280", "phone-dark"];

testDashboard("the dashboard on a bad day", async (t, browser, stack) => {
  await Deno.mkdir(SCREENSHOTS, { recursive: true });
  const day = await postBadDay(stack);
  for (const [name, look] of Object.entries(LOOKS)) {
    await t.step(`every view, ${name}`, () => everyView(browser, stack, day, name, look));
  }
  await t.step("the first screen answers", () => firstScreen(browser, stack));
  await t.step("a phone's first screen has three rows", () => phone(browser, stack));
  await t.step("six keys to the commit that broke it", () => keys(browser, stack));
  await t.step(
    "candidates are hollow, and off by default",
    () => candidates(browser, stack, day),
  );
  await t.step("a leader and how far the others are behind", () => leaders(browser, stack));
  await t.step("items that flipped are searched", () => items(browser, stack, day));
  await t.step("what is cut is whole under the keyboard", () => clipped(browser, stack));
  await t.step("a thousand configurations", () => thousand(browser, stack));
});

/** Each view by the name of its picture, and what must be there when it has rendered. */
function viewsOf(day: BadDay): [name: string, query: string, selector: string][] {
  return [
    ["overview", "", ".summary a:text('1 drifted')"],
    ["candidates", "?runs=candidates", "tbody tr"],
    ["grouped", "?group=dataset", "details.group tbody tr"],
    [
      "trends",
      `?view=trends&configurations=${day.regressed}&candidates=1`,
      "td :text('change point')",
    ],
    [
      "compare",
      `?view=compare&a=${day.regressed}&a_version=12&b=${day.regressed}&b_version=13`,
      ".chart canvas",
    ],
    ["regressions", "?view=regressions", "table caption:text('Drifted')"],
    ["leaderboard", "?view=leaderboard&metric=/accuracy", "svg.interval"],
    ["history", `?view=history&configuration=${day.voided}`, "tr.void"],
    [
      "run",
      `?view=run&configuration=${day.regressed}&version=13`,
      ".receipt .check-mark.intact",
    ],
    [
      "run-inconclusive",
      `?view=run&configuration=${day.inconclusive}&version=30`,
      "table caption:text('Items')",
    ],
  ];
}

async function everyView(
  browser: Browser,
  stack: StackProcess,
  day: BadDay,
  lookName: string,
  look: Look,
): Promise<void> {
  const { page, context, complaints } = await openPage(browser, look);
  for (const [viewName, query, selector] of viewsOf(day)) {
    const name = `${viewName}-${lookName}`;
    await page.goto(`${stack.env.SUPABASE_URL}/${query}`);
    await page.locator(selector).first().waitFor({ state: "attached" });
    await page.waitForLoadState("networkidle");
    await page.screenshot({ path: new URL(`${name}.png`, SCREENSHOTS).pathname, fullPage: true });
    await assertFits(page, name, look);
    if (ACCESSIBLE.includes(lookName)) await assertAccessible(page, name);
    assert.deepEqual(complaints, [], name);
  }
  await context.close();
}

/** The page is no wider than the screen, no number is cut, and no column is out of sight. */
async function assertFits(page: Page, name: string, look: Look): Promise<void> {
  assert.equal(
    await page.evaluate("document.documentElement.scrollWidth"),
    look.width,
    `${name} is wider than the screen`,
  );
  const cut = await page.evaluate(
    `[...document.querySelectorAll("td.number, .summary, .card strong")]
    .filter((cell) => cell.checkVisibility() && (cell.scrollWidth > cell.clientWidth + 1 ||
      cell.getBoundingClientRect().right > innerWidth))
    .map((cell) => cell.textContent)`,
  );
  assert.deepEqual(cut, [], `${name}: numbers that are cut`);
  const hidden = await page.evaluate(`[...document.querySelectorAll(".scroll")]
    .filter((place) => place.checkVisibility() && place.scrollWidth > place.clientWidth)
    .map((place) => place.getAttribute("aria-label") + " " + (place.scrollWidth - place.clientWidth))`);
  assert.deepEqual(hidden, [], `${name}: tables with columns out of sight`);
}

async function firstScreen(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context } = await openPage(browser);
  const calls: string[] = [];
  page.on("request", (request) => {
    const path = /\/rest\/v1\/(.+)$/.exec(request.url())?.[1];
    if (path !== undefined && path !== "rpc/get_ledger_cursor") calls.push(path);
  });
  await page.goto(`${stack.env.SUPABASE_URL}/`);
  const summary = page.locator(".summary");
  await summary.getByText("1 drifted").waitFor();
  assert.match(
    await summary.innerText(),
    /^2 regressions open, the oldest since [0-9a-f]{7} on [^;]+; 1 drifted; 1 inconclusive; 1 acknowledged; 35 fine$/,
  );
  assert.deepEqual(calls, ["rpc/get_dashboard_overview"], "one request");
  const states = (await page.locator("tbody .verdict").allInnerTexts()).slice(0, 5);
  assert.deepEqual(states, ["✗ worse", "✗ worse", "↘ drifted", "? inconclusive", "✓ acknowledged"]);
  const first = await page.locator("tbody tr").first().innerText();
  assert.match(
    first,
    /auditor-large-2\.0.*F1\s+0\.8\d+\s+▼ −0\.0\d+ \(−\d\.\d %\).*since\s+[0-9a-f]{7}/s,
  );
  assert.equal(await page.locator("tbody tr").first().locator("svg .change").count(), 1);
  for (const text of ["1 drifted", "1 inconclusive", "1 acknowledged"]) {
    await summary.getByRole("link", { name: text }).click();
    await until(`the row of ${text}`, async () => await page.locator("tbody tr").count() === 1);
  }
  await context.close();
}

async function phone(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context } = await openPage(browser, LOOKS["phone-dark"]!);
  await page.goto(`${stack.env.SUPABASE_URL}/`);
  await page.locator("tbody tr").first().waitFor();
  const bottom = await page.evaluate(
    "document.querySelectorAll('tbody tr')[2].getBoundingClientRect().bottom",
  );
  assert.ok(bottom as number <= 844, `the third row ends at ${bottom} of 844 pixels`);
  const [verdict, name] = await page.evaluate(`[".verdict", ".configuration"]
    .map((selector) => document.querySelector("tbody tr " + selector).getBoundingClientRect().left)`) as [
    number,
    number,
  ];
  assert.ok(verdict < name, "the verdict comes first");
  await page.getByText("Filters").click();
  await page.getByRole("combobox", { name: "Verdict" }).selectOption("worse");
  await until("two rows", async () => await page.locator("tbody tr").count() === 2);
  await context.close();
}

async function keys(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context } = await openPage(browser);
  await page.goto(`${stack.env.SUPABASE_URL}/`);
  await page.locator("tbody tr").first().waitFor();
  // The skip link and into the content; the regressions, the commit since which, and open it.
  const pressed = ["Tab", "Enter", "Tab", "Tab", "Enter"];
  for (const key of pressed) await page.keyboard.press(key);
  await page.getByRole("heading", { name: "auditor-large-2.0, version 13" }).waitFor();
  assert.ok(pressed.length <= 6);
  const focused = await page.evaluate("document.activeElement.textContent");
  assert.match(String(focused), /^auditor-large-2\.0, version 13/, "and goes on from there");
  const facts = await page.locator(".facts").first().innerText();
  assert.match(facts, /Commit\s+[0-9a-f]{7} on main\s+Compared with\s+version 12/);
  await context.close();
}

async function candidates(browser: Browser, stack: StackProcess, day: BadDay): Promise<void> {
  const { page, context } = await openPage(browser);
  await page.goto(`${stack.env.SUPABASE_URL}/?view=trends&configurations=${day.candidate}`);
  const counted = page.locator(".table .count");
  await counted.getByText("30 rows").waitFor();
  await page.getByLabel("Candidates").check();
  await counted.getByText("31 rows").waitFor();
  assert.match(page.url(), /candidates=1/);
  assert.match(await page.locator("tbody tr").first().innerText(), /candidate/);

  await page.goto(`${stack.env.SUPABASE_URL}/?runs=candidates`);
  await page.locator("tbody tr").first().waitFor();
  assert.equal(await page.locator("tbody tr").count(), 1);
  await page.getByRole("link", { name: /auditor-large/ }).first().click();
  await page.locator(".run .tag", { hasText: "candidate" }).waitFor();
  await page.getByText("Parses line items before it counts them").waitFor();
  await context.close();
}

async function leaders(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context } = await openPage(browser);
  await page.goto(
    `${stack.env.SUPABASE_URL}/?view=leaderboard&dataset=discharge-qa-2026-09&environment=production`,
  );
  const rows = page.locator("tbody tr");
  await rows.first().waitFor();
  assert.equal(await rows.count(), 10);
  assert.match(await rows.first().innerText(), /\b1\s+0\.\d+\s+leader/);
  assert.match(
    await rows.nth(9).innerText(),
    /behind\s+−0\.\d+\s+−0\.\d+ to −0\.\d+\s.*200 paired items/s,
  );
  await page.getByRole("combobox", { name: "Metric" }).selectOption("/latency_ms");
  await page.getByRole("heading", { name: "Latency on discharge-qa-2026-09" }).waitFor();
  assert.match(page.url(), /metric=%2Flatency_ms/);
  await context.close();
}

async function items(browser: Browser, stack: StackProcess, day: BadDay): Promise<void> {
  const { page, context } = await openPage(browser);
  await page.goto(
    `${stack.env.SUPABASE_URL}/?view=run&configuration=${day.inconclusive}&version=30`,
  );
  const table = page.locator("section.table", { hasText: "Items that changed" });
  await table.locator("tbody tr").first().waitFor();
  assert.equal(await table.locator("tbody tr").count(), 10);
  assert.match(await table.locator("tbody tr").first().innerText(), /newly failing/);
  await page.getByLabel("Item, group or change contains").fill("question-014");
  await until("one item", async () => await table.locator("tbody tr").count() === 1);
  await context.close();
}

async function clipped(browser: Browser, stack: StackProcess): Promise<void> {
  const { page, context } = await openPage(browser);
  await page.goto(`${stack.env.SUPABASE_URL}/?q=mixture-of-experts`);
  const link = page.locator("a.configuration").first();
  await link.waitFor();
  const heightOf = async () => (await link.locator("span").boundingBox())!.height;
  const before = await heightOf();
  assert.match((await link.getAttribute("title"))!, /8x22b-instruct-2026-10-31-fp8 · /, "on hover");
  await link.focus();
  await until("all of the name", async () => await heightOf() > before);
  await context.close();
}

async function thousand(browser: Browser, stack: StackProcess): Promise<void> {
  for (let start = 0; start < MANY; start += 100) {
    for (const run of [1, 2]) {
      const results = Array.from({ length: 100 }, (_, index) => ({
        model_version: `model-${String(start + index).padStart(4, "0")}`,
        dataset_version: `data-${index % 7}`,
        prompt_version: "prompt-1",
        environment: index % 2 ? "production" : "staging",
        commit_sha: `${run}`.repeat(40),
        metrics: { f1: 0.8 + index / 1000 },
      }));
      const response = await stack.post({ results });
      assert.equal(response.status, 201, await response.text());
    }
  }
  for (const [name, look] of Object.entries({ "1280": DESKTOP, "phone": LOOKS["phone-dark"]! })) {
    const { page, context, complaints } = await openPage(browser, look);
    await page.goto(`${stack.env.SUPABASE_URL}/`);
    await page.getByText("1040 rows").waitFor({ state: "attached" });
    assert.equal(await page.locator("tbody tr").count(), 50, "a page of them");
    await page.screenshot({ path: new URL(`thousand-${name}.png`, SCREENSHOTS).pathname });
    await assertFits(page, `thousand-${name}`, look);
    assert.match(await page.locator(".summary").innerText(), /^2 regressions open/);
    await page.goto(`${stack.env.SUPABASE_URL}/?q=model-0777`);
    await until("the one", async () => await page.locator("tbody tr").count() === 1);
    await page.goto(`${stack.env.SUPABASE_URL}/?group=dataset`);
    await page.locator("details.group").first().waitFor();
    assert.equal(await page.locator("details.group").count(), 9);
    for (const view of ["trends", "compare", "leaderboard", "history", "regressions"]) {
      await page.goto(`${stack.env.SUPABASE_URL}/?view=${view}`);
      await page.locator("table").first().waitFor({ state: "attached" });
      await assertFits(page, `thousand-${view}-${name}`, look);
    }
    assert.deepEqual(complaints, []);
    await context.close();
  }
}
