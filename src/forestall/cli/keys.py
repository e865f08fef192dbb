"""Keys of readers: give one, list them, revoke one."""

from pathlib import Path
from typing import Annotated

import typer

from forestall.cli.apps import keys_app
from forestall.cli.layout import show_table
from forestall.cli.terminal import emit, say, terminal, told
from forestall.cli.terminal import shown as given

File = Annotated[
    str, typer.Option("--keys", envvar="FORESTALL_KEYS", help="File of keys; only digests are in it.")
]
DEFAULT = "forestall-keys.json"


@keys_app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who will hold it.")],
    role: Annotated[str, typer.Option("--role", help="viewer, analyst or releaser.")] = "viewer",
    keys: File = DEFAULT,
) -> None:
    """Give a key; its secret is shown once and kept nowhere."""
    from forestall.core.errors import UsageError
    from forestall.serving.keys import add_key, shown

    if terminal().quiet and not terminal().as_json:
        raise UsageError("--quiet would lose the secret, which is shown once; use --json")
    key, secret = add_key(Path(keys), name, role)
    given(secret, secret=secret, **shown(key))
    say(f"key of {name}, {role}; it is not shown again; next: forestall serve --keys {keys}")


@keys_app.command("list")
def list_keys(keys: File = DEFAULT) -> None:
    """List the keys with their roles, and whether they hold."""
    from forestall.serving.keys import read_keys, shown

    rows = [shown(key) for key in read_keys(Path(keys))]
    if not rows:
        say(f"no key in {keys}; next: forestall keys add NAME --role viewer")
    if terminal().as_json:
        emit(rows)
    else:
        show_table(rows, "Keys", ("name", "role", "id", "revoked"))


@keys_app.command()
def revoke(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name or id of the key.")],
    keys: File = DEFAULT,
) -> None:
    """Revoke a key: its next request is refused, also by a server that runs."""
    from forestall.serving.keys import revoke_key, shown

    gone = revoke_key(Path(keys), name)
    told(f"key {gone.id} of {gone.name} is revoked", **shown(gone))
