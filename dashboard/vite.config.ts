import { defineConfig } from "vite";

export default defineConfig({
  // Relative, so that the files can be put into any folder of a static host.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: {
    target: "es2022",
    rolldownOptions: {
      // "use client" means something to server components only.
      onLog(level, log, handle) {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") handle(level, log);
      },
    },
  },
});
