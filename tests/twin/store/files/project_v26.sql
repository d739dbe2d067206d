PRAGMA application_id=1332308847;
PRAGMA user_version=26;
BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'project','project_0001_base','2026-11-30 13:01:32.980036+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'project','project_0003_sources','2026-11-30 13:01:32.989458+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'project','project_0004_drawing','2026-11-30 13:01:32.989795+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'project','project_0005_door_swing','2026-11-30 13:01:32.990298+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'project','project_0006_decided','2026-11-30 13:01:32.990540+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'project','project_0007_time_zone','2026-11-30 13:01:32.990775+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'project','project_0008_groups','2026-11-30 13:01:32.997439+00:00');
INSERT INTO "_sqlite_migrations" VALUES(8,'project','project_0009_points','2026-11-30 13:01:32.998091+00:00');
INSERT INTO "_sqlite_migrations" VALUES(9,'project','project_0010_said_kind','2026-11-30 13:01:32.998361+00:00');
INSERT INTO "_sqlite_migrations" VALUES(10,'project','project_0011_meter_changes','2026-11-30 13:01:32.998532+00:00');
INSERT INTO "_sqlite_migrations" VALUES(11,'project','project_0012_optimistic','2026-11-30 13:01:32.998790+00:00');
INSERT INTO "_sqlite_migrations" VALUES(12,'project','project_0013_row_checks','2026-11-30 13:01:32.998978+00:00');
INSERT INTO "_sqlite_migrations" VALUES(13,'project','project_0014_edit_checks','2026-11-30 13:01:32.999232+00:00');
INSERT INTO "_sqlite_migrations" VALUES(14,'project','project_0015_label_codes','2026-11-30 13:01:32.999479+00:00');
INSERT INTO "_sqlite_migrations" VALUES(15,'project','project_0016_light','2026-11-30 13:01:32.999629+00:00');
INSERT INTO "_sqlite_migrations" VALUES(16,'project','project_0017_definitions','2026-11-30 13:01:33.000185+00:00');
INSERT INTO "_sqlite_migrations" VALUES(17,'project','project_0018_edit_author','2026-11-30 13:01:33.012822+00:00');
INSERT INTO "_sqlite_migrations" VALUES(18,'project','project_0019_grants','2026-11-30 13:01:33.013207+00:00');
INSERT INTO "_sqlite_migrations" VALUES(19,'project','project_0020_checkout','2026-11-30 13:01:33.013448+00:00');
INSERT INTO "_sqlite_migrations" VALUES(20,'project','project_0021_checkout_product','2026-11-30 13:01:33.013840+00:00');
INSERT INTO "_sqlite_migrations" VALUES(21,'project','project_0022_notifications','2026-11-30 13:01:33.014183+00:00');
INSERT INTO "_sqlite_migrations" VALUES(22,'project','project_0023_normal_mark','2026-11-30 13:01:33.014375+00:00');
INSERT INTO "_sqlite_migrations" VALUES(23,'project','project_0024_report_schedule','2026-11-30 13:01:33.014562+00:00');
INSERT INTO "_sqlite_migrations" VALUES(24,'project','project_0025_energy_setup','2026-11-30 13:01:33.014748+00:00');
INSERT INTO "_sqlite_migrations" VALUES(25,'project','project_0026_care_keys','2026-11-30 13:01:33.014937+00:00');
INSERT INTO "_sqlite_migrations" VALUES(26,'project','project_0027_negative_zero','2026-11-30 13:01:33.015044+00:00');
CREATE TABLE access_grant(id text primary key, name text not null, role text not null, rooms text not null, zones text not null, expires integer, created integer not null, created_by text not null, digest text not null unique) without rowid;
INSERT INTO "access_grant" VALUES('vera','Vera','operator','["r-Hall"]','["East"]',1735689600000,0,'','0000000000000000000000000000000000000000000000000000000000000000');
CREATE TABLE alarm_definition(id text primary key, pos integer not null, title text not null, enabled integer not null, body text not null);
INSERT INTO "alarm_definition" VALUES('frost:lamp',0,'Frost',1,'{"id":"frost:lamp","key":"lamp.temperature","condition":{"type":"Low","limit":5.0}}');
CREATE TABLE automation(id text primary key, pos integer not null, title text not null, enabled integer not null, body text not null);
CREATE TABLE checkout(id text primary key, seen text not null, plausible text not null, right_room text not null, verdict text not null, note text not null, photo text not null, room text, time_ms integer not null, author text not null, product text not null default '');
CREATE TABLE day_calendar(id text primary key, pos integer not null, title text not null, enabled integer not null, body text not null);
CREATE TABLE device(
        id text primary key, pos integer not null, link text not null, protocol text not null, uid text not null,
        name text not null, kind text not null, maker text not null, model text not null, serial text not null,
        firmware text not null, address text not null, area text not null, via text, interval_s real not null,
        room text, position_m text, lost_room text, lost_title text, lost_position_m text
    , said_name text not null default '', said_kind text not null default '') strict;
INSERT INTO "device" VALUES('581a724c-11c2-5b00-90ea-a88ba077b125',0,'l','test','lamp','Lamp','switch','','','','','','',NULL,0.0,'r-Kitchen','[1.0,1.5,2.4]',NULL,NULL,NULL,'Lamp','switch');
INSERT INTO "device" VALUES('b28cc5c9-9100-5f9d-84e0-556b0c4e0b52',1,'l','test','meter','Meter','meter','','','','','','',NULL,0.0,NULL,NULL,NULL,NULL,NULL,'Meter','meter');
CREATE TABLE door(
        id text primary key, pos integer not null, storey text not null, name text not null, rooms text not null,
        position_m text not null, width_m real not null, height_m real not null, angle_deg real not null,
        source_id text not null
    , source text not null default '1', swing text not null default '[]', said_rooms text not null default '[]') strict;
INSERT INTO "door" VALUES('r-Kitchen|r-Hall',0,'s','','["r-Kitchen","r-Hall"]','[4.0,1.5,0.0]',0.9,2.0,0.0,'','1','[[[4.0,1.0],90.0,-85.5,0.9]]','["r-Kitchen"]');
CREATE TABLE drawing(id text primary key, data text not null) strict;
CREATE TABLE edit(
        id integer primary key, label text not null, forward text not null, backward text not null,
        undone integer not null default 0
    , checksum integer, args text, author text) strict;
INSERT INTO "edit" VALUES(1,'edit.import_building','[["site", "1", {"name": "Hill", "latitude": 47.5, "origin_m": "[1000.0,2000.0,0.0]", "time_zone": "Europe/Vienna"}], ["source", "1", {"id": "1", "path": "house.ifc", "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "importer": "ifc 1", "size": 9, "storeys": "[\"s\"]", "placed": ""}], ["storey", "s", {"id": "s", "name": "Ground", "elevation_m": 0.0, "height_m": 2.7, "source_id": "S", "pos": 0, "named": 0}], ["room", "r-Kitchen", {"id": "r-Kitchen", "storey": "s", "name": "Kitchen", "number": "0", "outline": "[[0.0,0.0],[4.0,0.0],[4.0,3.0],[0.0,3.0]]", "holes": "[]", "floor_m": 0.0, "ceiling_m": 2.5, "area_m2": 12.0, "volume_m3": 0.0, "source_id": "guid-Kitchen", "usage": "", "zones": "[\"Flat\"]", "classes": "[[\"Uniclass\",\"SL_45_10\",\"Kitchen\"]]", "said": "[[\"NetFloorArea\",12.5]]", "pos": 0, "named": 0, "source": "1", "filed_name": "Kitchen", "filed_number": "0"}], ["room", "r-Hall", {"id": "r-Hall", "storey": "s", "name": "Hall", "number": "1", "outline": "[[4.0,0.0],[8.0,0.0],[8.0,3.0],[4.0,3.0]]", "holes": "[]", "floor_m": 0.0, "ceiling_m": 2.5, "area_m2": 12.0, "volume_m3": 0.0, "source_id": "guid-Hall", "usage": "", "zones": "[\"Flat\"]", "classes": "[[\"Uniclass\",\"SL_45_10\",\"Hall\"]]", "said": "[[\"NetFloorArea\",12.5]]", "pos": 1, "named": 0, "source": "1", "filed_name": "Hall", "filed_number": "1"}], ["door", "r-Kitchen|r-Hall", {"id": "r-Kitchen|r-Hall", "storey": "s", "name": "", "rooms": "[\"r-Kitchen\",\"r-Hall\"]", "position_m": "[4.0,1.5,0.0]", "width_m": 0.9, "height_m": 2.0, "angle_deg": 0.0, "source_id": "", "swing": "[[[4.0,1.0],90.0,-85.5,0.9]]", "said_rooms": "[\"r-Kitchen\"]", "pos": 0, "source": "1"}], ["placeholder", "p", {"id": "p", "kind": "light", "name": "Lamp", "storey": "s", "room": "r-Kitchen", "candidates": "[\"r-Kitchen\"]", "position_m": "[0.0,0.0,0.0]", "source_id": "", "device": null, "power": 0.5, "colour": "#ffcc88", "systems": "[\"Circuit 4\"]", "classes": "[[\"OmniClass\",\"23-35 47 11\",\"Lamps\"]]", "pos": 0, "source": "1", "decided": 0}]]','[["placeholder", "p", null], ["door", "r-Kitchen|r-Hall", null], ["room", "r-Hall", null], ["room", "r-Kitchen", null], ["storey", "s", null], ["source", "1", null], ["site", "1", {"name": "", "latitude": null, "origin_m": "[0.0,0.0,0.0]", "time_zone": ""}]]',0,593206379435743463,'{}',NULL);
INSERT INTO "edit" VALUES(2,'edit.add','[["link", "l", {"id": "l", "protocol": "test", "address": "here", "title": "Bench", "options": "[[\"tls\",\"1\"]]", "pos": 0}]]','[["link", "l", null]]',0,7559975802744735823,'{"name": "Bench"}',NULL);
INSERT INTO "edit" VALUES(3,'edit.add_all','[["device", "581a724c-11c2-5b00-90ea-a88ba077b125", {"id": "581a724c-11c2-5b00-90ea-a88ba077b125", "link": "l", "protocol": "test", "uid": "lamp", "name": "Lamp", "kind": "switch", "maker": "", "model": "", "serial": "", "firmware": "", "address": "", "area": "", "via": null, "interval_s": 0.0, "said_name": "Lamp", "room": null, "position_m": null, "said_kind": "switch", "pos": 0, "lost_room": null, "lost_title": null, "lost_position_m": null}], ["point", "581a724c-11c2-5b00-90ea-a88ba077b125.on_off", {"id": "581a724c-11c2-5b00-90ea-a88ba077b125.on_off", "pos": 0, "device": "581a724c-11c2-5b00-90ea-a88ba077b125", "key": "on_off", "capability": "on_off", "alias": "", "label": "", "unit": "", "scale": 1.0, "minimum": null, "maximum": null, "step": null, "options": "[]", "writable": 0, "reports": 1, "optimistic": 0, "expires_s": 0.0}], ["point", "581a724c-11c2-5b00-90ea-a88ba077b125.temperature", {"id": "581a724c-11c2-5b00-90ea-a88ba077b125.temperature", "pos": 1, "device": "581a724c-11c2-5b00-90ea-a88ba077b125", "key": "temperature", "capability": "temperature", "alias": "", "label": "", "unit": "", "scale": 1.0, "minimum": null, "maximum": null, "step": null, "options": "[]", "writable": 0, "reports": 1, "optimistic": 0, "expires_s": 0.0}], ["device", "b28cc5c9-9100-5f9d-84e0-556b0c4e0b52", {"id": "b28cc5c9-9100-5f9d-84e0-556b0c4e0b52", "link": "l", "protocol": "test", "uid": "meter", "name": "Meter", "kind": "meter", "maker": "", "model": "", "serial": "", "firmware": "", "address": "", "area": "", "via": null, "interval_s": 0.0, "said_name": "Meter", "room": null, "position_m": null, "said_kind": "meter", "pos": 1, "lost_room": null, "lost_title": null, "lost_position_m": null}], ["point", "b28cc5c9-9100-5f9d-84e0-556b0c4e0b52.energy_import", {"id": "b28cc5c9-9100-5f9d-84e0-556b0c4e0b52.energy_import", "pos": 0, "device": "b28cc5c9-9100-5f9d-84e0-556b0c4e0b52", "key": "energy_import", "capability": "energy_import", "alias": "", "label": "", "unit": "", "scale": 1.0, "minimum": null, "maximum": null, "step": null, "options": "[]", "writable": 0, "reports": 1, "optimistic": 0, "expires_s": 0.0}]]','[["point", "b28cc5c9-9100-5f9d-84e0-556b0c4e0b52.energy_import", null], ["device", "b28cc5c9-9100-5f9d-84e0-556b0c4e0b52", null], ["point", "581a724c-11c2-5b00-90ea-a88ba077b125.temperature", null], ["point", "581a724c-11c2-5b00-90ea-a88ba077b125.on_off", null], ["device", "581a724c-11c2-5b00-90ea-a88ba077b125", null]]',0,8883644488187011046,'{"n": 2}',NULL);
INSERT INTO "edit" VALUES(4,'edit.define','[["alarm_definition", "frost:lamp", {"id": "frost:lamp", "title": "Frost", "enabled": 1, "body": "{\"id\":\"frost:lamp\",\"key\":\"lamp.temperature\",\"condition\":{\"type\":\"Low\",\"limit\":5.0}}", "pos": 0}]]','[["alarm_definition", "frost:lamp", null]]',0,4236251638350936307,'{"title": "Frost"}',NULL);
INSERT INTO "edit" VALUES(5,'edit.meter_changed_at','[["meter_change", "7bb60065-2e88-59f4-8353-584fc5246d21", {"id": "7bb60065-2e88-59f4-8353-584fc5246d21", "point": "b28cc5c9-9100-5f9d-84e0-556b0c4e0b52.energy_import", "time_ms": 1735776000000, "final": 8.9, "first": 0.0}]]','[["meter_change", "7bb60065-2e88-59f4-8353-584fc5246d21", null]]',0,4236808853767317474,'{"device": "Meter"}',NULL);
INSERT INTO "edit" VALUES(6,'edit.bind','[["device", "581a724c-11c2-5b00-90ea-a88ba077b125", {"room": "r-Kitchen", "position_m": "[1.0,1.5,2.4]"}]]','[["device", "581a724c-11c2-5b00-90ea-a88ba077b125", {"room": null, "position_m": null}]]',0,606191434500847373,'{"name": "Lamp", "room": "0 Kitchen"}',NULL);
INSERT INTO "edit" VALUES(7,'edit.rename','[["device", "581a724c-11c2-5b00-90ea-a88ba077b125", {"name": "Reading light"}]]','[["device", "581a724c-11c2-5b00-90ea-a88ba077b125", {"name": "Lamp"}]]',1,5366187916516341683,'{"was": "Lamp", "name": "Reading light"}',NULL);
CREATE TABLE energy_setup(id text primary key, pos integer not null, title text not null, enabled integer not null, body text not null);
CREATE TABLE light(number integer primary key, key text not null unique, storey text not null, data blob not null);
CREATE TABLE link(
        id text primary key, pos integer not null, protocol text not null, address text not null, title text not null,
        options text not null
    ) strict;
INSERT INTO "link" VALUES('l',0,'test','here','Bench','[["tls","1"]]');
CREATE TABLE mesh(key text primary key, head blob not null) strict;
INSERT INTO "mesh" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ifc 1',X'28B52FFD640A00650400F2C7181980476DCD08FCEFBDCAF78988AC076DBC90B962D720D10C0208CD6FE89BBD9A1C2A216A73515CA509D9B88A32814680F9169E78711C723B023BCDB012726AFB760089AA3797B56EB09AB20F6FE77C432FE46AF399C2D0B9F792DB190CBDEF5835CE040F00348B890AA1A9299A1780D41D0B8F6749CDD433462A6CCD0F2C64667BAAD6DC5C0448985088B83713');
CREATE TABLE mesh_part(
        id integer primary key, mesh text not null, number integer not null, data blob not null
    ) strict;
INSERT INTO "mesh_part" VALUES(1,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ifc 1',0,X'28B52FFD2438FD0000A80000803F000100000002000000090909FF0000000003003337008EC1012C3E1ABDE2');
INSERT INTO "mesh_part" VALUES(2,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ifc 1',1,X'28B52FFD24381D0100B80000803F0040000100000002000000090909FF0000000004003F17765A000ADE801696D35D9F');
CREATE TABLE meter_change(id text primary key, point text not null, time_ms integer not null, final real, first real);
INSERT INTO "meter_change" VALUES('7bb60065-2e88-59f4-8353-584fc5246d21','b28cc5c9-9100-5f9d-84e0-556b0c4e0b52.energy_import',1735776000000,8.9,0.0);
CREATE TABLE normal_mark(id text primary key, pos integer not null, title text not null, enabled integer not null, body text not null);
CREATE TABLE notification_channel(id text primary key, pos integer not null, title text not null, enabled integer not null, body text not null);
CREATE TABLE notification_recipient(id text primary key, pos integer not null, title text not null, enabled integer not null, body text not null);
CREATE TABLE picture(sha256 text primary key, data blob not null) strict;
CREATE TABLE placeholder(
        id text primary key, pos integer not null, kind text not null, name text not null, storey text, room text,
        candidates text not null, position_m text not null, source_id text not null, device text
    , source text not null default '1', power real, colour text not null default '', decided integer not null default 0, systems text not null default '[]', classes text not null default '[]') strict;
INSERT INTO "placeholder" VALUES('p',0,'light','Lamp','s','r-Kitchen','["r-Kitchen"]','[0.0,0.0,0.0]','',NULL,'1',0.5,'#ffcc88',0,'["Circuit 4"]','[["OmniClass","23-35 47 11","Lamps"]]');
CREATE TABLE point(
        id text primary key, pos integer not null, device text not null, key text not null, capability text not null,
        label text not null, unit text not null, scale real not null, minimum real, maximum real, step real,
        options text not null, writable integer not null, reports integer not null
    , alias text not null default '', expires_s real not null default 0, optimistic integer not null default 0) strict;
INSERT INTO "point" VALUES('581a724c-11c2-5b00-90ea-a88ba077b125.on_off',0,'581a724c-11c2-5b00-90ea-a88ba077b125','on_off','on_off','','',1.0,NULL,NULL,NULL,'[]',0,1,'',0.0,0);
INSERT INTO "point" VALUES('581a724c-11c2-5b00-90ea-a88ba077b125.temperature',1,'581a724c-11c2-5b00-90ea-a88ba077b125','temperature','temperature','','',1.0,NULL,NULL,NULL,'[]',0,1,'',0.0,0);
INSERT INTO "point" VALUES('b28cc5c9-9100-5f9d-84e0-556b0c4e0b52.energy_import',0,'b28cc5c9-9100-5f9d-84e0-556b0c4e0b52','energy_import','energy_import','','',1.0,NULL,NULL,NULL,'[]',0,1,'',0.0,0);
CREATE TABLE report_schedule(id text primary key, pos integer not null, title text not null, enabled integer not null, body text not null);
CREATE TABLE room(
        id text primary key, pos integer not null, storey text not null, name text not null, number text not null,
        outline text not null, holes text not null, floor_m real not null, ceiling_m real not null,
        area_m2 real not null, volume_m3 real not null, source_id text not null, usage text not null,
        named integer not null default 0
    , source text not null default '1', filed_name text, filed_number text, zones text not null default '[]', classes text not null default '[]', said text not null default '[]') strict;
INSERT INTO "room" VALUES('r-Kitchen',0,'s','Kitchen','0','[[0.0,0.0],[4.0,0.0],[4.0,3.0],[0.0,3.0]]','[]',0.0,2.5,12.0,0.0,'guid-Kitchen','',0,'1','Kitchen','0','["Flat"]','[["Uniclass","SL_45_10","Kitchen"]]','[["NetFloorArea",12.5]]');
INSERT INTO "room" VALUES('r-Hall',1,'s','Hall','1','[[4.0,0.0],[8.0,0.0],[8.0,3.0],[4.0,3.0]]','[]',0.0,2.5,12.0,0.0,'guid-Hall','',0,'1','Hall','1','["Flat"]','[["Uniclass","SL_45_10","Hall"]]','[["NetFloorArea",12.5]]');
CREATE TABLE row_check(id text primary key, value integer not null);
INSERT INTO "row_check" VALUES('site',3373420503267754813);
INSERT INTO "row_check" VALUES('source',6492083631838310514);
INSERT INTO "row_check" VALUES('storey',1592492402889285188);
INSERT INTO "row_check" VALUES('room',7631894482608391162);
INSERT INTO "row_check" VALUES('door',7925119281500334532);
INSERT INTO "row_check" VALUES('placeholder',3416469196050584713);
INSERT INTO "row_check" VALUES('link',1618531952261303956);
INSERT INTO "row_check" VALUES('device',4974719395372770683);
INSERT INTO "row_check" VALUES('point',8249857144030218063);
INSERT INTO "row_check" VALUES('drawing',0);
INSERT INTO "row_check" VALUES('meter_change',2193268114944163806);
INSERT INTO "row_check" VALUES('checkout',0);
INSERT INTO "row_check" VALUES('alarm_definition',90929177862828885);
INSERT INTO "row_check" VALUES('automation',0);
INSERT INTO "row_check" VALUES('schedule',0);
INSERT INTO "row_check" VALUES('scene',0);
INSERT INTO "row_check" VALUES('day_calendar',0);
INSERT INTO "row_check" VALUES('notification_channel',0);
INSERT INTO "row_check" VALUES('notification_recipient',0);
INSERT INTO "row_check" VALUES('work_order',0);
INSERT INTO "row_check" VALUES('normal_mark',0);
INSERT INTO "row_check" VALUES('report_schedule',0);
INSERT INTO "row_check" VALUES('energy_setup',0);
INSERT INTO "row_check" VALUES('setting',7667884864386929734);
INSERT INTO "row_check" VALUES('access_grant',7883344772876473067);
CREATE TABLE scene(id text primary key, pos integer not null, title text not null, enabled integer not null, body text not null);
CREATE TABLE schedule(id text primary key, pos integer not null, title text not null, enabled integer not null, body text not null);
CREATE TABLE setting(id text primary key, value text not null) strict;
INSERT INTO "setting" VALUES('words','["heiß"]');
CREATE TABLE site(
        id text primary key, title text not null, name text not null, latitude real, longitude real,
        elevation_m real not null, north_deg real not null, origin_m text not null
    , time_zone text not null default '') strict;
INSERT INTO "site" VALUES('1','Old house','Hill',47.5,NULL,0.0,0.0,'[1000.0,2000.0,0.0]','Europe/Vienna');
CREATE TABLE source(
        id text primary key, path text not null, sha256 text not null, importer text not null, size integer not null
    , storeys text not null default '[]', placed text not null default '') strict;
INSERT INTO "source" VALUES('1','house.ifc','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','ifc 1',9,'["s"]','');
CREATE TABLE storey(
        id text primary key, pos integer not null, name text not null, elevation_m real not null,
        height_m real not null, source_id text not null, named integer not null default 0
    ) strict;
INSERT INTO "storey" VALUES('s',0,'Ground',0.0,2.7,'S',0);
CREATE TABLE work_order(id text primary key, pos integer not null, title text not null, enabled integer not null, body text not null);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX device_room on device(room);
CREATE INDEX point_device on point(device);
CREATE UNIQUE INDEX mesh_part_ix on mesh_part(mesh, number);
COMMIT;
