# SPDX-License-Identifier: MIT
# Completion of sit's programs in fish. Written by `make generate`: edit share/complete/fish instead.
# The functions below share the variables of __sit_complete.

# The interface of program $argv[1]; share/complete/interface.jq says what stands in it.
function __sit_interface --no-scope-shadowing
	set programs 'sit an IoT estate from the shell: lists and runs the programs' 'sit-asset assets: buildings, lines and machines that devices hang on' 'sit-audit who changed what, when and why; and proof that it is all there' 'sit-datapoint datapoints: what a model'\''s devices, or one device, measure' 'sit-db the store: make, migrate, check, compact, measure' 'sit-device devices: meters, sensors, controllers' 'sit-estate the whole configuration as text: export, diff, apply' 'sit-export stored points, or records, to a file of CSV, TSV or JSON Lines' 'sit-field custom fields of every noun' 'sit-gateway gateways: devices that others are behind' 'sit-group groups of devices, by hand or by selector' 'sit-ingest points into the store: JSON Lines, CSV, files, pipes, by hand' 'sit-latest the newest value of each datapoint' 'sit-model models: blueprints of what devices measure' 'sit-org organisations: what everything else belongs to' 'sit-policy policies: what devices may do, how large and how often' 'sit-product products of the catalogue: what can be bought' 'sit-prune retention: throw away points older than an age' 'sit-quarantine points that wait for their device, datapoint or a second look' 'sit-query points and rollups of chosen devices' 'sit-site sites: places with a time zone'
	set common '/--help print this help' '/-h print this help' '/--version print name and version' '/-V print name and version' '/--db=URL the store: a path, or postgres://USER@HOST/DATABASE' '/-D=URL the store: a path, or postgres://USER@HOST/DATABASE' '/--org=@org the organisation to work in' '/-O=@org the organisation to work in' '/--format=table|jsonl|json|csv|tsv how to print: table jsonl json csv tsv' '/-f=table|jsonl|json|csv|tsv how to print: table jsonl json csv tsv' '/--columns=COLUMNS print these columns, in this order' '/--sort=COLUMN sort by a column, - for descending' '/--no-header no header line in table, csv and tsv' '/--output=FILE print into FILE, whole or not at all; its suffix chooses the format' '/-o=FILE print into FILE, whole or not at all; its suffix chooses the format' '/--tz=ZONE read and print times in this time zone' '/--color=auto|always|never colour: auto always never' '/--no-progress no progress bar' '/--no-input never ask' '/--quiet say nothing that is not an error' '/-q say nothing that is not an error' '/--verbose say more; twice: the SQL too' '/-v say more; twice: the SQL too' '/--describe print this interface as JSON'
	switch $argv[1]
		case sit
			set verbs 'settings print what configuration is in force' 'find where WORD stands: in things of the estate, programs, verbs, options, fields' 'programs list the programs by family (as sit alone does)'
			set options 'settings/--show-origin say where each setting comes from' 'find/--exit-code exit 1 when nothing is found' 'find/-e exit 1 when nothing is found'
			set operands 'settings/ ' 'find/WORD ' 'programs/ '
			set fields
			set columns 'about its title, or what it is for' 'name its name, or the words that say it' 'what the noun, or program, verb, option, field'
		case sit-asset
			set verbs 'add add one, or with --file many' 'list print those that fit all filters (sit-selectors(7))' 'show print everything about them' 'set change fields (FIELD= clears)' 'rm remove: retires what has points, deletes the rest'
			set options 'add/--file=FILE add what FILE (- is standard input) holds: what list writes, JSON Lines or CSV' 'add/--input=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/-i=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/--upsert change what is there already' 'add/--chunk=N commit after every N records of FILE (default: all or nothing)' 'rm/--purge with all points, or all values of a field' 'list/--exit-code exit 1 when nothing is listed' 'list/-e exit 1 when nothing is listed' 'list,show,set,rm/--select=EXPRESSION those that fit' 'set,rm/--max-targets=N refuse more targets than N (rm: default 100)' 'list,show,set,rm/--null names from - and @FILE end with NUL, not with a line' 'list,show,set,rm/-0 names from - and @FILE end with NUL, not with a line' 'add,set,rm/--dry-run show what would be done, change nothing' 'add,set,rm/-n show what would be done, change nothing' 'rm/--yes do not ask' 'rm/-y do not ask' 'add,set,rm/--message=TEXT why; kept in the audit row' 'add,set,rm/-m=TEXT why; kept in the audit row'
			set operands 'add/FIELD ' 'list/FIELD ' 'show/@asset ' 'set/@asset+FIELD ' 'rm/@asset '
			set fields 'l/name= its name, unique in the organisation' 'asl/title= free text for people' 'asl/site=@site the site it stands in' 'asl/parent=@asset the asset it is part of' 'asl/kind= what it is: building, line, machine, panel, ...' 'asl/tag= inventory tag' 'asl/serial= serial number' 'asl/manufacturer= who made it' 'asl/note= what there is to say' 'l/created= when it was added'
			set columns 'name its name, unique in the organisation' 'title free text for people' 'site the site it stands in' 'parent the asset it is part of' 'kind what it is: building, line, machine, panel, ...' 'tag inventory tag' 'serial serial number' 'manufacturer who made it' 'note what there is to say' 'created when it was added'
		case sit-audit
			set verbs 'list print what was done, oldest first' 'show print a row with everything known of it' 'stats count rows by kind' 'export print the whole chain of the organisation, fit for verify' 'verify exit 1 unless every row is what was written, in the store or in an export' 'checkpoint print the head of the chain, signed'
			set options 'list,stats/--user=LOGIN only what this login did, also through sudo' 'list,stats/--resource=NOUN only what was done to this' 'list/--after=ID only rows behind this one' 'list/--follow go on with rows as they are written' 'list/-F go on with rows as they are written' 'list/--exit-code exit 1 when nothing is listed' 'list/-e exit 1 when nothing is listed' 'stats/--by=COLUMN count by these of actor, verb, noun, name' 'verify,checkpoint/--key=FILE Ed25519 key in PEM: checkpoint takes the private one, verify the public one' 'verify/--checkpoints=FILE signed heads that must be in the chain' 'export/--message=TEXT why; kept in the audit row' 'export/-m=TEXT why; kept in the audit row' '/--from=TIME from TIME on' '/-S=TIME from TIME on' '/--to=TIME until before TIME' '/-U=TIME until before TIME' '/--during=PERIOD a year, quarter, month, week, day, today, last-month, ...' '/--last=DURATION the DURATION until now'
			set operands 'list/FIELD ' 'show/ID ' 'stats/FIELD ' 'export/ ' 'verify/FILE ' 'checkpoint/ '
			set fields
			set columns 'actor who: login(uid), after sudo also by whom' 'address network address of a caller from elsewhere' 'agent what that caller calls itself' 'at when it was done' 'hash SHA-256 of the row before and this one' 'id its number in the store' 'message why, as given with --message' 'name its name then' 'new fields as they are since' 'noun kind of thing it was done to' 'old fields as they were' 'org the organisation' 'origin program, host and terminal' 'seq its number in the chain of the organisation' 'session key or session it used' 'signature Ed25519 over these, in hexadecimal digits' 'verb what was done'
		case sit-datapoint
			set verbs 'add add one, or with --file many' 'list print those that fit all filters (sit-selectors(7))' 'show print everything about them' 'set change fields (FIELD= clears)' 'rm remove: retires what has points, deletes the rest'
			set options 'add/--file=FILE add what FILE (- is standard input) holds: what list writes, JSON Lines or CSV' 'add/--input=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/-i=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/--upsert change what is there already' 'add/--chunk=N commit after every N records of FILE (default: all or nothing)' 'rm/--purge with all points, or all values of a field' 'list/--exit-code exit 1 when nothing is listed' 'list/-e exit 1 when nothing is listed' 'list,show,set,rm/--select=EXPRESSION those that fit' 'set,rm/--max-targets=N refuse more targets than N (rm: default 100)' 'list,show,set,rm/--null names from - and @FILE end with NUL, not with a line' 'list,show,set,rm/-0 names from - and @FILE end with NUL, not with a line' 'add,set,rm/--dry-run show what would be done, change nothing' 'add,set,rm/-n show what would be done, change nothing' 'rm/--yes do not ask' 'rm/-y do not ask' 'add,set,rm/--message=TEXT why; kept in the audit row' 'add,set,rm/-m=TEXT why; kept in the audit row'
			set operands 'add/FIELD ' 'list/FIELD ' 'show/@datapoint ' 'set/@datapoint+FIELD ' 'rm/@datapoint '
			set fields 'l/name= its name, an identifier, unique in its model or device' 'al/model=@model the model it belongs to' 'al/device=@device or the device it belongs to: overrides what is set here of the model'\''s of that name' 'asl/title= free text for people' 'asl/key= its name on the wire; matched before the name' 'asl/type=float|int|boolean|string|enum|location what its values are' 'asl/kind=gauge|counter|state|text how its values behave' 'asl/unit= unit of its values' 'asl/precision= decimals shown in tables (the store keeps all)' 'asl/scale= value = raw * scale + offset' 'asl/offset= value = raw * scale + offset' 'asl/min= lowest plausible value' 'asl/max= highest plausible value' 'asl/words= the words of an enum, separated by commas' 'asl/aggregation=none|sum|avg|min|max|count|last|delta how rollups show it' 'asl/expected_interval= how often a value should come' 'asl/required=true|false a device without values of it is not complete' 'asl/category= what it is shown with' 'l/created= when it was added'
			set columns 'name its name, an identifier, unique in its model or device' 'model the model it belongs to' 'device or the device it belongs to: overrides what is set here of the model'\''s of that name' 'title free text for people' 'key its name on the wire; matched before the name' 'type what its values are' 'kind how its values behave' 'unit unit of its values' 'precision decimals shown in tables (the store keeps all)' 'scale value = raw * scale + offset' 'offset value = raw * scale + offset' 'min lowest plausible value' 'max highest plausible value' 'words the words of an enum, separated by commas' 'aggregation how rollups show it' 'expected_interval how often a value should come' 'required a device without values of it is not complete' 'category what it is shown with' 'created when it was added'
		case sit-db
			set verbs 'init make a store, with the organisation "default" or --org NAME' 'migrate bring a store'\''s schema to this program'\''s version' 'check look for damage and broken references; exit 1 when there is any' 'compact make the store small, beside its readers and writers' 'stats how much is in it: things, points, pages' 'sql run SQL, read-only unless --write, over all organisations (- reads it from stdin)'
			set options 'init/--system the store of this machine: /var/lib/sit, group sit, /etc/sit/sit.conf' 'init/--test a store for tests: SIT_NOW sets its clock' 'compact/--all pack series of few points too' 'compact/--budget=DURATION stop after this time; the next run goes on there' 'stats/--by=org|device a record for each org or device: its points and what they take' 'sql/--write allow statements that change the store'
			set operands 'init/ ' 'migrate/ ' 'check/ ' 'compact/ ' 'stats/ ' 'sql/TEXT '
			set fields
			set columns 'audit rows of the audit trail' 'bytes bytes of the store'\''s file' 'bytes_per_point the same, shared out among the points' 'chunks packed points, by about a thousand' 'datapoints datapoint definitions' 'devices devices' 'free_bytes of them free for reuse' 'models models' 'newest time of the newest point' 'oldest time of the oldest point' 'orgs organisations' 'points points' 'quarantined points in quarantine' 'runs runs of points that are not packed yet' 'schema version of the schema' 'series series that have points' 'sites sites' 'wal_bytes bytes of the write-ahead log beside it'
		case sit-device
			set verbs 'add add one, or with --file many' 'list print those that fit all filters (sit-selectors(7))' 'show print everything about them' 'set change fields (FIELD= clears)' 'rm remove: retires what has points, deletes the rest' 'status which are heard of; exit 1 when one is late' 'run notice those that have been silent for too long (for a timer)' 'checklist what they lack to be complete; exit 1 when something' 'label QR codes: on a terminal, or with -o FILE.svg a sheet'
			set options 'add/--file=FILE add what FILE (- is standard input) holds: what list writes, JSON Lines or CSV' 'add/--input=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/-i=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/--upsert change what is there already' 'add/--chunk=N commit after every N records of FILE (default: all or nothing)' 'rm/--purge with all points, or all values of a field' 'list/--exit-code exit 1 when nothing is listed' 'list/-e exit 1 when nothing is listed' 'list,show,set,rm,status,checklist,label/--select=EXPRESSION those that fit' 'set,rm/--max-targets=N refuse more targets than N (rm: default 100)' 'list,show,set,rm,status,checklist,label/--null names from - and @FILE end with NUL, not with a line' 'list,show,set,rm,status,checklist,label/-0 names from - and @FILE end with NUL, not with a line' 'add,set,rm,run/--dry-run show what would be done, change nothing' 'add,set,rm,run/-n show what would be done, change nothing' 'rm/--yes do not ask' 'rm/-y do not ask' 'add,set,rm,run/--message=TEXT why; kept in the audit row' 'add,set,rm,run/-m=TEXT why; kept in the audit row' 'status/--late only those that are late'
			set operands 'add/FIELD ' 'list/FIELD ' 'show/@device ' 'set/@device+FIELD ' 'rm/@device ' 'status/@device+FIELD ' 'run/ ' 'checklist/@device+FIELD ' 'label/@device+FIELD '
			set fields 'l/name= its name, unique in the organisation' 'asl/title= free text for people' 'asl/key= its name on the wire; matched before the name' 'asl/site=@site the site it stands in' 'asl/gateway=@gateway the gateway it is behind' 'asl/model=@model its blueprint; that of its product, if that has one' 'asl/type=smart_sensor|peripheral|gateway|api_endpoint smart_sensor (default), peripheral (default behind a gateway), gateway, api_endpoint' 'asl/edge_key= its name at its gateway, unique there' 'asl/serial= serial number' 'asl/at= where it is: mqtt, modbus://10.7.1.11:502/3, https://...' 'asl/unit= unit behind a gateway that speaks Modbus' 'asl/enabled=true|false false: its data is not accepted' 'asl/product=@product what it is in the catalogue' 'asl/policy=@policy what it may do' 'asl/asset=@asset the asset it hangs on' 'asl/firmware= version of its firmware' 'asl/hardware= version of its hardware' 'asl/offline_after= silence after which it is offline (empty: as its model)' 'asl/note= what there is to say' 'l/created= when it was added' 'l/model_version= version of the model it was brought to' 'l/online=true|false it is heard of' 'l/last_seen= when it was last heard of, by our clock' 'l/last_telemetry= time of its newest point, by its clock' 'l/clock_skew= how far its clock was ahead of ours (behind: negative) when last heard of'
			set columns 'name its name, unique in the organisation' 'title free text for people' 'key its name on the wire; matched before the name' 'site the site it stands in' 'gateway the gateway it is behind' 'model its blueprint; that of its product, if that has one' 'type smart_sensor (default), peripheral (default behind a gateway), gateway, api_endpoint' 'edge_key its name at its gateway, unique there' 'serial serial number' 'at where it is: mqtt, modbus://10.7.1.11:502/3, https://...' 'unit unit behind a gateway that speaks Modbus' 'enabled false: its data is not accepted' 'product what it is in the catalogue' 'policy what it may do' 'asset the asset it hangs on' 'firmware version of its firmware' 'hardware version of its hardware' 'offline_after silence after which it is offline (empty: as its model)' 'note what there is to say' 'created when it was added' 'model_version version of the model it was brought to' 'online it is heard of' 'last_seen when it was last heard of, by our clock' 'last_telemetry time of its newest point, by its clock' 'clock_skew how far its clock was ahead of ours (behind: negative) when last heard of'
		case sit-estate
			set verbs 'export print everything as JSON, or write it into a file or folder (-o)' 'diff what differs between the store (here) and FILE or folder (there); exit 1 when something does' 'apply make the store what FILE or the folder says: all of it or nothing'
			set options 'apply/--prune remove what the file does not hold, of the kinds that it holds' 'apply/--dry-run show what would be done, change nothing' 'apply/-n show what would be done, change nothing' 'apply/--yes do not ask' 'apply/-y do not ask' 'apply/--message=TEXT why; kept in the audit row' 'apply/-m=TEXT why; kept in the audit row'
			set operands 'export/ ' 'diff/FILE ' 'apply/FILE '
			set fields
			set columns 'field its field that differs; empty: the thing is only here or only there' 'here in the store' 'name the thing' 'noun what kind of thing it is' 'there in the file'
		case sit-export
			set verbs
			set options '/--wide a row per device and time, a column per datapoint' '/--raw with --wide: values before scale and offset, as devices send them' '/--no-guard csv, tsv: texts as they are, also those that a spreadsheet takes for formulas' '/--input=auto|jsonl|csv|tsv format of records on standard input: auto jsonl csv tsv' '/-i=auto|jsonl|csv|tsv format of records on standard input: auto jsonl csv tsv' '/--from=TIME from TIME on' '/-S=TIME from TIME on' '/--to=TIME until before TIME' '/-U=TIME until before TIME' '/--during=PERIOD a year, quarter, month, week, day, today, last-month, ...' '/--last=DURATION the DURATION until now' '/--all all of time (default: the last 24 h)' '/--device=@device only this device (same as name=DEVICE)' '/-d=@device only this device (same as name=DEVICE)' '/--site=@site only devices of SITE (same as site=SITE)' '/-s=@site only devices of SITE (same as site=SITE)' '/--group=@group only devices of GROUP (same as group:GROUP)' '/-g=@group only devices of GROUP (same as group:GROUP)' '/--gateway=@gateway only devices behind GATEWAY' '/--select=EXPRESSION only devices that fit (sit-selectors(7))' '/--null names from - and @FILE end with NUL, not with a line' '/-0 names from - and @FILE end with NUL, not with a line'
			set operands '/@device+DATAPOINT+FIELD '
			set fields 'l/name= its name, unique in the organisation' 'asl/title= free text for people' 'asl/key= its name on the wire; matched before the name' 'asl/site=@site the site it stands in' 'asl/gateway=@gateway the gateway it is behind' 'asl/model=@model its blueprint; that of its product, if that has one' 'asl/type=smart_sensor|peripheral|gateway|api_endpoint smart_sensor (default), peripheral (default behind a gateway), gateway, api_endpoint' 'asl/edge_key= its name at its gateway, unique there' 'asl/serial= serial number' 'asl/at= where it is: mqtt, modbus://10.7.1.11:502/3, https://...' 'asl/unit= unit behind a gateway that speaks Modbus' 'asl/enabled=true|false false: its data is not accepted' 'asl/product=@product what it is in the catalogue' 'asl/policy=@policy what it may do' 'asl/asset=@asset the asset it hangs on' 'asl/firmware= version of its firmware' 'asl/hardware= version of its hardware' 'asl/offline_after= silence after which it is offline (empty: as its model)' 'asl/note= what there is to say' 'l/created= when it was added' 'l/model_version= version of the model it was brought to' 'l/online=true|false it is heard of' 'l/last_seen= when it was last heard of, by our clock' 'l/last_telemetry= time of its newest point, by its clock' 'l/clock_skew= how far its clock was ahead of ours (behind: negative) when last heard of'
			set columns 'datapoint the datapoint' 'device the device' 'gateway gateway of the device' 'org organisation of the device' 'quality good, suspect, bad or stale' 'raw the value before scale and offset, where it differs' 'site site of the device' 'ts when it was measured' 'unit unit of the datapoint' 'value number, boolean, text or location; null only when bad or stale'
		case sit-field
			set verbs 'add add one, or with --file many' 'list print those that fit all filters (sit-selectors(7))' 'show print everything about them' 'set change fields (FIELD= clears)' 'rm remove: retires what has points, deletes the rest'
			set options 'add/--file=FILE add what FILE (- is standard input) holds: what list writes, JSON Lines or CSV' 'add/--input=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/-i=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/--upsert change what is there already' 'add/--chunk=N commit after every N records of FILE (default: all or nothing)' 'rm/--purge with all points, or all values of a field' 'list/--exit-code exit 1 when nothing is listed' 'list/-e exit 1 when nothing is listed' 'list,show,set,rm/--select=EXPRESSION those that fit' 'set,rm/--max-targets=N refuse more targets than N (rm: default 100)' 'list,show,set,rm/--null names from - and @FILE end with NUL, not with a line' 'list,show,set,rm/-0 names from - and @FILE end with NUL, not with a line' 'add,set,rm/--dry-run show what would be done, change nothing' 'add,set,rm/-n show what would be done, change nothing' 'rm/--yes do not ask' 'rm/-y do not ask' 'add,set,rm/--message=TEXT why; kept in the audit row' 'add,set,rm/-m=TEXT why; kept in the audit row'
			set operands 'add/FIELD ' 'list/FIELD ' 'show/@field ' 'set/@field+FIELD ' 'rm/@field '
			set fields 'l/name= its name, an identifier, unique for its noun; used as field.NAME' 'al/noun=org|site|asset|device|group|model|product|policy what has it' 'asl/title= free text for people' 'al/type=string|text|integer|float|boolean|date|datetime|select|multiselect|url|email|phone|json|reference what its values are' 'asl/required=true|false add refuses without it' 'asl/min= lowest number, or least characters of text' 'asl/max= highest number, or most characters of text' 'asl/pattern= regular expression (PCRE2) that text must match' 'asl/words= what select and multiselect choose from, separated by commas' 'asl/refers=site|asset|device|gateway|group|model|product|policy the noun that a reference names' 'asl/default= value of things added without one' 'asl/note= what there is to say' 'l/created= when it was added'
			set columns 'name its name, an identifier, unique for its noun; used as field.NAME' 'noun what has it' 'title free text for people' 'type what its values are' 'required add refuses without it' 'min lowest number, or least characters of text' 'max highest number, or most characters of text' 'pattern regular expression (PCRE2) that text must match' 'words what select and multiselect choose from, separated by commas' 'refers the noun that a reference names' 'default value of things added without one' 'note what there is to say' 'created when it was added'
		case sit-gateway
			set verbs 'add add one, or with --file many' 'list print those that fit all filters (sit-selectors(7))' 'show print everything about them' 'set change fields (FIELD= clears)' 'rm remove: retires what has points, deletes the rest' 'status which are heard of; exit 1 when one is late'
			set options 'add/--file=FILE add what FILE (- is standard input) holds: what list writes, JSON Lines or CSV' 'add/--input=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/-i=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/--upsert change what is there already' 'add/--chunk=N commit after every N records of FILE (default: all or nothing)' 'rm/--purge with all points, or all values of a field' 'list/--exit-code exit 1 when nothing is listed' 'list/-e exit 1 when nothing is listed' 'list,show,set,rm,status/--select=EXPRESSION those that fit' 'set,rm/--max-targets=N refuse more targets than N (rm: default 100)' 'list,show,set,rm,status/--null names from - and @FILE end with NUL, not with a line' 'list,show,set,rm,status/-0 names from - and @FILE end with NUL, not with a line' 'add,set,rm/--dry-run show what would be done, change nothing' 'add,set,rm/-n show what would be done, change nothing' 'rm/--yes do not ask' 'rm/-y do not ask' 'add,set,rm/--message=TEXT why; kept in the audit row' 'add,set,rm/-m=TEXT why; kept in the audit row' 'status/--late only those that are late'
			set operands 'add/FIELD ' 'list/FIELD ' 'show/@gateway ' 'set/@gateway+FIELD ' 'rm/@gateway ' 'status/@gateway+FIELD '
			set fields 'l/name= its name, unique in the organisation' 'asl/title= free text for people' 'asl/key= its name on the wire; matched before the name' 'asl/site=@site the site it stands in' 'asl/gateway=@gateway the gateway it is behind' 'asl/model=@model its blueprint; that of its product, if that has one' 'asl/type=smart_sensor|peripheral|gateway|api_endpoint smart_sensor (default), peripheral (default behind a gateway), gateway, api_endpoint' 'asl/edge_key= its name at its gateway, unique there' 'asl/serial= serial number' 'asl/at= where it is: mqtt, modbus://10.7.1.11:502/3, https://...' 'asl/unit= unit behind a gateway that speaks Modbus' 'asl/enabled=true|false false: its data is not accepted' 'asl/product=@product what it is in the catalogue' 'asl/policy=@policy what it may do' 'asl/asset=@asset the asset it hangs on' 'asl/firmware= version of its firmware' 'asl/hardware= version of its hardware' 'asl/offline_after= silence after which it is offline (empty: as its model)' 'asl/note= what there is to say' 'l/created= when it was added' 'l/model_version= version of the model it was brought to' 'l/online=true|false it is heard of' 'l/last_seen= when it was last heard of, by our clock' 'l/last_telemetry= time of its newest point, by its clock' 'l/clock_skew= how far its clock was ahead of ours (behind: negative) when last heard of'
			set columns 'name its name, unique in the organisation' 'title free text for people' 'key its name on the wire; matched before the name' 'site the site it stands in' 'gateway the gateway it is behind' 'model its blueprint; that of its product, if that has one' 'type smart_sensor (default), peripheral (default behind a gateway), gateway, api_endpoint' 'edge_key its name at its gateway, unique there' 'serial serial number' 'at where it is: mqtt, modbus://10.7.1.11:502/3, https://...' 'unit unit behind a gateway that speaks Modbus' 'enabled false: its data is not accepted' 'product what it is in the catalogue' 'policy what it may do' 'asset the asset it hangs on' 'firmware version of its firmware' 'hardware version of its hardware' 'offline_after silence after which it is offline (empty: as its model)' 'note what there is to say' 'created when it was added' 'model_version version of the model it was brought to' 'online it is heard of' 'last_seen when it was last heard of, by our clock' 'last_telemetry time of its newest point, by its clock' 'clock_skew how far its clock was ahead of ours (behind: negative) when last heard of'
		case sit-group
			set verbs 'add add one, or with --file many' 'list print those that fit all filters (sit-selectors(7))' 'show print everything about them' 'set change fields (FIELD= clears)' 'rm remove: retires what has points, deletes the rest' 'members print the devices in it' 'member_add put devices or groups into it' 'member_rm take devices or groups out of it' 'stats count what is in it: all groups without a name'
			set options 'add/--file=FILE add what FILE (- is standard input) holds: what list writes, JSON Lines or CSV' 'add/--input=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/-i=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/--upsert change what is there already' 'add/--chunk=N commit after every N records of FILE (default: all or nothing)' 'rm/--purge with all points, or all values of a field' 'list/--exit-code exit 1 when nothing is listed' 'list/-e exit 1 when nothing is listed' 'list,show,set,rm,member_add,member_rm/--select=EXPRESSION those that fit' 'set,rm,member_add,member_rm/--max-targets=N refuse more targets than N (rm: default 100)' 'list,show,set,rm,member_add,member_rm/--null names from - and @FILE end with NUL, not with a line' 'list,show,set,rm,member_add,member_rm/-0 names from - and @FILE end with NUL, not with a line' 'add,set,rm,member_add,member_rm/--dry-run show what would be done, change nothing' 'add,set,rm,member_add,member_rm/-n show what would be done, change nothing' 'rm/--yes do not ask' 'rm/-y do not ask' 'add,set,rm,member_add,member_rm/--message=TEXT why; kept in the audit row' 'add,set,rm,member_add,member_rm/-m=TEXT why; kept in the audit row' 'members/--direct what was put into it by hand, groups as groups'
			set operands 'add/FIELD ' 'list/FIELD ' 'show/@group ' 'set/@group+FIELD ' 'rm/@group ' 'members/@group ' 'member_add/@device+@group+group:@group ' 'member_rm/@device+@group+group:@group ' 'stats/@group '
			set fields 'l/name= its name, unique in the organisation' 'asl/title= free text for people' 'asl/select= selector of its devices (sit-selectors(7)); empty: members are added by hand' 'asl/note= what there is to say' 'l/created= when it was added'
			set columns 'name its name, unique in the organisation' 'title free text for people' 'select selector of its devices (sit-selectors(7)); empty: members are added by hand' 'note what there is to say' 'created when it was added'
		case sit-ingest
			set verbs
			set options '/--as=@device the device of records that name none; with values by hand: their device' '/--at=TIME time of values by hand (default now)' '/--input=auto|jsonl|csv|tsv format of the input: auto jsonl csv tsv' '/-i=auto|jsonl|csv|tsv format of the input: auto jsonl csv tsv' '/--time=COL columns of the time, joined by a blank (default ts)' '/--time-format=FORMAT how times are written, e.g. %d.%m.%Y %H:%M' '/--device-column=COL column that names the device (default device)' '/--map=COL only these columns, by name or number' '/--delimiter=CHAR what separates cells' '/--decimal=CHAR decimal sign of cells: . or ,' '/--null=TEXT cells that are empty too, e.g. NA' '/--unguard take away the apostrophes that sit-export puts before texts like =1+1' '/--auto-create=@site make unknown devices in SITE, and their datapoints' '/--max-create=N at most N new things (default 1000)' '/--keep=first|last which value holds at the same time: last (default) or first' '/--skew=PAST times further away are quarantined (default 36525d/1d)' '/--rejects=FILE append what is refused to FILE, with the reason' '/--batch=N points of a transaction at most (default 100000)' '/--flush=DURATION a point waits for its transaction so long at most (default 200ms)' '/--dry-run read, resolve and check, store nothing' '/-n read, resolve and check, store nothing' '/--emit print stored and corrected points after commit' '/--stats print the books as a record'
			set operands '/DATAPOINT+FILE '
			set fields
			set columns 'conflict of them with another value, which was not taken (keep first)' 'corrected points that replaced another value at the same time' 'datapoint the datapoint' 'device the device' 'duplicate points that were there already' 'empty empty cells and nulls' 'gateway gateway of the device' 'org organisation of the device' 'quality good, suspect, bad or stale' 'quarantined points that wait in quarantine' 'raw the value before scale and offset, where it differs' 'read points read; a line that cannot be read counts as one' 'rejected points that cannot be points' 'site site of the device' 'source where the points came from' 'stored new points' 'ts when it was measured' 'unit unit of the datapoint' 'value number, boolean, text or location; null only when bad or stale'
		case sit-latest
			set verbs
			set options '/--datapoint=DATAPOINT only these datapoints (names or patterns)' '/--exit-code exit 1 when nothing is found' '/-e exit 1 when nothing is found' '/--device=@device only this device (same as name=DEVICE)' '/-d=@device only this device (same as name=DEVICE)' '/--site=@site only devices of SITE (same as site=SITE)' '/-s=@site only devices of SITE (same as site=SITE)' '/--group=@group only devices of GROUP (same as group:GROUP)' '/-g=@group only devices of GROUP (same as group:GROUP)' '/--gateway=@gateway only devices behind GATEWAY' '/--select=EXPRESSION only devices that fit (sit-selectors(7))' '/--null names from - and @FILE end with NUL, not with a line' '/-0 names from - and @FILE end with NUL, not with a line'
			set operands '/@device+FIELD '
			set fields 'l/name= its name, unique in the organisation' 'asl/title= free text for people' 'asl/key= its name on the wire; matched before the name' 'asl/site=@site the site it stands in' 'asl/gateway=@gateway the gateway it is behind' 'asl/model=@model its blueprint; that of its product, if that has one' 'asl/type=smart_sensor|peripheral|gateway|api_endpoint smart_sensor (default), peripheral (default behind a gateway), gateway, api_endpoint' 'asl/edge_key= its name at its gateway, unique there' 'asl/serial= serial number' 'asl/at= where it is: mqtt, modbus://10.7.1.11:502/3, https://...' 'asl/unit= unit behind a gateway that speaks Modbus' 'asl/enabled=true|false false: its data is not accepted' 'asl/product=@product what it is in the catalogue' 'asl/policy=@policy what it may do' 'asl/asset=@asset the asset it hangs on' 'asl/firmware= version of its firmware' 'asl/hardware= version of its hardware' 'asl/offline_after= silence after which it is offline (empty: as its model)' 'asl/note= what there is to say' 'l/created= when it was added' 'l/model_version= version of the model it was brought to' 'l/online=true|false it is heard of' 'l/last_seen= when it was last heard of, by our clock' 'l/last_telemetry= time of its newest point, by its clock' 'l/clock_skew= how far its clock was ahead of ours (behind: negative) when last heard of'
			set columns 'age time since then' 'datapoint the datapoint' 'device the device' 'org organisation of the device' 'quality good, suspect, bad or stale' 'site site of the device' 'ts when it was measured' 'unit unit of the datapoint' 'value the newest value'
		case sit-model
			set verbs 'add add one, or with --file many' 'list print those that fit all filters (sit-selectors(7))' 'show print everything about them' 'set change fields (FIELD= clears)' 'rm remove: retires what has points, deletes the rest' 'apply make models what FILE says; datapoints that it does not hold are removed' 'diff what differs between the store (here) and FILE (there); exit 1 when something does' 'export print them with their datapoints, as apply reads them' 'clone add NEW with all that NAME has' 'devices its devices, and which version they are on' 'history its versions, newest first' 'sync bring the devices to the newest version'
			set options 'add/--file=FILE add what FILE (- is standard input) holds: what list writes, JSON Lines or CSV' 'add/--input=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/-i=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/--upsert change what is there already' 'add/--chunk=N commit after every N records of FILE (default: all or nothing)' 'rm/--purge with all points, or all values of a field' 'list/--exit-code exit 1 when nothing is listed' 'list/-e exit 1 when nothing is listed' 'list,show,set,rm,export,sync/--select=EXPRESSION those that fit' 'set,rm,sync/--max-targets=N refuse more targets than N (rm: default 100)' 'list,show,set,rm,export,sync/--null names from - and @FILE end with NUL, not with a line' 'list,show,set,rm,export,sync/-0 names from - and @FILE end with NUL, not with a line' 'add,set,rm,apply,clone,sync/--dry-run show what would be done, change nothing' 'add,set,rm,apply,clone,sync/-n show what would be done, change nothing' 'rm,apply/--yes do not ask' 'rm,apply/-y do not ask' 'add,set,rm,apply,clone,sync/--message=TEXT why; kept in the audit row' 'add,set,rm,apply,clone,sync/-m=TEXT why; kept in the audit row'
			set operands 'add/FIELD ' 'list/FIELD ' 'show/@model ' 'set/@model+FIELD ' 'rm/@model ' 'apply/FILE ' 'diff/FILE ' 'export/@model ' 'clone/@model+NEW ' 'devices/@model ' 'history/@model ' 'sync/@model '
			set fields 'l/name= its name, unique in the organisation' 'asl/title= free text for people' 'l/version= goes up with each change' 'asl/note= what there is to say' 'asl/icon= name of a picture' 'asl/offline_after= silence after which its devices are offline (empty: three times the shortest expected interval, else 10m)' 'asl/propagate=true|false false: devices stay on their version until sync' 'l/hash= SHA-256 of its text' 'l/created= when it was added'
			set columns 'name its name, unique in the organisation' 'title free text for people' 'version goes up with each change' 'note what there is to say' 'icon name of a picture' 'offline_after silence after which its devices are offline (empty: three times the shortest expected interval, else 10m)' 'propagate false: devices stay on their version until sync' 'hash SHA-256 of its text' 'created when it was added'
		case sit-org
			set verbs 'add add one, or with --file many' 'list print those that fit all filters (sit-selectors(7))' 'show print everything about them' 'set change fields (FIELD= clears)' 'rm remove: deletes, or retires what is referred to' 'tree print them, each below its parent'
			set options 'add/--file=FILE add what FILE (- is standard input) holds: what list writes, JSON Lines or CSV' 'add/--input=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/-i=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/--upsert change what is there already' 'add/--chunk=N commit after every N records of FILE (default: all or nothing)' 'rm/--purge with all points, or all values of a field' 'list/--exit-code exit 1 when nothing is listed' 'list/-e exit 1 when nothing is listed' 'list,show,set,rm/--select=EXPRESSION those that fit' 'set,rm/--max-targets=N refuse more targets than N (rm: default 100)' 'list,show,set,rm/--null names from - and @FILE end with NUL, not with a line' 'list,show,set,rm/-0 names from - and @FILE end with NUL, not with a line' 'add,set,rm/--dry-run show what would be done, change nothing' 'add,set,rm/-n show what would be done, change nothing' 'rm/--yes do not ask' 'rm/-y do not ask' 'add,set,rm/--message=TEXT why; kept in the audit row' 'add,set,rm/-m=TEXT why; kept in the audit row'
			set operands 'add/FIELD ' 'list/FIELD ' 'show/@org ' 'set/@org+FIELD ' 'rm/@org ' 'tree/ '
			set fields 'l/name= its name, unique in the store' 'asl/title= free text for people' 'asl/parent=@org the organisation it belongs to' 'asl/tier=free|standard|enterprise what it may use by default' 'asl/max_devices= devices at most (empty: as its tier)' 'asl/max_gateways= gateways at most (empty: as its tier)' 'asl/max_sites= sites at most (empty: as its tier)' 'asl/max_users= users at most (empty: as its tier)' 'asl/max_points_per_day= points a day at most (empty: as its tier)' 'asl/retention= how long points are kept (empty: as its tier)' 'asl/logo= its logo, for reports and pages' 'asl/color= its colour, #1a2b3c' 'asl/domain= host name its pages are served under, unique in the store' 'asl/footer= line below its reports' 'l/created= when it was added'
			set columns 'name its name, unique in the store' 'title free text for people' 'parent the organisation it belongs to' 'tier what it may use by default' 'max_devices devices at most (empty: as its tier)' 'max_gateways gateways at most (empty: as its tier)' 'max_sites sites at most (empty: as its tier)' 'max_users users at most (empty: as its tier)' 'max_points_per_day points a day at most (empty: as its tier)' 'retention how long points are kept (empty: as its tier)' 'logo its logo, for reports and pages' 'color its colour, #1a2b3c' 'domain host name its pages are served under, unique in the store' 'footer line below its reports' 'created when it was added'
		case sit-policy
			set verbs 'add add one, or with --file many' 'list print those that fit all filters (sit-selectors(7))' 'show print everything about them' 'set change fields (FIELD= clears)' 'rm remove: retires what has points, deletes the rest'
			set options 'add/--file=FILE add what FILE (- is standard input) holds: what list writes, JSON Lines or CSV' 'add/--input=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/-i=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/--upsert change what is there already' 'add/--chunk=N commit after every N records of FILE (default: all or nothing)' 'rm/--purge with all points, or all values of a field' 'list/--exit-code exit 1 when nothing is listed' 'list/-e exit 1 when nothing is listed' 'list,show,set,rm/--select=EXPRESSION those that fit' 'set,rm/--max-targets=N refuse more targets than N (rm: default 100)' 'list,show,set,rm/--null names from - and @FILE end with NUL, not with a line' 'list,show,set,rm/-0 names from - and @FILE end with NUL, not with a line' 'add,set,rm/--dry-run show what would be done, change nothing' 'add,set,rm/-n show what would be done, change nothing' 'rm/--yes do not ask' 'rm/-y do not ask' 'add,set,rm/--message=TEXT why; kept in the audit row' 'add,set,rm/-m=TEXT why; kept in the audit row'
			set operands 'add/FIELD ' 'list/FIELD ' 'show/@policy ' 'set/@policy+FIELD ' 'rm/@policy '
			set fields 'l/name= its name, unique in the organisation' 'asl/title= free text for people' 'asl/telemetry=true|false may send points' 'asl/events=true|false may send events' 'asl/commands=true|false may be sent commands' 'asl/config=true|false may be configured' 'asl/firmware=true|false may be sent firmware' 'asl/message_size= largest message in KiB' 'asl/message_rate= messages a minute at most' 'asl/note= what there is to say' 'l/created= when it was added'
			set columns 'name its name, unique in the organisation' 'title free text for people' 'telemetry may send points' 'events may send events' 'commands may be sent commands' 'config may be configured' 'firmware may be sent firmware' 'message_size largest message in KiB' 'message_rate messages a minute at most' 'note what there is to say' 'created when it was added'
		case sit-product
			set verbs 'add add one, or with --file many' 'list print those that fit all filters (sit-selectors(7))' 'show print everything about them' 'set change fields (FIELD= clears)' 'rm remove: retires what has points, deletes the rest'
			set options 'add/--file=FILE add what FILE (- is standard input) holds: what list writes, JSON Lines or CSV' 'add/--input=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/-i=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/--upsert change what is there already' 'add/--chunk=N commit after every N records of FILE (default: all or nothing)' 'rm/--purge with all points, or all values of a field' 'list/--exit-code exit 1 when nothing is listed' 'list/-e exit 1 when nothing is listed' 'list,show,set,rm/--select=EXPRESSION those that fit' 'set,rm/--max-targets=N refuse more targets than N (rm: default 100)' 'list,show,set,rm/--null names from - and @FILE end with NUL, not with a line' 'list,show,set,rm/-0 names from - and @FILE end with NUL, not with a line' 'add,set,rm/--dry-run show what would be done, change nothing' 'add,set,rm/-n show what would be done, change nothing' 'rm/--yes do not ask' 'rm/-y do not ask' 'add,set,rm/--message=TEXT why; kept in the audit row' 'add,set,rm/-m=TEXT why; kept in the audit row'
			set operands 'add/FIELD ' 'list/FIELD ' 'show/@product ' 'set/@product+FIELD ' 'rm/@product '
			set fields 'l/name= its name, unique in the organisation' 'asl/title= free text for people' 'asl/manufacturer= who makes it' 'asl/model_number= what they call it; unique with the manufacturer' 'asl/model=@model the blueprint of its devices' 'asl/category=energy_meter|power_meter|inverter|bess|bms|ev_charger|hvac|heat_meter|sensor|plc|gateway what it is' 'asl/device_type=smart_sensor|peripheral|gateway|api_endpoint type of its devices' 'asl/protocol=modbus_tcp|modbus_rtu|mqtt|https|bacnet|opcua what it speaks' 'asl/port= its usual port' 'asl/unit= its usual Modbus unit' 'asl/firmware= version of the firmware it is described for' 'asl/hardware= version of the hardware it is described for' 'asl/decoder= format of what it sends (sit-decode)' 'asl/config_schema= JSON Schema of its configuration' 'asl/datasheet= its data sheet' 'asl/image= its picture' 'asl/verified=true|false somebody compared it with the data sheet' 'asl/note= what there is to say' 'l/created= when it was added'
			set columns 'name its name, unique in the organisation' 'title free text for people' 'manufacturer who makes it' 'model_number what they call it; unique with the manufacturer' 'model the blueprint of its devices' 'category what it is' 'device_type type of its devices' 'protocol what it speaks' 'port its usual port' 'unit its usual Modbus unit' 'firmware version of the firmware it is described for' 'hardware version of the hardware it is described for' 'decoder format of what it sends (sit-decode)' 'config_schema JSON Schema of its configuration' 'datasheet its data sheet' 'image its picture' 'verified somebody compared it with the data sheet' 'note what there is to say' 'created when it was added'
		case sit-prune
			set verbs
			set options '/--older-than=AGE points older than this go: 90d, 2w, 36h' '/--datapoint=DATAPOINT only of these datapoints (names or patterns)' '/--dry-run count, change nothing' '/-n count, change nothing' '/--yes do not ask' '/-y do not ask' '/--message=TEXT why; kept in the audit row' '/-m=TEXT why; kept in the audit row' '/--device=@device only this device (same as name=DEVICE)' '/-d=@device only this device (same as name=DEVICE)' '/--site=@site only devices of SITE (same as site=SITE)' '/-s=@site only devices of SITE (same as site=SITE)' '/--group=@group only devices of GROUP (same as group:GROUP)' '/-g=@group only devices of GROUP (same as group:GROUP)' '/--gateway=@gateway only devices behind GATEWAY' '/--select=EXPRESSION only devices that fit (sit-selectors(7))' '/--null names from - and @FILE end with NUL, not with a line' '/-0 names from - and @FILE end with NUL, not with a line'
			set operands '/@device+FIELD '
			set fields 'l/name= its name, unique in the organisation' 'asl/title= free text for people' 'asl/key= its name on the wire; matched before the name' 'asl/site=@site the site it stands in' 'asl/gateway=@gateway the gateway it is behind' 'asl/model=@model its blueprint; that of its product, if that has one' 'asl/type=smart_sensor|peripheral|gateway|api_endpoint smart_sensor (default), peripheral (default behind a gateway), gateway, api_endpoint' 'asl/edge_key= its name at its gateway, unique there' 'asl/serial= serial number' 'asl/at= where it is: mqtt, modbus://10.7.1.11:502/3, https://...' 'asl/unit= unit behind a gateway that speaks Modbus' 'asl/enabled=true|false false: its data is not accepted' 'asl/product=@product what it is in the catalogue' 'asl/policy=@policy what it may do' 'asl/asset=@asset the asset it hangs on' 'asl/firmware= version of its firmware' 'asl/hardware= version of its hardware' 'asl/offline_after= silence after which it is offline (empty: as its model)' 'asl/note= what there is to say' 'l/created= when it was added' 'l/model_version= version of the model it was brought to' 'l/online=true|false it is heard of' 'l/last_seen= when it was last heard of, by our clock' 'l/last_telemetry= time of its newest point, by its clock' 'l/clock_skew= how far its clock was ahead of ours (behind: negative) when last heard of'
			set columns
		case sit-quarantine
			set verbs 'list print the points that wait' 'show print one with everything known of it' 'adopt take in those whose device and datapoint are there now' 'rm throw them away'
			set options 'list/--exit-code exit 1 when nothing is listed' 'list/-e exit 1 when nothing is listed' 'adopt/--keep-first where a point is there already, keep it' 'adopt,rm/--dry-run show what would be done, change nothing' 'adopt,rm/-n show what would be done, change nothing' 'rm/--yes do not ask' 'rm/-y do not ask' 'adopt,rm/--message=TEXT why; kept in the audit row' 'adopt,rm/-m=TEXT why; kept in the audit row'
			set operands 'list/FIELD ' 'show/ID ' 'adopt/FIELD+ID ' 'rm/FIELD+ID '
			set fields
			set columns 'at when it arrived' 'datapoint the datapoint it names' 'device the device it names' 'edge_key and the edge key' 'gateway or the gateway' 'id its number' 'place where in it' 'quality its quality' 'reason why it waits' 'source file or stream it came from' 'ts its time' 'value its value'
		case sit-query
			set verbs
			set options '/--every=STEP buckets of 15m 1h 1d 1w 1mo 1q 1y, in --tz or each device'\''s zone' '/--agg=A count sum min max avg first last delta (default count,min,max,avg)' '/--by=site|gateway|model|type|org|datapoint add up devices by site, gateway, model, type, org or datapoint' '/--limit=N at most N points' '/-N=N at most N points' '/--after=CURSOR go on behind the last row of a limited query' '/--from=TIME from TIME on' '/-S=TIME from TIME on' '/--to=TIME until before TIME' '/-U=TIME until before TIME' '/--during=PERIOD a year, quarter, month, week, day, today, last-month, ...' '/--last=DURATION the DURATION until now' '/--all all of time (default: the last 24 h)' '/--device=@device only this device (same as name=DEVICE)' '/-d=@device only this device (same as name=DEVICE)' '/--site=@site only devices of SITE (same as site=SITE)' '/-s=@site only devices of SITE (same as site=SITE)' '/--group=@group only devices of GROUP (same as group:GROUP)' '/-g=@group only devices of GROUP (same as group:GROUP)' '/--gateway=@gateway only devices behind GATEWAY' '/--select=EXPRESSION only devices that fit (sit-selectors(7))' '/--null names from - and @FILE end with NUL, not with a line' '/-0 names from - and @FILE end with NUL, not with a line'
			set operands '/@device+DATAPOINT+FIELD '
			set fields 'l/name= its name, unique in the organisation' 'asl/title= free text for people' 'asl/key= its name on the wire; matched before the name' 'asl/site=@site the site it stands in' 'asl/gateway=@gateway the gateway it is behind' 'asl/model=@model its blueprint; that of its product, if that has one' 'asl/type=smart_sensor|peripheral|gateway|api_endpoint smart_sensor (default), peripheral (default behind a gateway), gateway, api_endpoint' 'asl/edge_key= its name at its gateway, unique there' 'asl/serial= serial number' 'asl/at= where it is: mqtt, modbus://10.7.1.11:502/3, https://...' 'asl/unit= unit behind a gateway that speaks Modbus' 'asl/enabled=true|false false: its data is not accepted' 'asl/product=@product what it is in the catalogue' 'asl/policy=@policy what it may do' 'asl/asset=@asset the asset it hangs on' 'asl/firmware= version of its firmware' 'asl/hardware= version of its hardware' 'asl/offline_after= silence after which it is offline (empty: as its model)' 'asl/note= what there is to say' 'l/created= when it was added' 'l/model_version= version of the model it was brought to' 'l/online=true|false it is heard of' 'l/last_seen= when it was last heard of, by our clock' 'l/last_telemetry= time of its newest point, by its clock' 'l/clock_skew= how far its clock was ahead of ours (behind: negative) when last heard of'
			set columns 'avg sum divided by count' 'count number of good and suspect values' 'datapoint the datapoint' 'delta last minus the last value before the bucket' 'device the device' 'first the first in time' 'gateway gateway of the device' 'last the last in time' 'max the largest' 'min the smallest' 'model likewise the model' 'org organisation of the device' 'quality good, suspect, bad or stale' 'raw the value before scale and offset, where it differs' 'site site of the device' 'sum their sum' 'ts when it was measured' 'type likewise the type' 'unit unit of the datapoint' 'value number, boolean, text or location; null only when bad or stale'
		case sit-site
			set verbs 'add add one, or with --file many' 'list print those that fit all filters (sit-selectors(7))' 'show print everything about them' 'set change fields (FIELD= clears)' 'rm remove: retires what has points, deletes the rest'
			set options 'add/--file=FILE add what FILE (- is standard input) holds: what list writes, JSON Lines or CSV' 'add/--input=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/-i=auto|jsonl|csv|tsv format of FILE: auto jsonl csv tsv' 'add/--upsert change what is there already' 'add/--chunk=N commit after every N records of FILE (default: all or nothing)' 'rm/--purge with all points, or all values of a field' 'list/--exit-code exit 1 when nothing is listed' 'list/-e exit 1 when nothing is listed' 'list,show,set,rm/--select=EXPRESSION those that fit' 'set,rm/--max-targets=N refuse more targets than N (rm: default 100)' 'list,show,set,rm/--null names from - and @FILE end with NUL, not with a line' 'list,show,set,rm/-0 names from - and @FILE end with NUL, not with a line' 'add,set,rm/--dry-run show what would be done, change nothing' 'add,set,rm/-n show what would be done, change nothing' 'rm/--yes do not ask' 'rm/-y do not ask' 'add,set,rm/--message=TEXT why; kept in the audit row' 'add,set,rm/-m=TEXT why; kept in the audit row'
			set operands 'add/FIELD ' 'list/FIELD ' 'show/@site ' 'set/@site+FIELD ' 'rm/@site '
			set fields 'l/name= its name, unique in the organisation' 'asl/title= free text for people' 'asl/tz=ZONE its time zone (IANA name)' 'asl/latitude= degrees north, WGS 84' 'asl/longitude= degrees east, WGS 84' 'asl/address= postal address' 'l/created= when it was added'
			set columns 'name its name, unique in the organisation' 'title free text for people' 'tz its time zone (IANA name)' 'latitude degrees north, WGS 84' 'longitude degrees east, WGS 84' 'address postal address' 'created when it was added'
		case '*'
			return 1
	end
end

# Print the candidates $argv[2..], each behind $argv[1].
function __sit_behind
	set -q argv[2]; and printf '%s\n' $argv[1]$argv[2..]
end

# Names of the things called noun $argv[1] that begin with $argv[2], from the store that the line names.
function __sit_names --no-scope-shadowing
	set -l only
	string match -qr '^[A-Za-z0-9._-]+$' -- $argv[2]; and set only "name=$argv[2]*"
	command sit-$argv[1] list $store -f tsv --columns name --no-header $only 2>/dev/null </dev/null
end

# Print candidates for a value of kind $argv[1] after the prefix $argv[2] ("--format=", "type=").
function __sit_values --no-scope-shadowing
	set -l kind $argv[1]
	set -l before $argv[2]
	set -l have (string sub -s (math 1 + (string length -- "$before")) -- "$cur")
	set -l listed (string match -r '^.*,' -- $have)
	switch $kind
		case '*@*'
			set -l of (string split @ -- $kind)
			set before "$before$listed$of[1]"
			__sit_behind $before (__sit_names $of[2] (string sub -s (math 1 + (string length -- $before)) -- "$cur"))
		case FILE
			__sit_behind $before (__fish_complete_path "$have")
		case DIR FOLDER
			__sit_behind $before (__fish_complete_directories "$have" '')
		case ZONE
			__sit_behind $before (sed -n 's/^Z \([^ ]*\) .*/\1/p; s/^L [^ ]* //p' /usr/share/zoneinfo/tzdata.zi 2>/dev/null)
		case COLUMN
			__sit_behind $before(string match -r '^-?' -- "$have") $columns | string replace ' ' \t
		case COLUMNS
			__sit_behind "$before$listed" $columns | string replace ' ' \t
		case '*'
			string match -qr '[a-z]' -- $kind; and __sit_behind "$before$listed" (string split '|' -- $kind)
	end
end

# The kind of value that option $argv[1] takes into kind; false when it takes none or there is no such option.
function __sit_option_kind --no-scope-shadowing
	set kind (string match -r "^[^/]*/$argv[1]=\S*" -- $options $common)[1]
	or return
	set kind (string replace -r '^[^=]*=' '' -- $kind)
end

# Walk the words before the cursor: operands into given, the store's options into store, a value that the cursor is in into kind.
function __sit_walk --no-scope-shadowing
	set -l i 1
	while test $i -lt (count $words)
		set i (math $i + 1)
		set -l word $words[$i]
		if test -n "$only_operands"; or test "$word" = -; or not string match -q -- '-*' $word
			set -a given $word
		else if test "$word" = --
			set only_operands 1
		else if string match -qr '^(--db=|--org=|-[DO].)' -- $word
			set -a store $word
		else if not string match -q -- '--*=*' $word
			string match -q -- '--*' $word; or set word -(string sub -s -1 -- $word)
			__sit_option_kind $word; or continue
			set i (math $i + 1)
			if test $i -gt (count $words)
				set value 1
			else if contains -- $word --db --org -D -O
				set -a store $word (string replace -r '^~/' "$HOME/" -- $words[$i])
			end
		end
	end
end

# The verb that was given, if any, into verb.
function __sit_verb --no-scope-shadowing
	set -l known (string replace -r ' .*' '' -- $verbs)
	for v in "$given[1]" "$given[1]_$given[2]"
		contains -- $v $known; and set verb $v
	end
end

function __sit_offer_options --no-scope-shadowing
	for o in $options $common
		set -l only (string split -m 1 / -- $o)
		if test -z "$verb"; or test -z "$only[1]"; or contains -- $verb (string split , -- $only[1])
			string replace -r '^(\S*?)(=\S*)? ' '$1\t' -- $only[2]
		end
	end
end

# Terms field=value.
function __sit_offer_fields --no-scope-shadowing
	set -l when l
	switch $verb
		case add
			set when a
		case set
			set when s
	end
	set -l of_when (string match -r "^[asl]*$when\w*/.*" -- $fields | string replace -r '^[^/]*/' '')
	if string match -q '*=*' -- $cur
		set -l field (string replace -r '=.*' = -- $cur)
		set -l found (string match -- "$field*" $of_when)
		and __sit_values (string replace -r '^[^=]*=(\S*) .*' '$1' -- $found[1]) $field
	else
		string replace -r '=\S* ' '=\t' -- $of_when
	end
end

# The first words of verbs, or the second ones after a word that is no verb by itself.
function __sit_offer_verbs --no-scope-shadowing
	if not set -q given[1]
		string replace -r '^([^ _]+)(_\S+ .*)?' '$1' -- $verbs | string replace ' ' \t | sort -u
	else if not set -q given[2]
		string match -r "^$given[1]_.*" -- $verbs | string replace -r '^[^_]*_' '' | string replace ' ' \t
	end
end

function __sit_offer_operands --no-scope-shadowing
	set -l kinds (string match -r "^$verb/.*" -- $operands | string replace -r '^[^/]*/(\S*).*' '$1' | string split -n +)
	if contains FIELD $kinds
		__sit_offer_fields
		string match -q '*=*' -- $cur; and return
	end
	for k in $kinds
		test $k = FIELD; or __sit_values $k ''
	end
end

# Print what continues the line up to the cursor.
function __sit_complete
	set -l words (commandline -opc)
	set -l cur (commandline -ct)
	set -l program (string replace -r '.*/' '' -- $words[1])
	set -l programs
	set -l common
	set -l verbs
	set -l options
	set -l operands
	set -l fields
	set -l columns
	set -l given
	set -l store
	set -l verb ''
	set -l kind
	set -l value
	set -l only_operands

	__sit_interface $program
	if test $program = sit; and set -q words[2]; and __sit_interface sit-$words[2]
		set program sit-$words[2]
		set -e words[1]
	end
	__sit_walk
	__sit_verb
	if test -n "$value"
		__sit_values "$kind" ''
	else if test -z "$only_operands"; and string match -q -- '--*=*' $cur
		set -l option (string replace -r '=.*' '' -- $cur)
		__sit_option_kind $option; and __sit_values "$kind" $option=
	else if test -z "$only_operands"; and string match -q -- '-*' $cur
		__sit_offer_options
	else if set -q verbs[1]; and test -z "$verb"
		test $program = sit; and not set -q given[1]; and string match -r '^sit-.*' -- $programs | string replace -r '^sit-(\S*) ' '$1\t'
		__sit_offer_verbs
	else
		__sit_offer_operands
	end
end

# The file is read once for each program, by its name.
for program in sit sit-asset sit-audit sit-datapoint sit-db sit-device sit-estate sit-export sit-field sit-gateway sit-group sit-ingest sit-latest sit-model sit-org sit-policy sit-product sit-prune sit-quarantine sit-query sit-site
	contains -- $program $__sit_completes; and continue
	set -ga __sit_completes $program
	complete -c $program -f -a '(__sit_complete)'
end
