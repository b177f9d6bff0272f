"""The tables of docs/performance.md, from tools/bench.d/figures.json, which tools/bench --document writes: figures are not copied by hand.
usage: document.py FILE.json PAGE.md [--check]     (--check writes nothing: whether the page has the tables of the file)
Must not measure, and must leave what stands outside of the marks."""

import json
import sys


def figure_of(row):
    unit = next(unit for unit in ("ms", "ns", "calls", "", "KiB", "MiB") if unit in row)
    ours, theirs = row[unit]
    if row["kind"] == "more":
        low, high = row["confidence_95"]
        return f"{row['figure']:.1f} ms more ({low:.1f} to {high:.1f})"
    if row["kind"] == "at least":
        return f"{row['figure']:.1f} x as fast"
    if row["target"] is None:
        return f"{ours:.4g} : {theirs:.4g} {unit}".strip()
    return f"{row['figure']:.2f} x"


def target_of(row):
    if row["target"] is None:
        return ""
    measure = "ms" if row["kind"] == "more" else "x"
    return f"{row['target']:g} {measure}" + ("" if row["reached"] else ", **missed**")


def table(head, rows):
    return [*("| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows))]


def figures(found):
    return table(["what", "compared with", "measured", "target"],
                 [[row["what"], row["yardstick"], figure_of(row), target_of(row)] for row in found["rows"]])


def growth(found):
    def three(values):
        return " / ".join(f"{value:.0f}" if value >= 10 else f"{value:.1f}" for value in values)

    return table(["at 1 x / 10 x / 100 x", "program", "processor time, ms", "peak memory, MiB"],
                 [[row["what"], row["program"], three(row["ms"]), three(row["MiB"])] for row in found["growth"]])


def with_tables(page, found):
    for name, lines in (("figures", figures(found)), ("growth", growth(found))):
        begin, end = f"<!-- {name}: by tools/bench --document -->\n", "<!-- end -->\n"
        before, after = page.split(begin)
        page = before + begin + "\n".join(lines) + "\n" + end + after.split(end, 1)[1]
    return page


def main():
    with open(sys.argv[1]) as file:
        found = json.load(file)
    with open(sys.argv[2]) as file:
        page = file.read()
    written = with_tables(page, found)
    if "--check" in sys.argv:
        return 0 if written == page else 1
    with open(sys.argv[2], "w") as file:
        file.write(written)
    return 0


sys.exit(main())
