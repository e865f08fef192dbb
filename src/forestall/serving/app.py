"""The application: addresses, what is refused, and the headers of every answer."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Annotated, Literal

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from forestall import __version__
from forestall.core.errors import CrisisError, UsageError
from forestall.serving.answers import HEADERS, Body, answer, as_csv, as_json, missing, problem
from forestall.serving.desk import Reading
from forestall.serving.door import COOKIE, SESSION_SECONDS, Door, Exports, Reader, forbidden, is_open
from forestall.serving.jobs import Jobs, Limits
from forestall.serving.keys import LONGEST_SECRET, KeyFile
from forestall.serving.shelf import MissingError, Shelf
from forestall.serving.views import NAMES

MAX_BODY = 64 * 1024
"""Bytes of a request's body; nothing that is asked for here needs more."""
MAX_ADDRESS = 2048
NAME = re.compile(r"^[\w][\w.-]{0,99}$")
"""What a crisis, view or table may be called in an address."""
Form = Literal["json", "csv"]
JSON, CSV = "application/json", "text/csv; charset=utf-8"
Page = Annotated[int, Query(ge=1, le=1_000_000)]
Per = Annotated[int, Query(ge=1, le=1000)]
Table = Annotated[str | None, Query(max_length=100)]
Draws = Annotated[int | None, Query(ge=1, le=5000)]
STATIC = Path(str(files("forestall.serving").joinpath("static")))
"""Where the built page lies."""


def application(
    shelf: Shelf,
    *,
    limits: Limits | None = None,
    keys: KeyFile | None = None,
    exports: Path | None = None,
    static: Path = STATIC,
) -> FastAPI:
    """Return the application for a shelf.

    Parameters
    ----------
    shelf : Shelf
        The crises served and the folder of runs.
    limits : Limits, optional
        Of each run that is started from the page.
    keys : KeyFile, optional
        Of the readers; none where this machine serves itself alone.
    exports : Path, optional
        File to which a line is added for each table that is taken away.
    static : Path
        Folder of the built page.
    """
    jobs, reading, door = Jobs(limits), Reading(shelf), Door(keys)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        first = Thread(target=_warmed, args=(reading,), daemon=True)
        first.start()
        yield
        jobs.close()

    app = FastAPI(title="Forestall", version=__version__, lifespan=life, docs_url=None, redoc_url=None)
    _guard(app, door, Exports(exports))
    _explain(app)
    _session_routes(app, door)
    _world_routes(app, reading)
    _run_routes(app, reading)
    _job_routes(app, shelf, jobs)
    _page_routes(app, static)
    return app


def _warmed(reading: Reading) -> None:
    """Make what everybody sees first, so that the first reader need not wait for it."""
    reading.outlines()
    reading.world("json")


def _guard(app: FastAPI, door: Door, exports: Exports) -> None:
    """Refuse what is too long or strange, and who has no key; put headers on every answer."""

    async def guarded(request: Request, go: Callable[[Request], Awaitable[Response]]) -> Response:
        response = refusal(request) or await _let_in(request, go, door, exports)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    app.middleware("http")(guarded)


async def _let_in(
    request: Request, go: Callable[[Request], Awaitable[Response]], door: Door, exports: Exports
) -> Response:
    """Return the answer for who asks, or that a key is needed; what is taken away is noted."""
    if is_open(request.url.path):
        return await go(request)
    reader = door.reader(request)
    if isinstance(reader, Response):
        return reader
    request.state.reader = reader
    response = await go(request)
    if response.status_code == 200:
        exports.note(request, reader, int(response.headers.get("content-length", 0)))
    return response


def _reader(request: Request) -> Reader:
    """Return who asks, as the door found."""
    found: Reader = request.state.reader
    return found


def refusal(request: Request) -> Response | None:
    """Return why a request is refused, or None."""
    raw = request.scope.get("raw_path", b"").decode("latin-1").lower()
    if len(str(request.url)) > MAX_ADDRESS:
        return problem(414, "Address too long", f"an address has at most {MAX_ADDRESS} characters")
    if ".." in request.url.path or "%2e%2e" in raw or "\\" in request.url.path or "\x00" in request.url.path:
        return problem(400, "Bad address", "an address holds no '..', no backslash and no null")
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY or "transfer-encoding" in request.headers:
        return problem(413, "Body too large", f"a body has a stated length of at most {MAX_BODY} bytes")
    if request.method not in ("GET", "HEAD") and not _own_page(request):
        return problem(403, "Not from this page", "what changes something is asked for from this page alone")
    return None


def _own_page(request: Request) -> bool:
    """Return whether a request that changes something comes from our page: another site cannot send this."""
    origin = request.headers.get("origin")
    same = origin is None or origin.split("://")[-1] == request.headers.get("host")
    return same and request.headers.get("x-forestall") == "1"


def _explain(app: FastAPI) -> None:
    """Answer every fault as a problem."""

    @app.exception_handler(MissingError)
    async def _(_: Request, error: MissingError) -> Response:
        return missing(error)

    @app.exception_handler(CrisisError)
    async def _(_: Request, error: CrisisError) -> Response:
        findings = [finding.as_dict() for finding in error.findings]
        return problem(409, "The crisis fails its checks", "it is not shown", findings=findings)

    @app.exception_handler(UsageError)
    async def _(_: Request, error: UsageError) -> Response:
        return problem(409, "Not possible", str(error))

    @app.exception_handler(RequestValidationError)
    async def _(_: Request, error: RequestValidationError) -> Response:
        faults = [{"where": ".".join(map(str, one["loc"])), "says": one["msg"]} for one in error.errors()]
        return problem(
            422, "Bad parameter", "; ".join(f"{f['where']}: {f['says']}" for f in faults), faults=faults
        )

    @app.exception_handler(HTTPException)
    async def _(_: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), "see /openapi.json for every address")

    @app.exception_handler(Exception)
    async def _(_: Request, __: Exception) -> Response:
        return problem(500, "A fault of the server", "it was logged; other addresses are still served")


class Secret(BaseModel):
    """A key, as it is given to begin a session."""

    key: str = Field(max_length=LONGEST_SECRET)


def _session_routes(app: FastAPI, door: Door) -> None:
    """Add the address at which a browser gives its key once."""

    @app.get("/session.json")
    def who(request: Request) -> Response:
        """Who asks: the role, or that a key is needed."""
        found = door.reader(request)
        role = None if isinstance(found, Response) else found.role
        return answer(request, as_json({"role": role, "keys": door.keys is not None}), JSON)

    @app.post("/session.json")
    def begin(request: Request, secret: Secret) -> Response:
        """Give a key; a cookie that no script can read stands for it from then on."""
        found = door.by_secret(secret.key, request)
        if isinstance(found, Response):
            return found
        response = Response(as_json({"role": found.role, "keys": True}), media_type=JSON)
        safe = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, door.begin(found), SESSION_SECONDS, httponly=True, samesite="strict", secure=safe
        )
        return response

    @app.delete("/session.json")
    def end(request: Request) -> Response:
        """End the session."""
        door.end(request.cookies.get(COOKIE, ""))
        response = Response(as_json({"role": None, "keys": door.keys is not None}), media_type=JSON)
        response.delete_cookie(COOKIE)
        return response


def _world_routes(app: FastAPI, reading: Reading) -> None:
    """Add the addresses of the world."""

    @app.get("/world.{form}")
    async def world(request: Request, form: Form) -> Response:
        """Countries by odds, deaths and people displaced; what nobody assessed is said to be so."""
        body = reading.kept_world(form)
        if body is None:
            body = await run_in_threadpool(reading.world, form)
        return answer(request, body, CSV if form == "csv" else JSON)

    @app.get("/outlines.json")
    def outlines(request: Request) -> Response:
        """Outlines of the countries for the map of the world."""
        return answer(request, reading.outlines(), JSON)

    @app.get("/crises.{form}")
    async def crises(request: Request, form: Form, page: Page = 1, per: Per = 100) -> Response:
        """Crises served, with the moments of their runs."""
        rows = reading.crises()[(page - 1) * per : page * per]
        body = as_csv(rows) if form == "csv" else as_json({"crises": rows, "views": NAMES, "page": page})
        return answer(request, body, CSV if form == "csv" else JSON)


def _run_routes(app: FastAPI, reading: Reading) -> None:
    """Add the addresses of a run."""

    @app.get("/crisis/{name}/{at}/table/{table}.{form}")
    def rows(
        request: Request, name: str, at: str, table: str, form: Form, page: Page = 1, per: Per = 100
    ) -> Response:
        """Rows of one table of a run, page by page."""
        _named(name, table)
        found, place = reading.table(name, at, table, page, per, _reader(request).detail)
        if form == "csv":
            return answer(request, as_csv(found), CSV)
        return answer(request, as_json({"table": table, **place, "items": found}), JSON)

    @app.get("/crisis/{name}/{at}/{view}.{form}")
    async def view(
        request: Request, name: str, at: str, view: str, form: Form, table: Table = None
    ) -> Response:
        """One view of a crisis at a moment: what was known then and nothing later, but for ``reveal``."""
        _named(name, view)
        asked = (name, at, view, form, table, _reader(request).detail)
        body = reading.kept_view(*asked)
        if body is None:
            body = await run_in_threadpool(reading.view, *asked)
        return answer(request, body, CSV if form == "csv" else JSON)


def _named(*names: str) -> None:
    """Refuse what cannot be a name."""
    for name in names:
        if not NAME.match(name):
            raise MissingError(f"{name[:80]!r} is no name: letters, digits, '-', '_' and '.' alone")


def _job_routes(app: FastAPI, shelf: Shelf, jobs: Jobs) -> None:
    """Add the addresses of jobs."""

    @app.post("/crisis/{name}/{at}/run.json", status_code=202)
    def start(request: Request, name: str, at: str, draws: Draws = None) -> Response:
        """Start the run of a moment; readers go on meanwhile."""
        _named(name)
        if not _reader(request).may("analyst"):
            return forbidden(_reader(request), "analyst", "start a run")
        moment = shelf.moment(name, at)
        out = shelf.folder / f"{name}_{moment:%Y%m%dT%H%M%SZ}_page"
        job = jobs.add(name, shelf.crises[name], moment.isoformat(), out, draws)
        where = f"/jobs/{job.id}.json"
        body = as_json(job.as_dict() | {"where": where})
        return Response(body, status_code=202, media_type=JSON, headers={"Location": where})

    @app.get("/jobs.json")
    def every(request: Request) -> Response:
        """Jobs, the newest first."""
        return answer(request, as_json({"jobs": [job.as_dict() for job in jobs.all()]}), JSON)

    @app.get("/jobs/{job_id}.json")
    def one(request: Request, job_id: str) -> Response:
        """How far a job is."""
        job = jobs.get(job_id)
        if job is None:
            raise MissingError(f"no job {job_id[:80]!r}")
        return answer(request, as_json(job.as_dict()), JSON)

    @app.delete("/jobs/{job_id}.json")
    def cancel(request: Request, job_id: str) -> Response:
        """Stop a job."""
        if not _reader(request).may("analyst"):
            return forbidden(_reader(request), "analyst", "stop a run")
        job = jobs.cancel(job_id)
        if job is None:
            raise MissingError(f"no job {job_id[:80]!r}")
        return Response(as_json(job.as_dict()), media_type=JSON)


def _page_routes(app: FastAPI, static: Path) -> None:
    """Add the built page: its files, and itself at every address that it shows."""
    found = sorted(static.glob("*")) if static.is_dir() else []
    held = {path.name: (path.suffix, Body.of(path.read_bytes())) for path in found if path.is_file()}
    kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}

    @app.get("/static/{name}", include_in_schema=False)
    async def part(request: Request, name: str) -> Response:
        if name not in held:
            raise MissingError(f"no file {name[:80]!r}")
        suffix, body = held[name]
        return answer(request, body, kinds.get(suffix, "application/octet-stream"))

    @app.get("/", include_in_schema=False)
    @app.get("/world", include_in_schema=False)
    @app.get("/crisis/{rest:path}", include_in_schema=False)
    async def page(request: Request, rest: str = "") -> Response:
        if "index.html" not in held or rest.endswith((".json", ".csv")):
            detail = (
                "the page is not built; run `make web`"
                if "index.html" not in held
                else f"nothing at {rest[:80]!r}"
            )
            return problem(404, "Not found", detail)
        return answer(request, held["index.html"][1], "text/html; charset=utf-8")
