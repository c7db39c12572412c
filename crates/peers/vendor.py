#!/usr/bin/env python3
"""What NVIDIA's own libraries do on the problems of joulemark's suite `peers`: PyTorch's matmul and conv2d (cuBLAS, cuDNN).

Time is CUDA events', joules are NVML's total-energy counter of the same GPU. Writes a CSV that `joulemark analyze` reads:

    python3 vendor.py -o vendor.csv
"""

import argparse
import csv
import math
import sys

# m, n, k
MATMULS = [(512, 512, 512), (1024, 1024, 1024), (384, 3072, 768)]
# channels, side, filters, filter's side, padding, groups; one image, stride 1
CONVOLUTIONS = [(64, 56, 64, 3, 1, 1), (256, 56, 64, 1, 0, 1), (128, 56, 128, 3, 1, 128)]
COLUMNS = (
    "round case_id suite op algorithm precision iterations wall_s gpu_s device_energy_j device_source device_quality "
    "flops_task status reason"
).split()


def missing(sentence):
    print(f"vendor.py: {sentence}", file=sys.stderr)
    sys.exit(3)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--out", required=True, help="CSV to write; it must not exist")
    parser.add_argument("--rounds", type=int, default=10, help="passes over all problems [default: 10]")
    parser.add_argument("--window", type=float, default=2.0, metavar="SECONDS", help="length of a window [default: 2]")
    parser.add_argument("--device", type=int, default=0, help="number of the CUDA device [default: 0]")
    given = parser.parse_args()
    if given.rounds < 1 or not 0 < given.window < math.inf:
        parser.error("--rounds must be at least 1, --window a number of seconds above 0")
    return given


def libraries(number):
    """torch, NVML's counter in joules or None, and why there is none."""
    try:
        import torch
    except ImportError:
        missing("PyTorch is missing: pip install torch nvidia-ml-py")
    if not torch.cuda.is_available() or torch.cuda.device_count() <= number:
        missing(f"PyTorch sees no CUDA device {number}: install NVIDIA's driver and a CUDA build of PyTorch")
    torch.cuda.set_device(number)
    # f32 means f32: TF32 has 10 bits of mantissa.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    torch.backends.cudnn.benchmark = True
    try:
        import pynvml

        pynvml.nvmlInit()
        board = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{torch.cuda.get_device_properties(number).uuid}".encode())
        pynvml.nvmlDeviceGetTotalEnergyConsumption(board)
    except Exception as why:  # NVML's errors have no common base that is there without NVML
        return torch, None, f"NVML's energy counter cannot be read: {why}"
    return torch, lambda: 1e-3 * pynvml.nvmlDeviceGetTotalEnergyConsumption(board), ""


def cases(torch):
    """(case_id, op, precision, operations, run, exact): what is timed, and the same in f64 or integers."""
    generator = torch.Generator(device="cuda").manual_seed(1)

    def numbers(shape, precision):
        if precision == "i8":
            return torch.randint(-128, 128, shape, generator=generator, device="cuda", dtype=torch.int8)
        kind = {"f32": torch.float32, "f16": torch.float16}[precision]
        return (2 * torch.rand(shape, generator=generator, device="cuda") - 1).to(kind)

    for m, n, k in MATMULS:
        for precision in ("f32", "f16", "i8"):
            a, b = numbers((m, k), precision), numbers((k, n), precision)
            product = torch._int_mm if precision == "i8" else torch.matmul
            yield (
                f"matmul/torch/{precision}/{m}x{n}x{k}",
                precision,
                2 * m * n * k,
                lambda a=a, b=b, product=product: product(a, b),
                lambda a=a, b=b: a.double() @ b.double(),
                k,
            )
    for c, side, filters, taps, padding, groups in CONVOLUTIONS:
        for precision in ("f32", "f16"):
            x, w = numbers((1, c, side, side), precision), numbers((filters, c // groups, taps, taps), precision)
            shape = f"n1c{c}h{side}w{side}k{filters}r{taps}s{taps}" + f"p{padding}" * (padding > 0)
            shape += f"g{groups}" * (groups > 1)

            def convolve(x=x, w=w, padding=padding, groups=groups):
                return torch.nn.functional.conv2d(x, w, padding=padding, groups=groups)

            terms = c // groups * taps * taps
            yield (
                f"conv2d/torch/{precision}/{shape}",
                precision,
                2 * terms * filters * (side + 2 * padding - taps + 1) ** 2,
                convolve,
                lambda x=x, w=w, convolve=convolve: convolve(x.double(), w.double()),
                terms,
            )


def right(output, exact, precision, terms):
    """Whether the worst element is within what so many rounded terms below 1 may be off; integers must be equal."""
    if precision == "i8":
        return bool((output.double() == exact).all())
    unit = {"f32": 2.0**-24, "f16": 2.0**-11}[precision]
    # Sums in f32 (f16's too), terms of at most 1, then the output rounded; cuDNN's Winograd is worse by a small factor.
    bound = 16 * terms * 2.0**-24 + 2 * unit * exact.abs().max().item()
    return (output.double() - exact).abs().max().item() <= bound


def timed(torch, run, iterations):
    """Milliseconds by CUDA events, the host waiting for the end."""
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    torch.cuda.synchronize()
    start.record()
    for _ in range(iterations):
        run()
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end)


def main():
    given = arguments()
    torch, joules, why = libraries(given.device)
    try:
        table = open(given.out, "x", newline="")
    except OSError as error:
        print(f"vendor.py: {given.out} cannot be written: {error.strerror}", file=sys.stderr)
        sys.exit(1)
    with table, torch.no_grad():
        rows = csv.DictWriter(table, COLUMNS, restval="")
        rows.writeheader()
        ready = []
        for case_id, precision, operations, run, exact, terms in cases(torch):
            op, algorithm = case_id.split("/")[:2]
            row = dict(case_id=case_id, suite="peers", op=op, algorithm=algorithm, precision=precision)
            row["flops_task"] = operations
            try:
                wrong = not right(run(), exact(), precision, terms)
            except RuntimeError as error:
                sentence = " ".join(str(error).split())
                rows.writerow(row | dict(round=0, status="refused", reason=sentence))
                continue
            if wrong:
                rows.writerow(row | dict(round=0, status="wrong_result", reason="not what f64 gives"))
                continue
            timed(torch, run, 10)
            once_ms = timed(torch, run, 100) / 100
            ready.append((row, run, max(1, math.ceil(1e3 * given.window / once_ms))))
        for number in range(given.rounds):
            for row, run, iterations in ready:
                before = joules() if joules else None
                seconds = 1e-3 * timed(torch, run, iterations)
                energy = dict(device_quality="unavailable", reason=why)
                if joules:
                    energy = dict(device_energy_j=joules() - before, device_source="nvml", device_quality="counter")
                rows.writerow(
                    row | energy | dict(round=number, iterations=iterations, wall_s=seconds, gpu_s=seconds, status="ok")
                )
            table.flush()
    print(f"{given.out}: {len(ready)} kernels, {given.rounds} rounds; next: joulemark analyze {given.out}")


if __name__ == "__main__":
    main()
