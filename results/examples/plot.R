# GFLOP/s and joules of each case of a run: Rscript plot.R RUN_FOLDER [FIGURE.pdf]
arguments <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(file.path(arguments[1], "samples.csv"))
rows <- rows[rows$status == "ok", ]
rows$gflop_per_s <- 1e-9 * rows$flops_task * rows$iterations / rows$wall_s
rows$joules <- rows$device_energy_j / rows$iterations
table <- aggregate(cbind(gflop_per_s, joules) ~ case_id, rows, median, na.rm = TRUE, na.action = na.pass)
print(table)
if (length(arguments) > 1) {
  pdf(arguments[2], height = 2 + nrow(table) / 5)
  par(mar = c(4, 20, 1, 1))
  barplot(table$gflop_per_s, names.arg = table$case_id, horiz = TRUE, las = 1, cex.names = 0.6, xlab = "GFLOP/s")
  invisible(dev.off())
}
