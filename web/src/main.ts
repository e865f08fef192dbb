import "./page.css";
import { el, fan, table, words, type Band, type Row } from "./draw";
import { groundTable, groundView, type Ground } from "./ground";
import { file, get, here, link, move, PUBLISHED, Refused, send } from "./place";
import { dataAddress, TABS, VIEWS, type State } from "./state";
import { worldView } from "./world";

interface Crises { crises: { name: string; title: string; default_moment: string; moments: string[] }[] }
type Data = Record<string, unknown> & { tables?: Record<string, Row[]>; withheld?: string[]; absent?: string[]; suppressed?: Record<string, number>; at?: string };

let state = here();
const view = document.getElementById("view") as HTMLElement;
let turn = 0;

function go(next: Partial<State>, quietly = false): void {
  state = { ...state, ...next };
  move(state, quietly);
  if (!quietly) void show();
}

async function show(): Promise<void> {
  const mine = ++turn;
  try {
    const crises = await get<Crises>("/crises.json");
    const made = state.crisis === null ? await world() : await crisis(crises);
    if (mine !== turn) return;
    links(crises);
    view.replaceChildren(made);
    document.title = `Forestall: ${state.crisis ? `${state.crisis}, ${state.view}` : "the world"}`;
  } catch (error) {
    if (mine === turn) view.replaceChildren(refused(error));
  }
}

function links(crises: Crises): void {
  const made = crises.crises.map((one) => el("a", { href: link({ ...state, crisis: one.name, at: one.moments.at(-1) ?? "default", view: "now", search: "", step: null, revealed: false }), ...(one.name === state.crisis ? { "aria-current": "page" } : {}) }, one.title));
  document.getElementById("crises")?.replaceChildren(...made);
}

async function world(): Promise<HTMLElement> {
  const [rows, outlines] = await Promise.all([get<Parameters<typeof worldView>[0]>("/world.json"), get<Parameters<typeof worldView>[1]>("/outlines.json")]);
  return worldView(rows, outlines, state, go);
}

async function crisis(crises: Crises): Promise<HTMLElement> {
  const one = crises.crises.find((row) => row.name === state.crisis);
  if (one && one.moments.length > 0 && state.at === "default") state = { ...state, at: one.moments.at(-1) ?? "default" };
  const head = el("div", {}, el("h1", {}, one?.title ?? String(state.crisis)), moments(one?.moments ?? []), tabs());
  let data: Data;
  try {
    data = await get<Data>(`${dataAddress(state, state.view)}.json`);
  } catch (error) {
    if (!(error instanceof Refused) || one === undefined) throw error;
    return el("div", {}, head, refused(error), PUBLISHED ? null : starter());
  }
  const csv = `${dataAddress(state, state.view)}.csv`;
  const facts = el("p", { class: "soft" }, `What was known as of ${words(data["as_of"])} there; ${words(data["mode"])}. `, el("a", { href: file(csv), download: `${state.view}.csv` }, "CSV"), " ", el("a", { href: file(`${dataAddress(state, state.view)}.json`) }, "JSON"));
  return el("div", {}, head, facts, kept(data), await body(data));
}

function moments(known: string[]): HTMLElement {
  const choose = el("select", { "aria-label": "Moment of knowledge" }, ...known.map((at) => el("option", at === state.at ? { value: at, selected: "" } : { value: at }, `${at.slice(0, 16).replace("T", " ")} UTC`))) as HTMLSelectElement;
  if (!known.includes(state.at)) choose.prepend(el("option", { value: state.at, selected: "" }, state.at));
  choose.addEventListener("change", () => go({ at: choose.value, revealed: false, step: null }));
  return el("label", {}, "As known on ", choose);
}

function tabs(): HTMLElement {
  const views = VIEWS.map((name) => el("a", { href: link({ ...state, view: name, revealed: false }), ...(name === state.view ? { "aria-current": "page" } : {}) }, name[0]?.toUpperCase() + name.slice(1)));
  const kinds = TABS.map((name) => el("a", { href: link({ ...state, tab: name }), ...(name === state.tab ? { "aria-current": "true" } : {}) }, state.view === "map" && name === "chart" ? "map" : name));
  return el("div", {}, el("nav", { class: "tabs", "aria-label": "Views" }, ...views), el("nav", { "aria-label": "Form" }, ...kinds));
}

function kept(data: Data): HTMLElement | null {
  const said = [data.withheld?.length ? `Withheld, as they speak of routes or sites: ${data.withheld.join(", ")}.` : "", Object.keys(data.suppressed ?? {}).length ? `Fewer than 10 people in one cell are not shown: ${Object.entries(data.suppressed ?? {}).map(([name, cells]) => `${cells} in ${name}`).join(", ")}.` : "", data.absent?.length ? `Not assessed: ${data.absent.join(", ").replaceAll("_", " ")}.` : ""].filter(Boolean);
  return said.length ? el("p", { class: "note" }, said.join(" ")) : null;
}

async function body(data: Data): Promise<HTMLElement> {
  if (state.view === "now") return now(data);
  if (state.view === "map") return state.tab === "table" ? groundTable(data as unknown as Ground) : groundView(data as unknown as Ground, state, go);
  if (state.view === "replay") return replay(data);
  const rows = Object.entries(data.tables ?? {}).map(([name, found]) => linked(name, found));
  if (state.view === "sources") rows.unshift(table("Tables of this run", (data["tables_of_the_run"] ?? []) as Row[]));
  if (state.view === "odds" && state.tab === "chart") rows.unshift(...fans(data));
  return el("div", {}, ...rows);
}

function linked(name: string, rows: Row[]): HTMLElement {
  const made = table(name.replaceAll("_", " "), rows);
  made.append(el("a", { href: file(`${dataAddress(state, state.view)}.csv?table=${name}`), download: `${name}.csv` }, `${name}.csv`));
  return made;
}

interface Part { title: string; assessed: boolean; lines: { text?: string; evidence?: unknown; rows?: unknown }[] }

function now(data: Data): HTMLElement {
  const parts = (data["parts"] ?? []) as Part[];
  if (state.tab === "table") return table("Now", parts.flatMap((part) => part.lines.map((line) => ({ part: part.title, ...line }) as unknown as Row)));
  return el("div", {}, ...parts.map((part) => el("section", {}, el("h2", {}, part.title), part.assessed ? null : el("p", { class: "soft" }, "not assessed"), el("ul", {}, ...part.lines.map((line) => el("li", {}, line.text ?? ""))))));
}

function fans(data: Data): HTMLElement[] {
  const rows = (data["fan"] ?? []) as Row[];
  const names = Object.keys(rows[0] ?? {}).filter((name) => !Number.isNaN(Number(name))).sort((a, b) => Number(a) - Number(b));
  const middle = names.find((name) => Number(name) === 0.5) ?? "0.5";
  const arms = [...new Set(rows.map((row) => String(row["arm"])))];
  const marks = ((data["known"] ?? []) as Row[]).filter((row) => row["place"] === "ALL").map((row) => ({ at: String(row["at"]), value: Number(row["value"]) }));
  if (arms.length === 0) return [fan("People arrived", [])];
  return arms.map((arm) => fan(`People arrived, ${arm}: median and 90 % band`, rows.filter((row) => row["arm"] === arm).map((row): Band => ({ at: String(row["at"]), low: Number(row[names[0] ?? ""]), middle: Number(row[middle]), high: Number(row[names.at(-1) ?? ""]) })), marks));
}

async function replay(data: Data): Promise<HTMLElement> {
  const said = state.tab === "table" ? [table("Forecast", (data["fan"] ?? []) as Row[])] : fans(data);
  const made = el("div", {}, el("p", {}, "Only what was known by this moment is shown. Guess how many will have arrived, then reveal."), ...said, table("Counts known by then", (data["known"] ?? []) as Row[]));
  const guess = el("input", { type: "number", min: "0", inputmode: "numeric", "aria-label": "Your guess" });
  const button = el("button", { type: "button", id: "reveal" }, "Reveal what happened");
  button.addEventListener("click", () => { sessionStorage.setItem("guess", (guess as HTMLInputElement).value); go({ revealed: true }); });
  if (!state.revealed) { made.append(el("label", {}, "Your guess ", guess), button); return made; }
  const later = await get<Data>(`${dataAddress(state, "reveal")}.json`);
  const own = sessionStorage.getItem("guess");
  made.append(own ? el("p", {}, `Your guess: ${words(Number(own))}`) : "", table("What happened, and how the forecast did", (later["reveal"] ?? []) as Row[], ["arm", "by", "q05", "median", "q95", "counted", "verdict"]));
  return made;
}

function refused(error: unknown): HTMLElement {
  if (!(error instanceof Refused)) return el("p", { class: "note", role: "alert" }, `The page could not be read: ${String(error)}`);
  const { title, detail, nearest, status } = error.problem;
  if (status === 401) return signIn();
  const near = nearest ? el("p", {}, "Nearest: ", el("a", { href: link(closest(nearest)) }, nearest)) : null;
  return el("div", { class: "note", role: "alert" }, el("strong", {}, title), el("p", {}, detail), near);
}

function signIn(): HTMLElement {
  const key = el("input", { type: "password", name: "key", autocomplete: "current-password", required: "" }) as HTMLInputElement;
  const says = el("p", { role: "alert" });
  const form = el("form", {}, el("h1", {}, "A key is needed"), el("label", {}, "Your key ", key), el("button", {}, "Open"), says);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send("POST", "/session.json", { key: key.value }).then(() => void show(), (error: unknown) => { says.textContent = error instanceof Refused ? error.problem.detail : String(error); });
  });
  return form;
}

function closest(name: string): State {
  return /^\d{4}-/.test(name) ? { ...state, at: name } : { ...state, crisis: name };
}

function starter(): HTMLElement {
  const says = el("p", { class: "soft", role: "status" });
  const start = el("button", { type: "button", id: "start" }, "Run this moment");
  const stop = el("button", { type: "button" }, "Cancel");
  start.addEventListener("click", () => void follow(says, stop));
  return el("div", {}, start, stop, says);
}

async function follow(says: HTMLElement, stop: HTMLElement): Promise<void> {
  let job: Row;
  try {
    job = await send("POST", `${dataAddress(state, "run")}.json`);
  } catch (error) {
    says.textContent = error instanceof Refused ? error.problem.detail : String(error);
    return;
  }
  stop.onclick = () => void send("DELETE", String(job["where"]));
  for (;;) {
    const told = await get<Row>(String(job["where"]));
    says.textContent = `${words(told["state"])} ${told["stage"] ? `${words(told["stage"])}, ${words(told["step"])} of ${words(told["steps"])}` : ""} ${told["says"] ? words(told["says"]) : ""}`;
    if (told["state"] === "done") return void show();
    if (!["waiting", "running"].includes(String(told["state"]))) return;
    await new Promise((done) => setTimeout(done, 700));
  }
}

document.addEventListener("click", (event) => {
  const anchor = (event.target as Element).closest("a");
  const href = anchor?.getAttribute("href") ?? "";
  if (!anchor || anchor.hasAttribute("download") || event.ctrlKey || event.metaKey || (href.startsWith("#") && !href.startsWith("#/"))) return;
  const to = new URL(anchor.href);
  if (to.origin !== location.origin || /\.(json|csv|html)$/.test(href)) return;
  event.preventDefault();
  history.pushState(null, "", href);
  state = here();
  void show();
  view.focus();
});
addEventListener("popstate", () => { state = here(); void show(); });
void show();
