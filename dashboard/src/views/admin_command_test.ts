import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import type { Configuration } from "../client/documents.ts";
import { adminCommand } from "./admin_command.ts";

const CONFIGURATION: Configuration = {
  id: "",
  model_version: "m",
  dataset_version: "d",
  prompt_version: "p",
  environment: "local",
  variant: "",
  series: null,
  created_at: "2026-11-01T00:00:00Z",
  last_version: 3,
  current_version: 3,
  baseline_version: null,
  reference_version: 3,
  void_versions: [],
};

Deno.test("adminCommand() is the line to run", () => {
  assert.equal(
    adminCommand("checkout", CONFIGURATION, 2),
    "deno task admin checkout --model m --dataset d --prompt p --environment local --version 2",
  );
});

Deno.test("adminCommand() quotes names, so that the shell hands them on and runs nothing", async () => {
  const names = [
    "it's; $(touch /tmp/x) `y`",
    '\\ "é" !! ~ {a,b} *',
    "it's!",
    "-rf",
    "--json",
    "a=b",
    "#",
  ];
  for (const name of names) {
    const configuration = { ...CONFIGURATION, model_version: name, variant: name };
    const line = adminCommand("baseline", configuration, 1);
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `printf '%s\\n' ${line.slice("deno task admin baseline ".length)}`],
    }).output();
    const option = { type: "string" } as const;
    const { values } = parseArgs({
      args: new TextDecoder().decode(stdout).trimEnd().split("\n"),
      options: {
        model: option,
        dataset: option,
        prompt: option,
        environment: option,
        variant: option,
        version: option,
      },
    });
    assert.deepEqual({ ...values }, {
      model: name,
      dataset: "d",
      prompt: "p",
      environment: "local",
      variant: name,
      version: "1",
    });
  }
});
