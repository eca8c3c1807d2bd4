import { resultDocument } from "./documents.ts";

/** What a load of posts reached. */
export interface HttpLoad {
  postsPerSecond: number;
  p50Milliseconds: number;
  p99Milliseconds: number;
}

/** Posts results one after the other in each of a number of loops, for some seconds. */
export async function measurePosts(
  ingestUrl: string,
  token: string,
  loops: number,
  seconds: number,
): Promise<HttpLoad> {
  const milliseconds: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  await Promise.all(Array.from({ length: loops }, async (_, loop) => {
    const body = JSON.stringify(resultDocument(`http-${loop}`));
    while (performance.now() < endsAt) {
      const sentAt = performance.now();
      const response = await fetch(ingestUrl, {
        method: "POST",
        headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
        body,
      });
      const text = await response.text();
      if (response.status !== 201) throw new Error(`A post failed: ${response.status} ${text}`);
      milliseconds.push(performance.now() - sentAt);
    }
  }));
  const elapsed = (performance.now() - startedAt) / 1000;
  milliseconds.sort((a, b) => a - b);
  const quantile = (q: number) => milliseconds[Math.floor((milliseconds.length - 1) * q)]!;
  return {
    postsPerSecond: milliseconds.length / elapsed,
    p50Milliseconds: quantile(0.5),
    p99Milliseconds: quantile(0.99),
  };
}
