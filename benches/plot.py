#!/usr/bin/env python3
"""Draws peers.csv, what `benches/peers` prints, as peers.svg: time per decision by the number of rules.

And load.csv, what `cargo bench --bench load` writes, as load.svg: requests a second by the number of connections."""

import csv
import math
import pathlib

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 130, 46, 48
COLORS = {"portcullis": "#0b7a4b", "regorus": "#8a5a00", "cedar": "#1f5fbf", "casbin": "#a3324a"}
NAMES = {"portcullis": "Portcullis", "regorus": "Rego (regorus)", "cedar": "Cedar", "casbin": "Casbin"}


def spoken(nanoseconds):
    for size, unit in ((1e6, "ms"), (1e3, "µs")):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def peers():
    with open(HERE / "peers.csv", newline="") as file:
        rows = [{key.split()[0]: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    low, high = 2, 8  # 100 ns to 100 ms
    sizes = [math.log10(row["rules"]) for row in rows]

    def x(size):
        return LEFT + (size - sizes[0]) / (sizes[-1] - sizes[0]) * (WIDTH - LEFT - RIGHT)

    def y(nanoseconds):
        return HEIGHT - BOTTOM - (math.log10(nanoseconds) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        "<title>Time per decision by the number of rules</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="26" font-size="16" fill="#222">Time per decision by the number of rules (logarithmic; lower is better)</text>',
    ]
    for exponent in range(low, high + 1):
        line = y(10**exponent)
        out.append(f'<path d="M{LEFT} {line:.1f}H{WIDTH - RIGHT}" stroke="#e3e3e3"/>')
        out.append(f'<text x="{LEFT - 8}" y="{line + 4:.1f}" text-anchor="end" fill="#555">{spoken(10**exponent)}</text>')
    for row, size in zip(rows, sizes):
        label = f'{row["rules"]:,.0f} rules'
        out.append(f'<text x="{x(size):.1f}" y="{HEIGHT - 18}" text-anchor="middle" fill="#555">{label}</text>')
    for key, color in COLORS.items():
        points = [(x(size), y(row[key])) for row, size in zip(rows, sizes)]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2.5"/>')
        for (px, py), row in zip(points, rows):
            out.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="{color}"/>')
            anchor = "start" if row is rows[0] else "end" if row is rows[-1] else "middle"
            # Casbin runs close below Cedar, so its figures stand under its line.
            above = py + 18 if key == "casbin" else py - 9
            out.append(f'<text x="{px:.1f}" y="{above:.1f}" font-size="11" text-anchor="{anchor}" fill="{color}">{spoken(row[key])}</text>')
        px, py = points[-1]
        out.append(f'<text x="{px + 12:.1f}" y="{py + 4:.1f}" fill="{color}">{NAMES[key]}</text>')
    out.append("</svg>")
    (HERE / "peers.svg").write_text("\n".join(out) + "\n")


def load():
    with open(HERE / "load.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["transport"] == "tcp" and row["pace"] == "-"]
    evaluation, proxies = "/access/v1/evaluation", "/authz/auth-request"
    lines = [
        ("bare hyper", evaluation, "bare hyper, evaluation", "#555555", ""),
        ("portcullis", evaluation, "Portcullis, evaluation", "#0b7a4b", ""),
        ("bare hyper", proxies, "bare hyper, auth-request", "#555555", "5 4"),
        ("portcullis", proxies, "Portcullis, auth-request", "#0b7a4b", "5 4"),
        ("cerbos", evaluation, "Cerbos, evaluation", "#a3324a", ""),
    ]
    connections = sorted({int(row["connections"]) for row in rows})
    top = max(float(row["requests/s"]) for row in rows)
    step = 10 ** math.floor(math.log10(top))
    step = step if top / step >= 3 else step / 2
    high = math.ceil(top / step) * step
    left, right, bottom = 70, 190, 62

    def x(count):
        return left + connections.index(count) / (len(connections) - 1) * (WIDTH - left - right)

    def y(rate):
        return HEIGHT - bottom - rate / high * (HEIGHT - TOP - bottom)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        "<title>Requests a second by the number of connections</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{left}" y="26" font-size="16" fill="#222">Requests a second over TCP by the number of connections (higher is better)</text>',
        f'<text x="{(left + WIDTH - right) / 2:.1f}" y="{HEIGHT - 14}" text-anchor="middle" fill="#555">connections</text>',
    ]
    for number in range(round(high / step) + 1):
        line = y(number * step)
        out.append(f'<path d="M{left} {line:.1f}H{WIDTH - right}" stroke="#e3e3e3"/>')
        out.append(f'<text x="{left - 8}" y="{line + 4:.1f}" text-anchor="end" fill="#555">{number * step:,.0f}</text>')
    for count in connections:
        out.append(f'<text x="{x(count):.1f}" y="{HEIGHT - bottom + 20}" text-anchor="middle" fill="#555">{count}</text>')
    names = []
    for server, path, name, color, dashes in lines:
        chosen = [row for row in rows if row["server"] == server and row["path"] == path]
        points = [(x(int(row["connections"])), y(float(row["requests/s"]))) for row in chosen]
        if not points:
            continue
        way = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        out.append(f'<polyline points="{way}" fill="none" stroke="{color}" stroke-width="2.5" stroke-dasharray="{dashes or "none"}"/>')
        out += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="{color}"/>' for px, py in points]
        names.append((points[-1][1], name, color))
    # Names of lines that end close to one another stand below one another.
    at = 0
    for py, name, color in sorted(names):
        at = max(at + 16, py + 4)
        out.append(f'<text x="{WIDTH - right + 12}" y="{at:.1f}" fill="{color}">{name}</text>')
    out.append("</svg>")
    (HERE / "load.svg").write_text("\n".join(out) + "\n")


peers()
load()
