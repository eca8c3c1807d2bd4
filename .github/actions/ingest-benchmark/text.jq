# Text for GitHub, of what may be anything: a name from a result, or whatever a server answered.

# gsub takes milliseconds for a line of asterisks, and there may be thousands.
def replaced($old; $new): if contains($old) then split($old) | join($new) else . end;
def gsub_if($regex; $new): if test($regex) then gsub($regex; $new) else . end;

# One line, however it was written.
def line($most): tostring | .[0:$most] | gsub_if("[\\p{Cc}\\p{Zl}\\p{Zp}]+"; " ") | gsub_if("\\p{Cf}+"; "");
def line: line(300);

# None may end a cell, start HTML or Markdown, mention people or link. GitHub looks for mentions,
# references, URLs and emoji in the text that Markdown leaves, where a backslash is gone; a space
# without width (U+200B) stays between.
def escaped:
  gsub_if(":(?=[A-Za-z0-9_+-]+:)"; ":\u200b")
  | replaced("&"; "&amp;") | replaced("<"; "&lt;") | replaced(">"; "&gt;")
  # First the backslash, which the others get.
  | reduce ("\\", "[", "]", "|", "`", "*", "_", "~", "!") as $mark (.; replaced($mark; "\\" + $mark))
  | replaced("@"; "@\u200b") | replaced("#"; "#\u200b")
  | replaced("://"; ":\u200b//")
  | if test("www\\."; "i") then gsub("(?<c>[Ww]{3})[.]"; "\(.c)\u200b.") else . end
  | if test("gh-"; "i") then gsub("(?<c>\\b[Gg][Hh]-)(?=[0-9])"; "\(.c)\u200b") else . end
  | if (split("$") | length) > 2 then replaced("$"; "<span>$</span>") else . end; # mathematics

def cell($most): line($most) | escaped;
def cell: cell(300);

# A name in a table: what is long is cut in its middle, where names of models are most alike, and may
# be broken, or it would push the other columns off the page. U+0001 is in no line, and so in no name.
def name_cell:
  line
  | if length > 60 then .[0:36] + "…" + .[-20:] else . end
  | if length > 20 then
      gsub("(?<mark>[/_.:])(?=.)"; "\(.mark)\u0001") | gsub("(?<part>[^\\s\u0001-]{16})(?=[^\\s\u0001-])"; "\(.part)\u0001")
    else . end
  | escaped | replaced("\u0001"; "<wbr>");

# Text that is no Markdown where it is shown: no mention, reference or link in it all the same.
def inert: replaced("@"; "@\u200b") | replaced("#"; "#\u200b") | replaced("://"; ":\u200b//");

# A server may answer anything: what is not of the type it should have is not there.
def number: if type == "number" then . else null end;
def object: if type == "object" then . else {} end;

def rounded($digits): . * pow(10; $digits) | round | . / pow(10; $digits);

# A number with so many digits that count.
def significant($digits):
  if . == 0 then 0
  else ($digits - 1 - (fabs | log10 | floor)) as $places
    # What is beyond, a double cannot say in one step.
    | if $places > 22 or $places < -22 then .
      elif $places >= 0 then rounded($places)
      else (. / pow(10; -$places) | round) * pow(10; -$places) end
  end;

# A change with a sign that is one.
def signed($isPercent):
  (if $isPercent then . * 100 else . end | significant(3))
  | (if . > 0 then "+\(.)" elif . < 0 then "−\(-.)" else "±0" end) + (if $isPercent then "\u00a0%" else "" end);

def amount: number | if . == null then "–" else "\(significant(5))" end;

# "1 run", "2 runs"
def counted($noun): "\(.) \($noun)\(if . == 1 then "" else "s" end)";
