"""First-level areas of the world and the borders between states, from the outlines of Natural Earth."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import shapely
from shapely.geometry import shape

LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh")
TOLERANCE = 0.01
"""Degrees; outlines are simplified together, so that neighbours still share their line."""
TOUCHING = 0.005
"""Degrees; two outlines nearer than this share a border."""
SMALLEST_PART = 2e-4
"""Square degrees; smaller islands are left out unless they are the whole of an area."""
STEP = 1000
"""Coordinates are kept as whole thousandths of a degree."""
EARTH_KM = 6371.0088
SHORTEST_BORDER_KM = 0.2


def read_areas(path: Path, iso3_of: dict[str, str], worldview: pl.DataFrame) -> pl.DataFrame:
    """Return one row per area with its shape; areas of one code are joined."""
    patched = {row["code"]: row for row in worldview.iter_rows(named=True)}
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    for feature in features:
        given = feature["properties"]
        code = given["iso_3166_2"]
        rule = patched.get(code)
        iso3 = rule["iso3"] if rule else iso3_of.get(given["iso_a2"])
        key = (iso3 or "", code)
        geometry = shapely.make_valid(shape(feature["geometry"]))
        if key in kept:
            kept[key]["shape"] = shapely.union(kept[key]["shape"], geometry)
            continue
        names = {f"name_{language}": given.get(f"name_{language}") for language in LANGUAGES}
        kept[key] = {
            "area": code,
            "iso3": iso3,
            "name": given.get("name") or given.get("name_en") or code,
            **names,
            "names_other": given.get("name_alt"),
            "kind": given.get("type_en"),
            "drawn_as": given.get("adm0_a3"),
            "status": rule["status"] if rule else "",
            "shape": geometry,
        }
    return pl.DataFrame(
        [{k: v for k, v in row.items() if k != "shape"} for row in kept.values()], infer_schema_length=None
    ).with_columns(pl.Series("shape", [row["shape"] for row in kept.values()], dtype=pl.Object))


def polygons(geometry: Any) -> list[Any]:
    """Return the polygons of a shape, the largest first, without the smallest islands."""
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    parts += [
        inner
        for part in shapely.get_parts(geometry)
        if part.geom_type != "Polygon"
        for inner in shapely.get_parts(part)
        if inner.geom_type == "Polygon"
    ]
    parts.sort(key=lambda part: -part.area)
    return [part for number, part in enumerate(parts) if number == 0 or part.area >= SMALLEST_PART]


def simplified(shapes: list[Any]) -> list[Any]:
    """Simplify all shapes as one coverage; one that would vanish keeps its first outline."""
    cleaned = [shapely.MultiPolygon(polygons(one)) for one in shapes]
    thin = shapely.coverage_simplify(np.array(cleaned, dtype=object), TOLERANCE)
    return [new if not new.is_empty and new.area > 0 else old for new, old in zip(thin, cleaned, strict=True)]


def ring_rows(shapes: list[Any]) -> pl.DataFrame:
    """Return outlines as rows of whole steps: first point, then the way from point to point."""
    rows = []
    for number, geometry in enumerate(shapes):
        for part_number, part in enumerate(polygons(geometry)):
            for hole, ring in enumerate([part.exterior, *part.interiors]):
                steps = np.round(np.asarray(ring.coords)[:, :2] * STEP).astype(np.int32)
                keep = np.r_[True, np.any(np.diff(steps, axis=0) != 0, axis=1)]
                steps = steps[keep]
                if len(steps) < 4:
                    continue
                deltas = np.vstack([steps[:1], np.diff(steps, axis=0)])
                rows.append((number, part_number, hole, deltas[:, 0].tolist(), deltas[:, 1].tolist()))
    schema = {
        "row": pl.Int32, "part": pl.Int32, "hole": pl.Int32,
        "lon_steps": pl.List(pl.Int32), "lat_steps": pl.List(pl.Int32),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def length_km(lines: Any) -> float:
    """Return the length of lines on the globe."""
    total = 0.0
    for line in shapely.get_parts(lines):
        if line.geom_type not in ("LineString", "LinearRing"):
            continue
        lon, lat = np.radians(np.asarray(line.coords)[:, :2]).T
        h = np.sin(np.diff(lat) / 2) ** 2 + np.cos(lat[1:]) * np.cos(lat[:-1]) * np.sin(np.diff(lon) / 2) ** 2
        total += float(2 * EARTH_KM * np.arcsin(np.sqrt(h)).sum())
    return total


def area_km2(geometry: Any) -> float:
    """Return the land of a shape, by a projection of equal areas."""

    def flat(points: Any) -> Any:
        lon, lat = np.radians(points).T
        return np.column_stack([EARTH_KM * lon, EARTH_KM * np.sin(lat)])

    return float(shapely.transform(geometry, flat).area)


def states(areas: pl.DataFrame) -> dict[str, Any]:
    """Return the whole outline of each state."""
    groups: dict[str, list[Any]] = {}
    for iso3, geometry in zip(areas["iso3"], areas["shape"], strict=True):
        if iso3:
            groups.setdefault(iso3, []).append(geometry)
    return {iso3: shapely.union_all(np.array(parts, dtype=object)) for iso3, parts in groups.items()}


def borders(outlines: dict[str, Any]) -> pl.DataFrame:
    """Return the land borders with their length, each way."""
    codes = sorted(outlines)
    lines = np.array([outlines[code].boundary for code in codes], dtype=object)
    near = np.array([shapely.buffer(outlines[code], TOUCHING, quad_segs=1) for code in codes], dtype=object)
    tree = shapely.STRtree(lines)
    pairs = tree.query(near, predicate="intersects").T
    rows = []
    for one, other in pairs:
        if one < other:
            ways = [
                length_km(shapely.intersection(lines[a], near[b])) for a, b in ((one, other), (other, one))
            ]
            km = round(sum(ways) / 2, 1)
            if km >= SHORTEST_BORDER_KM:
                rows += [(codes[one], codes[other], km), (codes[other], codes[one], km)]
    schema = {"iso3": pl.String, "neighbour": pl.String, "km": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("iso3", "neighbour")
