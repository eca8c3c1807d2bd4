# What is put into results that lack it: a line each, key, tab, JSON. Inputs come first; then what
# the event says of the run that was measured, where that is not the job's own run, of which the
# token speaks. $event is the webhook's event, or nothing.

def text: if . == null or . == "" then null else tostring end;

($event[0] // {} | objects) as $event
| (if $event_name == "workflow_run" then $event.workflow_run // {} else {} end) as $run
# Whose benchmark ran: of a fork that is deleted, GitHub says null.
| ($run.head_repository.id as $head | $event.repository.id as $own
  | if $run | has("head_repository") | not then false
    elif $head != null and $own != null then $head != $own
    else $run.head_repository.full_name != $repository end) as $is_fork
# What is not merged yet: of a pull request (pull_request, pull_request_target, pull_request_review …),
# or of the merge queue. benchmark-persist.yml has the same rule, for runs that are stored by hand.
| (($run.event // "" | startswith("pull_request") or . == "merge_group")
  or ($event_name == "workflow_run" and ([$run.head_branch, $branch_name] | any(text // ""
    | test("^(refs/heads/)?gh-readonly-queue/|^refs/pull/"))))) as $is_unmerged
| {
    environment: ($environment | text),
    variant: ($variant | text),
    series: ($series | text),
    compare_to: ($compare_to | text),
    commit_sha: ($commit_sha | text // ($run.head_sha | text)
      # The token's commit is a merge that nobody knows by its name.
      // if $event_name == "pull_request" then ($event.pull_request.head.sha | text) else null end),
    # Under workflow_run the token's ref is the default branch's, whatever was measured.
    branch_name: ($branch_name | text // ($run.head_branch | text)),
    run_id: ($run_id | text // ($run.id | text)),
    run_attempt: (($run_attempt | text // (if ($run_id | text) == null then $run.run_attempt | text else null end))
      | if . == null then null else tonumber end),
    candidate: (if $candidate == "true" or $is_fork or $is_unmerged then true else null end)
  }
| to_entries[] | select(.value != null) | "\(.key)\t\(.value | tojson)"
