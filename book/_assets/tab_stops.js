// What scrolls is reached by the keyboard too. This is known once it shows, so nothing has to be laid out for it.
(() => {
  const scrolls = (box) => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
  const mark = (boxes) => {
    const stops = boxes.map(({ target }) => [target, scrolls(target)]); // all are read before one is changed
    for (const [box, stop] of stops) box.tabIndex = stop ? 0 : -1;
  };
  const observer = new ResizeObserver(mark);
  const boxes = document.querySelectorAll("pre, .cell_output > .output, .pst-scrollable-table-container");
  for (const box of boxes) observer.observe(box);
})();
