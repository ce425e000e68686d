# SPDX-License-Identifier: BSD-3-Clause
"""chart.py - panels of one picture in SVG, over a common time axis"""

import math
from html import escape

WIDTH, LEFT, RIGHT = 1080, 64, 96
LABEL_PX = 6.4  # width of a small letter
ROW_PX = 18  # of the marks' labels


FILE_STYLE = """
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #52514e; }
.title { fill: #0b0b0b; font-weight: 600; font-size: 14px; } .unit { font-weight: 400; }
.tick { fill: #898781; } .grid { stroke: #e1e0d9; stroke-width: 1; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.s1 { stroke: #2a78d6; } .s2 { stroke: #eda100; }
.area { stroke: none; } .e0 { fill: #1baf7a; } .pale { fill-opacity: 0.25; }
"""


def steps(points):
    """Points of a curve that stays at a value until the next one."""
    edge = []
    for i, (t, v) in enumerate(points):
        if i:
            edge.append((t, points[i - 1][1]))
        edge.append((t, v))
    return edge


def nice_ticks(top, count=4):
    """Round values from 0 up to at least `top`."""
    if top <= 0:
        return [0, 1]
    raw = top / count
    base = 10 ** math.floor(math.log10(raw))
    step = next(base * m for m in (1, 2, 2.5, 5, 10) if base * m >= raw)
    return [step * i for i in range(math.ceil(top / step - 1e-9) + 1)]


def number(value):
    return f"{value:g}" if value < 10000 else f"{value / 1000:g}k"


class Picture:
    """Marks are (seconds, text, class): vertical lines through every panel; their
    labels stand above the first one, on as many rows as they need. Panels are added
    from top to bottom."""

    def __init__(self, seconds, marks):
        self.seconds = max(seconds, 1)
        self.marks = marks
        self.parts = []
        self.ends = []  # places of the labels at the lines' ends
        self.y = ROW_PX * self.labels()

    def labels(self):
        """Writes the marks' labels; returns the number of rows."""
        free = []
        for t, text, css in self.marks:
            x = self.x(t)
            row = next((i for i, end in enumerate(free) if end < x), len(free))
            if row == len(free):
                free.append(0)
            free[row] = x + 14 + LABEL_PX * len(text)
            self.add(f'<text class="label {css}" x="{x + 4:.1f}" '
                     f'y="{ROW_PX * (row + 1) - 4}">{escape(text)}</text>'
                     f'<line class="mark {css}" x1="{x:.1f}" x2="{x:.1f}" '
                     f'y1="{ROW_PX * row + 4}" y2="{ROW_PX * (row + 1)}"/>')
        return len(free)

    def x(self, seconds):
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(seconds / self.seconds, 0), 1)

    def add(self, part):
        self.parts.append(part)

    def panel(self, title, unit, height, ticks, scale=None):
        """Draws frame, title and grid; returns the function value -> y."""
        self.y += 30
        self.ends = []
        top, bottom = self.y, self.y + height
        scale = scale or (lambda v: v / ticks[-1])

        def y(value):
            return bottom - height * min(max(scale(value), 0), 1)

        self.add(f'<text class="title" x="{LEFT}" y="{top - 10}">{escape(title)}'
                 f'<tspan class="unit" dx="8">{escape(unit)}</tspan></text>')
        for t in ticks:
            self.add(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" '
                     f'y1="{y(t):.1f}" y2="{y(t):.1f}"/>'
                     f'<text class="tick" text-anchor="end" x="{LEFT - 8}" '
                     f'y="{y(t) + 4:.1f}">{number(t)}</text>')
        for t, _, css in self.marks:
            self.add(f'<line class="mark {css}" x1="{self.x(t):.1f}" x2="{self.x(t):.1f}" '
                     f'y1="{top}" y2="{bottom}"/>')
        self.y = bottom + 14
        self.bottom = bottom
        return y

    def line(self, points, y, css, label=None):
        if not points:
            return
        path = " ".join(f"{self.x(t):.1f},{y(v):.1f}" for t, v in points)
        self.add(f'<polyline class="line {css}" points="{path}"/>')
        if label:
            at = y(points[-1][1]) + 4
            while any(abs(at - taken) < 14 for taken in self.ends):
                at += 1
            self.ends.append(at)
            self.add(f'<text class="end" x="{WIDTH - RIGHT + 8}" y="{at:.1f}">'
                     f"{escape(label)}</text>")

    def stack(self, rows, keys, y, css, step=False):
        """Areas on top of each other: rows of (seconds, {key: value})."""
        base = [0.0] * len(rows)
        for key in keys:
            upper = [b + row[1].get(key, 0) for b, row in zip(base, rows)]
            edge, floor = [], []
            for i, (row, high, low) in enumerate(zip(rows, upper, base)):
                if step and i:
                    edge.append((row[0], upper[i - 1]))
                    floor.append((row[0], base[i - 1]))
                edge.append((row[0], high))
                floor.append((row[0], low))
            path = " ".join(f"{self.x(t):.1f},{y(v):.1f}" for t, v in edge + floor[::-1])
            self.add(f'<polygon class="area {css(key)}" points="{path}"/>')
            base = upper

    def dots(self, points, y, css):
        for t, v, text in points:
            self.add(f'<circle class="{css}" cx="{self.x(t):.1f}" cy="{y(v):.1f}" r="5">'
                     f"<title>{escape(text)}</title></circle>")

    def time_axis(self, unit_s=1, unit="s"):
        for t in nice_ticks(self.seconds / unit_s, 10):
            if t * unit_s <= self.seconds:
                self.add(f'<text class="tick" text-anchor="middle" x="{self.x(t * unit_s):.1f}" '
                         f'y="{self.bottom + 18}">{number(t)} {unit}</text>')
        self.y += 14

    def file(self):
        """The picture as an SVG file of its own."""
        body = self.svg()
        at = body.index(">")
        return (f'{body[:at]} xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
                f'height="{self.y + 6}"><style>{FILE_STYLE}</style>'
                f'<rect width="100%" height="100%" fill="#fcfcfb"/>{body[at + 1:]}\n')

    def svg(self):
        return (f'<svg viewBox="0 0 {WIDTH} {self.y + 6}" role="img" '
                'aria-label="The run over time">' + "\n".join(self.parts) + "</svg>")
