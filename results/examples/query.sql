-- GFLOP/s and joules of each case of a run, in the run folder: duckdb < query.sql
SELECT case_id,
       count(*) AS windows,
       median(1e-9 * flops_task * iterations / wall_s) AS gflop_per_s,
       median(CAST(device_energy_j AS DOUBLE) / iterations) AS joules
FROM read_csv('samples.csv', header = true, sample_size = -1)
WHERE status = 'ok'
GROUP BY case_id
ORDER BY case_id;
