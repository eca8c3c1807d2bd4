import assert from "node:assert/strict";
import {
  BUILDKITE_CLAIMS,
  CIRCLECI_CLAIMS,
  CIRCLECI_ORGANIZATION,
  GITLAB_CLAIMS,
} from "../../../testing/ci_claims.ts";
import { type OidcIssuer, PUSH_CLAIMS, startOidcIssuer } from "../../../testing/oidc_issuer.ts";
import { PUBLIC_URL, RESULT, startTestApp } from "../../../testing/test_app.ts";

interface System {
  kind: string;
  issuer: OidcIssuer;
  /** What a rule names. */
  project: string;
  project_id: string;
  owner_id: string;
}

const PROJECT_ID = "oidc.circleci.com/project-id";

Deno.test("jobs of other CI systems write without a secret", async (t) => {
  const test = await startTestApp();
  const start = (claims: Record<string, unknown>, path?: string) =>
    startOidcIssuer(PUBLIC_URL, claims, path);
  const systems: Record<string, System> = {
    gitlab: {
      kind: "gitlab",
      issuer: await start(GITLAB_CLAIMS),
      project: GITLAB_CLAIMS.project_path,
      project_id: GITLAB_CLAIMS.project_id,
      owner_id: GITLAB_CLAIMS.namespace_id,
    },
    circleci: {
      kind: "circleci",
      issuer: await start(CIRCLECI_CLAIMS, `/org/${CIRCLECI_ORGANIZATION}`),
      project: CIRCLECI_CLAIMS["oidc.circleci.com/vcs-origin"],
      project_id: CIRCLECI_CLAIMS[PROJECT_ID],
      owner_id: CIRCLECI_ORGANIZATION,
    },
    buildkite: {
      kind: "buildkite",
      issuer: await start(BUILDKITE_CLAIMS),
      project: "octo-org/bench",
      project_id: BUILDKITE_CLAIMS.pipeline_id,
      owner_id: BUILDKITE_CLAIMS.organization_id,
    },
  };
  const sql = async (text: string, values: unknown[]) =>
    (await test.database.pool.query(text, values)).rows[0];
  const allow = (url: string, kind: string) => sql("select public.add_issuer($1, $2)", [url, kind]);
  const trust = ({ kind, issuer, project, project_id, owner_id }: System, ref = "main") =>
    sql("select public.add_ci_trust_rule($1, $2, $3, $4, $5, '{local}', $6) as id", [
      kind,
      issuer.url,
      project,
      project_id,
      owner_id,
      ref,
    ]);
  let models = 0;
  const { commit_sha: _commit, ...bare } = RESULT;
  const post = async (
    { issuer }: { issuer: OidcIssuer },
    claims: Record<string, unknown> = {},
    body: Record<string, unknown> = {},
  ) => {
    const result = { ...bare, model_version: `ci-${++models}`, ...body };
    const response = await test.post(result, await issuer.sign(claims));
    const answer = await response.json();
    return { status: response.status, answer, code: answer.code, detail: String(answer.detail) };
  };

  await t.step("an issuer that no rule names is refused before anything is fetched", async () => {
    for (const system of Object.values(systems)) {
      const { status, detail } = await post(system);
      assert.equal(status, 401);
      assert.ok(detail.startsWith(`Claim iss: "${system.issuer.url}" is not accepted. It must be`));
      assert.ok(detail.includes(test.issuer.url), "the expected one is named");
      assert.equal(system.issuer.discoveries + system.issuer.fetches, 0);
    }
  });

  for (const system of Object.values(systems)) {
    await allow(system.issuer.url, system.kind);
    await trust(system);
  }
  // The list of trusted issuers is asked for again after a while.
  await new Promise((resolve) => setTimeout(resolve, 5_100));

  await t.step("GitLab: attested commit, branch and job; the person apart", async () => {
    const { status, answer } = await post(systems.gitlab!);
    assert.equal(status, 201, JSON.stringify(answer));
    assert.equal(answer.published, true);
    assert.deepEqual(answer.provenance.method, "gitlab-oidc");
    assert.deepEqual(answer.provenance.attested, {
      commit_sha: GITLAB_CLAIMS.sha,
      branch_name: "main",
      run_id: "302",
    });
    const row = await sql(
      "select principal, triggered_by, run_id, provenance from public.benchmark_transactions where id = $1",
      [answer.transaction_id],
    );
    assert.equal(row.principal, `gitlab:${systems.gitlab!.issuer.url.slice(7)}:20`);
    assert.equal(row.triggered_by, "sample-user");
    assert.doesNotMatch(JSON.stringify(row.provenance), /sample-user/);
  });

  await t.step("CircleCI: the body says the commit, and it is claimed", async () => {
    assert.match(
      (await post(systems.circleci!)).detail,
      /commit_sha is required: the token does not say it/,
    );
    const { status, answer } = await post(systems.circleci!, {}, {
      commit_sha: "0123abc",
      run_id: "w1",
    });
    assert.equal(status, 201, JSON.stringify(answer));
    assert.deepEqual(answer.provenance.attested, { branch_name: "main" });
    assert.deepEqual(answer.provenance.claimed, ["commit_sha", "run_id"]);
    assert.equal(answer.published, true);
  });

  await t.step("Buildkite: a build that says HEAD attests no commit", async () => {
    const { status, answer } = await post(systems.buildkite!);
    assert.equal(status, 201, JSON.stringify(answer));
    assert.equal(answer.provenance.attested.run_id, BUILDKITE_CLAIMS.job_id);
    const head = await post(systems.buildkite!, { build_commit: "HEAD" }, {
      commit_sha: "0123abc",
    });
    assert.deepEqual(head.answer.provenance.claimed, ["commit_sha"]);
  });

  await t.step("the same job is stored once, and one that is retried is another run", async () => {
    const body = { model_version: "once" };
    const first = await post(systems.gitlab!, { job_id: "7" }, body);
    const again = await post(systems.gitlab!, { job_id: "7" }, body);
    assert.deepEqual([first.status, again.status], [201, 200]);
    assert.equal(again.answer.transaction_id, first.answer.transaction_id);
    assert.equal((await post(systems.gitlab!, { job_id: "8" }, body)).answer.snapshot_version, 2);
    const other = await post(systems.gitlab!, { job_id: "8", user_login: "other" }, body);
    assert.equal(other.status, 200, "who retried it is not content");
  });

  await t.step("what is not accepted yet is a candidate", async () => {
    const candidates: [System, Record<string, unknown>][] = [
      [systems.gitlab!, { ref: "feature", ref_path: "refs/heads/feature" }],
      [systems.gitlab!, {
        pipeline_source: "merge_request_event",
        ref_path: "refs/merge-requests/1/head",
      }],
      [systems.gitlab!, { pipeline_source: "merge_request_event" }],
      // Of a merge request, whose source branch may be called as the published one.
      [systems.gitlab!, { pipeline_source: "parent_pipeline", ref_protected: "false" }],
      [systems.gitlab!, { ref_type: "tag", ref_path: undefined }],
      [systems.circleci!, { "oidc.circleci.com/vcs-ref": "refs/heads/feature" }],
      [systems.circleci!, { "oidc.circleci.com/vcs-ref": "refs/pull/7/head" }],
      [systems.circleci!, { "oidc.circleci.com/vcs-ref": undefined }],
      [systems.buildkite!, { build_branch: "feature" }],
      [systems.buildkite!, { build_branch: "stranger:main" }],
      [systems.buildkite!, { build_branch: "refs/pull/7/head" }],
      [systems.buildkite!, { build_tag: "main" }],
    ];
    for (const [system, claims] of candidates) {
      const { status, answer } = await post(system, claims, { commit_sha: "0123abc" });
      assert.deepEqual([status, answer.published], [201, false], JSON.stringify(claims));
    }
  });

  await t.step("attacks", async () => {
    const other = "0184990a-477b-4fa8-9968-49607448bbff";
    const refused: [string, System, Record<string, unknown>, number, RegExp][] = [
      [
        "another project",
        systems.gitlab!,
        { project_id: "21", job_project_id: "21" },
        403,
        /Claim project_id: .*another id/,
      ],
      ["another namespace", systems.gitlab!, { namespace_id: "73" }, 403, /Claim namespace_id/],
      [
        "a fork's merge request",
        systems.gitlab!,
        { project_id: "99" },
        403,
        /Claim job_project_id: .*fork/,
      ],
      [
        "a stranger",
        systems.gitlab!,
        { project_id: "9", job_project_id: "9", project_path: "x/y" },
        403,
        /no trust rule names x\/y \(project_id 9/,
      ],
      [
        "another organization's pipeline",
        systems.buildkite!,
        { organization_id: other },
        403,
        /Claim organization_id/,
      ],
      ["another pipeline", systems.buildkite!, { pipeline_id: other }, 403, /Claim pipeline_id/],
      [
        "no ids",
        systems.buildkite!,
        { pipeline_id: undefined },
        401,
        /claim pipeline_id missing.*--claim organization_id,pipeline_id/,
      ],
      ["another project", systems.circleci!, { [PROJECT_ID]: other }, 403, /Claim project_id/],
      [
        "a fork",
        systems.circleci!,
        { "oidc.circleci.com/vcs-origin": "github.com/stranger/bench" },
        403,
        /Claim vcs-origin: .*fork/,
      ],
      [
        "no origin",
        systems.circleci!,
        { "oidc.circleci.com/vcs-origin": undefined },
        403,
        /Claim vcs-origin/,
      ],
      [
        "a rerun with SSH",
        systems.circleci!,
        { "oidc.circleci.com/ssh-rerun": true },
        403,
        /ssh-rerun/,
      ],
      ["another audience", systems.gitlab!, { aud: "https://vault.example" }, 401, /Claim aud/],
      ["two audiences", systems.buildkite!, { aud: [PUBLIC_URL, "x"] }, 401, /one audience/],
      ["expired", systems.circleci!, { exp: 1 }, 401, /expired/],
      [
        "claims of GitHub",
        systems.gitlab!,
        { ...PUSH_CLAIMS, project_id: undefined },
        401,
        /complete GitLab token/,
      ],
    ];
    for (const [name, system, claims, status, message] of refused) {
      const found = await post(system, claims, { commit_sha: "0123abc" });
      assert.deepEqual(
        [found.status, message.test(found.detail)],
        [status, true],
        `${name}: ${found.detail}`,
      );
    }
  });

  await t.step("a key of one issuer signs for no other", async () => {
    for (const system of Object.values(systems)) {
      for (const stranger of [test.issuer, ...Object.values(systems).map(({ issuer }) => issuer)]) {
        if (stranger === system.issuer) continue;
        // The kid is right: key-0 of each.
        const token = await stranger.sign({ ...await claimsOf(system), iss: system.issuer.url });
        const response = await test.post({ ...RESULT, model_version: "forged" }, token);
        assert.equal(response.status, 401, `${stranger.url} for ${system.issuer.url}`);
        await response.body?.cancel();
      }
    }
    const ghost = await systems.gitlab!.issuer.sign({ ...PUSH_CLAIMS, iss: test.issuer.url });
    assert.equal((await test.post(RESULT, ghost)).status, 401, "GitLab's key for GitHub");
  });

  await t.step("issuers that only look alike", async () => {
    for (
      const iss of [
        `${systems.gitlab!.issuer.url}/`,
        systems.gitlab!.issuer.url.replace("127.0.0.1", "localhost"),
        "https://gitlab.com",
        "https://gitlab.com.example",
        7,
        undefined,
      ]
    ) {
      const { status, detail } = await post(systems.gitlab!, { iss });
      assert.equal(status, 401);
      assert.match(detail, /^Claim iss: .*It must be /);
    }
    const azure = await post(systems.gitlab!, { iss: "https://vstoken.dev.azure.com/6d3c" });
    assert.match(azure.detail, /Azure DevOps.*audience is always the same/);
  });

  await t.step("a server or an enterprise of one's own speaks for itself", async () => {
    for (const path of ["/_services/token", "/octo-enterprise"]) {
      const issuer = await startOidcIssuer(PUBLIC_URL, PUSH_CLAIMS, path);
      await allow(issuer.url, "github");
      await sql(
        "select public.add_trust_rule('octo-org/bench', '1001', '2002', '{local}', p_ref_pattern := 'main', p_issuer := $1)",
        [issuer.url],
      );
      await new Promise((resolve) => setTimeout(resolve, 5_100));
      const { status, answer } = await post({ issuer });
      assert.equal(status, 201, JSON.stringify(answer));
      // The same ids on github.com are somebody else's.
      assert.equal((await post(test)).code, "claim_mismatch");
      await issuer.close();
    }
  });

  await t.step("an issuer that is removed is refused, whatever rules name it", async () => {
    await sql("select public.remove_issuer($1)", [systems.buildkite!.issuer.url]);
    await sql("select public.list_trusted_issuers()", []);
    const trusted = await sql("select public.list_trusted_issuers() as list", []);
    assert.ok(!JSON.stringify(trusted.list).includes(systems.buildkite!.issuer.url));
  });

  for (const { issuer } of Object.values(systems)) await issuer.close();
  await test.close();
});

function claimsOf({ kind }: System): Record<string, unknown> {
  return { gitlab: GITLAB_CLAIMS, circleci: CIRCLECI_CLAIMS, buildkite: BUILDKITE_CLAIMS }[kind]!;
}
