#!/bin/sh
# A campaign on several equal GPUs of a cluster, one case in N on each:
#
#     sbatch --array=1-8 --gres=gpu:1 --time=00:30:00 results/examples/slurm.sh
#
# and, when all jobs are done, one run again, which `joulemark check` has to call sound:
#
#     joulemark merge shards/*/*/* -o results && joulemark check results
#
# A job that ran into its time limit goes on with: joulemark run --resume shards/<task>/<machine>/<run>
#SBATCH --job-name=joulemark
#SBATCH --exclusive
set -eu
: "${SLURM_ARRAY_TASK_ID:?start this with sbatch --array=1-N}"
exec joulemark run --suite "${JOULEMARK_SUITE:-standard}" --shard slurm --output "shards/$SLURM_ARRAY_TASK_ID"
