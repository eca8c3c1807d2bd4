// docs/getting-started.md: what it has one do on one's machine, in a folder where nothing was.
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../testing/postgres_server.ts";
import { pipeLines } from "../testing/process_output.ts";
import { reasonToSkip } from "../testing/required_tools.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const NOT_CLONED = [".git", ".local", "node_modules", "dist", "screenshots"];
const PAGE = await Deno.readTextFile(new URL("getting-started.md", import.meta.url));
const LOCAL = PAGE.split("\n## On your machine\n")[1]!.split("\n## ")[0]!;
const skip = await reasonToSkip("bash", "git");

Deno.test({
  name: "docs/getting-started.md says what happens" + skip,
  ignore: skip !== "",
  async fn() {
    const steps = LOCAL.split(/^(?=\*\*\d\. )/m).slice(1).map((step) => {
      const blocks = [...step.matchAll(/^```(\w*)\n([^]*?)^```$/gm)];
      const of = (language: string) =>
        blocks.filter(([, one]) => one === language).map(([, , text]) => text!).join("");
      return { commands: of("sh"), says: of("").trim().split("\n") };
    });
    assert.equal(steps.length, 6);
    const [start, look, ...others] = steps;
    assert.match(start!.commands, /^git clone .*\ncd .*\nnpx -y deno@2 task start\n$/);
    assert.equal(look!.commands, "");

    const directory = await Deno.makeTempDir();
    const clone = join(directory, "benchmark-ledger");
    await copy(ROOT, clone);
    const bin = join(directory, "bin");
    await Deno.mkdir(bin);
    // npx would download what runs this.
    await Deno.writeTextFile(
      join(bin, "npx"),
      `#!/bin/bash\n[[ "$1 $2" == "-y deno@2" ]] && exec "${Deno.execPath()}" "\${@:3}"\n`,
      { mode: 0o755 },
    );
    // And nothing of what says where this runs, such as the INIT_CWD of a task.
    const kept = ["HOME", "DENO_DIR", "LANG", "TMPDIR"]
      .flatMap((name) => Deno.env.has(name) ? [[name, Deno.env.get(name)!]] : []);
    const env = {
      ...Object.fromEntries(kept),
      PATH: `${bin}:${Deno.env.get("PATH")}`,
      NO_COLOR: "1",
    };
    const sh = async (script: string) => {
      const { stdout, stderr } = await new Deno.Command("bash", {
        args: ["-c", script],
        cwd: clone,
        clearEnv: true,
        env,
      }).output();
      return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    };
    await sh(
      "git init -q -b main && git add -A && git -c user.name=a -c user.email=a@example.com commit -qm a",
    );
    const stack = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/start/start.ts", "--port", String(freePort())],
      cwd: clone,
      clearEnv: true,
      env,
      stdout: "piped",
      stderr: "null",
    }).spawn();
    try {
      const output = pipeLines(stack.stdout);
      await output.waitFor("Press Ctrl-C to stop.");
      const push = await sh(others[0]!.commands);
      assert.match(push, /Not judged: there is no published run before it\./);
      assert.match(push, /\?view=run&configuration=/);
      for (const { commands, says } of others.slice(1, 3)) {
        const said = await sh(commands);
        assert.ok(says.length > 2);
        for (const line of says) assert.ok(said.includes(line.trim()), `${line} in ${said}`);
      }
      assert.match(await sh(others[3]!.commands), /^The ledger is intact: 14 entries/m);
    } finally {
      stack.kill("SIGINT");
      await stack.status;
      await Deno.remove(directory, { recursive: true });
    }
  },
});

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const entry of Deno.readDir(from)) {
    if (NOT_CLONED.includes(entry.name) || entry.name.startsWith(".building-")) continue;
    if (entry.isDirectory) await copy(join(from, entry.name), join(to, entry.name));
    else if (entry.isFile) await Deno.copyFile(join(from, entry.name), join(to, entry.name));
  }
}
