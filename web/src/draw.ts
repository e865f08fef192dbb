// Elements, tables and the fan: everything is made of nodes, never of text that is parsed, so that no name can be a script.
export type Row = Record<string, unknown>;
type Child = Node | string | null;

export function el(tag: string, facts: Record<string, string> = {}, ...children: Child[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) made.setAttribute(name, value);
  made.append(...children.filter((one): one is Node | string => one !== null));
  return made;
}

export function svg(tag: string, facts: Record<string, string | number> = {}, ...children: Node[]): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(facts)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

export function words(value: unknown): string {
  if (value === null || value === undefined || value === "") return "not known";
  if (typeof value === "number") return Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : String(Math.round(value * 1000) / 1000);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object") return JSON.stringify(value);
  const text = String(value);
  return /^\d{4}-\d\d-\d\dT/.test(text) ? text.slice(0, 16).replace("T", " ") : text;
}

export function percent(value: unknown): string {
  if (typeof value !== "number") return "not assessed";
  return value < 0.01 ? "under 1 %" : value > 0.99 ? "over 99 %" : `${Math.round(value * 100)} %`;
}

const MOST_ROWS = 300;

export function table(title: string, rows: Row[], columns?: string[]): HTMLElement {
  const first = rows[0];
  if (first === undefined) return el("p", { class: "soft" }, `${title}: no rows`);
  const names = columns ?? Object.keys(first);
  const head = el("tr", {}, ...names.map((name) => el("th", { scope: "col" }, name.replaceAll("_", " "))));
  const body = rows.slice(0, MOST_ROWS).map((row) =>
    el("tr", {}, ...names.map((name) => el("td", typeof row[name] === "number" ? { class: "n" } : {}, words(row[name])))),
  );
  const more = rows.length > MOST_ROWS ? el("p", { class: "soft" }, `${MOST_ROWS} of ${rows.length} rows; the CSV has all`) : null;
  const scrolled = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title });
  scrolled.append(el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)));
  return el("section", {}, el("h2", {}, title), scrolled, more);
}

export interface Band {
  at: string;
  low: number;
  middle: number;
  high: number;
}

export function fan(title: string, bands: Band[], marks: { at: string; value: number }[] = []): HTMLElement {
  if (bands.length === 0) return el("p", { class: "note" }, `${title}: not assessed, or withheld`);
  const [w, h, left, foot] = [innerWidth < 600 ? 360 : 720, innerWidth < 600 ? 230 : 300, 66, 30];
  const times = bands.map((one) => Date.parse(one.at));
  const start = times[0] ?? 0;
  const end = Math.max(times.at(-1) ?? 1, start + 1);
  const top = Math.max(1, ...bands.map((one) => one.high));
  const x = (t: number) => left + ((t - start) / (end - start)) * (w - left - 12);
  const y = (v: number) => h - foot - (v / top) * (h - foot - 14);
  const along = (pick: (one: Band) => number, list = bands) => list.map((one) => `${x(Date.parse(one.at)).toFixed(1)},${y(pick(one)).toFixed(1)}`);
  const drawn = svg("svg", { viewBox: `0 0 ${w} ${h}`, role: "img", "aria-label": `${title}: median at the end ${words(bands.at(-1)?.middle)}` });
  for (const share of [0, 0.5, 1]) {
    const label = svg("text", { x: left - 6, y: y(top * share) + 4, "text-anchor": "end" });
    label.textContent = words(Math.round(top * share));
    drawn.append(svg("path", { class: "axis", d: `M${left} ${y(top * share)}H${w - 12}` }), label);
  }
  for (const [t, anchor] of [[start, "start"], [end, "end"]] as const) {
    const label = svg("text", { x: x(t), y: h - 10, "text-anchor": anchor });
    label.textContent = new Date(t).toISOString().slice(0, 10);
    drawn.append(label);
  }
  drawn.append(svg("polygon", { class: "band", points: [...along((one) => one.high), ...along((one) => one.low, [...bands].reverse())].join(" ") }));
  drawn.append(svg("polyline", { class: "median", points: along((one) => one.middle).join(" ") }));
  for (const mark of marks.filter((one) => Date.parse(one.at) >= start && Date.parse(one.at) <= end && one.value <= top))
    drawn.append(svg("circle", { class: "counted", r: 4, cx: x(Date.parse(mark.at)), cy: y(mark.value) }));
  return el("figure", {}, el("figcaption", {}, title), drawn);
}
