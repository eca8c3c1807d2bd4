import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const PAGES = ["", "docs", "docs/ci", "dashboard", ".github/actions/ingest-benchmark"]
  .flatMap((directory) =>
    [...Deno.readDirSync(join(ROOT, directory))]
      .filter(({ name }) => name.endsWith(".md"))
      .map(({ name }) => join(ROOT, directory, name))
  );

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, "").replaceAll(" ", "-")
  );
}

Deno.test("every link of the documentation leads to a file, and to a heading that is there", () => {
  for (const page of PAGES) {
    const text = Deno.readTextFileSync(page);
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      const [path, anchor] = target!.split("#") as [string, string | undefined];
      const file = path === "" ? page : join(dirname(page), path);
      const where = `${relative(ROOT, page)}: ${target}`;
      const isThere = (() => {
        try {
          return Deno.statSync(file) !== null;
        } catch {
          return false;
        }
      })();
      assert.ok(isThere, where);
      if (anchor === undefined || !file.endsWith(".md")) continue;
      assert.ok(anchorsOf(Deno.readTextFileSync(file)).includes(anchor), where);
    }
  }
});

Deno.test("every page of docs is linked from another one", () => {
  const all = PAGES.map((page) => [page, Deno.readTextFileSync(page)] as const);
  for (const page of PAGES.filter((page) => relative(ROOT, page).startsWith("docs/"))) {
    const isLinked = all.some(([other, text]) =>
      other !== page &&
      [...text.matchAll(/\]\(([^)#\s]+)/g)].some(([, target]) =>
        join(dirname(other), target!) === page
      )
    );
    assert.ok(isLinked, relative(ROOT, page));
  }
});

Deno.test("figures of speed in docs/operating.md are those of docs/speed.md", () => {
  const read = (path: string) => Deno.readTextFileSync(join(ROOT, path));
  const section = read("docs/operating.md").split("\n## How large, and how fast\n")[1]!;
  const measured = read("docs/speed.md");
  const figures = [...section.matchAll(/^\|.*\| (\d+) \|$/gm)].map(([, figure]) => figure!);
  assert.equal(figures.length, 5);
  for (const figure of [...figures, /takes (\d+) bytes/.exec(section)![1]!]) {
    assert.match(measured, new RegExp(`\\b${figure}\\b`));
  }
});
