# shellcheck shell=bash
# Keeps one comment on the pull request up to date. Sourced by ingest.sh; never fails the job:
# the comparison is in the job summary, too. Its variables are those of ingest.sh.
# shellcheck disable=SC2154

marker='<!-- ingest-benchmark -->'
readonly page_size=100 max_pages=100

# Prints the id of our comment, or nothing. Anybody can begin a comment with the marker: ours is
# one that the job's own token wrote, whose author nobody else can be.
find_comment() { # page-file
  jq -r --arg marker "$marker" '[.[] | objects
    | select((.body | type) == "string" and (.body | startswith($marker))
      and .user.login == "github-actions[bot]" and .user.type == "Bot" and (.id | type) == "number")
    | .id][0] // empty' "$1"
}

keep_comment() {
  local number api=${GITHUB_API_URL:-https://api.github.com} comment="" target page count
  number=$(jq -r '.pull_request.number | numbers' "$work/event.json") || return 0
  [[ -n $number ]] || return 0
  printf 'Authorization: Bearer %s\nAccept: application/vnd.github+json\n' "$INPUT_GITHUB_TOKEN" >"$work/github"
  for ((page = 1; ; page++)); do
    with_retries "$work/comments" "$work/github" \
      "$api/repos/$GITHUB_REPOSITORY/issues/$number/comments?per_page=$page_size&page=$page"
    count=$(jq -rs 'if length == 1 and (.[0] | type == "array") then .[0] | length else "" end' "$work/comments" 2>/dev/null) || count=""
    if [[ $status != 200 || $count == "" ]]; then
      annotate warning "" "The comments of the pull request cannot be read: $(describe_status)."
      return 0
    fi
    comment=$(find_comment "$work/comments")
    if [[ -n $comment ]] || ((count < page_size || page == max_pages)); then break; fi
  done
  jq --arg marker "$marker" '{body: ($marker + "\n" + .comment)}' "$work/report.json" >"$work/comment.json"
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
