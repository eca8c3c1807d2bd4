/** What happens to the next request: an answer of that status, or a fault of the connection. */
export type Fault = number | "none" | "reset" | "lost-response";

/** A proxy that forwards requests, but for the faults that are put in front of them. */
export interface FaultProxy {
  url: string;
  /** Used up from the front, one a request. */
  faults: Fault[];
  /** Requests seen. */
  requests: number;
  close(): Promise<void>;
}

/**
 * Starts a proxy on loopback.
 *
 * "reset" ends the connection before the request is passed on; "lost-response" after it was
 * answered behind the proxy.
 */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { createServer } = await import("node:http");
  const server = createServer(async (request, response) => {
    proxy.requests++;
    const fault = proxy.faults.shift();
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (fault === "reset") return request.socket.destroy();
    if (typeof fault === "number") {
      return response.writeHead(fault, { "Retry-After": "1" }).end("{}");
    }
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      if (!["host", "connection", "content-length"].includes(name)) {
        headers.set(name, String(value));
      }
    }
    const answer = await fetch(target + (request.url ?? "").replace(/^\/$/, ""), {
      method: request.method!,
      headers,
      ...(chunks.length > 0 && { body: new Blob(chunks as BlobPart[]) }),
    }).catch(() => null);
    if (answer === null) return response.writeHead(502).end("{}");
    const body = new Uint8Array(await answer.arrayBuffer());
    if (fault === "lost-response") return request.socket.destroy();
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as { port: number };
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${address.port}`,
    faults: [],
    requests: 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return proxy;
}
