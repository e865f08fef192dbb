"""Distances by derived corridors against a network of African roads, by straight distance.

python bench/world_distances.py [--shared DIR] [--countries KEN,MLI]
"""

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from forestall.core.geography import great_circle_km
from forestall.drafting.choice import choose_places
from forestall.drafting.tables import corridor_rows

BANDS = (20, 100, 300, 1000, 3000)
NEAR_KM = 10.0
PLACES = 40
COUNTRIES = "NGA,KEN,COD,ETH,ZMB,MLI,TCD,CMR,MOZ,SDN,AGO,GHA,BFA,TZA,DZA"


def ways(one: np.ndarray, other: np.ndarray, km: np.ndarray, count: int, origins: np.ndarray) -> np.ndarray:
    """Return shortest ways from some nodes, where edges go both ways; a pair given twice counts once."""
    pairs = pl.DataFrame({"one": np.minimum(one, other), "other": np.maximum(one, other), "km": km})
    single = pairs.group_by("one", "other").agg(pl.col("km").min())
    at = (single["one"].to_numpy(), single["other"].to_numpy())
    graph = csr_matrix((single["km"].to_numpy(), at), shape=(count, count))
    return np.asarray(dijkstra(graph, directed=False, indices=origins))


def derived(iso3: str) -> tuple[pl.DataFrame, np.ndarray]:
    """Return the towns drawn up for a country, and the derived ways between them."""
    made = choose_places(iso3, PLACES)
    rows = pl.DataFrame([row for row in corridor_rows(made)[0] if row["mode"] == "road"])
    names = pl.concat([rows["from_place"], rows["to_place"], made.home["place"]]).unique(maintain_order=True)
    number = {name: index for index, name in enumerate(names)}
    ends = [np.array([number[name] for name in rows[column]]) for column in ("from_place", "to_place")]
    home = np.array([number[name] for name in made.home["place"]])
    return made.home, ways(*ends, rows["km"].to_numpy(), len(names), home)[:, home]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--shared", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data"
    )
    parser.add_argument("--countries", default=COUNTRIES)
    given = parser.parse_args()
    folder = given.shared / "geography"
    nodes = pl.read_csv(folder / "AfricaNetworkNodes.csv", infer_schema_length=None)
    edges = pl.read_csv(folder / "AfricaNetworkEdges.csv", infer_schema_length=None)
    number = {node: index for index, node in enumerate(nodes["Agglomeration_ID"].cast(pl.String))}
    ends = [np.array([number[str(node)] for node in edges[column]]) for column in ("from", "to")]
    found = []
    for iso3 in given.countries.split(","):
        home, ours = derived(iso3)
        away = great_circle_km(
            home["lon"].to_numpy()[:, None], home["lat"].to_numpy()[:, None],
            nodes["x"].to_numpy()[None, :], nodes["y"].to_numpy()[None, :],
        )  # fmt: skip
        near = away.argmin(axis=1)
        kept = np.flatnonzero(away.min(axis=1) <= NEAR_KM)
        theirs = ways(*ends, edges["l"].to_numpy(), nodes.height, near[kept])[:, near[kept]]
        lon, lat = home["lon"].to_numpy()[kept], home["lat"].to_numpy()[kept]
        straight = great_circle_km(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
        upper = np.triu_indices(len(kept), 1)
        found.append(np.stack([straight[upper], theirs[upper], ours[np.ix_(kept, kept)][upper]]))
    straight, theirs, ours = np.concatenate(found, axis=1)
    sound = np.isfinite(theirs) & np.isfinite(ours) & (theirs > 0) & (ours > 0)
    for low, high in pairwise(BANDS):
        band = sound & (straight >= low) & (straight < high)
        error = np.abs(np.log(ours[band] / theirs[band]))
        print(
            f"{low}-{high} km: {band.sum():>6,} pairs, ours / theirs "
            f"{np.median(ours[band] / theirs[band]):.3f}, "
            f"median log error {np.median(error):.3f}"
        )
    print(f"joined by ours among those joined by roads: {np.isfinite(ours[np.isfinite(theirs)]).mean():.3f}")


if __name__ == "__main__":
    main()
