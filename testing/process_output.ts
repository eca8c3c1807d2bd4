/** The lines that a process has written so far. */
export interface ProcessOutput {
  lines: string[];
  /** Resolves with the first line that holds the text; rejects when the output ends without. */
  waitFor(text: string): Promise<string>;
  /** Resolves when the stream has ended. */
  done: Promise<void>;
}

/** Collects the lines of a stream as they come. */
export function pipeLines(stream: ReadableStream<Uint8Array>): ProcessOutput {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let ended = false;
  const done = (async () => {
    let rest = "";
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop()!;
      lines.push(...parts);
      waiting.forEach((check) => check());
    }
    if (rest !== "") lines.push(rest);
    ended = true;
    waiting.forEach((check) => check());
  })();
  return {
    lines,
    done,
    waitFor: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const line = lines.find((candidate) => candidate.includes(text));
          if (line === undefined && !ended) return;
          waiting.delete(check);
          if (line !== undefined) resolve(line);
          else reject(new Error(`Output ended without "${text}":\n${lines.join("\n")}`));
        };
        waiting.add(check);
        check();
      }),
  };
}
