import type { SupabaseClient } from "@supabase/supabase-js";
import pRetry from "p-retry";
import { ProblemError } from "../problem/problem.ts";
import type { TrustedIssuer } from "../principal/issuers/issuer_registry.ts";
import type { Principal } from "../principal/principal.ts";
import {
  previewInReadingOrder,
  receiptInReadingOrder,
  type Stored,
} from "../receipt/reading_order.ts";
import type { Preview, Receipt } from "../receipt/receipt_schema.ts";
import type { StoredResult } from "../payload/stored_result.ts";
import { type DatabaseError, isTransient, toProblem } from "./database_problem.ts";
import type { Store } from "./store.ts";

// Above the 5 s of statement timeout that the functions have, below the 150 s of a request.
const CALL_TIMEOUT_MS = 8_000;
const RETRIES = 2;
// A call that waited for a lock until its timeout has used it up.
const RETRY_BUDGET_MS = 3_000;

/**
 * A {@link Store} that calls SQL functions through PostgREST.
 *
 * @param client A client with the project's secret key.
 * @param onEvents Called after results were stored, when somebody could have to be told of them.
 */
export function createSupabaseStore(
  client: SupabaseClient,
  onEvents: () => void = () => {},
): Store {
  /** One RPC, made again where the database says that it rolled back because of others. */
  const call = async (
    name: string,
    args: Record<string, unknown>,
    results: StoredResult[] = [],
  ): Promise<unknown> => {
    const startedAt = performance.now();
    return await pRetry(async () => {
      const { data, error } = await client.rpc(name, args)
        .abortSignal(AbortSignal.timeout(CALL_TIMEOUT_MS));
      if (error) throw new CallError(error);
      return data;
    }, {
      retries: RETRIES,
      minTimeout: 50,
      randomize: true,
      shouldRetry: ({ error }) =>
        error instanceof CallError && isTransient(error.database) &&
        performance.now() - startedAt < RETRY_BUDGET_MS,
    }).catch((error) => {
      if (!(error instanceof CallError)) throw error;
      throw toProblem(error.database, results.map(({ pointer }) => pointer));
    });
  };

  return {
    async ingest(principal, results, idempotencyKey) {
      const receipts = await call("ingest_benchmark", {
        p_principal: principalArgument(principal),
        p_results: results.map(({ fields }) => fields),
        p_idempotency_key: idempotencyKey,
      }, results) as (Stored<Receipt> & { has_webhooks?: true })[];
      // Of what was sent again, too: whoever stored it could have died before telling anybody.
      if (receipts.some(({ has_webhooks, replayed }) => has_webhooks || replayed)) onEvents();
      return receipts.map(receiptInReadingOrder);
    },
    async preview(principal, results) {
      const previews = await call("preview_benchmark", {
        p_principal: principalArgument(principal),
        p_results: results.map(({ fields }) => fields),
      }, results) as Stored<Preview>[];
      return previews.map(previewInReadingOrder);
    },
    async authorize(principal) {
      await call("check_principal", { p_principal: principalArgument(principal) });
    },
    async receipt(principal, configurationId, version) {
      const receipt = await call("get_receipt", {
        p_principal: principalArgument(principal),
        p_configuration_id: configurationId,
        p_snapshot_version: version,
      }) as Stored<Receipt>;
      return receiptInReadingOrder(receipt);
    },
    async badgeValue(query) {
      const badge = await call("get_badge", {
        p_model_version: query.model_version,
        p_dataset_version: query.dataset_version,
        p_prompt_version: query.prompt_version,
        p_environment: query.environment,
        p_variant: query.variant,
        p_metric: query.metric,
      }) as { value: number | null } | null;
      return badge?.value ?? null;
    },
    async trustedIssuers() {
      return await call("list_trusted_issuers", {}) as TrustedIssuer[];
    },
    async checkpoint(principal, query) {
      await call("check_principal", { p_principal: principalArgument(principal) });
      return await call("get_checkpoint", {
        ...(query.after !== undefined && { p_after: query.after }),
        ...(query.as_of !== undefined && { p_as_of: query.as_of }),
        ...(query.limit !== undefined && { p_limit: query.limit }),
      }) as string;
    },
    async checkHealth() {
      if (await call("check_ingest_health", {}) !== true) {
        throw new ProblemError("database_unavailable", "The schema is not in place.");
      }
    },
  };
}

class CallError extends Error {
  constructor(readonly database: DatabaseError) {
    super(database.message);
  }
}

function principalArgument(principal: Principal): Record<string, unknown> {
  switch (principal.method) {
    default:
      return {
        method: principal.method,
        issuer: principal.issuer,
        claims: principal.claims,
        job: principal.job,
        attested: principal.attested,
        ...(principal.triggeredBy !== undefined && { triggered_by: principal.triggeredBy }),
        ...(principal.headRef !== undefined && { head_ref: principal.headRef }),
      };
    case "ingest-token":
      return {
        method: principal.method,
        token_id: principal.tokenId,
        secret_hash: principal.secretHash,
        attested: {},
      };
    case "import":
      return { method: principal.method };
  }
}
