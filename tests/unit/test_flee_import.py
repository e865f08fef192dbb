"""Folders of the reference model, clean and dirty, become crises; what was mended is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flee_folders import FILES, write_folder
from forestall.core.errors import CrisisError
from forestall.crisis import open_crisis
from forestall.flee.engine.from_tables import instance_of
from forestall.flee.engine.instance import FleeInstance
from forestall.flee.engine.simulate import simulate
from forestall.flee.reading import FleeFolder, read_folder
from forestall.flee.reading.settings import known_settings
from forestall.flee.reading.to_tables import crisis_of
from forestall.options import resolve
from forestall.options.flee import FleeSettings


def codes(folder: FleeFolder) -> set[str]:
    return {finding.code for finding in folder.findings}


def said(folder: FleeFolder) -> str:
    return "\n".join(str(finding) for finding in folder.findings)


def instance(folder: Path) -> FleeInstance:
    read = read_folder(folder)
    assert read.usable, said(read)
    return instance_of(crisis_of(read))


def test_a_clean_folder_becomes_a_crisis_that_runs(tmp_path: Path) -> None:
    read = read_folder(write_folder(tmp_path / "in"))
    assert read.findings == ()
    crisis_of(read).save(tmp_path / "out")
    opened = open_crisis(tmp_path / "out")
    assert opened.settings.options["displace"]["rules"] == "flee-3"
    again, direct = instance_of(opened), instance_of(crisis_of(read))
    assert again.places == direct.places
    assert again.links == direct.links
    assert again.settings.max_move_speed == 400
    result = simulate(again, draws=2, workers=1)
    assert (result.people == simulate(direct, draws=2, workers=1).people).all()
    assert result.people[:, -1].sum() > 0


@pytest.mark.parametrize("layout", ["input_csv", "input_files"])
def test_the_inputs_may_lie_in_a_folder_of_their_own(tmp_path: Path, layout: str) -> None:
    flat, deep = instance(write_folder(tmp_path / "a")), instance(write_folder(tmp_path / "b", layout))
    assert flat.places == deep.places
    assert all((flat.series[name] == deep.series[name]).all() for name in flat.series)


def test_counts_are_interpolated_merged_and_corrected_as_the_peer_does(tmp_path: Path) -> None:
    read = instance(write_folder(tmp_path))
    # elm: records before 2020-01-11 are multiplied by 900 / 600, then straight lines, cut to whole people
    assert read.series["Elm"].tolist() == [150, 300, 450, 600, 750, 900, 900, 900, 900, 900, 900, 1000]
    # fir: 0 and 700 plus 50 from day 2: rows (0, 0), (2, 750), (11, 780)
    assert read.series["Fir"].tolist()[:3] == [0, 375, 750]
    assert read.series["Fir"][-1] == 780
    assert read.total[-1] == 2000


def test_spaces_quotes_tabs_byte_order_marks_and_line_ends_are_mended(tmp_path: Path) -> None:
    dirty = "\ufeff" + FILES["locations.csv"].replace("Birch,R", ' "Birch" ,\tR').replace("\n", "\r\n")
    read = read_folder(write_folder(tmp_path, locations_csv=dirty))
    assert read.usable
    assert [place.name for place in read.places] == ["Alder", "Birch", "Cedar", "Elm", "Fir"]
    assert codes(read) == {"N381"}


def test_semicolons_and_headers_without_a_mark_are_mended(tmp_path: Path) -> None:
    text = FILES["locations.csv"].lstrip("#").replace(",", ";")
    read = read_folder(write_folder(tmp_path, locations_csv=text))
    assert len(read.places) == 5
    assert "semicolons" in said(read)
    assert "header without #" in said(read)


def test_other_encodings_are_mended(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    (folder / "locations.csv").write_bytes(FILES["locations.csv"].replace("Home", "Hôme").encode("cp1252"))
    read = read_folder(folder)
    assert read.places[0].country == "Hôme"
    assert "Windows-1252" in said(read)


def test_links_that_cannot_be_are_refused_one_by_one(tmp_path: Path) -> None:
    bad = FILES["routes.csv"] + (
        "Alder,Brich,5,0\nAlder,Alder,5,0\nAlder,Cedar,0,0\nAlder,Cedar,far,0\nAlder,Cedar,9,7\n"
    )
    read = read_folder(write_folder(tmp_path, routes_csv=bad))
    assert len(read.links) == 5
    text = said(read)
    assert "nearest: Birch" in text
    assert "to itself" in text
    assert text.count("without a length") == 2
    assert "other than 0, 1 or 2" in text


def test_links_given_twice_and_forced_ones_keep_the_weight_the_peer_gives_them(tmp_path: Path) -> None:
    text = FILES["routes.csv"] + "Birch,Alder,90,0\nCedar,Alder,200,1\nElm,Fir,50,2\n"
    read = read_folder(write_folder(tmp_path, routes_csv=text))
    assert {"W485", "W484", "N383"} <= codes(read)
    assert [(link.start, link.copies) for link in read.links[-2:]] == [("Cedar", 2), ("Fir", 1)]


def test_extra_columns_of_links_and_places_are_read_by_name(tmp_path: Path) -> None:
    routes = (
        "#name1,name2,distance,forced_redirection,walk_probability,max_move_speed,colour\n"
        "Alder,Birch,150,0,0.25,90,red\n"
    )
    header, *rows = FILES["locations.csv"].splitlines()
    places = "\n".join([header + ",initial_idps,hdi", *(row + ",12,0.5" for row in rows)])
    read = read_folder(write_folder(tmp_path, routes_csv=routes, locations_csv=places))
    assert (read.links[0].walk_probability, read.links[0].max_move_speed) == (0.25, 90)
    assert read.places[0].attributes == {"initial_idps": 12}
    assert {"N382"} <= codes(read)


def test_capacities_that_are_missing_or_below_one_are_unknown_and_never_zero(tmp_path: Path) -> None:
    text = FILES["locations.csv"].replace("camp,,5000", "camp,,").replace("camp,,3000", "camp,,-4")
    read = read_folder(write_folder(tmp_path, locations_csv=text))
    assert [place.number for place in read.places[-2:]] == [None, None]
    assert codes(read) == {"W483"}
    table = crisis_of(read)["flee_places"]
    assert table["capacity"].null_count() == 5


def test_a_type_nobody_knows_is_said(tmp_path: Path) -> None:
    read = read_folder(
        write_folder(tmp_path, locations_csv=FILES["locations.csv"].replace("town", "twon", 1))
    )
    assert "unknown type" in said(read)
    assert "nearest: town" in said(read)


def test_two_different_places_of_one_name_are_refused_and_equal_rows_read_once(tmp_path: Path) -> None:
    twice = FILES["locations.csv"] + "Birch,R,Home,10.5,21.0,town,,20000\n"
    assert read_folder(write_folder(tmp_path / "a", locations_csv=twice)).usable
    other = read_folder(write_folder(tmp_path / "b", locations_csv=twice.replace("20000\n", "777\n", 1)))
    assert not other.usable
    assert "E482" in codes(other)


def test_conflict_tables_that_end_early_hold_their_last_row(tmp_path: Path) -> None:
    text = "#Day,Alder,Nowhere,\n0,1,0\n1,0.5,0\n2,x,0\n"
    read = read_folder(write_folder(tmp_path, conflicts_csv=text))
    assert read.conflict == {"Alder": [1.0, 0.5] + [0.0] * 10}
    assert "unknown place" in said(read)
    assert "ends on day 2" in said(read)


def test_conflict_outside_the_period_is_said(tmp_path: Path) -> None:
    text = "#Day,Alder\n" + "".join(f"{day},{int(day > 20)}\n" for day in range(30))
    assert "N386" in codes(read_folder(write_folder(tmp_path, conflicts_csv=text)))


def test_without_a_table_of_conflicts_the_days_of_the_places_count(tmp_path: Path) -> None:
    text = FILES["locations.csv"].replace("town,,20000", "conflict_zone,4,20000")
    read = read_folder(write_folder(tmp_path, conflicts_csv=None, locations_csv=text))
    assert read.conflict["Birch"] == [0.0] * 4 + [1.0] * 8


def test_closures_of_what_is_not_there_are_refused(tmp_path: Path) -> None:
    text = (
        "country,Home,Abroda,1,2\n"
        "link,Alder,Elm,1,2\n"
        "road,Alder,Elm,1,2\n"
        "camp,Elm,,x,2\n"
        "location,Elm,,99,\n"
        "link,Alder,Birch,1,2\n"
    )
    read = read_folder(write_folder(tmp_path, closures_csv=text))
    assert [(c.kind, c.end) for c in read.closures] == [("location", -1), ("link", 2)]
    assert {"W481", "W486", "N384", "N381"} <= codes(read)


def test_series_that_are_no_place_and_camps_without_series_are_said(tmp_path: Path) -> None:
    layout = (
        "total,refugees.csv\nElm,elm.csv\nGone,fir.csv\nOak,nothere.csv\nElm,fir.csv\nX,../locations.csv\n"
    )
    read = read_folder(write_folder(tmp_path, source_data_data_layout_csv=layout))
    text = said(read)
    assert {"W491", "W492", "W481"} <= codes(read)
    assert "not there" in text
    assert "given twice" in text
    assert [series.name for series in read.series] == ["total", "Elm", "Gone"]


def test_a_layout_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("2020-01-01,5\n", encoding="utf-8")
    layout = "total,refugees.csv\nElm,../../secret.csv\n"
    read = read_folder(write_folder(tmp_path / "in", source_data_data_layout_csv=layout))
    assert "outside the folder" in said(read)


def test_dates_out_of_order_are_walked_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "2020-01-01,100\n2020-01-09,500\n2020-01-05,900\n2020-01-05,300\nsoon,5\n2020-01-12,\n"
    read = read_folder(write_folder(tmp_path, source_data_elm_csv=text, registration_corrections_csv=None))
    assert {"W488", "W489", "W481"} <= codes(read)
    assert instance_of(crisis_of(read)).series["Elm"][4] == 300


def test_corrections_that_cannot_be_made_are_refused(tmp_path: Path) -> None:
    text = "Elm,2020-01-03,x\nOak,2020-01-03\nElm,soon\nElm,2019-01-01\n"
    read = read_folder(write_folder(tmp_path, registration_corrections_csv=text))
    assert "without a record" in said(read)
    assert {"W481", "N385"} <= codes(read)


def test_unknown_settings_name_the_nearest_and_left_out_rules_stop_the_import(tmp_path: Path) -> None:
    text = (
        "move_rules:\n"
        "  max_move_sped: 300\n"
        "  insert_day0: True\n"
        "  ChildrenAvoidHazards: True\n"
        "  fixed_routes: False\n"
        "muve_rules:\n"
    )
    read = read_folder(write_folder(tmp_path, simsetting_yml=text))
    assert not read.usable
    lines = said(read)
    assert "nearest: max_move_speed" in lines
    assert "belongs into the section spawn_rules" in lines
    assert "children_avoid_hazards is left out" in lines
    assert "fixed_routes" not in lines
    assert "nearest: move_rules" in lines


def test_settings_of_the_wrong_type_stop_the_import(tmp_path: Path) -> None:
    for text in ("move_rules:\n  softening: far\n", "spawn_rules:\n  conflict_spawn_decay: 3\n", "a: [\n"):
        assert not read_folder(write_folder(tmp_path, simsetting_yml=text)).usable


def test_settings_given_as_text_are_read_as_meant(tmp_path: Path) -> None:
    text = (
        "spawn_rules:\n"
        '  insert_day0: "False"\n'
        "  conflict_driven_spawning:\n"
        "    spawn_mode: Poisson\n"
        '    displaced_per_conflict_day: "20"\n'
    )
    read = read_folder(write_folder(tmp_path, simsetting_yml=text))
    settings = resolve({"displace": {"flee": read.settings}}).displace.flee
    assert not settings.insert_day0
    assert settings.conflict_driven_spawning is not None
    assert settings.conflict_driven_spawning.spawn_mode == "poisson"
    assert settings.conflict_driven_spawning.displaced_per_conflict_day == 20


def test_missing_files_are_found_together(tmp_path: Path) -> None:
    read = read_folder(
        write_folder(
            tmp_path, routes_csv=None, sim_period_csv="Length,many\n", source_data_data_layout_csv=None
        )
    )
    assert {"E489", "E484", "E483"} <= codes(read)
    assert not read.usable


def test_an_empty_folder_is_no_crisis(tmp_path: Path) -> None:
    assert not read_folder(tmp_path).usable


def test_a_camp_or_an_origin_without_a_route_is_said_and_nobody_is_lost(tmp_path: Path) -> None:
    routes = "#a,b,c,d\nBirch,Cedar,60,0\nCedar,Elm,130,0\n"
    folder = write_folder(tmp_path, routes_csv=routes)
    read = read_folder(folder)
    assert {"W496", "W497"} <= codes(read)
    result = simulate(instance_of(crisis_of(read)), draws=3, places=("Alder", "Birch", "Cedar", "Elm", "Fir"))
    assert (result.people.sum(axis=2) + result.on_road == result.total).all()


def test_hasten_divides_people_capacities_and_counts(tmp_path: Path) -> None:
    ten = instance(write_folder(tmp_path, simsetting_yml="optimisations:\n  hasten: 10\n"))
    assert ten.places[0].population == 6000
    assert ten.series["Elm"].tolist()[:2] == [15, 30]


def test_changes_of_type_are_read(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    (folder / "location_changes.csv").write_text(
        "#name,type,day\nBirch,camp,3\nNowhere,camp,2\n", encoding="utf-8"
    )
    read = read_folder(folder)
    assert read.changes == (("Birch", "camp", 3),)
    assert instance_of(crisis_of(read)).type_changes == (("Birch", "camp", 3),)


def test_known_settings_and_the_model_of_settings_agree() -> None:
    used = {
        s.name
        for s in known_settings().values()
        if s.status == "used" and s.section != "conflict_driven_spawning"
    }
    assert used == set(FleeSettings.model_fields)
    for setting in known_settings().values():
        if setting.status == "used" and setting.default and setting.section != "conflict_driven_spawning":
            default = FleeSettings.model_fields[setting.name].default
            stated = {"true": 1.0, "false": 0.0}.get(setting.default) if setting.type == "boolean" else None
            assert float(default) == pytest.approx(float(setting.default) if stated is None else stated)


def test_an_unknown_setting_in_crisis_toml_names_the_nearest() -> None:
    with pytest.raises(CrisisError) as caught:
        resolve({"displace": {"flee": {"max_move_sped": 3, "softening": -1}}})
    text = str(caught.value)
    assert "nearest: max_move_speed" in text
    assert "softening" in text


def test_the_arm_without_capacities_has_no_limit(tmp_path: Path) -> None:
    crisis = crisis_of(read_folder(write_folder(tmp_path)))
    assert all(place.capacity == -1 for place in instance_of(crisis, arm="without capacities").places)
    assert np.isfinite(instance_of(crisis).reference(("Elm",))).all()
