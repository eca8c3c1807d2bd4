# shellcheck shell=bash
# Keeps one comment on the pull request up to date. Sourced by ingest.sh; never fails the job:
# the comparison is in the job summary, too. Its variables are those of ingest.sh.
# shellcheck disable=SC2154

marker='<!-- ingest-benchmark -->'
readonly page_size=100 max_pages=100

# Prints the id of our comment and what its verdicts were, or nothing. Anybody can begin a comment
# with the marker: ours is one that the job's own token wrote, whose author nobody else can be.
find_comment() { # page-file
  jq -r --arg marker "$marker" '[.[] | objects
    | select((.body | type) == "string" and (.body | startswith($marker))
      and .user.login == "github-actions[bot]" and .user.type == "Bot" and (.id | type) == "number")
    | "\(.id) \([.body | match("<!-- verdicts ([0-9a-f]{64}) -->\\s*\\z") | .captures[0].string][0] // "")"][0] // empty' "$1"
}

# Whether there is something to say: with on-change, not that all is as it was or as it should be.
is_worth_saying() { # what the comment's verdicts were, or nothing; what they are now; id of the comment, or nothing
  [[ $comment_when != on-change ]] && return 0
  jq -e .isWorse "$work/report.json" >/dev/null && return 0
  if [[ -n $3 ]]; then [[ $1 != "$2" ]]; else jq -e .isOpen "$work/report.json" >/dev/null; fi
}

keep_comment() {
  local number api=${GITHUB_API_URL:-https://api.github.com} found="" comment before verdicts target page count
  number=$(jq -r '.pull_request.number | numbers' "$work/event.json") || return 0
  [[ -n $number ]] || return 0
  printf 'Authorization: Bearer %s\nAccept: application/vnd.github+json\n' "$INPUT_GITHUB_TOKEN" >"$work/github"
  for ((page = 1; ; page++)); do
    with_retries "$work/comments" "$work/github" \
      "$api/repos/$GITHUB_REPOSITORY/issues/$number/comments?per_page=$page_size&page=$page"
    count=$(jq -rs 'if length == 1 and (.[0] | type == "array") then .[0] | length else "" end' "$work/comments" 2>/dev/null) || count=""
    if [[ $status != 200 || $count == "" ]]; then
      annotate warning "" "The comments of the pull request cannot be read: $(describe_status).$(missing_permission "pull-requests: write")"
      return 0
    fi
    found=$(find_comment "$work/comments") || return 1
    if [[ -n $found ]] || ((count < page_size || page == max_pages)); then break; fi
  done
  comment=${found%% *}
  before=${found#* }
  verdicts=$(jq -c .verdicts "$work/report.json" | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d' ' -f1)
  is_worth_saying "$before" "$verdicts" "$comment" || return 0
  jq --arg marker "$marker" --arg verdicts "$verdicts" \
    '{body: ($marker + "\n" + .comment + "\n<!-- verdicts " + $verdicts + " -->")}' "$work/report.json" >"$work/comment.json" || return 1
  if [[ -n $comment ]]; then
    target=("$api/repos/$GITHUB_REPOSITORY/issues/comments/$comment" --request PATCH)
  else
    target=("$api/repos/$GITHUB_REPOSITORY/issues/$number/comments" --request POST)
  fi
  with_retries "$work/answer" "$work/github" "${target[@]}" --header 'Content-Type: application/json' --data-binary "@$work/comment.json"
  [[ $exit_code == 0 && $status =~ ^20[01]$ ]] ||
    annotate warning "" "The comment cannot be written: $(describe_status).$(missing_permission "pull-requests: write")"
}

keep_comment || annotate warning "" "The comment cannot be written."
