import { viewLink } from "../../supabase/functions/ingest-benchmark/webhooks/dashboard_link.ts";
import { UsageError } from "../cli/command.ts";

/**
 * Where the dashboard shows a run.
 *
 * @param dashboardUrl Of the page, with whatever query it has.
 */
export function runLink(
  dashboardUrl: string,
  run: { configuration: { id: string }; snapshot_version: number },
): string {
  return viewLink(new URL(dashboardUrl), [
    ["view", "run"],
    ["configuration", run.configuration.id],
    ["version", String(run.snapshot_version)],
  ]);
}

/**
 * A dashboard's URL as somebody gave it; empty says nothing.
 *
 * @param name What it was given as.
 */
export function parseDashboardUrl(text: string | undefined, name: string): string | undefined {
  if (!text) return undefined;
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
  throw new UsageError(
    `${name} must be the URL of the page, with https:// or http://: current value is ${text}.`,
  );
}
