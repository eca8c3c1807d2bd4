import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import {
  BUILDKITE_CLAIMS,
  CIRCLECI_CLAIMS,
  CIRCLECI_ORGANIZATION,
  GITLAB_CLAIMS,
} from "./ci_claims.ts";
import { startOidcIssuer } from "./oidc_issuer.ts";
import { freePort } from "./postgres_server.ts";
import { reasonToSkip } from "./required_tools.ts";
import { runScript } from "./run_script.ts";
import { startStackProcess } from "./stack_process.ts";
import { RESULT } from "./test_app.ts";

const skip = await reasonToSkip("bash", "curl");
const PROJECT_ID = "oidc.circleci.com/project-id";

Deno.test({
  name: "the YAML of docs/ci stores a result" + skip,
  ignore: skip !== "",
  async fn(t) {
    const dataDirectory = await Deno.makeTempDir();
    const port = freePort();
    const url = `http://127.0.0.1:${port}/functions/v1/ingest-benchmark`;
    const stack = await startStackProcess({ dataDirectory, port, args: ["--no-sample"] });
    const admin = async (...args: string[]) => {
      const done = await runScript("admin", [...args, "--data-dir", dataDirectory]);
      assert.equal(done.code, 0, done.stderr);
      return done;
    };
    const systems = {
      gitlab: {
        issuer: await startOidcIssuer(url, GITLAB_CLAIMS),
        ids: ["--project", "octo-group/bench", "--project-id", "20", "--namespace-id", "72"],
        commands: (yaml: Yaml) => yaml.persist.script.join("\n"),
        // GitLab puts the token into the variable.
        tool: null,
      },
      circleci: {
        issuer: await startOidcIssuer(url, CIRCLECI_CLAIMS, `/org/${CIRCLECI_ORGANIZATION}`),
        ids: [
          ...[
            "--project",
            "github.com/octo-org/bench",
            "--project-id",
            CIRCLECI_CLAIMS[PROJECT_ID],
          ],
          ...["--organization-id", CIRCLECI_ORGANIZATION],
        ],
        commands: (yaml: Yaml) => yaml.jobs.persist.steps[1].run.command,
        tool: { name: "circleci", argument: `{"aud": "${url}"}` },
      },
      buildkite: {
        issuer: await startOidcIssuer(url, BUILDKITE_CLAIMS),
        ids: [
          ...["--organization-id", BUILDKITE_CLAIMS.organization_id],
          ...["--pipeline-id", BUILDKITE_CLAIMS.pipeline_id],
        ],
        // $$ is $ after Buildkite has read it.
        commands: (yaml: Yaml) => yaml.steps[0].command.replaceAll("$$", "$"),
        tool: { name: "buildkite-agent", argument: "organization_id,pipeline_id" },
      },
    };
    for (const [kind, { issuer, ids }] of Object.entries(systems)) {
      await admin("issuer", "add", "--url", issuer.url, "--kind", kind);
      const added = await admin(
        ...["trust", "add", "--issuer", issuer.url, ...ids, "--ref", "main"],
        ...["--environment", kind],
      );
      assert.match(added.stdout, /Runs of refs\/heads\/main are published/);
    }
    assert.match((await admin("issuer", "list")).stdout, /gitlab +1/);
    assert.match((await admin("trust", "list")).stdout, /octo-group\/bench/);

    for (const [kind, { issuer, commands, tool }] of Object.entries(systems)) {
      await t.step(kind, async () => {
        const page = await Deno.readTextFile(new URL(`../docs/ci/${kind}.md`, import.meta.url));
        const yaml = parse(/```yaml\n([\s\S]*?)```/.exec(page)![1]!);
        const directory = await Deno.makeTempDir();
        const token = await issuer.sign();
        if (tool !== null) {
          // In the place of the system's own program: hands out the token, asked for as documented.
          const path = join(directory, tool.name);
          await Deno.writeTextFile(
            path,
            `#!/bin/sh\ncase "$*" in *artifact*) exit 0 ;; *'${tool.argument}'*) printf %s '${token}' ;; *) exit 1 ;; esac\n`,
            { mode: 0o755 },
          );
        }
        const { environment: _, ...result } = RESULT;
        await Deno.writeTextFile(join(directory, "result.json"), JSON.stringify(result));
        const { code, stdout, stderr } = await new Deno.Command("bash", {
          args: ["-euo", "pipefail", "-c", commands(yaml)],
          cwd: directory,
          clearEnv: true,
          env: {
            PATH: `${directory}:${Deno.env.get("PATH")}`,
            INGEST_URL: url,
            ...tool === null && { INGEST_TOKEN: token },
          },
        }).output();
        const text = new TextDecoder().decode(stdout);
        assert.equal(code, 0, text + new TextDecoder().decode(stderr));
        const receipt = JSON.parse(text);
        assert.equal(receipt.configuration.environment, kind);
        assert.equal(receipt.published, true);
        assert.equal(receipt.provenance.method, `${kind}-oidc`);
        await Deno.remove(directory, { recursive: true });
      });
    }

    await t.step("wrong usage of trust add is said", async () => {
      const wrong: [string[], RegExp][] = [
        [
          [
            "--issuer",
            "gitlab.com",
            "--project",
            "a/b",
            "--project-id",
            "x",
            "--namespace-id",
            "1",
          ],
          /--project-id must be a number/,
        ],
        [
          ["--issuer", "gitlab.com", "--project-id", "2", "--namespace-id", "1"],
          /--project GROUP\/NAME is required/,
        ],
        [["--issuer", "circleci", "--project-id", "2"], /needs --organization-id/],
        [
          ["--issuer", "buildkite", "--organization-id", "x", "--pipeline-id", "y"],
          /must be a UUID/,
        ],
        [
          [
            "--issuer",
            "gitlab.com",
            "--project",
            "a/b",
            "--project-id",
            "2",
            "--namespace-id",
            "1",
          ],
          /--ref or --any-ref/,
        ],
        [[
          "--issuer",
          "gitlab.com",
          "--project",
          "a/b",
          "--project-id",
          "2",
          "--namespace-id",
          "1",
          "--any-ref",
        ], /--environment LABEL is required/],
        [["--issuer", "gitlab"], /--issuer must be an https URL/],
      ];
      for (const [args, message] of wrong) {
        const done = await runScript("admin", [
          "trust",
          "add",
          ...args,
          "--data-dir",
          dataDirectory,
        ]);
        assert.equal(done.code, 2, args.join(" "));
        assert.match(done.stderr, message);
      }
      const unknown = await runScript("admin", [
        ...["issuer", "add", "--url", "http://gitlab.example", "--kind", "gitlab"],
        ...["--data-dir", dataDirectory],
      ]);
      assert.equal(unknown.code, 2);
    });

    for (const { issuer } of Object.values(systems)) await issuer.close();
    await stack.stop();
    await Deno.remove(dataDirectory, { recursive: true });
  },
});

// deno-lint-ignore no-explicit-any
type Yaml = any;
