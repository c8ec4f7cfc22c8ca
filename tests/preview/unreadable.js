// What of a page a person cannot read: text that is cut or small, panels that overlap, too little contrast (WCAG AA).
() => {
  const found = [];
  const channels = (color) => (color.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
  const luminance = ([red, green, blue]) => {
    const linear = [red, green, blue].map((value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = channels(getComputedStyle(each).backgroundColor);
      if (color.length < 4 || color[3] > 0.5) return color;
    }
    return [255, 255, 255];
  };
  const name = (element) => {
    const panel = element.closest(".panel");
    return `${panel ? panel.getAttribute("aria-label") : "page"}: ${element.textContent.trim().slice(0, 40)}`;
  };
  for (const element of document.querySelectorAll("main *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!own || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const [low, high] = [luminance(channels(style.color || style.fill)), luminance(ground(element))].sort((a, b) => a - b);
    const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight, 10) >= 700);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < (large ? 3 : 4.5)) found.push(`contrast ${contrast.toFixed(2)}: ${name(element)}`);
    if (size < 12 && !element.closest("header")) found.push(`${size} px: ${name(element)}`);
    // Grafana cuts a long title, too, and shows all of it to the pointer; on a wide screen none may be so long.
    if (element.tagName === "H3" && innerWidth < 1900) continue;
    if (!(element instanceof SVGElement) && element.scrollWidth > element.clientWidth + 1 && style.overflowX !== "visible" && !/auto|scroll/.test(style.overflowX)) {
      found.push(`cut: ${name(element)}`);
    }
  }
  // A value in the middle of its tile is cut on both sides.
  for (const value of document.querySelectorAll(".tile .value")) {
    const box = document.createRange();
    box.selectNodeContents(value);
    if (box.getBoundingClientRect().width > value.closest(".tile").clientWidth + 1) found.push(`cut: ${name(value)}`);
  }
  for (const grid of document.querySelectorAll(".grid")) {
    const boxes = [...grid.children].map((each) => [each, each.getBoundingClientRect()]);
    boxes.forEach(([one, a], index) => boxes.slice(index + 1).forEach(([other, b]) => {
      if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1) found.push(`overlap: ${name(one)} and ${name(other)}`);
    }));
  }
  for (const panel of document.querySelectorAll(".panel")) {
    if (!panel.hasAttribute("data-drawn")) found.push(`not drawn: ${name(panel)}`);
    if (panel.scrollWidth > panel.clientWidth + 1 || panel.scrollHeight > panel.clientHeight + 1) found.push(`overflows: ${name(panel)}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page is wider than the window");
  return found;
}
