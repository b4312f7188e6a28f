-- Runtime tables of Kamailio's presence module, as its package ships them. Documents in presentity are written by
-- watch and watched_changes alone, one for each address that somebody watches; clients' own never get there.
CREATE TABLE kam.version (
    id serial PRIMARY KEY,
    table_name varchar(32) NOT NULL UNIQUE,
    table_version integer NOT NULL DEFAULT 0
);
INSERT INTO kam.version (table_name, table_version) VALUES ('presentity', 5), ('active_watchers', 12), ('watchers', 3);

CREATE TABLE kam.presentity (
    id serial PRIMARY KEY,
    username varchar(64) NOT NULL,
    domain varchar(64) NOT NULL,
    event varchar(64) NOT NULL,
    etag varchar(128) NOT NULL,
    expires integer NOT NULL,
    received_time integer NOT NULL,
    body bytea NOT NULL,
    sender varchar(255) NOT NULL,
    priority integer NOT NULL DEFAULT 0,
    ruid varchar(64) UNIQUE,
    UNIQUE (username, domain, event, etag)
);
CREATE INDEX presentity_expires ON kam.presentity (expires);

CREATE TABLE kam.active_watchers (
    id serial PRIMARY KEY,
    presentity_uri varchar(255) NOT NULL,
    watcher_username varchar(64) NOT NULL,
    watcher_domain varchar(64) NOT NULL,
    to_user varchar(64) NOT NULL,
    to_domain varchar(64) NOT NULL,
    event varchar(64) NOT NULL DEFAULT 'presence',
    event_id varchar(64),
    to_tag varchar(128) NOT NULL,
    from_tag varchar(128) NOT NULL,
    callid varchar(255) NOT NULL,
    local_cseq integer NOT NULL,
    remote_cseq integer NOT NULL,
    contact varchar(255) NOT NULL,
    record_route text,
    expires integer NOT NULL,
    status integer NOT NULL DEFAULT 2,
    reason varchar(64),
    version integer NOT NULL DEFAULT 0,
    socket_info varchar(64) NOT NULL,
    local_contact varchar(255) NOT NULL,
    from_user varchar(64) NOT NULL,
    from_domain varchar(64) NOT NULL,
    updated integer NOT NULL,
    updated_winfo integer NOT NULL,
    flags integer NOT NULL DEFAULT 0,
    user_agent varchar(255) DEFAULT '',
    UNIQUE (callid, to_tag, from_tag)
);
CREATE INDEX active_watchers_expires ON kam.active_watchers (expires);
CREATE INDEX active_watchers_pres ON kam.active_watchers (presentity_uri, event);
CREATE INDEX active_watchers_updated ON kam.active_watchers (updated);
CREATE INDEX active_watchers_updated_winfo ON kam.active_watchers (updated_winfo, presentity_uri);

CREATE TABLE kam.watchers (
    id serial PRIMARY KEY,
    presentity_uri varchar(255) NOT NULL,
    watcher_username varchar(64) NOT NULL,
    watcher_domain varchar(64) NOT NULL,
    event varchar(64) NOT NULL DEFAULT 'presence',
    status integer NOT NULL,
    reason varchar(64),
    inserted_time integer NOT NULL,
    UNIQUE (presentity_uri, watcher_username, watcher_domain, event)
);

GRANT SELECT ON kam.version TO kamailio;
GRANT SELECT, INSERT, UPDATE, DELETE ON kam.presentity, kam.active_watchers, kam.watchers TO kamailio;
GRANT USAGE, SELECT ON SEQUENCE kam.presentity_id_seq, kam.active_watchers_id_seq, kam.watchers_id_seq TO kamailio;
GRANT SELECT, INSERT, UPDATE, DELETE ON kam.presentity TO switch_owner;
GRANT USAGE ON SEQUENCE kam.presentity_id_seq TO switch_owner;
GRANT SELECT ON kam.active_watchers TO switch_owner;
