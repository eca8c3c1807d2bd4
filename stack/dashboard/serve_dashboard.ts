import { extname, join, normalize } from "node:path";
import type { Config } from "../../dashboard/src/config.ts";

const TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * Answers for the files of the built dashboard, as a static host would, and for its `config.json`.
 *
 * @param directory The built files.
 * @returns A handler for GET and HEAD that answers null for what is not a file of the dashboard.
 */
export function createDashboardHandler(
  directory: string,
  config: Config,
): (request: Request) => Promise<Response | null> {
  const { port } = new URL(config.url);
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return null;
    const { pathname } = new URL(request.url);
    if (pathname === "/config.json") {
      const host = request.headers.get("host") ?? "";
      // It signs the page in. A site whose name was made to point here must not get it.
      return hosts.includes(host)
        ? Response.json({ ...config, url: `http://${host}` }, {
          headers: { "Cache-Control": "no-store" },
        })
        : Response.json({ message: `Open the dashboard at ${config.url}.` }, { status: 403 });
    }
    const type = TYPES[extname(pathname)] ?? (pathname === "/" ? TYPES[".html"] : undefined);
    if (type === undefined) return null;
    // No file of Vite's has a name that needs escapes, and none is outside of its folder.
    const name = normalize(pathname === "/" ? "/index.html" : pathname);
    try {
      const body = await Deno.readFile(join(directory, name));
      return new Response(request.method === "HEAD" ? null : body, {
        headers: {
          "Content-Type": type,
          // Vite names assets by their content; the page itself changes with a new build.
          "Cache-Control": name.startsWith("/assets/")
            ? "public, max-age=31536000, immutable"
            : "no-cache",
          "X-Content-Type-Options": "nosniff",
        },
      });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  };
}
