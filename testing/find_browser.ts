const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where a Chromium is: `CHROMIUM`, else where systems install it; null when it is nowhere. */
export function findBrowser(): string | null {
  const named = Deno.env.get("CHROMIUM");
  if (named) return named;
  return CANDIDATES.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  }) ?? null;
}
