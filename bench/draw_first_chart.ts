// Prints the milliseconds from opening the Trends view of a configuration to its drawn chart, in a
// browser without a cache, served by the local stack over a Postgres server. A process of its own,
// because the browser's driver is a package of testing/tools.
//
// draw_first_chart.ts BROWSER DATABASE_URL CONFIGURATION_ID
import { startStackProcess } from "../testing/stack_process.ts";
import { startBrowser } from "../testing/tools/start_browser.ts";
import { median } from "./median.ts";

const LOADS = 7;

const [browserPath, databaseUrl, configurationId] = Deno.args as [string, string, string];
const dataDirectory = await Deno.makeTempDir();
const stack = await startStackProcess({
  dataDirectory,
  dashboard: true,
  args: ["--no-sample", "--database-url", databaseUrl],
});
const browser = await startBrowser(browserPath);
const times: number[] = [];
for (let load = 0; load < LOADS; load++) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(
    `${stack.env.SUPABASE_URL}/?view=trends&configurations=${configurationId}`,
  );
  await page.locator(".chart canvas").waitFor();
  times.push(
    await page.evaluate(
      "new Promise((resolve) => requestAnimationFrame(() => resolve(performance.getEntriesByName('chart-drawn')[0].startTime)))",
    ),
  );
  await context.close();
}
await browser.close();
await stack.stop();
await Deno.remove(dataDirectory, { recursive: true });
console.log(median(times));
