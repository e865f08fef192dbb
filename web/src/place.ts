// Where the page stands: served, with its state in the address and its data beside it; or published as a folder that
// opens without a server, with its state after '#' and its data as scripts, since a file may not read another one.
import { address, parse, type State } from "./state";

export interface Problem { title: string; detail: string; nearest?: string; status: number }

export class Refused extends Error {
  constructor(readonly problem: Problem) { super(problem.detail); }
}

export const PUBLISHED = document.documentElement.dataset["published"] === "1";

export function here(): State {
  if (!PUBLISHED) return parse(location.pathname, location.search);
  const [path = "", query = ""] = location.hash.slice(1).split("?", 2);
  return parse(path, query);
}

export function link(state: State): string {
  return PUBLISHED ? `#${address(state)}` : address(state);
}

export function move(state: State, quietly: boolean): void {
  if (quietly) history.replaceState(null, "", link(state));
  else history.pushState(null, "", link(state));
}

// A name that every file system holds: no colon, no question mark.
export function file(path: string): string {
  return PUBLISHED ? `data${path.replaceAll(":", "").replace(/\.csv\?table=(.+)$/, ".$1.csv")}` : path;
}

const waiting = new Map<string, (value: unknown) => void>();
declare global { interface Window { forestall: (path: string, value: unknown) => void } }
window.forestall = (path, value) => waiting.get(path)?.(value);

export async function get<T>(path: string): Promise<T> {
  if (PUBLISHED) return await new Promise<T>((done, fail) => load(path, done as (value: unknown) => void, fail));
  const got = await fetch(path, { headers: { Accept: "application/json" } });
  if (!got.ok) throw new Refused((await got.json()) as Problem);
  return (await got.json()) as T;
}

// What changes something carries a header that no other site can send.
export async function send(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const headers = { "X-Forestall": "1", ...(body === undefined ? {} : { "Content-Type": "application/json" }) };
  const got = await fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const told = (await got.json()) as Record<string, unknown>;
  if (!got.ok) throw new Refused(told as unknown as Problem);
  return told;
}

function load(path: string, done: (value: unknown) => void, fail: (error: Error) => void): void {
  const script = document.createElement("script");
  const over = () => { waiting.delete(path); script.remove(); };
  waiting.set(path, (value) => { done(value); over(); });
  script.src = `${file(path)}.js`;
  script.addEventListener("error", () => {
    over();
    fail(new Refused({ title: "Not published", detail: `nothing at ${path.slice(0, 120)} in this folder`, status: 404 }));
  });
  document.head.append(script);
}
