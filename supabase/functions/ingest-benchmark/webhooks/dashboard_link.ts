import type { ToldEvent } from "./delivery.ts";

/** The view of the dashboard that shows what an event is about; null without a dashboard. */
export function dashboardLink(dashboardUrl: string | null, told: ToldEvent): string | null {
  const url = dashboardUrl === null ? null : URL.parse(dashboardUrl);
  return url === null ? null : viewLink(url, viewOf(told));
}

/** The parameters that viewLink() puts in the place of those there are. */
const OWN = ["view", "configuration", "configurations", "version", "metric"];

/**
 * A view of a dashboard, by its address as people give it: without a slash at the end of a path,
 * with a page's name, or copied from a browser that showed another view. As the action does it.
 */
export function viewLink(dashboard: URL, parameters: [name: string, value: string][]): string {
  const url = new URL(dashboard);
  url.hash = "";
  if (!/(\/|\.html?)$/.test(url.pathname)) url.pathname += "/";
  for (const name of OWN) url.searchParams.delete(name);
  for (const [name, value] of parameters) url.searchParams.set(name, value);
  return url.href;
}

function viewOf(told: ToldEvent): [string, string][] {
  switch (told.event) {
    case "recovery":
      return [
        ["view", "trends"],
        ["configurations", told.document.run.configuration.id],
        ["metric", told.document.metric],
      ];
    case "regression":
    case "first-run":
    case "void":
      // The run beside what it was judged against: what broke, and in which commits.
      return [
        ["view", "run"],
        ["configuration", told.document.run.configuration.id],
        ["version", String(told.document.run.snapshot_version)],
      ];
    case "test":
      return [["view", "overview"]];
  }
}
