import type { ToldEvent } from "./delivery.ts";

/** The view of the dashboard that shows what an event is about; null without a dashboard. */
export function dashboardLink(dashboardUrl: string | null, told: ToldEvent): string | null {
  const url = dashboardUrl === null ? null : URL.parse(dashboardUrl);
  if (url === null) return null;
  for (const [name, value] of viewOf(told)) url.searchParams.set(name, value);
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
