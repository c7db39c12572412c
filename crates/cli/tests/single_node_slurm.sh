#!/bin/sh
# Runs COMMAND under a Slurm of one node, which this starts in FOLDER and stops at the end. Needs root, munge and Slurm.
#
#     sh single_node_slurm.sh FOLDER CONTROLLER_PORT NODE_PORT COMMAND [ARGUMENT ...]
set -eu
folder=$1 controller_port=$2 node_port=$3
shift 3
host=$(hostname -s)

stop() {
    for daemon in slurmd slurmctld munged; do
        pid=$(cat "$folder/$daemon.pid" 2>/dev/null) && kill "$pid" || true
    done
}
trap stop EXIT

mkdir -p "$folder/state" "$folder/spool"
chmod 755 "$folder"
(umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
# `--force`: the folder need not be the one that belongs to the user munge.
munged --force --key-file="$folder/munge.key" --seed-file="$folder/munge.seed" --socket="$folder/munge.socket" \
    --pid-file="$folder/munged.pid" --log-file="$folder/munged.log"
cat >"$folder/slurm.conf" <<CONFIGURATION
ClusterName=joulemark
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller_port
SlurmctldPidFile=$folder/slurmctld.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdPort=$node_port
SlurmdPidFile=$folder/slurmd.pid
SlurmdLogFile=$folder/slurmd.log
SlurmdSpoolDir=$folder/spool
StateSaveLocation=$folder/state
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=one Nodes=$host Default=YES State=UP
CONFIGURATION
export SLURM_CONF="$folder/slurm.conf"
slurmctld
slurmd
"$@"
