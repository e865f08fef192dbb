// The whole state of the page is its address: what cannot be read there becomes the nearest good state.
export const VIEWS = ["now", "map", "odds", "needs", "action", "claims", "sources", "replay"] as const;
export const TABS = ["chart", "table"] as const;
export type View = (typeof VIEWS)[number];
export type Tab = (typeof TABS)[number];

export interface State {
  crisis: string | null;
  at: string;
  view: View;
  tab: Tab;
  step: number | null;
  arm: string;
  search: string;
  revealed: boolean;
}

function nearest<T extends string>(asked: string | null | undefined, known: readonly T[], otherwise: T): T {
  const text = (asked ?? "").toLowerCase();
  return known.find((one) => one === text) ?? known.find((one) => text !== "" && one.startsWith(text.slice(0, 2))) ?? otherwise;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

export function parse(path: string, query: string): State {
  const parts = path.split("/").filter((part) => part !== "").map(decoded);
  const asked = new URLSearchParams(query);
  const step = Number.parseInt(asked.get("t") ?? "", 10);
  const inside = parts[0] === "crisis" && parts[1] !== undefined && parts[1] !== "";
  return {
    crisis: inside ? (parts[1] ?? null) : null,
    at: inside && parts[2] ? parts[2] : "default",
    view: nearest(parts[3], VIEWS, "now"),
    tab: nearest(asked.get("tab"), TABS, "chart"),
    step: Number.isFinite(step) ? Math.max(-10000, Math.min(10000, step)) : null,
    arm: (asked.get("arm") ?? "").slice(0, 60),
    search: (asked.get("q") ?? "").slice(0, 60),
    revealed: asked.get("reveal") === "1",
  };
}

export function address(state: State): string {
  const asked = new URLSearchParams();
  if (state.tab !== "chart") asked.set("tab", state.tab);
  if (state.step !== null) asked.set("t", String(state.step));
  if (state.arm) asked.set("arm", state.arm);
  if (state.search) asked.set("q", state.search);
  if (state.revealed) asked.set("reveal", "1");
  const query = asked.toString();
  return (state.crisis === null ? "/world" : dataAddress(state, state.view)) + (query ? `?${query}` : "");
}

export function dataAddress(state: State, view: string): string {
  const at = encodeURIComponent(state.at).replaceAll("%3A", ":");
  return `/crisis/${encodeURIComponent(state.crisis ?? "")}/${at}/${view}`;
}
