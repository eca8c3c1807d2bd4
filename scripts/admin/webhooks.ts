import { isSecureUrl } from "../../supabase/functions/ingest-benchmark/secure_url.ts";
import type { Delivery } from "../../supabase/functions/ingest-benchmark/webhooks/delivery.ts";
import { createOutbox } from "../../supabase/functions/ingest-benchmark/webhooks/outbox.ts";
import {
  AddressError,
  checkPublicAddress,
  resolveByDns,
} from "../../supabase/functions/ingest-benchmark/webhooks/public_address.ts";
import { sendDelivery } from "../../supabase/functions/ingest-benchmark/webhooks/send_delivery.ts";
import { parseOptions, UsageError } from "../cli/command.ts";
import { inertLine } from "../cli/inert_line.ts";
import { metricPointer } from "../cli/metric_pointer.ts";
import { callFunction, createProjectClient, findProject } from "../cli/project.ts";
import { renderTable } from "../cli/table.ts";
import { UserError } from "../cli/user_error.ts";
import { COMMON_OPTIONS, onlyPositional } from "./options.ts";

interface WebhookRow {
  id: number;
  url: string;
  events: string[];
  metrics: string[] | null;
  severity: string;
  format: string;
  disabled_at: string | null;
  pending: number;
}

interface DeliveryRow {
  webhook_id: number;
  event_id: string;
  event: string;
  metric: string | null;
  created_at: string;
  state: "pending" | "delivered" | "given-up";
  attempts: number;
  status: number | null;
  error: string | null;
  next_attempt_at: string | null;
}

const EVENTS = ["regression", "recovery", "first-run", "void"];
const SECRET_BYTES = 32;
const TEST_TIMEOUT_SECONDS = 15;

/** `admin webhook add|list|test|remove|deliveries`. */
export async function manageWebhooks([action, ...args]: string[]): Promise<number> {
  switch (action) {
    case "add":
      return await addWebhook(args);
    case "list":
      return await listWebhooks(args);
    case "test":
      return await testWebhook(args);
    case "remove":
      return await removeWebhook(args);
    case "deliveries":
      return await listDeliveries(args);
    default:
      throw new UsageError("webhook takes add, list, test, remove or deliveries.");
  }
}

async function addWebhook(args: string[]): Promise<number> {
  const { values } = parseOptions({
    args,
    options: {
      ...COMMON_OPTIONS,
      "url": { type: "string" },
      "events": { type: "string", multiple: true },
      "metric": { type: "string", multiple: true },
      "severity": { type: "string", default: "warn" },
      "format": { type: "string", default: "standard" },
      "dashboard-url": { type: "string" },
      "allow-private": { type: "boolean", default: false },
    },
  });
  const url = await webhookUrl(values.url, values["allow-private"]);
  const events = eventNames(values.events);
  oneOf("--severity", values.severity, ["warn", "fail"]);
  oneOf("--format", values.format, ["standard", "slack"]);
  const dashboardUrl = values["dashboard-url"];
  if (dashboardUrl !== undefined && !/^https?:$/.test(URL.parse(dashboardUrl)?.protocol ?? "")) {
    throw new UsageError(
      `--dashboard-url must be the URL of the page, with https: current value is ${dashboardUrl}.`,
    );
  }
  const metrics = values.metric?.map(metricPointer) ?? null;
  const project = await findProject(values["data-dir"]);
  const secret = generateSecret();
  const id = await callFunction<number>(project, "create_webhook", {
    p_url: url,
    p_events: events,
    p_secret: secret,
    p_metrics: metrics,
    p_severity: values.severity,
    p_format: values.format,
    p_allows_private: values["allow-private"],
    p_dashboard_url: dashboardUrl === undefined ? null : new URL(dashboardUrl).href,
  });
  if (values.json) {
    console.log(JSON.stringify({
      id,
      secret,
      events,
      metrics,
      severity: values.severity,
      format: values.format,
    }));
  } else {
    // The secret alone on standard output, so that it can go straight into a secret store.
    console.error(
      `Webhook ${id} is told of ${events.join(", ")} from now on${
        metrics === null ? "" : ` (${metrics.join(", ")})`
      }. Try it: deno task admin webhook test ${id}\nIts secret, which signs what is sent, is shown once and cannot be shown again:`,
    );
    console.log(secret);
  }
  return 0;
}

async function listWebhooks(args: string[]): Promise<number> {
  const { values } = parseOptions({ args, options: COMMON_OPTIONS });
  const project = await findProject(values["data-dir"]);
  const rows = await callFunction<WebhookRow[]>(project, "list_webhooks");
  if (values.json) console.log(JSON.stringify(rows));
  else if (rows.length === 0) console.log("No webhooks.");
  else {
    console.log(renderTable(rows, [
      { heading: "ID", value: (row) => String(row.id), align: "right" },
      { heading: "URL", value: (row) => row.url },
      { heading: "EVENTS", value: (row) => row.events.join(",") },
      { heading: "METRICS", value: (row) => row.metrics?.join(",") ?? "all" },
      { heading: "SEVERITY", value: (row) => row.severity === "fail" ? "fail" : "warn, fail" },
      { heading: "FORMAT", value: (row) => row.format },
      {
        heading: "STATE",
        value: (row) =>
          row.disabled_at === null ? "active" : `disabled ${row.disabled_at.slice(0, 10)}`,
      },
      { heading: "PENDING", value: (row) => String(row.pending), align: "right" },
    ]));
  }
  return 0;
}

async function testWebhook(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions({
    args,
    allowPositionals: true,
    options: COMMON_OPTIONS,
  });
  const id = webhookId(onlyPositional(positionals, "webhook id"));
  const project = await findProject(values["data-dir"]);
  const delivery = await callFunction<Delivery>(project, "claim_test_delivery", {
    p_webhook_id: id,
  });
  const answer = await sendDelivery(delivery, { timeoutSeconds: TEST_TIMEOUT_SECONDS });
  const state = await createOutbox(createProjectClient(project)).finish(delivery, answer, null);
  const isDelivered = state === "delivered";
  if (values.json) {
    console.log(JSON.stringify({
      id,
      event_id: delivery.event_id,
      delivered: isDelivered,
      status: answer.status,
      error: answer.error,
    }));
  } else if (isDelivered) {
    console.log(`Webhook ${id} took the test event ${delivery.event_id}: HTTP ${answer.status}.`);
  } else {
    console.error(
      `Webhook ${id} did not take the test event ${delivery.event_id}: ${
        inertLine(answer.error ?? "")
      }${answer.status === 410 ? "\nIt is disabled: the receiver says that it is gone." : ""}`,
    );
  }
  return isDelivered ? 0 : 1;
}

async function removeWebhook(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions({
    args,
    allowPositionals: true,
    options: COMMON_OPTIONS,
  });
  const id = webhookId(onlyPositional(positionals, "webhook id"));
  const project = await findProject(values["data-dir"]);
  await callFunction(project, "remove_webhook", { p_id: id });
  if (values.json) console.log(JSON.stringify({ id, removed: true }));
  else console.log(`Webhook ${id} is removed, with what it was still to be sent.`);
  return 0;
}

async function listDeliveries(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions({
    args,
    allowPositionals: true,
    options: COMMON_OPTIONS,
  });
  const id = positionals.length === 0 ? null : webhookId(onlyPositional(positionals, "webhook id"));
  const project = await findProject(values["data-dir"]);
  const rows = await callFunction<DeliveryRow[]>(project, "list_webhook_deliveries", {
    p_webhook_id: id,
  });
  if (values.json) console.log(JSON.stringify(rows));
  else if (rows.length === 0) console.log("Nothing was to be sent in the last 30 days.");
  else {
    console.log(renderTable(rows, [
      { heading: "WEBHOOK", value: (row) => String(row.webhook_id), align: "right" },
      {
        heading: "EVENT",
        value: (row) => row.metric === null ? row.event : `${row.event} ${row.metric}`,
      },
      { heading: "AT", value: (row) => row.created_at.slice(0, 19) },
      { heading: "STATE", value: (row) => row.state },
      { heading: "ATTEMPTS", value: (row) => String(row.attempts), align: "right" },
      { heading: "STATUS", value: (row) => row.status === null ? "–" : String(row.status) },
      { heading: "NEXT ATTEMPT", value: (row) => row.next_attempt_at?.slice(0, 19) ?? "–" },
      { heading: "ID", value: (row) => row.event_id },
      { heading: "ERROR", value: (row) => inertLine(row.error ?? "") },
    ]));
  }
  return 0;
}

/** 256 random bits, as Standard Webhooks writes them. */
function generateSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

async function webhookUrl(text: string | undefined, allowsPrivate: boolean): Promise<string> {
  if (text === undefined) throw new UsageError("--url is required: where events are sent.");
  const url = URL.parse(text);
  if (url === null || !isSecureUrl(text) || url.username !== "" || url.password !== "") {
    throw new UsageError(
      "--url must be an https URL without a password, or http on loopback; what is sent must not be read on the way.",
    );
  }
  url.hash = "";
  if (!allowsPrivate) {
    try {
      // What cannot be looked up from here, the function looks up again when it sends.
      await checkPublicAddress(url, async (name) => {
        const addresses = await resolveByDns(name);
        return addresses?.length === 0 ? null : addresses;
      });
    } catch (error) {
      if (error instanceof AddressError) throw new UserError(error.message);
      throw error;
    }
  }
  return url.href;
}

function eventNames(values: string[] | undefined): string[] {
  const names = (values ?? []).flatMap((value) => value.split(",")).map((name) => name.trim());
  if (names.length === 0) {
    throw new UsageError(`--events is required: of what to tell, ${EVENTS.join(", ")}.`);
  }
  for (const name of names) oneOf("--events", name, EVENTS);
  return [...new Set(names)];
}

function oneOf(option: string, value: string, allowed: string[]): void {
  if (!allowed.includes(value)) {
    throw new UsageError(`${option} must be ${allowed.join(" or ")}: current value is ${value}.`);
  }
}

function webhookId(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) {
    throw new UsageError(`A webhook has a number as its id: current value is ${text}.`);
  }
  return Number(text);
}
