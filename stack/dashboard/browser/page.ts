import assert from "node:assert/strict";
import axe from "axe-core";
import type { Browser, BrowserContext, Download, Page } from "playwright-core";
import { findBrowser } from "../../../testing/find_browser.ts";
import { type StackProcess, startStackProcess } from "../../../testing/stack_process.ts";
import { startBrowser } from "../../../testing/tools/start_browser.ts";

/** A test of the dashboard in a browser, against an empty stack of its own. */
export function testDashboard(
  name: string,
  test: (t: Deno.TestContext, browser: Browser, stack: StackProcess) => Promise<void>,
): void {
  const browserPath = findBrowser();
  Deno.test({
    name: `${name}${browserPath ? "" : " (skipped: chromium not installed)"}`,
    ignore: browserPath === null,
    // The browser's driver keeps handles of its own between steps.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      const dataDirectory = await Deno.makeTempDir();
      const stack = await startStackProcess({
        dataDirectory,
        dashboard: true,
        args: ["--no-sample"],
        env: { INGEST_RATE_LIMIT: "0" },
      });
      const browser = await startBrowser(browserPath!);
      try {
        await test(t, browser, stack);
      } finally {
        await browser.close();
        await stack.stop();
        await Deno.remove(dataDirectory, { recursive: true });
      }
    },
  });
}

/** How a page is looked at. */
export interface Look {
  theme: "light" | "dark";
  width: number;
  height: number;
}

/** A page whose console must stay empty. */
export async function openPage(
  browser: Browser,
  look: Partial<Look> = {},
): Promise<{ page: Page; context: BrowserContext; complaints: string[] }> {
  const context = await browser.newContext({
    colorScheme: look.theme ?? "light",
    viewport: { width: look.width ?? 1280, height: look.height ?? 900 },
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return { page, context, complaints };
}

/** Fails on anything that axe finds. */
export async function assertAccessible(page: Page, name: string): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate("axe.run()") as axe.AxeResults;
  assert.deepEqual(
    violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html}`),
    [],
    name,
  );
}

/** Waits; in the test and not in the page, whose content security policy forbids to evaluate text. */
export async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!await isTrue()) {
    assert.ok(Date.now() < deadline, `waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function downloadOf(page: Page, act: () => Promise<void>): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  return download;
}

/** What is downloaded by doing something. */
export async function bytesOf(page: Page, act: () => Promise<void>): Promise<Uint8Array> {
  return await Deno.readFile((await (await downloadOf(page, act)).path())!);
}

/** The same as text. */
export async function textOf(page: Page, act: () => Promise<void>): Promise<string> {
  return new TextDecoder().decode(await bytesOf(page, act));
}
