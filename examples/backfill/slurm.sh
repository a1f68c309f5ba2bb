#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Submit the missing parts of a plan to Slurm: an array for each operator, which
# runs as many parts at once as the plan allows, and a merge after all of them.
# A part that is requeued is repeated; PLAN and DIR are in a common folder.
#
# usage: slurm.sh PLAN DIR [OPTION-OF-MERGE ...]
#
# Set SBATCH_PARTITION, SBATCH_ACCOUNT and the like for sbatch.  The number of the
# merge is printed.
[ $# -ge 2 ] || {
	echo "usage: $0 PLAN DIR [OPTION-OF-MERGE ...]" >&2
	exit 64
}
plan=$1 dir=$2
shift 2

# In a job: sbatch runs a copy of this script.
case ${CTWATCH_BACKFILL-} in
scan) exec ctwatch backfill scan --output "$dir" "$plan" ;;
merge) exec ctwatch backfill merge "$plan" "$dir" "$@" ;;
esac

mkdir -p "$dir" || exit
ctwatch backfill status --arrays "$plan" "$dir" | {
	jobs=
	while read -r at_once parts operator; do
		# --array has the numbers of the parts, %k the parts at once.
		id=$(sbatch --parsable --requeue --job-name=ctwatch-scan \
		    --array="$parts%$at_once" --output="$dir/slurm-%A_%a.log" \
		    --comment="$operator" \
		    --export=ALL,CTWATCH_BACKFILL=scan \
		    "$0" "$plan" "$dir" </dev/null) || exit
		jobs=$jobs:${id%%;*}
	done
	# Not afterok: a merge checks by itself which parts there are, and after
	# a part that failed it would never start.
	exec sbatch --parsable --job-name=ctwatch-merge \
	    ${jobs:+--dependency=afterany$jobs} --output="$dir/merge.log" \
	    --export=ALL,CTWATCH_BACKFILL=merge \
	    "$0" "$plan" "$dir" "$@" </dev/null
}
