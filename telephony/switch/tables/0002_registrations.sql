-- Kamailio's own runtime tables, as its package ships them (version 9 of location). Times are naive, in UTC.
CREATE SCHEMA kam;
GRANT USAGE ON SCHEMA kam TO kamailio, switch_owner;

CREATE TABLE kam.location (
    id serial PRIMARY KEY,
    ruid varchar(64) NOT NULL DEFAULT '' UNIQUE,
    username varchar(64) NOT NULL DEFAULT '',
    domain varchar(64) DEFAULT NULL,
    contact varchar(512) NOT NULL DEFAULT '',
    received varchar(128) DEFAULT NULL,
    path varchar(512) DEFAULT NULL,
    expires timestamp NOT NULL DEFAULT '2030-05-28 21:32:15',
    q real NOT NULL DEFAULT 1.0,
    callid varchar(255) NOT NULL DEFAULT 'Default-Call-ID',
    cseq integer NOT NULL DEFAULT 1,
    last_modified timestamp NOT NULL DEFAULT '2000-01-01 00:00:01',
    flags integer NOT NULL DEFAULT 0,
    cflags integer NOT NULL DEFAULT 0,
    user_agent varchar(255) NOT NULL DEFAULT '',
    socket varchar(64) DEFAULT NULL,
    methods integer DEFAULT NULL,
    instance varchar(255) DEFAULT NULL,
    reg_id integer NOT NULL DEFAULT 0,
    server_id integer NOT NULL DEFAULT 0,
    connection_id integer NOT NULL DEFAULT 0,
    keepalive integer NOT NULL DEFAULT 0,
    partition integer NOT NULL DEFAULT 0
);
CREATE INDEX location_account_contact_idx ON kam.location (username, domain, contact);
CREATE INDEX location_expires_idx ON kam.location (expires);
CREATE INDEX location_connection_idx ON kam.location (server_id, connection_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON kam.location TO kamailio;
GRANT USAGE, SELECT ON SEQUENCE kam.location_id_seq TO kamailio;
GRANT SELECT ON kam.location TO switch_owner;
