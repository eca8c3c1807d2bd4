# shellcheck shell=bash
# Keeps one comment on the pull request up to date. Sourced by ingest.sh; never fails the job:
# the comparison is in the job summary, too. Its variables are those of ingest.sh.
# shellcheck disable=SC2154

marker='<!-- ingest-benchmark -->'

keep_comment() {
  local number api=${GITHUB_API_URL:-https://api.github.com} comment target
  number=$(jq -r '.pull_request.number // empty' "${GITHUB_EVENT_PATH:-/dev/null}" 2>/dev/null) || return 0
  [[ -n $number ]] || return 0
  printf 'Authorization: Bearer %s\nAccept: application/vnd.github+json\n' "$INPUT_GITHUB_TOKEN" >"$work/github"
  with_retries "$work/comments" "$work/github" "$api/repos/$GITHUB_REPOSITORY/issues/$number/comments?per_page=100"
  if [[ $status != 200 ]]; then
    annotate warning "" "The comments of the pull request cannot be read: $(describe_status)."
    return 0
  fi
  comment=$(jq -r --arg marker "$marker" '[.[] | select(.body | startswith($marker)) | .id][0] // empty' "$work/comments")
  jq --arg marker "$marker" '{body: ($marker + "\n" + .markdown)}' "$work/report.json" >"$work/comment.json"
  if [[ -n $comment ]]; then
    target=("$api/repos/$GITHUB_REPOSITORY/issues/comments/$comment" --request PATCH)
  else
    target=("$api/repos/$GITHUB_REPOSITORY/issues/$number/comments" --request POST)
  fi
  with_retries "$work/answer" "$work/github" "${target[@]}" --header 'Content-Type: application/json' --data-binary "@$work/comment.json"
  [[ $status =~ ^20[01]$ ]] ||
    annotate warning "" "The comment cannot be written: $(describe_status). It needs permissions pull-requests: write."
}

keep_comment
