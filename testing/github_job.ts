import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { OidcIssuer } from "./oidc_issuer.ts";

const ACTION = fileURLToPath(
  new URL("../.github/actions/ingest-benchmark/ingest.sh", import.meta.url),
);

/** What a step of a job did. */
export interface StepResult {
  code: number;
  /** Standard output and error together, as the log shows them. */
  log: string;
  summary: string;
  outputs: Record<string, string>;
}

/** A directory and the services that a runner gives a job. */
export interface GitHubJob {
  directory: string;
  /** Claims that the next tokens have beside the defaults. */
  claims: Record<string, unknown>;
  /** The webhook's event that started the job; none unless set. */
  event: unknown;
  /** Audiences that tokens were asked for. */
  audiences: string[];
  /** Runs the action's script as the runner would. */
  run(inputs: Record<string, string>, env?: Record<string, string>): Promise<StepResult>;
  close(): Promise<void>;
}

/**
 * Starts the token endpoint of a runner, on loopback, and makes a workspace.
 *
 * @param issuer Signs its tokens.
 */
export async function startGitHubJob(issuer: Pick<OidcIssuer, "sign">): Promise<GitHubJob> {
  const directory = await Deno.makeTempDir({ prefix: "job " }); // a space, as some runners have
  const requestToken = crypto.randomUUID();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (request.headers.get("authorization") !== `Bearer ${requestToken}`) {
      return new Response(null, { status: 401 });
    }
    job.audiences.push(new URL(request.url).searchParams.get("audience")!);
    return Response.json({ value: await issuer.sign(job.claims) });
  });
  const tokenUrl = `http://127.0.0.1:${server.addr.port}/token?api-version=2.0`;
  const job: GitHubJob = {
    directory,
    claims: {},
    event: undefined,
    audiences: [],
    async run(inputs, env = {}) {
      const files = await Deno.makeTempDir({ dir: directory });
      const paths = { output: join(files, "output"), summary: join(files, "summary") };
      for (const path of Object.values(paths)) await Deno.writeTextFile(path, "");
      const eventPath = join(files, "event.json");
      if (job.event !== undefined) await Deno.writeTextFile(eventPath, JSON.stringify(job.event));
      const { code, stdout, stderr } = await new Deno.Command("bash", {
        args: [ACTION],
        cwd: directory,
        clearEnv: true,
        env: {
          PATH: Deno.env.get("PATH")!,
          LANG: "C.UTF-8",
          RUNNER_TEMP: files,
          GITHUB_OUTPUT: paths.output,
          GITHUB_STEP_SUMMARY: paths.summary,
          GITHUB_REPOSITORY: "octo-org/bench",
          GITHUB_SERVER_URL: "https://github.com",
          GITHUB_EVENT_NAME: "push",
          ...job.event !== undefined && { GITHUB_EVENT_PATH: eventPath },
          GITHUB_RUN_ID: String(job.claims.run_id ?? "9001"),
          GITHUB_RUN_ATTEMPT: String(job.claims.run_attempt ?? "1"),
          GITHUB_JOB: "persist",
          ACTIONS_ID_TOKEN_REQUEST_URL: tokenUrl,
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
          INGEST_FIRST_DELAY_SECONDS: "0",
          ...Object.fromEntries(
            Object.entries(inputs).map(([name, value]) => [inputVariable(name), value]),
          ),
          ...env,
        },
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      const outputs = (await Deno.readTextFile(paths.output)).trim().split("\n").filter(Boolean)
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
      return {
        code,
        log: text(stdout) + text(stderr),
        summary: await Deno.readTextFile(paths.summary),
        outputs: Object.fromEntries(outputs),
      };
    },
    async close() {
      await server.shutdown();
      await Deno.remove(directory, { recursive: true });
    },
  };
  return job;
}

/** The variable that action.yml passes an input in. */
function inputVariable(name: string): string {
  return `INPUT_${name.toUpperCase().replaceAll("-", "_")}`;
}
