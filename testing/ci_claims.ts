// What the tokens of other CI systems say, in tests: as their documentation shows them.

/** Of a GitLab job that a push to main started. */
export const GITLAB_CLAIMS = {
  namespace_id: "72",
  namespace_path: "octo-group",
  project_id: "20",
  project_path: "octo-group/bench",
  job_project_id: "20",
  job_project_path: "octo-group/bench",
  job_namespace_id: "72",
  job_namespace_path: "octo-group",
  user_id: "1",
  user_login: "sample-user",
  user_email: "sample-user@example.com",
  user_access_level: "developer",
  pipeline_id: "574",
  pipeline_source: "push",
  job_id: "302",
  ref: "main",
  ref_type: "branch",
  ref_path: "refs/heads/main",
  ref_protected: "true",
  runner_id: 1,
  runner_environment: "gitlab-hosted",
  sha: "0123456789abcdef0123456789abcdef01234567",
  project_visibility: "private",
  ci_config_ref_uri: "gitlab.example.com/octo-group/bench//.gitlab-ci.yml@refs/heads/main",
  ci_config_sha: "0123456789abcdef0123456789abcdef01234567",
  sub: "project_path:octo-group/bench:ref_type:branch:ref:main",
};

export const CIRCLECI_ORGANIZATION = "1c2d3e4f-0000-4000-8000-00000000000a";

/** Of a CircleCI job on main. */
export const CIRCLECI_CLAIMS = {
  "oidc.circleci.com/project-id": "1c2d3e4f-0000-4000-8000-00000000000b",
  "oidc.circleci.com/context-ids": ["1c2d3e4f-0000-4000-8000-00000000000c"],
  "oidc.circleci.com/vcs-origin": "github.com/octo-org/bench",
  "oidc.circleci.com/vcs-ref": "refs/heads/main",
  "oidc.circleci.com/ssh-rerun": false,
  sub:
    `org/${CIRCLECI_ORGANIZATION}/project/1c2d3e4f-0000-4000-8000-00000000000b/user/1c2d3e4f-0000-4000-8000-00000000000d`,
};

/** Of a Buildkite job on main, with the ids that were asked for. */
export const BUILDKITE_CLAIMS = {
  organization_id: "0184990a-477b-4fa8-9968-49607448ba01",
  organization_slug: "octo-org",
  pipeline_id: "0184990a-477b-4fa8-9968-49607448ba02",
  pipeline_slug: "bench",
  build_number: 1,
  build_branch: "main",
  build_tag: null,
  build_commit: "0123456789abcdef0123456789abcdef01234567",
  build_source: "webhook",
  step_key: "bench",
  job_id: "0184990a-477b-4fa8-9968-49607448ba03",
  agent_id: "0184990a-477b-4fa8-9968-49607448ba04",
  runner_environment: "self-hosted",
  sub:
    "organization:octo-org:pipeline:bench:ref:refs/heads/main:commit:0123456789abcdef0123456789abcdef01234567:step:bench",
};
