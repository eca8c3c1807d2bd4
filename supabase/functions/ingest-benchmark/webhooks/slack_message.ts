import { isLongerThan, shorten } from "../shorten.ts";
import { dashboardLink } from "./dashboard_link.ts";
import type { Delivery } from "./delivery.ts";
import { eventText, reasonOf, shownValue } from "./event_text.ts";
import { commitLink } from "./origin_link.ts";

/** What Slack takes at most; see its reference of blocks. */
const MAX_HEADER_LENGTH = 150;
const MAX_SECTION_LENGTH = 3000;
const MAX_FIELD_LENGTH = 2000;
const FIELDS_A_SECTION = 10;
// Names of 200 characters are cut long before Slack would refuse them.
const MAX_SHOWN_LENGTH = 300;

/** A block of Slack's Block Kit. */
export type SlackBlock =
  | { type: "header"; text: { type: "plain_text"; text: string } }
  | { type: "section"; text: SlackText }
  | { type: "section"; fields: SlackText[] }
  | { type: "context"; elements: SlackText[] };

/** Text in Slack's own markup. */
export interface SlackText {
  type: "mrkdwn";
  text: string;
  /** Or Slack makes links of addresses and mentions of names that somebody called a model by. */
  verbatim: true;
}

/** The body of a message to an incoming webhook of Slack. */
export function slackBody(delivery: Delivery): string {
  const { title, summary } = eventText(delivery);
  const links = linksOf(delivery);
  const fields = fieldsOf(delivery).map(([name, value]) =>
    mrkdwn(`*${name}*\n${value}`, MAX_FIELD_LENGTH)
  );
  const blocks: SlackBlock[] = [
    {
      type: "header",
      text: { type: "plain_text", text: shorten(oneLine(title), MAX_HEADER_LENGTH) },
    },
    { type: "section", text: mrkdwn(escapeText(summary, MAX_SECTION_LENGTH), MAX_SECTION_LENGTH) },
    ...fields.length > 0
      ? [{ type: "section" as const, fields: fields.slice(0, FIELDS_A_SECTION) }]
      : [],
    ...links.length > 0
      ? [{
        type: "context" as const,
        elements: [mrkdwn(links.join("  ·  "), MAX_SECTION_LENGTH)],
      }]
      : [],
  ];
  // Shown where blocks are not, such as in a notification.
  return JSON.stringify({
    text: escapeText(`${title}: ${summary}`, MAX_SECTION_LENGTH),
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks,
  });
}

/**
 * Text as Slack shows it and nothing else: without this, whoever names a model could mention a whole
 * channel or hide a link. Cut before it is escaped, or half an entity could be left.
 */
export function escapeText(text: string, maxLength = MAX_SHOWN_LENGTH): string {
  const escape = (cut: string) =>
    cut.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  let length = maxLength;
  while (isLongerThan(escape(shorten(text, length)), maxLength)) length = Math.floor(length * 0.8);
  return escape(shorten(text, length));
}

function fieldsOf(delivery: Delivery): [string, string][] {
  if (delivery.event === "test") return [];
  const { run } = delivery.document;
  const { model_version, dataset_version, prompt_version, environment, variant } =
    run.configuration;
  const measured: [string, string][] = [];
  if (delivery.event === "regression" || delivery.event === "recovery") {
    const { reference_value, value, severity, metric } = delivery.document;
    const to = value === null ? "" : ` → ${shownValue(value, delivery.document)}`;
    measured.push(
      ["Metric", escapeText(`${metric.slice(1)} (${severity})`)],
      ["From → to", escapeText(`${shownValue(reference_value, delivery.document)}${to}`)],
    );
  }
  return [
    ...measured,
    ["Model", escapeText(model_version)],
    ["Data set", escapeText(dataset_version)],
    ["Prompt", escapeText(prompt_version)],
    ["Environment", escapeText([environment, variant].filter(Boolean).join(" / "))],
    ["Version", String(run.snapshot_version)],
    ["Commit", commitText(delivery)],
    ...run.series === null ? [] : [["Series", escapeText(run.series)] as [string, string]],
    ...run.branch_name === null
      ? []
      : [["Branch", escapeText(run.branch_name)] as [string, string]],
  ];
}

function commitText(delivery: Exclude<Delivery, { event: "test" }>): string {
  const { run } = delivery.document;
  const shown = escapeText(run.commit_sha.slice(0, 12));
  const url = commitLink(run);
  return url === null ? shown : link(url, shown);
}

function linksOf(delivery: Delivery): string[] {
  const dashboard = dashboardLink(delivery.dashboard_url, delivery);
  return dashboard === null ? [] : [link(dashboard, "Open in the dashboard")];
}

/** `|` and `>` would end the address. */
function link(url: string, text: string): string {
  const address = url.replaceAll("|", "%7C").replaceAll("<", "%3C").replaceAll(">", "%3E")
    .replaceAll("&", "&amp;");
  return `<${address}|${text}>`;
}

/** Text that is marked up already. A link cut in the middle is none: then there is no text. */
function mrkdwn(text: string, maxLength: number): SlackText {
  return { type: "mrkdwn", text: isLongerThan(text, maxLength) ? "…" : text, verbatim: true };
}

function oneLine(text: string): string {
  return reasonOf(text).replace(/\s+/g, " ");
}
