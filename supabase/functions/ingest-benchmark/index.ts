import { createAdminClient } from "@supabase/server/core";
import { createApp } from "./app.ts";
import { createKeySet } from "./principal/key_set.ts";
import { createRateLimit } from "./rate_limit.ts";
import { logRequest } from "./request_log.ts";
import { readSettings } from "./settings.ts";
import { createSupabaseStore } from "./store/supabase_store.ts";

const settings = readSettings((name) => Deno.env.get(name));

const app = createApp({
  tokenRules: {
    issuer: settings.issuer,
    audience: settings.audience,
    keys: createKeySet(settings.issuer),
    now: Date.now,
  },
  store: createSupabaseStore(createAdminClient()),
  rateLimit: createRateLimit(settings.rateLimit, Date.now),
  log: logRequest,
  publicUrl: settings.publicUrl,
});

export default { fetch: app.fetch };
