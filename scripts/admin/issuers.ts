import {
  ISSUER_KINDS,
  type IssuerKind,
} from "../../supabase/functions/ingest-benchmark/principal/issuers/issuer_model.ts";
import type { TrustedIssuer } from "../../supabase/functions/ingest-benchmark/principal/issuers/issuer_registry.ts";
import { isSecureUrl } from "../../supabase/functions/ingest-benchmark/secure_url.ts";
import { DEFAULT_ISSUER } from "../../supabase/functions/ingest-benchmark/settings.ts";
import { parseOptions, UsageError } from "../cli/command.ts";
import { callFunction, findProject } from "../cli/project.ts";
import { renderTable } from "../cli/table.ts";
import { COMMON_OPTIONS } from "./options.ts";

interface IssuerRow extends TrustedIssuer {
  added_at: string;
  rules: number;
}

/** What people write for the public issuers. */
const SHORT: Record<string, TrustedIssuer> = {
  "github.com": { url: DEFAULT_ISSUER, kind: "github" },
  "gitlab.com": { url: "https://gitlab.com", kind: "gitlab" },
  "buildkite": { url: "https://agent.buildkite.com", kind: "buildkite" },
};
const CIRCLECI = "https://oidc.circleci.com/org/";

/** `admin issuer add|list|remove`. */
export async function manageIssuers([action, ...args]: string[]): Promise<number> {
  const { values } = parseOptions({
    args,
    options: { ...COMMON_OPTIONS, "url": { type: "string" }, "kind": { type: "string" } },
  });
  if (action !== "add" && action !== "list" && action !== "remove") {
    throw new UsageError("issuer takes add, list or remove.");
  }
  if (action !== "list" && values.url === undefined) throw new UsageError("--url is required.");
  const kind = ISSUER_KINDS.find((one) => one === values.kind);
  if (action === "add") {
    if (kind === undefined) throw new UsageError(`--kind must be ${ISSUER_KINDS.join(", ")}.`);
    if (!isSecureUrl(values.url) || values.url!.endsWith("/")) {
      throw new UsageError(
        `--url must be exactly the iss of its tokens: an https URL (or http on loopback), without a slash at its end. It is ${values.url}.`,
      );
    }
  }
  const project = await findProject(values["data-dir"]);
  if (action === "list") {
    const rows = await callFunction<IssuerRow[]>(project, "list_issuers");
    if (values.json) console.log(JSON.stringify(rows));
    else if (rows.length === 0) console.log("No issuers beyond the public ones.");
    else {
      console.log(renderTable(rows, [
        { heading: "ISSUER", value: (row) => row.url },
        { heading: "KIND", value: (row) => row.kind },
        { heading: "RULES", value: (row) => String(row.rules), align: "right" },
      ]));
    }
    return 0;
  }
  if (action === "add") {
    await callFunction(project, "add_issuer", { p_url: values.url, p_kind: kind });
    if (values.json) console.log(JSON.stringify({ url: values.url, kind }));
    else {
      console.log(
        `Rules may name ${values.url} now: deno task admin trust add --issuer ${values.url} …`,
      );
    }
    return 0;
  }
  const removed = await callFunction<boolean>(project, "remove_issuer", { p_url: values.url });
  if (values.json) console.log(JSON.stringify({ url: values.url, removed }));
  else if (removed) console.log(`Tokens of ${values.url} are refused, within a minute.`);
  if (!removed) console.error(`${values.url} was not allowed; see: deno task admin issuer list`);
  return removed ? 0 : 1;
}

/**
 * The issuer that `--issuer` means: a URL, or the name of a public one.
 *
 * @param organizationId Of CircleCI, which has an issuer an organization.
 * @throws {UsageError} For what is no issuer.
 */
export async function findIssuer(
  text: string,
  organizationId: string | undefined,
  dataDirectory: string,
): Promise<TrustedIssuer> {
  const short = SHORT[text.replace(/^https:\/\//, "").toLowerCase()] ?? SHORT[text.toLowerCase()];
  if (short !== undefined) return short;
  if (text.toLowerCase() === "circleci") {
    if (organizationId === undefined) {
      throw new UsageError(
        "--issuer circleci needs --organization-id: it has one an organization.",
      );
    }
    return { url: CIRCLECI + organizationId.toLowerCase(), kind: "circleci" };
  }
  if (!isSecureUrl(text)) {
    throw new UsageError(
      `--issuer must be an https URL, or http on loopback, or one of ${
        Object.keys(SHORT).join(", ")
      }, circleci: current value is ${text}.`,
    );
  }
  if (text.startsWith(CIRCLECI)) return { url: text.toLowerCase(), kind: "circleci" };
  if (text === SHORT.buildkite!.url) return SHORT.buildkite!;
  // Of one's own: whose it is was said when it was allowed.
  return { url: text, kind: await kindOf(text, dataDirectory) };
}

async function kindOf(url: string, dataDirectory: string): Promise<IssuerKind> {
  if (url === DEFAULT_ISSUER) return "github";
  const project = await findProject(dataDirectory);
  const rows = await callFunction<IssuerRow[]>(project, "list_issuers");
  return rows.find((row) => row.url === url)?.kind ?? "github";
}
