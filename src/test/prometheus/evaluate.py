"""Asks a Prometheus every query of the dashboard and the state of every rule: evaluate.py PROMETHEUS-URL CHART-FOLDER."""

import json
import math
import pathlib
import sys
import urllib.error
import urllib.parse
import urllib.request


def ask(base, path, **query):
    address = base + path + ("?" + urllib.parse.urlencode(query) if query else "")
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as problem:
        return json.load(problem)


def shown(result):
    """The first values of an instant vector, in a few characters."""
    values = [f"{float(one['value'][1]):.4g}" for one in result]
    return ", ".join(values[:4]) + (f", … ({len(values)})" if len(values) > 4 else "")


def panels(chart):
    dashboard = json.loads((chart / "dashboards" / "tenfold.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


def queries(base, chart):
    """Counts those asked, tells of those that have an error, or no answer that is a number."""
    asked, bad = 0, 0
    for title, expr in panels(chart):
        asked += 1
        answer = ask(base, "/api/v1/query", query=expr)
        result = answer.get("data", {}).get("result", [])
        number = any(math.isfinite(float(one["value"][1])) for one in result)
        good = answer["status"] == "success" and number
        bad += not good
        print(f"{'ok  ' if good else 'BAD '} {title}: {answer.get('error') or shown(result) or 'no answer'}\n       {expr}")
    return asked, bad


def rules(base):
    """Likewise for rules: healthy, and none fires or waits to fire."""
    asked, bad = 0, 0
    for group in ask(base, "/api/v1/rules")["data"]["groups"]:
        for rule in group["rules"]:
            asked += 1
            good = rule["health"] == "ok" and rule["state"] == "inactive"
            bad += not good
            print(f"{'ok  ' if good else 'BAD '} {rule['name']}: {rule['health']}, {rule['state']} {rule.get('lastError', '')}")
    return asked, bad


def main():
    base, chart = sys.argv[1], pathlib.Path(sys.argv[2])
    asked, bad_queries = queries(base, chart)
    known, bad_rules = rules(base)
    exemplars = ask(base, "/api/v1/query_exemplars", query="tenfold_job_queue_wait_seconds_bucket", start=0, end=4102444800)
    print(f"{asked} queries, {bad_queries} bad; {known} rules, {bad_rules} bad; {len(exemplars.get('data', []))} series with exemplars")
    sys.exit(1 if bad_queries or bad_rules or not asked or not known else 0)


if __name__ == "__main__":
    main()
