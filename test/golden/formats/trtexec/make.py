"""Figures printed in the recorded logs and exports of trtexec, found by patterns over whole texts.

Written apart from the grammar of src-main/formats/trtexec, to check it. Standard library only.
Run: python3 make.py FOLDER_OF_SAMPLES > figures.json
"""

import json
import re
import statistics
import sys
from pathlib import Path

NUMBER = r"(-?[0-9][0-9.e+-]*)"
NEW_ROWS = ["Latency", "End-to-End Host Latency", "Enqueue Time", "H2D Latency", "GPU Compute Time", "D2H Latency"]


def numbers(pattern, text, flags=re.M):
    return [float(found) for found in re.findall(pattern, text, flags)]


def new_row(title, text):
    rows = []
    for body in re.findall(r"\[I\] " + re.escape(title) + r": (min = .*)", text):
        row = {key: float(value) for key, value in re.findall(r"(\S+) = " + NUMBER + " ms", body)}
        rows.append({("p" + key[11:-2] if key.startswith("percentile") else key): v for key, v in row.items()})
    return rows


def old_row(title, text):
    rows = []
    for block in re.findall(r"\[I\] " + title + r"\n((?:\[.*\] \[I\] (?:min|max|mean|median|percentile): .*\n)+)", text):
        rows.append({key: float(value) for key, value in re.findall(r"(min|max|mean|median|percentile): " + NUMBER + " ms", block)})
    return rows


def profile(text):
    found = re.search(r"=== Profile \((\d+) iterations ?\) ===\n(.*?)\n\[[^\n]*\] \[I\] ?\n", text, re.S)
    if not found:
        return None
    lines = [re.sub(r"^\[.*?\] \[I\] ", "", line) for line in found.group(2).split("\n")][1:]
    rows = []
    for line in lines:
        cells = [float(cell) for cell in re.findall(r"(?<!\S)\d+\.\d+(?!\S)", line)]
        rows.append(cells[:4] if re.match(r"\s*\d", line) else cells[-4:])
    return {"iterations": int(found.group(1)), "rows": len(rows) - 1, "total": rows[-1], "sumOfRows": round(sum(row[0] for row in rows[:-1]), 2)}


def of_log(text):
    text = text.replace("\r\n", "\n")
    found = {
        "versions": re.findall(r"TensorRT version: ([0-9.]+)", text),
        "banners": re.findall(r"^&&&& (RUNNING|PASSED|FAILED)", text, re.M),
        "devices": [name.strip() for name in re.findall(r"Selected Device: (.*)", text)],
        "qps": numbers(r"hroughput: " + NUMBER + " qps", text),
        "queries": numbers(r"Timing trace has (\d+) queries", text),
        "warmUpQueries": numbers(r"Warmup completed (\d+) queries", text),
        "wallSeconds": numbers(r"(?:Total Host Walltime|walltime): " + NUMBER + " s", text),
        "gpuSeconds": numbers(r"(?:Total GPU Compute Time|total compute time): " + NUMBER + " s", text),
        "builtSeconds": numbers(r"Engine built in " + NUMBER + " sec", text),
        "generationSeconds": numbers(r"Engine generation completed in " + NUMBER + " sec", text),
        "parseSeconds": numbers(r"Parse time: " + NUMBER, text),
        "engineMiB": numbers(r"Created engine with size: " + NUMBER + " MiB", text),
        "coefficients": numbers(r"coefficient of variance = " + NUMBER + "%", text),
        "averages": len(re.findall(r"Average on \d+ runs", text)),
        "errors": len(re.findall(r"\] \[E\] ", text)),
        "rows": {title: new_row(title, text) for title in NEW_ROWS},
        "oldRows": {title: old_row(title, text) for title in ["Host Latency", "Enqueue Time", "GPU Compute"]},
        "profile": profile(text),
    }
    return {key: value for key, value in found.items() if value}


def of_times(text):
    queries = json.loads(text)
    compute = [query["computeMs"] for query in queries]
    counted = [q["computeMs"] for q in queries if q["startComputeMs"] >= 200]
    return {
        "queries": len(queries),
        "computeMedian": statistics.median(compute),
        "counted": len(counted),
        "countedMedian": statistics.median(counted),
        "latencyMean": statistics.fmean(q["latencyMs"] for q in queries if q["startComputeMs"] >= 200),
    }


def of_profile(text):
    head, *rows = json.loads(text)
    top = max(rows, key=lambda row: row["averageMs"])
    return {"count": head["count"], "layers": len(rows), "sumAverage": sum(row["averageMs"] for row in rows),
            "top": top["name"], "topPercent": top["percentage"]}


def of_layers(text):
    info = json.loads(text)
    layers = info["Layers"]
    detailed = [layer for layer in layers if isinstance(layer, dict)]
    return {
        "layers": len(layers),
        "bindings": info["Bindings"],
        "tensors": sum(len(layer["Inputs"]) + len(layer["Outputs"]) for layer in detailed),
        "onnxNodes": sum(layer.get("Metadata", "").count("[ONNX Layer: ") for layer in detailed),
        "types": sorted({layer["LayerType"] for layer in detailed}),
    }


def of_metadata(text):
    summary = json.loads(text).get("performance_summary")
    if not summary:
        return {}
    return {"qps": summary["Throughput"], "gpu": summary["GPU Compute Time"], "enqueue": summary["Enqueue Time"]}


def main():
    figures = {}
    for path in sorted(Path(sys.argv[1]).iterdir()):
        name, text = path.name, path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        if name.endswith(".log"):
            figures[name] = of_log(text)
        elif name.startswith("ort") or not name.endswith(".json"):
            continue
        elif "metadata" in name:
            figures[name] = of_metadata(text)
        elif "iming" in name or "Times" in name:
            figures[name] = of_times(text)
        elif "rofile" in name:
            figures[name] = of_profile(text)
        else:
            figures[name] = of_layers(text)
    json.dump(figures, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


main()
