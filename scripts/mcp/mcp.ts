import process from "node:process";
import { parseOptions, runCommand, UsageError } from "../cli/command.ts";
import { findLedger } from "./find_ledger.ts";
import { openLedger } from "./ledger.ts";
import { StdioServerTransport } from "./sdk.ts";
import { createServer } from "./server.ts";

const HELP = `
Usage: deno task mcp [--data-dir DIR]

Serves the ledger to an assistant by the Model Context Protocol, over standard input and output, so
that it can be asked what got worse since Monday. Started by the assistant's program, not by hand:
docs/reading.md has the configuration. Every tool reads, and none can write:

  current       current snapshots, by model, dataset, prompt, environment or series
  history       the runs of a configuration or series for a metric, and its change points
  compare       one run judged against another: verdicts, intervals, which items flipped
  regressions   what is worse now, and since when
  why           one regression: evidence, commits, items, what changed

Options:
  --data-dir DIR    where the local stack's local.env is (default .local)
  -h, --help        show this

Environment: SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY of a hosted project, which read where reading
is public; with SUPABASE_ACCESS_TOKEN as the person whose token it is. Or SUPABASE_URL and
SUPABASE_SECRET_KEY, which read everything; only functions that read are called all the same.
Without them the local stack.

Standard output is the protocol's; what there is to say else goes to standard error.

Exit code: 0 the assistant hung up, 1 failed, 2 wrong usage.
`;

await runCommand(HELP, async (args) => {
  const { values, positionals } = parseOptions({
    args,
    allowPositionals: true,
    options: { "data-dir": { type: "string", default: ".local" } },
  });
  if (positionals.length > 0) throw new UsageError("It takes no arguments but options.");
  // A library that printed there would break the protocol.
  console.log = console.info = console.debug = console.error;
  const access = await findLedger(values["data-dir"]);
  const server = createServer(openLedger(access));
  const { promise: hungUp, resolve } = Promise.withResolvers<void>();
  server.server.onclose = resolve;
  await server.connect(new StdioServerTransport());
  console.error(`Serving the ledger of ${access.url} to an assistant.`);
  // The transport does not say when its input ends.
  Deno.addSignalListener("SIGTERM", resolve);
  process.stdin.once("end", resolve);
  await hungUp;
  await server.close();
  return 0;
});
