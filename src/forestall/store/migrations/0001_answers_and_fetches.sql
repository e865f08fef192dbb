create table bodies (
    sha256 text primary key,
    size bigint not null,
    data bytea not null
);
create table responses (
    response text primary key,
    source text not null,
    what text not null,
    name text not null,
    address text not null,
    asked_at timestamptz not null,
    status integer not null,
    sha256 text not null,
    etag text,
    last_modified text,
    terms text not null
);
create table fetches (
    entry text primary key,
    source text not null,
    countries text not null,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    outcome text not null,
    reason text,
    new_rows bigint not null
);
