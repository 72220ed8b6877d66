# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Completion of sit's programs in bash. Written by `make generate`: edit share/complete/bash instead.

# The interface of program $1, into the variables of _sit; share/complete/interface.jq says what stands in them.
_sit_interface() {
	programs='sit sit-alarm sit-asset sit-audit sit-backup sit-broker sit-datapoint sit-db sit-device sit-estate sit-event sit-explain sit-export sit-field sit-gateway sit-group sit-ingest sit-latest sit-limit sit-model sit-notify sit-onboard sit-org sit-policy sit-product sit-prune sit-publish sit-quarantine sit-query sit-rule sit-site sit-subscribe sit-user sit-watch'
	common='/--help /-h /--version /-V /--db=URL /-D=URL /--org=@org /-O=@org /--format=table|jsonl|json|csv|tsv /-f=table|jsonl|json|csv|tsv /--columns=COLUMNS /--sort=COLUMN /--no-header /--output=FILE /-o=FILE /--tz=ZONE /--color=auto|always|never /--no-progress /--no-input /--quiet /-q /--verbose /-v /--describe'
	case $1 in
	sit)
		verbs='settings find programs help'
		options='settings/--show-origin find/--exit-code find/-e'
		operands='settings/ find/WORD programs/ help/PROGRAM'
		fields=''
		columns='about name what'
		;;
	sit-alarm)
		verbs='list check show history ack clear shelve unshelve assign comment stats explain silence_add silence_list silence_rm run'
		options='list/--active list,silence_list/--all list,check,history,ack,clear,shelve,unshelve,assign,comment,stats/--device=@device list,check,history,ack,clear,shelve,unshelve,assign,comment,stats/-d=@device list,check,history,ack,clear,shelve,unshelve,assign,comment,stats/--site=@site list,check,history,ack,clear,shelve,unshelve,assign,comment,stats/-s=@site list,check,history,ack,clear,shelve,unshelve,assign,comment,stats/--group=@group list,check,history,ack,clear,shelve,unshelve,assign,comment,stats/-g=@group list,check,history,ack,clear,shelve,unshelve,assign,comment,stats/--gateway=@gateway list,check,history,ack,clear,shelve,unshelve,assign,comment,stats/--select=EXPRESSION ack,clear,shelve,unshelve,assign,comment,silence_rm/--null ack,clear,shelve,unshelve,assign,comment,silence_rm/-0 list,history,stats,silence_add/--from=TIME list,history,stats,silence_add/-S=TIME list,history,stats/--to=TIME list,history,stats/-U=TIME list,history,stats/--during=PERIOD list,history,stats/--last=DURATION list,history/--after=ID list,history/--limit=N list,history/-N=N list/--exit-code list/-e stats/--by=A stats/--top=N assign/--none shelve,silence_add/--for=DURATION shelve,silence_add/--until=TIME silence_add/--schedule=WINDOWS ack,clear,shelve,unshelve,assign,comment,silence_add,silence_rm,run/--dry-run ack,clear,shelve,unshelve,assign,comment,silence_add,silence_rm,run/-n ack,clear,shelve,unshelve,assign,comment,silence_add,silence_rm,run/--message=TEXT ack,clear,shelve,unshelve,assign,comment,silence_add,silence_rm,run/-m=TEXT run/--follow run/-F'
		operands='list/@device+FIELD+ID check/@device+FIELD+ID show/ID history/@device+FIELD+ID ack/ID clear/ID shelve/ID unshelve/ID assign/@user+ID comment/ID stats/@device+FIELD+ID explain/ID silence_add/@device+FIELD silence_list/FIELD+ID silence_rm/ID run/'
		fields=''
		columns='acked acked_by active alarm alarms assigned at begins change cleared created datapoint device duration ends flapping flaps id last matchers message mtta mttr note number org owner peak raised rate rule schedule severity shelved site state step suppressed threshold ts tz unacked value what who why'
		;;
	sit-asset)
		verbs='add list show set rm'
		options='add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv add/--delimiter=CHAR add/--upsert add/--chunk=N rm/--purge list/--exit-code list/-e list,show,set,rm/--select=EXPRESSION set,rm/--max-targets=N list,show,set,rm/--null list,show,set,rm/-0 add,set,rm/--dry-run add,set,rm/-n rm/--yes rm/-y add,set,rm/--message=TEXT add,set,rm/-m=TEXT'
		operands='add/FIELD list/FIELD show/@asset set/@asset+FIELD rm/@asset'
		fields='l/name= asl/title= asl/site=@site asl/parent=@asset asl/kind= asl/tag= asl/serial= asl/manufacturer= asl/note= l/created='
		columns='name title site parent kind tag serial manufacturer note created'
		;;
	sit-audit)
		verbs='list show stats export verify checkpoint'
		options='list,stats/--user=LOGIN list,stats/--resource=NOUN list/--after=ID list/--follow list/-F list/--exit-code list/-e stats/--by=COLUMN stats/--sinks verify,checkpoint/--key=FILE verify/--checkpoints=FILE export/--message=TEXT export/-m=TEXT /--from=TIME /-S=TIME /--to=TIME /-U=TIME /--during=PERIOD /--last=DURATION'
		operands='list/FIELD show/ID stats/FIELD export/ verify/FILE checkpoint/'
		fields=''
		columns='actor address agent at error failed hash id message name new noun old org origin seq session signature sink verb waiting what who'
		;;
	sit-backup)
		verbs='create verify restore list'
		options='create/--verify restore/--to=URL restore/--replace'
		operands='create/FOLDER verify/SET restore/SET list/FOLDER'
		fields=''
		columns='at bytes epoch file finding from kind org points replay schema set source state store to'
		;;
	sit-broker)
		verbs='init sync run status check rotate'
		options='/--dir=DIR init,run/--listen= init,run/--websocket= init,run/--cert=FILE init,run/--key=FILE init,run/--ca=FILE init,run/--socket=PATH init,run/--url=URL sync/--dry-run sync/-n check/--within=DURATION'
		operands='init/ sync/ run/ status/ check/ rotate/SERVICE'
		fields=''
		columns='certificate_until current digest finding folder listens loaded logins process refused synced what'
		;;
	sit-datapoint)
		verbs='add list show set rm'
		options='add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv add/--delimiter=CHAR add/--upsert add/--chunk=N rm/--purge list/--exit-code list/-e list,show,set,rm/--select=EXPRESSION set,rm/--max-targets=N list,show,set,rm/--null list,show,set,rm/-0 add,set,rm/--dry-run add,set,rm/-n rm/--yes rm/-y add,set,rm/--message=TEXT add,set,rm/-m=TEXT'
		operands='add/FIELD list/FIELD show/@datapoint set/@datapoint+FIELD rm/@datapoint'
		fields='l/name= al/model=@model al/device=@device asl/title= asl/key= asl/type=float|int|boolean|string|enum|location asl/kind=gauge|counter|state|text asl/unit= asl/precision= asl/scale= asl/offset= asl/min= asl/max= asl/words= asl/aggregation=none|sum|avg|min|max|count|last|delta asl/expected_interval= asl/required=true|false asl/category= l/created='
		columns='name model device title key type kind unit precision scale offset min max words aggregation expected_interval required category created'
		;;
	sit-db)
		verbs='init migrate check compact stats copy sql mirror_on mirror_off mirror_rebuild mirror_status shard_add shard_list shard_rm shard_check'
		options='init/--system init/--test compact/--all compact/--budget=DURATION stats/--by=org|device sql/--write mirror_on,mirror_off,mirror_rebuild/--select=SELECTOR mirror_on,mirror_off,mirror_rebuild/--datapoint=DATAPOINT'
		operands='init/ migrate/ check/ compact/ stats/ copy/NEW+STORE sql/TEXT mirror_on/@device+FIELD mirror_off/@device+FIELD mirror_rebuild/@device+FIELD mirror_status/ shard_add/URL shard_list/ shard_rm/ shard_check/'
		fields=''
		columns='audit bytes bytes_per_point chunks datapoint datapoints device devices filled free_bytes models newest oldest org orgs points quarantined rows runs schema series sites wal_bytes'
		;;
	sit-device)
		verbs='add list show set rm history status run checklist credential_add credential_list credential_rotate credential_revoke label'
		options='add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv add/--delimiter=CHAR add/--upsert add/--chunk=N rm/--purge list/--exit-code list/-e list,show,set,rm,status,checklist,label/--select=EXPRESSION set,rm/--max-targets=N list,show,set,rm,status,checklist,label/--null list,show,set,rm,status,checklist,label/-0 add,set,rm,run,credential_add,credential_rotate,credential_revoke/--dry-run add,set,rm,run,credential_add,credential_rotate,credential_revoke/-n rm/--yes rm/-y add,set,rm,run,credential_add,credential_rotate,credential_revoke/--message=TEXT add,set,rm,run,credential_add,credential_rotate,credential_revoke/-m=TEXT status/--late credential_add,credential_rotate/--expires=TIME credential_add/--note=TEXT credential_rotate/--overlap=DURATION credential_add,credential_rotate/--bundle=json|mosquitto_pub|c credential_add,credential_rotate/--url=URL credential_add,credential_rotate/--show'
		operands='add/FIELD list/FIELD show/@device set/@device+FIELD rm/@device history/@device status/@device+FIELD run/ checklist/@device+FIELD credential_add/@device credential_list/@device credential_rotate/LOGIN credential_revoke/LOGIN label/@device+FIELD'
		fields='l/name= asl/title= asl/key= asl/site=@site asl/gateway=@gateway asl/model=@model asl/type=smart_sensor|peripheral|gateway|api_endpoint asl/edge_key= asl/serial= asl/at= asl/unit= asl/enabled=true|false asl/product=@product asl/policy=@policy asl/asset=@asset asl/firmware= asl/hardware= asl/offline_after= asl/profile=sit|saveit|zoho|thingsboard asl/note= l/created= l/model_version= l/online=true|false l/last_seen= l/last_telemetry= l/clock_skew='
		columns='name title key site gateway model type edge_key serial at unit enabled product policy asset firmware hardware offline_after profile note created model_version online last_seen last_telemetry clock_skew'
		;;
	sit-estate)
		verbs='export diff apply'
		options='apply/--prune apply/--dry-run apply/-n apply/--yes apply/-y apply/--message=TEXT apply/-m=TEXT'
		operands='export/ diff/FILE apply/FILE'
		fields=''
		columns='field here name noun there'
		;;
	sit-event)
		verbs='add list show correlate timeline'
		options='add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv list/--follow list/-F list/--exit-code list/-e correlate/--window=DURATION /--device=@device /-d=@device /--site=@site /-s=@site /--group=@group /-g=@group /--gateway=@gateway /--select=EXPRESSION /--null /-0 /--from=TIME /-S=TIME /--to=TIME /-U=TIME /--during=PERIOD /--last=DURATION'
		operands='add/FIELD list/@device+FIELD show/ID correlate/@device+FIELD timeline/@device'
		fields=''
		columns='after alarm at change data device from group id kind lane message of org rule severity source to ts what who'
		;;
	sit-explain)
		verbs=''
		options='/--all /--from=TIME /-S=TIME /--to=TIME /-U=TIME /--during=PERIOD /--last=DURATION'
		operands='/@device+SERIES'
		fields=''
		columns='cause datapoint device evidence org points since step todo verdict what'
		;;
	sit-export)
		verbs=''
		options='/--wide /--raw /--no-guard /--input=auto|jsonl|csv|tsv /-i=auto|jsonl|csv|tsv /--from=TIME /-S=TIME /--to=TIME /-U=TIME /--during=PERIOD /--last=DURATION /--all /--device=@device /-d=@device /--site=@site /-s=@site /--group=@group /-g=@group /--gateway=@gateway /--select=EXPRESSION /--null /-0'
		operands='/@device+DATAPOINT+FIELD'
		fields='l/name= asl/title= asl/key= asl/site=@site asl/gateway=@gateway asl/model=@model asl/type=smart_sensor|peripheral|gateway|api_endpoint asl/edge_key= asl/serial= asl/at= asl/unit= asl/enabled=true|false asl/product=@product asl/policy=@policy asl/asset=@asset asl/firmware= asl/hardware= asl/offline_after= asl/profile=sit|saveit|zoho|thingsboard asl/note= l/created= l/model_version= l/online=true|false l/last_seen= l/last_telemetry= l/clock_skew='
		columns='datapoint device gateway org quality raw site ts unit value'
		;;
	sit-field)
		verbs='add list show set rm'
		options='add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv add/--delimiter=CHAR add/--upsert add/--chunk=N rm/--purge list/--exit-code list/-e list,show,set,rm/--select=EXPRESSION set,rm/--max-targets=N list,show,set,rm/--null list,show,set,rm/-0 add,set,rm/--dry-run add,set,rm/-n rm/--yes rm/-y add,set,rm/--message=TEXT add,set,rm/-m=TEXT'
		operands='add/FIELD list/FIELD show/@field set/@field+FIELD rm/@field'
		fields='l/name= al/noun=org|site|asset|device|group|model|product|policy asl/title= al/type=string|text|integer|float|boolean|date|datetime|select|multiselect|url|email|phone|json|reference asl/required=true|false asl/min= asl/max= asl/pattern= asl/words= asl/refers=site|asset|device|gateway|group|model|product|policy asl/default= asl/note= l/created='
		columns='name noun title type required min max pattern words refers default note created'
		;;
	sit-gateway)
		verbs='add list show set rm history status credential_add credential_list credential_rotate credential_revoke'
		options='add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv add/--delimiter=CHAR add/--upsert add/--chunk=N rm/--purge list/--exit-code list/-e list,show,set,rm,status/--select=EXPRESSION set,rm/--max-targets=N list,show,set,rm,status/--null list,show,set,rm,status/-0 add,set,rm,credential_add,credential_rotate,credential_revoke/--dry-run add,set,rm,credential_add,credential_rotate,credential_revoke/-n rm/--yes rm/-y add,set,rm,credential_add,credential_rotate,credential_revoke/--message=TEXT add,set,rm,credential_add,credential_rotate,credential_revoke/-m=TEXT status/--late credential_add,credential_rotate/--expires=TIME credential_add/--note=TEXT credential_rotate/--overlap=DURATION credential_add,credential_rotate/--bundle=json|mosquitto_pub|c credential_add,credential_rotate/--url=URL credential_add,credential_rotate/--show'
		operands='add/FIELD list/FIELD show/@gateway set/@gateway+FIELD rm/@gateway history/@gateway status/@gateway+FIELD credential_add/@gateway credential_list/@gateway credential_rotate/LOGIN credential_revoke/LOGIN'
		fields='l/name= asl/title= asl/key= asl/site=@site asl/gateway=@gateway asl/model=@model asl/type=smart_sensor|peripheral|gateway|api_endpoint asl/edge_key= asl/serial= asl/at= asl/unit= asl/enabled=true|false asl/product=@product asl/policy=@policy asl/asset=@asset asl/firmware= asl/hardware= asl/offline_after= asl/profile=sit|saveit|zoho|thingsboard asl/note= l/created= l/model_version= l/online=true|false l/last_seen= l/last_telemetry= l/clock_skew='
		columns='name title key site gateway model type edge_key serial at unit enabled product policy asset firmware hardware offline_after profile note created model_version online last_seen last_telemetry clock_skew'
		;;
	sit-group)
		verbs='add list show set rm members member_add member_rm stats'
		options='add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv add/--delimiter=CHAR add/--upsert add/--chunk=N rm/--purge list/--exit-code list/-e list,show,set,rm,member_add,member_rm/--select=EXPRESSION set,rm,member_add,member_rm/--max-targets=N list,show,set,rm,member_add,member_rm/--null list,show,set,rm,member_add,member_rm/-0 add,set,rm,member_add,member_rm/--dry-run add,set,rm,member_add,member_rm/-n rm/--yes rm/-y add,set,rm,member_add,member_rm/--message=TEXT add,set,rm,member_add,member_rm/-m=TEXT members/--direct'
		operands='add/FIELD list/FIELD show/@group set/@group+FIELD rm/@group members/@group member_add/@device+@group+group:@group member_rm/@device+@group+group:@group stats/@group'
		fields='l/name= asl/title= asl/select= asl/note= l/created='
		columns='name title select note created'
		;;
	sit-ingest)
		verbs=''
		options='/--as=@device /--at=TIME /--input=auto|jsonl|csv|tsv /-i=auto|jsonl|csv|tsv /--time=COL /--time-format=FORMAT /--device-column=COL /--map=COL /--delimiter=CHAR /--decimal=CHAR /--null=TEXT /--unguard /--auto-create=@site /--max-create=N /--keep=first|last /--skew=PAST /--rejects=FILE /--batch=N /--flush=DURATION /--dry-run /-n /--emit /--stats /--user=LOGIN /--password=WHERE /--cafile=FILE /--cert=FILE /--key=FILE /--client-id=ID /--profile=sit|saveit|zoho|thingsboard /--topic=FILTER /--share=SHARE /--session=DURATION /--wait /--spool=DIR /--spool-max=SIZE'
		operands='/DATAPOINT+FILE+URL'
		fields=''
		columns='conflict corrected datapoint device duplicate empty gateway org quality quarantined raw read rejected site source spooled stored ts unit value'
		;;
	sit-latest)
		verbs=''
		options='/--datapoint=DATAPOINT /--exit-code /-e /--device=@device /-d=@device /--site=@site /-s=@site /--group=@group /-g=@group /--gateway=@gateway /--select=EXPRESSION /--null /-0'
		operands='/@device+FIELD'
		fields='l/name= asl/title= asl/key= asl/site=@site asl/gateway=@gateway asl/model=@model asl/type=smart_sensor|peripheral|gateway|api_endpoint asl/edge_key= asl/serial= asl/at= asl/unit= asl/enabled=true|false asl/product=@product asl/policy=@policy asl/asset=@asset asl/firmware= asl/hardware= asl/offline_after= asl/profile=sit|saveit|zoho|thingsboard asl/note= l/created= l/model_version= l/online=true|false l/last_seen= l/last_telemetry= l/clock_skew='
		columns='age datapoint device org quality site ts unit value'
		;;
	sit-limit)
		verbs='list set rm usage explain'
		options='set,rm/--dry-run set,rm/-n rm/--yes rm/-y set,rm/--message=TEXT set,rm/-m=TEXT'
		operands='list/ set/LIMIT+WHOSE+over+quarantine rm/WHOSE usage/ explain/WHOSE'
		fields=''
		columns='devices from grace holds left limit org over passes percent quota refused state used what whose window'
		;;
	sit-model)
		verbs='add list show set rm apply diff export clone devices history sync'
		options='add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv add/--delimiter=CHAR add/--upsert add/--chunk=N rm/--purge list/--exit-code list/-e list,show,set,rm,export,sync/--select=EXPRESSION set,rm,sync/--max-targets=N list,show,set,rm,export,sync/--null list,show,set,rm,export,sync/-0 add,set,rm,apply,clone,sync/--dry-run add,set,rm,apply,clone,sync/-n rm,apply/--yes rm,apply/-y add,set,rm,apply,clone,sync/--message=TEXT add,set,rm,apply,clone,sync/-m=TEXT'
		operands='add/FIELD list/FIELD show/@model set/@model+FIELD rm/@model apply/FILE diff/FILE export/@model+PATTERN clone/@model+NEW devices/@model history/@model sync/@model'
		fields='l/name= asl/title= l/version= asl/note= asl/icon= asl/offline_after= asl/propagate=true|false l/hash= l/created='
		columns='name title version note icon offline_after propagate hash created'
		;;
	sit-notify)
		verbs='send run history status retry release channel_add channel_list channel_show channel_set channel_rm channel_secret channel_test route_add route_list route_show route_set route_rm'
		options='send/--channel=CHANNEL send/--subject=TEXT send/--severity=info|warning|error|critical send/--attach=FILE run/--follow run/-F history/--after=ID channel_secret/--secret= channel_secret/--clear retry,release/--all release/--drop channel_add,route_add/--file=FILE channel_add,route_add/--input=auto|jsonl|csv|tsv channel_add,route_add/-i=auto|jsonl|csv|tsv channel_add,route_add/--delimiter=CHAR channel_add,route_add/--upsert channel_add,route_add/--chunk=N channel_rm,route_rm/--purge channel_list,route_list/--exit-code channel_list,route_list/-e status,channel_list,channel_show,channel_set,channel_rm,route_list,route_show,route_set,route_rm/--select=EXPRESSION channel_set,channel_rm,route_set,route_rm/--max-targets=N status,channel_list,channel_show,channel_set,channel_rm,route_list,route_show,route_set,route_rm/--null status,channel_list,channel_show,channel_set,channel_rm,route_list,route_show,route_set,route_rm/-0 run,channel_add,channel_set,channel_rm,route_add,route_set,route_rm/--dry-run run,channel_add,channel_set,channel_rm,route_add,route_set,route_rm/-n channel_rm,route_rm/--yes channel_rm,route_rm/-y run,channel_add,channel_set,channel_rm,route_add,route_set,route_rm/--message=TEXT run,channel_add,channel_set,channel_rm,route_add,route_set,route_rm/-m=TEXT'
		operands='send/TEXT run/ history/FIELD status/ID retry/ID release/ID channel_add/FIELD channel_list/FIELD channel_show/ channel_set/FIELD channel_rm/ channel_secret/ channel_test/ route_add/FIELD route_list/FIELD route_show/ route_set/FIELD route_rm/'
		fields='asl/allow_private=true|false asl/by=all|gateway|site|device|rule asl/ca= asl/change=raised|escalated|lowered|acknowledged|shelved|unshelved|flapping|cleared asl/channel=@channel asl/command= l/created= asl/enabled=true|false asl/escalate= asl/from= asl/group= asl/kind=alarm|state_change|maintenance|system|user_action l/name= asl/note= asl/path= asl/quiet= asl/quiet_over=info|warning|error|critical asl/repeat= asl/rule= asl/schedule= l/secret_since= asl/select= asl/severity=info|warning|error|critical asl/subject= asl/text= asl/timeout= asl/title= asl/tls=required|off asl/to= asl/tries= al/type=email|webhook|slack|teams|sms|push|exec|file|journal asl/tz=ZONE asl/url= asl/user='
		columns='alarm answer channel created device due ended id into kind record route severity state to token tries'
		;;
	sit-onboard)
		verbs='add register claim list rm'
		options='add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv add/--rejects=FILE add,claim/--login=auto|always|never add,claim/--bundle=json|mosquitto_pub|c add,claim/--into=DIR add,claim/--url=URL add,register,claim/--expires=TIME add,claim/--note=TEXT claim/--secret= add,register,claim/--show add,register,claim,rm/--dry-run add,register,claim,rm/-n rm/--yes rm/-y add,register,claim,rm/--message=TEXT add,register,claim,rm/-m=TEXT'
		operands='add/FIELD register/FIELD+KEY claim/FIELD+KEY list/ rm/KEY'
		fields='l/name= asl/title= asl/key= asl/site=@site asl/gateway=@gateway asl/model=@model asl/type=smart_sensor|peripheral|gateway|api_endpoint asl/edge_key= asl/serial= asl/at= asl/unit= asl/enabled=true|false asl/product=@product asl/policy=@policy asl/asset=@asset asl/firmware= asl/hardware= asl/offline_after= asl/profile=sit|saveit|zoho|thingsboard asl/note= l/created= l/model_version= l/online=true|false l/last_seen= l/last_telemetry= l/clock_skew='
		columns='name title key site gateway model type edge_key serial at unit enabled product policy asset firmware hardware offline_after profile note created model_version online last_seen last_telemetry clock_skew'
		;;
	sit-org)
		verbs='add list show set rm tree usage quota export import erase'
		options='add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv add/--delimiter=CHAR add/--upsert add/--chunk=N rm/--purge list/--exit-code list/-e list,show,set,rm,export/--select=EXPRESSION set,rm/--max-targets=N list,show,set,rm,export/--null list,show,set,rm,export/-0 add,set,rm,import,erase/--dry-run add,set,rm,import,erase/-n rm,erase/--yes rm,erase/-y add,set,rm,import,erase/--message=TEXT add,set,rm,import,erase/-m=TEXT erase/--after=SET'
		operands='add/FIELD list/FIELD show/@org set/@org+FIELD rm/@org tree/ usage/@org quota/@org+WHAT export/@org import/@org+SET erase/@org'
		fields='l/name= asl/title= asl/parent=@org asl/tier=free|standard|enterprise|unlimited asl/max_devices= asl/max_gateways= asl/max_sites= asl/max_users= asl/max_points_per_day= asl/retention= asl/audit_reads=none|personal|all asl/logo= asl/color= asl/domain= asl/footer= asl/profile=saveit|zoho|thingsboard l/created='
		columns='name title parent tier max_devices max_gateways max_sites max_users max_points_per_day retention audit_reads logo color domain footer profile created'
		;;
	sit-policy)
		verbs='add list show set rm'
		options='add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv add/--delimiter=CHAR add/--upsert add/--chunk=N rm/--purge list/--exit-code list/-e list,show,set,rm/--select=EXPRESSION set,rm/--max-targets=N list,show,set,rm/--null list,show,set,rm/-0 add,set,rm/--dry-run add,set,rm/-n rm/--yes rm/-y add,set,rm/--message=TEXT add,set,rm/-m=TEXT'
		operands='add/FIELD list/FIELD show/@policy set/@policy+FIELD rm/@policy'
		fields='l/name= asl/title= asl/telemetry=true|false asl/events=true|false asl/commands=true|false asl/config=true|false asl/firmware=true|false asl/message_size= asl/message_rate= asl/over=delay|quarantine asl/note= l/created='
		columns='name title telemetry events commands config firmware message_size message_rate over note created'
		;;
	sit-product)
		verbs='add list show set rm'
		options='add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv add/--delimiter=CHAR add/--upsert add/--chunk=N rm/--purge list/--exit-code list/-e list,show,set,rm/--select=EXPRESSION set,rm/--max-targets=N list,show,set,rm/--null list,show,set,rm/-0 add,set,rm/--dry-run add,set,rm/-n rm/--yes rm/-y add,set,rm/--message=TEXT add,set,rm/-m=TEXT'
		operands='add/FIELD list/FIELD show/@product set/@product+FIELD rm/@product'
		fields='l/name= asl/title= asl/manufacturer= asl/model_number= asl/model=@model asl/category=energy_meter|power_meter|inverter|bess|bms|ev_charger|hvac|heat_meter|sensor|plc|gateway asl/device_type=smart_sensor|peripheral|gateway|api_endpoint asl/protocol=modbus_tcp|modbus_rtu|mqtt|https|bacnet|opcua asl/port= asl/unit= asl/firmware= asl/hardware= asl/decoder= asl/config_schema= asl/datasheet= asl/image= asl/verified=true|false asl/note= l/created='
		columns='name title manufacturer model_number model category device_type protocol port unit firmware hardware decoder config_schema datasheet image verified note created'
		;;
	sit-prune)
		verbs=''
		options='/--older-than=AGE /--retention /--datapoint=DATAPOINT /--dry-run /-n /--yes /-y /--message=TEXT /-m=TEXT /--device=@device /-d=@device /--site=@site /-s=@site /--group=@group /-g=@group /--gateway=@gateway /--select=EXPRESSION /--null /-0'
		operands='/@device+FIELD'
		fields='l/name= asl/title= asl/key= asl/site=@site asl/gateway=@gateway asl/model=@model asl/type=smart_sensor|peripheral|gateway|api_endpoint asl/edge_key= asl/serial= asl/at= asl/unit= asl/enabled=true|false asl/product=@product asl/policy=@policy asl/asset=@asset asl/firmware= asl/hardware= asl/offline_after= asl/profile=sit|saveit|zoho|thingsboard asl/note= l/created= l/model_version= l/online=true|false l/last_seen= l/last_telemetry= l/clock_skew='
		columns=''
		;;
	sit-publish)
		verbs=''
		options='/--topic=TOPIC /--as=@device /--retain /--user=LOGIN /--password=WHERE /--cafile=FILE /--cert=FILE /--key=FILE /--client-id=ID /--profile=sit|saveit|zoho|thingsboard'
		operands='/FILE+URL'
		fields=''
		columns=''
		;;
	sit-quarantine)
		verbs='list show adopt rm'
		options='list/--exit-code list/-e adopt/--keep-first adopt,rm/--dry-run adopt,rm/-n rm/--yes rm/-y adopt,rm/--message=TEXT adopt,rm/-m=TEXT'
		operands='list/FIELD show/ID adopt/FIELD+ID rm/FIELD+ID'
		fields=''
		columns='at datapoint device edge_key gateway id place quality reason source ts value'
		;;
	sit-query)
		verbs=''
		options='/--every=STEP /--agg=A /--by=site|gateway|model|type|org|datapoint /--limit=N /-N=N /--after=CURSOR /--from=TIME /-S=TIME /--to=TIME /-U=TIME /--during=PERIOD /--last=DURATION /--all /--device=@device /-d=@device /--site=@site /-s=@site /--group=@group /-g=@group /--gateway=@gateway /--select=EXPRESSION /--null /-0'
		operands='/@device+DATAPOINT+FIELD'
		fields='l/name= asl/title= asl/key= asl/site=@site asl/gateway=@gateway asl/model=@model asl/type=smart_sensor|peripheral|gateway|api_endpoint asl/edge_key= asl/serial= asl/at= asl/unit= asl/enabled=true|false asl/product=@product asl/policy=@policy asl/asset=@asset asl/firmware= asl/hardware= asl/offline_after= asl/profile=sit|saveit|zoho|thingsboard asl/note= l/created= l/model_version= l/online=true|false l/last_seen= l/last_telemetry= l/clock_skew='
		columns='avg count datapoint delta device first gateway last max min model org quality raw site sum ts type unit value'
		;;
	sit-rule)
		verbs='add list show set rm apply diff export eval test'
		options='add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv add/--delimiter=CHAR add/--upsert add/--chunk=N rm/--purge list/--exit-code list/-e list,show,set,rm,export/--select=EXPRESSION set,rm/--max-targets=N list,show,set,rm,export/--null list,show,set,rm,export/-0 add,set,rm,apply/--dry-run add,set,rm,apply/-n rm,apply/--yes rm,apply/-y add,set,rm,apply/--message=TEXT add,set,rm,apply/-m=TEXT eval,test/--rules=FILE test/--points=FILE eval,test/--as=@device eval/--in-order test/--changes test/--labels=FILE test/--from=TIME test/-S=TIME eval,test/--to=TIME eval,test/-U=TIME test/--during=PERIOD test/--last=DURATION'
		operands='add/FIELD list/FIELD show/@rule set/@rule+FIELD rm/@rule apply/FILE diff/FILE export/@rule+PATTERN eval/FILE test/@rule+FIELD'
		fields='l/name= asl/title= al/kind=alarm al/model=@model al/device=@device asl/overrides=@rule asl/datapoint= asl/condition=gt|lt|eq|neq|gte|lte|between|outside|change|no_data|rate|stuck|expr asl/threshold= asl/clear= asl/expr= asl/per= asl/for= asl/keep_for= asl/count= asl/gap= asl/stale=unknown|hold|clear asl/flap= asl/schedule= asl/tz=ZONE asl/severity=info|warning|error|critical asl/ladder= asl/inhibit= asl/message= asl/enabled=true|false asl/note= l/created='
		columns='name title kind model device overrides datapoint condition threshold clear expr per for keep_for count gap stale flap schedule tz severity ladder inhibit message enabled note created'
		;;
	sit-site)
		verbs='add list show set rm'
		options='add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv add/--delimiter=CHAR add/--upsert add/--chunk=N rm/--purge list/--exit-code list/-e list,show,set,rm/--select=EXPRESSION set,rm/--max-targets=N list,show,set,rm/--null list,show,set,rm/-0 add,set,rm/--dry-run add,set,rm/-n rm/--yes rm/-y add,set,rm/--message=TEXT add,set,rm/-m=TEXT'
		operands='add/FIELD list/FIELD show/@site set/@site+FIELD rm/@site'
		fields='l/name= asl/title= asl/tz=ZONE asl/latitude= asl/longitude= asl/address= l/created='
		columns='name title tz latitude longitude address created'
		;;
	sit-subscribe)
		verbs=''
		options='/--topic=FILTER /--raw /--count=N /--as=@device /--follow /-F /--user=LOGIN /--password=WHERE /--cafile=FILE /--cert=FILE /--key=FILE /--client-id=ID /--profile=sit|saveit|zoho|thingsboard'
		operands='/URL'
		fields=''
		columns='at datapoint device edge_key gateway payload qos quality retained topic ts value'
		;;
	sit-user)
		verbs='add list show set rm passwd check unlock key_add key_list key_revoke key_rotate grant_add grant_list grant_rm can export erase'
		options='passwd,check/--password= check,unlock/--address=ADDRESS passwd/--clear can/--key=KEY can/--site=@site key_add/--rights=RIGHT key_add/--expires=TIME key_add/--note=TEXT key_rotate/--overlap=DURATION key_add,key_rotate/--show erase/--after=SET add/--file=FILE add/--input=auto|jsonl|csv|tsv add/-i=auto|jsonl|csv|tsv add/--delimiter=CHAR add/--upsert add/--chunk=N rm/--purge list/--exit-code list/-e list,show,set,rm,export/--select=EXPRESSION set,rm/--max-targets=N list,show,set,rm,export/--null list,show,set,rm,export/-0 add,set,rm,erase/--dry-run add,set,rm,erase/-n rm,erase/--yes rm,erase/-y add,set,rm,erase/--message=TEXT add,set,rm,erase/-m=TEXT'
		operands='add/FIELD list/FIELD show/@user set/@user+FIELD rm/@user passwd/@user check/@user unlock/@user key_add/@user key_list/@user key_revoke/KEY key_rotate/KEY grant_add/@site+@user+RIGHT grant_list/@user grant_rm/@site+@user can/@user+PROGRAM+VERB export/@user erase/@user'
		fields='l/name= asl/title= asl/email= asl/role=viewer|analyst|operator|site_manager|org_admin|super_admin asl/enabled=true|false asl/phone= asl/locale= asl/note= l/created='
		columns='name title email role enabled phone locale note created'
		;;
	sit-watch)
		verbs='points alarms events status'
		options='/--since=CURSOR points/--datapoint=DATAPOINT /--count=N /--idle=DURATION /--device=@device /-d=@device /--site=@site /-s=@site /--group=@group /-g=@group /--gateway=@gateway /--select=EXPRESSION /--null /-0'
		operands='points/@device+FIELD alarms/@device+FIELD events/@device+FIELD status/@device+FIELD'
		fields=''
		columns='alarm at change cursor data datapoint device flaps from gap id kind message org quality rule severity site source threshold to ts value who why'
		;;
	*) return 1 ;;
	esac
}

# The words of the line up to the cursor into words; bash has split them at = and :, glue what no blank separates.
_sit_words() {
	local rest=${COMP_LINE:0:COMP_POINT} lead trimmed w i
	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		w=${COMP_WORDS[i]}
		lead=${rest%%[![:space:]]*}
		trimmed=${rest#"$lead"}
		[[ $trimmed == "$w"* ]] || w=$trimmed
		rest=${trimmed:${#w}}
		if [[ -z $lead && $i -gt 0 ]]; then
			words[${#words[@]} - 1]+=$w
		else
			words+=("$w")
		fi
	done
}

# Names of the things called noun $1 that begin with $2, from the store that the line names.
_sit_names() {
	local -a only=()
	[[ $2 && $2 != *[^A-Za-z0-9._-]* ]] && only=("name=$2*")
	"sit-$1" list "${store[@]}" -f tsv --columns name --no-header "${only[@]}" 2>/dev/null </dev/null
}

# Offer the candidates on stdin that continue $cur; $1 comes before each.
_sit_offer() {
	local c
	while IFS= read -r c; do
		[[ $1$c == "$cur"* ]] && found+=("$1$c")
	done
}

# Offer values of kind $1 after the prefix $2 ("--format=", "type=").
_sit_values() {
	local kind=$1 before=$2 have=${cur:${#2}}
	case $kind in
	'') ;;
	*@*)
		[[ $have == *,* ]] && before+=${have%,*},
		before+=${kind%@*}
		_sit_offer "$before" < <(_sit_names "${kind#*@}" "${cur:${#before}}")
		;;
	FILE | DIR | FOLDER)
		_sit_offer "$before" < <(if [[ $kind == FILE ]]; then compgen -f -- "$have"; else compgen -d -- "$have"; fi)
		compopt -o filenames 2>/dev/null
		;;
	ZONE)
		_sit_offer "$before" < <(sed -n 's/^Z \([^ ]*\) .*/\1/p; s/^L [^ ]* //p' /usr/share/zoneinfo/tzdata.zi 2>/dev/null)
		;;
	COLUMN | COLUMNS)
		[[ $have == -* && $kind == COLUMN ]] && before+=-
		[[ $have == *,* && $kind == COLUMNS ]] && before+=${have%,*},
		_sit_offer "$before" <<<"${columns// /$'\n'}"
		;;
	*[a-z]*)
		[[ $have == *,* ]] && before+=${have%,*},
		_sit_offer "$before" <<<"${kind//|/$'\n'}"
		;;
	esac
}

# The kind of value that option $1 takes into kind; false when it takes none or there is no such option.
_sit_option_kind() {
	local o
	for o in $options $common; do
		if [[ ${o#*/} == "$1="* ]]; then
			kind=${o#*=}
			return 0
		fi
	done
	return 1
}

# Walk the words before the cursor: operands into given, the store's options into store, a value that the cursor is in into kind.
_sit_walk() {
	local i w end='' last=$((${#words[@]} - 1))
	given=() store=() value=''
	for ((i = 1; i < last; i++)); do
		w=${words[i]}
		if [[ $end || $w == - || $w != -* ]]; then
			given+=("$w")
			continue
		fi
		case $w in
		--) end=1 ;;
		--db=* | --org=* | -[DO]?*) store+=("$w") ;;
		--*=*) ;;
		*)
			[[ $w == --* ]] || w=-${w: -1}
			_sit_option_kind "$w" || continue
			((++i == last)) && value=1
			[[ $w == --db || $w == --org || $w == -[DO] ]] && ((i < last)) && store+=("$w" "${words[i]/#'~/'/$HOME/}")
			;;
		esac
	done
	only_operands=$end
}

# The verb that was given, if any, into verb; the operands after it stay in given.
_sit_verb() {
	local v
	for v in $verbs; do
		if [[ ${given[0]-}_${given[1]-} == "$v" ]]; then
			verb=$v
			given=("${given[@]:2}")
			return
		elif [[ ${given[0]-} == "$v" ]]; then
			verb=$v
			given=("${given[@]:1}")
			return
		fi
	done
}

_sit_offer_options() {
	local o only
	for o in $options $common; do
		only=${o%%/*}
		o=${o#*/}
		[[ -z $verb || -z $only || ,$only, == *,"$verb",* ]] || continue
		[[ ${o%%=*} == --* ]] && _sit_offer '' <<<"${o%%=*}"
	done
}

_sit_offer_fields() {
	local f when=l
	case $verb in
	add) when=a ;;
	set) when=s ;;
	esac
	for f in $fields; do
		[[ ${f%%/*} == *$when* ]] || continue
		f=${f#*/}
		if [[ $cur == "${f%%=*}="* ]]; then
			_sit_values "${f#*=}" "${f%%=*}="
		elif [[ ${f%%=*}= == "$cur"* ]]; then
			found+=("${f%%=*}=")
		fi
	done
}

_sit_offer_operands() {
	local o k
	if [[ $verbs && ! $verb ]]; then
		for o in $verbs; do
			if ((${#given[@]} == 0)); then
				_sit_offer '' <<<"${o%%_*}"
			elif [[ ${o%%_*} == "${given[0]}" && ${#given[@]} == 1 ]]; then
				_sit_offer '' <<<"${o#*_}"
			fi
		done
		return
	fi
	for o in $operands; do
		[[ ${o%%/*} == "$verb" ]] || continue
		o=${o#*/}
		for k in ${o//+/ }; do
			if [[ $k == FIELD ]]; then
				_sit_offer_fields
			elif [[ +$o+ != *+FIELD+* || $cur != *=* ]]; then
				_sit_values "$k" ''
			fi
		done
	done
}

_sit() {
	local programs common verbs='' options='' operands='' fields='' columns='' cur verb='' kind='' value only_operands w before
	local -a words given store found=()
	local IFS=$' \t\n'

	COMPREPLY=()
	_sit_words
	words[0]=${words[0]##*/}
	cur=${words[${#words[@]} - 1]}
	_sit_interface "${words[0]}" || [[ ${words[0]} == sit ]] || return 0
	if [[ ${words[0]} == sit && ${#words[@]} -gt 2 ]] && _sit_interface "sit-${words[1]}"; then
		words=("sit-${words[1]}" "${words[@]:2}")
	fi
	_sit_walk
	if [[ ${words[0]} == sit && ${#given[@]} == 0 && $cur != -* && ! $value ]]; then
		for w in $programs; do
			[[ $w == sit-* ]] && _sit_offer '' <<<"${w#sit-}"
		done
	fi
	_sit_verb
	if [[ $value ]]; then
		_sit_values "$kind" ''
	elif [[ $cur == --*=* && ! $only_operands ]]; then
		_sit_option_kind "${cur%%=*}" && _sit_values "$kind" "${cur%%=*}="
	elif [[ $cur == -* && ! $only_operands ]]; then
		_sit_offer_options
	else
		_sit_offer_operands
	fi
	# readline knows only what stands after the last = or : that it splits at.
	before=''
	[[ $COMP_WORDBREAKS == *=* && $cur == *=* ]] && before=${cur%"${cur##*=}"}
	[[ $COMP_WORDBREAKS == *:* && ${cur:${#before}} == *:* ]] && before=${cur%"${cur##*:}"}
	mapfile -t COMPREPLY < <(for w in "${found[@]}"; do printf '%s\n' "${w:${#before}}"; done | sort -u)
	if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace 2>/dev/null
	fi
	return 0
}

complete -F _sit sit sit-alarm sit-asset sit-audit sit-backup sit-broker sit-datapoint sit-db sit-device sit-estate sit-event sit-explain sit-export sit-field sit-gateway sit-group sit-ingest sit-latest sit-limit sit-model sit-notify sit-onboard sit-org sit-policy sit-product sit-prune sit-publish sit-quarantine sit-query sit-rule sit-site sit-subscribe sit-user sit-watch
