#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A backfill by a real Slurm, of this machine alone: 40 parts as an array for
# each of two operators, and a merge after both.  Two parts are killed while they
# run and requeued, and the file of one is damaged.  Submitted again, the rest is
# done, and the store is that of one run.  The daemons listen on loopback.
. "${top_srcdir:-.}/tests/support/story.sh"

for program in munged slurmctld slurmd sbatch; do
	command -v $program >/dev/null || skip "no $program"
done
[ "$(id -u)" = 0 ] || skip "slurmd must be started by root"
python3 -c 'import sqlite3' 2>/dev/null || skip "no python3 with sqlite3"

# ---- the cluster ----

slurm=$dir/slurm
mkdir -p "$slurm/ctld" "$slurm/d"
chmod 711 "$dir" "$slurm"
head -c 1024 /dev/urandom >"$slurm/key"
chmod 600 "$slurm/key"
free_ports=$(python3 -c 'import socket
s = [socket.socket() for _ in range(2)]
for x in s: x.bind(("127.0.0.1", 0))
print(*(x.getsockname()[1] for x in s))')
cat >"$slurm/slurm.conf" <<END
ClusterName=story
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmctldPort=${free_ports% *}
SlurmdPort=${free_ports#* }
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$slurm/munge
SlurmctldPidFile=$slurm/ctld.pid
SlurmdPidFile=$slurm/d.pid
SlurmctldLogFile=$slurm/ctld.log
SlurmdLogFile=$slurm/d.log
StateSaveLocation=$slurm/ctld
SlurmdSpoolDir=$slurm/d
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,sched_min_interval=1000,batch_sched_delay=0
SlurmdParameters=config_overrides
ReturnToService=2
MpiDefault=none
KillWait=1
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName=$(hostname) NodeAddr=127.0.0.1 CPUs=12
PartitionName=p Nodes=ALL Default=YES
END
export SLURM_CONF=$slurm/slurm.conf
# stop_slurm: end all jobs, then the daemons.
stop_slurm() {
	timeout 5 scancel -u root 2>/dev/null
	for _ in $(seq 100); do
		[ -z "$(timeout 2 squeue -h 2>/dev/null)" ] && break
		sleep 0.1
	done
	kill "${background[@]}" 2>/dev/null
	wait "${background[@]}" 2>/dev/null
	background=()
}
trap 'story_status=$?; stop_slurm; (exit $story_status); at_end' EXIT
munged --foreground --force --key-file="$slurm/key" --socket="$slurm/munge" \
    --pid-file="$slurm/munge.pid" --log-file="$slurm/munge.log" \
    --seed-file="$slurm/seed" >"$slurm/munge.out" 2>&1 &
background+=($!)
for _ in $(seq 250); do [ -S "$slurm/munge" ] && break; sleep 0.02; done
slurmctld -D -c >"$slurm/ctld.out" 2>&1 &
background+=($!)
slurmd -D -c >"$slurm/d.out" 2>&1 &
background+=($!)
# sinfo waits long for a daemon that has ended.
state() { timeout 2 sinfo -h -o %T 2>"$dir/err"; }
for _ in $(seq 100); do
	[ "$(state)" = idle ] && break
	for daemon in "${background[@]}"; do
		kill -0 "$daemon" 2>/dev/null || break 2
	done
	sleep 0.1
done
[ "$(state)" = idle ] ||
    skip "Slurm does not start: $(tail -n 3 "$slurm/d.log" "$slurm/ctld.log")"

# ---- the backfill ----

for k in web old; do key $k; done
cert 1 old www.example.com
cert 2 web shop.example.com
cp "$src"/data/certs/valid/*.der "$dir/certs" || fail "no certificates"
logd --entries 5000 --operators 2 "$dir/certs"
now=$(date -u +%FT%TZ)
options=(--log-list "$url/log_list.json" --now "$now"
    --watch .example.com --watch .org --no-notify --no-revocation
    --evidence none --format json)
ctwatch backfill plan --log-list "$url/log_list.json" --since start \
    --now "$now" --watch .example.com --watch .org \
    --state "$dir/none" --output "$dir/plan" --part-entries 256 --rate 1000 \
    --at-once 6
exits "plan" 0
mkdir "$dir/bin" && ln -s "$(realpath "$bin/ctwatch/ctwatch")" "$dir/bin"
program=$dir/bin
parts=$dir/parts
# submit: by the example; sets $merge, the number of the job that merges.
submit() {
	merge=$(unset -f ctwatch && PATH=$program:$PATH && cd "$dir" &&
	    sh "$OLDPWD/$src/examples/backfill/slurm.sh" "$dir/plan" "$parts" \
	        --state "$dir/state" --output "json:$dir/out" \
	        "${options[@]}" 2>"$dir/err") || fail "submit"
}
# until WHAT COMMAND: wait for it, a minute at most.
until_holds() {
	for _ in $(seq 300); do
		eval "$2" && return
		sleep 0.2
	done
	fail "$1: $(squeue; tail -n 5 "$slurm/ctld.log")"
}
# An empty answer counts only if squeue succeeds.
ended() {
	local left

	left=$(squeue -h -j "$1" 2>/dev/null) && [ -z "$left" ]
}

# Two parts of the RFC 6962 log wait for their entries.
control "log=rfc6962&fault=slow&ms=60000&on=get-entries&for=2"
submit
array=$((merge - 2))
# running: the parts that wait.
running() {
	squeue -h -r -t R -o %K -j "$array"
}
until_holds "the others are done" '[ "$(running | wc -w)" = 2 ] &&
    [ "$(ls "$parts" | grep -c ctwpart)" = 38 ]'
scontrol show job "$array" >"$dir/job"
grep -q "ArrayTaskThrottle=6" "$dir/job" || fail "no limit of an operator"
is "the merge waits" "$(squeue -h -o %r -j "$merge")" Dependency
control "fault=none"
killed=$(running)
for i in $killed; do
	scontrol requeue "${array}_$i" || fail "requeue"
done
# Start them before the two minutes that Slurm waits, but not in the second in
# which slurmd revoked the credentials of the killed jobs.
sleep 2
until_holds "two parts are requeued" \
    '[ "$(squeue -h -r -t PD -o %K -j "$array" | wc -w)" = 2 ]'
for i in $killed; do
	scontrol update jobid="${array}_$i" starttime=now || fail "start"
done
sed -i '2s/A/B/' "$parts/part-30.ctwpart"
until_holds "the merge has ended" 'ended $merge'
for i in $killed; do
	[ -f "$parts/part-$i.ctwpart" ] ||
	    fail "part $i, requeued: $(cat "$parts"/slurm-*_"$i".log
	        squeue; cat "$parts/merge.log"; tail -n 40 "$slurm/ctld.log")"
done
is "what is missing" "$(report '[l["unread"] for l in
    j["coverage"]["logs"]]')" "[[], [[2560, 2816]]]"
status=$(report 'j["run"]["exit_status"]')
[ $((status & 2)) = 2 ] || fail "the first merge: exit status $status"

# Submitted again, only that part is scanned.
submit
until_holds "the second merge has ended" 'ended $merge'
[ "$(ls "$parts"/slurm-*_30.log | wc -l)" = 2 ] || fail "part 30"
[ "$(ls "$parts"/slurm-*_*.log | wc -l)" = 41 ] || fail "other parts"
is "all is covered" "$(report '[(l["status"], l["first_entry"],
    l["next_entry"]) for l in j["coverage"]["logs"]]')" \
    "[('complete', 0, 5000), ('complete', 0, 5000)]"

# The certificates, sightings and coverage are those of one run.
ctwatch run --state "$dir/other" --since start "${options[@]}"
exits "one run" "$(json "$dir/out" 'j["run"]["exit_status"]')"
for i in state other; do
	python3 "$src/tests/support/backfill_check.py" sightings "$dir/$i" \
	    >"$dir/$i-sightings" || fail "$i"
done
cmp "$dir/state-sightings" "$dir/other-sightings" ||
    fail "another store than that of one run"
exit 0
