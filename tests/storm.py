"""Changes routes at an even pace: storm.py CHANGES_A_SECOND SECONDS. Half of them in main, half in table 7777.

Adds and deletes by turns through one `ip -batch`, in steps of 10 ms; leaves nothing behind, and fails where it could not
keep the pace. Every route is a blackhole of 198.18.0.0/15, which is nobody's.
"""

import subprocess
import sys
import time

STEP = 0.01


def main():
    rate, seconds = int(sys.argv[1]), float(sys.argv[2])
    batch = subprocess.Popen(["ip", "-batch", "-"], stdin=subprocess.PIPE, text=True)
    begin, sent, behind = time.monotonic(), 0, 0.0
    while (elapsed := time.monotonic() - begin) < seconds:
        due = int(min(elapsed + STEP, seconds) * rate) // 4 * 4
        for n in range(sent, due, 4):
            dst = f"198.18.{n // 4 % 250}.{n // 4 % 199}"
            for table in ("main", "7777"):
                batch.stdin.write(f"route add blackhole {dst} table {table}\nroute del blackhole {dst} table {table}\n")
        sent = due
        batch.stdin.flush()
        behind = max(behind, time.monotonic() - begin - elapsed)
        time.sleep(max(0.0, begin + elapsed + STEP - time.monotonic()))
    batch.stdin.close()
    status = batch.wait()
    took = time.monotonic() - begin
    print(f"{sent} changes in {took:.1f} s")
    return status or took > seconds * 1.2


sys.exit(main())
