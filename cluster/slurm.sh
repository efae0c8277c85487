#!/usr/bin/env bash
# An experiment over a Slurm job array, a part a job:
#
#   sbatch --array=1-8 cluster/slurm.sh --experiment table3-small
#
# from this repository's folder, set up by `npm ci`, on a file system that all nodes share. Again with the
# same words it does what is missing. To do parts 2 and 5 of 8 alone: SHARDS=8 sbatch --array=2,5 ...
# Caps such as --max-cost count for each part. Further options of sbatch (--gres=gpu:1) go before the script.
#SBATCH --job-name=seedling
#SBATCH --output=seedling-%A-%a.log
set -euo pipefail

: "${SLURM_ARRAY_TASK_ID:?expected a job array: sbatch --array=1-8 cluster/slurm.sh --experiment NAME}"
if [ -z "${SHARDS:-}" ] && [ "$SLURM_ARRAY_TASK_COUNT" != "$SLURM_ARRAY_TASK_MAX" ]; then
  echo "expected --array=1-N, or SHARDS=N for some of N parts" >&2
  exit 2
fi

# Slurm runs a copy of this file from elsewhere.
cd "$SLURM_SUBMIT_DIR"
exec npx turbo run experiment -- "$@" --shard "$SLURM_ARRAY_TASK_ID/${SHARDS:-$SLURM_ARRAY_TASK_MAX}"
