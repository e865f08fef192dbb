"""Folders of the format, made by hand for the tests."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "sim_period.csv": "StartDate,2020-01-01\nLength,12\n",
    "locations.csv": (
        "#name,region,country,gps_x,gps_y,location_type,conflict_date,pop/cap\n"
        "Alder,R,Home,10.0,20.0,conflict_zone,0,60000\n"
        "Birch,R,Home,10.5,21.0,town,,20000\n"
        "Cedar,R,Home,11.0,20.2,town,,40000\n"
        "Elm,S,Abroad,12.0,21.0,camp,,5000\n"
        "Fir,S,Abroad,9.0,23.0,camp,,3000\n"
    ),
    "routes.csv": (
        "#name1,name2,distance,forced_redirection\n"
        "Alder,Birch,150,0\nBirch,Cedar,60,0\nCedar,Elm,130,0\nBirch,Fir,310,0\n"
    ),
    "conflicts.csv": "#Day,Alder,Birch\n" + "".join(f"{day},1,{int(day > 5)}\n" for day in range(12)),
    "closures.csv": "#closure_type,name1,name2,closure_start,closure_end\ncountry,Home,Abroad,2,4\n",
    "registration_corrections.csv": "Elm,2020-01-11,normalize\n",
    "simsetting.yml": (
        "log_levels:\n  agent: 0\nspawn_rules:\n  insert_day0: True\n"
        "move_rules:\n  max_move_speed: 400.0\n  avoid_short_stints: True\noptimisations:\n  hasten: 1\n"
    ),
    "source_data/data_layout.csv": "total,refugees.csv\nElm,elm.csv\nFir,fir.csv,fir-more.csv\n",
    "source_data/refugees.csv": "2020-01-01,100\n2020-01-12,2000\n",
    "source_data/elm.csv": (
        "DateTime,Count\n2020-01-01,100\n2020-01-06,600\n2020-01-11,900\n2020-01-12,1000\n"
    ),
    "source_data/fir.csv": "2020-01-01,0\n2020-01-12,700\n",
    "source_data/fir-more.csv": "2020-01-03,50\n2020-01-12,80\n",
}


def write_folder(root: Path, layout: str = "", **changes: str | None) -> Path:
    """Write a folder; ``locations_csv=text`` replaces locations.csv, None drops it."""
    files: dict[str, str | None] = dict(FILES)
    for key, text in changes.items():
        name = next(
            (n for n in files if n.replace(".", "_").replace("/", "_").replace("-", "_") == key), None
        )
        files[name or key.replace("__", "/").replace("_csv", ".csv")] = text
    for name, text in files.items():
        inside = layout if not name.startswith("source_data") and name != "simsetting.yml" else ""
        if text is not None:
            path = root / inside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
    return root
