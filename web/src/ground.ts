import { el, svg, table, words, type Row } from "./draw";
import type { State } from "./state";

export interface Ground {
  as_of: string; route_detail: boolean; steps: string[]; withheld: string[];
  tables: { places?: Row[]; corridors?: Row[] };
  use: { corridor: string; status: string | null; words: string }[];
  log: { corridor: string; status: string; effective: string }[];
  flows: { arm: string; corridor: string; people: number | null }[];
  arrivals: Record<string, Record<string, (number | null)[][]>>;
  observed: { place: string; at: string; value: number; record: string }[];
  events: { month: string; events: number }[];
}
const PAST = 24;
const KINDS: Record<string, string> = { open: "open", one_way: "part", restricted: "part", humanitarian_only: "part", closed: "shut" };

// Moments of the slider: from history through now into forecast.
export function moments(ground: Ground): { at: string; after: boolean }[] {
  const now = Date.parse(ground.as_of);
  const first = now - 180 * 86400e3;
  const past = Array.from({ length: PAST }, (_, i) => ({ at: new Date(first + ((now - first) * i) / PAST).toISOString(), after: false }));
  const ahead = ground.steps.filter((at) => Date.parse(at) > now).map((at) => ({ at, after: true }));
  return [...past, { at: new Date(now).toISOString(), after: false }, ...ahead];
}

export function groundView(ground: Ground, state: State, go: (next: Partial<State>, keep?: boolean) => void): HTMLElement {
  const times = moments(ground);
  const arms = Object.keys(ground.arrivals);
  const arm = arms.includes(state.arm) ? state.arm : (arms[0] ?? "");
  const start = Math.max(0, Math.min(times.length - 1, PAST + (state.step ?? 0)));
  const slider = el("input", { type: "range", min: "0", max: String(times.length - 1), value: String(start), "aria-label": "Moment" }) as HTMLInputElement;
  const says = el("output", { class: "soft" });
  const holder = el("div");
  const show = () => {
    const one = times[Number(slider.value)] ?? times[PAST];
    if (one === undefined) return;
    says.textContent = `${one.at.slice(0, 16).replace("T", " ")} UTC, ${one.after ? "forecast" : "known by then"}`;
    slider.setAttribute("aria-valuetext", says.textContent);
    holder.replaceChildren(drawn(ground, arm, one));
  };
  slider.addEventListener("input", () => { show(); go({ step: Number(slider.value) - PAST }, true); });
  show();
  const choose = el("select", { "aria-label": "Branch" }, ...arms.map((name) => el("option", name === arm ? { value: name, selected: "" } : { value: name }, name))) as HTMLSelectElement;
  choose.addEventListener("change", () => go({ arm: choose.value, step: Number(slider.value) - PAST }));
  const note = ground.route_detail ? null : el("p", { class: "note" }, "Detail of routes and sites is withheld for this crisis.");
  return el("div", {}, note, el("div", {}, el("label", {}, "Branch ", choose)), histogram(ground, times), el("label", { class: "wide" }, slider), says, holder, key(),
    el("p", { class: "soft" }, "Lines join places and are not the course of roads. Circles: people arrived, by area (median). Places and lines say nothing of whose a territory is."));
}

function histogram(ground: Ground, times: { at: string; after: boolean }[]): SVGElement {
  const from = Date.parse(times[0]?.at ?? ground.as_of);
  const end = Date.parse(times.at(-1)?.at ?? ground.as_of);
  const months = ground.events.filter((one) => Date.parse(one.month) >= from - 31 * 86400e3);
  const most = Math.max(1, ...months.map((one) => one.events));
  const x = (t: number) => (Math.max(0, t - from) / (end - from)) * 720;
  const made = svg("svg", { viewBox: "0 0 720 40", role: "img", "aria-label": "Events of the record by month; then the span of the forecast" });
  made.append(svg("rect", { class: "bar after", x: x(Date.parse(ground.as_of)), width: 720, height: 40 }));
  for (const one of months) made.append(svg("rect", { class: "bar", x: x(Date.parse(one.month)), y: 40 - (one.events / most) * 38, width: 10, height: (one.events / most) * 38 }));
  return made;
}

function statusAt(ground: Ground, corridor: string, at: string): string | null {
  const now = Math.min(Date.parse(at), Date.parse(ground.as_of));
  const rows = ground.log.filter((one) => one.corridor === corridor && Date.parse(one.effective) <= now);
  return rows.at(-1)?.status ?? null;
}

function drawn(ground: Ground, arm: string, one: { at: string; after: boolean }): SVGElement {
  const ends = new Set((ground.tables.corridors ?? []).flatMap((row) => [row.from_place, row.to_place]));
  const located = (ground.tables.places ?? []).filter((row) => typeof row.lon === "number" && typeof row.lat === "number");
  // Where there are corridors the map shows what they join: an area that no road ends in is in the table.
  const joined = located.filter((row) => ends.has(row.place));
  const places = joined.length > 0 ? joined : located;
  const box = svg("svg", { viewBox: "0 0 720 460", role: "img", "aria-label": "Places, corridors and arrivals; the table says the same" });
  if (places.length === 0) return box;
  const lons = places.map((row) => Number(row.lon)), lats = places.map((row) => Number(row.lat));
  const [west, east, south, north] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)];
  const flat = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = Math.min(640 / Math.max((east - west) * flat, 0.01), 400 / Math.max(north - south, 0.01));
  const [x0, y0] = [(720 - (east - west) * flat * scale) / 2, (460 + (north - south) * scale) / 2];
  const at = new Map(places.map((row) => [String(row.place), [x0 + (Number(row.lon) - west) * flat * scale, y0 - (Number(row.lat) - south) * scale] as const]));
  for (const road of ground.tables.corridors ?? []) {
    const [a, b] = [at.get(String(road.from_place)), at.get(String(road.to_place))];
    if (!a || !b) continue;
    const status = statusAt(ground, String(road.corridor), one.at);
    const people = ground.flows.find((row) => row.arm === arm && row.corridor === road.corridor)?.people ?? 0;
    const width = one.after ? 1.5 + 7 * Math.sqrt(people / Math.max(1, ...ground.flows.map((row) => row.people ?? 0))) : 1.8;
    const title = svg("title");
    title.textContent = `${words(road.corridor)}: ${status ? status.replaceAll("_", " ") : "not known"}${one.after ? `; ${words(people)} people over the horizon (median)` : ""}`;
    box.append(svg("path", { class: `road ${status ? (KINDS[status] ?? "unknown") : "unknown"}`, "stroke-width": width.toFixed(1), d: `M${a[0]} ${a[1]}L${b[0]} ${b[1]}` }, title));
  }
  const came = arrived(ground, arm, one);
  const most = Math.max(1, ...Object.entries(came).filter(([place]) => at.has(place)).map(([, value]) => value));
  const taken: (readonly [number, number])[] = [];
  const free = (point: readonly [number, number]) => taken.every(([x, y]) => Math.abs(x - point[0]) > 110 || Math.abs(y - point[1]) > 13);
  for (const row of places) {
    const point = at.get(String(row.place));
    if (!point) continue;
    const value = came[String(row.place)];
    const title = svg("title");
    title.textContent = `${words(row.name)}: ${value === undefined ? "arrivals not known" : `${words(value)} arrived`}`;
    if (value) box.append(svg("circle", { class: "came", cx: point[0], cy: point[1], r: 4 + 26 * Math.sqrt(value / most) }));
    box.append(svg("circle", { class: "place", cx: point[0], cy: point[1], r: 3 }, title));
    if (free(point)) {
      taken.push(point);
      const label = svg("text", { x: point[0] + 6, y: point[1] - 5 });
      label.textContent = words(row.name);
      box.append(label);
    }
  }
  return box;
}

// Before the moment: the newest count known; after it: the median of the forecast.
export function arrived(ground: Ground, arm: string, one: { at: string; after: boolean }): Record<string, number> {
  const found: Record<string, number> = {};
  if (!one.after) {
    for (const row of ground.observed)
      if (Date.parse(row.at) <= Date.parse(one.at) && row.record === "cumulative") found[row.place] = row.value;
    return found;
  }
  const index = ground.steps.indexOf(one.at);
  for (const [place, bands] of Object.entries(ground.arrivals[arm] ?? {})) {
    const middle = bands[index]?.[1];
    if (middle !== undefined && middle !== null && place !== "ALL") found[place] = middle;
  }
  return found;
}

function key(): HTMLElement {
  const kinds = [["open", "open"], ["part", "limited"], ["shut", "closed"], ["unknown", "not known"]] as const;
  return el("ul", { class: "key" }, ...kinds.map(([kind, text]) => el("li", {}, svg("svg", { viewBox: "0 0 26 12", "aria-hidden": "true" }, svg("path", { class: `road ${kind}`, "stroke-width": 3, d: "M1 6H25" })), text)));
}

export function groundTable(ground: Ground): HTMLElement {
  const use = new Map(ground.use.map((row) => [row.corridor, row]));
  const roads = (ground.tables.corridors ?? []).map((row) => ({ corridor: row.corridor, from: row.from_place, to: row.to_place, km: row.km, use: use.get(String(row.corridor))?.words ?? "withheld", source: row.source }));
  const end = Object.entries(ground.arrivals).flatMap(([arm, places]) => Object.entries(places).map(([place, bands]) => ({ arm, place, at: ground.steps.at(-1), low: bands.at(-1)?.[0], median: bands.at(-1)?.[1], high: bands.at(-1)?.[2] })));
  return el("div", {}, table("Corridors and what they can be used for", roads), table("Arrivals at the end of the horizon, unless a branch is named", end), table("Counts known", ground.observed as unknown as Row[]));
}
