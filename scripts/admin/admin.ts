import { manageTokens } from "./ingest_tokens.ts";
import { managePublicRead } from "./public_read.ts";
import { managePolicies } from "./regression_policies.ts";
import { selectSnapshot } from "./snapshots.ts";
import { manageTrustRules } from "./trust_rules.ts";
import { runCommand, UsageError } from "../cli/command.ts";

const HELP = `
Usage: deno task admin COMMAND [options]

Trust rules: which GitHub repositories may write with their OIDC token
  trust add --repository OWNER/NAME     let a repository write
      --repository-id N --owner-id N    its numeric ids; looked up at GitHub when left out
      --environment LABEL               label it may write, may be repeated (default github-actions)
      --workflow FILE                   only from this workflow file, e.g. bench.yml
      --ref PATTERN                     only from refs such as main, refs/tags/*, release/**
      --github-environment NAME         only from jobs with this GitHub environment
  trust list
  trust remove ID

Ingest tokens: for everything that is not GitHub Actions
  token create --name NAME              make a token; it is shown once
      --environment LABEL               label it may write, may be repeated (default local)
      --expires-in DAYS                 days until it expires (default 365)
  token list
  token revoke ID

Reading
  public-read on|off                    let everybody read with the publishable key, or stop it

Snapshots: what is current, and what is the baseline (recorded in benchmark_selections)
  checkout --model M --dataset D --prompt P --environment E --version N
                                        make a version current, until the next run
  baseline --model M --dataset D --prompt P --environment E --version N|none
                                        make a version the baseline, or take it away

Policies: what counts as a regression; the narrowest scope of a metric counts
  policy set --metric POINTER --better higher|lower --limit N|N%
                                        make or change one, e.g. --metric f1 --better higher --limit 0.05
      --severity warn|fail              what CI should do (default fail)
      --model M                         only for a model; with --dataset, --prompt and --environment
                                        only for a configuration
  policy list
  policy remove ID

Labels: github-actions, local, staging, production.

Options:
  --data-dir DIR    where the local stack's local.env is (default .local)
  --json            print the result as JSON
  -h, --help        show this

Environment:
  SUPABASE_URL, SUPABASE_SECRET_KEY   of a hosted project; without them the local stack
  GITHUB_API_URL, GITHUB_TOKEN        where and how ids are looked up (default https://api.github.com)

Examples:
  deno task admin trust add --repository octo-org/bench --workflow benchmarks.yml --ref main
  deno task admin token create --name laptop --environment local
`;

await runCommand(HELP, async ([command, ...args]) => {
  switch (command) {
    case "trust":
      return await manageTrustRules(args);
    case "token":
      return await manageTokens(args);
    case "public-read":
      return await managePublicRead(args);
    case "policy":
      return await managePolicies(args);
    case "checkout":
    case "baseline":
      return await selectSnapshot(command, args);
    default:
      throw new UsageError(
        command === undefined
          ? "A command is missing: trust, token, public-read, policy, checkout or baseline."
          : `Unknown command ${command}: use trust, token, public-read, policy, checkout or baseline.`,
      );
  }
});
