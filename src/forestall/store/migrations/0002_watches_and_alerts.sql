create table watches (
    entry text primary key,
    crisis text not null,
    watched_at timestamptz not null,
    inputs text not null,
    outcome text not null,
    reason text,
    figures text not null
);
create table alert_log (
    entry text primary key,
    alert text not null,
    logged_at timestamptz not null,
    act text not null,
    person text,
    content text not null
);
