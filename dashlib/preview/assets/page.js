"use strict";
// Draws the model in #model. Every text and color comes from there; the page lays out, filters, sorts and points.
(() => {
  const model = JSON.parse(document.getElementById("model").textContent);
  const root = document.documentElement;
  const main = document.querySelector("main");
  const state = { uid: "", chosen: {}, open: new Map(), eager: false, hidden: new Set() };
  const charts = new Set();

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "style") Object.assign(made.style, value);
      else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  // --- colors

  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parsed = new Map();
  function channels(color) {
    if (!parsed.has(color)) {
      brush.clearRect(0, 0, 1, 1);
      brush.fillStyle = color;
      brush.fillRect(0, 0, 1, 1);
      parsed.set(color, [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3));
    }
    return parsed.get(color);
  }
  function luminance([red, green, blue]) {
    const linear = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  }
  function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }
  // The color for a text on a background: moved towards black or white until it can be read (WCAG AA).
  function readable(color, background, least = 4.6) {
    if (!color || color === "transparent") return "";
    const ground = channels(background);
    const goal = luminance(ground) > 0.4 ? 0 : 255;
    let now = channels(color);
    for (let step = 0; step < 20 && contrast(now, ground) < least; step += 1) {
      now = now.map((value) => Math.round(value + (goal - value) * 0.12));
    }
    return `rgb(${now.join(",")})`;
  }
  function textOn(background) {
    const ground = channels(background);
    return contrast(ground, [255, 255, 255]) >= 4.5 ? "#ffffff" : "#0b0c0e";
  }
  // Large text may have less contrast than small text.
  const ink = (color, size = 12) => readable(color, css("--panel"), size >= 24 ? 3.05 : 4.6) || css("--text");
  const paint = (color) => (!color ? css("--text") : color);
  const faded = (color, alpha) => `rgba(${channels(paint(color)).join(",")},${alpha})`;

  // --- time (UTC, so that a picture is the same everywhere)

  const two = (number) => String(number).padStart(2, "0");
  function clock(seconds, withSeconds) {
    const at = new Date(seconds * 1000);
    const minutes = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
    return withSeconds ? `${minutes}:${two(at.getUTCSeconds())}` : minutes;
  }
  const moment = (seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 10)} ${clock(seconds, true)}`;
  const STEPS = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
  function times(begin, end, width) {
    const least = (end - begin) / Math.max(2, Math.floor(width / 90));
    const step = STEPS.find((each) => each >= least) || STEPS[STEPS.length - 1];
    const found = [];
    for (let at = Math.ceil(begin / step) * step; at <= end; at += step) found.push(at);
    return { found, text: (at) => (step >= 86400 ? new Date(at * 1000).toISOString().slice(5, 10) : clock(at, step < 60)) };
  }

  // --- filters: what carries the label of a variable is shown if it has the chosen value

  const dashboard = () => model.dashboards.find((each) => each.uid === state.uid) || model.dashboards[0];
  const chosen = () =>
    dashboard().variables.filter((each) => each.label_name && state.chosen[each.name]).map((each) => [each, state.chosen[each.name]]);
  const passes = (labels) => chosen().every(([each, value]) => !labels[each.label_name] || labels[each.label_name] === value);
  const rowPasses = (cells) =>
    chosen().every(([each, value]) => cells.every((cell) => cell.text === value || !each.options.includes(cell.text)));
  // Of what repeats, only that is shown which was made for a value that is chosen.
  const isChosen = (made) => Object.entries(made.made_for || {}).every(([name, value]) => !state.chosen[name] || state.chosen[name] === value);
  function axisOf(body, lone) {
    if (lone !== null && body.axes[`#${lone}`]) return body.axes[`#${lone}`];
    const keys = chosen().map(([each, value]) => `${each.label_name}=${value}`).filter((key) => body.axes[key]);
    return body.axes[keys.length ? keys[keys.length - 1] : ""];
  }

  // --- time series

  const tip = element("div", { class: "tip", hidden: true, role: "tooltip" });
  document.body.append(tip);

  function timeSeries(body, holder, panel) {
    const shown = body.series.map((series, index) => ({ ...series, index })).filter((series) => passes(series.labels));
    if (!shown.length) return empty(holder, body.empty || "No data");
    const place = element("div", { class: "chart", role: "img", "aria-label": `${panel.title}: ${shown.length} series over time` });
    let lone = null;
    const legend = body.legend.mode === "hidden" ? null : element("div", { class: `legend ${body.legend.placement}`, tabindex: 0, role: "region", "aria-label": `Legend of ${panel.title}` });
    if (body.legend.placement === "right") holder.classList.add("side");
    holder.append(place, ...(legend ? [legend] : []));
    let sort = body.legend.sorted;

    function fillLegend() {
      if (!legend) return;
      const listed = shown.filter((series) => series.legend);
      if (sort) {
        listed.sort((a, b) => {
          const [x, y] = sort.column < 0 ? [a.name, b.name] : [a.calculated[sort.column].value ?? -Infinity, b.calculated[sort.column].value ?? -Infinity];
          return (x < y ? -1 : x > y ? 1 : 0) * (sort.down ? -1 : 1);
        });
      }
      const name = (series) =>
        element("button", {
          class: "name", title: series.name, "aria-pressed": String(lone === series.index),
          onclick: () => { lone = lone === series.index ? null : series.index; draw(); },
        }, element("i", { style: { background: paint(series.color) } }), element("span", {}, series.name));
      const off = (series) => (lone !== null && lone !== series.index ? "off" : undefined);
      if (body.legend.mode === "table") {
        const heads = ["Name", ...body.legend.columns];
        const head = heads.map((title, column) =>
          element("th", { scope: "col", "aria-sort": sort && sort.column === column - 1 ? (sort.down ? "descending" : "ascending") : undefined },
            element("button", { onclick: () => { sort = { column: column - 1, down: !(sort && sort.column === column - 1 && sort.down) }; fillLegend(); } }, title)));
        legend.replaceChildren(element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {},
          ...listed.map((series) => element("tr", { class: off(series) }, element("td", {}, name(series)),
            ...series.calculated.map((each) => element("td", {}, each.text)))))));
      } else {
        legend.replaceChildren(element("ul", {}, ...listed.map((series) => {
          const each = element("li", { class: off(series) }, name(series));
          series.calculated.forEach((one, number) => each.append(` ${body.legend.columns[number]}: ${one.text}`));
          return each;
        })));
      }
    }

    let chart = null;
    function draw() {
      fillLegend();
      if (chart) { charts.delete(chart); chart.destroy(); }
      const drawn = lone === null ? shown : shown.filter((series) => series.index === lone);
      chart = chartOf(body, drawn, place, axisOf(body, lone));
      charts.add(chart);
    }
    draw();
    new ResizeObserver(() => {
      if (place.isConnected && place.clientWidth > 0 && place.clientHeight > 0) chart.setSize({ width: place.clientWidth, height: place.clientHeight });
    }).observe(place);
  }

  const distribution = (scale) => (!scale ? {} : scale.kind === "log" ? { distr: 3, log: scale.base } : { distr: 4, log: scale.base, asinh: scale.threshold });

  // The values that are drawn: stacked ones upon each other, those that are shares of a whole as such.
  function heightsOf(shown, scale) {
    const sums = {};
    const wholes = {};
    for (const series of shown) {
      if (!series.shares) continue;
      const below = wholes[series.stack] || series.values.map(() => 0);
      wholes[series.stack] = series.values.map((value, at) => below[at] + (value ?? 0));
    }
    return shown.map((series) => {
      let values = series.values;
      if (series.shares) values = values.map((value, at) => (value === null ? null : wholes[series.stack][at] ? value / wholes[series.stack][at] : 0));
      if (series.stack) {
        const below = sums[series.stack] || values.map(() => 0);
        const sum = values.map((value, at) => below[at] + (value ?? 0));
        sums[series.stack] = sum;
        values = values.map((value, at) => (value === null ? null : sum[at]));
      }
      // A logarithm has no place for what is not positive.
      return scale && scale.kind === "log" ? values.map((value) => (value > 0 ? value : null)) : values;
    });
  }

  function chartOf(body, shown, place, axis) {
    const data = heightsOf(shown, axis.scale);
    const bands = [];
    const lasts = {};
    shown.forEach((series, index) => {
      if (series.stack) {
        if (series.stack in lasts) bands.push({ series: [index + 1, lasts[series.stack] + 1] });
        lasts[series.stack] = index;
      }
    });
    const paths = (series) => {
      if (series.draw === "bars") return uPlot.paths.bars({ size: [0.9, 100] });
      if (series.draw === "points") return () => null;
      return { stepAfter: uPlot.paths.stepped({ align: 1 }), stepBefore: uPlot.paths.stepped({ align: -1 }), smooth: uPlot.paths.spline() }[series.interpolation] || uPlot.paths.linear();
    };
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    brush.font = font;
    const labels = axis.ticks.map(([, text]) => text);
    const width = Math.max(24, ...labels.map((text) => brush.measureText(text).width)) + 14;
    const quiet = css("--text");
    const grid = { stroke: css("--grid"), width: 1 };
    const mark = { show: false };
    let ticks = null;
    return new uPlot({
      width: Math.max(10, place.clientWidth), height: Math.max(10, place.clientHeight), padding: [8, 18, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: state.uid, setSeries: false }, drag: { x: false, y: false }, y: false,
        points: { size: 7, fill: (chart, index) => paint(shown[index - 1] && shown[index - 1].color) },
      },
      scales: { x: { time: true, range: () => [body.begins, body.ends] }, y: { ...distribution(axis.scale), range: () => [axis.low, axis.high] } },
      axes: [
        { font, stroke: quiet, grid, ticks: mark, size: 24, gap: 4,
          splits: (chart) => { ticks = times(body.begins, body.ends, chart.width - width); return ticks.found; },
          // At the left edge it would stand in the value axis.
          values: (chart, splits) => splits.map((at) => ((at - body.begins) / (body.ends - body.begins) * (chart.width - width) < 20 ? "" : ticks.text(at))) },
        { font, stroke: quiet, grid, ticks: mark, size: width, gap: 6,
          splits: () => axis.ticks.map(([value]) => value),
          values: (chart, splits) => splits.map((value) => (axis.ticks.find(([at]) => at === value) || [0, ""])[1]) },
      ],
      bands,
      series: [{}, ...shown.map((series) => ({
        label: series.name, stroke: paint(series.color), width: series.draw === "points" ? 0 : series.width, dash: series.dash,
        fill: series.fill ? faded(series.color, series.fill / 100) : undefined, paths: paths(series), spanGaps: series.span,
        points: series.draw === "points" || series.points ? { show: true, size: 5 } : { show: true, size: 4, filter: (chart, index) => alone(data[index - 1]) },
      }))],
      hooks: {
        drawAxes: [(chart) => areas(chart, body.thresholds, axis)],
        draw: [(chart) => lines(chart, body.thresholds, axis), marks],
        setCursor: [(chart) => pointAt(chart, body, shown, data)],
      },
    }, [body.times, ...data], place);
  }

  // A value without neighbors makes no line: it is drawn as a point.
  function alone(values) {
    const found = [];
    values.forEach((value, at) => { if (value !== null && values[at - 1] == null && values[at + 1] == null) found.push(at); });
    return found;
  }

  function areas(chart, thresholds, axis) {
    if (!thresholds.style.includes("area")) return;
    const context = chart.ctx;
    thresholds.steps.forEach((step, index) => {
      const low = index ? Math.max(step.value, axis.low) : axis.low;
      const next = thresholds.steps[index + 1];
      const high = next ? Math.min(next.value, axis.high) : axis.high;
      if (high <= low || step.color === "transparent") return;
      const [top, bottom] = [chart.valToPos(high, "y", true), chart.valToPos(low, "y", true)];
      context.fillStyle = faded(step.color, 0.12);
      context.fillRect(chart.bbox.left, top, chart.bbox.width, bottom - top);
    });
  }

  function lines(chart, thresholds, axis) {
    if (!/line|dashed/.test(thresholds.style)) return;
    const context = chart.ctx;
    context.save();
    context.lineWidth = 1.5 * devicePixelRatio;
    context.setLineDash(thresholds.style.includes("dashed") ? [10 * devicePixelRatio, 6 * devicePixelRatio] : []);
    for (const step of thresholds.steps.slice(1)) {
      if (step.color === "transparent" || step.value < axis.low || step.value > axis.high) continue;
      const y = Math.round(chart.valToPos(step.value, "y", true));
      context.strokeStyle = faded(step.color, 0.8);
      context.beginPath();
      context.moveTo(chart.bbox.left, y);
      context.lineTo(chart.bbox.left + chart.bbox.width, y);
      context.stroke();
    }
    context.restore();
  }

  // What annotations mark, in all graphs of the dashboard.
  const marked = () =>
    dashboard().annotations.filter((each) => !state.hidden.has(each.name))
      .flatMap((each) => each.regions.filter((region) => passes(region.labels)).map((region) => ({ ...region, color: each.color })));

  function marks(chart) {
    const context = chart.ctx;
    const { left, top, width, height } = chart.bbox;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    context.lineWidth = devicePixelRatio;
    for (const region of marked()) {
      const [from, to] = [chart.valToPos(region.from, "x", true), chart.valToPos(region.to, "x", true)];
      context.fillStyle = faded(region.color, 0.1);
      context.fillRect(from, top, to - from, height);
      context.strokeStyle = paint(region.color);
      for (const x of new Set([Math.round(from), Math.round(to)])) {
        context.beginPath();
        context.moveTo(x, top);
        context.lineTo(x, top + height);
        context.stroke();
      }
    }
    context.restore();
  }

  function pointAt(chart, body, shown, data) {
    const at = chart.cursor.idx;
    // The crosshair of a neighbor moves this one, too: only the chart below the pointer has a tooltip.
    if (!chart.over.matches(":hover")) return;
    if (at === null || at === undefined) { tip.hidden = true; return; }
    let listed = shown.filter((series) => series.places[at] >= 0);
    const distance = (series) => Math.abs(chart.valToPos(data[shown.indexOf(series)][at] ?? 0, "y") - chart.cursor.top);
    const near = listed.length ? listed.reduce((best, each) => (distance(each) < distance(best) ? each : best)) : null;
    if (body.tooltip.mode !== "multi" && near) listed = [near];
    if (body.tooltip.sort === "desc") listed = [...listed].sort((a, b) => b.values[at] - a.values[at]);
    if (body.tooltip.sort === "asc") listed = [...listed].sort((a, b) => a.values[at] - b.values[at]);
    if (!listed.length) { tip.hidden = true; return; }
    tip.replaceChildren(element("time", {}, moment(body.times[at])), element("table", {}, ...listed.map((series) =>
      element("tr", { class: series === near && listed.length > 1 ? "near" : undefined },
        element("td", {}, element("i", { style: { background: paint(series.color) } })), element("td", {}, series.name),
        element("td", {}, series.texts[series.places[at]])))));
    const time = body.times[at];
    tip.append(...marked().filter((region) => region.from <= time && time <= region.to).map((region) =>
      element("div", {}, element("i", { style: { background: paint(region.color) } }), ` ${region.title} ${region.text}`)));
    tip.hidden = false;
    const box = chart.over.getBoundingClientRect();
    const [x, y] = [box.left + chart.cursor.left, box.top + chart.cursor.top];
    tip.style.left = `${x + 16 + tip.offsetWidth > innerWidth ? Math.max(4, x - 16 - tip.offsetWidth) : x + 16}px`;
    tip.style.top = `${Math.min(y + 12, innerHeight - tip.offsetHeight - 4)}px`;
  }
  document.addEventListener("pointerover", (event) => {
    if (!event.target.closest(".u-over, .lane div, [data-tip]")) tip.hidden = true;
  });
  // A tooltip beside the pointer: when, and what.
  function pointOut(event, time, text) {
    tip.replaceChildren(...(time ? [element("time", {}, time)] : []), text);
    tip.hidden = false;
    tip.style.left = `${Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 4)}px`;
    tip.style.top = `${Math.min(event.clientY + 12, innerHeight - tip.offsetHeight - 4)}px`;
  }

  // --- stat, gauge, bar gauge

  function empty(holder, text) {
    holder.append(element("div", { class: "empty" }, text));
  }

  function fitting(text, width, height, weight) {
    brush.font = `${weight} 100px ${getComputedStyle(document.body).fontFamily}`;
    return Math.max(12, Math.min((width / Math.max(1, brush.measureText(text).width)) * 100, height));
  }
  const longest = (texts) => texts.reduce((best, each) => (each.length > best.length ? each : best), "");

  function tilesOf(body, holder) {
    const tiles = body.tiles.filter((tile) => passes(tile.labels));
    if (!tiles.length) empty(holder, body.empty || "No data");
    return tiles;
  }

  function stats(body, holder, panel) {
    const tiles = tilesOf(body, holder);
    if (!tiles.length) return;
    const { width, height } = holder.getBoundingClientRect();
    const options = body.options;
    const across = options.orientation === "horizontal" ? false : options.orientation === "vertical" ? true : width > height;
    const columns = across ? bestColumns(tiles.length, width / 3, height / 2) : 1;
    const rows = Math.ceil(tiles.length / columns);
    const [w, h] = [width / columns - 16, height / rows - 8];
    const named = options.textMode === "value_and_name" || ((options.textMode || "auto") === "auto" && tiles.length > 1);
    // Below a value there is room for its sparkline.
    const room = tiles.some((tile) => tile.spark && tile.spark.length) ? 0.6 : 1;
    const sizes = options.text || {};
    const valueSize = sizes.valueSize || fitting(longest(tiles.map((tile) => tile.text)) || "0", w * 0.92, h * room * (named ? 0.5 : 0.62), 500);
    const nameSize = sizes.titleSize || Math.min(fitting(longest(tiles.map((tile) => tile.name)) || "0", w, h * 0.3, 400), valueSize * 0.6, 30);
    holder.append(element("div", { class: "tiles", style: { gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gridAutoRows: "minmax(0, 1fr)" } },
      ...tiles.map((tile) => {
        const filled = /^background/.test(options.colorMode || "value") && tile.color && tile.color !== "transparent";
        const color = filled ? textOn(tile.color) : ink(tile.color, valueSize);
        return element("div", { class: room < 1 ? "tile above" : "tile", style: filled ? { background: tile.color, color } : {} },
          tile.spark && tile.spark.length ? spark(tile.spark, filled ? "#ffffff" : paint(tile.color)) : null,
          named ? element("div", { class: "name", title: tile.name, style: { fontSize: `${Math.max(12, nameSize)}px`, ...(filled ? { color } : {}) } }, tile.name) : null,
          element("div", { class: "value", style: { fontSize: `${valueSize}px`, color } }, tile.text));
      })));
  }

  function bestColumns(count, width, height) {
    let best = 1;
    for (let columns = 1; columns <= count; columns += 1) {
      const size = (number) => Math.min(width / number, height / Math.ceil(count / number));
      if (size(columns) > size(best)) best = columns;
    }
    return best;
  }

  function spark(values, color) {
    const known = values.filter((value) => value !== null);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const points = values.map((value, at) => (value === null ? "" : `${((at / (values.length - 1)) * 100).toFixed(2)},${(38 - ((value - low) / (high - low || 1)) * 34).toFixed(2)}`)).filter(Boolean);
    const svg = vector("svg", { class: "spark", viewBox: "0 0 100 40", preserveAspectRatio: "none", "aria-hidden": "true" });
    svg.append(vector("polygon", { points: `0,40 ${points.join(" ")} 100,40`, fill: faded(color, 0.2) }),
      vector("polyline", { points: points.join(" "), fill: "none", stroke: color, "stroke-width": 1.5, "vector-effect": "non-scaling-stroke" }));
    return svg;
  }

  function gauges(body, holder) {
    const tiles = tilesOf(body, holder);
    if (!tiles.length) return;
    const { width, height } = holder.getBoundingClientRect();
    const columns = bestColumns(tiles.length, width, height * 1.4);
    holder.append(element("div", { class: "tiles", style: { gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gridAutoRows: "minmax(0, 1fr)" } },
      ...tiles.map((tile) => element("div", { class: "tile" }, arc(tile), tiles.length > 1 ? element("div", { class: "name", title: tile.name }, tile.name) : null))));
  }

  function arc(tile) {
    const path = (from, to, radius) => {
      const point = (share) => {
        const angle = Math.PI * (1.15 - 1.3 * share);
        return `${(100 + radius * Math.cos(angle)).toFixed(2)} ${(96 - radius * Math.sin(angle)).toFixed(2)}`;
      };
      return `M ${point(from)} A ${radius} ${radius} 0 ${to - from > 0.77 ? 1 : 0} 1 ${point(to)}`;
    };
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 200 140");
    svg.setAttribute("class", "arc");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${tile.name}: ${tile.text}`);
    const stroke = (from, to, radius, color, width) => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", "path");
      for (const [name, value] of Object.entries({ d: path(from, to, radius), fill: "none", stroke: color, "stroke-width": width })) made.setAttribute(name, value);
      svg.append(made);
    };
    stroke(0, 1, 74, css("--line"), 20);
    if (tile.share > 0) stroke(0, Math.max(0.005, tile.share), 74, paint(tile.color), 20);
    (tile.steps || []).forEach(([from, color], index, all) => {
      const to = index + 1 < all.length ? all[index + 1][0] : 1;
      if (to > from) stroke(from, to, 89, paint(color), 4);
    });
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    for (const [name, value] of Object.entries({ x: 100, y: 108, "text-anchor": "middle", "font-size": 30, "font-weight": 500, fill: ink(tile.color), class: "value" })) text.setAttribute(name, value);
    text.textContent = tile.text;
    svg.append(text);
    return svg;
  }

  function barGauges(body, holder) {
    const tiles = tilesOf(body, holder);
    if (!tiles.length) return;
    const { width, height } = holder.getBoundingClientRect();
    const upright = body.options.orientation === "vertical" || (body.options.orientation === "auto" && height >= width);
    const each = height / tiles.length;
    const { titleSize, valueSize } = body.options.text || {};
    const size = titleSize || Math.max(12, Math.min(20, each * 0.32));
    holder.append(element("div", { class: `bars${upright ? " upright" : ""}`, tabindex: 0, role: "region", "aria-label": "Bars" }, ...tiles.map((tile) => {
      const bar = element("div", { style: { [upright ? "height" : "width"]: `${tile.share * 100}%`, background: paint(tile.color) } });
      return element("div", { class: "track", style: { fontSize: `${size}px` } },
        element("div", { class: "name", title: tile.name }, tile.name), element("div", { class: "slot", style: upright ? {} : { height: `${Math.max(8, each * 0.36)}px` } }, bar),
        element("div", { class: "value", style: { color: ink(tile.color), ...(valueSize ? { fontSize: `${valueSize}px` } : {}) } }, tile.text));
    })));
  }

  // --- table

  function tables(body, holder, panel) {
    if (!body.rows.length) return empty(holder, body.empty || "No data");
    let rows = body.rows.filter(rowPasses);
    if (!rows.length) return empty(holder, body.empty || "No rows");
    const whole = element("div", { class: "table", tabindex: 0, role: "region", "aria-label": panel.title });
    holder.append(whole);
    let sort = null;
    const compare = (a, b) => {
      if (a === b) return 0;
      if (a === null || a === undefined) return -1;
      if (b === null || b === undefined) return 1;
      return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
    };
    const draw = () => {
      const listed = sort ? [...rows].sort((a, b) => compare(a[sort.column].value, b[sort.column].value) * (sort.down ? -1 : 1)) : rows;
      const head = element("tr", {}, ...body.columns.map((column, index) =>
        element("th", { scope: "col", style: { textAlign: column.align, ...(column.width ? { width: `${column.width}px` } : {}) },
          "aria-sort": sort && sort.column === index ? (sort.down ? "descending" : "ascending") : undefined },
          element("button", { onclick: () => {
            sort = sort && sort.column === index ? (sort.down ? null : { column: index, down: true }) : { column: index, down: false };
            draw();
          } }, column.title, sort && sort.column === index ? (sort.down ? " ↓" : " ↑") : ""))));
      whole.replaceChildren(element("table", {}, body.header ? element("thead", {}, head) : null,
        element("tbody", {}, ...listed.map((row) => element("tr", {}, ...row.map((cell, index) => cellOf(body.columns[index], cell)))))));
    };
    draw();
  }

  function cellOf(column, cell) {
    const style = { textAlign: column.align, ...(column.width ? { width: `${column.width}px`, maxWidth: `${column.width}px` } : {}) };
    let inside = cell.text;
    const link = column.links[0];
    const filled = column.cell === "color-background" && cell.color && cell.color !== "transparent";
    if (filled) Object.assign(style, { background: cell.color, color: textOn(cell.color) });
    else if (cell.color) style.color = ink(cell.color);
    if (column.cell === "gauge") {
      inside = element("div", { class: "gauge" }, element("div", { class: "slot" },
        element("div", { style: { width: `${(cell.share || 0) * 100}%`, background: paint(cell.color) } })), element("span", {}, cell.text));
    } else if (column.cell === "pill" && cell.color) {
      inside = element("span", { class: "pill", style: { background: cell.color, color: textOn(cell.color) } }, cell.text);
    }
    if (link && cell.text) inside = element("a", { href: link.url.replace(/\$\{__(value|data)[^}]*\}/g, encodeURIComponent(cell.text)), title: link.title }, inside);
    return element("td", { style, title: cell.text }, inside);
  }

  // --- state timeline

  function timelines(body, holder, panel) {
    const lanes = body.lanes.filter((lane) => passes(lane.labels));
    if (!lanes.length) return empty(holder, body.empty || "No data");
    const boxes = panel.body.kind === "status-history";
    const whole = body.ends - body.begins;
    const share = (at) => Math.min(1, Math.max(0, (at - body.begins) / whole)) * 100;
    const { width } = holder.getBoundingClientRect();
    const grid = element("div", { class: "lanes", style: { gridTemplateRows: `repeat(${lanes.length}, minmax(22px, 1fr)) 18px` }, tabindex: 0, role: "region", "aria-label": panel.title });
    const keys = new Map();
    brush.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    for (const lane of lanes) {
      const drawn = element("div", { class: boxes ? "lane boxes" : "lane" });
      for (const each of lane.stretches) {
        if (each.text) keys.set(each.text, each.color);
        const [from, to] = [share(each.from), share(each.to)];
        if (to <= 0 || from >= 100) continue;
        const fits = ((to - from) / 100) * (width - 180) > brush.measureText(each.text).width + 12;
        const inset = boxes ? `${(1 - body.height) * 50}%` : "";
        // A gap between narrow boxes would be drawn here and there only.
        const gap = boxes && ((to - from) / 100) * (width - 180) >= 8 ? (1 - body.column) * (to - from) : 0;
        const stretch = element("div", { style: { left: `${from + gap / 2}%`, top: inset, bottom: inset, width: `max(2px, calc(${to - from - gap}%${gap ? "" : " + 0.6px"}))`, background: paint(each.color), color: each.color ? textOn(each.color) : "" } },
          fits ? element("span", {}, each.text) : null);
        stretch.addEventListener("pointermove", (event) => {
          pointOut(event, boxes ? moment((each.from + each.to) / 2) : `${moment(each.from)} – ${clock(each.to, true)}`, `${lane.name}: ${each.text}`);
        });
        drawn.append(stretch);
      }
      grid.append(element("div", { class: "name", title: lane.name }, lane.name), drawn);
    }
    const marks = times(body.begins, body.ends, width - 160);
    grid.append(element("div", { class: "clock" }, ...marks.found.filter((at) => share(at) > 2 && share(at) < 98).map((at) => element("span", { style: { left: `${share(at)}%` } }, marks.text(at)))));
    holder.append(grid);
    if (body.legend && keys.size) {
      holder.append(element("ul", { class: "keys" }, ...[...keys].map(([text, color]) => element("li", {}, element("i", { style: { background: paint(color) } }), text))));
    }
  }

  // --- pie chart, bar chart, histogram, XY chart, trend, heatmap

  function vector(tag, attributes, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }
  // A shape that says in a tooltip, and to whoever cannot see it, what it stands for.
  function shape(tag, attributes, text) {
    const made = vector(tag, { ...attributes, "data-tip": "", "aria-label": text });
    made.addEventListener("pointermove", (event) => pointOut(event, "", text));
    return made;
  }
  const filtered = (made) => {
    const keys = chosen().map(([each, value]) => `${each.label_name}=${value}`).filter((key) => made[key]);
    return made[keys.length ? keys[keys.length - 1] : ""];
  };
  function keysOf(body, listed) {
    if (body.legend.mode === "hidden") return null;
    return element("ul", { class: "keys" }, ...listed.map((each) => element("li", {},
      element("i", { style: { background: paint(each.color) } }), each.name,
      ...(each.calculated || []).map((one, number) => `${body.legend.columns[number]}: ${one.text}`))));
  }

  function pies(body, holder, panel) {
    const slices = (body.slices || []).filter((slice) => passes(slice.labels));
    if (!slices.length) return empty(holder, body.empty || "No data");
    const percents = filtered(body.percents);
    const whole = slices.reduce((sum, slice) => sum + slice.value, 0);
    const svg = vector("svg", { class: "pie", viewBox: "-104 -104 208 208", role: "img", "aria-label": `${panel.title}: ${slices.map((slice) => `${slice.name} ${percents[slice.number]}`).join(", ")}` });
    const point = (share, radius) => `${(radius * Math.sin(2 * Math.PI * share)).toFixed(2)} ${(-radius * Math.cos(2 * Math.PI * share)).toFixed(2)}`;
    let from = 0;
    const texts = [];
    for (const slice of slices) {
      const share = whole > 0 ? slice.value / whole : 0;
      // A whole circle has no arc from a point to itself.
      const to = from + Math.min(share, 0.9999);
      const inner = body.donut ? 60 : 0;
      const path = `M ${point(from, 100)} A 100 100 0 ${share > 0.5 ? 1 : 0} 1 ${point(to, 100)} ` +
        (inner ? `L ${point(to, inner)} A ${inner} ${inner} 0 ${share > 0.5 ? 1 : 0} 0 ${point(from, inner)} Z` : "L 0 0 Z");
      if (share > 0) svg.append(shape("path", { d: path, fill: paint(slice.color), stroke: css("--panel"), "stroke-width": 1.5 }, `${slice.name}: ${slice.text} (${percents[slice.number]})`));
      const said = { name: slice.name, value: slice.text, percent: percents[slice.number] };
      const label = body.labels.map((each) => said[each]).join(" ");
      if (label && share > 0.05) {
        const [x, y] = point(from + share / 2, body.donut ? 80 : 66).split(" ");
        const text = vector("text", { x, y, "text-anchor": "middle", "dominant-baseline": "middle", "font-size": 12, fill: textOn(paint(slice.color)), "pointer-events": "none" });
        text.textContent = label;
        texts.push(text);
      }
      from += share;
    }
    svg.append(...texts);
    const beside = body.legend.placement === "right";
    if (beside) holder.classList.add("side");
    holder.append(svg);
    if (body.legend.mode === "hidden") return;
    const heads = ["Name", ...body.legend.columns.map((each) => ({ percent: "Percent", value: "Value" })[each])];
    holder.append(element("div", { class: `legend ${body.legend.placement}`, tabindex: 0, role: "region", "aria-label": `Legend of ${panel.title}` },
      element("table", {}, body.legend.columns.length ? element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))) : null,
        element("tbody", {}, ...slices.map((slice) => element("tr", {},
          element("td", {}, element("span", { class: "name", title: slice.name }, element("i", { style: { background: paint(slice.color) } }), element("span", {}, slice.name))),
          ...body.legend.columns.map((each) => element("td", {}, each === "percent" ? percents[slice.number] : slice.text))))))));
  }

  // Where a value lies along an axis, 0 to 1.
  function along(axis, value) {
    const to = !axis.scale ? (each) => each
      : axis.scale.kind === "log" ? (each) => (each > 0 ? Math.log(each) : Math.log(axis.low))
        : (each) => Math.asinh(each / axis.scale.threshold);
    return Math.min(1, Math.max(0, (to(value) - to(axis.low)) / (to(axis.high) - to(axis.low))));
  }

  // A field with a value axis at its left and `below` for what stands under it; `draw` gets it and its size.
  function plot(holder, panel, axis, keys, draw, { rotated = false, left = [] } = {}) {
    const place = element("div", { class: "chart" });
    holder.append(place, ...(keys ? [keys] : []));
    const { width, height } = place.getBoundingClientRect();
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    brush.font = font;
    const names = rotated ? left : axis.ticks.map(([, text]) => text);
    const edge = Math.min(width * 0.35, Math.max(24, ...names.map((text) => brush.measureText(text).width)) + 10);
    const field = { left: edge, top: 8, width: Math.max(10, width - edge - 14), height: Math.max(10, height - 32) };
    const svg = vector("svg", { width, height, role: "img", "aria-label": panel.title, style: "position:absolute" });
    const text = (content, x, y, anchor, fill = css("--text")) => {
      const made = vector("text", { x, y, "text-anchor": anchor, "font-size": 12, fill, "dominant-baseline": "middle", "pointer-events": "none" });
      made.textContent = content;
      svg.append(made);
    };
    for (const [value, said] of axis.ticks) {
      const share = along(axis, value);
      if (rotated) {
        const x = field.left + share * field.width;
        svg.append(vector("line", { x1: x, x2: x, y1: field.top, y2: field.top + field.height, stroke: css("--grid") }));
        text(said, x, field.top + field.height + 14, share > 0.97 ? "end" : "middle");
      } else {
        const y = field.top + (1 - share) * field.height;
        svg.append(vector("line", { x1: field.left, x2: field.left + field.width, y1: y, y2: y, stroke: css("--grid") }));
        text(said, field.left - 6, y, "end");
      }
    }
    draw(svg, field, text);
    place.append(svg);
  }
  // Names below or beside a field: as many as have room.
  function named(names, room, measure, write) {
    const every = Math.max(1, Math.ceil(Math.max(1, ...names.map(measure)) / Math.max(1, room / names.length)));
    names.forEach((name, place) => { if (place % every === 0) write(name, (place + 0.5) / names.length); });
  }

  function barCharts(body, holder, panel) {
    const rows = (body.rows || []).filter((row) => passes(row.labels));
    if (!rows.length) return empty(holder, body.empty || "No data");
    const axis = filtered(body.axes);
    const lying = body.horizontal;
    const stacked = body.stacking !== "none";
    plot(holder, panel, axis, keysOf(body, body.series.filter((each) => each.legend)), (svg, field, text) => {
      const [length, breadth] = lying ? [field.width, field.height] : [field.height, field.width];
      const slot = breadth / rows.length;
      const wide = (slot * 0.7) / (stacked ? 1 : body.series.length);
      const zero = along(axis, 0);
      rows.forEach((row, number) => {
        const whole = body.series.reduce((sum, series) => sum + (series.values[row.place] ?? 0), 0);
        let below = 0;
        body.series.forEach((series, which) => {
          const value = series.values[row.place];
          if (value === null) return;
          const drawn = body.stacking === "percent" ? (whole ? value / whole : 0) : value;
          const [from, to] = stacked ? [along(axis, below), along(axis, below + drawn)] : [zero, along(axis, drawn)];
          below += stacked ? drawn : 0;
          const at = number * slot + slot * 0.15 + (stacked ? 0 : which * wide);
          const [start, size] = [Math.min(from, to) * length, Math.max(1, Math.abs(to - from) * length)];
          const box = lying ? { x: field.left + start, y: field.top + at, width: size, height: wide }
            : { x: field.left + at, y: field.top + field.height - start - size, width: wide, height: size };
          const color = paint((series.colors[row.place]) || series.color);
          svg.append(shape("rect", { ...box, fill: color, "fill-opacity": 0.85 }, `${row.name} · ${series.name}: ${series.texts[row.place]}`));
          const said = series.texts[row.place];
          brush.font = `12px ${getComputedStyle(document.body).fontFamily}`;
          if (body.values === "never" || stacked) return;
          const needs = brush.measureText(said).width + 8;
          const above = lying ? field.width - start - size > needs : field.height - start - size > 16;
          if ((lying ? wide < 14 : wide < needs - 4) || (!above && size < (lying ? needs : 18))) return;
          const ink = above ? undefined : textOn(color);
          if (lying) text(said, box.x + size + (above ? 4 : -4), box.y + wide / 2, above ? "start" : "end", ink);
          else text(said, box.x + wide / 2, box.y + (above ? -7 : 10), "middle", ink);
        });
      });
      if (lying) named(rows.map((row) => row.name), field.height, () => 16, (name, share) => text(shortened(name, field.left - 10), field.left - 6, field.top + share * field.height, "end"));
      else named(rows.map((row) => row.name), field.width, (name) => brush.measureText(name).width + 10, (name, share) => text(name, field.left + share * field.width, field.top + field.height + 14, "middle"));
    }, { rotated: lying, left: rows.map((row) => row.name) });
  }
  function shortened(text, room) {
    let shown = text;
    while (shown.length > 1 && brush.measureText(shown === text ? shown : `${shown}…`).width > room) shown = shown.slice(0, -1);
    return shown === text ? text : `${shown}…`;
  }

  function histograms(body, holder, panel) {
    const shown = body.series.filter((series) => passes(series.labels));
    if (!shown.length) return empty(holder, body.empty || "No data");
    const axis = filtered(body.axes);
    plot(holder, panel, axis, keysOf(body, shown.filter((each) => each.legend)), (svg, field, text) => {
      const count = body.edges.length - 1;
      const wide = field.width / count;
      for (const series of shown) {
        series.counts.forEach((value, at) => {
          if (!value) return;
          const high = along(axis, value) * field.height;
          svg.append(shape("rect", { x: field.left + at * wide + 0.5, y: field.top + field.height - high, width: Math.max(1, wide - 1), height: high,
            fill: paint(series.color), "fill-opacity": shown.length > 1 ? 0.5 : 0.8 }, `${body.edges[at]} – ${body.edges[at + 1]} · ${series.name}: ${value}`));
        });
      }
      const every = Math.max(1, Math.ceil((Math.max(...body.edges.map((edge) => brush.measureText(edge).width)) + 14) / wide));
      body.edges.forEach((edge, at) => { if (at % every === 0) text(edge, field.left + at * wide, field.top + field.height + 14, at === count ? "end" : "middle"); });
    });
  }

  function xyCharts(body, holder, panel) {
    const shown = body.series.map((series) => ({ ...series, points: series.points.filter((point) => passes(point.labels)) })).filter((series) => series.points.length);
    if (!shown.length) return empty(holder, body.empty || "No data");
    plot(holder, panel, body.y, keysOf(body, shown.filter((each) => each.legend)), (svg, field, text) => {
      const x = (value) => field.left + along(body.x, value) * field.width;
      const y = (value) => field.top + (1 - along(body.y, value)) * field.height;
      const marks = body.x.time ? times(body.x.low, body.x.high, field.width) : null;
      for (const [value, said] of marks ? marks.found.map((at) => [at, marks.text(at)]) : body.x.ticks) {
        svg.append(vector("line", { x1: x(value), x2: x(value), y1: field.top, y2: field.top + field.height, stroke: css("--grid") }));
        text(said, x(value), field.top + field.height + 14, along(body.x, value) > 0.97 ? "end" : "middle");
      }
      for (const series of shown) {
        const line = series.points.map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`);
        if (/line/.test(series.show)) {
          const [first, last] = [series.points[0], series.points[series.points.length - 1]];
          const ground = field.top + field.height;
          if (series.fill) svg.append(vector("polygon", { points: `${x(first.x)},${ground} ${line.join(" ")} ${x(last.x)},${ground}`, fill: faded(series.color, series.fill / 100) }));
          svg.append(vector("polyline", { points: line.join(" "), fill: "none", stroke: paint(series.color), "stroke-width": Math.max(1, series.width) }));
        }
        const seen = /points/.test(series.show);
        for (const point of series.points) {
          svg.append(shape("circle", { cx: x(point.x), cy: y(point.y), r: seen ? Math.max(3, series.size / 2) : 5, fill: seen ? paint(series.color) : "transparent", "fill-opacity": 0.8 },
            [...Object.values(point.labels), series.name, point.text].join(" · ")));
        }
      }
    });
  }

  function heatmaps(body, holder, panel) {
    if (!body.rows.length) return empty(holder, body.empty || "No data");
    const stops = (body.colors[root.dataset.theme] || []).map(channels);
    const colorOf = (share) => {
      if (body.colors.fill) return faded(body.colors.fill, share ** body.colors.exponent);
      const at = Math.min(stops.length - 2, Math.floor(share * (stops.length - 1)));
      const rest = share * (stops.length - 1) - at;
      return `rgb(${stops[at].map((value, index) => Math.round(value + (stops[at + 1][index] - value) * rest)).join(",")})`;
    };
    const count = body.rows.length;
    const axis = { low: 0, high: count, ticks: [] };
    plot(holder, panel, axis, body.legend ? element("div", { class: "heat" }, body.scale[0],
      element("i", { style: { background: `linear-gradient(90deg, ${[0, 0.25, 0.5, 0.75, 1].map(colorOf).join(", ")})` } }), body.scale[1]) : null, (svg, field, text) => {
      const x = (at) => field.left + Math.min(1, Math.max(0, (at - body.begins) / (body.ends - body.begins))) * field.width;
      const high = field.height / count;
      body.rows.forEach((row, number) => {
        const top = field.top + field.height - (number + 1) * high;
        row.shares.forEach((share, at) => {
          if (share === null) return;
          const [from, to] = [x(body.times[at] - body.width), x(body.times[at])];
          if (to <= from) return;
          const cell = shape("rect", { x: from, y: top + 0.5, width: Math.max(1, to - from - (to - from > 4 ? 1 : 0)), height: Math.max(1, high - 1), fill: colorOf(share) }, `${row.name}: ${row.texts[at]}`);
          cell.addEventListener("pointermove", (event) => pointOut(event, moment(body.times[at]), `${row.name}: ${row.texts[at]}`));
          svg.append(cell);
        });
      });
      named(body.rows.map((row) => row.name), field.height, () => 16, (name, share) => text(shortened(name, field.left - 10), field.left - 6, field.top + (1 - share) * field.height, "end"));
      const marks = times(body.begins, body.ends, field.width);
      for (const at of marks.found) if (x(at) - field.left > 16) text(marks.text(at), x(at), field.top + field.height + 14, field.left + field.width - x(at) < 16 ? "end" : "middle");
    }, { rotated: true, left: body.rows.map((row) => row.name) });
  }

  // --- other kinds

  // Headings, lists, emphasis, code and links of Markdown; everything else is text.
  const BULLET = /^\s*[-*] +/;
  const NUMBERED = /^\s*\d+[.)] +/;
  function words(body, holder) {
    const inline = (text) => text.split(/(\*\*[^*]+\*\*|`[^`]+`|\[[^\]]+\]\([^)\s]+\))/).map((part) => {
      if (/^\*\*.+\*\*$/.test(part)) return element("strong", {}, part.slice(2, -2));
      if (/^`.+`$/.test(part)) return element("code", {}, part.slice(1, -1));
      const link = /^\[([^\]]+)\]\(((?:https?:\/\/|\/|#)[^)]*)\)$/.exec(part);
      return link ? element("a", { href: link[2] }, link[1]) : part;
    });
    const blocks = body.mode === "code" ? [element("pre", {}, body.content)] : blocksOf(body.content).map((block) => {
      const heading = /^(#{1,6}) +(.*)$/.exec(block.trim());
      if (heading) return element(`h${Math.min(6, heading[1].length + 3)}`, {}, ...inline(heading[2]));
      const items = block.split("\n");
      for (const [tag, mark] of [["ul", BULLET], ["ol", NUMBERED]]) {
        if (items.every((item) => mark.test(item))) return element(tag, {}, ...items.map((item) => element("li", {}, ...inline(item.replace(mark, "")))));
      }
      return element("p", {}, ...inline(block.trim()));
    });
    holder.append(element("div", { class: "words" }, ...blocks));
  }
  // A heading and a list need no empty line around them.
  function blocksOf(content) {
    const blocks = [];
    let before = "";
    for (const line of content.split("\n")) {
      const kind = !line.trim() ? "" : /^#{1,6} /.test(line) ? "heading" : BULLET.test(line) ? "bullet" : NUMBERED.test(line) ? "number" : "text";
      if (kind && (kind !== before || kind === "heading")) blocks.push(line);
      else if (kind) blocks[blocks.length - 1] += `\n${line}`;
      before = kind;
    }
    return blocks;
  }
  function failed(body, holder, panel) {
    holder.append(element("div", { class: "error", tabindex: 0, role: "region", "aria-label": `${panel.title} cannot be drawn` }, element("strong", {}, body.error),
      ...panel.queries.map((query) => element("pre", {}, `${query.ref}: ${query.text}`))));
  }

  const KINDS = { timeseries: timeSeries, stat: stats, gauge: gauges, bargauge: barGauges, table: tables, "state-timeline": timelines, text: words, error: failed,
    "status-history": timelines, piechart: pies, barchart: barCharts, histogram: histograms, xychart: xyCharts, trend: xyCharts, heatmap: heatmaps };

  // --- panels, rows, dashboards

  function panelOf(panel) {
    const holder = element("div", { class: "body" });
    const about = panel.description || panel.links.length || panel.queries.length;
    const made = element("section", {
      class: `panel${panel.bare ? " bare" : ""}${panel.findings.length ? " found" : ""}`, "data-panel": panel.id, "data-kind": panel.type, "aria-label": panel.title || panel.type,
      style: { gridColumn: `${panel.x + 1} / span ${panel.w}`, gridRow: `${panel.y + 1} / span ${panel.h}` },
    },
    panel.title || about ? element("header", {}, element("h3", { title: panel.title }, panel.title), about ? info(panel) : null,
      panel.mark ? element("span", { class: `mark ${panel.mark}` }, panel.changed ? `${panel.mark}: ${panel.changed}` : panel.mark) : null) : null,
    ...panel.findings.map((text) => element("p", { class: "found-text" }, text)), holder);
    made.fill = () => {
      made.fill = () => {};
      KINDS[panel.body.kind](panel.body, holder, panel);
      made.setAttribute("data-drawn", "");
    };
    return made;
  }

  function info(panel) {
    const button = element("button", { "aria-expanded": "false", "aria-label": `About ${panel.title}`, title: panel.description }, "i");
    button.addEventListener("click", () => {
      const open = button.closest(".panel").querySelector(".pop");
      closePops();
      if (open) return;
      button.setAttribute("aria-expanded", "true");
      button.closest(".panel").append(element("div", { class: "pop", role: "dialog", "aria-label": `About ${panel.title}` },
        panel.description ? element("p", {}, panel.description) : null,
        ...panel.links.map((link) => element("p", {}, element("a", { href: link.url }, link.title || link.url))),
        ...(panel.queries.length ? [element("strong", {}, panel.queries.length > 1 ? "Queries" : "Query")] : []),
        ...panel.queries.map((query) => element("pre", {}, `${query.ref}: ${query.text}`)),
        panel.declared ? element("pre", {}, `declared in ${panel.declared}`) : null));
    });
    return button;
  }
  function closePops() {
    document.querySelectorAll(".pop").forEach((each) => each.remove());
    document.querySelectorAll("header button[aria-expanded=true]").forEach((each) => each.setAttribute("aria-expanded", "false"));
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") closePops(); });

  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { watcher.unobserve(entry.target); entry.target.fill(); }
  }, { rootMargin: "300px" });

  function rowOf(row, number) {
    const key = `${state.uid}/${number}`;
    const open = state.open.has(key) ? state.open.get(key) : state.eager || !row.collapsed;
    const grid = element("div", { class: "grid", hidden: !open, style: open ? {} : { display: "none" } });
    const fill = () => {
      const panels = row.panels.filter(isChosen).map(panelOf);
      grid.append(...panels);
      for (const panel of panels) if (state.eager) panel.fill(); else watcher.observe(panel);
    };
    const button = element("button", { "aria-expanded": String(open), onclick: () => {
      state.open.set(key, button.getAttribute("aria-expanded") !== "true");
      show();
    } }, row.title, open ? null : element("small", {}, `(${row.panels.length} panel${row.panels.length === 1 ? "" : "s"})`));
    const made = element("section", { class: "row" }, row.title ? element("h2", {}, button) : null, grid);
    made.fill = open ? fill : () => {};
    return made;
  }

  function variableOf(variable) {
    const id = `variable-${variable.name}`;
    if (!variable.options.length) {
      return element("span", { class: "chip" }, element("label", { for: id }, variable.title), element("output", { id }, variable.text || "–"));
    }
    const select = element("select", { id, onchange: () => { state.chosen[variable.name] = select.value; show(); } },
      element("option", { value: "" }, "All"), ...variable.options.map((value) => element("option", { value }, value)));
    select.value = state.chosen[variable.name] || "";
    return element("span", { class: "chip" }, element("label", { for: id }, variable.title), select);
  }

  function annotationOf(annotation) {
    const on = !state.hidden.has(annotation.name);
    return element("button", { "aria-pressed": String(on), onclick: () => {
      if (on) state.hidden.add(annotation.name); else state.hidden.delete(annotation.name);
      show();
    } }, element("i", { class: "key", style: { background: on ? paint(annotation.color) : "transparent" } }), annotation.name);
  }

  function show() {
    for (const chart of charts) chart.destroy();
    charts.clear();
    tip.hidden = true;
    const board = dashboard();
    state.uid = board.uid;
    document.title = `${board.title} – dashlib preview`;
    const tabs = element("nav", { "aria-label": "Dashboards" }, ...model.dashboards.map((each) =>
      element("button", { "aria-current": each.uid === board.uid ? "page" : undefined, onclick: () => { location.hash = each.uid; } }, each.title)));
    const rows = board.rows.filter(isChosen).map(rowOf);
    main.replaceChildren(
      element("div", { class: "bar" }, tabs, element("span", { class: "space" }), element("span", { class: "chip" }, model.source),
        element("button", { onclick: () => { root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark"; show(); } }, root.dataset.theme === "dark" ? "Light" : "Dark")),
      element("div", { class: "bar" }, ...board.variables.map(variableOf), ...board.annotations.map(annotationOf), element("span", { class: "space" }),
        ...board.links.map((link) => element("a", { class: "link", href: link.url }, link.title)),
        element("span", { class: "chip", title: `until ${moment(board.now)} UTC` }, board.range)),
      ...(model.errors.length ? [element("div", { class: "problems", role: "alert" }, ...model.errors.map((text) => element("pre", {}, text)))] : []),
      ...rows);
    rows.forEach((row) => row.fill());
  }

  function go() {
    const uid = decodeURIComponent(location.hash.slice(1));
    const found = model.dashboards.find((each) => each.uid === uid);
    state.uid = (found || model.dashboards[0] || { uid: "" }).uid;
    show();
  }
  addEventListener("hashchange", go);
  let redraw = 0;
  // A window grows while a picture is taken; what is pictured stays.
  addEventListener("resize", () => { clearTimeout(redraw); if (!state.eager) redraw = setTimeout(show, 150); });
  // For pictures: everything of one dashboard at once, whatever is visible.
  window.dashlib = {
    show(uid, { open = false, eager = true, theme = "" } = {}) {
      Object.assign(state, { uid, eager });
      if (theme) root.dataset.theme = theme;
      if (!open) dashboard().rows.forEach((row, number) => state.open.set(`${uid}/${number}`, !row.collapsed));
      else state.open.clear();
      show();
    },
  };
  if (model.dashboards.length) go();
  else main.append(element("div", { class: "problems", role: "alert" }, ...model.errors.map((text) => element("pre", {}, text))));
})();
