#!/usr/bin/env bash
# Posts result files to the ingest function. Inputs are the variables INPUT_*, see action.yml.
# Plain bash, awk, curl and jq: nothing is installed in the job that holds the token.
#
# jq reads results but never writes what is sent: it would write other numbers (see
# split_results.awk). And whatever a server answers is checked or escaped before it is printed.
set -euo pipefail
shopt -s nullglob extglob
# The bash 3.2 of macOS does not know it: there ** is *.
shopt -s globstar 2>/dev/null || true

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly max_batch=100
readonly max_bytes=1000000
readonly max_body_bytes=1048576       # what the function takes
readonly envelope_bytes=14            # {"results":[]}
readonly max_answer_kilobytes=32768   # receipts of a batch, or a page of comments, several times over
readonly max_delay=60
readonly token_lifetime=200           # seconds of the five minutes that an OIDC token lives
readonly max_attempts=${INGEST_MAX_ATTEMPTS:-6}
readonly first_delay=${INGEST_FIRST_DELAY_SECONDS:-1}

umask 077
work=$(mktemp -d "${RUNNER_TEMP:-/tmp}/ingest-benchmark.XXXXXX")
readonly work
receipts=$work/receipts.json
trap 'find "$work" -mindepth 1 ! -name receipts.json -delete' EXIT

# --- What the runner reads -------------------------------------------------------------------

# A workflow command is a line: a line break in a value would start another one.
newline=$'\n' carriage_return=$'\r' # the bash 3.2 of macOS reads no $'' inside of ${}
command_value() {
  local value=${1//%/%25}
  value=${value//$carriage_return/%0D}
  printf '%s\n' "${value//$newline/%0A}" | inert_lines
}
command_property() {
  local value
  value=$(command_value "$1")
  value=${value//:/%3A}
  printf '%s\n' "${value//,/%2C}"
}

# Lines that hold no command of the runner, old (##[…] anywhere) or new (:: first), and nothing
# that moves the cursor.
inert_lines() {
  LC_ALL=C tr -d '\000-\010\013-\037\177' | LC_ALL=C sed -e 's/##\[/# #[/g' -e 's/^\([[:space:]]*\)::/\1: :/'
}

annotate() { # level file message
  if [[ -n $2 ]]; then
    printf '::%s file=%s::%s\n' "$1" "$(command_property "$2")" "$(command_value "$3")"
  else
    printf '::%s::%s\n' "$1" "$(command_value "$3")"
  fi
}

# What is wrong with a file or its results: an annotation, and a line of the report.
refuse() { # file message
  annotate error "$1" "$2"
  # The annotation stands on its file; the line must say it.
  local line=$2
  [[ $line == "$1"* ]] || line="$1: $2"
  printf '%s\n' "${line//$newline/ }" >>"$work/refusals"
}

fail() {
  annotate error "" "$1"
  exit 1
}

# A line break in a value would be another output.
output() {
  [[ $2 != *[$'\r\n']* ]] || fail "Output $1 would have a line break."
  printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:-/dev/null}"
}

# --- Inputs ----------------------------------------------------------------------------------

event=${GITHUB_EVENT_NAME:-}
: >"$work/event.json"
[[ ! -s ${GITHUB_EVENT_PATH:-} ]] || jq . "$GITHUB_EVENT_PATH" >"$work/event.json" 2>/dev/null || : >"$work/event.json"
: >"$work/refusals"

url=${INPUT_URL%/}
[[ $url =~ ^https?://[^[:space:]]+$ ]] || fail "Input url must be the URL of the ingest function."
mode=${INPUT_MODE:-}
if [[ -z $mode ]]; then
  # What is not merged yet is compared.
  [[ $event == pull_request || $event == merge_group ]] && mode=compare || mode=ingest
fi
[[ $mode == ingest || $mode == compare ]] || fail "Input mode must be ingest or compare, not $mode."
limits=${INPUT_FAIL_ON_REGRESSION:-off}
readonly limit='(precision|recall|f1|latency_ms|analysis_cost)=([0-9]+(\.[0-9]+)?|\.[0-9]+)'
[[ $limits == off || $limits == policy || $limits =~ ^$limit(,$limit)*$ ]] ||
  fail "Input fail-on-regression must be off, policy or limits such as f1=0.05,latency_ms=200, not $limits."
fail_on=${INPUT_FAIL_ON:-worse}
[[ $fail_on == worse || $fail_on == inconclusive ]] || fail "Input fail-on must be worse or inconclusive, not $fail_on."
# Or it would be passed over in silence.
[[ $fail_on == worse || $limits == policy ]] ||
  fail "Input fail-on: inconclusive needs fail-on-regression: policy: nothing else has verdicts."
[[ ${INPUT_REQUIRE:-} =~ ^(not-worse|)$ ]] || fail "Input require must be not-worse or nothing, not $INPUT_REQUIRE."
[[ ${INPUT_CANDIDATE:-} =~ ^(true|false|)$ ]] || fail "Input candidate must be true or false, not $INPUT_CANDIDATE."
[[ ${INPUT_RUN_ATTEMPT:-} =~ ^([1-9][0-9]{0,8}|)$ ]] || fail "Input run-attempt must be a number from 1 on, not $INPUT_RUN_ATTEMPT."
[[ -z ${INPUT_RUN_ATTEMPT:-} || -n ${INPUT_RUN_ID:-} ]] || fail "Input run-attempt needs input run-id."
[[ ${INPUT_ON_MISSING_CREDENTIAL:-} =~ ^(skip|fail|)$ ]] ||
  fail "Input on-missing-credential must be skip or fail, not $INPUT_ON_MISSING_CREDENTIAL."
case ${INPUT_COMMENT:-always} in
  true | always) comment_when=always ;;
  false | never) comment_when=never ;;
  on-change) comment_when=on-change ;;
  *) fail "Input comment must be always, on-change or never (true and false are always and never), not $INPUT_COMMENT." ;;
esac
[[ ${INPUT_CHECK:-} =~ ^(true|false|)$ ]] || fail "Input check must be true or false, not $INPUT_CHECK."
check_name=${INPUT_CHECK_NAME:-}
[[ -n $check_name ]] || check_name="Benchmarks (${GITHUB_JOB:-job})"
[[ ${#check_name} -le 100 && ! $check_name =~ [[:cntrl:]] ]] ||
  fail "Input check-name must be one line of at most 100 characters, not $check_name."
dashboard=""
if [[ -n ${INPUT_DASHBOARD_URL:-} ]]; then
  # No bracket, quote or bar: it is put into Markdown.
  readonly address='^(https://[A-Za-z0-9.-]+|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\]))(:[0-9]{1,5})?([/?#][A-Za-z0-9._~%/?&=+,:@#-]*)?$'
  [[ $INPUT_DASHBOARD_URL =~ $address ]] ||
    fail "Input dashboard-url must be the https address of your dashboard (http on loopback only), such as https://bench.example/, without user name, brackets, quotes and spaces: not $INPUT_DASHBOARD_URL."
  dashboard=$(jq -rn --arg url "$INPUT_DASHBOARD_URL" --from-file "$here/dashboard_url.jq")
fi
# A secret that was pasted with its line break.
token_input=${INPUT_TOKEN:-}
token_input=${token_input//[$' \t\r\n']/}

files=()
is_listed() { # file
  local listed
  for listed in ${files[@]+"${files[@]}"}; do [[ $listed != "$1" ]] || return 0; done
  return 1
}
while IFS= read -r pattern; do
  pattern=${pattern%$'\r'}
  [[ -n $pattern ]] || continue
  # With an empty IFS a pattern is expanded as a glob and not split at spaces.
  IFS=
  # shellcheck disable=SC2206
  matches=($pattern)
  unset IFS
  found=false
  for match in ${matches[@]+"${matches[@]}"}; do
    [[ -f $match ]] || continue
    found=true
    # Of two patterns that match a file, the second would send it again.
    is_listed "$match" || files+=("$match")
  done
  [[ $found == true ]] || annotate warning "" "No file matches $pattern, a line of input files."
done <<<"${INPUT_FILES:-}"
((${#files[@]} > 0)) || fail "No file matches input files: ${INPUT_FILES:-}"

# --- Requests --------------------------------------------------------------------------------

# Writes body and headers, sets status and exit_code: a status alone can stand before half an
# answer. Headers with a token come from a file: arguments of a process can be read by every
# other one.
request() { # body-file header-file url [curl options]
  local body=$1 headers=$2 target=$3
  shift 3
  : >"$body"
  : >"$work/headers"
  exit_code=0
  status=$(
    # curl before 8.4 bounds only an answer that says how long it is.
    trap '' XFSZ 2>/dev/null || true
    ulimit -f "$max_answer_kilobytes" 2>/dev/null || true
    curl --silent --show-error --globoff --proto '=http,https' --max-time 60 \
      --max-filesize $((max_answer_kilobytes * 1024)) \
      --output "$body" --dump-header "$work/headers" --write-out '%{http_code}' \
      --header "@$headers" "$@" -- "$target" 2>"$work/curl-error"
  ) || exit_code=$?
}

is_json() { jq -es 'length == 1' "$1" >/dev/null 2>&1; }

# Whether the same request may get another answer: after an error of the connection, 429, 502,
# 503 and 504, or an answer that was cut off where nothing says how long it is.
may_repeat() { # body-file
  case $exit_code in
    0) [[ $status =~ ^(429|502|503|504)$ ]] || { [[ $status =~ ^20[01]$ ]] && ! is_json "$1"; } ;;
    5 | 6 | 7 | 16 | 18 | 28 | 35 | 52 | 55 | 56 | 92 | 95 | 96) true ;;
    *) false ;;
  esac
}

# Repeats a request: with a growing delay and jitter, or when the server says so, but it cannot
# make the job wait for hours. Never after another answer.
with_retries() {
  local attempt delay after
  for ((attempt = 1; ; attempt++)); do
    [[ $2 != "$work/credential" ]] || renew_credential
    request "$@"
    may_repeat "$1" || return 0
    ((attempt < max_attempts)) || return 0
    delay=$(jq -n --argjson first "$first_delay" --argjson n "$attempt" --argjson random "$RANDOM" --argjson most "$max_delay" \
      '[$first * pow(2; $n - 1), $most] | min | . / 2 + . / 2 * $random / 32767')
    after=$(tr 'A-Z\r' 'a-z ' <"$work/headers" | sed -n 's/^retry-after: *\([0-9][0-9]*\) *$/\1/p' | tail -n 1)
    if [[ -n $after && $first_delay != 0 ]]; then
      delay=$max_delay
      ((${#after} > 4 || 10#$after > max_delay)) || delay=$((10#$after))
    fi
    echo "Attempt $attempt of $max_attempts got $(describe_status), again in $delay s"
    sleep "$delay"
  done
}

describe_status() {
  case $exit_code in
    0) echo "HTTP $status" ;;
    23 | 63) echo "an answer of more than $max_answer_kilobytes kB" ;;
    *) echo "no whole answer ($(tail -n 1 "$work/curl-error" | sed 's/^curl: //' | inert_lines))" ;;
  esac
}

# What to do about a call to GitHub that was refused, with a space before; nothing after another failure.
missing_permission() { # permission
  # 404, too: GitHub does not show what a token may not see.
  if [[ $exit_code == 0 && $status =~ ^40[34]$ ]]; then
    printf ' Give the job permissions %s; the token of a pull request from a fork never has it.' "$1"
  fi
}

# --- Credential ------------------------------------------------------------------------------

# Writes a token into a header and hides it in the log. What is no token can do neither harm.
write_credential() { # token
  [[ $1 =~ ^[A-Za-z0-9._~+/=-]+$ ]] || return 1
  echo "::add-mask::$1"
  printf 'Authorization: Bearer %s\n' "$1" >"$work/credential"
}

minted_at=""

# An OIDC token lives five minutes, and with delays a batch may take longer.
renew_credential() {
  local target
  if [[ -n $token_input ]]; then
    [[ -f $work/credential ]] || write_credential "$token_input" || fail "Input token is no token: it has characters that no token has."
    return 0
  fi
  [[ -z $minted_at ]] || ((SECONDS - minted_at >= token_lifetime)) || return 0
  printf 'Authorization: Bearer %s\n' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" >"$work/oidc-credential"
  target="$ACTIONS_ID_TOKEN_REQUEST_URL&audience=$(jq -rn --arg audience "${INPUT_AUDIENCE:-$url}" '$audience | @uri')"
  with_retries "$work/oidc-token" "$work/oidc-credential" "$target"
  [[ $exit_code == 0 && $status == 200 ]] || fail "GitHub gave no OIDC token: $(describe_status)."
  write_credential "$(jq -r '.value | strings' "$work/oidc-token" 2>/dev/null)" || fail "GitHub answered without an OIDC token."
  minted_at=$SECONDS
}

# GitHub gives the pull requests of forks neither secrets nor OIDC: there it is no mistake.
is_from_fork() {
  [[ $event == pull_request ]] && jq -e --arg repository "${GITHUB_REPOSITORY:-}" \
    '.pull_request | has("head") and .head.repo.full_name != $repository' "$work/event.json" >/dev/null 2>&1
}

if [[ -z $token_input && (-z ${ACTIONS_ID_TOKEN_REQUEST_URL:-} || -z ${ACTIONS_ID_TOKEN_REQUEST_TOKEN:-}) ]]; then
  message="No credential: give the job permissions id-token: write, or set input token. A pull request from a fork has neither."
  on_missing=${INPUT_ON_MISSING_CREDENTIAL:-}
  if [[ -z $on_missing ]]; then is_from_fork && on_missing=skip || on_missing=fail; fi
  [[ $on_missing == skip ]] || fail "$message"
  annotate notice "" "$message Nothing was sent."
  output skipped true
  output regressed false
  exit 0
fi
output skipped false

# --- Results ---------------------------------------------------------------------------------

fill_ins=$(jq -rn --slurpfile event "$work/event.json" --arg event_name "$event" \
  --arg repository "${GITHUB_REPOSITORY:-}" --arg environment "${INPUT_ENVIRONMENT:-}" \
  --arg variant "${INPUT_VARIANT:-}" --arg series "${INPUT_SERIES:-}" \
  --arg compare_to "${INPUT_COMPARE_TO:-}" --arg commit_sha "${INPUT_COMMIT_SHA:-}" \
  --arg branch_name "${INPUT_BRANCH_NAME:-}" --arg run_id "${INPUT_RUN_ID:-}" \
  --arg run_attempt "${INPUT_RUN_ATTEMPT:-}" --arg candidate "${INPUT_CANDIDATE:-}" \
  --from-file "$here/fill_ins.jq")

sources=()  # the file of each result
places=()   # its number there, counted from 1, or nothing where it is alone
is_broken=false

# Where something is wrong, for people: the runner shows the file of an annotation only in places.
place() { # file number pointer
  if [[ -n $2 ]]; then printf '%s: result %s%s' "$1" "$2" "${3:+, $3}"; else printf '%s' "$3"; fi
}

refuse_file() { # file message
  refuse "$1" "$2"
  is_broken=true
}

report_broken() { # file offset number pointer message
  local number=$3 at where
  ((number > 0)) || number=""
  # Counted in characters. A byte that is no character counts as one.
  at=$(head -c "$2" <"$1" | jq -Rrs '. + "x" | split("\n") | "line \(length), column \(.[-1] | length)"')
  if [[ -z $number && -z $4 ]]; then
    refuse_file "$1" "$1 is not a JSON object with a result, or with results: $5 ($at)"
    return
  fi
  where=$(place "$1" "$number" "$4")
  [[ $5 =~ ^(is|must|stands)\  ]] || where+=:
  refuse_file "$1" "$where $5 ($at)"
}

# Takes the results of a file apart, into files of their own.
split_file() { # file
  local file=$1 verdict first second third message start n
  start=$(head -c 4 <"$file" | od -An -tx1 | tr -d ' \n')
  case $start in
    feff* | fffe* | 00??00* | ??00??00) refuse_file "$file" "$file is UTF-16: save it as UTF-8."; return ;;
    1f8b*) refuse_file "$file" "$file is compressed (gzip): unpack it."; return ;;
  esac
  if (($(LC_ALL=C tr -cd '\000' <"$file" | wc -c) > 0)); then
    refuse_file "$file" "$file holds NUL bytes: it is no text."
    return
  fi
  # Its verdict is its one line; it fails where the file is broken.
  (
    cd "$work/results"
    { cat; echo; } | FIRST=$((${#sources[@]} + 1)) FILL_INS=$fill_ins LC_ALL=C awk -f "$here/split_results.awk"
  ) <"$file" >"$work/verdict" 2>"$work/awk-error" || true
  # Not a tab: of several in a row, read makes one.
  IFS=$'\037' read -r verdict first second third message <"$work/verdict" || true
  case ${verdict:-} in
    ok) # number of results, batch or single, whether there was a mark
      ((first > 0)) || refuse_file "$file" "$file has no result: results is empty."
      [[ $third == 0 ]] || annotate notice "$file" "$file begins with a byte order mark, which JSON must not have: it was taken off."
      for ((n = 1; n <= first; n++)); do
        sources+=("$file")
        if [[ $second == batch ]]; then places+=("$n"); else places+=(""); fi
      done
      ;;
    error) report_broken "$file" "$first" "$second" "$third" "$message" ;;
    *) fail "$file could not be read: $(tail -n 1 "$work/awk-error")" ;;
  esac
}

mkdir "$work/results"
for file in "${files[@]}"; do split_file "$file"; done
readonly total=${#sources[@]}

sizes=()
paths=()
for ((n = 0; n < total; n++)); do
  sizes+=(0)
  paths+=("")
done
# The files of a result are in the order of its text, by their names. Of a broken file there may
# be some, too, which are nobody's.
if ((total > 0)); then
  while read -r size name; do
    [[ $name == *.* ]] || continue
    n=$((10#${name%%.*} - 1))
    ((n < total)) || continue
    sizes[n]=$((sizes[n] + size))
    paths[n]+=" $name"
  done < <(cd "$work/results" && wc -c -- *)
  for ((n = 0; n < total; n++)); do
    ((sizes[n] + envelope_bytes <= max_body_bytes)) || refuse_file "${sources[n]}" \
      "$(place "${sources[n]}" "${places[n]:-1}" "") has ${sizes[n]} bytes: a request has at most $max_body_bytes."
  done
fi

[[ $is_broken == true ]] || ((total > 0)) || fail "The files hold no result: ${INPUT_FILES:-}"

# Writes the texts of results, apart by commas.
join_results() { # first index, count
  local n list=()
  printf , >"$work/comma"
  for ((n = $1; n < $1 + $2; n++)); do
    ((n == $1)) || list+=("$work/comma")
    # shellcheck disable=SC2206
    list+=(${paths[n]})
  done
  (cd "$work/results" && cat -- "${list[@]}")
}

# --- Sending ---------------------------------------------------------------------------------

readonly one_line='def line: tostring | .[0:2000] | gsub("[\\p{Cc}\\p{Zl}\\p{Zp}]"; " ");'

# What the function says is wrong, as lines: pointer, separator, message.
list_errors() {
  jq -r "$one_line"'
    .errors | arrays | .[0:100][] | objects | "\(.pointer // "" | line)\u001f\(.message // "" | line)"' "$work/answer" 2>/dev/null || true
}

report_problem() { # first index, count
  local pointer message index number count=0 detail
  echo "The ingest function answered $(describe_status)."
  while IFS=$'\037' read -r pointer message; do
    index=$1
    number=${places[index]}
    # In decimal: /results/08 would be an octal number.
    if [[ $pointer =~ ^/results/([0-9]{1,6})(/.*)?$ ]] && ((10#${BASH_REMATCH[1]} < $2)); then
      index=$(($1 + 10#${BASH_REMATCH[1]}))
      number=${places[index]}
      pointer=${BASH_REMATCH[2]:-}
    fi
    message="$(place "${sources[index]}" "$number" "$pointer") $message"
    refuse "${sources[index]}" "${message# }"
    count=$((count + 1))
  done < <([[ $exit_code != 0 ]] || list_errors)
  ((count == 0)) || return 0
  detail=$([[ $exit_code != 0 ]] || jq -r "$one_line"'.detail | strings | line' "$work/answer" 2>/dev/null || true)
  refuse "${sources[$1]}" "${detail:+$detail }($(describe_status))"
}

# Returns 1, after saying why, when the batch has no receipts.
send_batch() { # first index, count
  local query="" key options=() verdict
  { printf '{"results":['; join_results "$1" "$2"; printf ']}'; } >"$work/batch.json"
  [[ $mode == ingest ]] || query="?dry_run=true"
  # An OIDC token names the run, which makes a retry safe. An ingest token does not.
  if [[ -n $token_input ]]; then
    key=$({ printf '%s\n' "${GITHUB_REPOSITORY:-}" "${GITHUB_RUN_ID:-}" "${GITHUB_RUN_ATTEMPT:-}" "${GITHUB_JOB:-}" "$1"; cat "$work/batch.json"; } | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d' ' -f1)
    options=(--header "Idempotency-Key: $key")
  fi
  with_retries "$work/answer" "$work/credential" "$url$query" --request POST \
    --header 'Content-Type: application/json' ${options[@]+"${options[@]}"} --data-binary "@$work/batch.json"
  if [[ $exit_code != 0 || ! $status =~ ^20[01]$ ]]; then
    report_problem "$1" "$2"
  else
    verdict=$(jq -rs --argjson count "$2" --arg mode "$mode" --from-file "$here/receipts.jq" "$work/answer" 2>/dev/null) ||
      verdict="it is not JSON"
    if [[ $verdict == ok ]]; then
      jq -c '.results[]' "$work/answer" >>"$work/receipts"
      return 0
    fi
    refuse "${sources[$1]}" "The ingest function answered HTTP $status, but not with what it should: $verdict."
  fi
  # It may have been stored all the same.
  [[ $mode == compare || $status =~ ^4 ]] || {
    is_known=false
    echo "Whether these $2 results were stored is not known. With the same run id and attempt, sending them again stores nothing twice."
  }
  return 1
}

: >"$work/receipts"
first=0
bytes=0
is_known=true # what is stored
# Nothing, when a file is broken: what one has wrong must not leave the others stored.
is_sent=$([[ $is_broken == false ]] && echo true || echo false)
if [[ $is_sent == true ]]; then
  for ((n = 0; n < total; n++)); do
    if ((n > first && (n - first == max_batch || bytes + sizes[n] > max_bytes))); then
      send_batch "$first" $((n - first)) || { is_sent=false; break; }
      first=$n
      bytes=0
    fi
    bytes=$((bytes + sizes[n] + 1))
  done
  if [[ $is_sent == true ]]; then send_batch "$first" $((total - first)) || is_sent=false; fi
fi

# --- Report ----------------------------------------------------------------------------------

# Also when a request failed: what was stored before it stays stored.
{ echo '{"results":['; sed '$!s/$/,/' "$work/receipts"; echo ']}'; } >"$receipts"
answered=$(($(wc -l <"$work/receipts"))) # a line each
# Those alone: jq may not take what the function refused.
{ printf '['; ((answered == 0)) || join_results 0 "$answered"; printf ']'; } >"$work/results.json"
{ ((total == 0)) || printf '%s\n' "${sources[@]//$newline/ }"; } >"$work/sources"
jq -rn -L "$here" --rawfile sources "$work/sources" --rawfile refusals "$work/refusals" --arg workspace "${GITHUB_WORKSPACE:-}" --slurpfile results "$work/results.json" --slurpfile receipts "$receipts" --argjson total "$total" \
  --arg mode "$mode" --arg limits "$limits" --arg fail_on "$fail_on" --arg require "${INPUT_REQUIRE:-}" --arg sha "${GITHUB_SHA:-}" \
  --arg is_known "$is_known" --arg dashboard "$dashboard" \
  --arg repository "${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_REPOSITORY:-}" \
  --from-file "$here/report.jq" >"$work/report.json"
annotations=()
{
  read -r ids
  read -r versions
  read -r regressed
  while IFS= read -r line && [[ -n $line ]]; do annotations+=("$line"); done
  tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}" | inert_lines
} < <(jq -r '.outputs[], (.warnings[] | "warning:\(.)"), (.errors[] | "error:\(.)"), "", .markdown' "$work/report.json")
output transaction-ids "$ids"
output snapshot-versions "$versions"
if [[ $mode == ingest && $answered != 0 ]]; then
  output receipts "$receipts"
  # The log is a witness, too: it is kept where nobody who writes to the database can change it.
  echo "Receipts:"
  sed 's/##\[/#\\u0023[/g' "$work/receipts" | inert_lines
fi
output regressed "$regressed"

if [[ $comment_when != never && -n ${INPUT_GITHUB_TOKEN:-} ]]; then
  # shellcheck source=comment.sh
  source "$here/comment.sh"
fi
if [[ ${INPUT_CHECK:-} == true ]]; then
  # shellcheck source=check.sh
  source "$here/check.sh"
fi

is_failed=false
for line in ${annotations[@]+"${annotations[@]}"}; do
  annotate "${line%%:*}" "" "${line#*:}"
  [[ $line != error:* ]] || is_failed=true
done
[[ $is_broken == false ]] || fail "Nothing was sent: see the errors above."
if [[ $is_sent == false ]]; then
  if [[ $mode == ingest ]]; then
    fail "$answered of $total results were stored$( ((answered == 0)) || echo "; their receipts are above")."
  fi
  fail "$answered of $total results were compared."
fi
[[ $is_failed == false ]]
