# SPDX-License-Identifier: Apache-2.0
# pin_story: functions for the stories of `ctwatch pins'; source it after story.sh.

# pins VERB ARG ...: with the story's state and pinset.
pins() {
	local verb=$1
	shift
	ctwatch pins "$verb" --state "$dir/state" --pinset "$dir/pinset.json" \
	    "$@"
}

# proposal: the id of the proposal that the last command printed.
proposal() { sed -n 's/^proposal \([0-9a-f]*\),.*/\1/p' "$dir/out"; }

# spki NAME: the base64 of the SubjectPublicKeyInfo of $dir/NAME.key.
spki() { openssl pkey -in "$dir/$1.key" -pubout -outform DER | base64 -w0; }

# state_of KEY: its state in the pinset.
state_of() {
	json "$dir/pinset.json" \
	    "{k['id']: k['state'] for k in j['keys']}['$1']"
}

# pinset_of LIVE SPARE OFF: a pinset with an active, a backup and a retired key,
# the ids "live", "spare" and "off", for **.example.com but one host.
pinset_of() {
	local live spare off
	eval "live=\$pin_$1 spare=\$pin_$2 off=\$pin_$3"
	cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1, "keys": [
  {"id": "live", "spki": "sha256/$live", "state": "active",
   "spki_der": "$(spki "$1")"},
  {"id": "spare", "spki": "sha256/$spare", "state": "backup",
   "spki_der": "$(spki "$2")"},
  {"id": "off", "spki": "sha256/$off", "state": "retired"}],
 "domains": [{"pattern": "**.example.com", "keys": ["live", "spare", "off"],
  "exclude": ["status.example.com"]}]}
END
}

# two_keys: a pinset of the keys "old", active, and "spare", a backup.
two_keys() {
	cat >"$dir/pinset.json" <<END
{"format": "ctwatch-pinset/1", "name": "story", "version": 1,
 "keys": [
  {"id": "old", "spki": "sha256/$pin_old", "state": "active"},
  {"id": "spare", "spki": "sha256/$pin_spare", "state": "backup"}],
 "domains": [{"pattern": "**.example.com", "keys": ["old", "spare"]}]}
END
}

# trusted_keys KEYS: a trust file that needs two of them; KEYS are JSON members.
trusted_keys() {
	echo "{\"format\": \"ctwatch-trust/1\", \"threshold\": 2,
	    \"keys\": {$1}}" >"$dir/pinset.json.trust"
}

# export_as OPTION ...: an export of the story's pinset that must succeed.
export_as() {
	ctwatch pins export --pinset "$dir/pinset.json" "$@"
	exits "export $*" 0
}
