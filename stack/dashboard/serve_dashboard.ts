import { Hono } from "hono";
import { serveStatic } from "hono/deno";
import type { Config } from "../../dashboard/src/config.ts";

/** As `deno bundle` does; the page and its worker have the same names in every build. */
const NAMED_BY_CONTENT = /-[0-9A-Z]{8}\.(?:js|css)$/;

/**
 * Answers for the files of the built dashboard, as a static host would, and for its `config.json`.
 *
 * @param directory The built files.
 * @param url Of the stack.
 * @param config Asked for each time: its token expires.
 * @returns A handler for GET and HEAD that answers null for what is not a file of the dashboard.
 */
export function createDashboardHandler(
  directory: string,
  url: string,
  config: () => Promise<Config>,
): (request: Request) => Promise<Response | null> {
  const { port } = new URL(url);
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const app = new Hono();
  app.get("/config.json", async (context) => {
    const host = context.req.header("host") ?? "";
    // It signs the page in. A site whose name was made to point here must not get it.
    return hosts.includes(host)
      ? context.json({ ...await config(), url: `http://${host}` }, 200, {
        "Cache-Control": "no-store",
      })
      : context.json({ message: `Open the dashboard at ${url}.` }, 403);
  });
  app.get(
    "*",
    serveStatic({
      root: directory,
      onFound(_path, context) {
        context.header("X-Content-Type-Options", "nosniff");
        context.header(
          "Cache-Control",
          NAMED_BY_CONTENT.test(context.req.path)
            ? "public, max-age=31536000, immutable"
            : "no-cache",
        );
      },
    }),
  );
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return null;
    // Asked for as GET also when it is HEAD: hono would leave the file open.
    const response = await app.request(request.url, { headers: request.headers });
    const isServed = response.status !== 404;
    if (isServed && request.method === "GET") return response;
    await response.body?.cancel();
    return isServed ? new Response(null, response) : null;
  };
}
