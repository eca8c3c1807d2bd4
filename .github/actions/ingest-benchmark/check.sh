# shellcheck shell=bash
# Creates a check run on the commit that was measured. Sourced by ingest.sh; never fails the job, whose
# own outcome says the same. Its variables are those of ingest.sh.
# shellcheck disable=SC2154

# The commit that people see: on pull_request the head and not the merge commit, on merge_group the
# group's, under workflow_run that of the run which measured.
checked_sha() {
  jq -rn --slurpfile event "$work/event.json" --arg name "$event" --arg sha "${GITHUB_SHA:-}" '
    ($event[0] // {} | objects) as $event
    | (if $name | startswith("pull_request") then $event.pull_request.head.sha
      elif $name == "merge_group" then $event.merge_group.head_sha
      elif $name == "workflow_run" then $event.workflow_run.head_sha
      else null end) // $sha
    | strings | select(test("\\A[0-9a-f]{40}([0-9a-f]{24})?\\z"))'
}

create_check() {
  local sha api=${GITHUB_API_URL:-https://api.github.com}
  if [[ -z ${INPUT_GITHUB_TOKEN:-} ]]; then
    annotate warning "" "There is no check: input github-token is empty."
    return 0
  fi
  sha=$(checked_sha) || sha=""
  if [[ -z $sha ]]; then
    annotate warning "" "There is no check: neither the event nor GITHUB_SHA names a commit."
    return 0
  fi
  # Completed at once: a token of a job may not change the check runs that it made.
  jq --arg name "$check_name" --arg sha "$sha" \
    --arg run "${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_REPOSITORY:-}/actions/runs/${GITHUB_RUN_ID:-}" \
    '{name: $name, head_sha: $sha, status: "completed", conclusion: .check.conclusion, details_url: $run, output: .check.output}' \
    "$work/report.json" >"$work/check.json" || return 1
  printf 'Authorization: Bearer %s\nAccept: application/vnd.github+json\n' "$INPUT_GITHUB_TOKEN" >"$work/github"
  with_retries "$work/answer" "$work/github" "$api/repos/$GITHUB_REPOSITORY/check-runs" --request POST \
    --header 'Content-Type: application/json' --data-binary "@$work/check.json"
  [[ $exit_code == 0 && $status == 201 ]] ||
    annotate warning "" "The check cannot be created: $(describe_status).$(missing_permission "checks: write")"
}

create_check || annotate warning "" "The check cannot be created."
