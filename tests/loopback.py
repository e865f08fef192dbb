"""A server on this machine that plays every source from synthetic answers, with faults on demand.

``python tests/loopback.py --port 8300`` serves it by hand, for `forestall fetch ... --base`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from forestall.world.read import load_countries

UCDP_TEXT = (
    "id relid year code_status type_of_violence conflict_name dyad_name side_a side_b where_prec adm_1 "
    "latitude longitude country country_id event_clarity date_prec date_start date_end best high low"
)
UCDP_COLUMNS = UCDP_TEXT.split()
BLOCK = b"<!doctype html><html><head><title>One moment</title><script>/* are you a robot */</script></html>"
PLAYED = ("MLI", "BFA", "NER")
"""Countries in which the yearly and monthly files have events."""


class Play:
    """What the server answers: figures that can be revised, faults by path, and a log of what was asked."""

    def __init__(self, today: date | None = None) -> None:
        self.today = today or datetime.now(UTC).date()
        self.refugees = 1200
        self.deaths = 4
        self.faults: dict[str, str] = {}
        self.times: dict[str, int] = {}
        self.log: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.asked: Counter[str] = Counter()
        self.drop: set[str] = set()
        self.base = ""

    def fault(self, path: str, name: str, times: int = 10**9) -> None:
        """Have a path and all below it fail in a way, a number of times."""
        self.faults[path], self.times[path] = name, times

    def fault_of(self, path: str) -> str:
        for start, name in self.faults.items():
            if path.startswith(start) and self.times[start] > 0:
                self.times[start] -= 1
                return name
        return ""


def numbers(iso3: str) -> dict[str, object]:
    """Return a country as the tables of the world know it."""
    return load_countries().filter(iso3=iso3).row(0, named=True)


def ucdp_rows(play: Play, first: date, last: date, countries=PLAYED) -> list[dict[str, object]]:
    rows = []
    for number, iso3 in enumerate(countries):
        known = numbers(iso3)
        for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
            day = date(month // 12, month % 12 + 1, 10 + number)
            key = month * 10 + number
            rows.append(
                dict.fromkeys(UCDP_COLUMNS, "")
                | {
                    "id": key, "relid": f"X-{key}", "year": day.year, "code_status": "Clear",
                    "type_of_violence": 1, "dyad_name": "A - B", "side_a": "Government", "side_b": "Council",
                    "where_prec": 1, "adm_1": "Dale", "latitude": 14.5 + number, "longitude": -3.5,
                    "country": known["name"], "country_id": known["gw"], "event_clarity": 1, "date_prec": 1,
                    "date_start": f"{day} 00:00:00.000", "date_end": f"{day} 00:00:00.000",
                    "best": play.deaths, "high": play.deaths + 2, "low": play.deaths - 1,
                }
            )  # fmt: skip
    return rows


def table(rows: list[dict[str, object]], drop: set[str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, [c for c in UCDP_COLUMNS if c not in drop], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def zipped(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def ucdp_month(play: Play, path: str) -> bytes | None:
    year, _, month = path.rpartition("_v")[2].removesuffix(".csv").partition("_0_")
    first = date(2000 + int(year), int(month), 1)
    if first.year * 12 + first.month >= play.today.year * 12 + play.today.month - (play.today.day < 20):
        return None
    return table(ucdp_rows(play, first, first), play.drop)


def ucdp_year(play: Play, path: str) -> bytes:
    year = 2000 + int(path.rpartition("/ged")[2][:2])
    name = path.rpartition("/")[2].removesuffix(".zip") + ".csv"
    return zipped(name, table(ucdp_rows(play, date(year - 2, 1, 1), date(year - 1, 12, 1)), play.drop))


def ucdp_api(play: Play, path: str, asked: dict[str, str]) -> object:
    year, _, month = path.rpartition("/")[2].partition(".0.")
    first, code = date(2000 + int(year), int(month), 1), int(asked["Country"])
    countries = [iso3 for iso3 in PLAYED if numbers(iso3)["gw"] == code]
    rows = ucdp_rows(play, first, first, countries)
    rows += [{**row, "id": int(row["id"]) + 5_000_000} for row in rows]
    part = rows[:1] if asked["page"] == "0" else rows[1:]
    return {"TotalCount": len(rows), "TotalPages": 2 if rows else 1, "NextPageUrl": "", "Result": part}


def unhcr(play: Play, asked: dict[str, str]) -> object:
    page, years = int(asked["page"]), range(int(asked["yearFrom"]), int(asked["yearTo"]))
    rows = [
        {
            "year": year, "coo_iso": asked.get("coo", "SYR"), "coa_iso": asked.get("coa", "MRT"),
            "refugees": str(play.refugees + year) if page == 1 else "-", "asylum_seekers": 30 * page,
            "returned_refugees": "-", "idps": 0, "returned_idps": 0, "stateless": "0", "oip": "-",
        }
        for year in years
    ]  # fmt: skip
    if page == 2:
        other = "coo_iso" if "coa" in asked else "coa_iso"
        rows = [{**row, other: "NER"} for row in rows]
    return {
        "page": page,
        "maxPages": 2,
        "items": [{k: v for k, v in r.items() if k not in play.drop} for r in rows],
    }


def idu(play: Play) -> object:
    return [
        {
            "id": 700 + n, "country": numbers(iso3)["name"], "iso3": iso3, "role": "Recommended figure",
            "displacement_type": "Conflict", "qualifier": "total", "figure": 300 + n,
            "displacement_start_date": str(play.today - timedelta(days=9)), "event_name": "Fighting at Dale",
            "displacement_date": str(play.today - timedelta(days=9)), "sources": "Dale council",
            "source_url": "https://example.org/1", "locations_name": "Upper Dale", "locations_type": "Origin",
            "created_at": f"{play.today - timedelta(days=5)}T09:00:00.000Z",
        }
        for n, iso3 in enumerate(PLAYED)
    ]  # fmt: skip


def gidd(play: Play, path: str, asked: dict[str, str]) -> object:
    second = asked.get("offset") == "100"
    after = f"{play.base}{path}?{'&'.join(f'{k}={v}' for k, v in asked.items())}&offset=100"
    year = play.today.year - (2 if second else 1)
    row = {"iso3": asked["iso3__in"], "year": year, "new_displacement": 50, "total_displacement": 9000}
    return {"count": 2, "next": None if second else after, "previous": None, "results": [row]}


def hapi(play: Play, path: str, asked: dict[str, str]) -> object:
    end = date(play.today.year, play.today.month, 1) - timedelta(days=1)
    period = {
        "reference_period_start": f"{end.replace(day=1)}T00:00:00",
        "reference_period_end": f"{end}T23:59:59",
    }
    where = asked.get("location_code") or "SYR"
    area = {"location_code": where, "admin1_code": f"{where[:2]}01", "admin2_code": None}
    if path.endswith("idps"):
        row = {**area, "reporting_round": 3, "assessment_type": "BA", "population": 24000}
    elif path.endswith("concern"):
        origin, asylum = asked.get("origin_location_code", "SYR"), asked.get("asylum_location_code", "MRT")
        row = {"origin_location_code": origin, "asylum_location_code": asylum, "population_group": "REF"}
        row |= {"gender": "all", "age_range": "all", "population": 4000}
    elif path.endswith("needs"):
        row = {**area, "category": "Total", "sector_name": "Intersectoral", "population_status": "INN"}
        row |= {"population": 18000}
    else:
        row = {**area, "event_type": "political_violence", "events": 14, "fatalities": 21}
    return {"data": [{**row, **period}]}


def reliefweb(play: Play, body: dict) -> object:
    iso3 = body["filter"]["conditions"][0]["value"]
    since = date.fromisoformat(body["filter"]["conditions"][1]["value"]["from"][:10])
    days = [since + timedelta(days=7 * n) for n in range((play.today - since).days // 7)]
    rows = [
        {
            "id": str(n),
            "fields": {"title": "t", "country": [{"iso3": iso3}], "date": {"created": f"{d}T09:00:00+00:00"}},
        }
        for n, d in enumerate(days)
    ]
    return {"totalCount": len(rows), "count": len(rows), "data": rows}


def gdelt(play: Play, name: str) -> bytes:
    stamp = name.partition(".")[0]
    cells = [""] * 61
    cells[0], cells[1], cells[29], cells[52] = stamp, stamp[:8], "4", "Dale, Dale, Mali"
    other = [*cells[:29], "1", *cells[30:]]
    return zipped(name.removesuffix(".zip"), ("\t".join(cells) + "\n" + "\t".join(other) + "\n").encode())


def eurostat(play: Play, asked: dict[str, str]) -> object:
    years = [str(year) for year in range(int(asked["sinceTimePeriod"]), play.today.year)]

    def index(codes):
        return {"category": {"index": {code: n for n, code in enumerate(codes)}}}

    dimension = {
        "freq": index(["A"]),
        "citizen": index([asked["citizen"]]),
        "geo": index(["DE", "EL"]),
        "time": index(years),
    }
    values = {str(n): 100 + n for n in range(2 * len(years)) if n != 1}
    return {"id": list(dimension), "size": [1, 1, 2, len(years)], "value": values, "dimension": dimension}


def fts(play: Play, path: str, asked: dict[str, str]) -> object:
    year, second = asked["year"], asked.get("page") == "2"
    flow = {
        "id": f"{year}-{2 if second else 1}", "status": "paid" if second else "pledge", "amountUSD": 5_400_000,
        "firstReportedDate": f"{year}-01-05T00:00:00Z", "decisionDate": f"{year}-01-02T00:00:00Z",
        "sourceObjects": [{"type": "Organization", "name": "Riverland"}],
        "destinationObjects": [{"type": "Plan", "name": f"Plan for {asked['countryISO3']}"}],
    }  # fmt: skip
    link = f"{play.base}{path}?countryISO3={asked['countryISO3']}&year={year}&page=2"
    return {
        "status": "ok",
        "data": {"flows": [flow]},
        "meta": {"count": 2, **({} if second else {"nextLink": link})},
    }


def acled(play: Play, asked: dict[str, str]) -> object:
    day, rows = asked["event_date"].partition("|")[0], []
    for n in range(3):
        then = date.fromisoformat(day) + timedelta(days=n)
        rows.append(
            {
                "event_id_cnty": f"X{n}", "event_date": str(then), "event_type": "Battles", "actor1": "Government",
                "actor2": "Council", "location": "Dale", "latitude": "14.52", "longitude": "-3.50",
                "fatalities": 3, "timestamp": int(datetime(then.year, then.month, then.day, tzinfo=UTC).timestamp()),
            }
        )  # fmt: skip
    rows.append({**rows[0], "event_id_cnty": "X9", "event_type": "Protests"})
    return {"status": 200, "success": True, "count": len(rows), "data": rows, "data_query_restrictions": {}}


def answer(play: Play, path: str, asked: dict[str, str], headers: dict[str, str], body: dict) -> object:  # noqa: C901, PLR0911, PLR0912
    """Return bytes or an object that becomes JSON; None for 404, a tuple for another code."""
    key = headers.get("ocp-apim-subscription-key")
    if path.startswith("/downloads/candidateged/"):
        return ucdp_month(play, path)
    if path.startswith("/downloads/ged/"):
        return ucdp_year(play, path)
    if path.startswith("/api/gedevents/"):
        wrong = headers.get("x-ucdp-access-token") != "good"
        return (
            (401, b"API token required. Add header: x-ucdp-access-token")
            if wrong
            else ucdp_api(play, path, asked)
        )
    if path.startswith("/population/v1/population"):
        return unhcr(play, asked)
    if path == "/population/get/origin":
        row = {
            "geomaster_name": "Mauritania",
            "pop_origin_code": "MLI",
            "date": str(play.today - timedelta(days=2)),
        }
        return {"data": [{**row, "individuals": "4200", "pop_type_name": "Refugees", "source": "UNHCR"}]}
    if path.startswith("/external-api/") and asked.get("client_id") != "good":
        return 403, b'{"detail": "client_id is not known"}'
    if path.startswith("/external-api/idus/"):
        return idu(play)
    if path.startswith("/external-api/gidd/"):
        return gidd(play, path, asked)
    if path.startswith("/api/v2/"):
        wrong = asked.get("app_identifier") != "good"
        return (403, b'{"error": "Invalid app identifier"}') if wrong else hapi(play, path, asked)
    if path == "/v2/reports":
        refusal = {"status": 403, "error": {"type": "AccessDenied", "message": "not an approved appname"}}
        return (
            (403, json.dumps(refusal).encode()) if asked.get("appname") != "good" else reliefweb(play, body)
        )
    if path == "/gdeltv2/lastupdate.txt":
        stamp = f"{play.today:%Y%m%d}001500"
        return f"9 aa http://data.gdeltproject.org/gdeltv2/{stamp}.export.CSV.zip\n9 bb http://x/y.gkg.csv.zip\n".encode()
    if path.startswith("/gdeltv2/"):
        return gdelt(play, path.rpartition("/")[2])
    if path.startswith("/v2/country/"):
        iso3, _, code = path.removeprefix("/v2/country/").partition("/indicator/")
        years = range(int(asked["date"][:4]), play.today.year)
        rows = [
            {
                "indicator": {"id": code},
                "countryiso3code": iso3,
                "date": str(y),
                "value": None if y % 4 == 0 else y * 1.5,
            }
            for y in years
        ]
        return [{"page": 1, "pages": 1, "total": len(rows)}, rows]
    if path.startswith("/inform-index/"):
        years = range(play.today.year - 3, play.today.year + 1)
        return [
            {"IndicatorId": "INFORM", "Iso3": iso3, "GNAYear": y, "IndicatorScore": 4.1}
            for iso3 in PLAYED
            for y in years
        ]
    if path == "/":
        return {"runs": ["fatalities003_2026_07_t01", "fatalities003_2026_08_t01", "other"]}
    if path.endswith("/cm/sb"):
        row = {"isoab": asked["iso"], "year": play.today.year, "main_dich": 0.42, "main_mean": 7.2}
        page = int(asked["page"])
        return {"page_count": 2, "data": [{**row, "month": page}]}
    if path.startswith("/v3/displacement/"):
        if key != "good":
            return 401, b'{"statusCode": 401, "message": "Access denied due to missing subscription key."}'
        if path.endswith("admin2"):
            return {"result": None, "statusCode": 404, "isSuccess": False, "errorMessages": ["No data found"]}
        row = {"operation": "Displacement", "admin0Pcode": asked["Admin0Pcode"], "numPresentIdpInd": 24000}
        row |= {"reportingDate": f"{play.today - timedelta(days=30)}T00:00:00", "roundNumber": 3}
        row |= {"displacementReason": "Conflict", "admin1Pcode": "ML01"} if path.endswith("admin1") else {}
        return {"result": [row], "statusCode": 200, "isSuccess": True, "errorMessages": []}
    if path in ("/data/v1/get/C/A/HS", "/public/v1/preview/C/A/HS"):
        if path.startswith("/data") and key != "good":
            return 401, b'{"statusCode": 401, "message": "Access denied due to invalid subscription key."}'
        iso3 = load_countries().filter(m49=asked["reporterCode"].zfill(3))["iso3"][0]
        row = {"reporterISO": iso3, "period": asked["period"], "primaryValue": 1250000.0}
        return {"count": 2, "data": [{**row, "partnerISO": "FRA"}, {**row, "partnerISO": "W00"}], "error": ""}
    if path.startswith("/eurostat/"):
        return eurostat(play, asked)
    if path == "/v1/public/fts/flow":
        return fts(play, path, asked)
    if path == "/oauth/token":
        return {"token_type": "Bearer", "access_token": "SECRET-TOKEN", "expires_in": 86400}
    if path == "/api/acled/read":
        good = headers.get("authorization") == "Bearer SECRET-TOKEN"
        return acled(play, asked) if good else (403, b'{"message": "Access denied"}')
    return None


class Handler(BaseHTTPRequestHandler):
    """Answers one request, or fails it as asked."""

    protocol_version = "HTTP/1.1"
    play: Play

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        play, parts = self.play, urlsplit(self.path)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        text = self.rfile.read(int(headers.get("content-length") or 0))
        body = json.loads(text) if text.startswith(b"{") else {}
        play.log.append((parts.path, asked, headers))
        play.asked[parts.path] += 1
        fault = play.fault_of(parts.path)
        if fault and getattr(self, f"fault_{fault}")():
            return
        made = answer(play, parts.path, asked, headers, body)
        if made is None:
            self.send(404, BLOCK, kind="text/html")
        elif isinstance(made, tuple):
            self.send(*made)
        else:
            self.good(made if isinstance(made, bytes) else json.dumps(made).encode())

    def good(self, data: bytes) -> None:
        tag = f'"{sha256(data).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == tag:
            self.send(304, b"", ETag=tag)
            return
        start = self.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
        if start and self.headers.get("If-Range") == tag:
            self.send(206, data[int(start) :], ETag=tag)
            return
        packed = gzip.compress(data, mtime=0) if "gzip" in self.headers.get("Accept-Encoding", "") else data
        self.send(200, packed, ETag=tag, **({"Content-Encoding": "gzip"} if packed is not data else {}))

    def send(self, status: int, data: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def fault_429(self) -> bool:
        self.send(429, b"slow down", Retry_After="1")
        return True

    def fault_429_tomorrow(self) -> bool:
        self.send(429, b"quota used up", Retry_After="86400")
        return True

    def fault_503(self) -> bool:
        self.send(503, b"<html><title>Down</title></html>")
        return True

    def fault_robots(self) -> bool:
        self.send(404, BLOCK, kind="text/html")
        return True

    def fault_robots_200(self) -> bool:
        self.send(200, BLOCK, kind="text/html")
        return True

    def fault_empty(self) -> bool:
        self.send(200, b"")
        return True

    def fault_no_rows(self) -> bool:
        self.send(200, b'{"page": 1, "maxPages": 1, "items": []}')
        return True

    def fault_embargo(self) -> bool:
        held = {"date_recency": {"quantity": 12, "unit": "Months", "date": "2025-11-22"}}
        self.send(
            200,
            json.dumps({"success": True, "count": 0, "data": [], "data_query_restrictions": held}).encode(),
        )
        return True

    def fault_asynchronous(self) -> bool:
        self.send(200, json.dumps({"warning": {"status": 413, "label": "ASYNCHRONOUS_RESPONSE"}}).encode())
        return True

    def fault_world_bank_error(self) -> bool:
        self.send(200, json.dumps([{"message": [{"id": "120", "value": "The value is not valid"}]}]).encode())
        return True

    def fault_cut(self) -> bool:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b'{"items": [')
        self.close_connection = True
        return True

    def fault_cut_resumable(self) -> bool:
        """Send half of the true answer, then hang up; the rest can be had by a range."""
        parts = urlsplit(self.path)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        made = answer(self.play, parts.path, asked, {}, {})
        data = made if isinstance(made, bytes) else json.dumps(made).encode()
        self.send_response(200)
        for name, value in (("Content-Length", str(len(data))), ("Accept-Ranges", "bytes")):
            self.send_header(name, value)
        self.send_header("ETag", f'"{sha256(data).hexdigest()[:16]}"')
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])
        self.close_connection = True
        return True

    def fault_wrong_encoding(self) -> bool:
        self.send(200, b"this is not gzip", Content_Encoding="gzip")
        return True

    def fault_strange_encoding(self) -> bool:
        self.send(200, b"xx", Content_Encoding="compress")
        return True

    def fault_latin(self) -> bool:
        self.send(200, '{"items": [{"coo_name": "Côte"}]}'.encode("latin-1"))
        return True

    def fault_loop(self) -> bool:
        self.send(302, b"", Location=self.path)
        return True

    def fault_away(self) -> bool:
        self.send(302, b"", Location="http://localhost:1/elsewhere")
        return True

    def fault_inward(self) -> bool:
        self.send(302, b"", Location="file:///etc/passwd")
        return True

    def fault_huge_said(self) -> bool:
        self.send_response(200)
        self.send_header("Content-Length", str(2 * 1024**3))
        self.end_headers()
        self.close_connection = True
        return True

    def fault_huge_unsaid(self) -> bool:
        """Send without end, in pieces, without a length."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        piece = b" " * 1_000_000
        try:
            for _ in range(2_000):
                self.wfile.write(piece)
        except OSError:
            pass
        self.close_connection = True
        return True

    def fault_bomb(self) -> bool:
        self.send(200, BOMB, Content_Encoding="gzip")
        return True

    def fault_drip(self) -> bool:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            for _ in range(200):
                self.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            pass
        self.close_connection = True
        return True

    def fault_slow(self) -> bool:
        time.sleep(1.5)
        self.close_connection = True
        return True

    def fault_hang_up(self) -> bool:
        self.close_connection = True
        return True


BOMB = gzip.compress(b" " * 300_000_000, 9)
"""Three hundred megabytes in three hundred kilobytes."""


@contextmanager
def serving(play: Play, port: int = 0) -> Iterator[str]:
    """Give the address of a server that plays the sources."""
    handler = type("Played", (Handler,), {"play": play})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    play.base = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield play.base
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8300)
    with serving(Play(), parser.parse_args().port) as base:
        print(base, flush=True)  # noqa: T201
        while True:
            time.sleep(60)


if __name__ == "__main__":
    main()
