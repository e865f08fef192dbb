"""A crisis for a country, drawn up from the tables of the world."""

from pathlib import Path

from forestall.cli.terminal import say, told


def draw_up(target: Path, country: str, as_of: str | None, places: int, title: str, osm: str | None) -> None:
    """Draw up a crisis and write it, whole or not at all.

    Parameters
    ----------
    target
        Folder to make.
    country
        Code or name.
    as_of
        Moment of knowledge; today where none is given.
    places
        Towns of the country, at most.
    title
        Name of the crisis.
    osm
        An extract of OpenStreetMap for roads and crossings; derived ones where none is given.
    """
    from forestall.drafting import draft, write_draft

    made = draft(country, as_of=as_of, places=places, title=title, osm=Path(osm) if osm else None)
    write_draft(made, target)
    for finding in made.findings:
        say(str(finding))
    chosen, tables = made.chosen, made.crisis.tables
    told(
        f"{target}: {chosen.country['name']} as of {made.crisis.settings.as_of}: {chosen.home.height} towns, "
        f"{chosen.rest.height} areas, {chosen.hosts.height} towns abroad, {tables['corridors'].height} "
        f"corridors; README.md lists what to confirm first; then `forestall run {target}`",
        crisis=str(target),
        country=str(chosen.country["iso3"]),
        rows={name: table.height for name, table in tables.items() if table.height},
        findings=[finding.as_dict() for finding in made.findings],
    )
