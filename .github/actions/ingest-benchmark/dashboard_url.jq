# The query that names a run, put to the address of a dashboard as people give it: without slash at the
# end of a path, with a page's name, or copied from a browser that showed another view.

($url | split("#")[0] | split("?")) as $parts
| ($parts[1:] | join("?") | split("&")
    | map(select(. != "" and (test("\\A(view|configuration|version)(=|\\z)") | not)))) as $others
| ($parts[0] | if test("\\A[a-z]+://[^/]+/(.*/)?([^/]*[.]html?)?\\z") then . else . + "/" end)
  + "?" + ($others + ["view=run"] | join("&"))
