# GFLOP/s of each window over the row's number: gnuplot -e "run='RUN_FOLDER'; figure='FIGURE.svg'" plot.gnuplot
set datafile separator comma
set terminal svg size 900,500
set output figure
set key autotitle columnheader off
set xlabel 'row'
set ylabel 'GFLOP/s'
set logscale y
# `variant` is quoted where it holds commas, which gnuplot understands; rows without a window have no wall_s and are left out.
plot run.'/samples.csv' using (column('row')):(1e-9*column('flops_task')*column('iterations')/column('wall_s')) skip 0 with points pt 7 ps 0.4
