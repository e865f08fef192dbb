import { el, percent, svg, words, type Row } from "./draw";
import { file, link } from "./place";
import type { State } from "./state";

interface Country extends Row { iso3: string; name: string; odds: number | string; assessed: boolean; crisis: string | null; at: string | null }
interface World { says: string; as_of: string; data_to: string; countries: Country[] }
interface Outlines { disclaimer: string; countries: Record<string, number[][]> }
const STEPS = [0.05, 0.2, 0.5, 0.8];

export function shade(odds: number): string {
  return `r${STEPS.filter((step) => odds >= step).length}`;
}

export function outlineMap(outlines: Outlines, rows: Country[]): SVGElement {
  const by = new Map(rows.map((row) => [row.iso3, row]));
  const drawn = svg("svg", { viewBox: "-180 -84 360 142", role: "img", "aria-label": "Countries by odds; the list beside it says the same" });
  const lines = svg("pattern", { id: "hatch", width: 3, height: 3, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  lines.append(svg("rect", { class: "ground", width: 3, height: 3 }), svg("path", { class: "hatchline", d: "M0 0V3" }));
  drawn.append(svg("defs", {}, lines));
  for (const [iso3, rings] of Object.entries(outlines.countries)) {
    const row = by.get(iso3);
    let path = "";
    for (const ring of rings) {
      for (let i = 0; i < ring.length; i += 2) path += `${i ? "L" : "M"}${ring[i]} ${-(ring[i + 1] ?? 0)}`;
      path += "Z";
    }
    const title = svg("title");
    title.textContent = `${row?.name ?? iso3}: ${percent(row?.odds)}`;
    drawn.append(svg("path", { class: `land ${row?.assessed ? shade(Number(row.odds)) : "hatch"}`, d: path }, title));
  }
  return drawn;
}

function key(): HTMLElement {
  const bounds = ["under 5 %", "5 to 20 %", "20 to 50 %", "50 to 80 %", "80 % and more"];
  const shown = bounds.map((text, i) => el("li", {}, svg("svg", { viewBox: "0 0 26 12", "aria-hidden": "true" }, svg("rect", { class: `r${i}`, width: 26, height: 12 })), text));
  shown.push(el("li", {}, svg("svg", { viewBox: "0 0 26 12", "aria-hidden": "true" }, svg("rect", { class: "hatch", width: 26, height: 12 })), "not assessed"));
  return el("ul", { class: "key" }, ...shown);
}

export function worldView(world: World, outlines: Outlines, state: State, go: (next: Partial<State>, keep?: boolean) => void): HTMLElement {
  const body = el("tbody");
  const list = (search: string) => {
    const wanted = world.countries.filter((row) => `${row.name} ${row.iso3}`.toLowerCase().includes(search.toLowerCase()));
    body.replaceChildren(...wanted.map((row) => {
      const name = row.crisis && row.at ? el("a", { href: link({ ...state, crisis: row.crisis, at: row.at, search: "" }) }, row.name) : row.name;
      const change = typeof row.change === "number" ? `${row.change > 0 ? "+" : ""}${Math.round(row.change * 100)}` : "not known";
      return el("tr", {}, el("td", {}, name), ...[percent(row.odds), change, words(row.displaced_next_year), words(row.deaths), words(row.deaths_year)].map((text) => el("td", { class: "n" }, text)));
    }));
  };
  list(state.search);
  const box = el("input", { type: "search", "aria-label": "Search a country", placeholder: "Search a country", value: state.search }) as HTMLInputElement;
  box.addEventListener("input", () => { list(box.value); go({ search: box.value }, true); });
  const heads = ["country", "odds, 3 months", "change in a month", "newly displaced, a year", "deaths", "in year"];
  const whole = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Countries" }, el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((one) => el("th", { scope: "col" }, one)))), body));
  return el("div", {}, el("h1", {}, "The world"),
    el("p", { class: "soft" }, `${world.says} As of ${world.as_of}; deaths known to ${world.data_to}. `, el("a", { href: file("/world.csv"), download: "world.csv" }, "CSV"), " ", el("a", { href: file("/world.json") }, "JSON")),
    el("div", { class: "two" }, el("div", {}, outlineMap(outlines, world.countries), key(), el("p", { class: "soft" }, outlines.disclaimer)), el("div", {}, box, whole)));
}
