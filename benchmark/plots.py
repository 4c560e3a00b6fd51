"""Line and bar plots and waterfalls as SVG, by hand: no library, readable on a light page and on a dark one."""
import math

WIDTH, HEIGHT = 860, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 176, 40, 48
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
PARTS = ("#0072b2", "#d55e00", "#8c959f")
STYLE = """<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
.grid { stroke: #8c959f; stroke-opacity: .35 }
.line { fill: none; stroke-width: 2 }
.inside { fill: #ffffff }
.mark { stroke: #ffffff; stroke-width: 2 }
.moment { stroke: #d55e00; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
</style>"""


def lines(title, across, up, series, log=False):
    """`series`: name to a list of points (x, y)."""
    xs = [x for points in series.values() for x, _ in points]
    ys = [y for points in series.values() for _, y in points if not log or y > 0]
    scale_x, ticks_x = axis(min(xs), max(xs), LEFT, WIDTH - RIGHT, log)
    scale_y, ticks_y = axis(min(ys) if log else 0, max(ys), HEIGHT - BOTTOM, TOP, log)
    parts = frame(title, across, up, scale_x, ticks_x, scale_y, ticks_y)
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{scale_x(x):.1f},{scale_y(y):.1f}" for x, y in points if not log or y > 0)
        parts.append(f'<polyline class="line" stroke="{colour}" points="{path}"/>')
        parts += legend(number, name, colour)
    return svg(title, parts)


def bars(title, up, groups):
    """`groups`: name to a list of (part, value), stacked."""
    most = max(sum(value for _, value in stack) for stack in groups.values())
    scale_y, ticks_y = axis(0, most, HEIGHT - BOTTOM, TOP, False)
    parts = frame(title, "", up, None, [], scale_y, ticks_y)
    step = (WIDTH - RIGHT - LEFT) / len(groups)
    for number, (name, stack) in enumerate(groups.items()):
        x, below = LEFT + step * (number + 0.2), 0.0
        for part, (_, value) in enumerate(stack):
            top, bottom = scale_y(below + value), scale_y(below)
            parts.append(f'<rect x="{x:.1f}" y="{top:.1f}" width="{step * 0.6:.1f}" height="{bottom - top:.1f}" fill="{PARTS[part]}"/>')
            below += value
        parts.append(text(x + step * 0.3, HEIGHT - BOTTOM + 18, name, "middle"))
        parts.append(text(x + step * 0.3, scale_y(below) - 5, f"{below:.0f}", "middle"))
    for part, (name, _) in enumerate(next(iter(groups.values()))):
        parts += legend(part, name, PARTS[part])
    return svg(title, parts)


def waterfall(title, across, rows, moments):
    """`rows`: a list of (depth, name, start, end, words, times to mark in it) from top to bottom; `moments`: name to a time, through all rows."""
    left, right, step, top = 176, 124, 26, 64
    height = top + step * len(rows) + 46
    most = max([end for _, _, _, end, _, _ in rows] + list(moments.values()))
    scale, ticks = axis(0, most, left, WIDTH - right, False)
    bottom = height - 42
    parts = [f'<text class="title" x="12" y="20">{title}</text>']
    for value in ticks:
        parts.append(f'<line class="grid" x1="{scale(value):.1f}" x2="{scale(value):.1f}" y1="{top - 8}" y2="{bottom}"/>')
        parts.append(text(scale(value), bottom + 16, short(value), "middle"))
    parts.append(text((left + WIDTH - right) / 2, height - 8, across, "middle"))
    for number, (name, at) in enumerate(moments.items()):
        parts.append(f'<line class="moment" x1="{scale(at):.1f}" x2="{scale(at):.1f}" y1="{top - 12}" y2="{bottom}"/>')
        parts.append(text(scale(at), top - 17 - 13 * (number % 2), name, "middle"))
    for number, (depth, name, start, end, words, marks) in enumerate(rows):
        y = top + step * number
        x, width = scale(start), max(scale(end) - scale(start), 2)
        parts.append(text(12 + 14 * depth, y + 13, name, "start"))
        parts.append(f'<rect x="{x:.1f}" y="{y + 2}" width="{width:.1f}" height="15" rx="2" fill="{COLOURS[min(depth, 2)]}"/>')
        parts += [f'<line class="mark" x1="{scale(at):.1f}" x2="{scale(at):.1f}" y1="{y + 2}" y2="{y + 17}"/>' for at in marks]
        inside = width > 8 * len(words)
        parts.append(f'<text class="{"inside" if inside else "beside"}" x="{x + (6 if inside else width + 6):.1f}" y="{y + 14}">{words}</text>')
    return svg(title, parts, height)


def axis(low, high, start, end, log):
    """A scale from values to pixels, and round values to mark."""
    if log:
        first, last = math.floor(math.log10(low)), max(math.ceil(math.log10(high)), math.floor(math.log10(low)) + 1)
        return (lambda v: start + (math.log10(v) - first) / (last - first) * (end - start)), [10.0 ** e for e in range(first, last + 1)]
    step = 10 ** math.floor(math.log10(max(high - low, 1e-9) / 4))
    step = next(step * factor for factor in (1, 2, 3, 5, 10) if (high - low) / (step * factor) <= 8)
    last = low + step * math.ceil((high - low) / step)
    return (lambda v: start + (v - low) / (last - low) * (end - start)), [low + step * i for i in range(round((last - low) / step) + 1)]


def frame(title, across, up, scale_x, ticks_x, scale_y, ticks_y):
    parts = [f'<text class="title" x="{LEFT}" y="20">{title}</text>']
    for value in ticks_y:
        y = scale_y(value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(text(LEFT - 8, y + 4, short(value), "end"))
    for value in ticks_x:
        parts.append(text(scale_x(value), HEIGHT - BOTTOM + 18, short(value), "middle"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, across, "middle"))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(f'<text text-anchor="middle" transform="translate(14 {middle:.0f}) rotate(-90)">{up}</text>')
    return parts


def legend(number, name, colour):
    y = TOP + 10 + 22 * number
    return [f'<rect x="{WIDTH - RIGHT + 14}" y="{y - 9}" width="12" height="12" fill="{colour}"/>', text(WIDTH - RIGHT + 32, y + 2, name, "start")]


def text(x, y, words, anchor):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


def short(value):
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def svg(title, parts, height=HEIGHT):
    inside = "\n".join(parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}">\n'
            f"{STYLE}\n{inside}\n</svg>\n")


def write(file, svg_text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(svg_text)
