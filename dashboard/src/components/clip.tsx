import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * Text that ends with an ellipsis where there is no room for it, and is whole under the pointer
 * and under the keyboard.
 *
 * @param text The whole of it.
 */
export function Clip({ text, children }: { text: string; children: ComponentChildren }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = place.current!;
    // Only what is cut is a stop of the keyboard, and only where no link in it is one already.
    const isCut = element.scrollWidth > element.clientWidth ||
      element.scrollHeight > element.clientHeight;
    if (isCut && element.querySelector("a, button") === null) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  });
  return <div ref={place} class="clip" title={text}>{children}</div>;
}
