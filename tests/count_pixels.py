"""count_pixels.py COLOUR IMAGE...: how many pixels of PPM and PNG images (8 bits, RGB or RGBA) are of a colour, as in
cf222e. Python's own libraries have no reader of PNG."""
import sys
import zlib


def neighbour(left, above, corner):
    """PNG's "Paeth": whichever of three is the nearest to left + above - corner."""
    guess = left + above - corner
    return min((abs(guess - left), 0, left), (abs(guess - above), 1, above), (abs(guess - corner), 2, corner))[2]


def png_rows(data):
    width, channels = int.from_bytes(data[16:20], "big"), {2: 3, 6: 4}[data[25]]
    packed, at = b"", 8
    while at < len(data):
        size = int.from_bytes(data[at:at + 4], "big")
        if data[at + 4:at + 8] == b"IDAT":
            packed += data[at + 8:at + 8 + size]
        at += size + 12
    raw, row, size = zlib.decompress(packed), bytearray(width * channels), width * channels
    for start in range(0, len(raw), size + 1):
        kind, above, row = raw[start], row, bytearray(raw[start + 1:start + 1 + size])
        for i in range(size if kind else 0):
            left, corner = (row[i - channels], above[i - channels]) if i >= channels else (0, 0)
            add = (0, left, above[i], (left + above[i]) // 2, 0)[kind] if kind < 4 else neighbour(left, above[i], corner)
            row[i] = (row[i] + add) & 255
        yield row, channels


def rows_of(data):
    if data.startswith(b"P6"):
        return [(data.split(b"\n", 3)[3], 3)]
    return png_rows(data)


colour, total = bytes.fromhex(sys.argv[1]), 0
for name in sys.argv[2:]:
    with open(name, "rb") as file:
        for row, channels in rows_of(file.read()):
            total += sum(row[i:i + 3] == colour for i in range(0, len(row), channels))
print(total)
