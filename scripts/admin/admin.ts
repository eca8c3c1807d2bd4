import { acknowledgeRegression } from "./acknowledgements.ts";
import { manageTokens } from "./ingest_tokens.ts";
import { manageItems } from "./items.ts";
import { manageMetrics } from "./metrics.ts";
import { managePublicRead, manageReadAccess } from "./read_access.ts";
import { manageReaders } from "./readers.ts";
import { managePolicies } from "./regression_policies.ts";
import { erasePersonalData } from "./personal_data.ts";
import { manageSeries } from "./series.ts";
import { selectSnapshot, voidSnapshot } from "./snapshots.ts";
import { manageTrustRules } from "./trust_rules.ts";
import { manageWebhooks } from "./webhooks.ts";
import { manageIssuers } from "./issuers.ts";
import { runCommand, UsageError } from "../cli/command.ts";

const HELP = `
Usage: deno task admin COMMAND [options]

Trust rules: which projects of CI systems may write with their job's OIDC token
  trust add --repository OWNER/NAME     let a repository write
      --repository-id N --owner-id N    its numeric ids; looked up at GitHub when left out
      --environment LABEL               label it may write, may be repeated (default github-actions)
      --workflow FILE                   only from this workflow file, e.g. bench.yml
      --github-environment NAME         only from jobs with this GitHub environment
      --ref PATTERN                     which runs are published: a branch such as main or
                                        release/**, or refs/tags/* (default: the default branch,
                                        as GitHub says it; required with ids given by hand)
      --any-ref                         publish runs of every ref
      --no-candidates                   refuse the runs that are not published, which are
                                        otherwise stored as candidates
      --issuer URL                      whose tokens (default GITHUB_OIDC_ISSUER, else GitHub's)
  trust add --issuer gitlab.com --project GROUP/NAME --project-id N --namespace-id N
  trust add --issuer circleci --organization-id ID --project-id ID [--project HOST/OWNER/NAME]
  trust add --issuer buildkite --organization-id ID --pipeline-id ID [--project ORG/PIPELINE]
                                        the same with --environment, --ref or --any-ref, and
                                        --no-candidates; --issuer URL of a GitLab of one's own
  trust list
  trust remove ID

Issuers beyond the public ones, such as a GitHub Enterprise Server or a GitLab of one's own
  issuer add --url URL --kind KIND      allow rules for it; URL is exactly the iss of its tokens, KIND
                                        github, gitlab, circleci or buildkite
  issuer list
  issuer remove --url URL               refuse its tokens, whatever rules name it

Ingest tokens: for everything that has no OIDC token
  token create --name NAME              make a token; it is shown once
      --environment LABEL               label it may write, may be repeated (default local)
      --expires-in DAYS                 days until it expires (default 365)
  token list
  token revoke ID

Reading
  read-access [LEVEL]                   who may read: members (default), signed-in (whoever has an
                                        account), public (everybody with the publishable key) or
                                        nobody; without LEVEL, say which
  public-read on|off                    read-access public, or members
  reader add --email E|--user-id U      make a user of Supabase Auth a member
      --invite                          send them a mail if they have no account yet
  reader list
  reader remove --email E|--user-id U   they read nothing from then on

Webhooks: who is told when something gets worse, recovers, runs for the first time or is void
  webhook add --url URL --events E,E    send events from now on: regression, recovery, first-run, void;
                                        the secret that signs them is shown once
      --metric POINTER                  only of this metric, may be repeated
      --severity warn|fail              the least severity (default warn: both)
      --format standard|slack           Standard Webhooks (default), or an incoming webhook of Slack
      --dashboard-url URL               where the dashboard is, for links to it
      --allow-private                   also to an address that is private, link-local or loopback
  webhook list
  webhook test ID                       send a test event now, and say what the receiver answered
  webhook remove ID
  webhook deliveries [ID]               what was sent and what is still to be, newest first

Decisions about stored runs (recorded in benchmark_decisions). NAMES is --model M --dataset D
--prompt P --environment E, and --variant V of a configuration that has one.
  checkout NAMES --version N            make a version current, until the next published run
  baseline NAMES --version N|none       make a version the baseline, or take it away
  void NAMES --version N --reason TEXT  take a run that a broken harness made out of everything
                                        that is compared or charted; it stays in the ledger
      --configuration ID                instead of NAMES
      --undo                            take it back in
  series set NAMES --series NAME|--none put a configuration into a series, or take it out
      --configuration ID                instead of NAMES
      --reason TEXT                     why
  acknowledge NAMES --version N --metric POINTER --reason TEXT
                                        close an open regression that a version is part of; it comes
                                        back by itself when the metric recovers and falls again, or
                                        falls further
      --as accepted|false-positive      what it is (default accepted)
      --configuration ID                instead of NAMES
      --undo                            open it again

What is about people. It is removed for good; hashes and receipts hold as before
  erase --transaction ID --reason TEXT  erase who triggered a run, its notes, the head of its fork
  erase --person LOGIN --reason TEXT    the same of every entry that LOGIN triggered, or whose head
                                        branch is LOGIN or begins with LOGIN- or LOGIN/, in whatever
                                        case; notes are not searched
      --yes                             do not ask

Policies: what counts as a regression; the narrowest scope of a metric counts
  policy set --metric POINTER --better higher|lower --limit N|N%
                                        make or change one, e.g. --metric f1 --better higher --limit 0.05
      --severity warn|fail              what CI should do (default fail)
      --model M                         only for a model; with the rest of NAMES only for a
                                        configuration
      --confidence P                    of the intervals that tell change from noise (default 0.95)
      --items SCORE                     which score of the items gives the metric, where it has
                                        another name
      --standard-error POINTER          where its standard error stands (default POINTER_stderr)
      --no-replay                       do not look back at the runs that are stored
  policy list
  policy remove ID

What metrics are: how they are called and which direction is better, where no policy says so
  metric set --metric POINTER           name at least one; what is left out stays
      --label TEXT --unit TEXT --better higher|lower
  metric list

Results of single items, which take more room than anything else
  items prune --older-than AGE          remove those of runs stored longer ago, e.g. 180d or 26w; not
                                        of current, baseline or reference runs, nor of the last 20
                                        published ones. Hashes hold as before

Labels: github-actions, local, staging, production, or any other of 1 to 40 of a-z, 0-9 and hyphen.

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
  deno task admin void --configuration 962f50c2-… --version 7 --reason "wrong data set"
  deno task admin policy set --metric pass_rate --better higher --limit 0.02 --items passed
`;

const COMMANDS =
  "trust, issuer, token, read-access, public-read, reader, webhook, policy, metric, checkout, baseline, void, series, acknowledge, items or erase";

await runCommand(HELP, async ([command, ...args]) => {
  switch (command) {
    case "trust":
      return await manageTrustRules(args);
    case "issuer":
      return await manageIssuers(args);
    case "token":
      return await manageTokens(args);
    case "read-access":
      return await manageReadAccess(args);
    case "webhook":
      return await manageWebhooks(args);
    case "public-read":
      return await managePublicRead(args);
    case "reader":
      return await manageReaders(args);
    case "policy":
      return await managePolicies(args);
    case "metric":
      return await manageMetrics(args);
    case "checkout":
    case "baseline":
      return await selectSnapshot(command, args);
    case "void":
      return await voidSnapshot(args);
    case "series":
      return await manageSeries(args);
    case "acknowledge":
      return await acknowledgeRegression(args);
    case "items":
      return await manageItems(args);
    case "erase":
      return await erasePersonalData(args);
    default:
      throw new UsageError(
        command === undefined
          ? `A command is missing: ${COMMANDS}.`
          : `Unknown command ${command}: use ${COMMANDS}.`,
      );
  }
});
