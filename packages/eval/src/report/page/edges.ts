/** Marks the edges beyond which a table goes on, so that nobody takes what is seen for all of it. */
export function showEdges(scroll: HTMLElement): void {
  const mark = () => {
    const hidden = scroll.scrollWidth - scroll.clientWidth - scroll.scrollLeft;
    scroll.classList.toggle("goes-on", hidden > 1);
    scroll.classList.toggle("is-scrolled", scroll.scrollLeft > 1);
  };
  scroll.addEventListener("scroll", mark, { passive: true });
  // Tables within closed details get their size when these open.
  new ResizeObserver(mark).observe(scroll);
}
