# Splits a file of results into its results, as text: whatever parses and prints JSON again would
# write other numbers than the client had (jq makes null of NaN and 12345678901234567000 of
# 12345678901234567890). Checks on the way what jq lets pass: that it is JSON, and UTF-8.
#
# Standard input is the file and one more line break (see END). Environment: FIRST, the number of
# the first result; FILL_INS, what is put into results that lack it, a line each: key, tab, JSON.
# Writes a result as 0000001.00, 0000001.01 … into the working directory: together they are its
# text. Prints one line, its parts kept apart by U+001F: ok, number of results, batch or single,
# whether there was a byte order mark; or error, offset in bytes, number of the result from 1 (0 where
# it is alone), pointer, message.
#
# Runs with LC_ALL=C, so that characters are bytes, in mawk, gawk, busybox and the awk of macOS:
# no length of a string is bounded by the input, and no text is cut from its front again and again.

BEGIN {
  RS = "\"" # so records are, in turn, what stands outside of strings and pieces of strings
  ORS = ""
  gap = "\037" # between what is printed: no JSON has it
  control = "[\001-\037]"
  utf8 = "[\302-\337][\200-\277]|\340[\240-\277][\200-\277]|[\341-\354\356\357][\200-\277][\200-\277]" \
    "|\355[\200-\237][\200-\277]|\360[\220-\277][\200-\277][\200-\277]" \
    "|[\361-\363][\200-\277][\200-\277][\200-\277]|\364[\200-\217][\200-\277][\200-\277]"
  not_ascii = "[\200-\377]"
  max_depth = 64 # of a result, as the function has it
  more = "after its end there is more: several results belong into {\"results\": [...]}"

  lines = split(ENVIRON["FILL_INS"], line, "\n")
  for (i = 1; i <= lines; i++) {
    tab = index(line[i], "\t")
    if (tab == 0) continue
    name = substr(line[i], 1, tab - 1)
    fill[name] = substr(line[i], tab + 1)
    order[++fills] = name
  }
  is_fillable["candidate"] = is_fillable["run_id"] = 1 # without a fill-in, too: see end_result()
  for (i = 1; i <= fills; i++) is_fillable[order[i]] = 1

  first = ENVIRON["FIRST"] + 0
  expect = "value"
  result_depth = 1 # 3 once a key "results" says that it is a batch
}

{
  text = $0
  start = offset + 0
  if (NR == 1 && substr(text, 1, 3) == "\357\273\277") {
    has_mark = 1
    text = substr(text, 4)
    start += 3
  }
  offset += length($0) + 1
  if (in_string) string(text)
  else outside(text)
  if (!continues) in_string = !in_string
}

END {
  if (failed) exit 1
  at = offset - 2 # the line break that was added, and the quote that no record ends with
  # Without that line break, a file that ends with a quote too many would look like one without:
  # so the quote begins one more string.
  if (depth > 0) error("it ends before it is complete")
  if (expect == "value") error("it is empty")
  print "ok" gap count + 0 gap (result_depth == 3 ? "batch" : "single") gap has_mark + 0 "\n"
}

# --- Strings ---------------------------------------------------------------------------------

function string(text,    last, rest) {
  at = start
  if (!continues) {
    at = start - 1
    is_key = expect ~ /^key/
    if (!is_key && expect !~ /^value/) error(expect == "end" ? more : "a string stands where " wanted() " is expected")
    if (!is_key) check_scalar()
    raw = ""
    emit("\"")
  }
  # Of a text's character 0, mawk gives the first: last > 0.
  for (last = length(text); last > 0 && substr(text, last, 1) == "\\"; last--);
  continues = (length(text) - last) % 2 # the quote is an escaped one
  if (continues) text = text "\""
  if (text ~ control) error("a string holds " (index(text, "\n") ? "a line break" : "a control character") ": JSON wants it escaped")
  if (text ~ not_ascii) {
    rest = text
    gsub(utf8, "", rest)
    if (rest ~ not_ascii) error("it is not UTF-8 but, perhaps, Latin-1: save it as UTF-8")
  }
  if (index(text, "\\")) {
    rest = text
    gsub(/\\(["\\\/bfnrt]|u[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f])/, "", rest)
    if (index(rest, "\\")) error("a string holds a backslash that escapes nothing")
  }
  emit(text)
  # Enough of it to know and to show it.
  if (length(raw) < 1000 && (is_key || depth == result_depth)) raw = raw text
  if (continues) return
  emit("\"")
  if (is_key) begin_member(plain(raw))
  else end_value()
}

# A key with its letters not escaped: "\u0065nvironment" is environment.
function plain(raw,    code) {
  while (match(raw, /\\u00[2-7][0-9A-Fa-f]/)) {
    code = tolower(substr(raw, RSTART + 4, 2))
    raw = substr(raw, 1, RSTART - 1) \
      sprintf("%c", substr(code, 1, 1) * 16 + index("0123456789abcdef", substr(code, 2)) - 1) \
      substr(raw, RSTART + 6)
  }
  return raw
}

# --- Outside of strings ----------------------------------------------------------------------

function outside(text,    parts, n, k) {
  # In parts, because what takes tokens from the front of a text copies the rest each time.
  # Not ",": older awks of macOS split at line breaks, too, unless it is an expression.
  n = split(text, parts, /[,]/)
  at = start
  for (k = 1; k <= n; k++) {
    if (k > 1) {
      comma()
      at++
    }
    tokens(parts[k])
  }
}

function tokens(text,    character, size) {
  while (text != "") {
    character = substr(text, 1, 1)
    size = 1
    if (match(text, /^[ \t\r\n]+/)) {
      size = RLENGTH
      emit(substr(text, 1, size))
    } else if (character == "{" || character == "[") open(character)
    else if (character == "}" || character == "]") close_with(character)
    else if (character == ":") colon()
    else {
      match(text, /^[^]{}: \t\r\n[]+/)
      size = RLENGTH
      word(substr(text, 1, size))
    }
    at += size
    text = substr(text, size + 1)
  }
}

function comma() {
  if (expect != "comma or end" || depth == 0) error("a comma stands where " wanted() " is expected")
  if (kind[depth] == "{") expect = "key"
  else {
    expect = "value"
    position[depth]++
  }
  emit(",")
}

function colon() {
  if (expect != "colon") error("a colon stands where " wanted() " is expected")
  expect = "value"
  emit(":")
}

function open(character) {
  if (expect !~ /^value/) error(expect == "end" ? more : "a bracket stands where " wanted() " is expected")
  if (depth + 1 - result_depth >= max_depth) error("must not be nested deeper than " max_depth)
  if (depth == 0 && character == "[") error("it is an array: put the results into {\"results\": [...]}")
  if (depth == 1 && result_depth == 3 && character != "[") error("must be an array of results", "/results")
  if (depth == 2 && result_depth == 3 && character != "{") error("must be a JSON object")
  depth++
  kind[depth] = character
  members[depth] = 0
  position[depth] = 0
  key[depth] = ""
  expect = character == "{" ? "key or end" : "value or end"
  if (depth == result_depth) begin_result()
  else emit(character)
}

function close_with(character) {
  if (depth == 0 || character != (kind[depth] == "{" ? "}" : "]") ||
      (expect != "comma or end" && expect != (kind[depth] == "{" ? "key or end" : "value or end")))
    error("a closing bracket stands where " wanted() " is expected")
  emit(character)
  if (depth == result_depth) end_result()
  depth--
  end_value()
}

function word(text) {
  if (expect !~ /^value/) error(expect == "end" ? more : shown(text) " stands where " wanted() " is expected")
  check_scalar()
  if (text !~ /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)$/) {
    if (text ~ /^[-+]?(NaN|nan|NAN|Infinity|infinity|Inf|inf)$/)
      error("is " text ", which JSON does not have: leave it out, or write null")
    if (text ~ /^['\/]/ || text ~ not_ascii) error("what stands here is not JSON")
    error("is " shown(text) ", which is not JSON")
  }
  if (depth == result_depth && is_fillable[key[depth]] && text ~ /^[a-z]/) {
    # Decided at the end of the result, and so a part of its own.
    next_part()
    slot[key[depth]] = part
    value[key[depth]] = text
    print text > file
    next_part()
  } else emit(text)
  end_value()
}

function check_scalar() {
  if (depth == 0) error("it is no object")
  if (depth == 1 && result_depth == 3) error("must be an array of results", "/results")
  if (depth == 2 && result_depth == 3) error("must be a JSON object")
}

function end_value() {
  if (depth == result_depth && key[depth] == "branch_name") branch = raw
  expect = depth == 0 ? "end" : "comma or end"
  raw = ""
}

function begin_member(name) {
  members[depth]++
  key[depth] = name
  expect = "colon"
  if (depth == 1 && name == "results") {
    if (members[1] > 1) error(result_depth == 3 ? "is there twice: a key must be unique" : "must stand alone: its object holds more", "/results")
    drop_result()
    result_depth = 3
  } else if (depth == 1 && result_depth == 3) error("stands beside results, where nothing may stand", "/" substr(name, 1, 200))
  if (depth != result_depth) return
  if (!is_fillable[name]) return
  if (name in present) error("is there twice: a key must be unique")
  present[name] = 1
}

# --- Results ---------------------------------------------------------------------------------

function begin_result() {
  count++
  part = 0
  split("", present)
  split("", slot)
  split("", value)
  branch = ""
  file = ""
  next_part()
}

function next_part() {
  if (file != "") close(file)
  file = part_name(++part)
  print "" > file
}

function part_name(number) {
  return sprintf("%07d.%02d", first + count - 1, number)
}

function drop_result() {
  close(file)
  file = ""
  count = 0
}

function end_result(    i, name, head, separator) {
  close(file)
  # A branch of its own is claimed by what was measured: a run of one branch that calls itself
  # another must not pass for that one.
  sub(/^refs\/heads\//, "", branch)
  is_other = ("branch_name" in fill) && branch != "" && "\"" branch "\"" != fill["branch_name"]
  separator = members[result_depth] > 0 ? "," : ""
  for (i = fills; i >= 1; i--) {
    name = order[i]
    # Of another run the attempt says nothing.
    if (name == "run_attempt" && ("run_id" in present) && value["run_id"] != "null") continue
    if (name in slot) {
      # What the workflow calls a candidate, a result does not call published.
      if (value[name] == "null" || name == "candidate") put(part_name(slot[name]), fill[name])
    } else if (!(name in present)) {
      head = "\"" name "\":" fill[name] separator head
      separator = ","
    }
  }
  if (is_other && !("candidate" in fill)) {
    if ("candidate" in slot) put(part_name(slot["candidate"]), "true")
    else if (!("candidate" in present)) head = "\"candidate\":true" separator head
  }
  put(part_name(0), "{" head)
  file = ""
}

function put(name, text) {
  print text > name
  close(name)
}

function emit(text) {
  if (file != "") print text > file
}

# --- What is wrong ---------------------------------------------------------------------------

function wanted() {
  if (expect == "colon") return "a colon"
  if (expect ~ /^key/) return "a key"
  if (expect ~ /^value/) return "a value"
  if (expect == "end") return "the end"
  return "a comma or the end of the " (kind[depth] == "{" ? "object" : "array")
}

function shown(text) {
  return length(text) > 40 ? substr(text, 1, 40) "..." : text
}

function pointer(    i, path, step) {
  for (i = result_depth == 3 ? 3 : 1; i <= depth; i++) {
    if (kind[i] == "{" && members[i] == 0) break
    step = kind[i] == "{" ? key[i] : position[i]
    gsub(/~/, "~0", step)
    gsub(/\//, "~1", step)
    path = path "/" step
  }
  return length(path) > 200 ? substr(path, 1, 200) "..." : path
}

function error(message, where,    number) {
  if (failed) exit 1
  failed = 1
  number = result_depth == 3 && depth >= 2 ? position[2] + 1 : 0
  print "error" gap at gap number gap (where == "" ? pointer() : where) gap message "\n"
  exit 1
}
