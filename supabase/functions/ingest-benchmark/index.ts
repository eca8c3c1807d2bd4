import { createAdminClient } from "@supabase/server/core";
import { createApp } from "./app.ts";
import { createIssuerRegistry } from "./principal/issuers/issuer_registry.ts";
import { createRateLimit } from "./rate_limit.ts";
import { logRequest } from "./request_log.ts";
import { readSettings } from "./settings.ts";
import { createSupabaseStore } from "./store/supabase_store.ts";
import { createDeliveries } from "./webhooks/deliveries.ts";
import { createOutbox } from "./webhooks/outbox.ts";
import { waitUntil } from "./webhooks/wait_until.ts";

const settings = readSettings((name) => Deno.env.get(name));

const client = createAdminClient();
/** For who stops the function, and waits for what is being sent. */
export const deliveries = createDeliveries(createOutbox(client), {
  delays: settings.webhookDelays,
  timeoutSeconds: settings.webhookTimeout,
  waitUntil,
  log: (line) => console.log(JSON.stringify(line)),
});
const store = createSupabaseStore(client, () => deliveries.wake());
const app = createApp({
  tokenRules: {
    issuers: createIssuerRegistry({
      defaultIssuer: settings.issuer,
      list: () => store.trustedIssuers(),
      now: Date.now,
    }),
    audience: settings.audience,
    now: Date.now,
  },
  store,
  rateLimit: createRateLimit(settings.rateLimit, Date.now),
  log: logRequest,
  deliveries,
  publicUrl: settings.publicUrl,
});

let isFirst = true;

export default {
  async fetch(request: Request): Promise<Response> {
    const response = await app.fetch(request);
    // The instance before this one can have died between storing and telling.
    if (isFirst) deliveries.wake();
    isFirst = false;
    return response;
  },
};
