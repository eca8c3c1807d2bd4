// Runs in a worker of its own: a thousand runs take a while, and the page must not stand still.
import { markChanges } from "./mark_changes.ts";

onmessage = ({ data }: MessageEvent<Parameters<typeof markChanges>>) =>
  postMessage(markChanges(...data));
